//go:build unix

package main

import "syscall"

// setBacklog calls listen(2) again on a listening socket, which sets how many
// connections may wait.
func setBacklog(fd uintptr, n int) error { return syscall.Listen(int(fd), n) }

// reuseAddr returns what sets SO_REUSEADDR on a socket before it is bound.
func reuseAddr(on bool) func(_, _ string, raw syscall.RawConn) error {
	value := 0
	if on {
		value = 1
	}
	return func(_, _ string, raw syscall.RawConn) error {
		var err error
		if cerr := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, value)
		}); cerr != nil {
			return cerr
		}
		return err
	}
}
