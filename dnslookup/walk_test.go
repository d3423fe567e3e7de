package dnslookup_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"onwire/dnslookup"
	"onwire/dnslookup/world"

	"github.com/miekg/dns"
)

// lab returns the package's own world.
func lab(t testing.TB) *world.World {
	t.Helper()
	w, err := world.New(1)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// found writes what a look-up found, for tables: "alias>data,data secure", or
// what kind of error there was.
func found(res *dnslookup.Result, err error) string {
	var parts []string
	for _, rr := range res.Chain {
		if rr.Type == dnslookup.TypeCNAME {
			parts = append(parts, rr.Data+">")
		}
	}
	var data []string
	for _, rr := range res.Records {
		data = append(data, rr.Data)
	}
	s := strings.Join(parts, "") + strings.Join(data, ",")
	kinds := map[error]string{
		dnslookup.ErrNXDomain: "NXDOMAIN", dnslookup.ErrNoData: "NODATA", dnslookup.ErrLame: "LAME", dnslookup.ErrLoop: "LOOP",
		dnslookup.ErrBogus: "BOGUS", dnslookup.ErrTimeout: "TIMEOUT", dnslookup.ErrNetwork: "NETWORK", dnslookup.ErrServer: "SERVER",
		dnslookup.ErrFormat: "FORMAT", dnslookup.ErrBudget: "BUDGET",
	}
	for kind, name := range kinds {
		if errors.Is(err, kind) {
			s += name
		}
	}
	if n := res.Negative; n != nil && n.TTL > 0 {
		s += fmt.Sprintf(" %d", int(n.TTL.Seconds()))
	}
	if res.Security != "" {
		s += " " + string(res.Security)
	}
	return s
}

// TestWalk walks to every kind of name in the world, with and without DNSSEC.
func TestWalk(t *testing.T) {
	for _, tt := range []struct {
		name     string
		t        dnslookup.Type
		want     string // without DNSSEC
		security string
		queries  int // without DNSSEC
	}{
		{"a.example.cn", dnslookup.TypeA, "192.0.2.1", "secure", 3},
		{"A.Example.CN.", dnslookup.TypeAAAA, "2001:db8::1", "secure", 3},
		{"www.example.cn", dnslookup.TypeA, "web.example.com.>192.0.2.80,192.0.2.81", "secure", 6},
		{"ftp.example.cn", dnslookup.TypeA, "a.example.cn.>192.0.2.1", "secure", 3}, // target in the same answer
		{"nope.example.cn", dnslookup.TypeA, "NXDOMAIN 60", "secure", 3},
		{"nope", dnslookup.TypeA, "NXDOMAIN 60", "secure", 1},
		{"gone.example.cn", dnslookup.TypeA, "nothing.example.com.>NXDOMAIN 60", "secure", 6},
		{"b.ent.example.cn", dnslookup.TypeMX, "NODATA 60", "secure", 4},
		{"ent.example.cn", dnslookup.TypeA, "NODATA 60", "secure", 3},
		{"x.wild.example.cn", dnslookup.TypeA, "192.0.2.42", "secure", 4},
		{"x.y.wild.example.cn", dnslookup.TypeA, "192.0.2.42", "secure", 5},
		{"x.wild.example.cn", dnslookup.TypeMX, "NODATA 60", "secure", 4},
		{"wild.example.cn", dnslookup.TypeA, "NODATA 60", "secure", 3},
		{"taken.wild.example.cn", dnslookup.TypeA, "NODATA 60", "secure", 4},
		{"x.taken.wild.example.cn", dnslookup.TypeA, "NXDOMAIN 60", "secure", 5},
		{"www.old.example.cn", dnslookup.TypeA, "www.example.com.>192.0.2.80", "secure", 7},
		{"_dmarc.example.cn", dnslookup.TypeTXT, `"v=DMARC1; p=reject"`, "secure", 3},
		{"_sip._tcp.example.cn", dnslookup.TypeSRV, "10 60 5060 a.example.cn.", "secure", 4},
		{"example.cn", dnslookup.TypeMX, "10 mail.example.cn.", "secure", 3},
		{"www.glueless.cn", dnslookup.TypeA, "192.0.2.8", "secure", 6},
		{"www.lame.cn", dnslookup.TypeA, "LAME", "", 3},
		{"www.halflame.cn", dnslookup.TypeA, "192.0.2.11", "insecure", 4},
		{"www.silent.cn", dnslookup.TypeA, "TIMEOUT", "", 4},
		{"www.slow.cn", dnslookup.TypeA, "192.0.2.12", "insecure", 4},
		{"www.loopa.cn", dnslookup.TypeA, "LOOP", "", 3},
		{"loop1.example.com", dnslookup.TypeA, "loop2.example.com.>loop1.example.com.>LOOP", "", 3},
		{"www.plain.cn", dnslookup.TypeA, "192.0.2.7", "insecure", 3},
		{"nope.plain.cn", dnslookup.TypeA, "NXDOMAIN 60", "insecure", 3},
		{"www.清华大学.cn", dnslookup.TypeA, "192.0.2.16", "secure", 3},
		{"www.example.org", dnslookup.TypeA, "192.0.2.90", "secure", 3},
		{"nope.example.org", dnslookup.TypeA, "NXDOMAIN 60", "secure", 3},
		{"x.nope.example.org", dnslookup.TypeA, "NXDOMAIN 60", "secure", 4},
		{"www.example.org", dnslookup.TypeMX, "NODATA 60", "secure", 3},
		{"ent.example.org", dnslookup.TypeA, "NODATA 60", "secure", 3},
		{"x.wild.example.org", dnslookup.TypeA, "192.0.2.92", "secure", 4},
		{"x.wild.example.org", dnslookup.TypeMX, "NODATA 60", "secure", 4},
		{"www.unsigned.org", dnslookup.TypeA, "192.0.2.93", "insecure", 3},
		{"nope.org", dnslookup.TypeA, "NXDOMAIN 60", "insecure", 2}, // opt-out: an unsigned zone may hide there
		{".", dnslookup.TypeNS, "a.root.", "secure", 1},
		{"cn", dnslookup.TypeSOA, "a.dns.cn. hostmaster.cn. 2026010100 7200 3600 1209600 60", "secure", 2},
		{"plain.cn", dnslookup.TypeDS, "NODATA 60", "secure", 2}, // the parent answers
		{"80.2.0.192.in-addr.arpa", dnslookup.TypePTR, "web.example.com.", "secure", 0},
		{"localhost", dnslookup.TypeA, "127.0.0.1", "", 0},
		{"x.localhost", dnslookup.TypeAAAA, "::1", "", 0},
		{"x.invalid", dnslookup.TypeA, "NXDOMAIN", "", 0},
		{"x.onion", dnslookup.TypeA, "NXDOMAIN", "", 0},
	} {
		for _, secure := range []bool{false, true} {
			r := lab(t).Resolver(dnslookup.Iterative)
			r.DNSSEC = secure
			res, err := r.Lookup(t.Context(), tt.name, tt.t)
			want := tt.want
			if secure && tt.security != "" {
				want += " " + tt.security
			}
			if got := found(res, err); got != want {
				t.Errorf("%s %s (DNSSEC %v): %q, want %q (%v)", tt.name, tt.t, secure, got, want, err)
			}
			if !secure && tt.queries > 0 && res.Queries != tt.queries {
				t.Errorf("%s %s: %d queries, want %d", tt.name, tt.t, res.Queries, tt.queries)
			}
		}
	}
}

// TestWalkRepeats: the walk is the same, byte for byte, every time.
func TestWalkRepeats(t *testing.T) {
	walk := func() string {
		var b strings.Builder
		r := lab(t).Resolver(dnslookup.Iterative)
		r.DNSSEC = true
		r.Trace = func(s dnslookup.Step) { fmt.Fprintf(&b, "%v %v %x %x\n", s.Start, s.RTT, s.Query, s.Reply) }
		if _, err := r.Lookup(t.Context(), "www.example.cn"); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if a, b := walk(), walk(); a != b {
		t.Errorf("two walks differ:\n%s\n%s", a, b)
	}
}

// TestCachedWalk: what is known is not asked again (RFC 1034 5.3.3), and what
// has expired is.
func TestCachedWalk(t *testing.T) {
	w := lab(t)
	r := w.Resolver(dnslookup.Iterative)
	r.Cache = dnslookup.NewCache(0)
	for _, tt := range []struct {
		wait    time.Duration
		name    string
		queries int
		want    string
	}{
		{0, "www.example.cn", 6, "web.example.com.>192.0.2.80,192.0.2.81"},
		{0, "www.example.cn", 0, "web.example.com.>192.0.2.80,192.0.2.81"},
		{0, "a.example.cn", 1, "192.0.2.1"},
		{301 * time.Second, "www.example.cn", 1, "web.example.com.>192.0.2.80,192.0.2.81"}, // the alias has 600 s
		{0, "nope.example.cn", 1, "NXDOMAIN 60"},
		{10 * time.Second, "nope.example.cn", 0, "NXDOMAIN 50"},
		{0, "x.nope.example.cn", 0, "NXDOMAIN 50"}, // RFC 8020
		{0, "ent.example.cn", 1, "NODATA 60"},
		{0, "b.ent.example.cn", 1, "192.0.2.9"}, // an empty name does not deny those below it
		{60 * time.Second, "nope.example.cn", 1, "NXDOMAIN 60"},
		{0, "www.lame.cn", 2, "LAME"},
		{time.Second, "www.lame.cn", 0, "LAME"}, // a failure is remembered for a moment (RFC 9520)
		{48 * time.Hour, "a.example.cn", 3, "192.0.2.1"},
	} {
		w.Advance(tt.wait)
		res, err := r.Lookup(t.Context(), tt.name, dnslookup.TypeA)
		if got := found(res, err); got != tt.want || res.Queries != tt.queries {
			t.Errorf("%s: %q with %d queries, want %q with %d", tt.name, got, res.Queries, tt.want, tt.queries)
		}
	}
}

// TestMinimal: each server hears only what it must know (RFC 9156).
func TestMinimal(t *testing.T) {
	heard := map[string]string{}
	r := lab(t).Resolver(dnslookup.Iterative)
	r.Trace = func(s dnslookup.Step) { heard[s.Zone] += s.Question.String() + " " }
	r.Lookup(t.Context(), "b.ent.example.cn", dnslookup.TypeMX)
	if heard["."] != "cn. A " || heard["cn."] != "example.cn. A " || heard["example.cn."] != "ent.example.cn. A b.ent.example.cn. MX " {
		t.Errorf("the servers heard %q", heard)
	}
	r.NoMinimal = true
	heard = map[string]string{}
	r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)
	if heard["."] != "a.example.cn. A " {
		t.Errorf("without minimisation the root heard %q", heard["."])
	}
	// A name of 60 labels takes at most ten shortened queries.
	r.NoMinimal = false
	res, err := r.Lookup(t.Context(), strings.Repeat("x.", 58)+"wild.example.cn", dnslookup.TypeA)
	if err != nil || res.Queries > 15 {
		t.Errorf("60 labels take %d queries: %v", res.Queries, err)
	}
}

// small makes a world of a few zones. Every zone gets the same SOA and, if it
// has no NS record, one.
func small(t *testing.T, zones map[string]string) *world.World {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range zones {
		soa := "$TTL 300\n@ IN SOA ns hostmaster 1 7200 3600 1209600 60\n"
		files[name+".zone"] = &fstest.MapFile{Data: []byte(soa + text)}
	}
	w, err := world.Load(files, 1)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const smallRoot = ";; servers: 198.51.100.1\n@ IN NS a.root.\na.root. IN A 198.51.100.1\n"

func TestDelegations(t *testing.T) {
	test := ";; servers: 198.51.100.3\n@ IN NS ns\nns IN A 198.51.100.3\nwww IN A 192.0.2.3\n"
	for _, tt := range []struct {
		name, ask, want string
		zones           map[string]string
	}{
		{"a circle with a way out", "www.a", "192.0.2.4", map[string]string{
			"root": smallRoot + "a. IN NS ns.b.\na. IN NS ns.test.\nb. IN NS ns.a.\ntest. IN NS ns.test.\nns.test. IN A 198.51.100.3\n",
			"test": test,
			"a":    ";; servers: 198.51.100.3\n@ IN NS ns.test.\nwww IN A 192.0.2.4\n",
		}},
		{"glue that no packet can reach", "www.test", "192.0.2.3", map[string]string{
			"root": smallRoot + "test. IN NS bad1.test.\ntest. IN NS bad2.test.\ntest. IN NS bad3.test.\ntest. IN NS ns.test.\n" +
				"bad1.test. IN A 0.0.0.0\nbad2.test. IN A 255.255.255.255\nbad3.test. IN A 224.0.0.1\nns.test. IN A 198.51.100.3\n",
			"test": test,
		}},
		{"no server has an address that can be used", "www.test", "LAME", map[string]string{
			"root": smallRoot + "test. IN NS bad1.test.\nbad1.test. IN A 0.0.0.0\n",
			"test": test,
		}},
		{"parent and child on one server", "www.sub.test", "192.0.2.5", map[string]string{
			"root":     smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n",
			"test":     test + "sub IN NS ns\n",
			"sub.test": ";; servers: 198.51.100.3\n@ IN NS ns.test.\nwww IN A 192.0.2.5\n",
		}},
		{"a DNAME that makes the name too long", strings.Repeat("x", 60) + "." + strings.Repeat("y", 60) + ".d.test", "SERVER", map[string]string{
			"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n",
			"test": test + "d IN DNAME " + strings.Repeat(strings.Repeat("z", 60)+".", 3) + "test.\n",
		}},
		{"hundreds of servers without an address (NXNS)", "www.test", "LAME", map[string]string{
			"root": smallRoot + "test. IN NS ns1.v.\n" + manyNS(200) + "v. IN NS a.root.\n",
			"test": test,
			"v":    ";; servers: 198.51.100.1\n@ IN NS a.root.\n",
		}},
	} {
		for _, secure := range []bool{false, true} {
			r := small(t, tt.zones).Resolver(dnslookup.Iterative)
			r.DNSSEC = secure
			res, err := r.Lookup(t.Context(), tt.ask, dnslookup.TypeA)
			got := strings.TrimSuffix(found(res, err), " secure")
			if got != tt.want {
				t.Errorf("%s (DNSSEC %v): %q, want %q (%v)", tt.name, secure, got, tt.want, err)
			}
			if res.Queries > 30 {
				t.Errorf("%s: %d queries", tt.name, res.Queries)
			}
		}
	}
}

func manyNS(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "test. IN NS ns%d.v.\n", i+2)
	}
	return b.String()
}

