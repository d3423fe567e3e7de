package dnslookup_test

import (
	"fmt"
	"strings"
	"testing"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// TestCacheKeepsUsed: names that are made up do not push out those that are
// asked for again and again.
func TestCacheKeepsUsed(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Iterative)
	r.Cache = dnslookup.NewCache(100)
	queries := 0
	for i := range 1000 {
		if i%10 == 0 {
			res, err := r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				queries += res.Queries
			}
		}
		r.Lookup(t.Context(), fmt.Sprintf("n%d.example.com", i), dnslookup.TypeA)
	}
	if n := len(r.Cache.Entries(r.Clock())); queries > 0 || n > 100 {
		t.Errorf("asked again with %d queries; %d entries", queries, n)
	}
}

// TestCacheOfZones: what referrals bring with them is weighed too.
func TestCacheOfZones(t *testing.T) {
	root := smallRoot
	for i := range 300 {
		root += fmt.Sprintf("z%d. IN NS ns.z%[1]d.\nns.z%[1]d. IN A 198.51.100.99\n", i)
	}
	w := small(t, map[string]string{"root": root})
	w.Tamper = change(t, "198.51.100.1", func(_ string, q, m *dns.Msg) []*dns.Msg {
		zone := q.Question[0].Name
		m.Compress = true
		for i := range 12 {
			name := fmt.Sprintf("%s%d.%s", strings.Repeat("x", 50), i, zone)
			m.Ns = append(m.Ns, rr(zone+" 300 IN NS "+name))
			for j := range 8 {
				m.Extra = append(m.Extra, rr(fmt.Sprintf("%s 300 IN A 198.51.100.%d", name, j)))
			}
		}
		return []*dns.Msg{m}
	})
	w.Refuse = nil
	r := w.Resolver(dnslookup.Iterative)
	r.Cache, r.Transport, r.MaxQueries = dnslookup.NewCache(100), dnslookup.TCP, 1
	for i := range 300 {
		r.Lookup(t.Context(), fmt.Sprintf("www.z%d", i), dnslookup.TypeA)
	}
	zones := 0
	for _, e := range r.Cache.Entries(r.Clock()) {
		if e.Outcome == dnslookup.Referral {
			zones++
		}
	}
	if zones == 0 || zones > 20 { // each has 100 addresses, and there is room for 100 entries of 2 KiB
		t.Errorf("%d zones are kept", zones)
	}
}
