package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestDigHabits: types, classes and names in dig's order.
func TestDigHabits(t *testing.T) {
	asked := make(chan string, 100)
	server := fake(func(_ string, q *dns.Msg) [][]byte {
		question := q.Question[0]
		asked <- fmt.Sprintf("%s %s %s", question.Name, dns.Class(question.Qclass), dns.Type(question.Qtype))
		if question.Qtype == dns.TypeTXT && question.Qclass == dns.ClassCHAOS {
			return answer(q, 0, `version.bind. 0 CH TXT "9.18"`)
		}
		return answer(q, 0)
	}).start(t)
	host, port, _ := strings.Cut(server, ":")
	for args, want := range map[string]string{
		"-x 192.0.2.80":                  "80.2.0.192.in-addr.arpa. IN PTR",
		"-x 2001:db8::1 -t TXT":          "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN TXT",
		"-type=mx x.test":                "x.test. IN MX",
		"-t MX x.test":                   "x.test. IN MX",
		"x.test -t TYPE65280":            "x.test. IN TYPE65280",
		"CH TXT version.bind":            "version.bind. CH TXT",
		"ch txt version.bind":            "version.bind. CH TXT",
		"version.bind TXT CH":            "version.bind. CH TXT",
		"-c ch version.bind TXT":         "version.bind. CH TXT",
		"CLASS3 version.bind TXT":        "version.bind. CH TXT",
		"mx x.test":                      "x.test. IN MX",
		"x.test AMTRELAY":                "x.test. IN AMTRELAY",
		"x.test WALLET":                  "x.test. IN TYPE262",
		"x.test TYPE0":                   "x.test. IN None",
		"x.test nxname":                  "x.test. IN NXNAME",
		"x.test DLV":                     "x.test. IN DLV",
		"x.test RESINFO":                 "x.test. IN RESINFO",
		"x.test DSYNC":                   "x.test. IN TYPE66",
		"explain x.test -t L32":          "x.test. IN L32",
		"explain -c CH x.test TXT":       "x.test. CH TXT",
		"x.test HS TXT":                  "x.test. HS TXT",
		"printer.local A":                "printer.local. IN A", // @SERVER is meant
		"dnssec x.test TXT --no-recurse": "x.test. IN TXT",
	} {
		run(t, "", append(strings.Fields(args), server)...)
		got := ""
		for len(asked) > 0 {
			if s := <-asked; got == "" {
				got = s
			}
		}
		if got != want {
			t.Errorf("%s asks %q, want %q", args, got, want)
		}
	}
	if code, stdout, stderr := run(t, "", "-p", port, "CH", "TXT", "version.bind", host); code != 0 || !strings.Contains(stdout, `"9.18"`) {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// TestNotAsked: names that DNS does not know are not sent to a server.
func TestNotAsked(t *testing.T) {
	for args, want := range map[string]string{
		"host.local":                         "multicast DNS",
		"HOST.Local. AAAA":                   "RFC 6762 22.1",
		"169.254.1.2":                        "RFC 6762 4",
		"fe80::1":                            "RFC 6762 4",
		"trace host.local":                   "multicast DNS",
		"explain host.local":                 "multicast DNS",
		"10.0.0.256":                         "256 is larger than 255",
		"10.0.0":                             "it has 3 numbers, and an IPv4 address has 4",
		"10.0.0.1.5":                         "5 numbers",
		"192.168.01.1":                       "01 begins with 0",
		"10。0。0。1":                           "write 10.0.0.1",
		"1.2.3.x.9":                          "x is not a number",
		"fe80::1::2":                         "is no IPv6 address",
		"“www.example.cn”":                   "type it in ASCII: 'dnslookup www.example.cn'",
		"www.example.cn：80":                  "type it in ASCII: 'dnslookup www.example.cn'",
		"https：//www.example.cn/a":           "type it in ASCII: 'dnslookup www.example.cn'",
		"x.test ＠10.0.0.53":                  "type it in ASCII: @10.0.0.53",
		"-x １９２.0.2.80":                      "write 192.0.2.80",
		"reverse １９２。0。2。80":                 "write 192.0.2.80",
		"a.cn，b.cn":                          "type it in ASCII: 'dnslookup a.cn'",
		"a–b.cn":                             "has the character \"–\"",
		"www,example,cn":                     "'dnslookup www.example.cn'",
		"a.cn,b.cn":                          "'dnslookup a.cn b.cn'",
		"2001:db8::g":                        "is no IPv6 address",
		"00:0a:27:00:00:00":                  "MAC address",
		"00-0A-27-00-00-00":                  "MAC address",
		"[2001:db8::1]:53":                   "a name has no port",
		"x.test @10.0.0.256":                 "256 is larger than 255",
		"x.test @127.0.0.1#53":               "@127.0.0.1:53",
		"x.test @::1#53":                     "@[::1]:53",
		"x.test @fe80::53":                   "needs its interface",
		"x.test IXFR":                        "RFC 1995",
		"x.test IXFR=7":                      "RFC 1995",
		"trace x.test AXFR":                  "a whole zone",
		"explain x.test AXFR":                "a whole zone",
		"x.test --root 127.0.0.1":            "--root has no effect",
		"x.test --root 127.0.0.1 --anchor f": "--root has no effect",
		"trace x.test --no-recurse":          "--no-recurse has no effect",
		"x.test --no-minimise":               "--no-minimise has no effect",
		"trace x.test -c CH":                 "class CH has no effect",
		"x.test -p 5353":                     "--server-port",
		"x.test -c nope":                     "not a class",
		"x.test -t ixfr=7":                   "RFC 1995",
		"x.test -t nope":                     "not a record type",
		"-x nope":                            "not an IP address",
		"--dnssec -c CH x.test TXT":          "class CH has no effect",
		"x.test +short":                      "here it is --short",
		"x.test +trace":                      "dnslookup trace",
		"x.test --subnet nope":               "not a prefix",
		"x.test --padding=9999":              "--padding",
	} {
		code, stdout, stderr := run(t, "", append([]string{"--lab"}, strings.Fields(args)...)...)
		if code != 2 || !strings.Contains(joined(stdout+stderr), want) {
			t.Errorf("%s: exit %d, want %q\n%s%s", args, code, want, stdout, stderr)
		}
	}
	anchor := filepath.Join(t.TempDir(), "anchor")
	if err := os.WriteFile(anchor, []byte(". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for args, code := range map[string]int{"x.test": 2, "trace a.example.cn": 2, "dnssec a.example.cn": 4, "--dnssec a.example.cn": 4} {
		got, stdout, stderr := run(t, "", append([]string{"--lab", "--anchor", anchor}, strings.Fields(args)...)...)
		if got != code {
			t.Errorf("--anchor %s: exit %d\n%s%s", args, got, stdout, stderr)
		}
	}
}

// TestNoServer: the server's own name is what is wrong.
func TestNoServer(t *testing.T) {
	code, _, stderr := run(t, "", "--lab", "x.test", "@nosuch.host")
	if code != 3 || !strings.Contains(stderr, "nosuch.host") || !strings.Contains(stderr, "has no address") || !strings.Contains(stderr, "hint: check the name after the @") {
		t.Errorf("exit %d %s", code, stderr)
	}
}

// TestNothingRegistered: what does not exist below a public suffix is not
// registered there.
func TestNothingRegistered(t *testing.T) {
	for name, registered := range map[string]bool{"nosuch-name.cn": false, "www.nosuch-name.cn": false, "nope.example.cn": true, "a.example.cn": true} {
		_, stdout, _ := run(t, "", "--lab", name)
		if !strings.Contains(stdout, "cn (ICANN)") || strings.Contains(stdout, "is registered there") != registered {
			t.Errorf("%s:\n%s", name, stdout)
		}
	}
}

// TestWrongPlace: where a computer answers, but no name server, nothing is said
// of a network that might be missing.
func TestWrongPlace(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := "@" + ln.Addr().String()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
			conn.Close()
		}
	}()
	for flag, want := range map[string]string{"--tls": "does not speak TLS", "--https": "does not speak TLS"} {
		code, _, stderr := run(t, "", flag, "x.test", "A", at)
		if code != 3 || !strings.Contains(stderr, want) || !strings.Contains(stderr, "hint: is that the right address, port and transport?") {
			t.Errorf("%s: exit %d %s", flag, code, stderr)
		}
	}
	ln.Close()
	code, _, stderr := run(t, "", "--tcp", "x.test", "A", at)
	if code != 3 || !strings.Contains(stderr, "no program listens there (TCP)") || !strings.Contains(stderr, "hint: is that the right") {
		t.Errorf("exit %d %s", code, stderr)
	}
}