// change makes a Tamper that changes the messages of one server, or of all if
// server is "".
func change(t *testing.T, server string, f func(network string, query, reply *dns.Msg) []*dns.Msg) func(netip.AddrPort, string, []byte, []byte) [][]byte {
	return func(from netip.AddrPort, network string, query, reply []byte) [][]byte {
		addr := from.Addr().String()
		meant := server == "" || addr == server || server == exampleCN && addr == exampleCN6
		if !meant || reply == nil {
			return [][]byte{reply}
		}
		q, r := new(dns.Msg), new(dns.Msg)
		if q.Unpack(query) != nil || r.Unpack(reply) != nil {
			t.Error("a message of the lab cannot be read")
		}
		var out [][]byte
		for _, m := range f(network, q, r) {
			raw, err := m.Pack()
			if err != nil {
				t.Error(err)
			}
			out = append(out, raw)
		}
		return out
	}
}

func rr(s string) dns.RR {
	rr, err := dns.NewRR(s)
	if err != nil {
		panic(err)
	}
	return rr
}

// The server of example.cn has two addresses.
const (
	exampleCN  = "198.51.100.10"
	exampleCN6 = "2001:db8:53::10"
)

// TestBrokenReplies changes what the servers say on its way to us.
func TestBrokenReplies(t *testing.T) {
	one := func(m *dns.Msg) []*dns.Msg { return []*dns.Msg{m} }
	for _, tt := range []struct {
		name, server, ask string
		t                 dnslookup.Type
		dnssec            bool
		want              string
		detail            string // in the error's text
		f                 func(network string, q, m *dns.Msg) []*dns.Msg
	}{
		{"an answer without AA", exampleCN, "a.example.cn", dnslookup.TypeA, false, "LAME", "AA is not set",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Authoritative = false; return one(m) }},
		{"an empty reply", exampleCN, "a.example.cn", dnslookup.TypeA, false, "LAME", "empty reply",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Authoritative, m.Answer, m.Ns, m.Extra = false, nil, nil, nil
				return one(m)
			}},
		{"a referral upwards", exampleCN, "a.example.cn", dnslookup.TypeA, false, "LAME", "an upward referral",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Authoritative, m.Answer, m.Ns = false, nil, []dns.RR{rr(". 300 IN NS a.root.")}
				return one(m)
			}},
		{"a wrong ID before the right one", exampleCN, "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				forged := m.Copy()
				forged.Id++
				forged.Answer = []dns.RR{rr("a.example.cn. 300 IN A 203.0.113.66")}
				return []*dns.Msg{forged, m}
			}},
		{"only a wrong ID", exampleCN, "a.example.cn", dnslookup.TypeA, false, "TIMEOUT", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Id++; return one(m) }},
		{"another question", exampleCN, "a.example.cn", dnslookup.TypeA, false, "FORMAT", "another question, other.",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Question[0].Name = "other."; return one(m) }},
		{"another type in the question", exampleCN, "a.example.cn", dnslookup.TypeA, false, "FORMAT", "another question",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Question[0].Qtype = dns.TypeMX; return one(m) }},
		{"no question", exampleCN, "a.example.cn", dnslookup.TypeA, false, "FORMAT", "0 questions",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Question = nil; return one(m) }},
		{"two questions", exampleCN, "a.example.cn", dnslookup.TypeA, false, "FORMAT", "2 questions",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Question = append(m.Question, m.Question[0])
				return one(m)
			}},
		{"a query instead of a reply", exampleCN, "a.example.cn", dnslookup.TypeA, false, "FORMAT", "a query came back",
			func(_ string, q, _ *dns.Msg) []*dns.Msg { return one(q) }},
		{"the question in other case", exampleCN, "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Question[0].Name = "A.EXAMPLE.cn."; return one(m) }},
		{"always truncated", exampleCN, "a.example.cn", dnslookup.TypeA, false, "FORMAT", "truncated, even over TCP",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Truncated = true; return one(m) }},
		{"truncated over UDP", exampleCN, "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(network string, _, m *dns.Msg) []*dns.Msg {
				if network == "udp" {
					m.Truncated, m.Answer = true, []dns.RR{rr("a.example.cn. 300 IN A 203.0.113.66")}
				}
				return one(m)
			}},
		{"a server that does not know EDNS", "", "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.IsEdns0() != nil {
					m.Rcode, m.Answer, m.Ns, m.Extra = dns.RcodeFormatError, nil, nil, nil
				}
				return one(m)
			}},
		{"a server that repeats no question with FORMERR", "", "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.IsEdns0() != nil {
					m.Rcode, m.Question, m.Answer, m.Ns, m.Extra = dns.RcodeFormatError, nil, nil, nil, nil
				}
				return one(m)
			}},
		{"BADVERS", "", "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.IsEdns0() != nil {
					m.Rcode, m.Answer, m.Ns = dns.RcodeBadVers, nil, nil
				}
				return one(m)
			}},
		{"glue outside the zone of the server", "198.51.100.2", "www.glueless.cn", dnslookup.TypeA, false, "192.0.2.8", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Extra = append(m.Extra, rr("ns1.example.com. 300 IN A 203.0.113.66"))
				return one(m)
			}},
		{"an answer about another zone", exampleCN, "www.example.cn", dnslookup.TypeA, false, "web.example.com.>192.0.2.80,192.0.2.81", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Answer = append(m.Answer, rr("web.example.com. 300 IN A 203.0.113.66"))
				return one(m)
			}},
		{"a record of class CH", exampleCN, "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Answer = append(m.Answer, rr("a.example.cn. 300 CH A 203.0.113.66"))
				return one(m)
			}},
		{"NXDOMAIN for an empty name in between", exampleCN, "b.ent.example.cn", dnslookup.TypeA, false, "192.0.2.9", "",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.Question[0].Name == "ent.example.cn." {
					m.Rcode = dns.RcodeNameError
				}
				return one(m)
			}},
		{"the child moves its own servers", exampleCN, "a.example.cn", dnslookup.TypeA, false, "192.0.2.1", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Ns = append(m.Ns, rr("example.cn. 999999 IN NS ns.elsewhere.cn."))
				return one(m)
			}},
		{"an unsigned NS record beside a signed answer", exampleCN, "a.example.cn", dnslookup.TypeA, true, "192.0.2.1 secure", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Ns = append(m.Ns, rr("example.cn. 300 IN NS ns.elsewhere.cn."))
				return one(m)
			}},
		{"a changed address", exampleCN, "a.example.cn", dnslookup.TypeA, true, "BOGUS bogus", "RRSIG does not verify",
			func(_ string, _, m *dns.Msg) []*dns.Msg { return one(swap(m)) }},
		{"signatures taken away", exampleCN, "a.example.cn", dnslookup.TypeA, true, "BOGUS bogus", "though its zone is signed",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.Question[0].Qtype == dns.TypeA {
					m.Answer = without(m.Answer, dns.TypeRRSIG)
				}
				return one(m)
			}},
		{"the DS record taken away", "198.51.100.2", "a.example.cn", dnslookup.TypeA, true, "BOGUS bogus", "",
			func(_ string, _, m *dns.Msg) []*dns.Msg {
				m.Answer, m.Ns = without(without(m.Answer, dns.TypeDS), dns.TypeRRSIG), without(without(m.Ns, dns.TypeDS), dns.TypeRRSIG)
				return one(m)
			}},
		{"a type denied that is there", exampleCN, "a.example.cn", dnslookup.TypeA, true, "BOGUS bogus", "",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.Question[0].Qtype == dns.TypeA { // what it would say for MX, with no answer
					m.Answer = nil
				}
				return one(m)
			}},
		{"a proof without the wildcard's part", exampleCN, "nope.example.cn", dnslookup.TypeA, true, "BOGUS bogus", "wildcard",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.Question[0].Qtype == dns.TypeA {
					m.Ns = withoutOwner(m.Ns, "example.cn.", dns.TypeNSEC)
				}
				return one(m)
			}},
		{"no proof at all", exampleCN, "nope.example.cn", dnslookup.TypeA, true, "BOGUS bogus", "no proof",
			func(_ string, q, m *dns.Msg) []*dns.Msg {
				if q.Question[0].Qtype == dns.TypeA {
					m.Ns = without(m.Ns, dns.TypeNSEC)
				}
				return one(m)
			}},
		{"a wildcard's answer without its proof", exampleCN, "x.wild.example.cn", dnslookup.TypeA, true, "BOGUS bogus", "wildcard",
			func(_ string, _, m *dns.Msg) []*dns.Msg { m.Ns = without(m.Ns, dns.TypeNSEC); return one(m) }},
	} {
		w := lab(t)
		w.Tamper = change(t, tt.server, tt.f)
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC = tt.dnssec
		res, err := r.Lookup(t.Context(), tt.ask, tt.t)
		got := found(res, err)
		if got != tt.want && !(tt.want == "FORMAT" && strings.HasPrefix(got, "FORMAT")) {
			t.Errorf("%s: %q, want %q (%v)", tt.name, got, tt.want, err)
		}
		if tt.detail != "" && (err == nil || !strings.Contains(err.Error(), tt.detail)) {
			t.Errorf("%s: the error is %v; want %q in it", tt.name, err, tt.detail)
		}
	}
}

