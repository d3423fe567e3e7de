// Package client sends HTTP/1.1 requests and takes their responses, and keeps
// the bytes of both. It stands on httpmsg alone; a connection is whatever
// net.Conn it is given.
package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"time"

	"onwire/httpmsg"
)

// A Conn is a client's end of a connection. It is used by one goroutine, but that
// Send may go on in another: a server may answer before it has read all.
type Conn struct {
	nc     net.Conn
	in     *httpmsg.Reader
	limits httpmsg.Limits
	open   bool
}

// New returns a client on nc. The limits are those of a response.
func New(nc net.Conn, limits httpmsg.Limits) *Conn {
	c := &Conn{nc: nc, in: httpmsg.NewReader(nc, limits), limits: limits, open: true}
	c.in.Lenient = true // what is wrong is shown, and is in the findings
	c.in.Keep = maxKept
	return c
}

// maxKept bounds what is kept of one response: the largest body with the chunks
// around it.
const maxKept = 64 << 20

// Open reports whether another request can be sent: both sides want to keep
// the connection, as far as they have said.
func (c *Conn) Open() bool { return c.open }

// Early returns how many bytes have come behind the last response. Behind the
// answer to the last request they are no response, since nobody asked (RFC 9112
// 9.2).
func (c *Conn) Early() int { return len(c.in.Buffered()) }

// Close closes the connection.
func (c *Conn) Close() error { return c.nc.Close() }

// longAgo is a deadline that wakes a blocked Read or Write at once.
var longAgo = time.Unix(1, 0)

// Send writes bytes. The end of ctx ends it with its error.
func (c *Conn) Send(ctx context.Context, b []byte) error {
	stop := context.AfterFunc(ctx, func() { c.nc.SetWriteDeadline(longAgo) })
	defer stop()
	_, err := c.nc.Write(b)
	return orCause(ctx, err)
}

// Wait returns when the next response has begun. The end of ctx ends it with its
// error, and nothing else: what comes later can still be received.
func (c *Conn) Wait(ctx context.Context) error {
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.nc.SetReadDeadline(longAgo)
		close(woken)
	})
	err := c.in.Wait()
	if !stop() {
		<-woken
		c.nc.SetReadDeadline(time.Time{})
	}
	return orCause(ctx, err)
}

// Receive reads one response to a request with the given method, interim ones
// too: whether it is one, Message.Interim tells. If the response is broken or
// ends early, what was read is returned beside the error. io.EOF is a
// connection that was closed before the response began.
func (c *Conn) Receive(ctx context.Context, method string) (*httpmsg.Message, error) {
	stop := context.AfterFunc(ctx, func() { c.nc.SetReadDeadline(longAgo) })
	defer stop()
	head, err := c.in.ReadResponse(method)
	if err == nil && head.Body.Kind != httpmsg.TunnelBody {
		_, err = io.Copy(io.Discard, c.in.RawBody())
	}
	raw, _ := c.in.Raw()
	if len(raw) == 0 {
		c.open = false
		return nil, orCause(ctx, err)
	}
	m, bad := httpmsg.ParseResponse(bytes.Clone(raw), method, c.limits)
	if err == nil {
		err = bad
	}
	keep, _ := m.KeepAlive()
	if err != nil || !keep {
		c.open = false
	}
	return m, orCause(ctx, err)
}

// orCause returns the reason why ctx ended, if that is what err comes from.
func orCause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Do sends a request and reads its responses up to the final one, at most
// maxInterim before it.
func (c *Conn) Do(ctx context.Context, req *httpmsg.Request) ([]*httpmsg.Message, error) {
	b, err := req.Append(nil)
	if err != nil {
		return nil, err
	}
	if err := c.Send(ctx, b); err != nil {
		return nil, err
	}
	return c.Final(ctx, req.Method)
}

const maxInterim = 16

var errInterim = errors.New("too many interim responses")

// Final reads the responses to one request up to the final one.
func (c *Conn) Final(ctx context.Context, method string) ([]*httpmsg.Message, error) {
	var all []*httpmsg.Message
	for range maxInterim {
		m, err := c.Receive(ctx, method)
		if m != nil {
			all = append(all, m)
		}
		if err != nil || !m.Interim() {
			return all, err
		}
	}
	return all, errInterim
}
