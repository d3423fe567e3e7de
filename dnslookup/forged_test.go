package dnslookup_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"onwire/dnslookup"
	"onwire/dnslookup/world"

	"github.com/miekg/dns"
)

// twoServers is a world in which test and its parent have two servers each.
func twoServers(t *testing.T) *world.World {
	both := func(up, a, b string) string {
		return fmt.Sprintf("%s IN NS ns1.%[1]s\n%[1]s IN NS ns2.%[1]s\nns1.%[1]s IN A 198.51.100.%[2]s\nns2.%[1]s IN A 198.51.100.%[3]s\n", up, a, b)
	}
	return small(t, map[string]string{
		"root":     smallRoot + both("test.", "3", "4"),
		"test":     ";; servers: 198.51.100.3 198.51.100.4\n@ IN NS ns1\n@ IN NS ns2\nns1 IN A 198.51.100.3\nns2 IN A 198.51.100.4\n" + both("sub.test.", "5", "6"),
		"sub.test": ";; servers: 198.51.100.5 198.51.100.6\n@ IN NS ns1\n@ IN NS ns2\nns1 IN A 198.51.100.5\nns2 IN A 198.51.100.6\nwww IN A 192.0.2.3\nalias IN CNAME www\n",
	})
}

// forgeries are what a server of a signed zone can do, by the server that does
// it: the first of sub.test (.5), or of the zone above (.3).
var forgeries = []struct {
	what   string
	server string
	f      func(q, m *dns.Msg)
}{
	{"another address", "5", func(_, m *dns.Msg) { swap(m) }},
	{"no signatures", "5", func(q, m *dns.Msg) {
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = without(m.Answer, dns.TypeRRSIG)
		}
	}},
	{"no such name", "5", func(q, m *dns.Msg) {
		if q.Question[0].Qtype == dns.TypeA {
			m.Rcode, m.Answer = dns.RcodeNameError, nil
			m.Ns = []dns.RR{rr("sub.test. 300 IN SOA ns hostmaster 1 7200 3600 1209600 60")}
		}
	}},
	{"another key", "5", func(_, m *dns.Msg) {
		for i, rr := range m.Answer {
			if key, ok := rr.(*dns.DNSKEY); ok {
				fake := dns.Copy(key).(*dns.DNSKEY)
				fake.PublicKey = "AAAA" + fake.PublicKey[4:]
				m.Answer[i] = fake
			}
		}
	}},
	{"no keys", "5", func(q, m *dns.Msg) {
		if q.Question[0].Qtype == dns.TypeDNSKEY {
			m.Answer, m.Ns = nil, []dns.RR{rr("sub.test. 300 IN SOA ns hostmaster 1 7200 3600 1209600 60")}
		}
	}},
	{"no DS record", "3", func(_, m *dns.Msg) {
		m.Answer, m.Ns = without(m.Answer, dns.TypeDS), without(without(m.Ns, dns.TypeDS), dns.TypeNSEC)
	}},
	{"another DS record", "3", func(_, m *dns.Msg) {
		for _, section := range [][]dns.RR{m.Answer, m.Ns} {
			for i, rr := range section {
				if ds, ok := rr.(*dns.DS); ok {
					fake := dns.Copy(ds).(*dns.DS)
					fake.Digest = strings.Repeat("00", 32)
					section[i] = fake
				}
			}
		}
	}},
	{"servers of its own", "3", func(_, m *dns.Msg) { // those at .66 say what they like
		for _, rr := range m.Extra {
			if a, ok := rr.(*dns.A); ok && strings.HasSuffix(a.Hdr.Name, ".sub.test.") {
				a.A = net.IPv4(198, 51, 100, 66)
			}
		}
	}},
}

