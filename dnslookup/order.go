package dnslookup

import (
	"net/netip"
	"sort"

	"encoding/json"
)

// An Address is one of a name's addresses, with the reason for its place in
// the list.
type Address struct {
	Addr   netip.Addr
	Source netip.Addr // which of our own addresses would send to it; zero if none can
	Reason string     // why it comes before the next one
	Rule   int        // of RFC 6724 6 that decided; 0 for the last one
}

// MarshalJSON writes addr, source, reason, rule.
func (a Address) MarshalJSON() ([]byte, error) {
	source := ""
	if a.Source.IsValid() {
		source = a.Source.String()
	}
	return json.Marshal(struct {
		Addr   netip.Addr `json:"addr"`
		Source string     `json:"source"`
		Reason string     `json:"reason"`
		Rule   int        `json:"rule"`
	}{a.Addr, source, a.Reason, a.Rule})
}

// A policy is a row of the default table of RFC 6724 2.1.
type policy struct {
	prefix     netip.Prefix
	precedence int
	label      int
}

var policies = []policy{
	{netip.MustParsePrefix("::1/128"), 50, 0},
	{netip.MustParsePrefix("::/0"), 40, 1},
	{netip.MustParsePrefix("::ffff:0:0/96"), 35, 4}, // IPv4
	{netip.MustParsePrefix("2002::/16"), 30, 2},
	{netip.MustParsePrefix("2001::/32"), 5, 5},
	{netip.MustParsePrefix("fc00::/7"), 3, 13},
	{netip.MustParsePrefix("::/96"), 1, 3},
	{netip.MustParsePrefix("fec0::/10"), 1, 11},
	{netip.MustParsePrefix("3ffe::/16"), 1, 12},
}

// policyOf returns the row with the longest prefix that holds the address.
func policyOf(addr netip.Addr) policy {
	addr = netip.AddrFrom16(addr.As16()) // IPv4 is looked up as ::ffff:a.b.c.d
	var best policy
	best.prefix = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	best.precedence, best.label = 40, 1
	for _, p := range policies {
		if contains(p.prefix, addr) && p.prefix.Bits() > best.prefix.Bits() {
			best = p
		}
	}
	return best
}

// contains compares bits; netip holds that no IPv6 prefix contains an
// IPv4-mapped address.
func contains(p netip.Prefix, addr netip.Addr) bool {
	return commonPrefix(p.Addr().As16(), addr.As16()) >= p.Bits()
}

func commonPrefix(a, b [16]byte) int {
	n := 0
	for i := range a {
		x := a[i] ^ b[i]
		if x == 0 {
			n += 8
			continue
		}
		for x&0x80 == 0 {
			n++
			x <<= 1
		}
		break
	}
	return n
}

// scope returns how far an address reaches (RFC 6724 3.1): 2 the link, 5 the
// site, 14 the world.
func scope(addr netip.Addr) int {
	addr = addr.Unmap()
	switch {
	case addr.IsMulticast() && addr.Is6():
		return int(addr.As16()[1] & 15)
	case addr.IsLoopback(), addr.IsLinkLocalUnicast():
		return 2
	case addr.Is6() && contains(netip.MustParsePrefix("fec0::/10"), addr):
		return 5
	}
	return 14
}

// order puts the addresses among the records in the order of RFC 6724 6.
func (r *Resolver) order(records []Record) []Address {
	var list []Address
	for _, rr := range records {
		if rr.Addr.IsValid() {
			a := Address{Addr: rr.Addr}
			if r.Source != nil {
				a.Source = r.Source(rr.Addr)
			} else {
				a.Source = rr.Addr // nobody knows: no rule tells them apart by it
			}
			list = append(list, a)
		}
	}
	sort.SliceStable(list, func(i, j int) bool {
		first, _, _ := better(list[i], list[j])
		return first
	})
	for i := range list {
		if i+1 < len(list) {
			_, list[i].Rule, list[i].Reason = better(list[i], list[i+1])
		}
		if r.Source == nil {
			list[i].Source = netip.Addr{}
		}
	}
	return list
}

// better reports whether a comes before b, by which rule of RFC 6724 6, and
// why in words. Rules 3, 4 and 7 ask for things that programs cannot see.
func better(a, b Address) (first bool, rule int, reason string) {
	pick := func(yes, no bool, rule int, reason string) (bool, int, string, bool) {
		return yes, rule, reason, yes != no
	}
	pa, pb := policyOf(a.Addr), policyOf(b.Addr)
	sa, sb := scope(a.Addr), scope(b.Addr)
	if f, n, s, ok := pick(a.Source.IsValid(), b.Source.IsValid(), 1, "the next one cannot be reached from here"); ok {
		return f, n, s
	}
	if a.Source.IsValid() && b.Source.IsValid() {
		if f, n, s, ok := pick(sa == scope(a.Source), sb == scope(b.Source), 2, "our own address for it reaches as far as it does"); ok {
			return f, n, s
		}
		if f, n, s, ok := pick(pa.label == policyOf(a.Source).label, pb.label == policyOf(b.Source).label, 5, "our own address for it is of the same kind"); ok {
			return f, n, s
		}
	}
	if pa.precedence != pb.precedence {
		reason := "its kind has the higher precedence"
		if a.Addr.Is6() && b.Addr.Is4() {
			reason = "IPv6 comes before IPv4"
		} else if a.Addr.Is4() {
			reason = "IPv4 comes before that kind of IPv6"
		}
		return pa.precedence > pb.precedence, 6, reason
	}
	if sa != sb {
		return sa < sb, 8, "it is nearer: its scope is smaller"
	}
	if a.Addr.Is6() && b.Addr.Is6() && a.Source.IsValid() && b.Source.IsValid() {
		ca, cb := min(64, commonPrefix(a.Addr.As16(), a.Source.As16())), min(64, commonPrefix(b.Addr.As16(), b.Source.As16()))
		if ca != cb {
			return ca > cb, 9, "it has more leading bits in common with our own address"
		}
	}
	return false, 10, "no rule prefers one: the order of the answer"
}
