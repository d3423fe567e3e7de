package tcpecho

import "net"

// Unacked returns how many bytes of c the peer has not acknowledged.
func Unacked(c *net.TCPConn) int {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	return unacked(raw)
}