// TestSecondServer: where one server forges, the other one is asked before the
// answer counts as bogus; where both do, that ends soon.
func TestSecondServer(t *testing.T) {
	for _, tt := range forgeries {
		for _, both := range []bool{false, true} {
			for _, name := range []string{"www.sub.test", "alias.sub.test"} {
				w := twoServers(t)
				other := map[string]string{"5": "6", "3": "4"}[tt.server]
				inner := w.Dial
				w.Tamper = func(from netip.AddrPort, network string, query, reply []byte) [][]byte {
					addr := from.Addr().String()
					if addr == "198.51.100."+tt.server || both && addr == "198.51.100."+other {
						return change(t, addr, func(_ string, q, m *dns.Msg) []*dns.Msg {
							tt.f(q, m)
							return []*dns.Msg{m}
						})(from, network, query, reply)
					}
					return [][]byte{reply}
				}
				r := w.Resolver(dnslookup.Iterative)
				r.DNSSEC, r.Cache = true, dnslookup.NewCache(0)
				r.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					if address == "198.51.100.66:53" { // the forger's own: those of sub.test, with another address
						address = "198.51.100.5:53"
					}
					return inner(ctx, network, address)
				}
				if tt.what == "servers of its own" {
					w.Tamper = func(from netip.AddrPort, network string, query, reply []byte) [][]byte {
						addr := from.Addr().String()
						f := tt.f
						switch {
						case addr == "198.51.100.5":
							f = func(_, m *dns.Msg) { swap(m) }
						case addr == "198.51.100.3", both && addr == "198.51.100.4":
						default:
							return [][]byte{reply}
						}
						return change(t, addr, func(_ string, q, m *dns.Msg) []*dns.Msg {
							f(q, m)
							return []*dns.Msg{m}
						})(from, network, query, reply)
					}
				}
				res, err := r.Lookup(t.Context(), name, dnslookup.TypeA)
				got, want := found(res, err), "192.0.2.3 secure"
				if both {
					want = "BOGUS bogus"
				}
				if name == "alias.sub.test" && !both {
					want = "www.sub.test.>" + want
				}
				got = strings.TrimPrefix(got, map[bool]string{true: "www.sub.test.>"}[both])
				if got != want || res.Queries > 40 {
					t.Errorf("%s (both %v), %s: %q after %d queries, want %q (%v)", tt.what, both, name, got, res.Queries, want, err)
				}
				for _, link := range res.Trust {
					if (link.Security == dnslookup.Bogus) != both && link.Security == dnslookup.Bogus {
						t.Errorf("%s: the chain of a secure answer has a bogus link: %+v", tt.what, link)
					}
				}
				// What was forged is not remembered.
				w.Tamper = nil
				if got := found(r.Lookup(t.Context(), name, dnslookup.TypeA)); !strings.HasSuffix(got, "192.0.2.3 secure") {
					t.Errorf("%s (both %v), %s, asked again when no server forges: %q", tt.what, both, name, got)
				}
			}
		}
	}
}

// TestSecondRecursor: a client that verifies asks its second recursor, too.
func TestSecondRecursor(t *testing.T) {
	const second = "198.51.100.54"
	for _, both := range []bool{false, true} {
		w := lab(t)
		inner := w.Dial
		w.Tamper = change(t, world.RecursorAddr.String(), func(_ string, _, m *dns.Msg) []*dns.Msg { return []*dns.Msg{swap(m)} })
		r := w.Resolver(dnslookup.Stub)
		r.DNSSEC = true
		r.Servers = append(r.Servers, dnslookup.Server{Addr: netip.MustParseAddrPort(second + ":53")})
		r.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if !both {
				w.Tamper = nil
			}
			if address == world.RecursorAddr.String()+":53" {
				w.Tamper = change(t, world.RecursorAddr.String(), func(_ string, _, m *dns.Msg) []*dns.Msg { return []*dns.Msg{swap(m)} })
			}
			return inner(ctx, network, strings.Replace(address, second, world.RecursorAddr.String(), 1))
		}
		want := map[bool]string{false: "192.0.2.1 secure", true: "BOGUS bogus"}[both]
		if got := found(r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)); got != want {
			t.Errorf("both forge: %v: %q, want %q", both, got, want)
		}
	}
}

