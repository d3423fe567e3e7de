package ipaddr_test

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"onwire/ipaddr"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSubnetOf(t *testing.T) {
	for _, tt := range []struct {
		prefix, network, broadcast, first, last, mask, count, usable, rfc string
	}{
		{"202.108.249.134/20", "202.108.240.0", "202.108.255.255", "202.108.240.1", "202.108.255.254", "255.255.240.0", "4096", "4094", "RFC 1122 3.2.1.3"},
		{"10.0.0.1/30", "10.0.0.0", "10.0.0.3", "10.0.0.1", "10.0.0.2", "255.255.255.252", "4", "2", "RFC 1122 3.2.1.3"},
		{"10.0.0.1/31", "10.0.0.0", "invalid IP", "10.0.0.0", "10.0.0.1", "255.255.255.254", "2", "2", "RFC 3021"},
		{"10.0.0.1/32", "10.0.0.1", "invalid IP", "10.0.0.1", "10.0.0.1", "255.255.255.255", "1", "1", "RFC 4632 3.1"},
		{"0.0.0.0/0", "0.0.0.0", "invalid IP", "0.0.0.0", "255.255.255.255", "0.0.0.0", "4294967296", "<nil>", "RFC 4632 5.1"},
		{"2001:db8::/64", "2001:db8::", "invalid IP", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::", "18446744073709551616", "18446744073709551615", "RFC 4291 2.6.1"},
		{"2001:db8::1/127", "2001:db8::", "invalid IP", "2001:db8::", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "2", "2", "RFC 6164"},
		{"2001:db8::1/128", "2001:db8::1", "invalid IP", "2001:db8::1", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1", "1", "RFC 4632 3.1"},
		{"::/0", "::", "invalid IP", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::", "340282366920938463463374607431768211456", "<nil>", "RFC 4632 5.1"},
		// Groups, not hosts; but a prefix that holds more than groups is as any other.
		{"224.0.0.0/24", "224.0.0.0", "invalid IP", "224.0.0.0", "224.0.0.255", "255.255.255.0", "256", "0", "RFC 1112 4"},
		{"ff02::/16", "ff02::", "invalid IP", "ff02::", "ff02:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff::", "5192296858534827628530496329220096", "0", "RFC 4291 2.7"},
		{"224.0.0.0/3", "224.0.0.0", "255.255.255.255", "224.0.0.1", "255.255.255.254", "224.0.0.0", "536870912", "536870910", "RFC 1122 3.2.1.3"},
	} {
		s := ipaddr.SubnetOf(netip.MustParsePrefix(tt.prefix))
		got := []string{s.Network.String(), s.Broadcast.String(), s.First.String(), s.Last.String(), s.Mask.String(), s.Count.String(), s.Usable.String(), s.RFC}
		want := []string{tt.network, tt.broadcast, tt.first, tt.last, tt.mask, tt.count, tt.usable, tt.rfc}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("SubnetOf(%s) (-want +got):\n%s", tt.prefix, d)
		}
	}
}

func TestSplit(t *testing.T) {
	parts, err := ipaddr.Split(netip.MustParsePrefix("192.0.2.77/24"), 26)
	if err != nil {
		t.Fatal(err)
	}
	want := "[192.0.2.0/26 192.0.2.64/26 192.0.2.128/26 192.0.2.192/26]"
	if got := fmt.Sprint(slices.Collect(parts)); got != want {
		t.Errorf("Split = %s, want %s", got, want)
	}
	// The last part of everything must not wrap round.
	last, err := ipaddr.Split(netip.MustParsePrefix("::/0"), 1)
	if got := fmt.Sprint(slices.Collect(last), err); got != "[::/1 8000::/1] <nil>" {
		t.Errorf("Split(::/0, 1) = %s", got)
	}
	for _, length := range []int{23, 33} {
		if _, err := ipaddr.Split(netip.MustParsePrefix("192.0.2.0/24"), length); err == nil {
			t.Errorf("a /24 is split into /%d", length)
		}
	}
	for n, want := range map[int]int{1: 24, 2: 25, 3: 26, 4: 26, 5: 27, 256: 32} {
		if got, err := ipaddr.SplitLength(netip.MustParsePrefix("192.0.2.0/24"), n); got != want || err != nil {
			t.Errorf("SplitLength(%d) = %d, %v; want %d", n, got, err, want)
		}
	}
	for _, n := range []int{0, -1, 257} {
		if _, err := ipaddr.SplitLength(netip.MustParsePrefix("192.0.2.0/24"), n); err == nil {
			t.Errorf("a /24 is split into %d parts", n)
		}
	}
}

func TestAllocate(t *testing.T) {
	for _, tt := range []struct {
		prefix string
		hosts  []int64
		want   string
		free   string
	}{
		{"10.0.0.0/24", []int64{50, 20, 10}, "10.0.0.0/26 10.0.0.64/27 10.0.0.96/28", "[10.0.0.112/28 10.0.0.128/25]"},
		{"10.0.0.0/24", []int64{10, 50, 20}, "10.0.0.96/28 10.0.0.0/26 10.0.0.64/27", "[10.0.0.112/28 10.0.0.128/25]"},
		{"10.0.0.0/24", []int64{254}, "10.0.0.0/24", "[]"},
		{"10.0.0.0/24", []int64{126, 126}, "10.0.0.0/25 10.0.0.128/25", "[]"},
		{"10.0.0.0/29", []int64{2, 2}, "10.0.0.0/30 10.0.0.4/30", "[]"},
		{"2001:db8::/120", []int64{127, 3}, "2001:db8::/121 2001:db8::80/126", "[2001:db8::84/126 2001:db8::88/125 2001:db8::90/124 2001:db8::a0/123 2001:db8::c0/122]"},
	} {
		var hosts []*big.Int
		for _, n := range tt.hosts {
			hosts = append(hosts, big.NewInt(n))
		}
		found, free, err := ipaddr.Allocate(netip.MustParsePrefix(tt.prefix), hosts)
		var got []string
		for _, a := range found {
			got = append(got, a.Prefix.String())
		}
		if s := strings.Join(got, " "); s != tt.want || fmt.Sprint(free) != tt.free || err != nil {
			t.Errorf("Allocate(%s, %v) = %s, free %v, %v; want %s, free %s", tt.prefix, tt.hosts, s, free, err, tt.want, tt.free)
		}
	}
	for _, hosts := range [][]int64{{255}, {126, 126, 1}, {0}, {-3}, {1 << 40}} {
		var ns []*big.Int
		for _, n := range hosts {
			ns = append(ns, big.NewInt(n))
		}
		if found, _, err := ipaddr.Allocate(netip.MustParsePrefix("10.0.0.0/24"), ns); err == nil {
			t.Errorf("Allocate(10.0.0.0/24, %v) = %v, want an error", hosts, found)
		}
	}
}

// TestAllocateMulticast: no subnet of groups has room for a host.
func TestAllocateMulticast(t *testing.T) {
	for _, prefix := range []string{"224.0.0.0/24", "ff02::/64"} {
		if found, _, err := ipaddr.Allocate(netip.MustParsePrefix(prefix), []*big.Int{big.NewInt(5)}); err == nil {
			t.Errorf("Allocate(%s, 5) = %v, want an error", prefix, found)
		}
	}
}

// TestAddrOfReverseName: a reverse name and its address lead to each other.
func TestAddrOfReverseName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address")
		for _, b := range [][]byte{b, b[:4]} {
			a, _ := netip.AddrFromSlice(b)
			if got, ok := ipaddr.AddrOfReverseName(ipaddr.ReverseName(a)); !ok || got != a {
				t.Fatalf("the reverse name of %s leads to %s, %v", a, got, ok)
			}
		}
	})
	for _, name := range []string{"", ".", "arpa", "in-addr.arpa", "2.0.192.in-addr.arpa", "01.2.0.192.in-addr.arpa", "1.0.ip6.arpa", "1.2.0.192.ip6.arpa", "www.example.com"} {
		if a, ok := ipaddr.AddrOfReverseName(name); ok {
			t.Errorf("AddrOfReverseName(%q) = %s", name, a)
		}
	}
}

