package packet

import "encoding/binary"

// An Offload is what a system has left for its network card to do. A capture
// on that system sees packets before the card does: without checksums, and
// larger than any packet on the wire.
type Offload struct {
	Header    bool // the checksum of the IPv4 header (it is 0)
	Transport bool // the checksum of TCP or UDP (it is the sum of the pseudo-header)
	Segments  bool // the length of the packet (it is 0): the card cuts it into packets
}

// Any reports whether anything was left to the card.
func (o Offload) Any() bool { return o.Header || o.Transport || o.Segments }

// FillIn returns an IP packet as the card sends it, and what was left for the
// card to fill in. length is the packet's length where a capture has kept only
// its beginning, pkt; then a checksum over all of it stays as it is. Where
// nothing was left, the result is pkt itself. What the card would cut into
// packets stays one, of 65,535 bytes at most.
func FillIn(pkt []byte, length int) ([]byte, Offload) {
	var left Offload
	var p Packet
	p.ParseRecord(LinkRaw, pkt, length)
	if p.Version == 0 || p.Transport > len(pkt) {
		return pkt, left
	}
	out := append([]byte(nil), pkt...)
	segment := func() []byte { return out[p.Transport:min(p.End, len(out))] }
	switch p.Version {
	case 4:
		if left.Segments = be16(pkt, 2) == 0; left.Segments {
			p.End = min(p.End, 65535)
			binary.BigEndian.PutUint16(out[2:], uint16(p.End))
		}
		left.Header = be16(pkt, 10) == 0 && Fold(Sum(pkt[:p.Transport], 0)) != 0xffff
	case 6:
		if left.Segments = be16(pkt, 4) == 0 && (pkt[6] == ProtoTCP || pkt[6] == ProtoUDP) && p.End > 40; left.Segments {
			p.End = min(p.End, 40+65535)
			binary.BigEndian.PutUint16(out[4:], uint16(p.End-40))
		}
	}
	out = out[:min(len(out), max(p.End, p.Transport))]
	at := map[uint8]int{ProtoTCP: 16, ProtoUDP: 6}[p.Proto]
	if at > 0 && !p.fragment && len(segment()) >= at+2 {
		whole := p.End - p.Transport
		if p.Proto == ProtoUDP {
			whole = p.Length + 8
		}
		addrs := out[p.IP+12 : p.IP+20]
		if p.Version == 6 {
			addrs = out[p.IP+8 : p.IP+40]
		}
		field := segment()[at : at+2]
		whole = min(max(whole, 0), p.End-p.Transport)
		here := whole <= len(segment())
		if LeftToCard(addrs, p.Proto, be16(field, 0), whole) && !(here && TransportSum(addrs, p.Proto, segment()[:whole]) == 0xffff) {
			left.Transport = true
			if here {
				field[0], field[1] = 0, 0
				sum := ^TransportSum(addrs, p.Proto, segment()[:whole])
				if sum == 0 && p.Proto == ProtoUDP {
					sum = 0xffff
				}
				binary.BigEndian.PutUint16(field, sum)
			}
		}
	}
	if !left.Any() {
		return pkt, left
	}
	if p.Version == 4 && (left.Header || left.Segments) {
		out[10], out[11] = 0, 0
		binary.BigEndian.PutUint16(out[10:], Checksum(out[:p.Transport], 0))
	}
	return out, left
}
