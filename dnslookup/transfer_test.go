package dnslookup_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"onwire/dnslookup"
)

// transferred runs a transfer in a world and returns the records that came.
func transferred(t *testing.T, r *dnslookup.Resolver, zone string) (records []dnslookup.Record, messages int, err error) {
	t.Helper()
	for some, failed := range r.Transfer(t.Context(), zone) {
		if failed != nil {
			return records, messages, failed
		}
		records = append(records, some...)
		messages++
	}
	return records, messages, nil
}

// TestTransfer: a zone's servers give the whole of it if its file allows that,
// signed zones with their signatures and proofs, and large ones in several
// messages.
func TestTransfer(t *testing.T) {
	zone := func(proofs string) string {
		var b strings.Builder
		fmt.Fprintf(&b, ";; servers: 198.51.100.9\n;; sign: %s\n;; transfer: yes\n@ IN NS ns\nns IN A 198.51.100.9\nsub IN NS ns.sub\nns.sub IN A 198.51.100.8\n", proofs)
		for i := range 600 {
			fmt.Fprintf(&b, "n%d IN TXT \"%s\"\n", i, strings.Repeat("x", 100))
		}
		return b.String()
	}
	for proofs, want := range map[string]map[string]int{
		"no":    {"SOA": 2, "NS": 2, "A": 2, "TXT": 600},
		"nsec":  {"SOA": 2, "NS": 2, "A": 2, "TXT": 600, "DNSKEY": 2, "NSEC": 603, "RRSIG": 600 + 603 + 4},
		"nsec3": {"SOA": 2, "NS": 2, "A": 2, "TXT": 600, "DNSKEY": 2, "NSEC3": 603, "NSEC3PARAM": 1, "RRSIG": 600 + 603 + 5},
	} {
		w := small(t, map[string]string{"root": smallRoot, "test": zone(proofs)})
		r := w.Resolver(dnslookup.Stub)
		r.Servers = []dnslookup.Server{{Addr: netip.MustParseAddrPort("198.51.100.9:53")}}
		records, messages, err := transferred(t, r, "Test")
		if err != nil || messages < 3 || records[0] != records[len(records)-1] {
			t.Fatalf("%s: %d messages, %v", proofs, messages, err)
		}
		got := map[string]int{}
		for _, rr := range records {
			got[rr.Type.String()]++
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", proofs, got, want)
		}
	}
	r := lab(t).Resolver(dnslookup.Stub)
	if _, _, err := transferred(t, r, "plain.cn"); err == nil || !strings.Contains(err.Error(), "REFUSED") {
		t.Errorf("the recursor has no zones: %v", err)
	}
	r.Servers[0].Addr = netip.MustParseAddrPort("198.51.100.10:53")
	for name, want := range map[string]string{"plain.cn": "", "example.cn": "REFUSED", "www.plain.cn": "REFUSED", "com": "REFUSED", "a..b": "two dots"} {
		records, _, err := transferred(t, r, name)
		if want == "" && (err != nil || len(records) != 4) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
	}
	r.Servers[0].Addr = netip.MustParseAddrPort("198.51.100.99:53") // no computer has it
	if _, _, err := transferred(t, r, "plain.cn"); err == nil {
		t.Error("a server that is not there gives a zone")
	}
}

// TestTransferStops: the caller may have enough, and the zone may not be
// endless.
func TestTransferStops(t *testing.T) {
	w := lab(t)
	r := w.Resolver(dnslookup.Stub)
	r.Servers[0].Addr = netip.MustParseAddrPort("198.51.100.10:53")
	for records := range r.Transfer(t.Context(), "plain.cn") {
		if len(records) == 0 {
			t.Error("no records")
		}
		break
	}
	defer dnslookup.SetMaxTransfer(3)()
	records, _, err := transferred(t, r, "plain.cn")
	if err == nil || !strings.Contains(err.Error(), "more than 3 records") {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// TestChange: servers give the new data from now on, signed, and caches keep
// the old.
func TestChange(t *testing.T) {
	w := lab(t)
	r := w.Resolver(dnslookup.Iterative)
	r.DNSSEC, r.Cache = true, dnslookup.NewCache(0)
	look := func(r *dnslookup.Resolver) string {
		return found(r.Lookup(t.Context(), "a.example.cn", dnslookup.TypeA))
	}
	before := look(r)
	if err := w.Change(dnslookup.Question{Name: "a.example.cn.", Type: dnslookup.TypeA}, "192.0.2.77"); err != nil {
		t.Fatal(err)
	}
	fresh := w.Resolver(dnslookup.Iterative)
	fresh.DNSSEC = true
	if got := []string{before, look(r), look(fresh)}; !slices.Equal(got, []string{"192.0.2.1 secure", "192.0.2.1 secure", "192.0.2.77 secure"}) {
		t.Errorf("%q", got)
	}
	for _, q := range []dnslookup.Question{{Name: "nope.example.cn.", Type: dnslookup.TypeA}, {Name: "a.example.cn.", Type: dnslookup.TypeMX}, {Name: "example.cn.", Type: dnslookup.TypeSOA}} {
		if err := w.Change(q, "192.0.2.1"); err == nil {
			t.Errorf("%s could be changed", q)
		}
	}
	if err := w.Change(dnslookup.Question{Name: "a.example.cn.", Type: dnslookup.TypeA}, "nope"); err == nil {
		t.Error("the data nope is taken")
	}
}
