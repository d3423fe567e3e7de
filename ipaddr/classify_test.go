package ipaddr_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"onwire/ipaddr"
)

// reference makes the row of a line from net/netip and a walk over all blocks:
// slow, and plainly right.
func reference(line string) string {
	row := func(canonical, version, prefix, name, reach string) string {
		return strings.Join([]string{line, canonical, version, prefix, name, reach}, "\t") + "\n"
	}
	if strings.TrimSpace(line) == "" {
		return row("-", "-", "-", "-", "-")
	}
	a, err := netip.ParseAddr(line)
	canonical := a.String()
	if err != nil {
		port, portErr := netip.ParseAddrPort(line)
		if portErr != nil || strings.Contains(port.Addr().String(), "%") {
			return row("-", "-", "-", "?", "error")
		}
		a, canonical = port.Addr(), port.String()
	}
	prefix, name, reach, bits := "-", "-", "true", -1
	if a.Is6() {
		reach = "unallocated"
	}
	for _, b := range ipaddr.Builtin() {
		if b.Prefix.Contains(a.WithZone("")) && b.Prefix.Bits() > bits {
			prefix, name, reach, bits = b.Text, b.Name, b.GloballyReachable.String(), b.Prefix.Bits()
		}
	}
	if closedInside(a) {
		reach = "false"
	}
	return row(canonical, fmt.Sprint(ipaddr.Version(a)), prefix, name, reach)
}

// closedInside looks for an IPv4 address inside that is not global, by the
// embedded values that the cards show.
func closedInside(a netip.Addr) bool {
	for _, e := range ipaddr.EmbeddedIn(a) {
		wellKnown := netip.MustParsePrefix("64:ff9b::/96").Contains(a.WithZone(""))
		if e.Kind != "6to4" && e.Kind != "Teredo client" && !(e.Kind == "NAT64" && wellKnown) {
			continue
		}
		for _, block := range ipaddr.Chain(e.Addr) {
			documentation := strings.HasPrefix(block.Name, "Documentation")
			return !documentation && (block.GloballyReachable == ipaddr.False || e.Addr.IsMulticast())
		}
	}
	return false
}

// sameRow compares a row with the reference, which has no words for faults.
func sameRow(got, want string) bool {
	if strings.HasSuffix(want, "\t?\terror\n") {
		if input, _, _ := strings.Cut(want, "\t"); readable(input) {
			return true // more than net/netip reads: TestAppendRow has those
		}
		columns := strings.Split(got, "\t")
		if len(columns) != 6 || columns[4] == "" {
			return false
		}
		columns[4] = "?"
		got = strings.Join(columns, "\t")
	}
	return got == want
}

// readable reports whether a text is a prefix, a range, or an address with its
// mask, which the reference does not read.
func readable(text string) bool {
	in, err := ipaddr.Parse(text, ipaddr.Strict)
	return err == nil && in.Kind != ipaddr.KindAddr
}

// lines makes n lines, most of them addresses at the borders of blocks.
func lines(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	var blocks = ipaddr.Builtin()
	var all []string
	for range n {
		p := blocks[r.IntN(len(blocks))].Prefix
		a := p.Addr()
		switch r.IntN(6) {
		case 0:
			a = ipaddr.LastAddr(p)
		case 1:
			a = ipaddr.LastAddr(p).Next()
		case 2:
			a = a.Prev()
		case 3:
			b := a.AsSlice()
			b[r.IntN(len(b))] = byte(r.Uint32())
			b[r.IntN(len(b))] = byte(r.Uint32())
			a, _ = netip.AddrFromSlice(b)
		case 4:
			var b [16]byte
			for i := range b {
				b[i] = byte(r.Uint32() & r.Uint32() & r.Uint32())
			}
			a = netip.AddrFrom16(b)
		}
		if !a.IsValid() {
			a = p.Addr()
		}
		s := a.String()
		switch r.IntN(12) {
		case 0:
			s = a.StringExpanded()
		case 1:
			s = strings.ToUpper(s)
		case 2:
			i := r.IntN(len(s))
			s = s[:i] + string("0123456789abcdef:.%/ -"[r.IntN(22)]) + s[i+r.IntN(2):]
		case 3:
			s = s[:r.IntN(len(s))]
		}
		all = append(all, s)
	}
	return all
}

