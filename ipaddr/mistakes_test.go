package ipaddr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"onwire/ipaddr"
	"onwire/wire"
)

// TestMistakes: what is often written in place of an address is named as what
// it is, and the hint says what to type.
func TestMistakes(t *testing.T) {
	const (
		fullWidth  = "a full-width character of an input method"
		typesetter = "a typographic character of a word processor"
		mac        = "this is a MAC address, which names a network card on its own link, not an IP address"
		eui64      = "this is an EUI-64, a hardware address of 64 bits, not an IP address"
		scanner    = "this is a form of scanners such as nmap, which names many addresses"
		url        = "this is a URL, not an address"
		large      = "the number is larger than 128 bits, the size of an IPv6 address"
		space      = "there is a space in it"
		reverse    = "this is a reverse name, under which DNS keeps the name of an address"
		noOctets   = "this ends as a reverse name does, but its labels are no octets of an address"
		octets     = "the octets stand from the last to the first, as in 1.2.0.192.in-addr.arpa, or 128/26 for a part of a zone that begins at 128"
	)
	for _, tt := range []struct{ text, why, hint string }{
		// Input methods and word processors.
		{"10。0。0。1", `"。" (U+3002) is ` + fullWidth + `: type "."`, "write 10.0.0.1"},
		{"10｡0．0﹒1", `"｡" (U+FF61) is ` + fullWidth + `: type "."`, "write 10.0.0.1"},
		{"１.２.３.４", `"１" (U+FF11) is ` + fullWidth + `: type "1"`, "write 1.2.3.4"},
		{"10.0.0.1／24", `"／" (U+FF0F) is ` + fullWidth + `: type "/"`, "write 10.0.0.1/24"},
		{"fe80：：1％eth0", `"：" (U+FF1A) is ` + fullWidth + `: type ":"`, "write fe80::1%eth0"},
		{"ｆｅ８０：：１", `"ｆ" (U+FF46) is ` + fullWidth + `: type "f"`, "write fe80::1"},
		{"10.0.0.1：80", `"：" (U+FF1A) is ` + fullWidth + `: type ":"`, "write 10.0.0.1:80"},
		{"［::1］:80", `"［" (U+FF3B) is ` + fullWidth + `: type "["`, "write [::1]:80"},
		{"10.0.0.1～10.0.0.5", `"～" (U+FF5E) is ` + fullWidth + `: type "-"`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1，10.0.0.2", `"，" (U+FF0C) is ` + fullWidth + `: type ","`, "put spaces between: write 10.0.0.1 10.0.0.2"},
		{"10.0.0.1、10.0.0.2", `"、" (U+3001) is ` + fullWidth + `: type ","`, "put spaces between: write 10.0.0.1 10.0.0.2"},
		{"10.0.0.1\u3000", "U+3000 is the full-width space of an input method", "write 10.0.0.1"},
		{"10.0.0.1\u3000255.255.255.0", "U+3000 is the full-width space of an input method", "write 10.0.0.1 255.255.255.0"},
		{"「10.0.0.1」", `"「" (U+300C) is ` + fullWidth + `: leave it out`, "write 10.0.0.1"},
		{"10.0.0.1–10.0.0.5", `"–" (U+2013) is ` + typesetter + `: type "-"`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1—10.0.0.5", `"—" (U+2014) is ` + typesetter + `: type "-"`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1‐10.0.0.5", `"‐" (U+2010) is ` + typesetter + `: type "-"`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1−10.0.0.5", `"−" (U+2212) is ` + typesetter + `: type "-"`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1…10.0.0.5", `"…" (U+2026) is ` + typesetter + `: type "..."`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1——10.0.0.5", `"—" (U+2014) is ` + typesetter + `: type "-"`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1……10.0.0.5", `"…" (U+2026) is ` + typesetter + `: type "..."`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1～5", `"～" (U+FF5E) is ` + fullWidth + `: type "-"`, "write 10.0.0.1-10.0.0.5 if you mean that"},
		{"10.0.0.1。", `"。" (U+3002) is ` + fullWidth + `: type "."`, "write 10.0.0.1"},
		{"root＠10.0.0.1", `"＠" (U+FF20) is ` + fullWidth + `: type "@"`, "write 10.0.0.1"},
		{"10.0.0.1/24（子网）", `"（" (U+FF08) is ` + fullWidth + `: type "("`, "write 10.0.0.1/24"},
		{"IP地址：10.0.0.1", `"：" (U+FF1A) is ` + fullWidth + `: type ":"`, "write 10.0.0.1"},
		{"“10.0.0.1”", `"“" (U+201C) is ` + typesetter + ": leave it out", "write 10.0.0.1"},
		{"‘::1’", `"‘" (U+2018) is ` + typesetter + ": leave it out", "write ::1"},
		{"10.0.0.1\u00a0", "U+00A0 is a space that is not the ASCII one", "write 10.0.0.1"},
		{"10.0.0.1\u2009/\u200924", "U+2009 is a space that is not the ASCII one", "write 10.0.0.1/24"},
		{"\u200b10.0.0.1", "U+200B is an invisible character: leave it out", "write 10.0.0.1"},
		{"\ufeff10.0.0.1", "U+FEFF is an invisible character: leave it out", "write 10.0.0.1"},
		{"10.0.0.1\u202c", "U+202C is an invisible character: leave it out", "write 10.0.0.1"},
		{"10.0.0.1⁄24", `"⁄" (U+2044) is another character that only looks like it: type "/"`, "write 10.0.0.1/24"},
		{"10·0·0·1", `"·" (U+00B7) is another character that only looks like it: type "."`, "write 10.0.0.1"},
		{"١.2.3.4", `"١" (U+0661) is a digit of another script: type "1"`, "write 1.2.3.4"},
		{"𝟏𝟎.0.0.1", `"𝟏" (U+1D7CF) is a digit of another script: type "1"`, "write 10.0.0.1"},
		{"10.0.0.²", `"²" (U+00B2) is ` + typesetter + `: type "2"`, "write 10.0.0.2"},
		{"fе80::1", `"е" (U+0435) is a Cyrillic letter: type "e"`, "write fe80::1"},
		{"http：//10.0.0.1/", `"：" (U+FF1A) is ` + fullWidth + `: type ":"`, "take the address out of the URL: write 10.0.0.1"},
		{"1O.0.0.1", `"O" is a letter, not a digit`, "write 10.0.0.1"},
		{"10.0.0.l", `"l" is a letter, not a digit`, "write 10.0.0.1"},
		{"2OO1:db8::l", `"O" is a letter, not a digit`, "write 2001:db8::1"},
		// Marks and spaces around it.
		{"10.0.0.1(首选)", "there are words after the address", "write 10.0.0.1"},
		{"10.0.0.1(Preferred)", "there are words after the address", "write 10.0.0.1"},
		{"inet 10.0.0.1 netmask 0xffffff00 broadcast 10.0.0.255", space, "write 10.0.0.1 netmask 0xffffff00"},
		{"ip address 10.0.0.1 255.255.255.0", space, "write 10.0.0.1 255.255.255.0"},
		{"inet6 fe80::1%lo0 prefixlen 64 scopeid 0x1", space, "write fe80::1%lo0 prefixlen 64"},
		{"10.0.0.1 dev eth0", space, "write 10.0.0.1"},
		{"10.0.0.1%2F24", "it is percent-encoded, as in the query of a URL", "write 10.0.0.1/24"},
		{`"10.0.0.1"`, `there are marks around it: "\"" does not belong in an address`, "write 10.0.0.1"},
		{"<::1>", `there are marks around it: "<" does not belong in an address`, "write ::1"},
		{"10.0.0.1,", `there are marks around it: "," does not belong in an address`, "write 10.0.0.1"},
		{" 10.0.0.1", space, "write 10.0.0.1"},
		{"10.0.0.1 / 24", space, "write 10.0.0.1/24"},
		{"10.0.0.1 - 10.0.0.5", space, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1 to 10.0.0.5", space, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1 至 10.0.0.5", space, "write 10.0.0.1-10.0.0.5"},
		{"inet addr:10.0.0.1  Bcast:10.0.0.255", space, "write 10.0.0.1"},
		{"ip=10.0.0.1/24", "there is a label before the address", "write 10.0.0.1/24"},
		{"10.0.0.1~5", `"~" is not the mark of a range`, "write 10.0.0.1-10.0.0.5 if you mean that"},
		{"10.0.0.1.", "it ends with a dot", "write 10.0.0.1"},
		{"10.0.0.1 24", space, "write 10.0.0.1/24"},
		{"10 0 0 1", space, "write 10.0.0.1"},
		{"10. 0. 0. 1", space, "write 10.0.0.1"},
		{"10.0.0.1 10.0.0.2", space, "each address is an argument of its own: write 10.0.0.1 10.0.0.2 without quotation marks"},
		{"10,0,0,1", `"," is where a dot belongs`, "write 10.0.0.1"},
		{"10.0.0.1,10.0.0.2", `there is a list of addresses with "," between`, "put spaces between: write 10.0.0.1 10.0.0.2"},
		// Masks and lengths in the wrong place.
		{"255.255.255.0/10.0.0.1", "the mask 255.255.255.0 is in the first place: the address comes first", "write 10.0.0.1/24"},
		{"255.255.255.0 10.0.0.1", "the mask 255.255.255.0 is in the first place: the address comes first", "write 10.0.0.1/24"},
		{"24/10.0.0.1", "the length 24 is in the first place: the address comes first", "write 10.0.0.1/24"},
		{"/24 10.0.0.1", space, "write 10.0.0.1/24"},
		{"/24", "there is nothing where an address should be", "write the address before the slash, as in 192.0.2.1/24"},
		{"10.0.0.1/24 255.255.255.0", "there are both a length and a mask", "write 10.0.0.1/24"},
		{"10.0.0.1/24/24", `"/" is not a digit of a prefix length`, "write 10.0.0.1/24"},
		{"10.0.0.1 255.0.255.0", "the mask 255.0.255.0 is not one run of ones: 11111111000000001111111100000000", "a mask is ones, then zeros, such as 255.255.255.0"},
		{"10.0.0.1/0xff00ff00", "the mask 0xff00ff00 is not one run of ones: 11111111000000001111111100000000", "a mask is ones, then zeros, such as 255.255.255.0"},
		{"2001:db8::1/ffff:ffff::", "an IPv6 prefix has a length, not a mask", "write the length, /32"},
		{`10.0.0.1\24`, `"\" is a backslash: the length follows a slash, "/"`, "write 10.0.0.1/24"},
		{"10.0.0.1:255.255.255.0", `the mask follows a slash, not ":"`, "write 10.0.0.1/255.255.255.0"},
		{"10.0.0.1/ffffff00", `"ffffff00" is not a prefix length`, "write 0xffffff00 if you mean that"},
		{"10.0.0.1/255.255.255", "there are only 3 octets, not four", "write 255.255.255.0 if you mean that"},
		{"10.0.0.1/255.255.255.O", `"O" is a letter, not a digit`, "write 10.0.0.1/255.255.255.0"},
		// Short prefixes.
		{"172.16/12", "2 of the four octets are missing before the slash", "write 172.16.0.0/12: before a slash the missing octets are zeros"},
		{"10/8", "3 of the four octets are missing before the slash", "write 10.0.0.0/8: before a slash the missing octets are zeros"},
		{"192.168.1/24", "one of the four octets is missing before the slash", "write 192.168.1.0/24: before a slash the missing octets are zeros"},
		{"172.16./12", "2 of the four octets are missing before the slash", "write 172.16.0.0/12: before a slash the missing octets are zeros"},
		{"172.16/255.240.0.0", "2 of the four octets are missing before the slash", "write 172.16.0.0/12: before a slash the missing octets are zeros"},
		{"010/8", "3 of the four octets are missing before the slash", "it may mean 8.0.0.0/8 or 10.0.0.0/8: write the one you mean"},
		{"192.168.1", "there are only 3 octets, not four", "write 192.168.0.1 if you mean inet_aton's form (3 parts, the last of 16 bits); the network 192.168.1 is written 192.168.1.0/24"},
		{"10.256/16", "an octet before the slash is more than 255", "before a slash each number is one octet, and missing octets are zeros: 172.16/12 is 172.16.0.0/12"},
		{"2001:db8/32", "there are only 2 groups, not eight", "write 2001:db8::/32"},
		{"fe80/10", `"f" does not belong in an address`, "write fe80::/10"},
		{"fe80", `"f" does not belong in an address`, "write fe80::"},
		{"2001:db8", "there are only 2 groups, not eight", "write 2001:db8::"},
		{"2001:db8:::1", `three colons: "::" stands for a run of zero groups, ":" parts two groups`, "write 2001:db8::1"},
		{"[]:80", "there is nothing where an address should be", "write an address between the brackets, as in [::1]:80"},
		{"10.0.0.0/25-10.0.0.128/25", "the ends of a range are addresses, not prefixes", "write 10.0.0.0-10.0.0.255"},
		// Hardware addresses.
		{"0a:00:27:00:00:00", mac, ""},
		{"0A-00-27-00-00-00", mac, ""},
		{"0a00.2700.0000", mac, ""},
		{"0a0027000000", mac, ""},
		{"00:1B:44:11:3A:B7/24", mac, ""},
		{"0:c:29:1:2:3", mac, ""},
		{"ff:ff:ff:ff:ff:ff", mac, ""},
		{"0A 00 27 00 00 00", mac, ""},
		{"0A-00-27-FF-FE-00-00-00", eui64, "as the last 64 bits of an IPv6 address it is fe80::800:27ff:fe00:0 (RFC 4291 App. A)"},
		{"0a00.27ff.fe00.0000", eui64, "as the last 64 bits of an IPv6 address it is fe80::800:27ff:fe00:0 (RFC 4291 App. A)"},
		// URLs and what else has an address inside.
		{"http://10.0.0.1/", url, "take the address out of the URL: write 10.0.0.1"},
		{"https://user:pw@10.0.0.1:8080/path?x#y", url, "take the address out of the URL: write 10.0.0.1:8080"},
		{"http://[2001:db8::1]/", url, "take the address out of the URL: write 2001:db8::1"},
		{"http://[2001:db8::1]:80/x", url, "take the address out of the URL: write [2001:db8::1]:80"},
		{"http://10.0.0.1", url, "take the address out of the URL: write 10.0.0.1"},
		{"//10.0.0.1:80", url, "take the address out of the URL: write 10.0.0.1:80"},
		{"http://www.example.com/a", url, "the host of this URL is a name: 'dnslookup www.example.com' looks up its addresses"},
		{"https://[fe80::1%25eth0]/", url, "take the address out of the URL: write fe80::1%eth0"},
		{"10.0.0.1?a=b", "a path follows the address", "write 10.0.0.1"},
		{"10.0.0.1/index.html", "a path follows the address", "write 10.0.0.1"},
		{"10.0.0.1:80/a", "a path follows the address", "write 10.0.0.1:80"},
		{"root@10.0.0.1", "there is the name of a user before the address", "write 10.0.0.1"},
		{"root@10.0.0.1:/etc", "there is the name of a user before the address", "write 10.0.0.1"},
		{`\\10.0.0.1\share`, "this is a path of Windows, not an address", "write 10.0.0.1"},
		{`\\2001-db8--1.ipv6-literal.net\share`, "this is a path of Windows, not an address", "write 2001:db8::1"},
		{"[IPv6:2001:db8::1]", "this is an address as e-mail writes it (RFC 5321 4.1.3)", "write 2001:db8::1"},
		{"[10.0.0.1]", "brackets are for IPv6 addresses", "write 10.0.0.1"},
		{"[2001:db8::]/32", "brackets are for an IPv6 address before a port, but no port follows", "write 2001:db8::/32"},
		{"128/26.2.0.192.in-addr.arpa", reverse, "write 192.0.2.128/26"},
		{"1.2.0.192.IN-ADDR.ARPA.", reverse, "write 192.0.2.1"},
		{"129/26.2.0.192.in-addr.arpa", noOctets, octets}, // no /26 begins at 129
		{"1.2.3.4.5.in-addr.arpa.", noOctets, octets},
		{"x.IP6.arpa", "this ends as a reverse name does, but its labels are no hex digits of an address", "every hex digit is a label, from the last to the first, as in 8.b.d.0.1.0.0.2.ip6.arpa"},
		// Scanners' forms.
		{"10.0-5.0.1", scanner, "it names 6 addresses that are no one range: write them one by one, from 10.0.0.1 to 10.5.0.1"},
		{"10.0.0.1,3,5", scanner, "it names 3 addresses that are no one range: write them one by one, from 10.0.0.1 to 10.0.0.5"},
		{"10.0.0.*", scanner, "write 10.0.0.0/24"},
		{"10.*.*.*", scanner, "write 10.0.0.0/8"},
		{"10.0.1-2.*", scanner, "write 10.0.1.0-10.0.2.255"},
		{"10.0.0-3.0-255", scanner, "write 10.0.0.0/22"},
		{"10.0.0.0-255", "the end of the range is one number, not a whole address", "write 10.0.0.0-10.0.0.255 if you mean that"},
		{"10.0.0.{1..5}", scanner, "write 10.0.0.1-10.0.0.5"},
		{"10.0.[0-1].*", scanner, "write 10.0.0.0/23"},
		{"2001:db8::1-ff", "the end of the range is one group, not a whole address", "write 2001:db8::1-2001:db8::ff if you mean that"},
		{"2001:db8::*", "a star for any group is not part of an address", "write the prefix and its length, such as 2001:db8::/64"},
		{"192.168.1.x", "a letter or star for any octet is not part of an address", "write 192.168.1.0/24"},
		{"10.*", "a letter or star for any octet is not part of an address", "write 10.0.0.0/8"},
		{"10.0.0.1..10.0.0.5", `".." is not the mark of a range`, "write 10.0.0.1-10.0.0.5"},
		{"10.0.0.1~10.0.0.5", `"~" is not the mark of a range`, "write 10.0.0.1-10.0.0.5"},
		// Numbers.
		{"1234567890123456789012345678901234567890", large, "the largest is 2^128 - 1, which is 340282366920938463463374607431768211455"},
		{"0x1ffffffffffffffffffffffffffffffff", large, "the largest is 2^128 - 1, which is 340282366920938463463374607431768211455"},
		{"20010db8000000000000000000000001", "these are 32 hex digits, eight groups without colons", "write 2001:db8::1"},
		{"0100007F", "these are 8 hex digits, four bytes without dots", "write 1.0.0.127; or 127.0.0.1 if they are from /proc/net, which has the bytes in reverse order"},
		{"10.0.0.1.80", "there are 5 octets, more than four", "if 80 is a port, as tcpdump writes it, write 10.0.0.1:80"},
		{"1:2:3:4:5:6:7:8:80", "there are more than eight groups", "if 80 is a port, write [1:2:3:4:5:6:7:8]:80"},
		{"10.0.0.1:http", `"h" is not a digit of a port`, "a port is a number from 0 to 65535; 'portmux service NAME' finds it by its name"},
		{"localhost", `"l" does not belong in an address`, "the name localhost means 127.0.0.1 and ::1 (RFC 6761 6.3): write one of them"},
		{"AS64496", `"A" does not belong in an address`, "this is the number of an autonomous system (RFC 4271), which has many prefixes: write one of them"},
		{"default", `"d" does not belong in an address`, "the default route is written 0.0.0.0/0 or ::/0"},
	} {
		_, err := ipaddr.Parse(tt.text, ipaddr.Strict)
		var e *ipaddr.ParseError
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) = %v, want a ParseError", tt.text, err)
			continue
		}
		if e.Why != tt.why || tt.hint != "" && e.Hint != tt.hint {
			t.Errorf("Parse(%q):\n got %q\n     %q\nwant %q\n     %q", tt.text, e.Why, e.Hint, tt.why, tt.hint)
		}
		if e.Offset < 0 || e.Offset > len(tt.text) || !utf8.ValidString(tt.text[e.Offset:]) {
			t.Errorf("Parse(%q): the fault is at byte %d", tt.text, e.Offset)
		}
		// What the hint says to write can be read, word by word or as it is.
		if write, found := strings.CutPrefix(e.Hint, "write "); found && !strings.Contains(tt.text, "::1") {
			write, _, _ = strings.Cut(write, ": before")
			write, _, _ = strings.Cut(write, " if you mean")
			if strings.HasPrefix(write, "an address") {
				continue
			}
			if _, err := ipaddr.Parse(write, ipaddr.Lenient); err != nil && !strings.ContainsAny(write, ";,") {
				t.Errorf("Parse(%q) hints %q, which is refused: %v", tt.text, e.Hint, err)
			}
		}
		// A batch has the same words.
		if row, ok := ipaddr.AppendRow(nil, []byte(tt.text)); ok || !strings.Contains(string(row), "\t"+wire.Escape(e.Why)+"\terror\n") {
			t.Errorf("AppendRow(%q) = %q, want %q", tt.text, row, e.Why)
		}
	}
}

