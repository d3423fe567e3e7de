package server

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"onwire/httpmsg"
)

// A conn is one connection of a Server. It is small, since ten thousand of
// them may sit there and say nothing: the buffers are in its input, which it
// has only while requests are on their way.
type conn struct {
	srv    *Server
	nc     net.Conn
	dog    watchdog
	number int64
	busy   bool // there are too many: it gets 503, and nothing else
	n      int  // requests up to now

	mu    sync.Mutex
	idle  bool // between requests; under mu
	ended bool // the server is to end; under mu

	first [1]byte // the first byte of a request, read without a buffer
	in    *input
	out   []byte // of the responses, not yet sent
	held  int64  // of the server's budget
	limit time.Duration
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc}
	c.dog.nc, c.dog.clock = nc, s.clock()
	return c
}

// An input reads requests. It is lent to one connection after another.
type input struct {
	*httpmsg.Reader
	c       *conn
	pending bool // c.first is still to be read
	limits  httpmsg.Limits
}

var inputs sync.Pool

func (c *conn) borrow() {
	limits := c.srv.limits()
	if in, ok := inputs.Get().(*input); ok && in.limits == limits {
		in.c, in.pending = c, true
		c.in = in
		return
	}
	c.in = &input{c: c, pending: true, limits: limits}
	c.in.Reader = httpmsg.NewReader(c.in, limits)
}

// giveBack returns the input, if it has nothing of this connection left in it.
func (c *conn) giveBack() {
	in := c.in
	c.in, c.out = nil, nil
	in.c = nil
	inputs.Put(in)
}

// Read is the Reader's source. Before it waits for the client it sends the
// client what has been answered: requests that came together are so answered
// together, and no client waits for another.
func (in *input) Read(p []byte) (int, error) {
	c := in.c
	if in.pending {
		in.pending = false
		p[0] = c.first[0]
		return 1, nil
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.nc.Read(p)
}

// flush sends what has been answered.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	// The limit of the reading that this is a part of goes on afterwards.
	c.dog.arm(or(c.srv.WriteTimeout, 30*time.Second))
	_, err := c.nc.Write(c.out)
	if c.dog.disarm() && err != nil {
		err = errNotTaken
	}
	if c.out = c.out[:0]; cap(c.out) > 2*maxPending {
		c.out = nil
	}
	c.release()
	if err == nil && c.limit > 0 {
		c.dog.arm(c.limit)
	}
	return err
}

var (
	errNotTaken = errors.New("the client did not take the response in time")
	errIdle     = errors.New("idle")
	errDone     = errors.New("the last response said so")
)

// within runs a reading of the client that may take d.
func (c *conn) within(d time.Duration, read func() error) (late bool, err error) {
	c.limit = d
	c.dog.arm(d)
	err = read()
	c.limit = 0
	return c.dog.disarm() && err != nil, err
}

// serve answers until the connection ends.
func (c *conn) serve() {
	s := c.srv
	defer s.leave(c)
	defer c.release()
	defer c.nc.Close()
	if c.busy {
		s.tell(Event{Kind: Busy, Conn: c.number, Remote: c.nc.RemoteAddr(), Status: 503})
		r := httpmsg.Problem(503, "there are too many connections")
		r.Headers = append(r.Headers, httpmsg.Pair{Name: "Retry-After", Value: "1"})
		c.answer(nil, r, false)
		c.finish()
		return
	}
	s.tell(Event{Kind: Open, Conn: c.number, Remote: c.nc.RemoteAddr()})
	why := c.requests()
	s.tell(Event{Kind: Closed, Conn: c.number, Remote: c.nc.RemoteAddr(), N: c.n, Why: why.Error()})
}

// requests answers one request after the other, and returns why it ended.
func (c *conn) requests() error {
	for {
		if err := c.await(); err != nil {
			return err
		}
		c.borrow()
		for {
			keep, err := c.request()
			if err == nil && keep && len(c.out) >= maxPending {
				err = c.flush() // and nothing is read meanwhile
			}
			if err == nil && !keep {
				err = c.finish()
				if err == nil {
					err = errDone
				}
			}
			if err != nil {
				return err
			}
			if len(c.in.Buffered()) == 0 {
				break
			}
		}
		if err := c.flush(); err != nil {
			return err
		}
		c.giveBack()
	}
}

// await waits for the first byte of a request. It holds no buffer meanwhile.
func (c *conn) await() error {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return ErrClosed
	}
	c.idle = true
	c.dog.arm(or(c.srv.IdleTimeout, time.Minute))
	c.mu.Unlock()

	_, err := io.ReadFull(c.nc, c.first[:])

	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = false
	switch late := c.dog.disarm(); {
	case err == nil:
		return nil
	case c.ended:
		return ErrClosed
	case late:
		return errIdle
	case err == io.EOF:
		return errors.New("the client closed it")
	}
	return err
}

// wakeIfIdle ends a connection between two requests, and lets the others be
// closed after the request that they are in.
func (c *conn) wakeIfIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.idle {
		c.dog.wake()
	}
}

func (c *conn) ending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// finish sends what is left and closes our side; then it reads on for a while,
// so that no RST overtakes the response.
func (c *conn) finish() error {
	if err := c.flush(); err != nil {
		return err
	}
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return nil // closing is all that this connection can
	}
	c.within(or(c.srv.Linger, 2*time.Second), func() error {
		_, err := io.Copy(io.Discard, justReader{c.nc})
		return err
	})
	return nil
}

// justReader hides the other methods: io.Copy would take a pipe of the kernel's
// for a connection, and there are fewer of them.
type justReader struct{ io.Reader }
