package ipaddr

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// A Multicast says what a multicast address is a group of, and how far packets
// to it go.
type Multicast struct {
	Scope string           // how far: "link-local", "link: never forwarded"
	Group string           // the well-known group, "mDNS", or the part of the space
	RFC   string           // where the group is defined: "RFC6762"
	MAC   net.HardwareAddr // the Ethernet address that carries it
}

// The scopes of RFC 4291 2.7 and RFC 7346 2, by their number.
var scopes = [16]string{
	0x0: "reserved",
	0x1: "interface-local",
	0x2: "link-local",
	0x3: "realm-local",
	0x4: "admin-local",
	0x5: "site-local",
	0x8: "organization-local",
	0xe: "global",
	0xf: "reserved",
}

type multicastPart struct {
	in               Range
	name, scope, rfc string
}

var multicastParts = sync.OnceValue(func() []multicastPart {
	var parts []multicastPart
	for _, row := range embeddedTSV("data/multicast-blocks.tsv", 5) {
		in := Range{netip.MustParseAddr(row[0]), netip.MustParseAddr(row[1])}
		parts = append(parts, multicastPart{in, row[2], row[3], row[4]})
	}
	return parts
})

type group struct{ name, rfc string }

var groups = sync.OnceValue(func() map[string]group {
	all := make(map[string]group)
	for _, row := range embeddedTSV("data/multicast-groups.tsv", 3) {
		all[row[0]] = group{row[1], row[2]}
	}
	return all
})

// MulticastOf describes a multicast address; ok is false for any other.
func MulticastOf(a netip.Addr) (m Multicast, ok bool) {
	a = a.WithZone("")
	if !a.IsMulticast() {
		return Multicast{}, false
	}
	if a.Is4() {
		return multicast4(a), true
	}
	return multicast6(a), true
}

func multicast4(a netip.Addr) Multicast {
	b := a.As4()
	// RFC 1112 6.4: 23 of the 28 bits of the group fit, so 32 groups share one.
	m := Multicast{MAC: net.HardwareAddr{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}}
	for _, part := range multicastParts() {
		if part.in.Contains(Range{a, a}) {
			m.Group, m.Scope, m.RFC = part.name, part.scope, part.rfc
			break
		}
	}
	if m.Group == "GLOP Block" {
		m.Group = fmt.Sprintf("GLOP Block, of AS %d", int(b[1])<<8|int(b[2]))
	}
	if g, known := groups()[a.String()]; known {
		m.Group, m.RFC = g.name, g.rfc
	}
	return m
}

func multicast6(a netip.Addr) Multicast {
	b := a.As16()
	// RFC 2464 7: the last 32 bits of the group.
	m := Multicast{MAC: net.HardwareAddr{0x33, 0x33, b[12], b[13], b[14], b[15]}}
	flags, scope := b[1]>>4, b[1]&15
	if m.Scope = scopes[scope]; m.Scope == "" {
		m.Scope = fmt.Sprintf("unassigned (%x)", scope)
	}
	switch {
	case flags&8 != 0:
		m.Group, m.RFC = "none: the first of the four flags is reserved and must be 0", "RFC4291"
	case flags == 7:
		m.Group, m.RFC = "a group that names its own rendezvous point", "RFC3956"
	case flags == 3:
		m.Group, m.RFC = "a group made from a unicast prefix", "RFC3306"
		if b[3] == 0 && b[4]|b[5]|b[6]|b[7]|b[8]|b[9]|b[10]|b[11] == 0 {
			m.Group, m.RFC = "a source-specific group", "RFC4607"
		}
	case flags == 1:
		m.Group, m.RFC = "a transient group, not assigned by IANA", "RFC4291"
	}
	if _, node := SolicitedNodeSuffix(a); node {
		m.Group, m.RFC = "solicited-node group", "RFC4291"
	}
	if flags == 0 && m.Group == "" {
		anyScope := "ff0X" + strings.TrimPrefix(a.String(), fmt.Sprintf("ff0%x", scope))
		if g, known := groups()[a.String()]; known {
			m.Group, m.RFC = g.name, g.rfc
		} else if g, known := groups()[anyScope]; known {
			m.Group, m.RFC = g.name, g.rfc
		}
	}
	return m
}

// solicitedNode is the prefix of all solicited-node groups (RFC 4291 2.7.1).
var solicitedNode = netip.MustParsePrefix("ff02::1:ff00:0/104")

// SolicitedNode returns the group that the owner of a unicast IPv6 address
// joins, so that neighbour discovery (RFC 4861) can ask a few hosts and not
// all: ff02::1:ff and the last 24 bits. ok is false for IPv4 and multicast.
func SolicitedNode(a netip.Addr) (group netip.Addr, ok bool) {
	if !a.Is6() || a.Is4In6() || a.IsMulticast() || a.IsUnspecified() || a.IsLoopback() {
		return netip.Addr{}, false
	}
	return valueOf(solicitedNode.Addr()).or(valueOf(a).and(lowBits(24))).addr(128), true
}

// SolicitedNodeSuffix returns the 24 bits that a solicited-node group keeps of
// its members' addresses; ok is false for any other address.
func SolicitedNodeSuffix(a netip.Addr) (suffix uint32, ok bool) {
	a = a.WithZone("")
	return uint32(valueOf(a).lo & 0xffffff), solicitedNode.Contains(a)
}