// TestMasks: a mask may be a word of its own, in hex, or a wildcard mask; what
// was read is noted.
func TestMasks(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1 255.255.255.0":         "10.0.0.1/24",
		"10.0.0.1\t255.255.255.0":        "10.0.0.1/24",
		"10.0.0.1 netmask 255.255.255.0": "10.0.0.1/24",
		"10.0.0.1 netmask 0xffffff00":    "10.0.0.1/24",
		"10.0.0.1 mask 255.255.0.0":      "10.0.0.1/16",
		"10.0.0.1 0xfffffffc":            "10.0.0.1/30",
		"10.0.0.0 0.0.0.255":             "10.0.0.0/24",
		"0.0.0.0 0.0.0.0":                "0.0.0.0/0",
		"127.0.0.1 255.255.255.255":      "127.0.0.1/32",
		"10.0.0.1/0xffffff00":            "10.0.0.1/24",
		"10.0.0.1/0xFF000000":            "10.0.0.1/8",
		"10.0.0.1/0x000000ff":            "10.0.0.1/24",
	} {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil || in.String() != want || len(in.Notes) == 0 || in.Spelt != in.Addr.String() {
			t.Errorf("Parse(%q) = %v, %v, notes %v; want %s and a note", text, in, err, in.Notes, want)
		}
	}
	if in, err := ipaddr.Parse("fe80::1%2 prefixlen 64", ipaddr.Strict); err != nil || in.String() != "fe80::1%2/64" {
		t.Errorf("fe80::1%%2 prefixlen 64: %v, %v", in, err)
	}
	for text, notes := range map[string]int{"255.255.255.0/24": 1, "10.0.0.1-255.255.255.0": 1, "10.0.0.1-10.0.0.2": 0, "255.255.255.0": 1, "0.0.0.255": 1, "255.255.255.255": 0, "0.0.0.0": 0, "224.0.0.0": 0, "10.0.0.1": 0} {
		if in, err := ipaddr.Parse(text, ipaddr.Strict); err != nil || len(in.Notes) != notes {
			t.Errorf("Parse(%q): %v, notes %v; want %d", text, err, in.Notes, notes)
		}
	}
}

