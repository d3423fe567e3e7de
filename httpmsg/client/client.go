// Package client sends HTTP/1.1 requests and takes their responses, and keeps
// the bytes of both. It needs httpmsg alone; a connection is whatever
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
	"onwire/httpmsg/stream"
)

// A Conn is a client's end of a connection. It is used by one goroutine, but that
// Send may go on in another: a server may answer before it has read all.
type Conn struct {
	// OnHead and OnPiece, if set, are called for a body whose length is not
	// known, if it does not come at once: with its head, and with the content
	// as it comes. Receive returns the whole of it all the same.
	OnHead  func(*httpmsg.Message)
	OnPiece func(content []byte)
	// Sink, if set, returns what the content of a response is written to, or
	// nil. An error of that Writer ends Receive.
	Sink func(*httpmsg.Message) io.Writer

	nc     net.Conn
	in     *httpmsg.Reader
	limits httpmsg.Limits
	open   bool
}

// New returns a client on nc. The limits are those of a response.
func New(nc net.Conn, limits httpmsg.Limits) *Conn {
	c := &Conn{nc: nc, in: httpmsg.NewReader(nc, limits), limits: limits, open: true}
	c.in.Lenient = true // what is wrong is shown, and is in the findings
	if c.in.Keep = maxKept; limits.Body < 0 {
		c.in.Keep = 1 << 20
	}
	return c
}

// maxKept bounds what is kept of one response: the largest body with the chunks
// around it. Without a limit of the body it is the first mebibyte.
const maxKept = 64 << 20

// patience is how long a body whose length is not known may take to come whole.
// Server-sent events are handed on at once.
const patience = 200 * time.Millisecond

// Open reports whether another request can be sent: both sides want to keep
// the connection, as far as they have said.
func (c *Conn) Open() bool { return c.open }

// Received returns how many bytes the last response had, its head included.
func (c *Conn) Received() int {
	_, used := c.in.Offset()
	return used
}

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
		err = c.readBody(head, method)
	}
	raw, all := c.in.Raw()
	if len(raw) == 0 {
		c.open = false
		return nil, orCause(ctx, err)
	}
	m, bad := httpmsg.ParseResponse(bytes.Clone(raw), method, c.limits)
	if err == nil && all {
		err = bad
	}
	keep, _ := m.KeepAlive()
	if err != nil || !keep {
		c.open = false
	}
	return m, orCause(ctx, err)
}

// readBody reads the body to its end.
func (c *Conn) readBody(head *httpmsg.Head, method string) error {
	body := c.in.Body()
	var s stream.Stream
	if c.OnHead != nil || c.Sink != nil {
		m, _ := httpmsg.ParseResponse(bytes.Clone(head.Bytes), method, c.limits) // its body is still to come
		if c.Sink != nil {
			if w := c.Sink(m); w != nil {
				body = io.TeeReader(body, w)
			}
		}
		if c.OnHead != nil && streams(head) {
			s = stream.Stream{Patience: patience, Most: maxShown, Begin: func() { c.OnHead(m) }, Piece: c.OnPiece}
			if kind, _ := head.Get("Content-Type"); httpmsg.ParseMedia(kind).Type == "text/event-stream" {
				s.Patience, s.Most = 0, 0
			}
		}
	}
	_, err := s.Read(body)
	return err
}

// maxShown is how much of a body that is no stream of events is handed on
// piece by piece.
const maxShown = 64 << 10

// streams reports whether a body may be one that goes on: its head does not say
// how long it is.
func streams(h *httpmsg.Head) bool {
	return h.Body.Kind == httpmsg.ChunkedBody || h.Body.Kind == httpmsg.CloseBody
}

// Leftover returns bytes that the server has sent after its last response,
// which no request was waiting for (RFC 9112 9.2), at most 4096 of them. It
// waits a moment for them where the server has said that it closes.
func (c *Conn) Leftover() []byte {
	if len(c.in.Buffered()) == 0 && !c.open {
		c.nc.SetReadDeadline(time.Now().Add(leftoverWait))
		b := make([]byte, 4096)
		n, _ := c.nc.Read(b) // the end of the connection is what is expected
		return b[:n]
	}
	b := c.in.Buffered()
	return b[:min(len(b), 4096)]
}

const leftoverWait = 50 * time.Millisecond

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
