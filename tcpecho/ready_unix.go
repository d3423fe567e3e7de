//go:build unix

package tcpecho

import (
	"io"
	"syscall"
)

// canWait says that a connection can wait for its next byte without a buffer.
const canWait = true

// pumpReady waits until there is something to read, and only then takes a
// buffer: a connection that is silent holds none. Inside RawConn.Read the
// runtime calls ready again whenever the descriptor becomes readable, as long
// as it returns false.
func (c *conn) pumpReady() error {
	if err := c.raw.Read(c.ready); err != nil {
		return err
	}
	if b := c.held; b != nil {
		c.held = nil
		defer buffers.Put(b)
		return c.flush(b[c.from:c.to])
	}
	return c.err
}

// ready echoes what is there. It returns false to wait for more, and true when
// the connection ended (c.err), when the peer takes no more (c.held), or when
// the server shuts down.
func (c *conn) ready(fd uintptr) bool {
	b := buffers.Get().(*buffer)
	for {
		n, err := read(fd, b[:])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			buffers.Put(b)
			return false
		case err != nil:
			c.err = err
		case n == 0:
			c.err = io.EOF
		}
		if n <= 0 {
			buffers.Put(b)
			return true
		}
		c.got(n)
		w, _ := write(fd, b[:n])
		w = max(w, 0) // -1 with an error, which flush will meet again
		c.out.Add(int64(w))
		if w < n {
			c.held, c.from, c.to = b, int32(w), int32(n)
			return true
		}
		if c.srv.draining.Load() {
			buffers.Put(b)
			return true
		}
	}
}