func TestReverseZones(t *testing.T) {
	for prefix, want := range map[string][]string{
		"10.0.0.0/8":    {"10.in-addr.arpa"},
		"192.0.2.0/24":  {"2.0.192.in-addr.arpa"},
		"192.0.2.64/26": {"64/26.2.0.192.in-addr.arpa"}, // RFC 2317 4
		"192.0.2.1/32":  {"1.2.0.192.in-addr.arpa"},
		"0.0.0.0/0":     {"in-addr.arpa"},
		"::/0":          {"ip6.arpa"},
		"2001:db8::/32": {"8.b.d.0.1.0.0.2.ip6.arpa"},
		"10.0.0.0/22":   {"0.0.10.in-addr.arpa", "1.0.10.in-addr.arpa", "2.0.10.in-addr.arpa", "3.0.10.in-addr.arpa"},
	} {
		if d := cmp.Diff(want, ipaddr.ReverseZones(netip.MustParsePrefix(prefix))); d != "" {
			t.Errorf("ReverseZones(%s) (-want +got):\n%s", prefix, d)
		}
	}
	zones := ipaddr.ReverseZones(netip.MustParsePrefix("10.0.0.0/20"))
	if len(zones) != 16 || zones[15] != "15.0.10.in-addr.arpa" {
		t.Errorf("a /20 has the zones %v", zones)
	}
	zones = ipaddr.ReverseZones(netip.MustParsePrefix("2001:db8::/33"))
	if len(zones) != 8 || zones[0] != "0.8.b.d.0.1.0.0.2.ip6.arpa" || zones[7] != "7.8.b.d.0.1.0.0.2.ip6.arpa" {
		t.Errorf("a /33 has the zones %v", zones)
	}
}

