package tcpecho

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// A Client talks to an echo server over one connection. It is a net.Conn with
// the two things that an echo is about: half-close, and comparing.
type Client struct {
	net.Conn
	Clock Clock // nil is the system's
}

// ErrNoHalfClose is what CloseWrite returns on a connection that can only be
// closed whole.
var ErrNoHalfClose = errors.New("this connection cannot be closed in one direction only")

// CloseWrite sends a FIN: this side has said all it had to say, and goes on
// listening (RFC 9293 3.6).
func (c *Client) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return ErrNoHalfClose
}

// Echo sends p and reads as many bytes back. It is an error if they differ.
func (c *Client) Echo(p []byte) error {
	wrote := make(chan error, 1)
	go func() { // the server may fill our buffer before it has taken all of p
		_, err := c.Write(p)
		wrote <- err
	}()
	back := make([]byte, len(p))
	n, err := io.ReadFull(c, back)
	if err != nil {
		// Unblock the writer without deciding for the caller how to close.
		c.SetWriteDeadline(longAgo)
		werr := <-wrote
		c.SetWriteDeadline(time.Time{})
		if werr != nil && !timedOut(werr) {
			err = werr
		}
		return fmt.Errorf("%d of %d bytes came back: %w", n, len(p), err)
	}
	if err := <-wrote; err != nil {
		return err
	}
	if i := firstDifference(p, back); i >= 0 {
		return &DifferenceError{Offset: int64(i), Sent: p[i], Received: back[i]}
	}
	return nil
}

// A DifferenceError says where what came back is not what was sent.
type DifferenceError struct {
	Offset         int64 // bytes before it are equal
	Sent, Received byte
}

func (e *DifferenceError) Error() string {
	return fmt.Sprintf("byte %d came back as %02x, not %02x", e.Offset, e.Received, e.Sent)
}

// An Exchange is what Send did.
type Exchange struct {
	Sent     int64         // bytes that were written
	Received int64         // bytes that came back
	First    time.Duration // until the first byte came back; 0 if none did
	Total    time.Duration // until the server's FIN
}

// pending bounds what Send remembers for comparing: what it has sent and not
// seen again. It is more than the buffers of both kernels hold.
const pending = 64 << 20

// Send copies r to the server, sends a FIN, and copies what comes back to w,
// both at once: a client that only wrote, and a server that only wrote what it
// had read, would wait for each other once the buffers between them are full.
// It compares as the bytes come. Where they differ the error is a
// DifferenceError, and if the server ends early, io.ErrUnexpectedEOF.
//
// The end of ctx ends the exchange with its error.
func (c *Client) Send(ctx context.Context, r io.Reader, w io.Writer) (Exchange, error) {
	clock := orSystem(c.Clock)
	began := clock.Now()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(longAgo) })
	defer stop()

	var x Exchange
	sum := &comparison{out: w}
	sum.more.L = &sum.mu
	var group sync.WaitGroup
	var writeErr error
	group.Go(func() {
		x.Sent, writeErr = c.copyOut(r, sum)
		if writeErr != nil {
			c.SetReadDeadline(longAgo) // nothing to wait for
		}
	})
	b := make([]byte, 64<<10)
	var readErr error
	for readErr == nil {
		var n int
		n, readErr = c.Read(b)
		if n > 0 && x.Received == 0 {
			x.First = clock.Now().Sub(began)
		}
		x.Received += int64(n)
		if err := sum.take(b[:n]); err != nil {
			readErr = err
		}
	}
	if readErr != io.EOF {
		c.SetWriteDeadline(longAgo)
	}
	sum.stop()
	group.Wait()
	x.Total = clock.Now().Sub(began)
	switch {
	case ctx.Err() != nil:
		return x, ctx.Err()
	case writeErr != nil && (readErr == io.EOF || timedOut(readErr)):
		return x, writeErr
	case readErr != io.EOF:
		return x, readErr
	case x.Received < x.Sent:
		return x, io.ErrUnexpectedEOF
	}
	return x, nil
}

// copyOut writes all of r and a FIN, and tells sum what was sent.
func (c *Client) copyOut(r io.Reader, sum *comparison) (sent int64, err error) {
	b := make([]byte, 64<<10)
	for {
		n, rerr := r.Read(b)
		if n > 0 {
			if !sum.expect(b[:n]) {
				return sent, nil // the reader has given up, and says why
			}
			wrote, err := c.Write(b[:n])
			sent += int64(wrote)
			if err != nil {
				return sent, err
			}
		}
		switch {
		case rerr == io.EOF:
			return sent, c.CloseWrite()
		case rerr != nil:
			return sent, fmt.Errorf("cannot read what to send: %w", rerr)
		}
	}
}

// A comparison holds what was sent and has not come back.
type comparison struct {
	mu      sync.Mutex
	more    sync.Cond // there is room, or it stopped
	out     io.Writer
	wanted  bytes.Buffer
	offset  int64
	stopped bool
}

// expect adds bytes that are about to be sent. It waits while too many are
// outstanding, and reports false once the reader has stopped.
func (s *comparison) expect(p []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.wanted.Len() > pending && !s.stopped {
		s.more.Wait()
	}
	s.wanted.Write(p)
	return !s.stopped
}

// take compares bytes that came back, and hands them on.
func (s *comparison) take(p []byte) error {
	s.mu.Lock()
	want := s.wanted.Next(len(p))
	i := firstDifference(want, p)
	if i < 0 && len(want) < len(p) {
		s.mu.Unlock()
		return fmt.Errorf("%d bytes came back that were never sent", len(p)-len(want))
	}
	var err error
	if i >= 0 {
		err = &DifferenceError{Offset: s.offset + int64(i), Sent: want[i], Received: p[i]}
	}
	s.offset += int64(len(p))
	s.more.Signal()
	s.mu.Unlock()
	if _, werr := s.out.Write(p); werr != nil && err == nil {
		err = werr
	}
	return err
}

func (s *comparison) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	s.more.Signal()
}

// firstDifference returns where a and b differ, or -1; the end of the shorter
// one is no difference.
func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return -1
	}
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}