// swap changes the address in an answer.
func swap(m *dns.Msg) *dns.Msg {
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok {
			a.A[len(a.A)-1] ^= 1
		}
	}
	return m
}

func without(rrs []dns.RR, t uint16) []dns.RR {
	var kept []dns.RR
	for _, rr := range rrs {
		sig, ok := rr.(*dns.RRSIG)
		if rr.Header().Rrtype != t && !(ok && sig.TypeCovered == t) {
			kept = append(kept, rr)
		}
	}
	return kept
}

func withoutOwner(rrs []dns.RR, name string, t uint16) []dns.RR {
	var kept []dns.RR
	for _, rr := range rrs {
		sig, ok := rr.(*dns.RRSIG)
		if rr.Header().Name == name && (rr.Header().Rrtype == t || ok && sig.TypeCovered == t) {
			continue
		}
		kept = append(kept, rr)
	}
	return kept
}

// TestNSEC3Parts: each record of an NSEC3 proof is needed (RFC 5155 8.4).
func TestNSEC3Parts(t *testing.T) {
	owners := map[string]bool{}
	w := lab(t)
	w.Tamper = change(t, "198.51.100.30", func(_ string, q, m *dns.Msg) []*dns.Msg {
		for _, rr := range m.Ns {
			if rr.Header().Rrtype == dns.TypeNSEC3 {
				owners[rr.Header().Name] = true
			}
		}
		return []*dns.Msg{m}
	})
	ask := func(w *world.World) string {
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC = true
		return found(r.Lookup(t.Context(), "nope.example.org", dnslookup.TypeA))
	}
	if got := ask(w); got != "NXDOMAIN 60 secure" || len(owners) < 2 {
		t.Fatalf("nope.example.org: %q with %d NSEC3 records", got, len(owners))
	}
	for owner := range owners {
		w := lab(t)
		w.Tamper = change(t, "198.51.100.30", func(_ string, q, m *dns.Msg) []*dns.Msg {
			m.Ns = withoutOwner(m.Ns, owner, dns.TypeNSEC3)
			return []*dns.Msg{m}
		})
		if got := ask(w); got != "BOGUS bogus" {
			t.Errorf("without %s: %q", owner, got)
		}
	}
}

