package tcpecho

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// An Info is what the system says about one TCP connection: TCP_INFO of
// tcp(7) on Linux, TCP_CONNECTION_INFO on macOS. It needs no privilege. A
// count that the system does not give is -1.
type Info struct {
	State           string        // "ESTABLISHED": a state of RFC 9293 3.3.2
	RTT, RTTVar     time.Duration // the smoothed round-trip time and its variation (RFC 6298)
	Cwnd            int64         // the congestion window, in segments (RFC 5681)
	MSS             int64         // the largest segment sent, in bytes of data
	Retransmissions int64         // segments sent again, since the start
	DataSegmentsOut int64         // segments with data sent; what is handed over whole counts once
	DataSegmentsIn  int64         // segments with data received
	Unacked         int64         // segments sent and not acknowledged
}

// ErrNoInfo is what ReadInfo returns where there is nothing to ask: this
// system has no such call, or the connection is not the kernel's.
var ErrNoInfo = errors.New("the kernel has no information about this connection")

// ReadInfo asks the system about a TCP connection, a wrapped one too if its
// wrapper is a Trace or a Client.
func ReadInfo(c net.Conn) (Info, error) {
	for {
		switch w := c.(type) {
		case *Trace:
			c = w.Conn
			continue
		case *Client:
			c = w.Conn
			continue
		}
		break
	}
	sc, ok := c.(syscall.Conn)
	if !ok {
		return Info{}, ErrNoInfo
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return Info{}, err
	}
	var info Info
	if cerr := raw.Control(func(fd uintptr) { info, err = readInfo(fd) }); cerr != nil {
		return Info{}, cerr
	}
	return info, err
}
