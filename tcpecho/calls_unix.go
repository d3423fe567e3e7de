//go:build unix && !linux

package tcpecho

import "syscall"

// tellQueue does nothing: this system has no such option, so after each read there
// may be more.
func tellQueue(uintptr) {}

func read(fd uintptr, p []byte) (n int, more bool, err error) {
	n, err = syscall.Read(int(fd), p)
	return n, true, err
}

func write(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
