package dnslookup

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestAppendQuery: we pack what miekg packs.
func TestAppendQuery(t *testing.T) {
	for _, name := range []string{".", "cn.", "www.example.cn.", `a\.b.x.`, `\000\255.x.`, strings.Repeat("a", 63) + ".x.", strings.Repeat("abcdefg.", 31) + "abcde."} {
		m := new(dns.Msg)
		m.SetQuestion(name, dns.TypeMX)
		m.Id = 0x1234
		m.SetEdns0(udpSize, false)
		want, err := m.Pack()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := appendQuery(nil, 0x1234, Question{name, TypeMX}); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x %v, want %x", name, got, err, want)
		}
	}
	for _, name := range []string{"", "no.dot", "a..b.", ".a.", strings.Repeat("a", 64) + ".x.", strings.Repeat("abcdefg.", 32)} {
		if _, err := appendQuery(nil, 1, Question{name, TypeA}); err == nil {
			t.Errorf("%q was packed", name)
		}
	}
}

// FuzzPackName: a name that ParseName accepts is packed as miekg packs it, and
// is read back the same.
func FuzzPackName(f *testing.F) {
	for _, name := range []string{"www.example.cn", "清华大学.cn", "_dmarc.x", `a\.b`, `\200`, "faß.de", "a..b", "."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := ParseName(s)
		if err != nil {
			return
		}
		query, err := appendQuery(nil, 7, Question{name, TypeA})
		if err != nil {
			t.Fatalf("%q became %q, which cannot be packed: %v", s, name, err)
		}
		m, err := Decode(query)
		if err != nil || m.Question[0].Name != name {
			t.Fatalf("%q is read back as %v: %v", name, m.Question, err)
		}
		theirs := make([]byte, 300)
		n, err := dns.PackDomainName(name, theirs, 0, nil, false)
		if err != nil || !bytes.Equal(theirs[:n], query[12:12+n]) {
			t.Fatalf("%q: miekg packs %x (%v), we %x", name, theirs[:n], err, query)
		}
		if again, err := ParseName(name); err != nil || again != name {
			t.Fatalf("%q parsed again is %q: %v", name, again, err)
		}
	})
}

// FuzzFastRecords: where the quick way and Decode both read a reply, they read
// the same.
func FuzzFastRecords(f *testing.F) {
	query, _ := appendQuery(nil, 7, Question{"www.example.cn.", TypeA})
	reply := append([]byte(nil), query[:len(query)-optLength]...)
	reply[2] |= 0x80
	reply[7], reply[11] = 1, 0
	f.Add(append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < 12 || !sameQuestion(raw, query) {
			return
		}
		fast, ok := fastRecords(raw, len(query)-optLength, "www.example.cn.")
		m, err := Decode(raw)
		if !ok || err != nil {
			return
		}
		for i := range m.Answer {
			m.Answer[i].Name = strings.ToLower(m.Answer[i].Name)
		}
		if !slices.Equal(fast, m.Answer) {
			t.Errorf("%x: quickly %v, thoroughly %v", raw, fast, m.Answer)
		}
	})
}

func TestCanonicalLess(t *testing.T) { // RFC 4034 6.1
	names := []string{"example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.", `\001.z.example.`, "*.z.example.", `\200.z.example.`}
	for i := range names {
		for j := range names {
			if got := canonicalLess(names[i], names[j]); got != (i < j) {
				t.Errorf("%s < %s is %v", names[i], names[j], got)
			}
		}
	}
}

func TestReadScutil(t *testing.T) {
	c := readScutil(strings.NewReader(`DNS configuration

resolver #1
  search domain[0] : example.cn
  nameserver[0] : 192.0.2.53
  nameserver[1] : fe80::1%en0
  if_index : 6 (en0)
  reach    : 0x00000002 (Reachable)

resolver #2
  domain   : local
  nameserver[0] : 192.0.2.99
`))
	if len(c.Servers) != 2 || c.Servers[1].Addr.String() != "[fe80::1%en0]:53" || !slices.Equal(c.Search, []string{"example.cn"}) {
		t.Errorf("%+v", c)
	}
}