// drawRange draws a range of up to a few hundred addresses, at the ends of
// the address space and inside it.
func drawRange(t *rapid.T, label string) ipaddr.Range {
	base := rapid.SampledFrom([]string{"0.0.0.0", "10.0.0.0", "255.255.254.0", "::", "2001:db8::ff00", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fe00"}).Draw(t, label)
	first := netip.MustParseAddr(base)
	for range rapid.IntRange(0, 200).Draw(t, label+" skip") {
		first = first.Next()
	}
	last := first
	for range rapid.IntRange(0, 300).Draw(t, label+" length") {
		if next := last.Next(); next.IsValid() {
			last = next
		}
	}
	return ipaddr.Range{First: first, Last: last}
}

func addresses(ranges ...ipaddr.Range) map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	for _, r := range ranges {
		for a := r.First; a.IsValid() && !r.Last.Less(a); a = a.Next() {
			all[a] = true
		}
	}
	return all
}

// TestSetIsASet compares the set operations with those of a plain map of
// addresses.
func TestSetIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var as, bs []ipaddr.Range
		for i := range rapid.IntRange(0, 4).Draw(t, "as") {
			as = append(as, drawRange(t, fmt.Sprint("a", i)))
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "bs") {
			bs = append(bs, drawRange(t, fmt.Sprint("b", i)))
		}
		a, b := ipaddr.NewSet(as...), ipaddr.NewSet(bs...)
		inA, inB := addresses(as...), addresses(bs...)
		for _, op := range []struct {
			name string
			got  ipaddr.Set
			in   func(netip.Addr) bool
		}{
			{"union", a.Union(b), func(x netip.Addr) bool { return inA[x] || inB[x] }},
			{"difference", a.Difference(b), func(x netip.Addr) bool { return inA[x] && !inB[x] }},
			{"intersection", a.Intersection(b), func(x netip.Addr) bool { return inA[x] && inB[x] }},
		} {
			got := addresses(op.got.Ranges()...)
			want := map[netip.Addr]bool{}
			for x := range addresses(append(slices.Clone(as), bs...)...) {
				if op.in(x) {
					want[x] = true
				}
				if one := (ipaddr.Range{First: x, Last: x}); op.got.Contains(one) != op.in(x) {
					t.Fatalf("%s: Contains(%s) = %v", op.name, x, op.got.Contains(one))
				}
			}
			if d := cmp.Diff(len(want), len(got)); d != "" || op.got.Count().Cmp(big.NewInt(int64(len(want)))) != 0 {
				t.Fatalf("%s of %v and %v: %v, count %s, want %d addresses", op.name, as, bs, op.got.Ranges(), op.got.Count(), len(want))
			}
			for x := range want {
				if !got[x] {
					t.Fatalf("%s of %v and %v lacks %s", op.name, as, bs, x)
				}
			}
			// Prefixes: the same addresses, disjoint, none that two could be one.
			var ranges []ipaddr.Range
			for _, p := range op.got.Prefixes() {
				ranges = append(ranges, ipaddr.RangeOf(p))
			}
			again := ipaddr.NewSet(ranges...)
			if fmt.Sprint(again.Ranges()) != fmt.Sprint(op.got.Ranges()) {
				t.Fatalf("%s: the prefixes %v are not %v", op.name, op.got.Prefixes(), op.got.Ranges())
			}
			ps := op.got.Prefixes()
			for i := 1; i < len(ps); i++ {
				if ps[i-1].Bits() == ps[i].Bits() && ps[i].Bits() > 0 {
					parent := netip.PrefixFrom(ps[i].Addr(), ps[i].Bits()-1).Masked()
					if parent.Contains(ps[i-1].Addr()) {
						t.Fatalf("%s: %s and %s could be %s", op.name, ps[i-1], ps[i], parent)
					}
				}
			}
		}
	})
}

func TestRangePrefixesWorstCase(t *testing.T) {
	r := ipaddr.Range{First: netip.MustParseAddr("::1"), Last: netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")}
	if n := len(r.Prefixes()); n != 254 {
		t.Errorf("%s is %d prefixes, want 254", r, n)
	}
	all := ipaddr.Range{First: netip.MustParseAddr("0.0.0.0"), Last: netip.MustParseAddr("255.255.255.255")}
	if got := fmt.Sprint(all.Prefixes(), all.Cover()); got != "[0.0.0.0/0] 0.0.0.0/0" {
		t.Errorf("all of IPv4 is %s", got)
	}
}
