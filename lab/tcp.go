package lab

import (
	"cmp"
	"fmt"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// TCP says how the hosts' TCP behaves. The zero TCP is the one of the
// textbooks: cumulative acknowledgements, a retransmission timer, fast
// retransmit on three duplicate ACKs. Its congestion control is CUBIC, as on
// Linux, Windows and macOS: the stack's Reno goes on doubling after a loss.
type TCP struct {
	SACK       bool          // selective acknowledgements (RFC 2018)
	RACK       bool          // loss found by time, and tail loss probes (RFC 8985); wants SACK
	Nagle      bool          // hold back small segments while data is unacknowledged (RFC 1122 4.2.3.4)
	Congestion string        // "reno" (RFC 5681) or "cubic" (RFC 9438); cubic where empty
	MinRTO     time.Duration // the least retransmission timeout: 200 ms where 0, RFC 6298 says 1 s
	Receive    int           // size of the receive buffer in bytes: 1 MiB where 0
	Send       int           // and of the send buffer
}

// Bounds of the buffers, in bytes.
const (
	MinBuffer = tcp.MinBufferSize
	MaxBuffer = tcp.MaxBufferSize
)

func (t TCP) check() error {
	switch {
	case t.Congestion != "" && t.Congestion != "reno" && t.Congestion != "cubic":
		return fmt.Errorf("%q is no congestion control here: want reno or cubic", t.Congestion)
	case t.RACK && !t.SACK:
		return fmt.Errorf("RACK finds losses by selective acknowledgements: it wants SACK")
	case t.MinRTO < 0 || t.MinRTO > time.Minute:
		return fmt.Errorf("a least retransmission timeout of %v: want 0 to 1m", t.MinRTO)
	}
	for _, size := range []int{t.Receive, t.Send} {
		if size != 0 && (size < MinBuffer || size > MaxBuffer) {
			return fmt.Errorf("a buffer of %d bytes: want %d to %d", size, MinBuffer, MaxBuffer)
		}
	}
	return nil
}

// options returns what the stack is told. Its own tuning of the receive buffer
// is off: it goes by how fast the application reads.
func (t TCP) options() []tcpip.SettableTransportProtocolOption {
	sack, nagle, moderate := tcpip.TCPSACKEnabled(t.SACK), tcpip.TCPDelayEnabled(t.Nagle), tcpip.TCPModerateReceiveBufferOption(false)
	recovery := tcpip.TCPRecovery(0)
	if t.RACK {
		recovery = tcpip.TCPRACKLossDetection
	}
	control := tcpip.CongestionControlOption(cmp.Or(t.Congestion, "cubic"))
	list := []tcpip.SettableTransportProtocolOption{&sack, &nagle, &moderate, &recovery, &control}
	if t.MinRTO != 0 {
		rto := tcpip.TCPMinRTOOption(t.MinRTO)
		list = append(list, &rto)
	}
	if t.Receive != 0 {
		list = append(list, &tcpip.TCPReceiveBufferSizeRangeOption{Min: MinBuffer, Default: t.Receive, Max: MaxBuffer})
	}
	if t.Send != 0 {
		list = append(list, &tcpip.TCPSendBufferSizeRangeOption{Min: MinBuffer, Default: t.Send, Max: MaxBuffer})
	}
	return list
}