// TestUnknownAlgorithm: a zone signed only in a way that we do not know counts
// as not signed (RFC 4035 5.2).
func TestUnknownAlgorithm(t *testing.T) {
	w := small(t, map[string]string{
		"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\ntest. IN DS 1 253 2 " + strings.Repeat("AB", 32) + "\n",
		"test": ";; servers: 198.51.100.3\n;; ds: no\n@ IN NS ns\nns IN A 198.51.100.3\nwww IN A 192.0.2.3\n",
	})
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC = true
	if got := found(r.Lookup(t.Context(), "www.test", dnslookup.TypeA)); got != "192.0.2.3 insecure" {
		t.Errorf("%q", got)
	}
}

// TestBogus: each way in which the lab's zones are broken, with its reason.
func TestBogus(t *testing.T) {
	for name, reason := range map[string]string{
		"www.broken.cn":  "RRSIG does not verify with key",
		"www.expired.cn": "RRSIG expired on 2025-01-01",
		"www.wrongds.cn": "does not have the fingerprint that the DS record names",
	} {
		r := lab(t).Resolver(dnslookup.Iterative)
		r.DNSSEC = true
		res, err := r.Lookup(t.Context(), name, dnslookup.TypeA)
		if !errors.Is(err, dnslookup.ErrBogus) || !strings.Contains(err.Error(), reason) || len(res.Records) > 0 {
			t.Errorf("%s: %v %v; want bogus, %q", name, res.Records, err, reason)
		}
		if len(res.Trust) < 3 || res.Trust[len(res.Trust)-1].Security != dnslookup.Bogus {
			t.Errorf("%s: the chain does not end where it breaks: %+v", name, res.Trust)
		}
		// The recursor withholds it too, and says why.
		stub := lab(t).Resolver(dnslookup.Stub)
		if _, err := stub.Lookup(t.Context(), name, dnslookup.TypeA); !errors.Is(err, dnslookup.ErrBogus) || !strings.Contains(err.Error(), "it says: DNSSEC Bogus") {
			t.Errorf("%s: the recursor says %v", name, err)
		}
		// One who verifies by himself, behind a recursor, finds the same.
		stub = lab(t).Resolver(dnslookup.Stub)
		stub.DNSSEC = true
		if _, err := stub.Lookup(t.Context(), name, dnslookup.TypeA); !errors.Is(err, dnslookup.ErrBogus) {
			t.Errorf("%s: behind a recursor: %v", name, err)
		}
	}
}

