package dnslookup_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

func TestReadResolvConf(t *testing.T) {
	c, err := dnslookup.ReadResolvConf(strings.NewReader(`# comment
; another
domain old.example
search a.example b.example . c.example d.example e.example f.example g.example h.example
nameserver 192.0.2.1
nameserver not-an-address
 nameserver 192.0.2.99
nameserver fe80::1%eth0
nameserver 192.0.2.2#comment
nameserver 192.0.2.3
options ndots:99 timeout:3 attempts:4 edns0 rotate no-aaaa
options use-vc single-request no-tld-query trust-ad no-check-names debug timeout:x attempts:-1
`), "resolv.conf")
	if err != nil || len(c.Servers) != 3 || c.Servers[1].Addr.String() != "[fe80::1%eth0]:53" || c.Servers[2].String() != "192.0.2.2" ||
		strings.Join(c.Search, " ") != "a.example b.example c.example d.example e.example f.example g.example h.example" ||
		c.Ndots != 15 || c.Timeout != 3*time.Second || c.Attempts != 4 || !c.UseTCP {
		t.Errorf("%+v, %v", c, err)
	}
	if c.Options != (dnslookup.Options{Rotate: true, NoAAAA: true, SingleRequest: true, NoTLDQuery: true, TrustAD: true}) {
		t.Errorf("%+v", c.Options)
	}
	r := &dnslookup.Resolver{}
	c.Apply(r)
	if r.Transport != dnslookup.TCP || r.Options != c.Options || r.Timeout != c.Timeout || r.Attempts != 4 {
		t.Errorf("applied: %+v", r.Options)
	}
	c, err = dnslookup.ReadResolvConf(strings.NewReader(""), "resolv.conf")
	if err != nil || len(c.Servers) != 1 || c.Servers[0].String() != "127.0.0.1" {
		t.Errorf("without a server: %+v, %v", c, err)
	}
	c, err = dnslookup.ReadResolvConf(strings.NewReader("options timeout:999 attempts:999 ndots:-1\n"), "resolv.conf")
	if err != nil || c.Timeout != 30*time.Second || c.Attempts != 5 || c.Ndots != 1 {
		t.Errorf("limits: %+v, %v", c, err)
	}
}

// TestAttempts: each round waits as long as the first, as resolv.conf(5) has it.
// The clock is the lab's.
func TestAttempts(t *testing.T) {
	for conf, want := range map[string]time.Duration{
		"options timeout:1 attempts:3": 3 * time.Second, // and not 1+2+4 s
		"options timeout:2":            4 * time.Second,
		"":                             10 * time.Second,
	} {
		c, err := dnslookup.ReadResolvConf(strings.NewReader("nameserver 192.0.2.250\n"+conf), "resolv.conf")
		if err != nil {
			t.Fatal(err)
		}
		w := lab(t)
		r := w.Resolver(dnslookup.Stub)
		c.Apply(r)
		start := w.Now()
		_, err = r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)
		if took := w.Now().Sub(start); !errors.Is(err, dnslookup.ErrTimeout) || took != want {
			t.Errorf("%q: %v, %v", conf, took, err)
		}
	}
}

// TestStubOptions: what the options of resolv.conf change in what is asked.
func TestStubOptions(t *testing.T) {
	asked := func(options dnslookup.Options, name string, lookups int) string {
		r := lab(t).Resolver(dnslookup.Stub)
		r.Options, r.Search = options, []string{"example.cn"}
		second := r.Servers[0]
		second.Name = "second."
		r.Servers = append(r.Servers, second)
		var list []string
		r.Trace = func(s dnslookup.Step) {
			text := s.Question.String()
			if s.Server.Name != "" {
				text += "@2"
			}
			if s.Query[3]&0x20 != 0 {
				text += " AD"
			}
			list = append(list, text)
		}
		for range lookups {
			r.Lookup(t.Context(), name)
		}
		return strings.Join(list, ", ")
	}
	for _, tt := range []struct {
		options dnslookup.Options
		name    string
		lookups int
		want    string
	}{
		{dnslookup.Options{}, "a.example.cn", 1, "a.example.cn. AAAA, a.example.cn. A"},
		{dnslookup.Options{NoAAAA: true}, "a.example.cn", 1, "a.example.cn. A"},
		{dnslookup.Options{SingleRequest: true}, "a.example.cn", 1, "a.example.cn. AAAA, a.example.cn. A"},
		{dnslookup.Options{TrustAD: true, NoAAAA: true}, "a.example.cn", 1, "a.example.cn. A AD"},
		{dnslookup.Options{NoAAAA: true}, "zz", 1, "zz.example.cn. A, zz. A"},
		{dnslookup.Options{NoAAAA: true, NoTLDQuery: true}, "zz", 1, "zz.example.cn. A"},
	} {
		if got := asked(tt.options, tt.name, tt.lookups); got != tt.want {
			t.Errorf("%+v: %s is asked as %q, want %q", tt.options, tt.name, got, tt.want)
		}
	}
	if got := asked(dnslookup.Options{Rotate: true, NoAAAA: true}, "a.example.cn", 2); got != "a.example.cn. A, a.example.cn. A@2" {
		t.Errorf("rotate: %q", got)
	}
}