func TestAppendRow(t *testing.T) {
	for line, want := range map[string]string{
		"10.0.0.1":        "10.0.0.1\t10.0.0.1\t4\t10.0.0.0/8\tPrivate-Use\tfalse\n",
		"8.8.8.8":         "8.8.8.8\t8.8.8.8\t4\t-\t-\ttrue\n",
		"2001:DB8::1":     "2001:DB8::1\t2001:db8::1\t6\t2001:db8::/32\tDocumentation\tfalse\n",
		"::ffff:c000:280": "::ffff:c000:280\t::ffff:192.0.2.128\t6\t::ffff:0:0/96\tIPv4-mapped Address\tfalse\n",
		"fe80::1%eth0":    "fe80::1%eth0\tfe80::1%eth0\t6\tfe80::/10\tLink-Local Unicast\tfalse\n",
		"4000::":          "4000::\t4000::\t6\t-\t-\tunallocated\n",
		"":                "\t-\t-\t-\t-\t-\n",
		"  ":              "  \t-\t-\t-\t-\t-\n",
		"1.2.3":           "1.2.3\t-\t-\t-\tthere are only 3 octets, not four\terror\n",
		"a\tb\x1b[2J":     `a\tb\x1b[2J` + "\t-\t-\t-\tthere is a space in it\terror\n",
		"10.0.0.1 ":       "10.0.0.1 \t-\t-\t-\tthere is a space in it\terror\n",
		// What arguments may be, lines may be.
		"1.2.3.4:80":                "1.2.3.4:80\t1.2.3.4:80\t4\t-\t-\ttrue\n",
		"[::1]:443":                 "[::1]:443\t[::1]:443\t6\t::1/128\tLoopback Address\tfalse\n",
		"[fe80::1%25eth0]:80":       "[fe80::1%25eth0]:80\t[fe80::1%eth0]:80\t6\tfe80::/10\tLink-Local Unicast\tfalse\n",
		"10.0.0.0/8":                "10.0.0.0/8\t10.0.0.0/8\t4\t10.0.0.0/8\tPrivate-Use\tfalse\n",
		"10.1.2.3 255.255.0.0":      "10.1.2.3 255.255.0.0\t10.1.2.3/16\t4\t10.0.0.0/8\tPrivate-Use\tfalse\n",
		"8.0.0.0/6":                 "8.0.0.0/6\t8.0.0.0/6\t4\t-\t-\tmixed\n",
		"10.0.0.1-10.0.0.9":         "10.0.0.1-10.0.0.9\t10.0.0.1-10.0.0.9\t4\t10.0.0.0/8\tPrivate-Use\tfalse\n",
		"fe80::1%2/64":              "fe80::1%2/64\tfe80::1%2/64\t6\tfe80::/10\tLink-Local Unicast\tfalse\n",
		"64:ff9b::a9fe:a9fe":        "64:ff9b::a9fe:a9fe\t64:ff9b::a9fe:a9fe\t6\t64:ff9b::/96\tIPv4-IPv6 Translat.\tfalse\n",
		"64:ff9b::808:808":          "64:ff9b::808:808\t64:ff9b::808:808\t6\t64:ff9b::/96\tIPv4-IPv6 Translat.\ttrue\n",
		"64:ff9b::/96":              "64:ff9b::/96\t64:ff9b::/96\t6\t64:ff9b::/96\tIPv4-IPv6 Translat.\tmixed\n",
		"2002:a00:1::1":             "2002:a00:1::1\t2002:a00:1::1\t6\t2002::/16\t6to4\tfalse\n",
		"2002:808:808::1":           "2002:808:808::1\t2002:808:808::1\t6\t2002::/16\t6to4\tn/a\n",
		"2001:0:808:808::f5ff:fffe": "2001:0:808:808::f5ff:fffe\t2001:0:808:808::f5ff:fffe\t6\t2001::/32\tTEREDO\tfalse\n", // client 10.0.0.1
		// A stranger's text stays in its column, and off the terminal's controls.
		"\u009b31mred":            `\u009b31mred` + "\t-\t-\t-\tU+009B is an invisible character: leave it out\terror\n",
		"1.2.3.4\u202e":           `1.2.3.4\u202e` + "\t-\t-\t-\tU+202E is an invisible character: leave it out\terror\n",
		"\u200b1.2.3.4":           `\u200b1.2.3.4` + "\t-\t-\t-\tU+200B is an invisible character: leave it out\terror\n",
		"\u20281.2.3.4":           `\u20281.2.3.4` + "\t-\t-\t-\tU+2028 is an invisible character: leave it out\terror\n",
		"1.2.3.4\x9b":             `1.2.3.4\x9b` + "\t-\t-\t-\t\"\\x9b\" does not belong in an address\terror\n",
		"fe80::1%\u202eeth0":      `fe80::1%\u202eeth0` + "\t-\t-\t-\tU+202E is an invisible character: leave it out\terror\n",
		strings.Repeat("é", 600):  strings.Repeat("é", 32) + "...\t-\t-\t-\tthe line is too long for an address\terror\n",
		strings.Repeat("1", 5000): strings.Repeat("1", 64) + "...\t-\t-\t-\tthe line is too long for an address\terror\n",
	} {
		got, ok := ipaddr.AppendRow(nil, []byte(line))
		if string(got) != want || ok == strings.HasSuffix(want, "error\n") {
			t.Errorf("AppendRow(%q) = %q, %v; want %q", line, got, ok, want)
		}
	}
}

