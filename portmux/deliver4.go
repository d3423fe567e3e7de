package portmux

import (
	"encoding/binary"

	"onwire/wire/packet"
)

// A query is one packet on its way through the rules.
type query struct {
	pkt   []byte // the IP packet
	at    int    // where its transport header starts
	key   key
	seg   []byte // from the transport header to the end of the packet
	v4    bool
	many  bool // to a multicast group or by broadcast
	multi bool // to a multicast group

	missing    int  // bytes of the packet that a capture has not kept
	fragmented bool // IPv6: a fragment header was met
	proto      uint8
	trace      *trace

	group []*Socket // the SO_REUSEPORT group that the look-up chose from
	mask  uint64    // its members in group

	v Verdict // filled in at the end
}

// verdict fills in the verdict of q, field by field: to copy its hundred bytes
// on the way back through the functions would take a third of the time.
func (q *query) verdict(k Kind, r Reason) *Verdict {
	version := uint8(6)
	if q.v4 {
		version = 4
	}
	q.v.Kind, q.v.Version, q.v.Reason = k, version, r
	q.v.Packet, q.v.transport = q.pkt, q.at
	return &q.v
}

// found enters the socket that the look-up found.
func (q *query) found(s *Socket) *Verdict {
	q.v.Socket = s
	if q.group != nil {
		q.v.sockets, q.v.mask, q.v.shared = q.group, q.mask, true
	}
	return &q.v
}

func be16(b []byte, i int) uint16 { return binary.BigEndian.Uint16(b[i:]) }

func (m *Mux) deliver(q *query) *Verdict {
	if len(q.pkt) == 0 {
		q.v.Reason = Empty
		return &q.v
	}
	switch q.pkt[0] >> 4 {
	case 4:
		q.v4 = true
		return m.deliver4(q)
	case 6:
		return m.deliver6(q)
	}
	q.v.Reason = BadVersion
	return &q.v
}

// deliver4 holds an IPv4 packet against the rules of RFC 1122 3.2.1.
func (m *Mux) deliver4(q *query) *Verdict {
	p := q.pkt
	if len(p) < 20 {
		return q.cutInside(20)
	}
	header, total := int(p[0]&15)*4, int(be16(p, 2))
	if header < 20 || total < header {
		if header >= 20 && total == 0 {
			return q.verdict(Drop, LengthLeftToCard)
		}
		return q.verdict(Drop, BadHeader)
	}
	if total > len(p) || q.missing > 0 {
		if r := q.keep(total); r != 0 {
			return q.verdict(Drop, r)
		}
		if total = min(total, len(p)); header > total {
			return q.verdict(Unknown, CutByCapture)
		}
	}
	if packet.Fold(packet.Sum(p[:header], 0)) != 0xffff {
		if be16(p, 10) == 0 {
			return q.verdict(Drop, LeftToCard)
		}
		return q.verdict(Drop, BadHeaderSum)
	}
	p = p[:total:total]
	q.pkt, q.at = p, header
	q.key.remote, q.key.local = addr4(p[12:]), addr4(p[16:])
	q.proto = p[9]
	if q.trace != nil {
		q.trace.pass("IPv4 header", "RFC 1122 3.2.1", "version, lengths and header checksum are right: %d bytes, %d of them header", total+q.missing, header)
	}
	r := m.route4(q)
	if header > 20 && (r == 0 || r == NotOurs) { // Linux reads the options before it gives up what is not for it
		fault, bad := options4(p[:header])
		if bad == BadOption {
			return m.icmp(q, packet.ICMPParameter, 0, uint32(fault)<<24, bad)
		}
		if r == 0 {
			r = bad
		}
	}
	if r != 0 {
		return q.verdict(Drop, r)
	}
	if be16(p, 6)&0x3fff != 0 {
		if q.missing > 0 {
			return q.verdict(Unknown, CutByCapture)
		}
		return m.fragment4(q)
	}
	q.seg = p[header:]
	return m.transport(q)
}

// cutInside gives the verdict on a packet that ends inside its IP header of so
// many bytes, or whose header a capture has cut.
func (q *query) cutInside(header int) *Verdict {
	if len(q.pkt)+q.missing < header {
		return q.verdict(Drop, Truncated)
	}
	return q.verdict(Unknown, CutByCapture)
}

// keep enters how much of a packet of so many bytes is missing, and returns
// Truncated where the packet never had them.
func (q *query) keep(total int) Reason {
	if total > len(q.pkt)+q.missing {
		return Truncated
	}
	q.missing = max(0, total-len(q.pkt))
	return 0
}

// route4 decides whether the packet is for this host at all.
func (m *Mux) route4(q *query) Reason {
	src, dst := q.pkt[12], q.pkt[16]
	limited := q.key.local == limitedBroadcast
	q.multi = dst>>4 == 14
	switch {
	case src >= 224 && (src < 240 || q.key.remote == limitedBroadcast):
		return MartianSource
	case q.key.remote == unspecified4 && !(limited || q.multi) || src == 127:
		return MartianSource // only DHCP's clients say 0.0.0.0
	case q.key.local == unspecified4 || dst == 127:
		return MartianDest
	case m.host.has(q.key.remote):
		return MartianSource
	}
	switch {
	case q.multi:
		if m.groups[q.key.local] == 0 && m.host.groups[q.key.local] == "" {
			return NotJoined
		}
		q.many = true
	case m.host.has(q.key.local):
	case limited || m.host.isBroadcast(q.key.local):
		q.many = true
	default:
		return NotOurs
	}
	if q.trace != nil {
		kind := "an address of this host"
		if q.multi {
			kind = "a multicast group that this host is in"
		} else if q.many {
			kind = "a broadcast address of this host's network"
		}
		q.trace.pass("destination", "RFC 1122 3.2.1.3", "%s is %s", q.key.local.netip(), kind)
	}
	return 0
}

// transport goes on with what IP carries.
func (m *Mux) transport(q *query) *Verdict {
	switch q.proto {
	case packet.ProtoTCP:
		return m.tcp(q)
	case packet.ProtoUDP:
		return m.udp(q)
	}
	if q.missing > 0 {
		return q.verdict(Unknown, CutByCapture)
	}
	if !q.v4 {
		return q.verdict(Drop, UnknownNext) // deliver6 lets nothing else through
	}
	switch q.proto {
	case packet.ProtoICMP:
		return m.icmp4(q)
	case packet.ProtoIGMP:
		return q.verdict(Drop, ICMPIgnored)
	}
	return m.icmp(q, packet.ICMPUnreachable, 2, 0, NoProtocol)
}
