package packet

import "encoding/binary"

// wifi walks over an IEEE 802.11 data frame at byte o. With pad, the payload
// starts at a multiple of 4 bytes from the frame's start.
func (p *Packet) wifi(b []byte, o int, pad bool) (uint16, int, Status) {
	if len(b) < o+2 {
		return p.short(o, "IEEE 802.11", 24)
	}
	control, flags := b[o], b[o+1]
	switch {
	case control&0x0c != 0x08:
		return p.unread(o, "IEEE 802.11 management or control")
	case control&0x40 != 0:
		return p.unread(o, "IEEE 802.11 without data")
	case flags&0x40 != 0:
		return p.unread(o, "encrypted IEEE 802.11")
	case len(b) < o+24:
		return p.short(o, "IEEE 802.11", 24)
	}
	n, several := 24, false
	if flags&3 == 3 { // between two access points: a fourth address
		n += 6
	}
	if control&0x80 != 0 { // QoS
		if len(b) < o+n+2 {
			return p.short(o, "IEEE 802.11", n+2)
		}
		several = b[o+n]&0x80 != 0
		n += 2
		if flags&0x80 != 0 {
			n += 4
		}
	}
	if pad {
		n = (n + 3) &^ 3
	}
	if several {
		return p.msdu(b, o+n)
	}
	return p.llc(b, o+n)
}

// msdu reads one packet of an A-MSDU: an IEEE 802.11 frame with several, each
// after two addresses and a length, and at a multiple of 4 bytes from the
// first (IEEE 802.11 9.3.2.2.2).
func (p *Packet) msdu(b []byte, at int) (uint16, int, Status) {
	if len(b) < at+14 {
		return p.short(at, "A-MSDU", 14)
	}
	n := int(be16(b, at+12))
	p.wire = at + 14 + n
	p.bound = p.wire
	if next := at + (14+n+3)&^3; n > 0 && len(b) >= next+14 {
		p.next = next
	}
	return p.llc(b, at+14)
}

// Next parses the next packet of the frame that Parse or Next has looked at. Only
// an IEEE 802.11 frame can have several (A-MSDU); ok is false where it has not.
func (p *Packet) Next(b []byte) (status Status, ok bool) {
	if p.next == 0 {
		return 0, false
	}
	at := p.next
	p.Version, p.fragment, p.Unread, p.next = 0, false, "", 0
	t, at, status := p.msdu(b, at)
	return p.network(b, t, at, status), true
}

// radiotap walks over a radiotap header: a length, words of bits that say
// which fields there are, and the fields. Of those only the flags matter.
func (p *Packet) radiotap(b []byte, o int) (uint16, int, Status) {
	if len(b) < o+8 {
		return p.short(o, "radiotap", 8)
	}
	n := int(binary.LittleEndian.Uint16(b[o+2:]))
	if n < 8 || len(b) < o+n {
		return p.short(o, "radiotap", max(n, 8))
	}
	present := binary.LittleEndian.Uint32(b[o+4:])
	at := 8
	for word := present; word>>31 != 0 && at+4 <= n; at += 4 {
		word = binary.LittleEndian.Uint32(b[o+at:])
	}
	if present&1 != 0 { // TSFT: a time of 64 bits, at a multiple of its size
		at = (at+7)&^7 + 8
	}
	const dataPad = 0x20
	pad := present&2 != 0 && at < n && b[o+at]&dataPad != 0
	return p.wifi(b, o+n, pad)
}