// TestFastPathIsTheSlowPath compares many lines at the borders with the
// reference.
func TestFastPathIsTheSlowPath(t *testing.T) {
	for _, line := range lines(200_000, 7) {
		got, _ := ipaddr.AppendRow(nil, []byte(line))
		if want := reference(line); !sameRow(string(got), want) {
			t.Fatalf("AppendRow(%q) = %q, want %q", line, got, want)
		}
	}
}

// FuzzAppendRow: on every line, the row is the reference's.
func FuzzAppendRow(f *testing.F) {
	for _, s := range append(lines(50, 3), "", "::", "1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:7::", "fe80::1%eth0", "0::0:0", "1::0:0:1", "::ffff:1") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, c := range line {
			if c < ' ' || c == 0x7f { // escaped; TestAppendRow has those
				return
			}
		}
		if len(line) > 1000 || bytes.ContainsFunc(line, func(r rune) bool { return r > 0x7f }) {
			return
		}
		got, _ := ipaddr.AppendRow([]byte("before"), line)
		rest, kept := strings.CutPrefix(string(got), "before")
		if want := reference(string(line)); !kept || !sameRow(rest, want) {
			// A zone with a space or a second percent sign is refused by us alone,
			// and a slash begins the length of a prefix.
			_, zone, _ := strings.Cut(string(line), "%")
			if !strings.ContainsAny(zone, " %/") {
				t.Fatalf("AppendRow(%q) = %q, want %q", line, rest, want)
			}
		}
	})
}

// run classifies a text and returns the rows.
func run(t *testing.T, workers int, r io.Reader) (string, *ipaddr.Batch) {
	t.Helper()
	var out bytes.Buffer
	b := &ipaddr.Batch{Workers: workers}
	if err := b.Run(t.Context(), r, &out); err != nil {
		t.Fatal(err)
	}
	return out.String(), b
}

// TestBatch: whatever the workers and the pieces in which the input comes, the
// rows are those of the lines, in order.
func TestBatch(t *testing.T) {
	all := lines(60_000, 9) // several chunks
	all = append(all, "", "1.2.3.4\r", "\r", strings.Repeat("9", 2000), strings.Repeat("::1 ", 200_000), "last")
	var want strings.Builder
	bad := int64(0)
	for _, line := range all {
		row, ok := ipaddr.AppendRow(nil, []byte(strings.TrimSuffix(line, "\r")))
		want.Write(row)
		if !ok {
			bad++
		}
	}
	for _, end := range []string{"\n", ""} {
		text := strings.Join(all, "\n") + end
		for _, workers := range []int{0, 1, 2, 7} {
			for name, r := range map[string]io.Reader{
				"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text)), "data with EOF": iotest.DataErrReader(strings.NewReader(text)),
			} {
				got, b := run(t, workers, r)
				if got != want.String() {
					t.Fatalf("%d workers, %s: the rows differ", workers, name)
				}
				if b.Lines() != int64(len(all)) || b.Bad() != bad || b.Read() != int64(len(text)) {
					t.Errorf("%d lines, %d bad, %d bytes; want %d, %d, %d", b.Lines(), b.Bad(), b.Read(), len(all), bad, len(text))
				}
			}
		}
	}
	if got, _ := run(t, 2, strings.NewReader("")); got != "" {
		t.Errorf("no lines make %q", got)
	}
	small := "1.2.3.4\r\n\n::1"
	for _, r := range []io.Reader{strings.NewReader(small), iotest.OneByteReader(strings.NewReader(small))} {
		got, _ := run(t, 1, r)
		if got != "1.2.3.4\t1.2.3.4\t4\t-\t-\ttrue\n\t-\t-\t-\t-\t-\n::1\t::1\t6\t::1/128\tLoopback Address\tfalse\n" {
			t.Errorf("CR LF, a blank line and no newline at the end: %q", got)
		}
	}
}

