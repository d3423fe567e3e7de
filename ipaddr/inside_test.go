package ipaddr_test

import (
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"

	"onwire/ipaddr"
	"onwire/wire"

	"github.com/google/go-cmp/cmp"
)

func TestEmbeddedIn(t *testing.T) {
	for address, want := range map[string][]string{
		"192.0.2.1":           nil,
		"2001:db8::1":         nil,
		"::1":                 nil,
		"::":                  nil,
		"::ffff:192.0.2.128":  {"IPv4-mapped 192.0.2.128 @96+32"},
		"::1.2.3.4":           {"IPv4-compatible 1.2.3.4 @96+32"},
		"64:ff9b::192.0.2.33": {"NAT64 192.0.2.33 @96+32"},
		// RFC 6052 2.4 has these texts for 192.0.2.33 and other prefixes.
		"64:ff9b:1:c000:2:2100::":    {"NAT64 192.0.2.33 @48+40"},
		"64:ff9b:1:3c0:0:221::":      {"NAT64 192.0.2.33 @56+40"},
		"64:ff9b:1:3:c0:2:2100:0":    {"NAT64 192.0.2.33 @72+32"},
		"64:ff9b:1:fffe::192.0.2.33": {"NAT64 192.0.2.33 @96+32"},
		"2002:c000:204::1":           {"6to4 192.0.2.4 @16+32"},
		// RFC 4380 4's own example: server 65.54.227.120, client 192.0.2.45:40000.
		"2001:0000:4136:e378:8000:63bf:3fff:fdd2": {
			"Teredo server 65.54.227.120 @32+32", "Teredo flags 0x8000 @64+16", "Teredo port 40000 @80+16", "Teredo client 192.0.2.45 @96+32",
		},
		"fe80::5efe:192.0.2.1":     {"ISATAP 192.0.2.1 @96+32"},
		"fe80::200:5efe:192.0.2.1": {"ISATAP 192.0.2.1 @96+32"},
		"fe80::211:22ff:fe33:4455": {"EUI-64 MAC 00:11:22:33:44:55 @64+64"},
		"fd12:3456:789a:1::1":      {"ULA global ID 123456789a @8+40", "ULA subnet ID 0001 @48+16"},
		"ff02::1:ff33:4455":        {"solicited-node suffix 33:4455 @104+24"},
	} {
		var got []string
		for _, e := range ipaddr.EmbeddedIn(netip.MustParseAddr(address)) {
			got = append(got, fmt.Sprintf("%s %s @%d+%d", e.Kind, e.Value, e.Bit, e.Bits))
			if e.RFC == "" || e.Note.IsZero() {
				t.Errorf("%s: %s has no RFC or no note", address, e.Kind)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("EmbeddedIn(%s) (-want +got):\n%s", address, d)
		}
	}
}

// TestEmbeddedInput: a prefix holds only what lies within its length.
func TestEmbeddedInput(t *testing.T) {
	for text, want := range map[string]int{"2001::/16": 0, "2001:0:4136:e378::/64": 1, "2002:c000:204::/48": 1, "::ffff:0:0/96": 0, "::ffff:1.2.3.4-::ffff:1.2.3.9": 0, "2002:c000:204::1": 1} {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if got := len(ipaddr.EmbeddedInput(in)); err != nil || got != want {
			t.Errorf("EmbeddedInput(%s): %d values, %v; want %d", text, got, err, want)
		}
	}
}

func TestMulticastOf(t *testing.T) {
	for address, want := range map[string]string{
		"8.8.8.8":              "",
		"224.0.0.251":          "mDNS | link: never forwarded | 01:00:5e:00:00:fb",
		"224.128.0.251":        "Reserved | - | 01:00:5e:00:00:fb", // shares mDNS's MAC
		"224.0.1.1":            "NTP | may cross the Internet | 01:00:5e:00:01:01",
		"232.1.2.3":            "Source-Specific Multicast | one source only | 01:00:5e:01:02:03",
		"233.255.241.1":        "AD-HOC Block III | may cross the Internet | 01:00:5e:7f:f1:01",
		"233.1.2.3":            "GLOP Block, of AS 258 | may cross the Internet | 01:00:5e:01:02:03",
		"239.1.2.3":            "Administratively Scoped | inside one administration | 01:00:5e:01:02:03",
		"239.255.255.250":      "SSDP (UPnP) | site: never leaves it | 01:00:5e:7f:ff:fa",
		"ff02::fb":             "mDNS | link-local | 33:33:00:00:00:fb",
		"ff05::fb":             "mDNS | site-local | 33:33:00:00:00:fb",
		"ff05::1:3":            "all DHCP servers | site-local | 33:33:00:01:00:03",
		"ff02::1:ff33:4455":    "solicited-node group | link-local | 33:33:ff:33:44:55",
		"ff0e::101":            "NTP | global | 33:33:00:00:01:01",
		"ff12::1":              "a transient group, not assigned by IANA | link-local | 33:33:00:00:00:01",
		"ff35::8000:1":         "a source-specific group | site-local | 33:33:80:00:00:01",
		"ff3e:40:2001:db8::1":  "a group made from a unicast prefix | global | 33:33:00:00:00:01",
		"ff7e:140:2001:db8::1": "a group that names its own rendezvous point | global | 33:33:00:00:00:01",
		"ff06::1":              " | unassigned (6) | 33:33:00:00:00:01",
		"ff85::1":              "none: the first of the four flags is reserved and must be 0 | site-local | 33:33:00:00:00:01",
	} {
		m, ok := ipaddr.MulticastOf(netip.MustParseAddr(address))
		got := ""
		if ok {
			got = fmt.Sprintf("%s | %s | %s", m.Group, m.Scope, m.MAC)
		}
		if got != want {
			t.Errorf("MulticastOf(%s) = %q, want %q", address, got, want)
		}
	}
}

func TestSolicitedNode(t *testing.T) {
	for address, want := range map[string]string{
		"fe80::211:22ff:fe33:4455": "ff02::1:ff33:4455",
		"2001:db8::ab:cdef":        "ff02::1:ffab:cdef",
		"192.0.2.1":                "",
		"ff02::1":                  "",
	} {
		group, ok := ipaddr.SolicitedNode(netip.MustParseAddr(address))
		if ok != (want != "") || ok && group.String() != want {
			t.Errorf("SolicitedNode(%s) = %v, %v; want %s", address, group, ok, want)
		}
	}
}

func TestCanonicalRules(t *testing.T) {
	for text, want := range map[string]string{
		"2001:db8::1":          "",
		"192.0.2.1":            "",
		"2001:DB8:0:0:1:0:0:1": "4.2.1 4.2.3 4.3",
		"2001:db8::1:0:0:1":    "4.2.3",
		"2031:0000:130F:0000:0000:09C0:876A:130B": "4.1 4.2.1 4.2.2 4.3",
		"2001:db8::1:1:1:1:1":                     "4.2.2",
		"2001:db8:0:1:1:1:1:1":                    "4.2.2",
		"2001:db8::0:1":                           "4.2.1",
		"2001:0db8::1":                            "4.1",
		"::FFFF:C000:0280":                        "4.1 4.3 5",
		"64:ff9b::192.0.2.33":                     "5",
		"2001:0:0:1::1":                           "4.2.3",
		"1:0:0:2:0:0:0:3":                         "4.2.1 4.2.3",
		"FE80::1%eth0":                            "4.3",
		"0:0:0:0:0:FFFF:1.2.3.4":                  "4.2.1 4.3 5",
		"::ffff:0:0":                              "5", // its last groups are not zero groups but dots
	} {
		var got []string
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ipaddr.CanonicalRules(in.Spelt, in.Addr) {
			section := strings.TrimPrefix(r.RFC, "RFC 5952 ")
			if len(got) == 0 || got[len(got)-1] != section {
				got = append(got, section)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("CanonicalRules(%s): %q, want %q", text, s, want)
		}
	}
}

func TestClassOf(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0": "A0", "127.255.255.255": "A0", "128.0.0.0": "B10", "191.255.255.255": "B10", "192.0.0.0": "C110",
		"223.255.255.255": "C110", "224.0.0.0": "D1110", "239.255.255.255": "D1110", "240.0.0.0": "E1111", "255.255.255.255": "E1111",
		"::1": "",
	} {
		c, _ := ipaddr.ClassOf(netip.MustParseAddr(address))
		if got := c.Letter + c.First; got != want {
			t.Errorf("ClassOf(%s) = %s, want %s", address, got, want)
		}
	}
}

// TestBits draws bits with and without the border of a prefix.
// TestClassOfRange: a prefix that holds several classes was in none.
func TestClassOfRange(t *testing.T) {
	for prefix, want := range map[string]string{"10.0.0.0/7": "A", "192.0.2.0/24": "C", "0.0.0.0/0": "", "128.0.0.0/1": "", "::/0": ""} {
		c, ok := ipaddr.ClassOfRange(ipaddr.RangeOf(netip.MustParsePrefix(prefix)))
		if ok != (want != "") || ok && c.Letter != want {
			t.Errorf("ClassOfRange(%s) = %s, %v; want %q", prefix, c.Letter, ok, want)
		}
	}
}

func TestBits(t *testing.T) {
	for _, tt := range []struct {
		address string
		length  int
		want    string
	}{
		{"202.108.249.134", 0, "11001010.01101100.11111001.10000110"},
		{"202.108.249.134", 20, "11001010.01101100.1111|1001.10000110"},
		{"202.108.249.134", 24, "11001010.01101100.11111001|10000110"},
		{"202.108.249.134", 32, "11001010.01101100.11111001.10000110|"},
	} {
		if got := ipaddr.Bits(netip.MustParseAddr(tt.address), tt.length); got != tt.want {
			t.Errorf("Bits(%s, %d) = %s, want %s", tt.address, tt.length, got, tt.want)
		}
	}
	if got := ipaddr.Bits(netip.MustParseAddr("2001:db8::1"), 40); len(got) != 128+7+1 || got[40+2] != '|' {
		t.Errorf("Bits of an IPv6 address: %s", got)
	}
}

// TestFieldsFromPrefix: a group made from a unicast prefix is not one number of
// 112 bits.
func TestFieldsFromPrefix(t *testing.T) {
	for address, want := range map[string]string{
		"ff3e:40:2001:db8::1":  "Reserved 8=00, Prefix length 8=64, Network prefix 64=2001:db8::, Group ID 32=00000001",
		"ff3e::8000:1":         "Reserved 8=00, Prefix length 8=0, Network prefix 64=::, Group ID 32=80000001",
		"ff7e:140:2001:db8::1": "Reserved 4=0, RIID 4=1, Prefix length 8=64, Network prefix 64=2001:db8::, Group ID 32=00000001",
		"ff1e::1":              "Group ID 112=1",
		"ffbe::1":              "Group ID 112=1", // the reserved flag is set: nobody knows
	} {
		in, err := ipaddr.Parse(address, ipaddr.Strict)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range ipaddr.Fields(in)[3:] {
			got = append(got, fmt.Sprintf("%s %d=%s", f.Name, f.Bits, f.Value))
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("Fields(%s): %s; want %s", address, s, want)
		}
	}
}

// FuzzFields: the fields of every address cover its bits exactly, the values
// inside lie within it, and the steps have their words.
func FuzzFields(f *testing.F) {
	for _, s := range []string{
		"1.2.3.4", "10.0.0.1/20", "::ffff:1.2.3.4", "64:ff9b::1.2.3.4", "64:ff9b:1:c000:2:2100::", "2002:c000:204::5efe:102:304", "2001::1",
		"fd00::1", "fe80::211:22ff:fe33:4455", "ff02::1:ff00:1", "ff7e:140:2001:db8::1", "2001:db8::/64", "::", "4000::1", "10.0.0.1-10.9.9.9", "::%!0", "::0%!0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := ipaddr.Parse(text, ipaddr.Lenient)
		if err != nil {
			return
		}
		bits := in.Addr.BitLen()
		if err := wire.Check(ipaddr.Fields(in), bits); err != nil {
			t.Fatalf("Fields(%q): %v", text, err)
		}
		for _, e := range ipaddr.EmbeddedIn(in.Addr) {
			if e.Bit < 0 || e.Bits <= 0 || e.Bit+e.Bits > bits || e.Value == "" {
				t.Fatalf("EmbeddedIn(%q): %+v", text, e)
			}
		}
		for _, s := range ipaddr.Explain(in) {
			// "%!" is fmt's mark of a verb without its argument; a zone may
			// hold it too.
			unfilled := strings.Contains(s.Note.String(), "%!") && !strings.Contains(text, "%!")
			if s.Title == "" || s.Note.IsZero() || s.RFC == "" || unfilled {
				t.Fatalf("Explain(%q): %+v %s", text, s, s.Note)
			}
		}
		// Groups, hex and integer are three spellings of one number.
		n, ok := new(big.Int).SetString(strings.Join(ipaddr.Groups(in.Addr), ""), 2)
		if hex, hexOK := new(big.Int).SetString(ipaddr.Hex(in.Addr), 16); !ok || !hexOK || n.Cmp(hex) != 0 || n.Cmp(ipaddr.Integer(in.Addr)) != 0 {
			t.Fatalf("%q: groups, hex and integer differ", text)
		}
	})
}
