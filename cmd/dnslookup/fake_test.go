package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// A fake is a name server on loopback whose replies a test makes up. It gives
// the messages to send, in order; none is silence.
type fake func(network string, q *dns.Msg) [][]byte

// start serves over UDP and TCP until the test ends, and returns the address
// with an @ before it.
func (f fake) start(t *testing.T) string {
	t.Helper()
	for range 20 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.ListenPacket("udp", ln.Addr().String())
		if err != nil {
			ln.Close()
			continue
		}
		var work sync.WaitGroup
		t.Cleanup(func() { ln.Close(); conn.Close(); work.Wait() })
		work.Go(func() { f.serveUDP(conn) })
		work.Go(func() { f.serveTCP(ln) })
		return "@" + ln.Addr().String()
	}
	t.Fatal("no port is free for both TCP and UDP")
	return ""
}

func (f fake) serveUDP(conn net.PacketConn) {
	var work sync.WaitGroup
	defer work.Wait()
	for {
		buf := make([]byte, 65535)
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		work.Go(func() { // a reply may wait for another query
			for _, reply := range f.replies("udp", buf[:n]) {
				conn.WriteTo(reply, from)
			}
		})
	}
}

func (f fake) serveTCP(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for {
				var length [2]byte
				if _, err := io.ReadFull(conn, length[:]); err != nil {
					return
				}
				query := make([]byte, binary.BigEndian.Uint16(length[:]))
				if _, err := io.ReadFull(conn, query); err != nil {
					return
				}
				replies := f.replies("tcp", query)
				for _, reply := range replies {
					conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
				}
				if len(replies) == 0 {
					return
				}
			}
		}()
	}
}

func (f fake) replies(network string, raw []byte) [][]byte {
	q := new(dns.Msg)
	if err := q.Unpack(raw); err != nil {
		return nil
	}
	return f(network, q)
}

// answer makes a reply with records of the answer, and after "--" those of the
// authority section.
func answer(q *dns.Msg, rcode int, records ...string) [][]byte {
	m := message(q, rcode, records...)
	raw, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return [][]byte{raw}
}

func message(q *dns.Msg, rcode int, records ...string) *dns.Msg {
	m := new(dns.Msg)
	m.SetRcode(q, rcode)
	m.RecursionAvailable = true
	section := &m.Answer
	for _, text := range records {
		if text == "--" {
			section = &m.Ns
			continue
		}
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		*section = append(*section, rr)
	}
	return m
}

const (
	refused  = dns.RcodeRefused
	nxdomain = dns.RcodeNameError
)

// typeOf is the type that a query asks for.
func typeOf(q *dns.Msg) uint16 { return q.Question[0].Qtype }

func nameOf(q *dns.Msg) string { return strings.ToLower(q.Question[0].Name) }

// TestOneOfTwo: A has an answer, AAAA has none. What came is shown, and the
// rest is a note (RFC 4074 4).
func TestOneOfTwo(t *testing.T) {
	for name, aaaa := range map[string]func(q *dns.Msg) [][]byte{
		"no reply":       func(*dns.Msg) [][]byte { return nil },
		"SERVFAIL":       func(q *dns.Msg) [][]byte { return answer(q, dns.RcodeServerFailure) },
		"REFUSED":        func(q *dns.Msg) [][]byte { return answer(q, refused) },
		"NOTIMP":         func(q *dns.Msg) [][]byte { return answer(q, dns.RcodeNotImplemented) },
		"contradicts":    func(q *dns.Msg) [][]byte { return answer(q, nxdomain) },
		"a broken reply": func(q *dns.Msg) [][]byte { return [][]byte{append(answer(q, 0)[0], 0)} },
		"a referral":     func(q *dns.Msg) [][]byte { return answer(q, 0, "--", "test. 60 IN NS ns.test.") },
	} {
		server := fake(func(_ string, q *dns.Msg) [][]byte {
			if typeOf(q) == dns.TypeAAAA {
				return aaaa(q)
			}
			return answer(q, 0, "x.test. 60 IN A 192.0.2.1")
		}).start(t)
		code, stdout, stderr := run(t, "", "--timeout", "400ms", "x.test", server)
		if code != 0 || !strings.Contains(stdout, "192.0.2.1") || !strings.Contains(joined(stdout), name) {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
		code, stdout, stderr = run(t, "", "--timeout", "400ms", "--short", "x.test", server)
		if code != 0 || stdout != "192.0.2.1\n" || !strings.Contains(stderr, name) {
			t.Errorf("%s --short: exit %d %q %q", name, code, stdout, stderr)
		}
		code, stdout, _ = run(t, "", "--timeout", "400ms", "--json", "x.test", server)
		res := parsed(t, stdout)
		if code != 0 || len(res.Records) != 1 || len(res.Failed) != 1 || res.Error != "" || res.Rcode != "NOERROR" {
			t.Errorf("%s --json: exit %d %+v", name, code, res)
		}
	}
}

// joined undoes the breaks of lines.
func joined(s string) string { return strings.Join(strings.Fields(s), " ") }

type parsedResult struct {
	Rcode    string
	Records  []struct{ Data string }
	Chain    []struct{ Data string }
	Referral []struct{ Name, Data string }
	Failed   []struct{ Type, Error string }
	Notes    []string
	Error    string
	Queries  int
	Local    string
	Options  []struct{ Name, Value string }
	Errors   []struct{ Text string }
}

func parsed(t *testing.T, line string) (res parsedResult) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &res); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return res
}

