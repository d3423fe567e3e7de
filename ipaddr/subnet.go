package ipaddr

import (
	"math/big"
	"net/netip"

	"onwire/wire"
)

// A Subnet is what follows from a prefix.
type Subnet struct {
	Prefix    netip.Prefix // host bits cleared
	Network   netip.Addr   // every host bit 0
	Broadcast netip.Addr   // every host bit 1; not valid where there is none
	First     netip.Addr   // the first address that a host may have
	Last      netip.Addr   // the last one
	Mask      netip.Addr   // as an address
	Wildcard  netip.Addr   // the mask inverted
	Count     *big.Int     // addresses in all; up to 2^128
	Usable    *big.Int     // addresses that a host may have
	Note      wire.Note    // why Usable is what it is
	RFC       string       // where that is said
}

// SubnetOf works out the subnet of a prefix, whose host bits do not count.
//
// IPv4 keeps the first address for the network and the last for broadcast
// (RFC 1122 3.2.1.3), but not on a /31, the two ends of a line (RFC 3021), nor
// on a /32. IPv6 has no broadcast; its first address means any router of the
// subnet (RFC 4291 2.6.1), but not on a /127 (RFC 6164), nor on a /128. Of the
// addresses of multicast groups no host may have one as its own. A /0 is no
// network but a default route: it has neither a broadcast address nor a number
// of hosts, and First and Last are its ends.
func SubnetOf(p netip.Prefix) Subnet {
	p = p.Masked()
	last := LastAddr(p)
	s := Subnet{
		Prefix: p, Network: p.Addr(), First: p.Addr(), Last: last,
		Mask: Mask(p), Wildcard: Wildcard(p), Count: RangeOf(p).Count(),
	}
	kept := int64(0) // addresses that no host may have
	switch host := width(last) - p.Bits(); {
	case p.Bits() == 0:
		s.Note, s.RFC = wire.Notef("all addresses, as a default route matches them: it is no network with hosts and a broadcast address"), "RFC 4632 5.1"
		return s
	case p.Addr().IsMulticast() && last.IsMulticast():
		s.Usable = new(big.Int)
		s.Note, s.RFC = wire.Notef("they name groups: no host has one as its own address, and there is no broadcast"), "RFC 1112 4"
		if p.Addr().Is6() {
			s.RFC = "RFC 4291 2.7"
		}
		return s
	case host == 0:
		s.Note, s.RFC = wire.Notef("a /%d is one address, a single host", p.Bits()), "RFC 4632 3.1"
	case host == 1 && last.Is4():
		s.Note, s.RFC = wire.Notef("a /31 is the two ends of a line: both are hosts, nothing is kept for network and broadcast"), "RFC 3021"
	case host == 1:
		s.Note, s.RFC = wire.Notef("a /127 is the two ends of a line between routers: both are used"), "RFC 6164"
	case last.Is4():
		s.Broadcast, kept = last, 2
		s.First, s.Last = s.First.Next(), last.Prev()
		s.Note, s.RFC = wire.Notef("all but the network address and the broadcast address"), "RFC 1122 3.2.1.3"
	default:
		kept = 1
		s.First = s.First.Next()
		s.Note, s.RFC = wire.Notef("all but the first, the subnet-router anycast address, which means any router of the subnet; IPv6 has no broadcast"), "RFC 4291 2.6.1"
	}
	s.Usable = new(big.Int).Sub(s.Count, big.NewInt(kept))
	return s
}