// TestFailureRemembered: a client that asks for a bogus name again and again
// causes no queries (RFC 9520); with CD it gets the answer.
func TestFailureRemembered(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Iterative)
	r.DNSSEC, r.Cache = true, dnslookup.NewCache(0)
	queries := 0
	r.Trace = func(s dnslookup.Step) {
		if s.Query != nil {
			queries++
		}
	}
	s := &dnslookup.Recursor{Resolver: r}
	for i, want := range []string{"SERVFAIL", "SERVFAIL"} {
		if got := rcode(t, s.Reply(t.Context(), "udp", query(t, "www.broken.cn."))); got != want || i == 1 && queries > 0 {
			t.Errorf("%d: %s after %d queries", i, got, queries)
		}
		queries = 0
	}
	m := new(dns.Msg)
	m.SetQuestion("www.broken.cn.", dns.TypeA)
	m.CheckingDisabled = true
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if got := rcode(t, s.Reply(t.Context(), "udp", raw)); got != "NOERROR" {
		t.Errorf("with CD: %s", got)
	}
}

// TestReach: a public zone cannot make us ask our neighbours, whatever its
// servers' addresses are; a private one may.
func TestReach(t *testing.T) {
	for _, tt := range []struct {
		root, addr string
		asked      bool
		says       string
	}{
		{"198.51.100.1", "198.51.100.9", true, ""}, {"198.51.100.1", "2001:db8::9", true, ""},
		{"198.51.100.1", "127.0.0.99", false, "a loopback address"}, {"198.51.100.1", "::1", false, "a loopback address"}, {"198.51.100.1", "::ffff:127.0.0.1", false, "a loopback address"},
		{"198.51.100.1", "10.0.0.1", false, "private network"}, {"198.51.100.1", "172.31.0.1", false, "private network"}, {"198.51.100.1", "192.168.1.1", false, "private network"},
		{"198.51.100.1", "100.64.0.1", false, "private network"}, {"198.51.100.1", "fd00::1", false, "private network"}, {"198.51.100.1", "fec0::1", false, "private network"},
		{"198.51.100.1", "169.254.1.1", false, "link-local"}, {"198.51.100.1", "fe80::1", false, "link-local"},
		{"198.51.100.1", "0.0.0.0", false, "no computer"}, {"198.51.100.1", "0.1.2.3", false, "no computer"}, {"198.51.100.1", "::", false, "no computer"},
		{"198.51.100.1", "224.0.0.251", false, "no computer"}, {"198.51.100.1", "ff02::fb", false, "no computer"}, {"198.51.100.1", "255.255.255.255", false, "no computer"}, {"198.51.100.1", "240.0.0.1", false, "no computer"},
		{"198.51.100.1", "64:ff9b::7f00:1", false, "a loopback address"}, {"198.51.100.1", "64:ff9b::a00:1", false, "private network"}, {"198.51.100.1", "2002:c0a8:101::1", false, "private network"}, {"198.51.100.1", "64:ff9b::c633:6409", true, ""},
		{"127.0.0.1", "127.0.0.99", true, ""}, {"127.0.0.1", "10.0.0.1", true, ""}, {"127.0.0.1", "198.51.100.9", true, ""}, {"127.0.0.1", "0.0.0.0", false, "no computer"},
		{"10.1.1.1", "10.0.0.1", true, ""}, {"10.1.1.1", "127.0.0.99", false, "a loopback address"},
	} {
		kind := "A"
		if strings.Contains(tt.addr, ":") {
			kind = "AAAA"
		}
		w := small(t, map[string]string{
			"root": fmt.Sprintf(";; servers: %s\n@ IN NS a.root.\na.root. IN A %[1]s\nexample. IN NS ns.example.\nns.example. IN %s %s\n", tt.root, kind, tt.addr),
		})
		r := w.Resolver(dnslookup.Iterative)
		var mu sync.Mutex
		var dialled []string
		r.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			dialled = append(dialled, netip.MustParseAddrPort(address).Addr().String())
			return w.Dial(ctx, network, address)
		}
		said := ""
		r.Trace = func(s dnslookup.Step) {
			if s.Outcome == dnslookup.NotAsked {
				said += s.Note
			}
		}
		_, err := r.Lookup(t.Context(), "www.example", dnslookup.TypeA)
		asked := slices.Contains(dialled, netip.MustParseAddr(tt.addr).Unmap().String())
		if asked != tt.asked || !strings.Contains(said, tt.says) || err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "not asked") == tt.asked {
			t.Errorf("%s below %s: asked %v, trace %q, error %v", tt.addr, tt.root, asked, said, err)
		}
	}
	// With the Internet's own roots, and over the wire: an extended error says it.
	w := small(t, map[string]string{"root": smallRoot + "example. IN NS ns.example.\nns.example. IN A 127.0.0.99\n"})
	r := w.Resolver(dnslookup.Iterative)
	r.Servers = nil
	r.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "127.") {
			t.Errorf("%s is asked", address)
		}
		return w.Dial(ctx, network, "198.51.100.1:53")
	}
	m := asked(t, w, r, "www.example.", dns.TypeA, nil)
	var ede *dns.EDNS0_EDE
	for _, option := range m.IsEdns0().Option {
		ede, _ = option.(*dns.EDNS0_EDE)
	}
	if m.Rcode != dns.RcodeServerFailure || ede == nil || ede.InfoCode != dns.ExtendedErrorCodeNoReachableAuthority || !strings.Contains(ede.ExtraText, "not asked") {
		t.Errorf("%v", m)
	}
}

