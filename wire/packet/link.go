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
	LinkFDDI     LinkType = 10  // FDDI
	LinkRaw12    LinkType = 12  // raw IP, as some systems number it
	LinkRaw14    LinkType = 14  // raw IP, as OpenBSD numbers it
	LinkPPPHDLC  LinkType = 50  // PPP in HDLC framing
	LinkPPPoE    LinkType = 51  // PPPoE, session packets
	LinkRaw      LinkType = 101 // raw IP: the first nibble is the version
	LinkCHDLC    LinkType = 104 // Cisco HDLC
	LinkWiFi     LinkType = 105 // IEEE 802.11
	LinkLoop     LinkType = 108 // OpenBSD loopback: the family in network byte order
	LinkSLL      LinkType = 113 // Linux "cooked" capture
	LinkPFLog    LinkType = 117 // the log of a BSD packet filter
	LinkPrism    LinkType = 119 // Prism header, then IEEE 802.11
	LinkRadiotap LinkType = 127 // radiotap header, then IEEE 802.11
	LinkUser2    LinkType = 149 // free for any use; macOS has written PKTAP with it
	LinkAVS      LinkType = 163 // AVS header, then IEEE 802.11
	LinkPPI      LinkType = 192 // Per-Packet Information, then a frame of another link type
	LinkIPv4     LinkType = 228 // raw IPv4
	LinkIPv6     LinkType = 229 // raw IPv6
	LinkNFLog    LinkType = 239 // the log of the Linux packet filter
	LinkIPoIB    LinkType = 242 // IP over InfiniBand
	LinkPKTAP    LinkType = 258 // macOS's packet tap, then a frame of another link type
	LinkSLL2     LinkType = 276 // Linux "cooked" capture v2
)

// linkNames are the link types that Parse looks into.
var linkNames = map[LinkType]string{
	LinkNull: "BSD loopback", LinkEthernet: "Ethernet", LinkPPP: "PPP", LinkFDDI: "FDDI", LinkRaw12: "raw IP", LinkRaw14: "raw IP",
	LinkPPPHDLC: "PPP in HDLC", LinkPPPoE: "PPPoE", LinkRaw: "raw IP", LinkCHDLC: "Cisco HDLC", LinkWiFi: "IEEE 802.11",
	LinkLoop: "OpenBSD loopback", LinkSLL: "Linux cooked", LinkPFLog: "PFLOG", LinkPrism: "IEEE 802.11 with Prism",
	LinkRadiotap: "IEEE 802.11 with radiotap", LinkUser2: "USER2", LinkAVS: "IEEE 802.11 with AVS", LinkPPI: "PPI",
	LinkIPv4: "raw IPv4", LinkIPv6: "raw IPv6", LinkNFLog: "NFLOG", LinkIPoIB: "IP over InfiniBand", LinkPKTAP: "PKTAP",
	LinkSLL2: "Linux cooked v2",
}

// unreadNames are link types that Parse does not look into: a capture of one
// is named on the screen, and not only numbered.
var unreadNames = map[LinkType]string{
	6: "Token Ring", 7: "ARCNET", 8: "SLIP", 11: "ATM", 100: "ATM, RFC 1483", 107: "Frame Relay", 109: "IPsec on OpenBSD", 114: "LocalTalk",
	122: "IP over Fibre Channel", 129: "ARCNET on Linux", 130: "Juniper MLPPP", 135: "Juniper ATM", 138: "IP over IEEE 1394",
	143: "DOCSIS", 147: "USER0", 148: "USER1", 150: "USER3", 166: "PPP of pppd", 177: "LAPD", 178: "Juniper Ethernet", 179: "Juniper PPP",
	180: "Juniper Frame Relay", 186: "USB on BSD", 187: "Bluetooth HCI", 189: "USB on Linux", 195: "IEEE 802.15.4", 197: "ERF",
	201: "Bluetooth HCI with a direction", 204: "PPP with a direction", 205: "Cisco HDLC with a direction", 206: "Frame Relay with a direction",
	220: "USB on Linux, 64 bytes", 226: "Solaris ipnet", 227: "CAN bus", 230: "IEEE 802.15.4", 240: "NetAnalyzer", 247: "InfiniBand",
	249: "USB on Windows", 251: "Bluetooth LE", 252: "Wireshark upper PDU", 253: "Linux netlink", 266: "USB on macOS", 271: "vsock",
}

