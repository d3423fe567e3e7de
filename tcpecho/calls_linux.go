package tcpecho

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// read and write below are recvmsg(2) and write(2) on a descriptor that never
// blocks. They skip what package syscall does to let other goroutines run
// meanwhile, which is worth it only for a call that may take long, and costs a
// tenth of a small echo.

// tellQueue asks the kernel to say with every read how much is left (TCP_INQ,
// Linux 4.18). It saves a read that would find nothing, a twentieth of a small
// echo. Where it is not known, read says that there may be more.
func tellQueue(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_INQ, 1) }

// An inq is the control message of TCP_INQ.
type inq struct {
	header unix.Cmsghdr
	left   int32
	_      int32 // to the end of a word
}

// read also reports whether there may be more to read. A FIN that comes after
// the data is more: the kernel would not announce it again.
func read(fd uintptr, p []byte) (n int, more bool, err error) {
	var control inq
	var iov unix.Iovec
	var msg unix.Msghdr
	iov.Base = unsafe.SliceData(p)
	iov.SetLen(len(p))
	msg.Iov = &iov
	msg.SetIovlen(1)
	msg.Control = (*byte)(unsafe.Pointer(&control))
	msg.SetControllen(int(unsafe.Sizeof(control)))
	r, _, errno := syscall.RawSyscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&msg)), 0)
	if errno != 0 {
		return -1, false, errno
	}
	told := msg.Controllen > 0 && control.header.Level == unix.IPPROTO_TCP && control.header.Type == unix.TCP_CM_INQ
	return int(r), !told || control.left > 0, nil
}

func write(fd uintptr, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
