package ipaddr_test

import (
	"strings"
	"testing"

	"onwire/ipaddr"

	"github.com/google/go-cmp/cmp"
)

func TestRoleOf(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/24": "network", "10.0.0.255/24": "broadcast", "10.0.0.1/24": "host", "10.0.0.127/25": "broadcast", "10.0.0.128/25": "network",
		"10.0.0.0/31": "host", "10.0.0.1/31": "host", "10.0.0.255/32": "host", "10.0.0.3/30": "broadcast",
		"0.0.0.0/0": "default route", "::/0": "default route", "10.0.0.1/0": "host", "255.255.255.255/0": "host",
		"224.0.0.1/24": "group", "ff02::1/16": "group",
		"2001:db8::/64": "subnet-router anycast", "2001:db8::1/64": "host", "2001:db8::/127": "host", "2001:db8::1/127": "host", "2001:db8::/128": "host",
		"fe80::%2/64":                            "subnet-router anycast",
		"2001:db8::fdff:ffff:ffff:fffe/64":       "reserved anycast", // RFC 2526 2
		"2001:db8::fdff:ffff:ffff:ff80/64":       "reserved anycast",
		"2001:db8::fdff:ffff:ffff:ff7f/64":       "host",
		"2001:db8::ffff:ffff:ffff:ffff/64":       "host",
		"2001:db8::ffff:ffff:ffff:fffe/48":       "host",
		"2001:db8:0:ffff:ffff:ffff:ffff:fffe/48": "reserved anycast",
	} {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil {
			t.Fatal(err)
		}
		role := ipaddr.RoleOf(in.Addr, in.Prefix)
		if role.Name != want || role.Note.IsZero() || role.RFC == "" {
			t.Errorf("RoleOf(%s) = %q (%s %s), want %q", text, role.Name, role.Note, role.RFC, want)
		}
	}
}

// TestReachInside: an IPv4 address inside that is not global closes NAT64's
// well-known prefix, 6to4 and Teredo.
func TestReachInside(t *testing.T) {
	for text, want := range map[string]string{
		"64:ff9b::a9fe:a9fe": "false", "64:ff9b::10.0.0.1": "false", "64:ff9b::127.0.0.1": "false", "64:ff9b::100.64.0.1": "false",
		"64:ff9b::224.0.0.1": "false", "64:ff9b::255.255.255.255": "false", "64:ff9b::192.0.0.9": "true", "64:ff9b::8.8.8.8": "true",
		"64:ff9b::192.0.2.33":       "true", // RFC 6052 2.4 writes it for a global one
		"2002:a00:1::1":             "false",
		"2002:808:808::1":           "n/a",
		"2002:c000:204::1":          "n/a",
		"2001:0:808:808::f5ff:fffe": "false", // client 10.0.0.1
		"2001:0:a00:1::f7f7:f7f7":   "n/a",   // client 8.8.8.8; its server is no destination
		"64:ff9b:1::10.0.0.1":       "false", // by the registry, whatever is inside
		"::ffff:8.8.8.8":            "false",
		"64:ff9b::/96":              "mixed", "64:ff9b::a00:0/104": "false", "64:ff9b::800:0/104": "true", "64:ff9b::a00:0/103": "mixed", "64:ff9b::/32": "mixed",
		"2002::/16": "n/a", "2002:a00::/24": "false", "2002:808::/32": "n/a",
		"2001::/32": "n/a", "2001:0:808:808::f500:0/104": "false", // clients 10.255.255.255 down to 10.0.0.0
		"64:ff9b::9.255.255.255-64:ff9b::10.0.0.1": "mixed",
	} {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil {
			t.Fatal(err)
		}
		if got := ipaddr.ReachRange(in.Addrs()); got != want {
			t.Errorf("ReachRange(%s) = %s, want %s", text, got, want)
		}
		if why := ipaddr.ReachWhy(in.Addrs()).String(); !strings.HasPrefix(why, want+":") {
			t.Errorf("ReachWhy(%s) = %q, want %s", text, why, want)
		}
		if in.Kind == ipaddr.KindAddr && ipaddr.Reach(in.Addr) != want {
			t.Errorf("Reach(%s) = %s, want %s", text, ipaddr.Reach(in.Addr), want)
		}
	}
}

// TestPrefixOfReverseName reads the names of zones, and those of RFC 2317 in
// all the ways in use.
func TestPrefixOfReverseName(t *testing.T) {
	got := map[string]string{}
	want := map[string]string{
		"128/26.2.0.192.in-addr.arpa":           "192.0.2.128/26",
		"128/26.2.0.192.IN-ADDR.ARPA.":          "192.0.2.128/26",
		"128-26.2.0.192.in-addr.arpa":           "192.0.2.128/26",
		"128-191.2.0.192.in-addr.arpa":          "192.0.2.128/26",
		"0-25.2.0.192.in-addr.arpa":             "192.0.2.0/25",
		"0-127.2.0.192.in-addr.arpa":            "192.0.2.0/25",
		"129.128/26.2.0.192.in-addr.arpa":       "192.0.2.129/32",
		"129.128-191.2.0.192.in-addr.arpa":      "192.0.2.129/32",
		"1.128/26.2.0.192.in-addr.arpa":         "", // not in that part
		"1/26.2.0.192.in-addr.arpa":             "", // host bits
		"0/24.2.0.192.in-addr.arpa":             "",
		"0/33.2.0.192.in-addr.arpa":             "",
		"128-192.2.0.192.in-addr.arpa":          "",
		"x/26.2.0.192.in-addr.arpa":             "",
		"1.2.0.192.in-addr.arpa":                "192.0.2.1/32",
		"2.0.192.in-addr.arpa":                  "192.0.2.0/24",
		"10.in-addr.arpa":                       "10.0.0.0/8",
		"in-addr.arpa":                          "0.0.0.0/0",
		"8.b.d.0.1.0.0.2.ip6.arpa":              "2001:db8::/32",
		"ip6.arpa":                              "::/0",
		"01.2.0.192.in-addr.arpa":               "",
		"256.in-addr.arpa":                      "",
		"5.4.3.2.1.in-addr.arpa":                "",
		"xx.ip6.arpa":                           "",
		"arpa":                                  "",
		"":                                      "",
		strings.Repeat("0.", 33) + "ip6.arpa":   "",
		strings.Repeat("0.", 9999) + "ip6.arpa": "",
	}
	for name := range want {
		p, ok := ipaddr.PrefixOfReverseName(name)
		if got[name] = ""; ok {
			got[name] = p.String()
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("PrefixOfReverseName (-want +got):\n%s", d)
	}
	// What ReverseZones prints is read back.
	for _, text := range []string{"10.0.0.0/8", "192.0.2.64/26", "192.0.2.64/31", "192.0.2.1/32", "2001:db8::/48", "0.0.0.0/0", "::/0"} {
		in, err := ipaddr.Parse(text, ipaddr.Strict)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := ipaddr.PrefixOfReverseName(ipaddr.ReverseZones(in.Prefix)[0]); !ok || p != in.Prefix {
			t.Errorf("the zone of %s leads to %s, %v", in.Prefix, p, ok)
		}
	}
}
