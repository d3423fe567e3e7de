package portmux

import (
	"onwire/wire/packet"
)

// icmp answers a packet with an ICMP or ICMPv6 error, unless nobody could be
// answered: errors are never sent about what went to many or came from nobody,
// and never about an ICMP error (RFC 1122 3.2.2, RFC 4443 2.4).
func (m *Mux) icmp(q *query, kind, code uint8, rest uint32, r Reason) *Verdict {
	if q.many || !m.answerable(q) {
		return q.verdict(Drop, NoAnswerToSource)
	}
	v := q.verdict(ICMP, r)
	v.Type, v.Code, v.rest = kind, code, rest
	return v
}

// answerable reports whether an answer would leave the host. Linux also
// answers to senders of class E or with a broadcast address, which RFC 1122
// 3.2.2 forbids; the verdict is that of Linux.
func (m *Mux) answerable(q *query) bool {
	if !q.v4 {
		return q.key.remote != unspecified6 && !m.has6(q.key.remote) && !quotesError6(q.pkt)
	}
	if be16(q.pkt, 6)&0x1fff != 0 { // only the first fragment is answered
		return false
	}
	if q.proto == packet.ProtoICMP {
		header := int(q.pkt[0]&15) * 4
		if len(q.pkt) <= header || mayBeError4(q.pkt[header]) {
			return false
		}
	}
	return q.key.remote != unspecified4
}

// mayBeError4 reports whether a type of ICMP is not known to be a question or
// an answer.
func mayBeError4(kind uint8) bool {
	return kind != packet.ICMPEchoReply && kind != packet.ICMPEcho && (kind < packet.ICMPTimestamp || kind > 18)
}

// quotesError6 reports whether an IPv6 packet carries an ICMPv6 error.
func quotesError6(pkt []byte) bool {
	proto, at, fragment, ok := upper6(pkt)
	if !ok || proto != packet.ProtoICMPv6 {
		return false
	}
	if at >= len(pkt) { // of a fragment the type may be in another
		return fragment == 0
	}
	return pkt[at] < 128
}

// icmp4 is ICMP for this host (RFC 792, RFC 1122 3.2.2).
func (m *Mux) icmp4(q *query) *Verdict {
	seg := q.seg
	if len(seg) < 8 || packet.Fold(packet.Sum(seg, 0)) != 0xffff {
		return q.verdict(Drop, BadICMP)
	}
	kind, code := seg[0], seg[1]
	if q.trace != nil {
		q.trace.pass("ICMP header", "RFC 792", "the checksum is right: %s", packet.ICMPName(4, kind, code))
	}
	switch {
	case kind == packet.ICMPEcho || kind == packet.ICMPTimestamp && len(seg) >= 12:
		if q.many || !m.answerable(q) {
			return q.verdict(Drop, NoAnswerToSource) // a ping to all would be a flood (RFC 1122 3.2.2.6)
		}
		v := q.verdict(ICMP, Answered)
		v.Code = code // an echo brings everything back but the type
		if kind == packet.ICMPTimestamp {
			v.Type, v.Code = packet.ICMPTimestampReply, 0
		}
		return v
	case q.many || kind != packet.ICMPUnreachable && kind != packet.ICMPTimeExceeded && kind != packet.ICMPParameter:
		return q.verdict(Drop, ICMPIgnored)
	case kind == packet.ICMPUnreachable && code > 15 || kind == packet.ICMPTimeExceeded && code == 1:
		return q.verdict(Drop, ICMPIgnored)
	}
	quote := seg[8:]
	if len(quote) < 20 {
		return q.verdict(Drop, BadICMP)
	}
	header := int(quote[0]&15) * 4
	if header < 20 || len(quote) < header+8 {
		return q.verdict(Drop, BadICMP)
	}
	// Linux takes the ports of a fragment that is not the first too, where there
	// are none; no host should send an error about one (RFC 1122 3.2.2).
	errno, hard := errno4(kind, code)
	return m.socketError(q, addr4(quote[12:]), addr4(quote[16:]), quote[9], quote[header:], errno, hard)
}

// errno4 is what an ICMP error means to an app, and whether it is final.
func errno4(kind, code uint8) (Errno, bool) {
	switch kind {
	case packet.ICMPTimeExceeded:
		return EHOSTUNREACH, false
	case packet.ICMPParameter:
		return EPROTO, true
	}
	table := [...]struct {
		errno Errno
		hard  bool
	}{
		{ENETUNREACH, false}, {EHOSTUNREACH, false}, {ENOPROTOOPT, true}, {ECONNREFUSED, true}, {EMSGSIZE, true},
		{EOPNOTSUPP, false}, {ENETUNREACH, true}, {EHOSTDOWN, true}, {ENONET, true}, {ENETUNREACH, true},
		{EHOSTUNREACH, true}, {ENETUNREACH, false}, {EHOSTUNREACH, false}, {EHOSTUNREACH, true}, {EHOSTUNREACH, true},
		{EHOSTUNREACH, true},
	}
	return table[code].errno, table[code].hard
}

