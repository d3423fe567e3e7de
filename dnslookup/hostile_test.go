package dnslookup_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// TestAliasItself: a question for the alias, or for what may stand beside it,
// is not led on by it, known from before or not.
func TestAliasItself(t *testing.T) {
	for _, tt := range []struct {
		name string
		t    dnslookup.Type
		want string
	}{
		{"www.example.cn", dnslookup.TypeCNAME, "web.example.com. secure"},
		{"www.example.cn", dnslookup.TypeANY, "web.example.com.,example.cn. CNAME RRSIG NSEC secure"},
		{"www.example.cn", dnslookup.TypeNSEC, "example.cn. CNAME RRSIG NSEC secure"},
		{"gone.example.cn", dnslookup.TypeCNAME, "nothing.example.com. secure"},
		{"loop1.example.com", dnslookup.TypeCNAME, "loop2.example.com. secure"},
		{"x.old.example.cn", dnslookup.TypeCNAME, "x.example.com. secure"},
		{"x.old.example.cn", dnslookup.TypeANY, "x.example.com. secure"},
		{"old.example.cn", dnslookup.TypeANY, "example.com.,*.wild.example.cn. DNAME RRSIG NSEC secure"},
	} {
		for _, before := range []bool{false, true} {
			r := lab(t).Resolver(dnslookup.Iterative)
			r.DNSSEC, r.Cache = true, dnslookup.NewCache(0)
			if before {
				r.Lookup(t.Context(), tt.name, dnslookup.TypeA)
			}
			res, err := r.Lookup(t.Context(), tt.name, tt.t)
			res.Records = slices.DeleteFunc(res.Records, func(rr dnslookup.Record) bool { return rr.Type == dnslookup.TypeRRSIG })
			if got := found(res, err); got != tt.want {
				t.Errorf("%s %s, asked for A before: %v: %q, want %q (%v)", tt.name, tt.t, before, got, tt.want, err)
			}
		}
	}
}

// TestSignatures: signatures can be asked for themselves.
func TestSignatures(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Iterative)
	res, err := r.Lookup(t.Context(), "x.wild.example.cn", dnslookup.TypeRRSIG)
	if err != nil || len(res.Records) != 2 || !strings.HasPrefix(res.Records[0].Data, "A ED25519 3 300") && !strings.HasPrefix(res.Records[0].Data, "A 15 3 300") {
		t.Errorf("%v, %v", res.Records, err)
	}
}

// TestForgedFirst: what answers another question, or is no reply, does not end
// the wait for the right one.
func TestForgedFirst(t *testing.T) {
	w := lab(t)
	w.Tamper = change(t, "", func(_ string, q, m *dns.Msg) []*dns.Msg {
		other := m.Copy()
		other.Question[0].Name = "other."
		otherType := m.Copy()
		otherType.Question[0].Qtype = dns.TypeMX
		two := m.Copy()
		two.Question = append(two.Question, two.Question[0])
		return []*dns.Msg{other, otherType, two, q, m}
	})
	r := w.Resolver(dnslookup.Iterative)
	if got := found(r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)); got != "192.0.2.1" {
		t.Errorf("%q", got)
	}
}

