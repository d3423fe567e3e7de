package main

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
)

// TestExtendedErrors: the text is shown as it was written, with what could
// harm a terminal escaped; one of a single byte is malformed.
func TestExtendedErrors(t *testing.T) {
	with := func(option []byte) fake {
		return func(_ string, q *dns.Msg) [][]byte {
			m := message(q, dns.RcodeServerFailure)
			m.SetEdns0(1232, false)
			m.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_LOCAL{Code: 15, Data: option}}
			raw, _ := m.Pack()
			return [][]byte{raw}
		}
	}
	server := with(append([]byte{0, 22}, "权威服务器\x1b]0;x\a\u202e\u200b\u2028\x9b"...)).start(t)
	_, _, stderr := run(t, "", "x.test", "A", server)
	if !strings.Contains(stderr, `No Reachable Authority: 权威服务器\x1b]0;x\x07\u202e\u200b\u2028\x9b`) {
		t.Errorf("%q", stderr)
	}
	server = with([]byte{0}).start(t)
	code, _, stderr := run(t, "", "x.test", "A", server)
	if code != 3 || !strings.Contains(stderr, "Extended error (15) with 1 byte of data is malformed (RFC 8914 2)") {
		t.Errorf("exit %d %q", code, stderr)
	}
}

// TestOptionsSent: what the flags ask for is in the query, and what comes back
// is shown.
func TestOptionsSent(t *testing.T) {
	var tries atomic.Int32
	server := fake(func(_ string, q *dns.Msg) [][]byte {
		opt := q.IsEdns0()
		seen := map[uint16]string{}
		for _, o := range opt.Option {
			seen[o.Option()] = o.String()
		}
		raw, _ := q.Pack()
		if seen[8] != "192.0.2.0/24/0" && !strings.HasPrefix(seen[8], "192.0.2.0/24") || len(raw)%128 != 0 {
			return answer(q, dns.RcodeFormatError)
		}
		rcode := 0
		cookie := seen[10]
		if tries.Add(1) == 1 {
			rcode = dns.RcodeBadCookie
			cookie += strings.Repeat("ab", 8)
		} else if len(cookie) != 32 {
			return answer(q, refused)
		}
		m := message(q, rcode&15, "x.test. 60 IN A 192.0.2.1")
		m.Rcode = rcode
		m.SetEdns0(1232, false)
		m.IsEdns0().Option = []dns.EDNS0{
			&dns.EDNS0_NSID{Code: 3, Nsid: fmt.Sprintf("%x", "ns7.test")},
			&dns.EDNS0_COOKIE{Code: 10, Cookie: cookie},
			&dns.EDNS0_SUBNET{Code: 8, Family: 1, SourceNetmask: 24, SourceScope: 20, Address: net.IPv4(192, 0, 2, 0).To4()},
		}
		out, _ := m.Pack()
		return [][]byte{out}
	}).start(t)
	code, stdout, stderr := run(t, "", "--nsid", "--cookie", "--subnet", "192.0.2.77/24", "--padding", "x.test", "A", server)
	for _, want := range []string{`"ns7.test"`, "192.0.2.0/24, scope /20", "server abababababababab"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, no %s\n%s%s", code, want, stdout, stderr)
		}
	}
}

// TestForeignCookie: a reply with another client's cookie is not to our query.
func TestForeignCookie(t *testing.T) {
	server := fake(func(_ string, q *dns.Msg) [][]byte {
		m := message(q, 0, "x.test. 60 IN A 192.0.2.1")
		m.SetEdns0(1232, false)
		m.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_COOKIE{Code: 10, Cookie: "0102030405060708"}}
		raw, _ := m.Pack()
		return [][]byte{raw}
	}).start(t)
	code, _, stderr := run(t, "", "--timeout", "400ms", "--cookie", "x.test", "A", server)
	if code != 3 || !strings.Contains(stderr, "the cookie of another client") {
		t.Errorf("exit %d %q", code, stderr)
	}
}

// TestManyRemarks: a reply may carry thousands of options and errors; a screen
// does not.
func TestManyRemarks(t *testing.T) {
	server := fake(func(_ string, q *dns.Msg) [][]byte {
		m := message(q, 0, "x.test. 60 IN A 192.0.2.1")
		m.SetEdns0(1232, false)
		for i := range 3000 {
			m.IsEdns0().Option = append(m.IsEdns0().Option, &dns.EDNS0_EDE{InfoCode: uint16(i)}, &dns.EDNS0_LOCAL{Code: 65001, Data: []byte{1}})
		}
		raw, _ := m.Pack()
		return [][]byte{raw}
	}).start(t)
	code, stdout, _ := run(t, "", "--tcp", "x.test", "A", server)
	if n := strings.Count(stdout, "\n"); code != 0 || n > 50 || !strings.Contains(stdout, "192.0.2.1") {
		t.Errorf("exit %d, %d lines", code, n)
	}
}
