package tcpecho

import (
	"time"

	"golang.org/x/sys/unix"
)

// stateNames are the states of RFC 9293 3.3.2 by the numbers of
// Linux.
var stateNames = [...]string{
	1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 6: "TIME-WAIT",
	7: "CLOSED", 8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING",
}

func readInfo(fd uintptr) (Info, error) {
	k, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return Info{}, ErrNoInfo // not a TCP socket
	}
	info := Info{
		RTT:             time.Duration(k.Rtt) * time.Microsecond,
		RTTVar:          time.Duration(k.Rttvar) * time.Microsecond,
		Cwnd:            int64(k.Snd_cwnd),
		MSS:             int64(k.Snd_mss),
		Retransmissions: int64(k.Total_retrans),
		DataSegmentsOut: int64(k.Data_segs_out),
		DataSegmentsIn:  int64(k.Data_segs_in),
		Unacked:         int64(k.Unacked),
	}
	if int(k.State) < len(stateNames) {
		info.State = stateNames[k.State]
	}
	return info, nil
}
