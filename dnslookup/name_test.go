package dnslookup_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"onwire/dnslookup"
)

func TestParseName(t *testing.T) {
	label63, label64 := strings.Repeat("a", 63), strings.Repeat("a", 64)
	name255 := strings.Repeat(label63+".", 3) + strings.Repeat("b", 61)
	for _, tt := range []struct{ in, want, reason string }{
		{"www.Example.CN", "www.example.cn.", ""},
		{"www.example.cn.", "www.example.cn.", ""},
		{".", ".", ""},
		{"中文.cn", "xn--fiq228c.cn.", ""},
		{"清华大学.cn", "xn--xkry9kk1bz66a.cn.", ""},
		{"清华大学。cn", "xn--xkry9kk1bz66a.cn.", ""},
		{"faß.de", "xn--fa-hia.de.", ""},
		{"_dmarc.example.cn", "_dmarc.example.cn.", ""},
		{`a\.b.cn`, `a\.b.cn.`, ""},
		{`a\.`, `a\..`, ""},
		{`a\\.`, `a\\.`, ""},
		{`a\046b.cn`, `a\.b.cn.`, ""},
		{`\097.cn`, "a.cn.", ""},
		{label63 + ".cn", label63 + ".cn.", ""},
		{name255, name255 + ".", ""},
		{"", "", "at least one character"},
		{"a..b", "", "two dots in a row"},
		{".a", "", "starts with a dot"},
		{"a..", "", "two dots in a row"},
		{"中..文", "", "two dots in a row"},
		{label64 + ".cn", "", "has 64 octets; at most 63"},
		{name255 + "b", "", "takes 256 octets"},
		{"a b", "", "has the character ' '"},
		{`a\`, "", "backslash"},
		{`a\12`, "", "fewer than three digits"},
		{`a\256`, "", "255"},
		{"a\xff", "", "UTF-8"},
		{"-ü.cn", "", `label "-ü" starts or ends with a hyphen`},
		{"www.ü-.cn", "", `label "ü-" starts or ends with a hyphen`},
		{"ab--ü.cn", "", "third and fourth place"},
		{"xn--ü.cn", "", "starts with xn--"},
		{"a.\u0301a.cn", "", "combining mark"},
		{"a\u200db.cn", "", "invisible joiner"},
		{"क्\u200dष.in", "xn--11b2ezcw70k.in.", ""}, // here a joiner may stand
		{"aא.cn", "", "two directions"},
		{"ابج.cn", "xn--mgbcm.cn.", ""},
		{"_dmarc.ابج.cn", "_dmarc.xn--mgbcm.cn.", ""},
		{"_dmarc.清华大学.cn", "_dmarc.xn--xkry9kk1bz66a.cn.", ""},
		{"a…b", "", "disallowed rune U+2026"},
		{"😀.cn", "xn--e28h.cn.", ""},
		{"清华大学．CN｡", "xn--xkry9kk1bz66a.cn.", ""},
	} {
		got, err := dnslookup.ParseName(tt.in)
		var wrong *dnslookup.NameError
		switch {
		case tt.reason == "" && (err != nil || !strings.HasPrefix(got, tt.want)):
			t.Errorf("%q: %q, %v; want %q", tt.in, got, err, tt.want)
		case tt.reason != "" && (!errors.As(err, &wrong) || !strings.Contains(wrong.Reason, tt.reason)):
			t.Errorf("%q: %v; want %q", tt.in, err, tt.reason)
		}
	}
}

func TestUnicode(t *testing.T) {
	for in, want := range map[string]string{
		"xn--xkry9kk1bz66a.cn.": "清华大学.cn", "www.example.cn.": "www.example.cn", ".": ".",
		"xn--a.cn.": "xn--a.cn", "xn--.cn.": "xn--.cn",
	} {
		if got := dnslookup.Unicode(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestSuffix(t *testing.T) {
	for in, want := range map[string]string{
		"www.example.com.cn.": "com.cn ICANN", "example.github.io.": "github.io private", "x.nosuchtld.": "nosuchtld ", ".": ". ",
	} {
		suffix, by := dnslookup.Suffix(in)
		if got := suffix + " " + by; got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestReverseName(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "1.2.0.192.in-addr.arpa.", "::ffff:192.0.2.1": "1.2.0.192.in-addr.arpa.",
		"2001:db8::1": "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
	} {
		if got := dnslookup.ReverseName(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestParseServer(t *testing.T) {
	for _, tt := range []struct {
		in   string
		t    dnslookup.Transport
		want string
	}{
		{"@9.9.9.9", dnslookup.UDP, "9.9.9.9"}, {"@9.9.9.9:5353", dnslookup.UDP, "9.9.9.9:5353"},
		{"2620:fe::fe", dnslookup.TLS, "[2620:fe::fe]:853"}, {"[2620:fe::fe]", dnslookup.UDP, "2620:fe::fe"}, {"[::1]:53", dnslookup.TCP, "::1"},
		{"dns.example", dnslookup.TLS, "dns.example"}, {"dns.example:853", dnslookup.UDP, "dns.example"},
		{"https://dns.example/q", dnslookup.HTTPS, "dns.example"}, {"https://9.9.9.9/q", dnslookup.HTTPS, "9.9.9.9:443"}, {"https://9.9.9.9/q{?dns}", dnslookup.HTTPS, "9.9.9.9:443"}, {"https://dns.example/q", dnslookup.TLS, ""},
		{"@", dnslookup.UDP, ""}, {"1.1.1.1:0", dnslookup.UDP, ""}, {"x:99999", dnslookup.UDP, ""}, {"a..b", dnslookup.UDP, ""}, {"http://x", dnslookup.HTTPS, ""},
	} {
		s, err := dnslookup.ParseServer(tt.in, tt.t)
		if tt.want == "" != (err != nil) || err == nil && s.String() != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.in, s, err, tt.want)
		}
	}
}
