package dnslookup_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onwire/dnslookup"
	"onwire/internal/interop"

	"github.com/miekg/dns"
)

// TestInteropLocalZones: Unbound answers the same zones by itself, with the same
// rcodes and an SOA record at the same name. (RFC 7793, 9462, 9476, 9665 and
// .local are not among its defaults.)
func TestInteropLocalZones(t *testing.T) {
	unbound := interop.Find(t, "unbound", "unbound")
	if !insideNetns(t) {
		return
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "unbound.conf")
	text := fmt.Sprintf("server:\n\tdirectory: %q\n\tusername: \"\"\n\tchroot: \"\"\n\tpidfile: \"\"\n\tuse-syslog: no\n\tdo-daemonize: no\n\tinterface: 127.0.0.1@5302\n\tmodule-config: iterator\nremote-control:\n\tcontrol-enable: no\n", dir)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, 5302, dns.Question{Name: "localhost.", Qtype: dns.TypeA}, unbound, "-d", "-c", conf)
	said := func(m *dns.Msg) string {
		if m == nil {
			return "no reply"
		}
		s := dns.RcodeToString[m.Rcode]
		for _, rr := range m.Answer {
			s += " " + rr.Header().Name + dns.TypeToString[rr.Header().Rrtype]
			switch rr := rr.(type) {
			case *dns.A, *dns.AAAA, *dns.PTR:
				s += strings.TrimPrefix(rr.String(), rr.Header().String())
			}
		}
		for _, rr := range m.Ns {
			s += fmt.Sprintf(" %s %d", rr.Header().Name, rr.Header().Ttl)
		}
		return s
	}
	r := &dnslookup.Resolver{Mode: dnslookup.Iterative}
	zones := []string{"10.in-addr.arpa.", "16.172.in-addr.arpa.", "31.172.in-addr.arpa.", "168.192.in-addr.arpa.", "0.in-addr.arpa.", "254.169.in-addr.arpa.",
		"2.0.192.in-addr.arpa.", "100.51.198.in-addr.arpa.", "113.0.203.in-addr.arpa.", "255.255.255.255.in-addr.arpa.", "64.100.in-addr.arpa.", "127.100.in-addr.arpa.",
		strings.Repeat("0.", 32) + "ip6.arpa.", "d.f.ip6.arpa.", "8.e.f.ip6.arpa.", "b.e.f.ip6.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa.",
		"test.", "invalid.", "onion.", "home.arpa.", "127.in-addr.arpa."}
	questions := []dns.Question{{Name: "localhost.", Qtype: dns.TypeA}, {Name: "localhost.", Qtype: dns.TypeAAAA}, {Name: "localhost.", Qtype: dns.TypeMX},
		{Name: "1.0.0.127.in-addr.arpa.", Qtype: dns.TypePTR}, {Name: "1." + strings.Repeat("0.", 31) + "ip6.arpa.", Qtype: dns.TypePTR}}
	for _, zone := range zones {
		questions = append(questions, dns.Question{Name: zone, Qtype: dns.TypeSOA}, dns.Question{Name: zone, Qtype: dns.TypeA}, dns.Question{Name: "x." + zone, Qtype: dns.TypePTR})
	}
	for _, q := range questions {
		theirs, ours := said(ask(5302, q, time.Second)), said(asked(t, nil, r, q.Name, q.Qtype, nil))
		if theirs != ours {
			t.Errorf("%s %s: Unbound says %q, we say %q", q.Name, dns.TypeToString[q.Qtype], theirs, ours)
		}
	}
}
