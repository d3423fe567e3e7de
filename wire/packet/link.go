package packet

import (
	"encoding/binary"
	"fmt"
)

// A LinkType says what a capture's packets start with (the LINKTYPE_ values
// of tcpdump.org).
type LinkType uint32

const (
	LinkNull     LinkType = 0   // BSD loopback: a protocol family in the host's byte order
	LinkEthernet LinkType = 1   // Ethernet
	LinkPPP      LinkType = 9   // PPP, with or without its address and control bytes
	LinkRaw12    LinkType = 12  // raw IP, as some systems number it
	LinkRaw14    LinkType = 14  // raw IP, as OpenBSD numbers it
	LinkPPPHDLC  LinkType = 50  // PPP in HDLC framing
	LinkPPPoE    LinkType = 51  // PPPoE, session packets
	LinkRaw      LinkType = 101 // raw IP: the first nibble is the version
	LinkCHDLC    LinkType = 104 // Cisco HDLC
	LinkWiFi     LinkType = 105 // IEEE 802.11
	LinkLoop     LinkType = 108 // OpenBSD loopback: the family in network byte order
	LinkSLL      LinkType = 113 // Linux "cooked" capture
	LinkRadiotap LinkType = 127 // radiotap header, then IEEE 802.11
	LinkIPv4     LinkType = 228 // raw IPv4
	LinkIPv6     LinkType = 229 // raw IPv6
	LinkSLL2     LinkType = 276 // Linux "cooked" capture v2
)

var linkNames = map[LinkType]string{
	LinkNull: "BSD loopback", LinkEthernet: "Ethernet", LinkPPP: "PPP", LinkRaw12: "raw IP", LinkRaw14: "raw IP",
	LinkPPPHDLC: "PPP in HDLC", LinkPPPoE: "PPPoE", LinkRaw: "raw IP", LinkCHDLC: "Cisco HDLC", LinkWiFi: "IEEE 802.11",
	LinkLoop: "OpenBSD loopback", LinkSLL: "Linux cooked", LinkRadiotap: "IEEE 802.11 with radiotap",
	LinkIPv4: "raw IPv4", LinkIPv6: "raw IPv6", LinkSLL2: "Linux cooked v2",
}

func (l LinkType) String() string {
	if name, ok := linkNames[l]; ok {
		return name
	}
	return fmt.Sprintf("link type %d", uint32(l))
}

// Known reports whether Parse looks into packets of this link type.
func (l LinkType) Known() bool { _, ok := linkNames[l]; return ok }

const maxTags = 8 // VLAN tags and labels that Parse walks over

// link finds the EtherType and the offset of what it announces.
func (p *Packet) link(link LinkType, b []byte) (uint16, int, Status) {
	switch link {
	case LinkEthernet:
		if len(b) < 14 {
			return p.short(0, "Ethernet", 14)
		}
		return p.etherType(b, 12)
	case LinkRaw, LinkRaw12, LinkRaw14:
		if len(b) < 1 {
			return p.short(0, "IP", 1)
		}
		return versionType(b[0]), 0, OK
	case LinkIPv4:
		return TypeIPv4, 0, OK
	case LinkIPv6:
		return TypeIPv6, 0, OK
	case LinkNull, LinkLoop:
		if len(b) < 4 {
			return p.short(0, "loopback", 4)
		}
		return familyType(link, b), 4, OK
	case LinkSLL:
		if len(b) < 16 {
			return p.short(0, "Linux cooked", 16)
		}
		return p.etherType(b, 14)
	case LinkSLL2:
		if len(b) < 20 {
			return p.short(0, "Linux cooked v2", 20)
		}
		if t := be16(b, 0); t != TypeVLAN {
			return t, 20, OK
		}
		return p.tags(b, TypeVLAN, 20)
	case LinkPPP, LinkPPPHDLC:
		if len(b) >= 4 && (b[0] == 0x0f || b[0] == 0x8f) { // a line that speaks Cisco's HDLC in its place
			return p.etherType(b, 2)
		}
		at := 0
		if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
			at = 2
		}
		return p.ppp(b, at)
	case LinkPPPoE:
		return p.tags(b, TypePPPoE, 0)
	case LinkCHDLC:
		if len(b) < 4 {
			return p.short(0, "Cisco HDLC", 4)
		}
		return p.etherType(b, 2)
	case LinkWiFi, LinkRadiotap:
		return p.wifi(link, b)
	}
	return 0, 0, p.fault(Other, 0, link.String(), "a link type that is not looked into")
}

// etherType reads the type or length at byte at, and what follows it.
func (p *Packet) etherType(b []byte, at int) (uint16, int, Status) {
	t := be16(b, at)
	switch at += 2; t {
	case TypeIPv4, TypeIPv6:
		return t, at, OK
	}
	if t < 0x600 { // a length: IEEE 802.3 with LLC
		return p.llc(b, at)
	}
	return p.tags(b, t, at)
}

