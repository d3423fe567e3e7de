package portmux

import (
	"onwire/wire/packet"
)

// addrs are the two addresses as they stand in the packet.
func (q *query) addrs() []byte {
	if q.v4 {
		return q.pkt[12:20]
	}
	return q.pkt[8:40]
}

// udp holds a datagram against the rules of RFC 768 and RFC 1122 4.1.3.
func (m *Mux) udp(q *query) *Verdict {
	seg := q.seg
	if len(seg) < 8 {
		return q.cutOr(UDPTruncated, 8)
	}
	length := int(be16(seg, 4))
	if length == 0 && !q.v4 {
		length = len(seg) + q.missing // a jumbogram, RFC 2675 4
	}
	if length < 8 || length > len(seg)+q.missing {
		return q.verdict(Drop, BadUDPLength)
	}
	if q.missing > 0 {
		q.missing = max(0, length-len(seg))
		length = min(length, len(seg))
	}
	seg = seg[:length:length]
	if be16(seg, 6) == 0 {
		if !q.v4 {
			return q.verdict(Drop, NoUDPSum6)
		}
	} else if q.missing == 0 && packet.TransportSum(q.addrs(), packet.ProtoUDP, seg) != 0xffff {
		return q.wrongSum(packet.ProtoUDP, be16(seg, 6), len(seg), BadUDPSum)
	}
	q.key.ports = makePorts(be16(seg, 2), be16(seg, 0), packet.ProtoUDP)
	if q.trace != nil {
		q.trace.pass("UDP header", "RFC 768", "%s; from port %d to port %d", q.checked("length"), q.key.remotePort(), q.key.localPort())
	}
	if q.many {
		return m.udpMany(q, seg[8:])
	}
	s, reason := m.lookup(q)
	if s == nil {
		kind, code := uint8(packet.ICMPUnreachable), uint8(3)
		if !q.v4 {
			kind, code = packet.ICMP6Unreachable, 4
		}
		return m.icmp(q, kind, code, 0, NoPort)
	}
	q.verdict(Deliver, reason).Payload = seg[8:]
	return q.found(s)
}

// cutOr drops a segment that has fewer than n bytes, but for one whose bytes a
// capture has not kept.
func (q *query) cutOr(r Reason, n int) *Verdict {
	if n > len(q.seg) && n <= len(q.seg)+q.missing && q.missing > 0 {
		return q.verdict(Unknown, CutByCapture)
	}
	return q.verdict(Drop, r)
}

// wrongSum drops a segment with a wrong checksum, and says whether it looks as
// a segment does before a network card has filled it in.
func (q *query) wrongSum(proto uint8, field uint16, length int, r Reason) *Verdict {
	if packet.LeftToCard(q.addrs(), proto, field, length) {
		r = LeftToCard
	}
	return q.verdict(Drop, r)
}

// checked says for Explain what was checked beside the ports.
func (q *query) checked(what string) string {
	if q.missing > 0 {
		return "the " + what + " is right, the checksum cannot be checked"
	}
	return what + " and checksum are right"
}

// tcp holds a segment against the rules of RFC 9293 3.10.7, as far as a host
// can without knowing sequence numbers.
func (m *Mux) tcp(q *query) *Verdict {
	seg := q.seg
	if len(seg) < 20 {
		return q.cutOr(TCPTruncated, 20)
	}
	header := int(seg[12]>>4) * 4
	if header < 20 || header > len(seg) {
		return q.cutOr(BadTCPOffset, max(header, 20))
	}
	if q.missing == 0 && packet.TransportSum(q.addrs(), packet.ProtoTCP, seg) != 0xffff {
		return q.wrongSum(packet.ProtoTCP, be16(seg, 16), len(seg), BadTCPSum)
	}
	if q.many {
		return q.verdict(Drop, TCPToGroup)
	}
	flags := packet.Flags(seg[13])
	q.key.ports = makePorts(be16(seg, 2), be16(seg, 0), packet.ProtoTCP)
	if q.trace != nil {
		q.trace.pass("TCP header", "RFC 9293 3.1", "%s; %s from port %d to port %d", q.checked("offset"), flags, q.key.remotePort(), q.key.localPort())
	}
	s, reason := m.lookup(q)
	switch {
	case !q.v4 && reason != ByFourTuple && (m.has6(q.key.remote) || q.key.remote == unspecified6):
		return q.verdict(Drop, NoAnswerToSource)
	case s == nil:
		return q.reset(flags, NoListener)
	case reason == ByFourTuple:
		if q.verdict(Deliver, reason).Payload = seg[header:]; flags&packet.RST != 0 {
			q.verdict(SockError, ConnReset).Errno = ECONNRESET
		}
	case flags&packet.ACK != 0:
		return q.reset(flags, ListenerResets)
	case flags&packet.SYN == 0 || flags&(packet.RST|packet.FIN) != 0:
		return q.verdict(Drop, ListenerIgnores)
	case !q.v4 && q.key.remote.is4():
		return q.verdict(Drop, MappedSource)
	default:
		q.verdict(SynAck, NewConnection)
	}
	return q.found(s)
}

// reset answers with RST, but for a RST.
func (q *query) reset(flags packet.Flags, r Reason) *Verdict {
	if flags&packet.RST != 0 {
		return q.verdict(Drop, ResetUnanswered)
	}
	return q.verdict(Reset, r)
}
