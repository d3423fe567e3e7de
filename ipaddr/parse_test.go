package ipaddr_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"onwire/ipaddr"

	"github.com/google/go-cmp/cmp"
)

// rows reads a table of testdata with tabs between its columns, without the
// heading.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(text)) {
		all = append(all, strings.Split(strings.TrimRight(line, "\n"), "\t"))
	}
	return all[1:]
}

// TestCases holds the tables of inputs with their right answers. Those of
// more-cases.tsv were worked out from IANA's files and Python's ipaddress, but
// for ::ffff:, which Python writes in hex, and for what Python does not read.
func TestCases(t *testing.T) {
	for _, row := range append(rows(t, "cases.tsv"), rows(t, "more-cases.tsv")...) {
		input, canonical, block, reach, reverse, fails, rfc := row[0], row[1], row[3], row[4], row[5], row[6], row[7]
		in, err := ipaddr.Parse(input, ipaddr.Strict)
		if strings.HasPrefix(fails, "error") {
			if err == nil {
				t.Errorf("Parse(%q) = %v, want an error", input, in)
			}
			lenient, err := ipaddr.Parse(input, ipaddr.Lenient)
			if fails == "error" && err == nil {
				t.Errorf("Parse(%q, Lenient) = %v, want an error", input, lenient)
			}
			if _, want, found := strings.Cut(row[8], "lenient="); found && (err != nil || lenient.String() != want || len(lenient.Notes) == 0) {
				t.Errorf("Parse(%q, Lenient) = %v (notes %v), %v; want %s and a note", input, lenient, lenient.Notes, err, want)
			}
			continue
		}
		if err != nil || in.String() != canonical {
			t.Errorf("Parse(%q) = %v, %v; want %s", input, in, err, canonical)
			continue
		}
		if in.Kind != ipaddr.KindAddr || reverse == "-" {
			continue
		}
		gotBlock, gotRFC := "-", "-"
		if chain := ipaddr.Chain(in.Addr); len(chain) > 0 {
			gotBlock, gotRFC = chain[0].Text+" "+chain[0].Name, chain[0].RFC()
		}
		if gotBlock != block || gotRFC != rfc || ipaddr.Reach(in.Addr) != reach || ipaddr.ReverseName(in.Addr) != reverse {
			t.Errorf("%s: block %q (%s), reachable %s, reverse %s\nwant %q (%s), %s, %s", input,
				gotBlock, gotRFC, ipaddr.Reach(in.Addr), ipaddr.ReverseName(in.Addr), block, rfc, reach, reverse)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		text string
		kind ipaddr.Kind
		want string // the canonical form
	}{
		{"202.108.249.134", ipaddr.KindAddr, "202.108.249.134"},
		{"2031:0000:130F:0000:0000:09C0:876A:130B", ipaddr.KindAddr, "2031:0:130f::9c0:876a:130b"},
		{"fe80::1%br-lan", ipaddr.KindAddr, "fe80::1%br-lan"},
		{"fe80::1%eth0/64", ipaddr.KindPrefix, "fe80::1%eth0/64"},
		{"192.168.1.10/255.255.255.0", ipaddr.KindPrefix, "192.168.1.10/24"},
		{"192.168.1.10/0.0.0.255", ipaddr.KindPrefix, "192.168.1.10/24"},
		{"192.168.1.10/0.0.0.0", ipaddr.KindPrefix, "192.168.1.10/0"},
		{"192.168.1.10/255.255.255.255", ipaddr.KindPrefix, "192.168.1.10/32"},
		{"::/0", ipaddr.KindPrefix, "::/0"},
		{"10.0.0.1-10.0.0.9", ipaddr.KindRange, "10.0.0.1-10.0.0.9"},
		{"2001:db8::-2001:db8::ff", ipaddr.KindRange, "2001:db8::-2001:db8::ff"},
		{"10.0.0.1-10.0.0.1", ipaddr.KindRange, "10.0.0.1-10.0.0.1"},
		{"1.2.3.4:0", ipaddr.KindAddrPort, "1.2.3.4:0"},
		{"[2001:DB8::1]:443", ipaddr.KindAddrPort, "[2001:db8::1]:443"},
		{"[fe80::1%eth0]:80", ipaddr.KindAddrPort, "[fe80::1%eth0]:80"},
	} {
		in, err := ipaddr.Parse(tt.text, ipaddr.Strict)
		if err != nil || in.Kind != tt.kind || in.String() != tt.want {
			t.Errorf("Parse(%q) = %v %v, %v; want %v %s", tt.text, in.Kind, in, err, tt.kind, tt.want)
		}
	}
}

// TestParseErrors checks the words, the place and the readings of each fault.
func TestParseErrors(t *testing.T) {
	for _, tt := range []struct {
		text   string
		offset int
		why    string
	}{
		{"", 0, "there is nothing where an address should be"},
		{"300.1.2.3", 0, "octet 1 is 300, more than 255"},
		{"1.2.3.999999999999999999", 6, "octet 4 is 999999999999..., more than 255"},
		{"1.2.3.04", 6, "octet 4 has a leading zero, which some parsers read as octal"},
		{"1.2.3", 5, "there are only 3 octets, not four"},
		{"1.2.3.4.5", 7, "there are 5 octets, more than four"},
		{"1..3.4", 2, "octet 2 is empty"},
		{"1.2.3.", 6, "octet 4 is empty"},
		{"2130706433", 10, "this is one number, not four octets"},
		{"0x7f.1", 0, "this is written in hex, not as four decimal octets"},
		{"0x1ffffffff", 0, "this is written in hex, not as four decimal octets"},
		{"1.2.3.4.", 7, "it ends with a dot"},
		{"1.2.3.4\xff", 7, `"\xff" does not belong in an address`},
		{"1.2.3.4/24:80", 10, `":" is not a digit of a prefix length`},
		{"fe80::1/64%eth0", 10, `"%" is not a digit of a prefix length`},
		{"1.2.3.4:80/24", 7, "a port may only follow a single address"},
		{"1.2.3.4-1.2.3.9:80", 15, "a port may only follow a single address"},
		{"www.example.com", 0, `"w" does not belong in an address`},
		{"1.2.3.4%eth0", 7, "an IPv4 address has no zone"},
		{" 1.2.3.4", 0, "there is a space in it"},
		{"1.2.3.4/", 8, "the prefix length is missing"},
		{"1.2.3.4/33", 8, "the prefix length is more than 32"},
		{"1.2.3.4/+8", 8, `"+" is not a digit of a prefix length`},
		{"1.2.3.4/024", 8, "the prefix length has a leading zero"},
		{"1.2.3.4/8/8", 9, `"/" is not a digit of a prefix length`},
		{"1.2.3.4/255.0.255.0", 8, "the mask 255.0.255.0 is not one run of ones: 11111111000000001111111100000000"},
		{"1.2.3.4/255.255.256.0", 16, "octet 3 is 256, more than 255"},
		{"::1/255.255.255.0", 4, "an IPv6 prefix has a length, not a mask"},
		{"::1/ffff::", 4, "an IPv6 prefix has a length, not a mask"},
		{"::1/129", 4, "the prefix length is more than 128"},
		{"1::2::3", 4, `"::" twice: it is not clear how many zero groups each of them is`},
		{":::1", 0, `three colons: "::" stands for a run of zero groups, ":" parts two groups`},
		{":1::", 0, "it starts with one colon"},
		{"1::2:", 4, "it ends with one colon"},
		{"12345::", 0, `group "12345" has 5 digits, more than four`},
		{"1:2:3:4:5:6:7:8:9", 16, "there are more than eight groups"},
		{"1:2:3:4:5:6:7", 13, "there are only 7 groups, not eight"},
		{"1:2:3:4::5:6:7:8", 7, `"::" has no group left to stand for: there are eight already`},
		{"2001:db8::g", 10, `"g" is not a hexadecimal digit`},
		{"::ffff:1.2.3.04", 13, "octet 4 has a leading zero, which some parsers read as octal"},
		{"::ffff:256.1.1.1", 7, "octet 1 is 256, more than 255"},
		{"::1.2.3.4:5", 2, "an IPv4 address may only be the last 32 bits"},
		{"fe80::1%", 8, "the zone is empty"},
		{"fe80::1%\x00", 8, "the zone has a character that no interface name has"},
		{"fe80::1%eth0%eth1", 12, "the zone has a character that no interface name has"},
		{"fe80::1%eth0-fe80::2", 7, "a range has no zone"},
		{"10.0.0.9-10.0.0.1", 9, "the range ends before it starts"},
		{"10.0.0.0-255", 9, "the end of the range is one number, not a whole address"},
		{"10.0.0.9-::1", 9, "a range cannot run from IPv4 to IPv6"},
		{"10.0.0.1-", 9, "there is nothing where an address should be"},
		{"1.2.3.4:65536", 8, "the port is more than 65535"},
		{"1.2.3.4:", 8, "the port is missing"},
		{"1.2.3.4:080", 8, "the port has a leading zero"},
		{"[::1", 4, "the bracket is never closed"},
		{"[::1]", 5, "brackets are for an IPv6 address before a port, but no port follows"},
		{"[1.2.3.4]:80", 1, "brackets are for IPv6 addresses"},
		{"[::g]:80", 3, `"g" is not a hexadecimal digit`},
	} {
		_, err := ipaddr.Parse(tt.text, ipaddr.Strict)
		var e *ipaddr.ParseError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) = %v, want a ParseError", tt.text, err)
			continue
		}
		if e.Offset != tt.offset || e.Why != tt.why || e.Input != tt.text {
			t.Errorf("Parse(%q): byte %d, %q; want byte %d, %q", tt.text, e.Offset, e.Why, tt.offset, tt.why)
		}
	}
}