// TestInterruptedWalk: who is interrupted says nothing about a zone, and does
// not remember anything about it.
func TestInterruptedWalk(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Iterative)
	r.Cache = dnslookup.NewCache(0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if res, err := r.Lookup(ctx, "a.example.cn", dnslookup.TypeA); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", res, err)
	}
	if got := found(r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)); got != "192.0.2.1" {
		t.Errorf("asked again: %q", got)
	}
}

// TestBogusHalf: where one of two types is bogus, the other's absence is no
// answer either.
func TestBogusHalf(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Iterative)
	r.DNSSEC = true
	res, err := r.Lookup(t.Context(), "www.broken.cn")
	if !errors.Is(err, dnslookup.ErrBogus) || res.Negative != nil {
		t.Errorf("%v, negative %+v", err, res.Negative)
	}
}

// TestNoAnchor: who can verify nothing does not say that a zone is unsigned.
func TestNoAnchor(t *testing.T) {
	for _, anchors := range [][]string{{}, {"not a record"}, {"cn. IN DS 1 15 2 00"}} {
		r := lab(t).Resolver(dnslookup.Iterative)
		r.DNSSEC, r.Anchors = true, anchors
		if got := found(r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)); got != "BOGUS bogus" {
			t.Errorf("anchors %q: %q", anchors, got)
		}
	}
}