// TestBudget: whatever the zones do, a look-up sends 60 queries at most.
func TestBudget(t *testing.T) {
	// Every zone has servers without an address, in zones like it.
	root := smallRoot
	for i := range 200 {
		root += fmt.Sprintf("z%d. IN NS a.z%d.\nz%[1]d. IN NS b.z%d.\nz%[1]d. IN NS c.z%d.\n", i, (i*3+1)%200, (i*3+2)%200, (i*3+3)%200)
	}
	w := small(t, map[string]string{"root": root})
	for _, secure := range []bool{false, true} {
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC = secure
		sent := 0
		r.Trace = func(s dnslookup.Step) {
			if s.Query != nil {
				sent++
			}
		}
		res, err := r.Lookup(t.Context(), "www.z0", dnslookup.TypeA)
		if err == nil || res.Queries > 60 || sent > 60 {
			t.Errorf("DNSSEC %v: %d queries, %d sent: %v", secure, res.Queries, sent, err)
		}
	}
	// A server that always wants another question first: servers that are silent,
	// one after the other, each tried twice.
	zone := smallRoot
	for i := range 13 {
		zone += fmt.Sprintf("many. IN NS n%d.many.\n", i)
		for j := range 8 {
			zone += fmt.Sprintf("n%d.many. IN A 198.51.100.%d\n", i, 100+i*8+j)
		}
	}
	r := small(t, map[string]string{"root": zone}).Resolver(dnslookup.Iterative)
	res, err := r.Lookup(t.Context(), "www.many", dnslookup.TypeA)
	if !errors.Is(err, dnslookup.ErrBudget) || res.Queries != 60 || !strings.Contains(err.Error(), "the limit is 60") {
		t.Errorf("%d queries: %v", res.Queries, err)
	}
}

