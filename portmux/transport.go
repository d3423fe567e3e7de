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
		return q.verdict(Drop, UDPTruncated)
	}
	length := int(be16(seg, 4))
	if length == 0 && !q.v4 {
		length = len(seg) // a jumbogram, RFC 2675 4
	}
	if length < 8 || length > len(seg) {
		return q.verdict(Drop, BadUDPLength)
	}
	seg = seg[:length:length]
	if be16(seg, 6) == 0 {
		if !q.v4 {
			return q.verdict(Drop, NoUDPSum6)
		}
	} else if packet.TransportSum(q.addrs(), packet.ProtoUDP, seg) != 0xffff {
		return q.verdict(Drop, BadUDPSum)
	}
	q.key.ports = makePorts(be16(seg, 2), be16(seg, 0), packet.ProtoUDP)
	if q.trace != nil {
		q.trace.pass("UDP header", "RFC 768", "length and checksum are right; from port %d to port %d", q.key.remotePort(), q.key.localPort())
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

// tcp holds a segment against the rules of RFC 9293 3.10.7, as far as a host
// can without knowing sequence numbers.
func (m *Mux) tcp(q *query) *Verdict {
	seg := q.seg
	if len(seg) < 20 {
		return q.verdict(Drop, TCPTruncated)
	}
	header := int(seg[12]>>4) * 4
	if header < 20 || header > len(seg) {
		return q.verdict(Drop, BadTCPOffset)
	}
	if packet.TransportSum(q.addrs(), packet.ProtoTCP, seg) != 0xffff {
		return q.verdict(Drop, BadTCPSum)
	}
	if q.many {
		return q.verdict(Drop, TCPToGroup)
	}
	flags := packet.Flags(seg[13])
	q.key.ports = makePorts(be16(seg, 2), be16(seg, 0), packet.ProtoTCP)
	if q.trace != nil {
		q.trace.pass("TCP header", "RFC 9293 3.1", "offset and checksum are right; %s from port %d to port %d", flags, q.key.remotePort(), q.key.localPort())
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
		return q.verdict(Drop, MartianSource) // an IPv4-mapped address is for APIs, not for wires
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
