package tcpecho

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const systemMeasures = true

// unread returns how many bytes wait to be read: SIOCINQ of tcp(7).
func unread(raw syscall.RawConn) int { return queued(raw, unix.SIOCINQ) }

// unacked returns how many bytes the peer has not acknowledged: SIOCOUTQ.
func unacked(raw syscall.RawConn) int { return queued(raw, unix.SIOCOUTQ) }

func queued(raw syscall.RawConn, request uint) (n int) {
	if raw != nil {
		raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), request) })
	}
	return n
}
