package main

import (
	"context"
	"encoding/binary"
	"net"

	"onwire/greeter/frames"

	"golang.org/x/net/http2/hpack"
)

// steadyTimeout is a deadline of 5 s in grpc-timeout.
const steadyTimeout = "5000000u"

// steady makes the client's connections in the lab say steadyTimeout. gRPC
// reads this machine's clock for what is left of a deadline, and it has gone on
// by some microseconds; on the lab's clock, which stands still meanwhile, all of
// it is left. Every run then sends the same bytes.
func steady(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c := &steadyConn{Conn: nc}
		c.frames = frames.New(frames.Options{OneSided: true}, c.see)
		return c, nil
	}
}

type steadyConn struct {
	net.Conn
	frames *frames.Conn
	out    []byte // whole frames
}

// see takes the next frame. One with a deadline gets another value: as long in
// characters, so that the tables of both ends keep the same size.
func (c *steadyConn) see(f *frames.Frame) {
	b := f.Bytes
	for _, h := range f.Headers {
		if h.Name == "grpc-timeout" && !h.ValueAt.Zero() && len(h.Value) == len(steadyTimeout) {
			at := len(b) - len(f.Block) // no padding, no priority: gRPC sends none
			value := hpack.AppendHuffmanString(nil, steadyTimeout)
			value = append([]byte{0x80 | byte(len(value))}, value...) // RFC 7541 5.2
			b = append(append(append([]byte{}, b[:at+h.ValueAt.At]...), value...), b[at+h.ValueAt.End:]...)
			length := binary.BigEndian.AppendUint32(nil, uint32(len(b)-9))
			copy(b, length[1:])
		}
	}
	c.out = append(c.out, b...)
}

func (c *steadyConn) Write(p []byte) (int, error) {
	c.out = c.out[:0]
	if err := c.frames.Feed(frames.Client, p); err != nil {
		return 0, err
	}
	if _, err := c.Conn.Write(c.out); err != nil {
		return 0, err
	}
	return len(p), nil
}
