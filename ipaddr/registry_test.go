package ipaddr_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"onwire/ipaddr"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestBuiltinRegistry(t *testing.T) {
	r := ipaddr.Builtin()
	if len(r) != 54 {
		t.Errorf("there are %d blocks, want 26 of IPv4, 25 of IPv6 and 3 more", len(r))
	}
	for i, b := range r {
		if b.Name == "" || b.RFC() == "" || b.Meaning == "" || !strings.Contains(b.Registry, "2026") {
			t.Errorf("%s: name %q, RFC %q, meaning %q, registry %q", b.Prefix, b.Name, b.RFC(), b.Meaning, b.Registry)
		}
		if i > 0 && r[i-1].Prefix == b.Prefix {
			t.Errorf("%s is there twice", b.Prefix)
		}
	}
}

// TestColumns reads rows that are hard to read: footnotes, blank cells, two
// references, two prefixes.
func TestColumns(t *testing.T) {
	block := func(s string) ipaddr.Block {
		for _, b := range ipaddr.Builtin() {
			if b.Text == s {
				return b
			}
		}
		t.Fatalf("no block %s", s)
		return ipaddr.Block{}
	}
	flags := func(b ipaddr.Block) string {
		var all []string
		for _, f := range []ipaddr.Flag{b.Source, b.Destination, b.Forwardable, b.GloballyReachable, b.Reserved} {
			all = append(all, f.String())
		}
		return strings.Join(all, " ")
	}
	for _, tt := range []struct {
		prefix, flags, references, allocated, terminated string
		footnotes                                        []int
	}{
		{"10.0.0.0/8", "true true true false false", "RFC1918", "1996-02", "N/A", nil},
		{"127.0.0.0/8", "false false false false true", "RFC1122, Section 3.2.1.3", "1981-09", "N/A", []int{1}},
		{"192.0.0.0/24", "false false false false false", "RFC6890, Section 2.1", "2010-01", "N/A", []int{2}},
		{"192.0.0.171/32", "false false false false true", "RFC8880 | RFC7050, Section 2.2", "2013-02", "N/A", nil},
		{"192.88.99.0/24", "- - - - -", "RFC7526", "2001-06", "2015-03", nil},
		{"255.255.255.255/32", "false true false false true", "RFC8190 | RFC919, Section 7", "1984-10", "N/A", nil},
		{"2001::/32", "true true true n/a false", "RFC4380 | RFC8190", "2006-01", "N/A", []int{2}},
		{"2001:2::/48", "true true true false false", "RFC5180 | RFC Errata 1752", "2008-04", "N/A", nil},
		{"2002::/16", "true true true n/a false", "RFC3056", "2001-02", "N/A", []int{3}},
		{"224.0.0.0/4", "- - - - -", "RFC5771", "", "", nil},
		{"2000::/3", "- - - true -", "RFC4291", "", "", nil},
	} {
		b := block(tt.prefix)
		got := []any{flags(b), strings.Join(b.References, " | "), b.Allocated, b.Terminated, b.Footnotes}
		want := []any{tt.flags, tt.references, tt.allocated, tt.terminated, tt.footnotes}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.prefix, d)
		}
	}
}

// TestFootnotes: every footnote of the registries has its words.
func TestFootnotes(t *testing.T) {
	for _, b := range ipaddr.Builtin() {
		if n := len(b.FootnoteTexts()); n != len(b.Footnotes) {
			t.Errorf("%s has the footnotes %v, of which %d have a text", b.Prefix, b.Footnotes, n)
		}
	}
}

func TestChain(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.0.9":       "192.0.0.9/32 192.0.0.0/24",
		"255.255.255.255": "255.255.255.255/32 240.0.0.0/4",
		"2001:1::1":       "2001:1::1/128 2001::/23 2000::/3",
		"fe80::1%eth0":    "fe80::/10",
		"::ffff:10.0.0.1": "::ffff:0:0/96",
		"8.8.8.8":         "",
		"64:ff9b:1::1":    "64:ff9b:1::/48",
		"2001:4:112::1":   "2001:4:112::/48 2001::/23 2000::/3",
	} {
		var got []string
		for _, b := range ipaddr.Chain(netip.MustParseAddr(address)) {
			got = append(got, b.Text)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("Chain(%s) = %s, want %s", address, s, want)
		}
	}
}

