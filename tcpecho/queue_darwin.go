package tcpecho

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const systemMeasures = true

// unread returns how many bytes wait to be read (SO_NREAD of getsockopt(2)).
func unread(raw syscall.RawConn) int { return queued(raw, unix.SO_NREAD) }

// unacked returns how many bytes the peer has not acknowledged (SO_NWRITE).
func unacked(raw syscall.RawConn) int { return queued(raw, unix.SO_NWRITE) }

func queued(raw syscall.RawConn, option int) (n int) {
	if raw != nil {
		raw.Control(func(fd uintptr) { n, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, option) })
	}
	return n
}
