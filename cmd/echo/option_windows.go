package main

import "syscall"

// setBacklog calls listen again on a listening socket. Winsock then keeps the
// backlog that it had, and the scene shows what happens.
func setBacklog(fd uintptr, n int) error { return syscall.Listen(syscall.Handle(fd), n) }

// reuseAddr changes nothing: on Windows SO_REUSEADDR lets a program steal a
// port, and a port in TIME-WAIT is free without it.
func reuseAddr(bool) func(_, _ string, raw syscall.RawConn) error {
	return func(_, _ string, _ syscall.RawConn) error { return nil }
}
