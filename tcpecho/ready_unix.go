//go:build unix

package tcpecho

import (
	"io"
	"syscall"
)

// waiting returns the descriptor on which c can wait for its next byte without
// a buffer, or nil where it has none.
func (c *conn) waiting() syscall.RawConn {
	raw := c.raw()
	if raw != nil {
		raw.Control(tellQueue)
	}
	return raw
}

// pumpReady waits until there is something to read, and only then takes a
// buffer: a connection that is silent holds none. Inside RawConn.Read the
// runtime calls ready again whenever the descriptor becomes readable, as long
// as it returns false.
func (c *conn) pumpReady(raw syscall.RawConn) error {
	if err := raw.Read(c.ready); err != nil {
		return err
	}
	o := c.outcome
	if c.outcome = nil; o == nil {
		return nil
	}
	if o.left.b != nil {
		err := c.flush(o.left.b)
		c.srv.release(o.left)
		return err
	}
	return o.err
}

// ready echoes what is there. It returns false to wait for more, and true when
// the connection ended or the peer takes no more (c.outcome says which), or when
// the server shuts down.
func (c *conn) ready(fd uintptr) bool {
	b := buffers.Get().(*buffer)
	for {
		n, more, err := read(fd, b[:c.srv.most()])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			buffers.Put(b)
			return false
		case err != nil:
			c.outcome = &outcome{err: err}
		case n == 0:
			c.outcome = &outcome{err: io.EOF}
		}
		if n <= 0 {
			buffers.Put(b)
			return true
		}
		c.got(n)
		w, _ := write(fd, b[:n])
		w = max(w, 0) // -1 with an error, which flush will meet again
		if w < n {
			c.outcome = c.srv.leave(b, w, n)
			return true
		}
		if ending := c.srv.draining.Load(); ending || !more {
			buffers.Put(b)
			return ending
		}
	}
}