func TestReadings(t *testing.T) {
	for text, want := range map[string][]string{
		"0177.0.0.1":  {"127.0.0.1", "177.0.0.1"},
		"010.8.0.1":   {"8.8.0.1", "10.8.0.1"},
		"1.2.3":       {"1.2.0.3"},
		"127.1":       {"127.0.0.1"},
		"2130706433":  {"127.0.0.1"},
		"0x7f000001":  {"127.0.0.1"},
		"4294967296":  {"::1:0:0"},
		"1.2.3.4/024": {"prefix length 20", "prefix length 24"},
		"1.2.3.4/040": {"prefix length 32"}, // only octal is a length
		"1.2.3.4/00":  {"prefix length 0"},  // the same to everybody
		"::/007":      {"prefix length 7"},
		// What others read is told only where it is a mask.
		"1.2.3.4/24.0":           nil,
		"1.2.3.4/255.255.255":    nil,
		"1.2.3.4/255.255.255.00": {"255.255.255.0"},
		"1.2.3.4/099":            nil,
		"256.1.1.1":              nil,
		"08.1.1.1":               {"8.1.1.1"}, // no octal number
		// Inside IPv6 nobody reads inet_aton's forms.
		"::ffff:0177.0.0.1": {"::ffff:177.0.0.1"},
		"::127.1":           nil,
		"hello":             nil,
	} {
		_, err := ipaddr.Parse(text, ipaddr.Strict)
		var e *ipaddr.ParseError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) = %v, want a ParseError", text, err)
			continue
		}
		var got []string
		for _, r := range e.Readings {
			got = append(got, r.Means)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("the readings of %q (-want +got):\n%s", text, d)
		}
	}
}