// TestShort: Lenient reads short prefixes, whose missing octets are zeros, and
// keeps inet_aton's forms where no slash follows.
func TestShort(t *testing.T) {
	for text, want := range map[string]string{
		"172.16/12": "172.16.0.0/12", "10/8": "10.0.0.0/8", "192.168.1/24": "192.168.1.0/24", "0/0": "0.0.0.0/0", "127/8": "127.0.0.0/8",
		"0x0a/8": "10.0.0.0/8", "010/8": "8.0.0.0/8", "172.16/255.240.0.0": "172.16.0.0/12", "172.16": "172.0.0.16", "3232235786/24": "192.168.1.10/24",
		"10.256/16": "", "172.16/33": "", "172.16./12": "", "/8": "",
	} {
		in, err := ipaddr.Parse(text, ipaddr.Lenient)
		if want == "" {
			if err == nil {
				t.Errorf("Parse(%q, Lenient) = %v, want an error", text, in)
			}
			continue
		}
		if err != nil || in.String() != want || len(in.Notes) == 0 {
			t.Errorf("Parse(%q, Lenient) = %v, %v, notes %v; want %s and a note", text, in, err, in.Notes, want)
		}
	}
}

// TestEUI64Note: eight groups of two digits are IPv6, and are said to look like
// another thing.
func TestEUI64Note(t *testing.T) {
	in, err := ipaddr.Parse("0a:00:27:ff:fe:00:00:00", ipaddr.Strict)
	if err != nil || in.String() != "a:0:27:ff:fe::" || len(in.Notes) != 1 || !strings.Contains(in.Notes[0].String(), "fe80::800:27ff:fe00:0") {
		t.Errorf("0a:00:27:ff:fe:00:00:00: %v, %v, %v", in, err, in.Notes)
	}
}

// TestMistakesAreBounded: what is long is neither searched nor repeated.
func TestMistakesAreBounded(t *testing.T) {
	for _, start := range []string{"http://", "10。", "10.0.0.", "\"", "root@", `\\`, "1-", "0x", "[IPv6:", "10.0.0.1,", "1.2.3.4 "} {
		for _, n := range []int{100, 900, 100_000} {
			_, err := ipaddr.Parse(start+strings.Repeat("1,", n/2), ipaddr.Strict)
			var e *ipaddr.ParseError
			if !errors.As(err, &e) || len(e.Error())+len(e.Hint) > 900 {
				t.Errorf("%q and %d bytes: a message of %d bytes", start, n, len(fmt.Sprint(err)))
			}
		}
	}
}