// TestManySignatures: the genuine signature after many others is not looked
// for (KeyTrap, CVE-2023-50387).
func TestManySignatures(t *testing.T) {
	for others, want := range map[int]string{7: "192.0.2.3 secure", 8: "BOGUS bogus", 500: "BOGUS bogus"} {
		w := twoServers(t)
		w.Tamper = change(t, "", func(_ string, q, m *dns.Msg) []*dns.Msg {
			if q.Question[0].Name != "www.sub.test." || len(m.Answer) != 2 {
				return []*dns.Msg{m}
			}
			genuine := m.Answer[1].(*dns.RRSIG)
			m.Answer = m.Answer[:1]
			for i := range others {
				fake := dns.Copy(genuine).(*dns.RRSIG)
				fake.Signature = fmt.Sprintf("%04d", i) + fake.Signature[4:]
				m.Answer = append(m.Answer, fake)
			}
			m.Answer, m.Compress = append(m.Answer, genuine), true
			return []*dns.Msg{m}
		})
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC, r.Transport = true, dnslookup.TCP
		res, err := r.Lookup(t.Context(), "www.sub.test", dnslookup.TypeA)
		if got := found(res, err); got != want {
			t.Errorf("%d other signatures: %q, want %q (%v)", others, got, want, err)
		}
	}
}

// TestVerifiedInAll: a look-up verifies a hundred signatures, however they are
// spread over a chain of aliases.
func TestVerifiedInAll(t *testing.T) {
	zone := ";; servers: 198.51.100.3\n@ IN NS ns\nns IN A 198.51.100.3\n"
	for i := range 15 {
		zone += fmt.Sprintf("n%d IN CNAME n%d\n", i, i+1)
	}
	w := small(t, map[string]string{"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n", "test": zone + "n15 IN A 192.0.2.3\n"})
	w.Tamper = change(t, "198.51.100.3", func(_ string, q, m *dns.Msg) []*dns.Msg {
		if q.Question[0].Qtype != dns.TypeA {
			return []*dns.Msg{m}
		}
		var answer []dns.RR
		for _, rr := range m.Answer {
			if genuine, ok := rr.(*dns.RRSIG); ok {
				for i := range 7 {
					fake := dns.Copy(genuine).(*dns.RRSIG)
					fake.Signature = fmt.Sprintf("%04d", i) + fake.Signature[4:]
					answer = append(answer, fake)
				}
			}
			answer = append(answer, rr)
		}
		m.Answer, m.Compress = answer, true
		return []*dns.Msg{m}
	})
	for first, want := range map[int]string{10: "secure", 0: "bogus"} {
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC, r.Transport, r.NoMinimal = true, dnslookup.TCP, true
		res, err := r.Lookup(t.Context(), fmt.Sprintf("n%d.test", first), dnslookup.TypeA)
		if string(res.Security) != want || (err == nil) != (want == "secure") || err != nil && !strings.Contains(err.Error(), "too many signatures for one look-up") {
			t.Errorf("%d aliases: %s, want %s (%v)", 15-first, res.Security, want, err)
		}
	}
}

// TestWrongID: a reply with a wrong ID may be a guess at the right one: the walk
// asks that server over TCP, and believes no datagram any more.
func TestWrongID(t *testing.T) {
	w := lab(t)
	w.Tamper = change(t, exampleCN, func(network string, _, m *dns.Msg) []*dns.Msg {
		if network == "tcp" {
			return []*dns.Msg{m}
		}
		wrong, guessed := swap(m.Copy()), swap(m.Copy())
		wrong.Id++
		return []*dns.Msg{wrong, guessed}
	})
	r := w.Resolver(dnslookup.Iterative)
	var steps []string
	r.Trace = func(s dnslookup.Step) {
		if s.Zone == "example.cn." {
			steps = append(steps, fmt.Sprintf("%s %s: %s", s.Transport, s.Outcome, s.Note))
		}
	}
	got := found(r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA))
	want := []string{"UDP again: a reply with a wrong ID came, which may be forged: asked again over TCP", "TCP answer: "}
	if got != "192.0.2.1" || !slices.Equal(steps, want) {
		t.Errorf("%q after %q", got, steps)
	}
}