// TestCacheOfLargeAnswers: a cache for some entries is not filled with as many
// answers of the largest size.
func TestCacheOfLargeAnswers(t *testing.T) {
	const answers, octets = 10, 20_000
	zone := ";; servers: 198.51.100.3\n@ IN NS ns\nns IN A 198.51.100.3\n"
	for i := range answers {
		zone += fmt.Sprintf("n%d IN TXT%s\n", i, strings.Repeat(` "`+strings.Repeat("x", 250)+`"`, octets/250))
	}
	r := small(t, map[string]string{"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n", "test": zone}).Resolver(dnslookup.Iterative)
	r.Cache = dnslookup.NewCache(20)
	for i := range answers {
		if _, err := r.Lookup(t.Context(), fmt.Sprintf("n%d.test", i), dnslookup.TypeTXT); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for _, e := range r.Cache.Entries(r.Clock()) {
		for _, data := range e.Data {
			kept += len(data)
		}
	}
	if kept < octets || kept > 4*octets {
		t.Errorf("%d octets are kept of %d", kept, answers*octets)
	}
}

// TestAbsenceExpires: an absence is believed no longer than its signature.
func TestAbsenceExpires(t *testing.T) {
	w := small(t, map[string]string{
		"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n",
		"test": ";; servers: 198.51.100.3\n;; dates: 2025-01-01 2026-01-02\n@ IN NS ns\nns IN A 198.51.100.3\n",
	})
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC, r.Cache = true, dnslookup.NewCache(0)
	w.Advance(24*time.Hour - 30*time.Second)
	if got := found(r.Lookup(t.Context(), "nope.test", dnslookup.TypeA)); got != "NXDOMAIN 60 secure" {
		t.Errorf("30 s before the end: %q", got)
	}
	w.Advance(40 * time.Second)
	if got := found(r.Lookup(t.Context(), "nope.test", dnslookup.TypeA)); got != "BOGUS bogus" {
		t.Errorf("10 s after the end: %q", got)
	}
}

// TestSameTag: keys that share a tag with the one that the DS record names cost
// work, so few are tried (KeyTrap).
func TestSameTag(t *testing.T) {
	zones := map[string]string{
		"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n",
		"test": ";; servers: 198.51.100.3\n@ IN NS ns\nns IN A 198.51.100.3\nwww IN A 192.0.2.3\n",
	}
	genuine, tag := "", dnslookup.Record{}
	res, err := small(t, zones).Resolver(dnslookup.Iterative).Lookup(t.Context(), "test", dnslookup.TypeDNSKEY)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag = range res.Records {
		if words := strings.Fields(tag.Data); words[0] == "257" {
			genuine = words[3]
		}
	}
	public, err := base64.StdEncoding.DecodeString(genuine)
	if err != nil {
		t.Fatal(err)
	}
	for fakes, want := range map[int]string{3: "192.0.2.3 secure", 4: "BOGUS bogus"} {
		more := ""
		for i := range fakes { // two words that change places do not change the sum
			fake := slices.Clone(public)
			copy(fake[0:2], public[2*i+2:2*i+4])
			copy(fake[2*i+2:2*i+4], public[0:2])
			more += "@ IN DNSKEY 257 3 15 " + base64.StdEncoding.EncodeToString(fake) + "\n"
		}
		w := small(t, map[string]string{"root": zones["root"], "test": zones["test"] + more})
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC = true
		if got := found(r.Lookup(t.Context(), "www.test", dnslookup.TypeA)); got != want {
			t.Errorf("%d keys beside the genuine one: %q, want %q", fakes, got, want)
		}
	}
}

// TestNSEC3Rounds: proofs that ask for too much hashing make the answer
// insecure, also that of a wildcard; those with flags that nobody knows, or of
// another hash, do not count (RFC 5155 8.1, 8.2; RFC 9276 3.2).
func TestNSEC3Rounds(t *testing.T) {
	sum := sha256.Sum256([]byte("onwire world 1 example.org. ZSK"))
	private := ed25519.NewKeyFromSeed(sum[:])
	for _, tt := range []struct {
		name, want string
		f          func(*dns.NSEC3)
	}{
		{"nope.example.org", "NXDOMAIN 60 secure", func(*dns.NSEC3) {}},
		{"x.wild.example.org", "192.0.2.92 secure", func(*dns.NSEC3) {}},
		{"nope.example.org", "NXDOMAIN 60 insecure", func(rr *dns.NSEC3) { rr.Iterations = 51 }},
		{"x.wild.example.org", "192.0.2.92 insecure", func(rr *dns.NSEC3) { rr.Iterations = 65535 }},
		{"nope.example.org", "BOGUS bogus", func(rr *dns.NSEC3) { rr.Flags = 2 }},
		{"nope.example.org", "BOGUS bogus", func(rr *dns.NSEC3) { rr.Hash = 2 }},
		{"x.wild.example.org", "BOGUS bogus", func(rr *dns.NSEC3) { rr.Flags = 128 }},
	} {
		w := lab(t)
		w.Tamper = change(t, "198.51.100.30", func(_ string, _, m *dns.Msg) []*dns.Msg {
			var tag uint16
			for _, rr := range m.Ns {
				if sig, ok := rr.(*dns.RRSIG); ok {
					tag = sig.KeyTag
				}
			}
			for i, rr := range m.Ns {
				nsec3, ok := rr.(*dns.NSEC3)
				if !ok {
					continue
				}
				tt.f(nsec3)
				for _, other := range m.Ns[i:] {
					sig, ok := other.(*dns.RRSIG)
					if ok && sig.Hdr.Name == nsec3.Hdr.Name {
						sig.KeyTag = tag
						if err := sig.Sign(private, []dns.RR{nsec3}); err != nil {
							t.Error(err)
						}
					}
				}
			}
			return []*dns.Msg{m}
		})
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC = true
		res, err := r.Lookup(t.Context(), tt.name, dnslookup.TypeA)
		if got := found(res, err); got != tt.want {
			t.Errorf("%s: %q, want %q (%v)", tt.name, got, tt.want, err)
		}
	}
}

// TestManyAliases: a reply with hundreds of aliases is read only so far.
func TestManyAliases(t *testing.T) {
	w := lab(t)
	w.Tamper = change(t, exampleCN, func(_ string, _, m *dns.Msg) []*dns.Msg {
		m.Answer, m.Compress = nil, true
		for i := range 2000 {
			m.Answer = append(m.Answer, rr(fmt.Sprintf("n%d.example.cn. 300 IN CNAME n%d.example.cn.", i, i+1)))
		}
		return []*dns.Msg{m}
	})
	r := w.Resolver(dnslookup.Iterative)
	r.Transport, r.NoMinimal = dnslookup.TCP, true
	res, err := r.Lookup(t.Context(), "n0.example.cn", dnslookup.TypeA)
	if !errors.Is(err, dnslookup.ErrAliases) || errors.Is(err, dnslookup.ErrLoop) || len(res.Chain) > 20 || res.Queries > 5 {
		t.Errorf("%d aliases, %d queries: %v", len(res.Chain), res.Queries, err)
	}
}

// TestNotYetValid: a signature from the future is none.
func TestNotYetValid(t *testing.T) {
	w := small(t, map[string]string{
		"root": smallRoot + "test. IN NS ns.test.\nns.test. IN A 198.51.100.3\n",
		"test": ";; servers: 198.51.100.3\n;; dates: 2027-01-01 2028-01-01\n@ IN NS ns\nns IN A 198.51.100.3\n",
	})
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC = true
	_, err := r.Lookup(t.Context(), "ns.test", dnslookup.TypeA)
	if !errors.Is(err, dnslookup.ErrBogus) || !strings.Contains(err.Error(), "valid only from 2027-01-01") {
		t.Errorf("%v", err)
	}
	w.Advance(366 * 24 * time.Hour)
	if got := found(r.Lookup(t.Context(), "ns.test", dnslookup.TypeA)); got != "198.51.100.3 secure" {
		t.Errorf("a year later: %q", got)
	}
}

// TestKeysExpire: a zone's keys, or that it has none, are believed no longer
// than the records that say so.
func TestKeysExpire(t *testing.T) {
	for _, tt := range []struct {
		name string
		t    dnslookup.Type // asked for again
		ttl  uint32         // of the keys
	}{{"a.example.cn.", dnslookup.TypeDNSKEY, 0}, {"a.example.cn.", dnslookup.TypeDNSKEY, 100}, {"www.plain.cn.", dnslookup.TypeDS, 3600}} {
		w := lab(t)
		w.Tamper = change(t, "", func(_ string, _, m *dns.Msg) []*dns.Msg {
			for _, rr := range m.Answer {
				if rr.Header().Rrtype == dns.TypeDNSKEY {
					rr.Header().Ttl = tt.ttl
				}
			}
			return []*dns.Msg{m}
		})
		r := w.Resolver(dnslookup.Iterative)
		r.DNSSEC, r.Cache = true, dnslookup.NewCache(0)
		asked := 0
		r.Trace = func(s dnslookup.Step) {
			if s.Query != nil && s.Question.Type == tt.t && strings.HasSuffix(tt.name, "."+s.Question.Name) {
				asked++
			}
		}
		for range 2 {
			asked = 0
			if _, err := r.Lookup(t.Context(), tt.name, dnslookup.TypeA); err != nil {
				t.Fatal(err)
			}
			w.Advance(301 * time.Second)
		}
		if asked == 0 {
			t.Errorf("%s, keys with a TTL of %d: %s is not asked for again after 301 s", tt.name, tt.ttl, tt.t)
		}
	}
}