// TestAtOnce: the server answers neither question before it has got both.
func TestAtOnce(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	server := fake(func(_ string, q *dns.Msg) [][]byte {
		both.Done()
		both.Wait()
		if typeOf(q) == dns.TypeA {
			return answer(q, 0, "x.test. 60 IN A 192.0.2.1")
		}
		return answer(q, 0, "x.test. 60 IN AAAA 2001:db8::1")
	}).start(t)
	code, stdout, stderr := run(t, "", "x.test", server)
	if code != 0 || !strings.Contains(stdout, "x.test has 2 addresses") || !strings.Contains(stdout, "with 2 queries") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// TestReferralToStub: a server that names others does not answer for the name;
// it does not say that the name exists (RFC 2308 2.2).
func TestReferralToStub(t *testing.T) {
	for _, tt := range []struct{ ns, want string }{
		{"test. 60 IN NS ns.test.", "a referral"},
		{". 60 IN NS a.root-servers.net.", "upward referral"},
	} {
		server := fake(func(_ string, q *dns.Msg) [][]byte { return answer(q, 0, "--", tt.ns) }).start(t)
		code, stdout, stderr := run(t, "", "x.test", server)
		if code != 3 || !strings.Contains(stdout, "does not answer for it, and names others") || strings.Contains(stdout, "exists,") || strings.Contains(stdout, "registered") {
			t.Errorf("exit %d\n%s%s", code, stdout, stderr)
		}
		code, stdout, stderr = run(t, "", "--short", "x.test", "A", server)
		if code != 3 || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("--short: exit %d %q %q", code, stdout, stderr)
		}
		code, stdout, _ = run(t, "", "--json", "x.test", "A", server)
		if res := parsed(t, stdout); code != 3 || len(res.Referral) != 1 || res.Error == "" {
			t.Errorf("--json: exit %d %+v", code, res)
		}
		code, stdout, _ = run(t, "x.test\n", "batch", "--quiet", "-", server)
		if code != 3 || !strings.HasPrefix(stdout, "x.test ERROR ") || !strings.Contains(stdout, tt.want) {
			t.Errorf("batch: exit %d %q", code, stdout)
		}
		code, stdout, stderr = run(t, "", "trace", "--timeout", "400ms", "--root", strings.TrimPrefix(server, "@"), "x.test")
		if code != 3 {
			t.Errorf("trace: exit %d\n%s%s", code, stdout, stderr)
		}
	}
}

