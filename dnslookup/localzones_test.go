package dnslookup_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// TestLocalZones: what RFCs keep out of the public DNS is answered here, with
// authority, an SOA record to remember it by, and no query to anyone.
func TestLocalZones(t *testing.T) {
	r := &dnslookup.Resolver{Mode: dnslookup.Iterative, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		t.Errorf("%s is asked", address)
		return nil, errors.New("no network")
	}}
	zones := []string{ // RFC 6303 4, RFC 7793, and the names of RFC 6761, 6762, 7686, 8375, 9462, 9476, 9665
		"0.in-addr.arpa.", "10.in-addr.arpa.", "127.in-addr.arpa.", "254.169.in-addr.arpa.", "168.192.in-addr.arpa.", "2.0.192.in-addr.arpa.",
		"100.51.198.in-addr.arpa.", "113.0.203.in-addr.arpa.", "255.255.255.255.in-addr.arpa.", "16.172.in-addr.arpa.", "20.172.in-addr.arpa.", "31.172.in-addr.arpa.",
		"64.100.in-addr.arpa.", "100.100.in-addr.arpa.", "127.100.in-addr.arpa.",
		strings.Repeat("0.", 32) + "ip6.arpa.", "d.f.ip6.arpa.", "8.e.f.ip6.arpa.", "9.e.f.ip6.arpa.", "a.e.f.ip6.arpa.", "b.e.f.ip6.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa.",
		"test.", "invalid.", "onion.", "alt.", "local.", "home.arpa.", "resolver.arpa.", "default.service.arpa.",
	}
	for _, zone := range zones {
		soa := zone + "\t10800\tIN\tSOA\t" + zone + " nobody.invalid. 1 3600 1200 604800 10800"
		for _, tt := range []struct {
			name   string
			qtype  uint16
			rcode  int
			answer string
		}{
			{zone, dns.TypeSOA, dns.RcodeSuccess, soa},
			{zone, dns.TypeNS, dns.RcodeSuccess, zone + "\t10800\tIN\tNS\t" + zone},
			{zone, dns.TypeA, dns.RcodeSuccess, ""},
			{"a.b." + strings.ToUpper(zone), dns.TypePTR, dns.RcodeNameError, ""},
		} {
			m := asked(t, nil, r, tt.name, tt.qtype, func(q *dns.Msg) { q.RecursionDesired = false })
			answer := ""
			if len(m.Answer) > 0 {
				answer = m.Answer[0].String()
			}
			negative := len(m.Ns) == 1 && m.Ns[0].String() == soa
			if m.Rcode != tt.rcode || !m.Authoritative || m.AuthenticatedData || answer != tt.answer || negative != (tt.answer == "") {
				t.Errorf("%s %s:\n%v", tt.name, dns.TypeToString[tt.qtype], m)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		qtype  uint16
		answer string
		rcode  int
	}{
		{"localhost.", dns.TypeA, "127.0.0.1", 0}, {"www.LOCALHOST.", dns.TypeAAAA, "::1", 0}, {"x.localhost.", dns.TypeMX, "", 0}, // RFC 6761 6.3
		{"1.0.0.127.in-addr.arpa.", dns.TypePTR, "localhost.", 0}, {"0.0.127.in-addr.arpa.", dns.TypePTR, "", 0}, {"2.0.0.127.in-addr.arpa.", dns.TypePTR, "", 3},
		{"1." + strings.Repeat("0.", 31) + "ip6.arpa.", dns.TypePTR, "localhost.", 0},
		{"test.", dns.TypeDS, "", 0},
	} {
		m := asked(t, nil, r, tt.name, tt.qtype, nil)
		answer := ""
		for _, rr := range m.Answer {
			answer += strings.TrimPrefix(rr.String(), rr.Header().String())
		}
		if m.Rcode != tt.rcode || answer != tt.answer {
			t.Errorf("%s %s: %s %q, want %d %q", tt.name, dns.TypeToString[tt.qtype], dns.RcodeToString[m.Rcode], answer, tt.rcode, tt.answer)
		}
	}
}

// TestNotLocal: the neighbours of those zones are in the public DNS, and so are
// a lab's own zones; about a reverse zone's DS record its parent is asked.
func TestNotLocal(t *testing.T) {
	var heard []string
	r := lab(t).Resolver(dnslookup.Iterative)
	r.Trace = func(s dnslookup.Step) { heard = append(heard, string(s.Outcome)) }
	r.NotLocal = append(r.NotLocal, "lab.home.arpa.")
	for _, tt := range []struct {
		name  string
		qtype uint16
		local bool
	}{
		{"9.in-addr.arpa.", dns.TypePTR, false}, {"11.in-addr.arpa.", dns.TypePTR, false}, {"15.172.in-addr.arpa.", dns.TypePTR, false}, {"32.172.in-addr.arpa.", dns.TypePTR, false},
		{"63.100.in-addr.arpa.", dns.TypePTR, false}, {"128.100.in-addr.arpa.", dns.TypePTR, false}, {"172.in-addr.arpa.", dns.TypePTR, false}, {"c.f.ip6.arpa.", dns.TypePTR, false},
		{"c.e.f.ip6.arpa.", dns.TypePTR, false}, {"mytest.", dns.TypeA, false}, {"arpa.", dns.TypeNS, false}, {"example.", dns.TypeA, false},
		{"80.2.0.192.in-addr.arpa.", dns.TypePTR, false}, {"80.3.0.192.in-addr.arpa.", dns.TypePTR, false}, {"1.168.192.in-addr.arpa.", dns.TypePTR, true},
		{"10.in-addr.arpa.", dns.TypeDS, false}, {"home.arpa.", dns.TypeDS, false}, {"1.10.in-addr.arpa.", dns.TypeDS, true},
		{"x.lab.home.arpa.", dns.TypeA, false}, {"x.home.arpa.", dns.TypeA, true},
	} {
		heard = nil
		m := asked(t, nil, r, tt.name, tt.qtype, nil)
		if local := len(heard) == 0; local != tt.local || m.Authoritative != tt.local {
			t.Errorf("%s %s: local %v, AA %v; want %v", tt.name, dns.TypeToString[tt.qtype], local, m.Authoritative, tt.local)
		}
	}
	if !slices.Contains(r.NotLocal, "2.0.192.in-addr.arpa.") {
		t.Errorf("the world's own zones: %q", r.NotLocal)
	}
}