// icmp6 is ICMPv6 for this host (RFC 4443).
func (m *Mux) icmp6(q *query) *Verdict {
	seg := q.seg
	if len(seg) < 8 || packet.TransportSum(q.addrs(), packet.ProtoICMPv6, seg) != 0xffff {
		return q.verdict(Drop, BadICMP)
	}
	kind, code := seg[0], seg[1]
	if q.trace != nil {
		q.trace.pass("ICMPv6 header", "RFC 4443", "the checksum is right: %s", packet.ICMPName(6, kind, code))
	}
	switch {
	case kind == packet.ICMP6Echo: // to a group too, unlike IPv4 (RFC 4443 4.2)
		if !m.answerable(q) {
			return q.verdict(Drop, NoAnswerToSource)
		}
		v := q.verdict(ICMP, Answered)
		v.Type, v.Code = packet.ICMP6EchoReply, code
		return v
	case kind == packet.ICMP6NeighborAsk && m.asksForUs(q):
		v := q.verdict(ICMP, Answered)
		v.Type = packet.ICMP6NeighborAnswer
		return v
	case kind >= 128 || kind == 0 || kind > packet.ICMP6Parameter:
		return q.verdict(Drop, ICMPIgnored)
	}
	quote := seg[8:]
	if len(quote) < 40 {
		return q.verdict(Drop, BadICMP)
	}
	proto, at, _, ok := upper6(quote)
	if !ok || len(quote) < at+8 {
		return q.verdict(Drop, BadICMP)
	}
	errno, hard := errno6(kind, code)
	return m.socketError(q, addr16(quote[8:]), addr16(quote[24:]), proto, quote[at:], errno, hard)
}

// asksForUs reports whether a neighbour solicitation is one and is for an
// address of this host (RFC 4861 7.1.1). One that came in fragments is not
// believed (RFC 6980 5).
func (m *Mux) asksForUs(q *query) bool {
	if len(q.seg) < 24 || q.pkt[7] != 255 || q.seg[1] != 0 || q.fragmented || q.key.remote == unspecified6 {
		return false
	}
	for o := q.seg[24:]; len(o) > 0; o = o[int(o[1])*8:] { // options, in units of 8 bytes
		if len(o) < 2 || o[1] == 0 || len(o) < int(o[1])*8 {
			return false
		}
	}
	return m.has6(addr16(q.seg[8:]))
}

func errno6(kind, code uint8) (Errno, bool) {
	switch kind {
	case packet.ICMP6TooBig:
		return EMSGSIZE, true
	case packet.ICMP6TimeExceeded:
		return EHOSTUNREACH, false
	case packet.ICMP6Parameter:
		return EPROTO, true
	}
	switch code {
	case 0:
		return ENETUNREACH, false
	case 1, 5, 6:
		return EACCES, true
	case 2, 3:
		return EHOSTUNREACH, false
	case 4:
		return ECONNREFUSED, true
	}
	return EPROTO, true
}

// socketError gives an ICMP error to the socket that sent the packet it
// quotes. There the source is this host, so the look-up goes with local and
// remote changed over. head is at least the first 8 bytes of the transport.
func (m *Mux) socketError(q *query, src, dst addr, proto uint8, head []byte, errno Errno, hard bool) *Verdict {
	if proto != packet.ProtoTCP && proto != packet.ProtoUDP {
		return q.verdict(Drop, ICMPIgnored)
	}
	if !q.v4 && src.is4() {
		return q.verdict(Drop, NoFlow)
	}
	inner := query{v4: q.v4, trace: q.trace, key: key{src, dst, makePorts(be16(head, 0), be16(head, 2), proto)}}
	if q.trace != nil {
		rfc := "RFC 1122 3.2.2"
		if !q.v4 {
			rfc = "RFC 4443 2.4"
		}
		q.trace.pass("quoted packet", rfc, "%s from %s port %d to %s port %d: the error belongs to who sent that", Proto(proto),
			src.netip(), be16(head, 0), dst.netip(), be16(head, 2))
	}
	var s *Socket
	if proto == packet.ProtoUDP {
		s, _ = m.lookup(&inner)
	} else if s = m.conns.find(&inner.key, inner.key.hash(m.conns.seed)); q.trace != nil && s != nil {
		q.trace.candidate(s, Kept, "this connection")
	}
	switch {
	case s == nil:
		return q.verdict(Drop, NoFlow)
	case !s.Connected():
		return q.verdict(Drop, NotConnected)
	case proto == packet.ProtoTCP || !hard:
		return q.verdict(Drop, SoftError)
	}
	v := q.verdict(SockError, HardError)
	v.Socket, v.Errno = s, errno
	return v
}