// TestHints: where the fault leaves one thing to do, the hint names it.
func TestHints(t *testing.T) {
	for text, want := range map[string]string{
		"1.2.3.4:65536":      "a port is a number from 0 to 65535",
		"1.2.3.4/33":         "a prefix length is a number from 0 to 32",
		"::1/":               "a prefix length is a number from 0 to 128",
		"fe80::1/64%eth0":    "the zone comes before it, as in fe80::1%eth0/64",
		"[::1":               "close it before the port, as in [::1]:80",
		"1.2.3.4-1.2.3.9/24": "a range runs from one address to another: 192.0.2.1-192.0.2.9",
		"www.example.com":    "a name is looked up with dnslookup",
		"08.0.0.1":           "write 8.0.0.1 if you mean that",
		"10.0.0.0-255":       "write 10.0.0.0-10.0.0.255 if you mean that",
		"10.0.0.9-5":         "both ends are whole addresses, the lower one first",
		"1.2.3.4/24.0":       "a mask is ones, then zeros, such as 255.255.255.0",
		"1.2.3.4/1.2.3.4.5":  "a mask is ones, then zeros, such as 255.255.255.0",
	} {
		_, err := ipaddr.Parse(text, ipaddr.Strict)
		var e *ipaddr.ParseError
		if !errors.As(err, &e) || e.Hint != want {
			t.Errorf("Parse(%q) hints %q, want %q", text, e.Hint, want)
		}
	}
	// Whatever a stranger writes, a message stays short.
	for _, long := range []string{"[%s", "[%s]", "[%s]:1", "[%s]:%[1]s", "%s", "1.2.3.4/%s", "1.2.3.4:%s", "%s::", "::1%%%s-::2", "%s.1.1.1"} {
		for _, c := range []string{"1", "a", "0", "é"} {
			_, err := ipaddr.Parse(fmt.Sprintf(long, strings.Repeat(c, 5000)), ipaddr.Strict)
			var e *ipaddr.ParseError
			if errors.As(err, &e) && len(e.Error())+len(e.Hint) > 600 {
				t.Errorf("%s of %s: a message of %d bytes, a hint of %d", long, c, len(e.Error()), len(e.Hint))
			}
		}
	}
}

