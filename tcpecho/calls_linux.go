package tcpecho

import (
	"syscall"
	"unsafe"
)

// read and write are read(2) and write(2) on a descriptor that never blocks.
// They skip what package syscall does to let other goroutines run meanwhile,
// which is worth it only for a call that may take long, and costs a tenth of a
// small echo.
func read(fd uintptr, p []byte) (int, error)  { return call(syscall.SYS_READ, fd, p) }
func write(fd uintptr, p []byte) (int, error) { return call(syscall.SYS_WRITE, fd, p) }

func call(number, fd uintptr, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
