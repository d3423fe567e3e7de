package tcpecho

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A buffer holds what is on its way from a read to its write. 16 KiB would
// halve the speed of messages of 64 KiB; 128 gains nothing.
type buffer [64 << 10]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// A conn is one connection of a Server. It is small, since ten thousand of
// them may sit there and say nothing: 64 bytes, which one more word would make
// 80.
type conn struct {
	srv        *Server
	nc         net.Conn
	next, prev *conn // of Server.conns

	last    atomic.Int64 // when the peer last gave or took something, in ns since the Unix epoch
	in      atomic.Int64 // bytes read
	outcome *outcome     // what ready, or the end, has to say; nil while it waits
}

// An outcome is kept beside its conn, since most have none.
type outcome struct {
	left leftover // what the peer has not taken yet
	err  error    // what ended ready
	lost int64    // bytes that were read and could not be echoed
	late int64    // bytes that came after our FIN
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc}
	c.alive()
	return c
}

// alive notes that the peer has just given or taken something.
func (c *conn) alive() { c.last.Store(orSystem(c.srv.Clock).Now().UnixNano()) }

// raw returns the descriptor of the connection, or nil where there is none.
func (c *conn) raw() syscall.RawConn {
	if sc, ok := c.nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// since returns how long ago t was, a time as last has it.
func (c *conn) since(t int64) time.Duration {
	return time.Duration(orSystem(c.srv.Clock).Now().UnixNano() - t)
}

// silence returns how long the peer has given and taken nothing.
func (c *conn) silence() time.Duration { return c.since(c.last.Load()) }

// got counts n bytes that were read.
func (c *conn) got(n int) {
	c.in.Add(int64(n))
	if c.srv.IdleTimeout > 0 {
		c.alive()
	}
}

// serve echoes until the connection ends, and takes it off the books.
func (c *conn) serve() {
	s, accepted := c.srv, c.last.Load()
	kind, err := c.echo()
	if kind == Stall {
		c.reset()
	} else {
		c.nc.Close()
	}
	s.mu.Lock()
	switch kind {
	case Idle:
		s.total.Idle++
	case Stall:
		s.total.Stalled++
	}
	s.mu.Unlock()
	if s.OnEvent != nil {
		e := Event{Kind: kind, Remote: c.nc.RemoteAddr(), In: c.in.Load(), Out: c.in.Load(), After: c.since(accepted), Err: err}
		if o := c.outcome; o != nil {
			e.Out -= o.lost
			e.Late = o.late
		}
		s.tell(e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns.remove(c)
	s.total.In += c.in.Load()
	s.signalEnd()
}

// echo echoes until the connection ends, and says how it did.
func (c *conn) echo() (Kind, error) {
	raw := c.waiting()
	for !c.srv.draining.Load() {
		err := c.pump(raw)
		switch {
		case err == nil:
		case timedOut(err):
			if c.srv.draining.Load() {
				break
			}
			// Shutdown may set the same deadline at this moment: the loop looks
			// for it again.
			c.nc.SetReadDeadline(time.Time{})
			if idle := c.srv.IdleTimeout; idle > 0 && c.silence() >= idle {
				return c.finish(Idle)
			} // else a byte came or went just before the sweep
		default:
			return c.ended(err)
		}
	}
	return c.drain()
}

// pump echoes what comes, for a while.
func (c *conn) pump(raw syscall.RawConn) error {
	if raw != nil {
		return c.pumpReady(raw)
	}
	return c.pumpBuffered()
}

// ended names the end that err is.
func (c *conn) ended(err error) (Kind, error) {
	switch {
	case err == io.EOF:
		return FIN, nil
	case err == errStalled:
		return Stall, nil
	case c.srv.closed.Load():
		return Abort, nil
	}
	return Reset, err
}

// pumpBuffered reads once, with a buffer that it holds while it waits, and
// writes what it read. It works on every net.Conn.
func (c *conn) pumpBuffered() error {
	room := c.srv.room()
	defer c.srv.release(room)
	n, err := c.nc.Read(room.b)
	if n > 0 {
		c.got(n)
		c.srv.owed.Add(int64(n))
		if err := c.flush(room.b[:n]); err != nil {
			return err
		}
	}
	return err
}

var errStalled = errors.New("the peer takes nothing")

// flush writes p, which the server owes, however slowly the peer takes it, and
// reads nothing meanwhile: a peer that never reads costs one buffer at most.
// It fails with errStalled once the peer has taken nothing for WriteTimeout.
func (c *conn) flush(p []byte) error {
	clock, limit := orSystem(c.srv.Clock), c.srv.WriteTimeout
	for len(p) > 0 {
		chunk := p
		if limit > 0 && len(chunk) > unmeasured && !canMeasure(c.nc) {
			chunk = p[:unmeasured]
		}
		before, armed := c.unsent(), clock.Now()
		stop := func() bool { return true }
		if limit > 0 {
			stop = clock.AfterFunc(limit, func() { c.nc.SetWriteDeadline(longAgo) })
		}
		n, err := c.nc.Write(chunk)
		stop()
		c.srv.owed.Add(int64(-n))
		p = p[n:]
		switch {
		case err == nil:
			continue
		case !timedOut(err):
		case n == 0 && clock.Now().Sub(armed) >= limit && c.unsent() >= before:
			err = errStalled
		default:
			// It is slow but alive: the system says that there is room only
			// when a third of its buffer is free, so a deadline alone would
			// kill it. Or the timer of an earlier write came late.
			c.nc.SetWriteDeadline(time.Time{})
			continue
		}
		c.outcome = &outcome{lost: int64(len(p))}
		return err
	}
	c.alive() // a peer that took long to read was not idle meanwhile
	return nil
}

// unmeasured bounds a write where the system does not say how much of it the
// peer has not taken: every write that ends is then a sign of life.
const unmeasured = 4 << 10

// unsent returns how many bytes the peer has not acknowledged. A connection
// that is not the kernel's may say so itself.
func (c *conn) unsent() int {
	if u, ok := c.nc.(interface{ Unsent() int }); ok {
		return u.Unsent()
	}
	return unacked(c.raw())
}

// canMeasure reports whether unsent knows.
func canMeasure(nc net.Conn) bool {
	if _, ok := nc.(interface{ Unsent() int }); ok {
		return true
	}
	_, ok := nc.(syscall.Conn)
	return ok && systemMeasures
}

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
