package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestTransferErrors: a transfer that ends early, begins with another record or
// is refused, says so; what came is printed as it comes.
func TestTransferErrors(t *testing.T) {
	soa, other := "test. 60 IN SOA ns.test. h.test. 1 2 3 4 5", "test. 60 IN SOA ns.test. h.test. 2 2 3 4 5"
	a := "a.test. 60 IN A 192.0.2.1"
	for name, tt := range map[string]struct {
		code     int
		messages [][]string
		lines    int
		want     string
	}{
		"in one message":   {0, [][]string{{soa, a, soa}}, 3, "3 records in 1 message"},
		"in three":         {0, [][]string{{soa}, {a, "b.test. 60 IN TYPE65280 \\# 1 07"}, {soa}}, 4, "4 records in 3 messages"},
		"outside the zone": {0, [][]string{{soa, "www.example. 60 IN A 192.0.2.1", soa}}, 2, "2 records"},
		"no end":           {3, [][]string{{soa, a}}, 2, "the zone is not whole: after 2 records"},
		"no beginning":     {3, [][]string{{a, soa}}, 0, "begins with a A record"},
		"another end":      {3, [][]string{{soa, a}, {other}}, 2, "changed on the way"},
		"more after it":    {3, [][]string{{soa, a, soa, a}}, 2, "follow the SOA record"},
		"an empty message": {3, [][]string{{}}, 0, "a message without a record"},
	} {
		server := fake(func(_ string, q *dns.Msg) [][]byte {
			var out [][]byte
			for _, records := range tt.messages {
				out = append(out, answer(q, 0, records...)...)
			}
			return append(out, []byte{}) // a message of no bytes: what comes after the end does not matter
		}).start(t)
		code, stdout, stderr := run(t, "", "test", "AXFR", "--timeout", "300ms", server)
		if code != tt.code || !strings.Contains(stderr, tt.want) || name != "more after it" && strings.Count(stdout, "\n") != tt.lines {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
		code, stdout, _ = run(t, "", "--json", "--tcp", "-t", "AXFR", "test", "--timeout", "300ms", server)
		last := strings.Split(strings.TrimSpace(stdout), "\n")
		if code != tt.code || !strings.Contains(last[len(last)-1], fmt.Sprintf(`"whole":%v`, tt.code == 0)) {
			t.Errorf("%s --json: exit %d\n%s", name, code, stdout)
		}
	}
	server := fake(func(_ string, q *dns.Msg) [][]byte { return answer(q, refused) }).start(t)
	code, _, stderr := run(t, "", "test", "AXFR", server)
	if code != 3 || !strings.Contains(stderr, "REFUSED") || !strings.Contains(stderr, "hint: most servers give their zone") {
		t.Errorf("refused: exit %d %s", code, stderr)
	}
}

// TestBatchGoesOn: every line that is no name has a row in its place.
func TestBatchGoesOn(t *testing.T) {
	server := fake(func(_ string, q *dns.Msg) [][]byte { return answer(q, 0, nameOf(q)+" 60 IN A 192.0.2.1") }).start(t)
	input := "a.test\na..b\n" + strings.Repeat("x", 200_000) + "\n\xff\xfe\x1b[31m\nb.test\nb.test NOTYPE\nb.test A B\n10.0.0.256\nprinter.local\nc.test"
	for _, args := range [][]string{{"batch", "-", server}, {"batch", "--tcp", "-", server}} {
		code, stdout, stderr := run(t, input, args...)
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		want := []string{"a.test 192.0.2.1", "a..b ERROR ", strings.Repeat("x", 64) + "... ERROR ", `\xff\xfe\x1b[31m ERROR `, "b.test 192.0.2.1",
			"b.test ERROR ", "b.test ERROR ", `10.0.0.256 ERROR "10.0.0.256" looks like an address, but 256 is larger than 255`, "printer.local 192.0.2.1", "c.test 192.0.2.1"}
		if code != 1 || len(lines) != len(want) || !strings.Contains(stderr, "6 not asked") {
			t.Fatalf("exit %d, %d lines\n%s%s", code, len(lines), stdout, stderr)
		}
		for i := range want {
			if !strings.HasPrefix(lines[i], want[i]) {
				t.Errorf("line %d is %q, want %q", i, lines[i], want[i])
			}
		}
	}
	code, stdout, _ := run(t, input, "batch", "--json", "--quiet", "-", server)
	if n := strings.Count(stdout, "\n"); code != 1 || n != 10 || strings.Contains(stdout, "\x1b") {
		t.Errorf("--json: exit %d, %d lines", code, n)
	}
	for line := range strings.Lines(stdout) {
		if !strings.Contains(line, `"error":""`) && !strings.Contains(line, `"rcode":""`) {
			t.Errorf("a line that was not asked for has an rcode: %s", line)
		}
	}
}

// TestBatchWrongIDs: replies came, but none to a question of ours.
func TestBatchWrongIDs(t *testing.T) {
	server := fake(func(_ string, q *dns.Msg) [][]byte { q.Id ^= 0xffff; return answer(q, 0) }).start(t)
	code, _, stderr := run(t, "x.test\n", "batch", "--quiet", "--timeout", "50ms", "-", server)
	if code != 3 || !strings.Contains(stderr, "with a wrong ID came") {
		t.Errorf("exit %d %s", code, stderr)
	}
}
