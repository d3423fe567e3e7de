//go:build !unix

package tcpecho

import "syscall"

// canWait says that a connection can wait for its next byte without a buffer.
// Windows completes reads instead of announcing them: each needs its buffer
// from the start.
const canWait = false

func (c *conn) pumpReady(syscall.RawConn) error { return c.pumpBuffered() }

func tellQueue(uintptr) {}