// TestBatchLenient: a batch forgives what Parse does, and no more.
func TestBatchLenient(t *testing.T) {
	b := &ipaddr.Batch{Mode: ipaddr.Lenient}
	var out strings.Builder
	if err := b.Run(t.Context(), strings.NewReader("127.1\n1.2.3.4.5\n::1\n"), &out); err != nil {
		t.Fatal(err)
	}
	want := "127.1\t127.0.0.1\t4\t127.0.0.0/8\tLoopback\tfalse\n" +
		"1.2.3.4.5\t-\t-\t-\tthere are 5 octets, more than four\terror\n" +
		"::1\t::1\t6\t::1/128\tLoopback Address\tfalse\n"
	if out.String() != want || b.Bad() != 1 {
		t.Errorf("%d bad, rows\n%s\nwant 1 and\n%s", b.Bad(), &out, want)
	}
}

// TestBatchGrows: short lines make rows many times as long, past the room that
// a chunk's rows have at first.
func TestBatchGrows(t *testing.T) {
	const n = 100_000
	for _, line := range []string{"::", "192.0.0.10", "2001:30::1"} { // the last two have long names
		row, _ := ipaddr.AppendRow(nil, []byte(line))
		if got, _ := run(t, 2, strings.NewReader(strings.Repeat(line+"\n", n))); got != strings.Repeat(string(row), n) {
			t.Errorf("%d lines %q: the rows differ", n, line)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// TestBatchStops: a writer, a reader or a context that fails ends the run with
// that error, and leaves no goroutine behind.
func TestBatchStops(t *testing.T) {
	boom := errors.New("boom")
	endless := func() io.Reader { return endlessLines{} }
	before := runtime.NumGoroutine()
	for name, tt := range map[string]struct {
		r io.Reader
		w io.Writer
	}{
		"writer": {endless(), failingWriter{boom}},
		"reader": {iotest.ErrReader(boom), io.Discard},
	} {
		if err := (&ipaddr.Batch{Workers: 2}).Run(t.Context(), tt.r, tt.w); !errors.Is(err, boom) {
			t.Errorf("%s: Run = %v, want boom", name, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := writerFunc(func(p []byte) (int, error) { cancel(boom); return len(p), nil })
	if err := (&ipaddr.Batch{Workers: 2}).Run(ctx, endless(), stop); !errors.Is(err, boom) {
		t.Errorf("context: Run = %v, want boom", err)
	}
	for range 1_000_000 { // they are on their way out
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines are left, %d before", runtime.NumGoroutine(), before)
}

// TestBatchStopsWhileReading: a context that ends, and a writer that fails,
// end a run whose reader has nothing to give.
func TestBatchStopsWhileReading(t *testing.T) {
	boom := errors.New("boom")
	silent, keyboard := io.Pipe()
	defer keyboard.Close() // lets the reader that was left behind go
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	if err := (&ipaddr.Batch{Workers: 2}).Run(ctx, silent, io.Discard); !errors.Is(err, boom) {
		t.Errorf("context: Run = %v, want boom", err)
	}
	once := io.MultiReader(strings.NewReader("1.2.3.4\n"), silent)
	if err := (&ipaddr.Batch{Workers: 2}).Run(t.Context(), once, failingWriter{boom}); !errors.Is(err, boom) {
		t.Errorf("writer: Run = %v, want boom", err)
	}
}

type endlessLines struct{}

func (endlessLines) Read(p []byte) (int, error) {
	n := 0
	for n+8 <= len(p) {
		n += copy(p[n:], "1.2.3.4\n")
	}
	return n, nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestAppendRowAllocates(t *testing.T) {
	dst := make([]byte, 0, 4096)
	for _, line := range []string{"10.0.0.1", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::"} {
		if n := testing.AllocsPerRun(100, func() { dst, _ = ipaddr.AppendRow(dst[:0], []byte(line)) }); n > 0 {
			t.Errorf("AppendRow(%s) allocates %v times", line, n)
		}
	}
}

// BenchmarkBatch is a line of the usual mix; bench/ipinfo has the peers.
func BenchmarkBatch(b *testing.B) {
	var text strings.Builder
	for _, line := range lines(10_000, 5) {
		text.WriteString(line + "\n")
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if err := (&ipaddr.Batch{Workers: 1}).Run(b.Context(), strings.NewReader(text.String()), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
