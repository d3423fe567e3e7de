//go:build !unix

package tcpecho

import "syscall"

// waiting returns nothing on which c could wait without a buffer. Windows
// completes reads instead of announcing them: each needs its buffer from the
// start.
func (c *conn) waiting() syscall.RawConn { return nil }

func (c *conn) pumpReady(syscall.RawConn) error { return c.pumpBuffered() }
