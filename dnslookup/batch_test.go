package dnslookup_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"onwire/dnslookup"
	"onwire/internal/screens"

	"github.com/miekg/dns"
)

// collect returns a batch as "name data" lines, or "name RCODE", or "name error".
func collect(t *testing.T, r *dnslookup.Resolver, o dnslookup.BatchOptions, names ...string) []string {
	t.Helper()
	questions := func(yield func(dnslookup.Question) bool) {
		for _, name := range names {
			q := dnslookup.Question{Name: name, Type: dnslookup.TypeA}
			if host, ok := strings.CutSuffix(name, " TXT"); ok {
				q = dnslookup.Question{Name: host, Type: dnslookup.TypeTXT}
			}
			if !yield(q) {
				return
			}
		}
	}
	var lines []string
	for a, err := range r.Batch(t.Context(), questions, o) {
		line := a.Question.Name
		switch {
		case err != nil:
			line += " error"
		case len(a.Records) == 0:
			line += " " + a.Rcode.String()
		case len(a.Records) > 5:
			line += fmt.Sprintf(" %d records", len(a.Records))
		}
		for _, rr := range a.Records {
			if len(a.Records) <= 5 {
				line += " " + rr.Data
			}
		}
		lines = append(lines, line)
	}
	return lines
}

var batchNames = []string{"a.example.cn.", "nope.example.cn.", "www.example.cn.", "www.lame.cn.", "ent.example.cn.", "web.example.com.", "x..y."}

var batchWant = []string{"a.example.cn. 192.0.2.1", "nope.example.cn. NXDOMAIN", "www.example.cn. web.example.com. 192.0.2.80 192.0.2.81",
	"www.lame.cn. error", "ent.example.cn. NOERROR", "web.example.com. 192.0.2.80 192.0.2.81", "x..y. error"}

func TestBatch(t *testing.T) {
	r := lab(t).Resolver(dnslookup.Stub)
	if got := collect(t, r, dnslookup.BatchOptions{}, batchNames...); !slices.Equal(got, batchWant) {
		t.Errorf("in order:\n%q\nwant\n%q", got, batchWant)
	}
	got := collect(t, lab(t).Resolver(dnslookup.Stub), dnslookup.BatchOptions{Unordered: true, Window: 3}, batchNames...)
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(batchWant)); !slices.Equal(got, want) {
		t.Errorf("unordered:\n%q\nwant\n%q", got, want)
	}
	walk := lab(t).Resolver(dnslookup.Iterative)
	if got := collect(t, walk, dnslookup.BatchOptions{}, batchNames[:6]...); !slices.Equal(got, batchWant[:6]) {
		t.Errorf("walking:\n%q\nwant\n%q", got, batchWant[:6])
	}
}

// TestBatchLoss loses the first copy of every query, and slips in replies to
// other questions, with other IDs, and broken ones. Nothing may change.
func TestBatchLoss(t *testing.T) {
	w := lab(t)
	seen := map[string]int{}
	w.Tamper = func(server netip.AddrPort, network string, query, reply []byte) [][]byte {
		q := new(dns.Msg)
		if server.Addr().String() != "198.51.100.53" || network != "udp" || q.Unpack(query) != nil {
			return [][]byte{reply}
		}
		name := q.Question[0].Name
		if seen[name]++; seen[name] == 1 {
			return nil
		}
		lie := new(dns.Msg)
		lie.SetReply(q)
		lie.Question[0].Name = "other."
		lie.Answer = []dns.RR{rr("other. 300 IN A 203.0.113.66")}
		other, _ := lie.Pack()
		lie.SetReply(q)
		lie.Id++
		lie.Answer = []dns.RR{rr(name + " 300 IN A 203.0.113.66")}
		wrongID, _ := lie.Pack()
		return [][]byte{other, wrongID, {1, 2, 3}, query, reply, reply}
	}
	retries := 0
	r := w.Resolver(dnslookup.Stub)
	got := collect(t, r, dnslookup.BatchOptions{Retried: func() { retries++ }}, batchNames...)
	if !slices.Equal(got, batchWant) || retries < 6 {
		t.Errorf("%d retries:\n%q\nwant\n%q", retries, got, batchWant)
	}
}

