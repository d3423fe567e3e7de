package world_test

import (
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"onwire/dnslookup"
	"onwire/dnslookup/world"
)

// TestLoad: what is wrong with a zone file is said with the file's name.
func TestLoad(t *testing.T) {
	good := ";; servers: 192.0.2.53\n@ 60 IN SOA a.root. h.root. 1 1 1 1 1\n@ 60 IN NS a.root.\na.root. 60 IN A 192.0.2.53\n"
	for _, tt := range []struct{ file, text, want string }{
		{"root.zone", good, ""},
		{"cn.zone", good, "a.root. is not in the zone cn."},
		{"root.zone", strings.Replace(good, ";; servers: 192.0.2.53", "", 1), "no \";; servers:\" line"},
		{"root.zone", ";; servers: nowhere\n" + good, "nowhere"},
		{"root.zone", ";; sign: maybe\n" + good, "\"maybe\" is not no, nsec, nsec3 or nsec3-optout"},
		{"root.zone", ";; ds: perhaps\n" + good, "\"perhaps\" is not yes, no or wrong"},
		{"root.zone", ";; dates: today\n" + good, "not two dates"},
		{"root.zone", ";; forge: x\n" + good, "not a name and a type"},
		{"root.zone", ";; rtt: far\n" + good, "far"},
		{"root.zone", ";; color: red\n" + good, "\"color\" is not a directive"},
		{"root.zone", ";; servers: 192.0.2.53\n", "one SOA record"},
		{"root.zone", good + "x 60 IN A not-an-address\n", "not-an-address"},
		{"test.zone", ";; servers: 192.0.2.53\n@ 60 IN SOA a h 1 1 1 1 1\n", "needs a root.zone"},
	} {
		_, err := world.Load(fstest.MapFS{tt.file: &fstest.MapFile{Data: []byte(tt.text)}}, 1)
		if tt.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %q", tt.text, err, tt.want)
		}
	}
}

// TestListen: the same walk over real sockets of this computer, whatever
// addresses the servers have in the world.
func TestListen(t *testing.T) {
	w, err := world.New(1)
	if err != nil {
		t.Fatal(err)
	}
	dial, err := w.Listen(t.Context(), func(netip.Addr) netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:0") })
	if err != nil {
		t.Fatal(err)
	}
	r := w.Resolver(dnslookup.Iterative)
	r.Dial, r.Clock, r.Repeat, r.DNSSEC = dial, nil, false, true
	r.Anchors = w.Anchors()
	for name, queries := range map[string]int{"www.example.cn": 11, "www.glueless.cn": 9} {
		var asked []string
		r.Trace = func(s dnslookup.Step) { asked = append(asked, s.Server.Addr.String()) }
		res, err := r.Lookup(t.Context(), name, dnslookup.TypeA)
		if err != nil || res.Security != dnslookup.Secure || res.Queries != queries {
			t.Errorf("%s: %v, %q, %d queries; want %d", name, err, res.Security, res.Queries, queries)
		}
		if len(asked) == 0 || asked[0] != "198.51.100.1:53" {
			t.Errorf("%s: the trace shows %v, not the world's addresses", name, asked)
		}
	}
	if res, err := r.Lookup(t.Context(), "big.example.cn", dnslookup.TypeTXT); err != nil || len(res.Records) != 20 || !res.TooLarge {
		t.Errorf("over TCP: %d records, %v", len(res.Records), err)
	}
}

// TestSeed: the keys follow from the seed.
func TestSeed(t *testing.T) {
	anchor := func(seed uint64) string {
		w, err := world.New(seed)
		if err != nil {
			t.Fatal(err)
		}
		return w.Anchors()[0]
	}
	if one, again, two := anchor(1), anchor(1), anchor(2); one != again || one == two {
		t.Errorf("%s, %s, %s", one, again, two)
	}
}

// TestClock: the clock moves by round trips and time-outs, and by no real time.
func TestClock(t *testing.T) {
	w, err := world.New(1)
	if err != nil {
		t.Fatal(err)
	}
	r := w.Resolver(dnslookup.Iterative)
	if _, err := r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA); err != nil {
		t.Fatal(err)
	}
	if got := w.Now().Sub(world.Epoch); got != (30+25+12)*time.Millisecond {
		t.Errorf("a walk took %v of the world's time", got)
	}
	w.Advance(time.Hour)
	if got := w.Now().Sub(world.Epoch); got < time.Hour {
		t.Errorf("after an hour it is %v", got)
	}
}