func (l LinkType) String() string {
	if name, ok := linkNames[l]; ok {
		return name
	}
	if name, ok := unreadNames[l]; ok {
		return name
	}
	return fmt.Sprintf("link type %d", uint32(l))
}

// Known reports whether Parse looks into packets of this link type.
func (l LinkType) Known() bool { _, ok := linkNames[l]; return ok }

// unread ends at something that is not looked into; what names it.
func (p *Packet) unread(at int, what string) (uint16, int, Status) {
	p.Unread = what
	return 0, at, OK
}

// link finds the EtherType and the offset of what the link header at byte o
// announces.
func (p *Packet) link(link LinkType, b []byte, o int) (uint16, int, Status) {
	switch link {
	case LinkEthernet:
		if len(b) < o+14 {
			return p.short(o, "Ethernet", 14)
		}
		return p.etherType(b, o+12)
	case LinkRaw, LinkRaw12, LinkRaw14:
		if len(b) < o+1 {
			return p.short(o, "IP", 1)
		}
		return versionType(b[o]), o, OK
	case LinkIPv4:
		return TypeIPv4, o, OK
	case LinkIPv6:
		return TypeIPv6, o, OK
	case LinkNull, LinkLoop:
		if len(b) < o+4 {
			return p.short(o, "loopback", 4)
		}
		if isCHDLC(b, o) {
			return p.etherType(b, o+2)
		}
		return familyType(link, b[o:]), o + 4, OK
	case LinkSLL:
		if len(b) < o+16 {
			return p.short(o, "Linux cooked", 16)
		}
		return p.etherType(b, o+14)
	case LinkSLL2:
		if len(b) < o+20 {
			return p.short(o, "Linux cooked v2", 20)
		}
		if t := be16(b, o); t >= 0x600 {
			return p.tags(b, t, o+20)
		}
		return p.llc(b, o+20)
	case LinkPPP, LinkPPPHDLC:
		if len(b) >= o+4 && isCHDLC(b, o) { // a line that speaks Cisco's HDLC in its place
			return p.etherType(b, o+2)
		}
		if len(b) >= o+2 && b[o] == 0xff && b[o+1] == 3 {
			o += 2
		}
		return p.ppp(b, o)
	case LinkPPPoE:
		return p.tags(b, TypePPPoE, o)
	case LinkCHDLC:
		if len(b) < o+4 {
			return p.short(o, "Cisco HDLC", 4)
		}
		return p.etherType(b, o+2)
	case LinkFDDI:
		if len(b) < o+13 {
			return p.short(o, "FDDI", 13)
		}
		return p.llc(b, o+13)
	case LinkIPoIB: // a Global Routing Header, then the EtherType (RFC 4391 6)
		if len(b) < o+44 {
			return p.short(o, "IP over InfiniBand", 44)
		}
		return be16(b, o+40), o + 44, OK
	case LinkWiFi:
		return p.wifi(b, o, false)
	case LinkRadiotap:
		return p.radiotap(b, o)
	}
	return p.wrapped(link, b, o)
}

// isCHDLC reports whether a frame starts as Cisco HDLC does, to one or to all.
func isCHDLC(b []byte, o int) bool { return (b[o] == 0x0f || b[o] == 0x8f) && b[o+1] == 0 }

// llc reads an LLC header; with SNAP it holds an EtherType (RFC 1042).
func (p *Packet) llc(b []byte, at int) (uint16, int, Status) {
	if len(b) >= at+8 && b[at] == 0xaa && b[at+1] == 0xaa && b[at+2] == 3 && b[at+3]|b[at+4] == 0 {
		return be16(b, at+6), at + 8, OK
	}
	return p.unread(at, "IEEE 802.2 LLC without an EtherType")
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
	return p.unread(at+n, "PPP that carries no IP")
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
