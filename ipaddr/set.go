package ipaddr

import (
	"math/big"
	"net/netip"
	"slices"
)

// A Set is a set of addresses of both families. It is kept as sorted ranges
// that neither overlap nor touch. The zero Set is empty.
type Set struct{ ranges []Range }

// NewSet returns the union of the ranges, in any order.
func NewSet(ranges ...Range) Set {
	sorted := slices.DeleteFunc(slices.Clone(ranges), func(r Range) bool { return !r.First.IsValid() })
	slices.SortFunc(sorted, func(a, b Range) int { return a.First.Compare(b.First) })
	s := Set{sorted[:0]} // it never has more ranges than were read
	for _, r := range sorted {
		if n := len(s.ranges) - 1; n >= 0 && touches(s.ranges[n], r) {
			if s.ranges[n].Last.Less(r.Last) {
				s.ranges[n].Last = r.Last
			}
			continue
		}
		s.ranges = append(s.ranges, r)
	}
	return s
}

// touches reports whether b, which does not start before a, leaves no address
// between a and itself.
func touches(a, b Range) bool {
	if width(a.First) != width(b.First) {
		return false
	}
	next := a.Last.Next() // not valid after the last address of all
	return !next.IsValid() || !next.Less(b.First)
}

// Ranges returns the ranges of s in order, IPv4 first.
func (s Set) Ranges() []Range { return slices.Clone(s.ranges) }

// Prefixes returns the fewest prefixes that make up s, in order.
func (s Set) Prefixes() []netip.Prefix {
	var all []netip.Prefix
	for _, r := range s.ranges {
		all = append(all, r.Prefixes()...)
	}
	return all
}

// Count returns how many addresses are in s.
func (s Set) Count() *big.Int {
	n := new(big.Int)
	for _, r := range s.ranges {
		n.Add(n, r.Count())
	}
	return n
}

// Contains reports whether all of r is in s.
func (s Set) Contains(r Range) bool {
	// The last range that does not start after r is the only one that can hold it.
	i, found := slices.BinarySearchFunc(s.ranges, r.First, func(q Range, a netip.Addr) int { return q.First.Compare(a) })
	if !found {
		i--
	}
	return i >= 0 && s.ranges[i].Contains(r)
}

// Union returns the addresses that are in s, in t, or in both.
func (s Set) Union(t Set) Set { return NewSet(append(s.Ranges(), t.ranges...)...) }

// Difference returns the addresses of s that are not in t.
func (s Set) Difference(t Set) Set {
	var left []Range
	cuts := t.ranges // those that do not end before the range at hand; both are sorted
	for _, r := range s.ranges {
		for len(cuts) > 0 && cuts[0].Last.Less(r.First) {
			cuts = cuts[1:]
		}
		rest, some := r, true
		for _, cut := range cuts {
			if rest.Last.Less(cut.First) {
				break
			}
			if rest.First.Less(cut.First) {
				left = append(left, Range{rest.First, cut.First.Prev()})
			}
			if !cut.Last.Less(rest.Last) {
				some = false
				break
			}
			rest.First = cut.Last.Next()
		}
		if some {
			left = append(left, rest)
		}
	}
	return Set{left}
}

// Intersection returns the addresses that are in both s and t.
func (s Set) Intersection(t Set) Set { return s.Difference(s.Difference(t)) }
