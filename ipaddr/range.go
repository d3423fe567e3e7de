package ipaddr

import (
	"math/big"
	"net/netip"
)

// A Range is all addresses from First to Last, both included, of one family
// and without zone. The zero Range is empty.
type Range struct{ First, Last netip.Addr }

// RangeOf returns the addresses of a prefix.
func RangeOf(p netip.Prefix) Range { return Range{p.Masked().Addr(), LastAddr(p)} }

func (r Range) String() string { return r.First.String() + "-" + r.Last.String() }

// Count returns how many addresses there are.
func (r Range) Count() *big.Int {
	n := Integer(r.Last)
	n.Sub(n, Integer(r.First))
	return n.Add(n, big.NewInt(1))
}

// Contains reports whether all of s lies in r. The other family never does.
func (r Range) Contains(s Range) bool {
	return width(r.First) == width(s.First) && !s.First.Less(r.First) && !r.Last.Less(s.Last)
}

// Prefixes returns the fewest prefixes that hold the addresses of r and no
// others, in order: at most 62 for IPv4 and 254 for IPv6.
//
// Each step takes the largest block that starts at the next address (its
// value's zeros at the end say how large) and does not run past the last.
func (r Range) Prefixes() []netip.Prefix {
	w := width(r.First)
	if w == 0 {
		return nil
	}
	var found []netip.Prefix
	for at, last := valueOf(r.First), valueOf(r.Last); ; {
		host := min(at.trailingZeros(), w)
		for host > 0 && last.less(at.or(lowBits(host))) {
			host--
		}
		found = append(found, netip.PrefixFrom(at.addr(w), w-host))
		end := at.or(lowBits(host))
		if !end.less(last) {
			return found
		}
		at = end.add(one)
	}
}

// Cover returns the longest prefix that holds all of r, and more where r is
// not a prefix itself.
func (r Range) Cover() netip.Prefix {
	w := width(r.First)
	a, b := valueOf(r.First), valueOf(r.Last)
	differ := uint128{a.hi ^ b.hi, a.lo ^ b.lo}.bitLen()
	return netip.PrefixFrom(r.First, w-differ).Masked()
}
