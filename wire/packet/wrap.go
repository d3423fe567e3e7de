package packet

import "encoding/binary"

// wrapped walks over headers that a capturing program writes before a frame or
// a packet. They name the link type of what is inside.
func (p *Packet) wrapped(link LinkType, b []byte, o int) (uint16, int, Status) {
	switch link {
	case LinkPPI:
		return p.ppi(b, o)
	case LinkPKTAP:
		return p.pktap(b, o)
	case LinkUser2:
		if len(b) >= o+12 && binary.LittleEndian.Uint32(b[o:]) >= pktapHeader && binary.LittleEndian.Uint32(b[o+4:]) <= 1 {
			return p.pktap(b, o)
		}
	case LinkNFLog:
		return p.nflog(b, o)
	case LinkPFLog: // length, family; the length is filled up to a multiple of 4
		if len(b) < o+4 {
			return p.short(o, "PFLOG", 4)
		}
		t := familyType(LinkLoop, []byte{0, 0, 0, b[o+1]})
		return t, o + (int(b[o])+3)&^3, OK
	case LinkPrism, LinkAVS: // two words: a code and, in AVS and newer Prism headers, the length
		if len(b) < o+8 {
			return p.short(o, link.String(), 8)
		}
		n := int(binary.LittleEndian.Uint32(b[o+4:]))
		if link == LinkAVS || be32(b, o)>>12 == 0x80211 {
			n = int(be32(b, o+4))
		}
		if n < 8 || n > len(b)-o {
			return p.short(o, link.String(), max(n, 8))
		}
		return p.wifi(b, o+n, false)
	}
	return p.unread(o, link.String())
}

// inside goes on with the frame that a wrapper holds. A wrapper in a wrapper is
// not looked into, so that no frame leads into the depth.
func (p *Packet) inside(link LinkType, b []byte, at int) (uint16, int, Status) {
	switch link {
	case LinkPPI, LinkPKTAP, LinkUser2, LinkNFLog, LinkPFLog, LinkPrism, LinkAVS:
		return p.unread(at, "a capture's header inside of another")
	}
	return p.link(link, b, at)
}

// ppi walks over Per-Packet Information: version, flags, the header's length
// and the link type, little-endian, then fields that do not matter here.
func (p *Packet) ppi(b []byte, o int) (uint16, int, Status) {
	if len(b) < o+8 {
		return p.short(o, "PPI", 8)
	}
	n := int(binary.LittleEndian.Uint16(b[o+2:]))
	if n < 8 || len(b) < o+n {
		return p.short(o, "PPI", max(n, 8))
	}
	return p.inside(LinkType(binary.LittleEndian.Uint32(b[o+4:])), b, o+n)
}

const pktapHeader = 108 // bytes of the first version of PKTAP; later ones add to it

// pktap walks over the header of macOS's packet tap: its length, a record type
// and the link type, little-endian, then the interface, the process, ...
func (p *Packet) pktap(b []byte, o int) (uint16, int, Status) {
	if len(b) < o+12 {
		return p.short(o, "PKTAP", pktapHeader)
	}
	n := binary.LittleEndian.Uint32(b[o:])
	if n < 12 || uint64(n) > uint64(len(b)-o) {
		return p.short(o, "PKTAP", pktapHeader)
	}
	if binary.LittleEndian.Uint32(b[o+4:]) != 1 { // PKT_REC_PACKET
		return p.unread(o, "PKTAP without a packet")
	}
	return p.inside(LinkType(binary.LittleEndian.Uint32(b[o+8:])), b, o+int(n))
}

// nflog walks over the header of Linux's NFLOG: a family, a version and a
// resource, then values of a length, a type and data, each filled up to a
// multiple of 4. Lengths and types are in the byte order of the host that
// wrote them. The first value is shorter than 256 bytes, so the place of its
// length's zero byte shows the order.
func (p *Packet) nflog(b []byte, o int) (uint16, int, Status) {
	const payload = 9 // NFULA_PAYLOAD
	if len(b) < o+8 {
		return p.short(o, "NFLOG", 8)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[o+4] == 0 {
		order = binary.BigEndian
	}
	for at := o + 4; ; {
		if len(b) < at+4 {
			return p.short(at, "NFLOG", 4)
		}
		n, kind := int(order.Uint16(b[at:])), order.Uint16(b[at+2:])&0x7fff
		switch {
		case n < 4:
			return 0, 0, p.fault(Bad, at, "NFLOG", "a value is shorter than its own header")
		case kind == payload && len(b) < at+5:
			return p.short(at, "NFLOG", 5)
		case kind == payload:
			return versionType(b[at+4]), at + 4, OK
		}
		at += (n + 3) &^ 3
	}
}