// tags walks over what may stand between Ethernet and IP.
func (p *Packet) tags(b []byte, t uint16, at int) (uint16, int, Status) {
	for range maxTags {
		switch t {
		case TypeVLAN, TypeQinQ, TypeQinQ9:
			if len(b) < at+4 {
				return p.short(at, "802.1Q", 4)
			}
			if t, at = be16(b, at+2), at+4; t < 0x600 {
				return p.llc(b, at)
			}
		case TypeMPLS, 0x8848:
			if len(b) < at+5 {
				return p.short(at, "MPLS", 5)
			}
			if at += 4; b[at-2]&1 == 1 { // the last label: the payload says itself what it is
				return versionType(b[at]), at, OK
			}
		case TypePPPoE:
			if len(b) < at+8 {
				return p.short(at, "PPPoE", 8)
			}
			return p.ppp(b, at+6)
		case TypeNSH: // RFC 8300
			if len(b) < at+8 {
				return p.short(at, "NSH", 8)
			}
			next, n := b[at+3], int(b[at+1]&0x3f)*4
			if n < 8 || len(b) < at+n {
				return p.short(at, "NSH", max(n, 8))
			}
			switch at += n; next {
			case 1:
				return TypeIPv4, at, OK
			case 2:
				return TypeIPv6, at, OK
			case 3:
				if len(b) < at+14 {
					return p.short(at, "Ethernet", 14)
				}
				t, at = be16(b, at+12), at+14
			default:
				return 0, at, OK
			}
		case TypeMACsec: // IEEE 802.1AE; only where it signs and does not encrypt
			if len(b) < at+8 {
				return p.short(at, "MACsec", 8)
			}
			if b[at]&0x0c != 0 {
				return 0, at, OK
			}
			n := 6
			if b[at]&0x20 != 0 { // it carries an SCI
				n += 8
			}
			if len(b) < at+n+2 {
				return p.short(at, "MACsec", n+2)
			}
			t, at = be16(b, at+n), at+n+2
		default:
			return t, at, OK
		}
	}
	return 0, 0, p.fault(Bad, at, "Ethernet", "more tags than this program walks over")
}

// llc reads an LLC header; with SNAP it holds an EtherType (RFC 1042).
func (p *Packet) llc(b []byte, at int) (uint16, int, Status) {
	if len(b) >= at+8 && b[at] == 0xaa && b[at+1] == 0xaa && b[at+2] == 3 && b[at+3]|b[at+4] == 0 {
		t := be16(b, at+6)
		return t, at + 8, OK
	}
	return 0, at, OK
}

// ppp reads the protocol field of PPP (RFC 1661 2), of one byte or two.
func (p *Packet) ppp(b []byte, at int) (uint16, int, Status) {
	if len(b) < at+2 {
		return p.short(at, "PPP", 2)
	}
	proto, n := uint16(b[at]), 1
	if proto&1 == 0 {
		proto, n = be16(b, at), 2
	}
	switch proto {
	case 0x21:
		return TypeIPv4, at + n, OK
	case 0x57:
		return TypeIPv6, at + n, OK
	case 0x281:
		return p.tags(b, TypeMPLS, at+n)
	}
	return 0, at + n, OK
}

// wifi walks over an IEEE 802.11 data frame that is not encrypted.
func (p *Packet) wifi(link LinkType, b []byte) (uint16, int, Status) {
	at := 0
	if link == LinkRadiotap {
		if len(b) < 4 {
			return p.short(0, "radiotap", 4)
		}
		at = int(binary.LittleEndian.Uint16(b[2:]))
	}
	if len(b) < at+24 {
		return p.short(at, "IEEE 802.11", 24)
	}
	control, flags := b[at], b[at+1]
	if control&0x0c != 0x08 || flags&0x40 != 0 || control&0x40 != 0 { // not data, encrypted, or empty
		return 0, at, OK
	}
	n := 24
	if flags&3 == 3 { // between two access points: a fourth address
		n += 6
	}
	if control&0x80 != 0 { // QoS
		n += 2
		if flags&0x80 != 0 {
			n += 4
		}
	}
	return p.llc(b, at+n)
}

// versionType is the EtherType for the version in an IP packet's first byte.
func versionType(first byte) uint16 {
	switch first >> 4 {
	case 4:
		return TypeIPv4
	case 6:
		return TypeIPv6
	}
	return 0
}

// familyType is the EtherType for the protocol family of a loopback header.
// AF_INET is 2 everywhere; AF_INET6 is 24, 28 or 30 on the BSDs and macOS.
func familyType(link LinkType, b []byte) uint16 {
	family := be32(b, 0)
	if link == LinkNull && family > 0xffff { // written by a little-endian host
		family = binary.LittleEndian.Uint32(b)
	}
	switch family {
	case 2:
		return TypeIPv4
	case 24, 28, 30:
		return TypeIPv6
	}
	return 0
}