func TestParseAnchors(t *testing.T) {
	const ds = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
	got, err := dnslookup.ParseAnchors("; the root\r\n\r\n  " + ds + " ; of 2017\r\n")
	if err != nil || len(got) != 1 || got[0] != ds {
		t.Errorf("%q, %v", got, err)
	}
	for text, want := range map[string]string{
		"":                         "no DS record of the root is in it",
		"; a comment\n":            "no DS record of the root is in it",
		ds + "\nroot:x:0\n":        `line 2: "root:x:0" is not a DS record of the root`,
		"cn. IN DS 1 15 2 00":      `line 1: "cn. IN DS 1 15 2 00" is not a DS record of the root`,
		". IN NS a.root.":          `line 1: ". IN NS a.root." is not a DS record of the root`,
		strings.Repeat("x", 1<<16): `line 1: "` + strings.Repeat("x", 60) + `" is not a DS record of the root`,
	} {
		if got, err := dnslookup.ParseAnchors(text); got != nil || err == nil || err.Error() != want {
			t.Errorf("%.40q: %q, %v; want %q", text, got, err, want)
		}
	}
}

// TestTCPRefused: half an answer is none.
func TestTCPRefused(t *testing.T) {
	w := lab(t)
	w.Refuse = func(network string, _ netip.AddrPort) error {
		if network == "tcp" {
			return syscall.ECONNREFUSED
		}
		return nil
	}
	steps := 0
	r := w.Resolver(dnslookup.Iterative)
	r.Trace = func(s dnslookup.Step) {
		if s.Outcome == dnslookup.CutOff {
			steps++
		}
	}
	res, err := r.Lookup(t.Context(), "big.example.cn", dnslookup.TypeTXT)
	if !errors.Is(err, dnslookup.ErrNetwork) || !strings.Contains(err.Error(), "truncated over UDP, and over TCP: no program listens there") || len(res.Records) > 0 || steps == 0 {
		t.Errorf("%v, %d records, truncated %d times", err, len(res.Records), steps)
	}
}