// TestBorders looks at the first and last address of every block and at their
// neighbours outside, which must not be in it.
func TestBorders(t *testing.T) {
	in := func(a netip.Addr, p netip.Prefix) bool {
		for _, b := range ipaddr.Chain(a) {
			if b.Prefix == p {
				return true
			}
		}
		return false
	}
	for _, b := range ipaddr.Builtin() {
		first, last := b.Prefix.Addr(), ipaddr.LastAddr(b.Prefix)
		if !in(first, b.Prefix) || !in(last, b.Prefix) {
			t.Errorf("%s: its first or last address is not in it", b.Prefix)
		}
		if a := first.Prev(); a.IsValid() && in(a, b.Prefix) {
			t.Errorf("%s is in %s", a, b.Prefix)
		}
		if a := last.Next(); a.IsValid() && in(a, b.Prefix) {
			t.Errorf("%s is in %s", a, b.Prefix)
		}
	}
}

func TestReachRange(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8":             "false",
		"10.0.0.0/7":             "mixed",
		"0.0.0.0/0":              "mixed",
		"8.0.0.0/8":              "true",
		"240.0.0.0/4":            "false", // 255.255.255.255/32 inside is false too
		"192.0.0.0/24":           "mixed", // 192.0.0.9/32 inside is true
		"192.0.0.0/29":           "false",
		"224.0.0.0/4":            "-",
		"224.0.0.0/3":            "mixed",
		"2000::/3":               "mixed",
		"2001:db8::/32":          "false",
		"2600::/12":              "true", // 2620:4f:8000::/48 inside is true too
		"2a00::/12":              "true",
		"fc00::/6":               "mixed",
		"fec0::/10":              "unallocated",
		"2002::/16":              "n/a",
		"9.255.255.255-10.0.0.0": "mixed",
		"192.175.48.0/24":        "true",
	} {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil {
			t.Fatal(err)
		}
		if got := ipaddr.ReachRange(in.Addrs()); got != want {
			t.Errorf("ReachRange(%s) = %s, want %s", text, got, want)
		}
	}
}

// TestReachRangeAgreesWithItsAddresses compares the verdict on a range with
// those on every border inside it.
func TestReachRangeAgreesWithItsAddresses(t *testing.T) {
	var borders []netip.Addr
	for _, b := range ipaddr.Builtin() {
		for _, a := range []netip.Addr{b.Prefix.Addr().Prev(), b.Prefix.Addr(), ipaddr.LastAddr(b.Prefix), ipaddr.LastAddr(b.Prefix).Next()} {
			if a.IsValid() {
				borders = append(borders, a)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SampledFrom(borders).Draw(t, "a"), rapid.SampledFrom(borders).Draw(t, "b")
		if a.BitLen() != b.BitLen() {
			return
		}
		if b.Less(a) {
			a, b = b, a
		}
		r := ipaddr.Range{First: a, Last: b}
		want := ipaddr.Reach(a)
		for _, x := range borders {
			if r.Contains(ipaddr.Range{First: x, Last: x}) && ipaddr.Reach(x) != want {
				want = "mixed"
			}
		}
		if got := ipaddr.ReachRange(r); got != want {
			t.Fatalf("ReachRange(%s) = %s, want %s", r, got, want)
		}
	})
}

func TestParseRegistryErrors(t *testing.T) {
	const head = "Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n"
	for text, want := range map[string]string{
		"":      "first row",
		"a,b\n": "first row",
		head + "10.0.0.0/8,x,[RFC1],1,N/A,True,True,True,Maybe,False\n":  `column 9 is "Maybe"`,
		head + "10.0.0.1/8,x,[RFC1],1,N/A,True,True,True,False,False\n":  "10.0.0.1/8 has host bits set",
		head + "10.0.0.0/33,x,[RFC1],1,N/A,True,True,True,False,False\n": "row 2: netip",
		head + "10.0.0.0/8,x\n": "wrong number of fields",
	} {
		if _, err := ipaddr.ParseRegistry(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseRegistry(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

func TestCompare(t *testing.T) {
	f, err := os.Open("data/iana-ipv4-special-registry-1.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	same, err := ipaddr.ParseRegistry(f)
	if err != nil {
		t.Fatal(err)
	}
	if changes := ipaddr.Builtin().Compare(same); len(changes) != 0 {
		t.Errorf("the registry differs from the file it was made of: %v", changes)
	}
	newer := append(ipaddr.Registry{{Prefix: netip.MustParsePrefix("198.97.38.0/24"), Text: "198.97.38.0/24", Name: "New"}}, same[2:]...)
	newer[1].Name, newer[1].GloballyReachable = "Private", ipaddr.True
	var got []string
	for _, c := range ipaddr.Builtin().Compare(newer) {
		got = append(got, c.String())
	}
	want := []string{
		`- 0.0.0.0/8 "This network"`,
		`- 0.0.0.0/32 "This host on this network"`,
		`~ 10.0.0.0/8 name: "Private-Use", now "Private"`,
		`~ 10.0.0.0/8 globally reachable: "false", now "true"`,
		`+ 198.97.38.0/24 New`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Compare (-want +got):\n%s", d)
	}
}