// TestLinkLocal: a link-local server without its interface cannot be asked, and
// the error says what is missing.
func TestLinkLocal(t *testing.T) {
	c, err := dnslookup.ReadResolvConf(strings.NewReader("nameserver fe80::53\n"), "resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	r := &dnslookup.Resolver{Dial: (&net.Dialer{}).DialContext}
	c.Apply(r)
	if _, err = r.Lookup(t.Context(), "a.example", dnslookup.TypeA); !errors.Is(err, dnslookup.ErrNetwork) || !strings.Contains(err.Error(), "needs its interface: fe80::53%eth0") {
		t.Errorf("%v", err)
	}
}

// TestSearch: a short name is tried with the suffixes first, one with a dot as
// it is first, and the tries are told.
func TestSearch(t *testing.T) {
	for _, tt := range []struct {
		name     string
		found    string
		searched string
	}{
		{"a", "a.example.cn.", "a.example.org."},
		{"a.example.cn", "a.example.cn.", ""},
		{"b.ent", "b.ent.example.org.", "b.ent."},
		{"a.", "a.", ""},
		{"a。", "a.", ""},
	} {
		r := lab(t).Resolver(dnslookup.Stub)
		r.Search = []string{"example.org", "example.cn"}
		res, _ := r.Lookup(t.Context(), tt.name, dnslookup.TypeA)
		if got := strings.Join(res.Searched, " "); res.Name != tt.found || got != tt.searched {
			t.Errorf("%s: found %s after %q; want %s after %q", tt.name, res.Name, got, tt.found, tt.searched)
		}
	}
}

// TestNdots: with ndots:0 every name is tried as it is first.
func TestNdots(t *testing.T) {
	for option, want := range map[string]string{"ndots:0": "a.", "ndots:1": "a.example.cn.", "": "a.example.cn."} {
		c, err := dnslookup.ReadResolvConf(strings.NewReader("search example.cn\noptions "+option), "resolv.conf")
		if err != nil {
			t.Fatal(err)
		}
		r := lab(t).Resolver(dnslookup.Stub)
		r.Search, r.Ndots = c.Search, c.Ndots
		first := ""
		r.Trace = func(s dnslookup.Step) {
			if first == "" {
				first = s.Question.Name
			}
		}
		r.Lookup(t.Context(), "a", dnslookup.TypeA)
		if first != want {
			t.Errorf("options %s: %s is tried first, want %s", option, first, want)
		}
	}
}

func TestHosts(t *testing.T) {
	hosts, err := dnslookup.ReadHosts(strings.NewReader("127.0.0.1 localhost\n192.0.2.99 www.example.cn web # both\n::1 www.example.cn\nbad line\n"), "hosts")
	if err != nil {
		t.Fatal(err)
	}
	r := lab(t).Resolver(dnslookup.Stub)
	r.Hosts = hosts
	res, err := r.Lookup(t.Context(), "WWW.example.cn")
	if err != nil || res.Local != "hosts" || res.Queries != 0 || len(res.Addrs) != 2 {
		t.Errorf("%+v, %v", res, err)
	}
	if res, err := r.Lookup(t.Context(), "www.example.cn", dnslookup.TypeCNAME); err != nil || res.Local != "" {
		t.Errorf("a CNAME is not in the hosts file: %+v, %v", res, err)
	}
	if res, err := r.Reverse(t.Context(), netip.MustParseAddr("192.0.2.99")); err != nil || len(res.Records) != 2 {
		t.Errorf("reverse: %+v, %v", res, err)
	}
}

// TestOrder holds the examples of RFC 6724 10.2 that programs can see.
func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		name    string
		sources map[string]string // by destination
		want    []string
		rule    int
	}{
		{"prefer matching scope", map[string]string{"2001:db8:1::1": "2001:db8:1::2", "198.51.100.121": "169.254.13.78"}, []string{"2001:db8:1::1", "198.51.100.121"}, 2},
		{"prefer matching scope, the other way", map[string]string{"2001:db8:1::1": "fe80::1", "198.51.100.121": "198.51.100.117"}, []string{"198.51.100.121", "2001:db8:1::1"}, 2},
		{"prefer higher precedence", map[string]string{"2001:db8:1::1": "2001:db8:1::2", "10.1.2.3": "10.1.2.4"}, []string{"2001:db8:1::1", "10.1.2.3"}, 6},
		{"prefer smaller scope", map[string]string{"2001:db8:1::1": "2001:db8:1::2", "fe80::1": "fe80::2"}, []string{"fe80::1", "2001:db8:1::1"}, 8},
		{"prefer matching label", map[string]string{"2002:c633:6401::1": "2002:c633:6401::2", "2001:db8:1::1": "2002:c633:6401::2"}, []string{"2002:c633:6401::1", "2001:db8:1::1"}, 5},
		{"avoid unusable destinations", map[string]string{"2001:db8:1::1": "", "192.0.2.1": "192.0.2.9"}, []string{"192.0.2.1", "2001:db8:1::1"}, 1},
		{"longest prefix", map[string]string{"2001:db8:1::1": "2001:db8:3ffe::2", "2001:db8:3f44::1": "2001:db8:3ffe::2"}, []string{"2001:db8:3f44::1", "2001:db8:1::1"}, 9},
	} {
		var file strings.Builder
		for dest := range tt.sources {
			file.WriteString(dest + " x.test\n")
		}
		hosts, err := dnslookup.ReadHosts(strings.NewReader(file.String()), "hosts")
		if err != nil {
			t.Fatal(err)
		}
		r := &dnslookup.Resolver{Hosts: hosts, Source: func(a netip.Addr) netip.Addr {
			addr, _ := netip.ParseAddr(tt.sources[a.String()])
			return addr
		}}
		res, err := r.Lookup(t.Context(), "x.test")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range res.Addrs {
			got = append(got, a.Addr.String())
		}
		if !slices.Equal(got, tt.want) || res.Addrs[0].Rule != tt.rule {
			t.Errorf("%s: %v by rule %d, want %v by rule %d", tt.name, got, res.Addrs[0].Rule, tt.want, tt.rule)
		}
	}
}