// TestChainThenRefused: the aliases that were found are shown, whatever comes
// after them.
func TestChainThenRefused(t *testing.T) {
	alias := "www.test. 60 IN CNAME web.other."
	for name, f := range map[string]fake{
		"target refused": func(_ string, q *dns.Msg) [][]byte {
			if nameOf(q) == "www.test." {
				return answer(q, 0, alias)
			}
			return answer(q, refused)
		},
		"refused with the alias":      func(_ string, q *dns.Msg) [][]byte { return answer(q, refused, alias) },
		"refused with alias and data": func(_ string, q *dns.Msg) [][]byte { return answer(q, refused, alias, "web.other. 60 IN A 192.0.2.1") },
		"DNAME": func(_ string, q *dns.Msg) [][]byte {
			if nameOf(q) == "www.test." {
				return answer(q, 0, "test. 60 IN DNAME other.", "www.test. 60 IN CNAME www.other.")
			}
			return answer(q, refused)
		},
		"a referral": func(_ string, q *dns.Msg) [][]byte {
			if nameOf(q) == "www.test." {
				return answer(q, 0, alias)
			}
			return answer(q, 0, "--", "other. 60 IN NS ns.other.")
		},
	} {
		server := f.start(t)
		target := "web.other"
		if name == "DNAME" {
			target = "www.other"
		}
		why := "REFUSED"
		if name == "a referral" {
			why = "a referral"
		}
		code, stdout, stderr := run(t, "", "www.test", server)
		if code != 3 || !strings.Contains(joined(stdout), "-> "+target) || !strings.Contains(stderr, target) || !strings.Contains(stderr, why) || !strings.Contains(stderr, strings.TrimPrefix(server, "@")) {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
		code, stdout, stderr = run(t, "", "--short", "www.test", "A", server)
		if code != 3 || !strings.HasSuffix(stdout, target+".\n") || !strings.Contains(stderr, why) {
			t.Errorf("%s --short: exit %d %q %q", name, code, stdout, stderr)
		}
		code, stdout, _ = run(t, "", "--json", "www.test", "A", server)
		if res := parsed(t, stdout); code != 3 || len(res.Chain) == 0 || !strings.Contains(res.Error, why) {
			t.Errorf("%s --json: exit %d %+v", name, code, res)
		}
	}
}

// TestCutInside: a truncated reply may end anywhere; TCP has the whole one
// (RFC 2181 9).
func TestCutInside(t *testing.T) {
	whole := "x.test. 60 IN A 192.0.2.1"
	for _, missing := range []int{0, 1, 3, 17, 40, 50, 56} { // bytes of the reply that UDP leaves out
		server := fake(func(network string, q *dns.Msg) [][]byte {
			m := message(q, 0, whole, "x.test. 60 IN A 192.0.2.2")
			m.Truncated = network == "udp"
			raw, _ := m.Pack()
			if network == "udp" {
				raw = raw[:len(raw)-missing]
			}
			return [][]byte{raw}
		}).start(t)
		for _, args := range [][]string{{"x.test", "A", server}, {"explain", "x.test", server}, {"batch", "--quiet", "-", server}} {
			code, stdout, stderr := run(t, "x.test\n", args...)
			if code != 0 || !strings.Contains(stdout, "192.0.2.2") {
				t.Errorf("%d bytes cut off, %s: exit %d\n%s%s", missing, args[0], code, stdout, stderr)
			}
		}
	}
}

// TestRefusedReplies: what is no reply, or a malformed one, is named as that.
func TestRefusedReplies(t *testing.T) {
	header := func(change func(raw []byte)) fake {
		return func(_ string, q *dns.Msg) [][]byte {
			raw := answer(q, 0, "x.test. 60 IN A 192.0.2.1")[0]
			change(raw)
			return [][]byte{raw}
		}
	}
	for name, tt := range map[string]struct {
		f    fake
		want string
	}{
		"opcode UPDATE": {header(func(raw []byte) { raw[2] |= 5 << 3 }), "opcode UPDATE"},
		"opcode NOTIFY": {header(func(raw []byte) { raw[2] |= 4 << 3 }), "opcode NOTIFY"},
		"a query":       {header(func(raw []byte) { raw[2] &= 0x7f }), "a query came back"},
		"wrong ID":      {header(func(raw []byte) { raw[0] ^= 1 }), "1 reply came with a wrong ID"},
		"class CH": {func(_ string, q *dns.Msg) [][]byte {
			q.Question[0].Qclass = dns.ClassCHAOS
			return answer(q, 0)
		}, "another question"},
		"two wrong IDs": {func(_ string, q *dns.Msg) [][]byte {
			q.Id++
			return append(answer(q, 0), answer(q, 0)...)
		}, "2 replies came with a wrong ID"},
		"A of no bytes":      {data("0001", ""), "Address needs 4"},
		"AAAA of five bytes": {data("001c", "0102030405"), "Address needs 16"},
	} {
		server := tt.f.start(t)
		code, stdout, stderr := run(t, "", "--timeout", "400ms", "x.test", "A", server)
		if code != 3 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
	}
}

// data answers with a record of the type and data that are given in hex.
func data(rrtype, rdata string) fake {
	return func(_ string, q *dns.Msg) [][]byte {
		q.Extra = nil
		raw := answer(q, 0)[0]
		raw[7] = 1
		var record []byte
		fmt.Sscanf(fmt.Sprintf("c00c%s00010000003c%04x%s", rrtype, len(rdata)/2, rdata), "%x", &record)
		return [][]byte{append(raw, record...)}
	}
}

// TestHeaderCounts: the header says NXDOMAIN, and records are there all the
// same.
func TestHeaderCounts(t *testing.T) {
	server := fake(func(_ string, q *dns.Msg) [][]byte { return answer(q, nxdomain, "x.test. 60 IN A 192.0.2.1") }).start(t)
	code, stdout, _ := run(t, "", "--json", "x.test", "A", server)
	if res := parsed(t, stdout); code != 1 || res.Rcode != "NXDOMAIN" || len(res.Records) != 1 || len(res.Notes) != 1 {
		t.Errorf("exit %d %+v", code, res)
	}
	code, stdout, _ = run(t, "", "x.test", "A", server)
	if code != 1 || !strings.Contains(stdout, "NXDOMAIN") || !strings.Contains(stdout, "contradicts itself") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
	code, stdout, _ = run(t, "x.test\n", "batch", "--quiet", "-", server)
	if code != 1 || stdout != "x.test NXDOMAIN\n" {
		t.Errorf("batch: exit %d %q", code, stdout)
	}
}

// TestTooManyAliases: forty aliases that lead somewhere are no circle.
func TestTooManyAliases(t *testing.T) {
	server := fake(func(_ string, q *dns.Msg) [][]byte {
		var chain []string
		for i := range 40 {
			chain = append(chain, fmt.Sprintf("n%d.test. 60 IN CNAME n%d.test.", i, i+1))
		}
		return answer(q, 0, append(chain, "n40.test. 60 IN A 192.0.2.1")...)
	}).start(t)
	code, stdout, stderr := run(t, "", "--tcp", "n0.test", "A", server)
	if code != 3 || !strings.Contains(stderr, "too many aliases in a row: more than 16") || strings.Contains(stderr, "circle") || !strings.Contains(stdout, "n1.test") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// TestReset: a connection that is reset is told in words of our own.
func TestReset(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 512))
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}()
	code, _, stderr := run(t, "", "--tcp", "x.test", "A", "@"+ln.Addr().String())
	if code != 3 || !strings.Contains(stderr, "the server broke the connection off (TCP)") {
		t.Errorf("exit %d %s", code, stderr)
	}
}

