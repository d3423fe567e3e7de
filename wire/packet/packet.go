// Package packet reads and writes the headers of the TCP/IP protocols:
// Ethernet, 802.1Q, ARP, IPv4 (RFC 791), IPv6 (RFC 8200), ICMP (RFC 792),
// ICMPv6 (RFC 4443), UDP (RFC 768), TCP (RFC 9293).
//
// It looks at a packet in three ways:
//
//   - Packet.Parse finds where the headers and the payload stand. It allocates
//     nothing and checks no checksum; it is for counting millions of packets.
//   - Dissect gives every bit a name, a value and a reason, as wire.Fields.
//   - Ethernet, IPv4, UDP, TCP, ... are the headers as structs; their Append
//     methods build packets, with lengths and checksums put right.
//
// Whatever the bytes are, nothing here panics: a fault is an *Error that says
// where it is and what was expected there.
package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// The numbers of the protocols inside IP that this package knows
// (registry "Assigned Internet Protocol Numbers").
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIGMP     = 2
	ProtoIPv4     = 4
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoIPv6     = 41
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoGRE      = 47
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMPv6   = 58
	ProtoNoNext   = 59
	ProtoDestOpts = 60
	ProtoMobility = 135
	ProtoUDPLite  = 136
)

// The EtherTypes that this package looks into.
const (
	TypeIPv4       = 0x0800
	TypeARP        = 0x0806
	TypeTRILL      = 0x22F3 // Ethernet between bridges that route (RFC 6325)
	TypeVLAN       = 0x8100 // IEEE 802.1Q, the tag that faces a customer
	TypeIPv6       = 0x86DD
	TypeMPLS       = 0x8847
	TypePPPoE      = 0x8864
	TypeQinQ       = 0x88A8 // IEEE 802.1ad, the tag of a provider
	TypeMACsec     = 0x88E5
	TypeITag       = 0x88E7 // IEEE 802.1ah, a customer's frame inside a provider's
	TypeFabricPath = 0x8903 // Cisco's frame around an Ethernet frame
	TypeCMD        = 0x8909 // Cisco MetaData, a tag with a security group
	TypeVNTag      = 0x8926 // Cisco's tag for a virtual network card
	TypeHSR        = 0x892F // IEC 62439-3, a tag in rings that send all twice
	TypeETag       = 0x893F // IEEE 802.1BR, a tag for a port of a port extender
	TypeQinQ9      = 0x9100 // QinQ before it had a standard
	TypeNSH        = 0x894F
)

var protoNames = map[uint8]string{
	ProtoHopByHop: "Hop-by-Hop Options", ProtoICMP: "ICMP", ProtoIGMP: "IGMP", ProtoIPv4: "IPv4", ProtoTCP: "TCP",
	ProtoUDP: "UDP", ProtoIPv6: "IPv6", ProtoRouting: "Routing", ProtoFragment: "Fragment", ProtoGRE: "GRE",
	ProtoESP: "ESP", ProtoAH: "AH", ProtoICMPv6: "ICMPv6", ProtoNoNext: "No Next Header",
	ProtoDestOpts: "Destination Options", ProtoMobility: "Mobility", ProtoUDPLite: "UDP-Lite",
}

// ProtoName returns the name of a protocol inside IP, or "protocol N".
func ProtoName(proto uint8) string {
	if name, ok := protoNames[proto]; ok {
		return name
	}
	return fmt.Sprintf("protocol %d", proto)
}

var typeNames = map[uint16]string{
	TypeIPv4: "IPv4", TypeARP: "ARP", TypeVLAN: "802.1Q", TypeIPv6: "IPv6", TypeMPLS: "MPLS", TypePPPoE: "PPPoE",
	TypeQinQ: "802.1ad", TypeMACsec: "MACsec", TypeQinQ9: "QinQ", TypeNSH: "NSH", 0x88CC: "LLDP", 0x8863: "PPPoE discovery",
	TypeTRILL: "TRILL", TypeITag: "802.1ah", TypeFabricPath: "FabricPath", TypeCMD: "Cisco MetaData", TypeVNTag: "VN-Tag",
	TypeHSR: "HSR", TypeETag: "E-Tag",
}

// TypeName returns the name of an EtherType, or its number.
func TypeName(t uint16) string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("EtherType 0x%04x", t)
}

// An Error is a fault in a packet.
type Error struct {
	Offset int    // bytes from the start of what was given
	Layer  string // "IPv4", "TCP": whose rule it breaks
	What   string // what was expected, and what is there
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s: %s", e.Offset, e.Layer, e.What) }

func errorf(offset int, layer, format string, args ...any) *Error {
	return &Error{offset, layer, fmt.Sprintf(format, args...)}
}

func be16(b []byte, i int) uint16 { return binary.BigEndian.Uint16(b[i:]) }
func be32(b []byte, i int) uint32 { return binary.BigEndian.Uint32(b[i:]) }

func addr4(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b[:4])) }
func addr16(b []byte) netip.Addr {
	return netip.AddrFrom16([16]byte(b[:16]))
}
