package ipaddr

import (
	"net/netip"
	"strconv"

	"onwire/wire"
)

// A Kind is what an Input is.
type Kind int

const (
	KindAddr     Kind = iota + 1 // 192.0.2.1
	KindPrefix                   // 192.0.2.1/24
	KindRange                    // 192.0.2.1-192.0.2.9
	KindAddrPort                 // 192.0.2.1:80
)

func (k Kind) String() string {
	return [...]string{"none", "address", "prefix", "range", "address-port"}[k]
}

// An Input is what Parse found. The zero Input is nothing.
type Input struct {
	Kind   Kind
	Text   string       // as it was written
	Spelt  string       // the part of Text that spells Addr, without its zone
	Addr   netip.Addr   // with its zone; the first address of a range
	Prefix netip.Prefix // KindPrefix: host bits kept, no zone
	Range  Range        // KindRange
	Port   uint16       // KindAddrPort
	Notes  []wire.Note  // what was read in a way worth telling
}

// String returns the canonical form, which Parse accepts: RFC 5952 for IPv6,
// brackets around an IPv6 address before a port, the length for a mask.
func (in Input) String() string {
	switch in.Kind {
	case KindAddr:
		return in.Addr.String()
	case KindPrefix:
		return in.Addr.String() + "/" + strconv.Itoa(in.Prefix.Bits())
	case KindRange:
		return in.Range.String()
	case KindAddrPort:
		return netip.AddrPortFrom(in.Addr, in.Port).String()
	}
	return ""
}

// Addrs returns all addresses that the input means: one, or those of its
// prefix or range.
func (in Input) Addrs() Range {
	switch in.Kind {
	case KindPrefix:
		return RangeOf(in.Prefix)
	case KindRange:
		return in.Range
	}
	a := in.Addr.WithZone("")
	return Range{a, a}
}
