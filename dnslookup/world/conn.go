package world

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// dial connects to a server. A computer that is not there does not even refuse.
func (w *World) dial(ctx context.Context, network string, server netip.AddrPort) (net.Conn, error) {
	if w.Refuse != nil {
		if err := w.Refuse(network, server); err != nil {
			return nil, err
		}
	}
	c := &conn{w: w, ctx: ctx, network: network, server: server}
	if network == "udp" {
		return c, nil
	}
	switch {
	case !w.there(server.Addr()):
		w.pass(3 * time.Second)
		return nil, os.ErrDeadlineExceeded
	case server.Port() == 853 || server.Port() == 443:
		return w.dialSecure(server)
	case server.Port() != 53:
		return nil, syscall.ECONNREFUSED
	}
	w.pass(w.rtt(server.Addr())) // the handshake
	return c, nil
}

// pass moves the clock on, unless it runs by itself.
func (w *World) pass(d time.Duration) {
	if w.since == nil {
		w.Advance(d)
	}
}

// A conn is a connection to a server of the world. The server answers while
// the query is written; the reply waits to be read. So nothing ever waits: a
// read that finds no reply can only end at its deadline, and ends there at
// once.
type conn struct {
	w       *World
	ctx     context.Context
	network string
	server  netip.AddrPort

	mu       sync.Mutex
	deadline time.Time
	sent     []byte   // of a stream: what is not a whole query yet
	replies  [][]byte // datagrams, or parts of a stream
	travel   time.Duration
	closed   bool
}

func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	if c.network == "udp" {
		c.replies = append(c.replies, c.ask(b)...)
		return len(b), nil
	}
	c.sent = append(c.sent, b...)
	for len(c.sent) >= 2 {
		n := int(binary.BigEndian.Uint16(c.sent))
		if len(c.sent) < 2+n {
			break
		}
		for _, reply := range c.ask(c.sent[2 : 2+n]) {
			framed := binary.BigEndian.AppendUint16(nil, uint16(len(reply)))
			c.replies = append(c.replies, append(framed, reply...))
		}
		c.sent = c.sent[2+n:]
	}
	return len(b), nil
}

// ask lets the server answer one query.
func (c *conn) ask(query []byte) [][]byte {
	if c.server.Port() != 53 {
		return nil
	}
	arriving := c.w.replies(c.ctx, c.server.Addr(), c.network, query)
	if c.w.Tamper != nil {
		sent := arriving
		if arriving = nil; len(sent) == 0 {
			sent = [][]byte{nil}
		}
		for _, reply := range sent {
			arriving = append(arriving, c.w.Tamper(c.server, c.network, query, reply)...)
		}
	}
	if len(arriving) > 0 {
		c.travel += c.w.rtt(c.server.Addr())
	}
	return arriving
}

func (c *conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	if len(c.replies) == 0 {
		if c.network == "tcp" && len(c.sent) == 0 && c.deadline.IsZero() {
			return 0, io.EOF
		}
		if wait := c.deadline.Sub(c.w.Now()); !c.deadline.IsZero() {
			c.w.pass(wait)
		}
		return 0, os.ErrDeadlineExceeded
	}
	c.w.pass(c.travel)
	c.travel = 0
	n := copy(b, c.replies[0])
	if c.network == "udp" || n == len(c.replies[0]) {
		c.replies = c.replies[1:]
	} else {
		c.replies[0] = c.replies[0][n:]
	}
	return n, nil
}

func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

func (c *conn) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(source(c.server.Addr()), 50000))
}
func (c *conn) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(c.server) }

func (c *conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return nil
}
func (c *conn) SetReadDeadline(t time.Time) error  { return c.SetDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return nil }
