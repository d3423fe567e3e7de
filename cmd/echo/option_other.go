//go:build !unix && !windows

package main

import (
	"errors"
	"syscall"
)

// setBacklog cannot: the runtime's own network has no listen(2).
func setBacklog(uintptr, int) error { return errors.ErrUnsupported }

// reuseAddr cannot either.
func reuseAddr(bool) func(_, _ string, raw syscall.RawConn) error {
	return func(_, _ string, _ syscall.RawConn) error { return errors.ErrUnsupported }
}