// TestEncrypted: DNS over TLS and HTTPS in the lab.
func TestEncrypted(t *testing.T) {
	for _, transport := range []dnslookup.Transport{dnslookup.TLS, dnslookup.HTTPS} {
		w := lab(t)
		r := w.Resolver(dnslookup.Stub)
		r.Transport = transport
		r.Servers[0].Addr = netip.AddrPortFrom(r.Servers[0].Addr.Addr(), map[dnslookup.Transport]uint16{dnslookup.TLS: 853, dnslookup.HTTPS: 443}[transport])
		res, err := r.Lookup(t.Context(), "www.example.cn", dnslookup.TypeA)
		if got := found(res, err); got != "web.example.com.>192.0.2.80,192.0.2.81" || res.Via != transport {
			t.Errorf("%s: %q over %s (%v)", transport, got, res.Via, err)
		}
	}
}

// TestStranger: a certificate of somebody else is refused, on real sockets.
func TestStranger(t *testing.T) {
	recursor := &dnslookup.Recursor{Resolver: lab(t).Resolver(dnslookup.Iterative)}
	web := httptest.NewUnstartedServer(recursor)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	go recursor.ServeTCP(t.Context(), ln)
	known := x509.NewCertPool()
	known.AddCert(web.Certificate())
	for transport, addr := range map[dnslookup.Transport]net.Addr{dnslookup.TLS: ln.Addr(), dnslookup.HTTPS: web.Listener.Addr()} {
		r := &dnslookup.Resolver{Transport: transport, Dial: (&net.Dialer{}).DialContext, Servers: []dnslookup.Server{{Addr: netip.MustParseAddrPort(addr.String())}}}
		if _, err := r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA); !errors.Is(err, dnslookup.ErrNetwork) || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: a certificate of nobody we know: %v", transport, err)
		}
		r = &dnslookup.Resolver{Transport: transport, Dial: r.Dial, Servers: r.Servers, TLS: &tls.Config{RootCAs: known}}
		if got := found(r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)); got != "192.0.2.1" {
			t.Errorf("%s: with a certificate that we know: %q", transport, got)
		}
	}
}

