package dnslookup_test

import (
	"testing"
	"time"

	"onwire/dnslookup"
	"onwire/dnslookup/world"

	"github.com/miekg/dns"
)

// asked is the reply of a recursor in a world.
func asked(t *testing.T, w *world.World, r *dnslookup.Resolver, name string, qtype uint16, change func(*dns.Msg)) *dns.Msg {
	t.Helper()
	q := new(dns.Msg)
	q.SetQuestion(name, qtype)
	q.SetEdns0(1232, true)
	if change != nil {
		change(q)
	}
	raw, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	m := new(dns.Msg)
	if err := m.Unpack((&dnslookup.Recursor{Resolver: r}).Reply(t.Context(), "tcp", raw)); err != nil {
		t.Fatal(err)
	}
	if m.Id != q.Id || m.Opcode != q.Opcode {
		t.Errorf("%s: ID %d and opcode %d, not those of the query", name, m.Id, m.Opcode)
	}
	return m
}

// TestRecursorTTL: nobody is told to keep something for longer than it may be
// kept: an absence (RFC 2308 5), or a record whose TTL was raised on the way
// (RFC 4035 5.3.3).
func TestRecursorTTL(t *testing.T) {
	w := lab(t)
	w.Tamper = change(t, "", func(_ string, _, m *dns.Msg) []*dns.Msg {
		for _, rr := range m.Answer {
			if rr.Header().Rrtype == dns.TypeA {
				rr.Header().Ttl = 9999
			}
		}
		return []*dns.Msg{m}
	})
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC, r.Cache = true, dnslookup.NewCache(0)
	for _, tt := range []struct {
		wait time.Duration
		name string
		most uint32
	}{
		{0, "a.example.cn.", 300}, {100 * time.Second, "a.example.cn.", 200},
		{0, "nope.example.cn.", 60}, {50 * time.Second, "nope.example.cn.", 10}, {0, "x.nope.example.cn.", 10},
	} {
		w.Advance(tt.wait)
		m := asked(t, w, r, tt.name, dns.TypeA, nil)
		for _, rr := range append(m.Answer, m.Ns...) {
			if ttl := rr.Header().Ttl; ttl > tt.most || ttl == 0 {
				t.Errorf("%s: a TTL of %d, want at most %d: %s", tt.name, ttl, tt.most, rr)
			}
		}
	}
}

// TestRecursorReplies holds what is not about names.
func TestRecursorReplies(t *testing.T) {
	w := lab(t)
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC = true
	for name, tt := range map[string]struct {
		change func(*dns.Msg)
		rcode  int
	}{
		"two OPT records":             {func(q *dns.Msg) { q.Extra = append(q.Extra, q.Extra[0]) }, dns.RcodeFormatError},
		"no question":                 {func(q *dns.Msg) { q.Question = nil }, dns.RcodeFormatError},
		"another opcode, no question": {func(q *dns.Msg) { q.Question, q.Opcode = nil, 6 }, dns.RcodeNotImplemented},
		"another opcode":              {func(q *dns.Msg) { q.Opcode = dns.OpcodeNotify }, dns.RcodeNotImplemented},
		"EDNS version 1":              {func(q *dns.Msg) { q.IsEdns0().SetVersion(1) }, dns.RcodeBadVers},
		"a zone transfer":             {func(q *dns.Msg) { q.Question[0].Qtype = dns.TypeAXFR }, dns.RcodeRefused},
		"the class CH":                {func(q *dns.Msg) { q.Question[0].Qclass = dns.ClassCHAOS }, dns.RcodeRefused},
		"no recursion":                {func(q *dns.Msg) { q.RecursionDesired = false }, dns.RcodeRefused},
		"the type OPT":                {func(q *dns.Msg) { q.Question[0].Qtype = dns.TypeOPT }, dns.RcodeFormatError},
		"the type TSIG":               {func(q *dns.Msg) { q.Question[0].Qtype = dns.TypeTSIG }, dns.RcodeFormatError},
		"the type 0":                  {func(q *dns.Msg) { q.Question[0].Qtype = 0 }, dns.RcodeFormatError},
	} {
		if m := asked(t, w, r, "a.example.cn.", dns.TypeA, tt.change); m.Rcode != tt.rcode {
			t.Errorf("%s: %s, want %s", name, dns.RcodeToString[m.Rcode], dns.RcodeToString[tt.rcode])
		}
	}
	// Two hops of one reply share their proofs; the client gets them once.
	zones := map[string]string{
		"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n",
		"test": ";; servers: 198.51.100.3\n@ IN NS ns\nns IN A 198.51.100.3\n*.w IN CNAME b\nb IN TXT \"b\"\n",
	}
	w = small(t, zones)
	r = w.Resolver(dnslookup.Iterative)
	r.DNSSEC = true
	m := asked(t, w, r, "x.w.test.", dns.TypeA, nil)
	for i, rr := range m.Ns {
		for _, other := range m.Ns[:i] {
			if dns.IsDuplicate(rr, other) {
				t.Errorf("twice: %s", rr)
			}
		}
	}
	if len(m.Ns) < 6 || !m.AuthenticatedData {
		t.Errorf("%d records of proof, AD %v", len(m.Ns), m.AuthenticatedData)
	}
}

// TestRecursorContradiction: NXDOMAIN beside records is passed on as the server
// said it, from the cache too, and nobody vouches for it.
func TestRecursorContradiction(t *testing.T) {
	w := lab(t)
	w.Tamper = change(t, exampleCN, func(_ string, q, m *dns.Msg) []*dns.Msg {
		if q.Question[0].Qtype == dns.TypeA {
			m.Rcode = dns.RcodeNameError
		}
		return []*dns.Msg{m}
	})
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC, r.Cache = true, dnslookup.NewCache(100)
	for range 2 {
		m := asked(t, w, r, "a.example.cn.", dns.TypeA, nil)
		if m.Rcode != dns.RcodeNameError || len(m.Answer) == 0 || m.AuthenticatedData {
			t.Errorf("%s with %d records, AD %v", dns.RcodeToString[m.Rcode], len(m.Answer), m.AuthenticatedData)
		}
	}
}
