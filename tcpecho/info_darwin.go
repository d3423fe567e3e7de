package tcpecho

import (
	"time"

	"golang.org/x/sys/unix"
)

// macOS numbers the states in the order in which they are passed.
var darwinStates = [...]string{
	"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT",
	"FIN-WAIT-1", "CLOSING", "LAST-ACK", "FIN-WAIT-2", "TIME-WAIT",
}

func readInfo(fd uintptr) (Info, error) {
	k, err := unix.GetsockoptTCPConnectionInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_CONNECTION_INFO)
	if err != nil {
		return Info{}, ErrNoInfo // not a TCP socket
	}
	info := Info{
		RTT:             time.Duration(k.Srtt) * time.Millisecond,
		RTTVar:          time.Duration(k.Rttvar) * time.Millisecond,
		MSS:             int64(k.Maxseg),
		Retransmissions: int64(k.Txretransmitpackets),
		// It counts all packets, with data or without: not what we promise.
		DataSegmentsOut: -1, DataSegmentsIn: -1, Unacked: -1,
	}
	if k.Maxseg > 0 {
		info.Cwnd = int64(k.Snd_cwnd / k.Maxseg) // macOS gives bytes
	}
	if int(k.State) < len(darwinStates) {
		info.State = darwinStates[k.State]
	}
	return info, nil
}
