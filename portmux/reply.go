package portmux

import (
	"encoding/binary"
	"net/netip"

	"onwire/wire/packet"
)

// AppendReply appends the IP packet that the host answers with to dst: a RST,
// a SYN ACK, or an ICMP message. Where the host answers nothing it returns dst
// as it is.
func (m *Mux) AppendReply(dst []byte, v Verdict) []byte {
	pkt := v.Packet
	var p packet.Packet
	p.ParseIP(pkt)
	if p.Version == 0 {
		return dst
	}
	from, to := p.Dst(pkt), p.Src(pkt)
	switch v.Kind {
	case Reset, SynAck:
		body := m.segment(v, from, to)
		return appendIP(dst, packet.ProtoTCP, from, to, body)
	case ICMP:
		if !m.has(from) { // the request went to a group: one answers in one's own name
			from = m.first(from.Is4())
		}
		if v.Version == 4 {
			return appendIP(dst, packet.ProtoICMP, from, to, icmpMessage(v, from, to))
		}
		return appendIP(dst, packet.ProtoICMPv6, from, to, icmpMessage(v, from, to))
	}
	return dst
}

func appendIP(dst []byte, proto uint8, from, to netip.Addr, body []byte) []byte {
	if from.Is4() {
		return packet.IPv4{Proto: proto, DontFragment: proto == packet.ProtoTCP, Src: from, Dst: to}.Append(dst, body)
	}
	h := packet.IPv6{NextHeader: proto, Src: from, Dst: to}
	if proto == packet.ProtoICMPv6 && len(body) > 0 && body[0] == packet.ICMP6NeighborAnswer {
		h.HopLimit = 255 // proves that it has crossed no router (RFC 4861 11.2)
	}
	return h.Append(dst, body)
}

// segment is the answer of TCP (RFC 9293 3.10.7.1 and 3.10.7.2).
func (m *Mux) segment(v Verdict, from, to netip.Addr) []byte {
	seg := v.Packet[v.transport:]
	in := packet.TCP{
		SrcPort: be16(seg, 0), DstPort: be16(seg, 2), Seq: binary.BigEndian.Uint32(seg[4:]),
		Ack: binary.BigEndian.Uint32(seg[8:]), Flags: packet.Flags(seg[13]),
	}
	out := packet.TCP{SrcPort: in.DstPort, DstPort: in.SrcPort}
	length := uint32(len(seg) - int(seg[12]>>4)*4)
	if in.Flags&packet.SYN != 0 {
		length++ // SYN and FIN take a number each
	}
	if in.Flags&packet.FIN != 0 {
		length++
	}
	switch {
	case v.Kind == SynAck:
		out.Seq, out.Ack, out.Flags, out.Window = m.isn(v, in), in.Seq+1, packet.SYN|packet.ACK, 65535
		out.Options = []byte{2, 4, 1460 >> 8, 1460 & 255}
		if v.Version == 6 {
			out.Options[2], out.Options[3] = 1440>>8, 1440&255
		}
	case in.Flags&packet.ACK != 0:
		out.Seq, out.Flags = in.Ack, packet.RST
	default:
		out.Ack, out.Flags = in.Seq+length, packet.RST|packet.ACK
	}
	return out.Append(nil, from, to, nil)
}

// isn is the initial sequence number of a connection: a keyed hash of the
// four-tuple, so that strangers cannot guess it (RFC 6528 3). A Mux has no
// clock for it; it forgets each connection.
func (m *Mux) isn(v Verdict, in packet.TCP) uint32 {
	var p packet.Packet
	p.ParseIP(v.Packet)
	k := key{makeAddr(p.Dst(v.Packet)), makeAddr(p.Src(v.Packet)), makePorts(in.DstPort, in.SrcPort, packet.ProtoTCP)}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return uint32(k.hash(m.secret))
}

// icmpMessage is the answer of ICMP: the request's body for an echo, and the
// beginning of the packet for an error, as much as fits into 576 bytes
// (RFC 1812 4.3.2.3) or 1280 (RFC 4443 2.4).
func icmpMessage(v Verdict, from, to netip.Addr) []byte {
	h := packet.ICMP{Type: v.Type, Code: v.Code, Rest: v.rest}
	body := v.Packet
	if v.Reason == Answered {
		seg := v.Packet[v.transport:]
		h.Rest, body = binary.BigEndian.Uint32(seg[4:]), seg[8:]
		switch {
		case v.Version == 4 && v.Type == packet.ICMPTimestampReply:
			// The originate time comes back; the other two say "not standard".
			body = append(append([]byte(nil), body[:4]...), 0x80, 0, 0, 0, 0x80, 0, 0, 0)
		case v.Version == 6 && v.Type == packet.ICMP6NeighborAnswer:
			h.Rest, body = 0x60000000, body[:16] // solicited, override
		}
	} else if most := 576 - 28; v.Version == 4 && len(body) > most {
		body = body[:most]
	} else if most := 1280 - 48; v.Version == 6 && len(body) > most {
		body = body[:most]
	}
	if v.Version == 4 {
		return h.Append(nil, body)
	}
	return h.Append6(nil, from, to, body)
}

func (m *Mux) has(a netip.Addr) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return !a.Is4In6() && m.host.has(makeAddr(a))
}

// first returns the first address of a family.
func (m *Mux) first(v4 bool) netip.Addr {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, p := range m.host.prefixes {
		if p.Addr().Is4() == v4 {
			return p.Addr()
		}
	}
	return netip.IPv6Unspecified()
}