// TestNoMessage: a web server that is there, but knows no DNS.
func TestNoMessage(t *testing.T) {
	web := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }))
	defer web.Close()
	known := x509.NewCertPool()
	known.AddCert(web.Certificate())
	r := &dnslookup.Resolver{Transport: dnslookup.HTTPS, Dial: (&net.Dialer{}).DialContext, TLS: &tls.Config{RootCAs: known},
		Servers: []dnslookup.Server{{Addr: netip.MustParseAddrPort(web.Listener.Addr().String())}}}
	if _, err := r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA); !errors.Is(err, dnslookup.ErrServer) || !strings.Contains(err.Error(), "text/html") {
		t.Errorf("%v", err)
	}
}

// TestShortRead: TCP ends in the middle of a message. It is tried again, once.
func TestShortRead(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	accepted := make(chan int, 10)
	go func() {
		for n := 1; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			query := make([]byte, 512)
			conn.Read(query)
			conn.Write([]byte{0, 100, query[2], query[3], 0x80})
			conn.Close()
			accepted <- n
		}
	}()
	r := &dnslookup.Resolver{Dial: (&net.Dialer{}).DialContext, Transport: dnslookup.TCP, Servers: []dnslookup.Server{{Addr: netip.MustParseAddrPort(ln.Addr().String())}}}
	_, err = r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA)
	if !errors.Is(err, dnslookup.ErrFormat) || !strings.Contains(err.Error(), "short read") {
		t.Errorf("the error is %v", err)
	}
	if n := <-accepted + <-accepted; n != 3 || len(accepted) > 0 {
		t.Errorf("asked %d times", n)
	}
}

// TestServers: the next server is asked where the first one fails.
func TestServers(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Stub)
	r.Servers = append([]dnslookup.Server{{Addr: netip.MustParseAddrPort("198.51.100.66:53")}, {Addr: netip.MustParseAddrPort("198.51.100.99:53")}}, r.Servers...)
	var outcomes []dnslookup.Outcome
	r.Trace = func(s dnslookup.Step) { outcomes = append(outcomes, s.Outcome) }
	if _, err := r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA); err != nil || !slices.Equal(outcomes, []dnslookup.Outcome{dnslookup.Lame, dnslookup.Silent, dnslookup.Answered}) {
		t.Errorf("%v, %v", outcomes, err)
	}
}

// FuzzRecursor: no query from a stranger makes the recursor panic, or answer
// what is not a query.
func FuzzRecursor(f *testing.F) {
	q := new(dns.Msg)
	q.SetQuestion("www.example.cn.", dns.TypeA)
	q.SetEdns0(1232, true)
	raw, _ := q.Pack()
	f.Add(raw)
	f.Add(reply)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := lab(t).Resolver(dnslookup.Iterative)
		r.DNSSEC = true
		out := (&dnslookup.Recursor{Resolver: r}).Reply(t.Context(), "udp", raw)
		if out == nil {
			return
		}
		if len(out) > 1232 {
			t.Errorf("a reply of %d octets over UDP", len(out))
		}
		if m, err := dnslookup.Decode(out); err != nil || !m.Response || m.ID != uint16(raw[0])<<8|uint16(raw[1]) {
			t.Errorf("%x is answered by %x: %v", raw, out, err)
		}
	})
}

// TestSearchGoesOn: a suffix whose servers fail does not end the search; if no
// other has the name, the failure counts.
func TestSearchGoesOn(t *testing.T) {
	for name, want := range map[string]string{"a": "a.example.cn. <nil>", "zz": "zz.lame.cn. SERVFAIL"} {
		r := lab(t).Resolver(dnslookup.Stub)
		r.Search = []string{"lame.cn", "example.cn"}
		res, err := r.Lookup(t.Context(), name, dnslookup.TypeA)
		got := fmt.Sprint(res.Name, " ", err)
		if err != nil {
			got = fmt.Sprint(res.Name, " ", res.Rcode)
		}
		if got != want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, want)
		}
	}
}
