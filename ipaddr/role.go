package ipaddr

import (
	"net/netip"

	"onwire/wire"
)

// A Role is what an address is inside its own prefix. The zero Role is an
// ordinary address, which a host may have.
type Role struct {
	Name string    // "network", "broadcast", "subnet-router anycast", "reserved anycast", "group", "default route", "host"
	Note wire.Note // what that means
	RFC  string
}

// RoleOf returns the role of an address in a prefix that holds it. A /31 or
// /127 has two hosts, and a /32 or /128 is one; none of them keeps an address
// for the network.
func RoleOf(a netip.Addr, p netip.Prefix) Role {
	a, p = a.WithZone(""), p.Masked()
	host := width(a) - p.Bits()
	last := LastAddr(p)
	switch {
	case p.Bits() == 0 && a.IsUnspecified():
		return Role{"default route", wire.Notef("this is a default route: it matches every destination, and is no network that a host is in"), "RFC 4632 5.1"}
	case a.IsMulticast():
		rfc := "RFC 1112 4"
		if a.Is6() {
			rfc = "RFC 4291 2.7"
		}
		return Role{"group", wire.Notef("this address is a multicast group: no host has it as its own address"), rfc}
	case p.Bits() == 0 || host < 2:
	case a == p.Addr() && a.Is4():
		return Role{"network", wire.Notef("this address is the network address of its prefix: it names the network, and no host has it"), "RFC 1122 3.2.1.3"}
	case a == last && a.Is4():
		return Role{"broadcast", wire.Notef("this address is the broadcast address of its prefix: it means all hosts of the network, and no host has it"), "RFC 1122 3.2.1.3"}
	case a == p.Addr():
		return Role{"subnet-router anycast", wire.Notef("this address is the subnet-router anycast address of its prefix: it means any router of the subnet, and no host has it"), "RFC 4291 2.6.1"}
	case reservedAnycast(a, p):
		return Role{"reserved anycast", wire.Notef("this address is one of the 128 of its subnet that are reserved for anycast: no host should have it"), "RFC 2526 2"}
	}
	return Role{"host", wire.Notef("a host of this prefix may have this address"), "RFC 4632 3.1"}
}

// reservedAnycast reports whether the interface identifier is one of the last
// 128. In a /64 its bit 6, universal/local, is 0 (RFC 2526 2).
func reservedAnycast(a netip.Addr, p netip.Prefix) bool {
	if !a.Is6() || p.Bits() > 120 {
		return false
	}
	first := valueOf(LastAddr(p))
	first.lo &^= 0x7f
	if p.Bits() == 64 {
		first.lo = 0xfdffffffffffff80
	}
	v := valueOf(a)
	return v.hi == first.hi && v.lo&^0x7f == first.lo
}