func TestLenient(t *testing.T) {
	for text, want := range map[string]string{
		"0177.0.0.1":    "127.0.0.1",
		"0x7f.1":        "127.0.0.1",
		"1.2.772":       "1.2.3.4",
		"1.131844":      "1.2.3.4",
		"0xc0a8010a/24": "192.168.1.10/24",
		"127.1:80":      "127.0.0.1:80",
		"0":             "0.0.0.0",
		"4294967295":    "255.255.255.255",
		"4294967296":    "::1:0:0",
		"0x20010db8" + "000000000000000000000001":  "2001:db8::1",
		"340282366920938463463374607431768211455":  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"340282366920938463463374607431768211456":  "",
		"0x1" + "00000000000000000000000000000000": "",
		"1.2.3.256":   "",
		"1.2.65536":   "",
		"1.2.3.4.5":   "",
		"0x":          "",
		"0x+1":        "",
		"1_0.0.0.1":   "",
		"-1":          "",
		"1.2.3.4/024": "",
	} {
		in, err := ipaddr.Parse(text, ipaddr.Lenient)
		if want == "" {
			if err == nil {
				t.Errorf("Parse(%q, Lenient) = %v, want an error", text, in)
			}
			continue
		}
		if err != nil || in.String() != want || len(in.Notes) != 1 {
			t.Errorf("Parse(%q, Lenient) = %v, %v, notes %v; want %s and one note", text, in, err, in.Notes, want)
		}
	}
}

// FuzzParse: no text makes Parse panic; what it accepts has a canonical form
// that it accepts again as the same; a plain address is what net/netip says.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"1.2.3.4", "::1", "fe80::1%eth0/64", "10.0.0.0/255.0.0.0", "10.0.0.0/0.0.0.255", "1.2.3.4-1.2.3.9", "[::1]:80",
		"[fe80::1%25eth0]:80", "1.2.3.4:80", "0177.1", "0x7f000001", "4294967296", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::", "::-::1",
		"fe80::1%a-b", "\x00", "1.2.3.4/\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, mode := range []ipaddr.Mode{ipaddr.Strict, ipaddr.Lenient} {
			in, err := ipaddr.Parse(text, mode)
			if err != nil {
				var e *ipaddr.ParseError
				if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) || e.Why == "" {
					t.Fatalf("Parse(%q): a bad error %#v", text, err)
				}
				continue
			}
			again, err := ipaddr.Parse(in.String(), ipaddr.Strict)
			if err != nil {
				t.Fatalf("Parse(%q) = %v, which is refused: %v", text, in, err)
			}
			again.Text, again.Spelt, again.Notes = in.Text, in.Spelt, in.Notes
			if again.String() != in.String() || again.Kind != in.Kind || again.Addr != in.Addr || again.Prefix != in.Prefix || again.Range != in.Range || again.Port != in.Port {
				t.Fatalf("Parse(%q) = %v, which is parsed as %v", text, in, again)
			}
		}
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if a, netipErr := netip.ParseAddr(text); err == nil && in.Kind == ipaddr.KindAddr && (netipErr != nil || a != in.Addr) {
			t.Fatalf("Parse(%q) = %v; net/netip says %v, %v", text, in, a, netipErr)
		}
	})
}
