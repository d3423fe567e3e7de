package dnslookup_test

import (
	"errors"
	"net/netip"
	"testing"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// TestOneTypeFails: in every mode the answer to one type is shown, whatever
// becomes of the other.
func TestOneTypeFails(t *testing.T) {
	for _, mode := range []dnslookup.Mode{dnslookup.Stub, dnslookup.Iterative} {
		for _, secure := range []bool{false, true} {
			w := lab(t)
			w.Tamper = func(_ netip.AddrPort, _ string, query, reply []byte) [][]byte {
				q := new(dns.Msg)
				if q.Unpack(query) == nil && q.Question[0].Qtype == dns.TypeAAAA && q.Question[0].Name == "a.example.cn." {
					return nil
				}
				return [][]byte{reply}
			}
			r := w.Resolver(mode)
			r.DNSSEC = secure
			res, err := r.Lookup(t.Context(), "a.example.cn")
			if err != nil || len(res.Addrs) != 1 || len(res.Failed) != 1 || res.Failed[0].Question.Type != dnslookup.TypeAAAA {
				t.Fatalf("mode %d, DNSSEC %v: %+v, %v", mode, secure, res, err)
			}
			if secure != (res.Security == dnslookup.Secure) {
				t.Errorf("mode %d, DNSSEC %v: %s", mode, secure, res.Security)
			}
			if mode == dnslookup.Iterative && !errors.Is(res.Failed[0], dnslookup.ErrTimeout) {
				t.Errorf("%v", res.Failed[0])
			}
		}
	}
}

// TestForgedType: an answer that we have seen to be forged is not shown beside
// a good one.
func TestForgedType(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Iterative)
	r.DNSSEC = true
	res, err := r.Lookup(t.Context(), "www.broken.cn", dnslookup.TypeNSEC, dnslookup.TypeA)
	if !errors.Is(err, dnslookup.ErrBogus) || len(res.Records) != 0 || res.Security != dnslookup.Bogus {
		t.Errorf("%+v, %v", res, err)
	}
}