// TestBatchDetours: what does not fit goes over TCP, and a server that does
// not know EDNS is asked without.
func TestBatchDetours(t *testing.T) {
	w := lab(t)
	want := []string{"a.example.cn. 192.0.2.1", "big.example.cn. 20 records"}
	if got := collect(t, w.Resolver(dnslookup.Stub), dnslookup.BatchOptions{}, "a.example.cn.", "big.example.cn. TXT"); !slices.Equal(got, want) {
		t.Errorf("over TCP: %q", got)
	}
	for _, rcode := range []int{dns.RcodeFormatError, dns.RcodeNotImplemented, dns.RcodeBadVers} {
		w.Tamper = change(t, "198.51.100.53", func(_ string, q, m *dns.Msg) []*dns.Msg {
			if q.IsEdns0() != nil {
				m.Rcode, m.Answer, m.Ns = rcode, nil, nil
			}
			return []*dns.Msg{m}
		})
		if got := collect(t, w.Resolver(dnslookup.Stub), dnslookup.BatchOptions{}, "a.example.cn."); !slices.Equal(got, want[:1]) {
			t.Errorf("without EDNS, after %s: %q", dns.RcodeToString[rcode], got)
		}
	}
}

// TestBatchNobody: a server that never answers, or that is not there, ends the
// batch; it is not told for every name.
func TestBatchNobody(t *testing.T) {
	silent := lab(t).Resolver(dnslookup.Stub)
	silent.Servers = []dnslookup.Server{{Addr: netip.MustParseAddrPort("198.51.100.99:53")}}
	at := netip.MustParseAddrPort(screens.Closed(t, "udp"))
	refusing := &dnslookup.Resolver{Dial: (&net.Dialer{}).DialContext, Servers: []dnslookup.Server{{Addr: at}}}
	for name, r := range map[string]*dnslookup.Resolver{"silent": silent, "refusing": refusing} {
		n := 0
		for a, err := range r.Batch(t.Context(), func(yield func(dnslookup.Question) bool) {
			for yield(dnslookup.Question{Name: "a.example.cn.", Type: dnslookup.TypeA}) {
			}
		}, dnslookup.BatchOptions{}) {
			if n++; a.Index != -1 || !errors.Is(err, dnslookup.ErrTimeout) && !errors.Is(err, dnslookup.ErrNetwork) {
				t.Errorf("%s: %v %v", name, a, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d answers, want one error", name, n)
		}
	}
}

// TestBatchStops: a caller who has enough ends everything.
func TestBatchStops(t *testing.T) {
	n := 0
	for range lab(t).Resolver(dnslookup.Stub).Batch(t.Context(), func(yield func(dnslookup.Question) bool) {
		for i := 0; yield(dnslookup.Question{Name: fmt.Sprintf("n%d.example.cn.", i), Type: dnslookup.TypeA}); i++ {
		}
	}, dnslookup.BatchOptions{}) {
		if n++; n == 1000 {
			break
		}
	}
	if n != 1000 {
		t.Errorf("%d answers", n)
	}
}

// BenchmarkBatch asks a server in this process over loopback, which answers
// each query with one address: the client and the kernel, and little else.
func BenchmarkBatch(b *testing.B) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			reply := append([]byte(nil), buf[:n-11]...) // without the OPT record
			reply[2] |= 0x80
			reply[7], reply[11] = 1, 0
			reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1)
			conn.WriteTo(reply, from)
		}
	}()
	r := &dnslookup.Resolver{Dial: (&net.Dialer{}).DialContext, Servers: []dnslookup.Server{{Addr: netip.MustParseAddrPort(conn.LocalAddr().String())}}}
	b.ReportAllocs()
	n := 0
	questions := func(yield func(dnslookup.Question) bool) {
		for i := 0; i < b.N && yield(dnslookup.Question{Name: "www.example.cn.", Type: dnslookup.TypeA}); i++ {
		}
	}
	for _, err := range r.Batch(b.Context(), questions, dnslookup.BatchOptions{}) {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != b.N {
		b.Fatalf("%d answers to %d questions", n, b.N)
	}
}

// BenchmarkTrace walks through the lab: its servers, their signatures, and us.
func BenchmarkTrace(b *testing.B) {
	for b.Loop() {
		r := lab(b).Resolver(dnslookup.Iterative)
		r.DNSSEC = true
		if _, err := r.Lookup(b.Context(), "www.example.cn"); err != nil {
			b.Fatal(err)
		}
	}
}