// TestRareTypes: data that the DNS library below us reads wrongly is no broken
// reply.
func TestRareTypes(t *testing.T) {
	for _, tt := range []struct{ name, number, data, want string }{
		{"AMTRELAY", "0104", "0a81cb00710f", "10 1 1 203.0.113.15"},
		{"AMTRELAY", "0104", "0a83" + "01610178" + "00", "10 1 3 a.x."},
		{"NXT", "001e", "00" + "60000002", ". A NS NXT"},
		{"WKS", "000b", "c000020106000040", "192.0.2.1 6 17"},
		{"WALLET", "0106", "0342544302" + "3162", `"BTC" "1b"`},
		{"DSYNC", "0042", "003b0114ef00", "CDS NOTIFY 5359 ."},
		{"APL", "002a", "0001180301020304" + "00", ""},
	} {
		server := data(tt.number, tt.data).start(t)
		code, stdout, stderr := run(t, "", "--short", "x.test", tt.name, server)
		if tt.want == "" {
			if code != 3 {
				t.Errorf("%s %s: exit %d %q", tt.name, tt.data, code, stdout)
			}
			continue
		}
		if code != 0 || stdout != tt.want+"\n" {
			t.Errorf("%s %s: exit %d %q, want %q %s", tt.name, tt.data, code, stdout, tt.want, stderr)
		}
	}
}
