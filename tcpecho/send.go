package tcpecho

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// An Exchange is what Send did.
type Exchange struct {
	Sent     int64         // bytes that were written
	Received int64         // bytes that came back
	First    time.Duration // until the first byte came back; 0 if none did
	Total    time.Duration // until the server's FIN
}

// An EndedError is returned by Send if the server ended the connection before all
// of the input was sent and came back.
type EndedError struct {
	Sent, Received int64
	Unsent         int64 // bytes of the input that were not sent
	More           bool  // there may be others: the input had not ended
	Err            error // io.ErrUnexpectedEOF after a FIN; else the connection broke
}

func (e *EndedError) Error() string {
	s := "the server closed the connection before anything was sent"
	if e.Sent > 0 || e.Received > 0 {
		s = "the server sent a FIN"
		if e.Err != io.ErrUnexpectedEOF {
			s = "the server reset the connection (RST)"
		}
		s += fmt.Sprintf(" after %d of %d bytes had come back", e.Received, e.Sent)
	}
	unsent := fmt.Sprintf("%d bytes were not sent", e.Unsent)
	if e.Unsent == 1 {
		unsent = "1 byte was not sent"
	}
	switch {
	case e.More && e.Unsent == 0:
		s += "; the input had not ended"
	case e.More:
		s += "; at least " + unsent
	case e.Unsent > 0:
		s += "; " + unsent
	}
	return s
}

func (e *EndedError) Unwrap() error { return e.Err }

// Send copies r to the server, sends a FIN, and copies what comes back to w,
// both at once: a client that only wrote, and a server that only wrote what it
// had read, would wait for each other once the buffers between them are full.
// It compares as the bytes come. Without an error, all of r was sent and came
// back.
//
// Where bytes differ, the error is a DifferenceError. If the server ends before
// all was sent and came back, it is an EndedError. The end of ctx ends the
// exchange with its error.
//
// Send never waits for r alone: a Read of r that is blocked when the exchange
// ends, of a terminal for example, is abandoned, and r must not be used again.
func (c *Client) Send(ctx context.Context, r io.Reader, w io.Writer) (Exchange, error) {
	clock := orSystem(c.Clock)
	began := clock.Now()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(longAgo) })
	defer stop()

	var x Exchange
	in := readAhead(r)
	defer in.close()
	sum := &comparison{out: w}
	sum.more.L = &sum.mu
	ended := make(chan struct{}) // nothing comes back any more
	var group sync.WaitGroup
	var unsent int64
	var inputErr, writeErr error
	group.Go(func() {
		x.Sent, unsent, inputErr, writeErr = c.copyOut(in, sum, ended)
		if inputErr != nil || errors.Is(writeErr, ErrNoHalfClose) {
			c.SetReadDeadline(longAgo) // the server would wait for our FIN for ever
		} // else what came back before the connection broke can still be read
	})
	b := make([]byte, 64<<10)
	var readErr, backErr error
	for readErr == nil && backErr == nil {
		var n int
		n, readErr = c.Read(b)
		if n > 0 && x.Received == 0 {
			x.First = clock.Now().Sub(began)
		}
		x.Received += int64(n)
		backErr = sum.take(b[:n])
	}
	x.Total = clock.Now().Sub(began)
	c.SetWriteDeadline(longAgo) // a Write may be waiting for a server that does not read
	sum.stop()
	close(ended)
	group.Wait()
	switch {
	case ctx.Err() != nil:
		return x, ctx.Err()
	case backErr != nil:
		return x, backErr
	case inputErr != nil:
		return x, inputErr
	case errors.Is(writeErr, ErrNoHalfClose):
		return x, writeErr
	case timedOut(readErr): // a deadline of the caller's
		return x, readErr
	}
	left, more := in.rest(clock)
	end := &EndedError{x.Sent, x.Received, unsent + left, more, readErr}
	if readErr == io.EOF {
		if end.Unsent == 0 && !more && x.Received == x.Sent {
			return x, nil
		}
		end.Err = io.ErrUnexpectedEOF
		if writeErr != nil && !timedOut(writeErr) {
			end.Err = writeErr // Linux gives the RST to the Write, and EOF to the Read after it
		}
	}
	return x, end
}

// copyOut writes all of in and a FIN, and adds to sum what is sent. It returns
// early once ended is closed. unsent is what it took from in and did not write.
func (c *Client) copyOut(in *input, sum *comparison, ended <-chan struct{}) (sent, unsent int64, inputErr, writeErr error) {
	for {
		var part chunk
		select {
		case part = <-in.chunks:
		case <-ended:
			return sent, 0, nil, nil
		}
		if n := len(part.b); n > 0 {
			if !sum.expect(part.b) {
				return sent, int64(n), nil, nil
			}
			wrote, err := c.Write(part.b)
			sent += int64(wrote)
			if err != nil {
				return sent, int64(n - wrote), nil, err
			}
		}
		in.free <- part.b
		switch {
		case part.err == io.EOF:
			return sent, 0, nil, c.CloseWrite()
		case part.err != nil:
			return sent, 0, fmt.Errorf("cannot read what to send: %w", part.err), nil
		}
	}
}

// pending bounds what Send remembers for comparing: what it has sent and not
// seen again. It is more than the buffers of both kernels hold.
const pending = 64 << 20

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
	if s.stopped {
		return false
	}
	s.wanted.Write(p)
	return true
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
