package portmux_test

import (
	"bufio"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"onwire/portmux"
)

// world is the host of the cases.
func world(t testing.TB) *portmux.Mux {
	t.Helper()
	f, err := os.Open("testdata/world.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := portmux.ReadWorld(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A testCase is a row of testdata/cases.tsv: packets, and the verdict on the
// last of them.
type testCase struct {
	number, name, layer string
	packets             [][]byte
	want, linux         string
	offload             bool // the device says that the checksums are not filled in yet
}

func cases(t testing.TB) []testCase {
	t.Helper()
	f, err := os.Open("testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []testCase
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		col := strings.Split(lines.Text(), "\t")
		if len(col) < 8 || col[0] == "id" {
			continue
		}
		c := testCase{number: col[0], name: col[2], layer: col[3], want: col[5], linux: col[7]}
		for s := range strings.SplitSeq(col[4], ",") {
			b, err := hex.DecodeString(s)
			if err != nil {
				t.Fatalf("%s: %v", col[0], err)
			}
			c.packets = append(c.packets, b)
		}
		all = append(all, c)
	}
	if lines.Err() != nil || len(all) < 50 {
		t.Fatalf("%d cases, %v", len(all), lines.Err())
	}
	return all
}

// verdicts are the rows of testdata/verdicts.tsv, as test cases.
func verdicts(t testing.TB) []testCase {
	t.Helper()
	data, err := os.ReadFile("testdata/verdicts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all []testCase
	for line := range strings.Lines(string(data)) {
		col := strings.Split(strings.TrimSpace(line), "\t")
		if len(col) != 4 {
			continue // the heading
		}
		c := testCase{number: col[0], name: col[1], layer: "ip", want: col[3]}
		for s := range strings.SplitSeq(col[2], ",") {
			b, err := hex.DecodeString(s)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			c.packets = append(c.packets, b)
		}
		all = append(all, c)
	}
	if len(all) < 400 {
		t.Fatalf("%d verdicts", len(all))
	}
	return all
}

// TestCases holds Deliver and Explain against the given verdicts. Every case
// meets a fresh host.
func TestCases(t *testing.T) {
	for _, c := range append(cases(t), verdicts(t)...) {
		if c.layer != "ip" {
			continue // frames: cmd/portmux reads those
		}
		for name, deliver := range map[string]func(*portmux.Mux, []byte) portmux.Verdict{
			"Deliver": (*portmux.Mux).Deliver,
			"Explain": func(m *portmux.Mux, b []byte) portmux.Verdict { v, _ := m.Explain(b); return v },
		} {
			m := world(t)
			var v portmux.Verdict
			for _, b := range c.packets {
				v = deliver(m, b)
			}
			if v.String() != c.want {
				t.Errorf("%s %s: %s = %s (%s), want %s", c.number, c.name, name, v, v.Reason, c.want)
			}
		}
	}
}

// TestWorldFaults: what a world asks for in vain is told, with its line.
func TestWorldFaults(t *testing.T) {
	for app, want := range map[string]string{
		"a tcp :80 established":                 "established is for a TCP connection",
		"a udp :80 peer=10.9.0.1:1 established": "established is for a TCP connection",
		"a udp :80 peer=":                       `"peer=" names no peer`,
		"a udp :80 peer":                        `"peer" is no option`,
		"a udp :80 reuse=1":                     `"reuse=1" is no option`,
		"a udp :80 join=":                       `join="" is not an address`,
		"a udp :0":                              "port 0 is none",
		"a\x1b[31m udp :80":                     "cannot be printed",
		"a\x9bm udp :80":                        "cannot be printed",
		"a\u009bm udp :80":                      "cannot be printed",
		"a\u202eb udp :80":                      "cannot be printed",
		"a sctp :80":                            `"sctp" is neither udp nor tcp`,
		"a udp 10.9.0.9:80":                     "not an address of this host",
	} {
		_, err := portmux.ReadWorld(strings.NewReader("host 10.9.0.2/24\napp " + app + "\n"))
		if err == nil || !strings.HasPrefix(err.Error(), "line 2: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", app, err, want)
		}
	}
}