// TestMixCase: with 0x20, a reply in other letters is asked for again over TCP.
func TestMixCase(t *testing.T) {
	w := lab(t)
	w.Tamper = change(t, "", func(network string, _, m *dns.Msg) []*dns.Msg {
		m.Question[0].Name = strings.ToLower(m.Question[0].Name)
		return []*dns.Msg{m}
	})
	again := 0
	r := w.Resolver(dnslookup.Iterative)
	r.MixCase = true
	r.Trace = func(s dnslookup.Step) {
		if s.Outcome == dnslookup.Retried {
			again++
		}
	}
	if got := found(r.Lookup(t.Context(), "taken.wild.example.cn", dnslookup.TypeTXT)); !strings.HasPrefix(got, `"this name exists`) || again == 0 {
		t.Errorf("%q, asked again %d times", got, again)
	}
}

// TestClaimed: a server's word is not a proof.
func TestClaimed(t *testing.T) {
	w := lab(t)
	w.Tamper = change(t, "", func(_ string, _, m *dns.Msg) []*dns.Msg { m.AuthenticatedData = true; return []*dns.Msg{m} })
	if got := found(w.Resolver(dnslookup.Stub).Lookup(t.Context(), "www.plain.cn", dnslookup.TypeA)); got != "192.0.2.7 claimed" {
		t.Errorf("%q", got)
	}
}
