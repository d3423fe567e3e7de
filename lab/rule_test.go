package lab_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"onwire/lab"
)

func TestParseRule(t *testing.T) {
	for _, tt := range []struct{ verb, words, want string }{
		{"lose", "5", "lose frame 5"},
		{"lose", "frame 5", "lose frame 5"},
		{"lose", "data 2", "lose data 2"},
		{"lose", "data:2:from:client", "lose data 2 from client"},
		{"lose", "from client data 2-4", "lose data 2-4 from client"},
		{"lose", "20%", "lose frame 20%"},
		{"lose", "0.5% tcp", "lose tcp 0.5%"},
		{"lose", "syn-ack", "lose syn-ack"},
		{"break", "data 1", "break data 1"},
		{"break", "5 bit 300", "break frame 5 bit 300"},
		{"delay", "80ms", "delay frame by 80ms"},
		{"delay", "data 2 by 1.5s", "delay data 2 by 1.5s"},
		{"dup", "arp", "dup arp"},
		{"swap", "udp 3 from b", "swap udp 3 from b"},
	} {
		r, err := lab.ParseRule(tt.verb, tt.words)
		if err != nil {
			t.Errorf("%s %q: %v", tt.verb, tt.words, err)
			continue
		}
		if r.String() != tt.want {
			t.Errorf("%s %q is %q, want %q", tt.verb, tt.words, r, tt.want)
		}
		again, err := lab.ParseRule(tt.verb, strings.TrimPrefix(r.String(), tt.verb))
		if err != nil || again != r {
			t.Errorf("%q is read as %q, %v", r, again, err)
		}
	}
	for _, tt := range []struct{ verb, words, part string }{
		{"lose", "", "names no frames"},
		{"lose", "dta 1", `"dta" is no kind`},
		{"lose", "data 0", "counted from 1"},
		{"lose", "data 3-2", "a range goes up"},
		{"lose", "data -1", "is no kind"},
		{"lose", "120%", "no share"},
		{"lose", "NaN%", "no share"},
		{"lose", "data from", "no host"},
		{"lose", "80ms", "is no kind"},
		{"lose", "data bit 3", "is no kind"},
		{"break", "data bit", "no number follows"},
		{"break", "data bit -3", "no number follows"},
		{"lose", "data 1 dta", `lose "data 1 dta", word 3: "dta" is no kind`},
		{"lose", "data:0", `word 2: "0": frames are counted from 1`},
		{"lose", "data 1 syn", `word 3: "syn" after "data": a rule has one kind`},
		{"lose", "5 6", `word 2: "6" after "5": a rule has one number`},
		{"lose", "5% data 6%", `word 3: "6%" after "5%": a rule has one share`},
		{"lose", "from client from server", `word 3: "from" after "from": a rule has one host`},
		{"break", "bit 3 bit 4", `word 3: "bit" after "bit": a rule has one bit`},
		{"delay", "80ms data by 90ms", `word 3: "by" after "80ms": a rule has one delay`},
		{"delay", "data by", `word 2: "by": no time follows`},
		{"delay", "data by 5", `word 2: "by": no time follows`},
		{"delay", "data 2", "want a delay"},
		{"delay", "11m", "want a delay"},
		{"delay", "-5ms", "want a delay"},
		{"eat", "data 2", "no verb"},
	} {
		if r, err := lab.ParseRule(tt.verb, tt.words); err == nil || !strings.Contains(err.Error(), tt.part) {
			t.Errorf("%s %q: %v, %v; want %q", tt.verb, tt.words, r, err, tt.part)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	f.Add("lose", "data 2-4 from client")
	f.Add("delay", "by 80ms 20%")
	f.Add("break", "5 bit 300")
	f.Fuzz(func(t *testing.T, verb, words string) {
		r, err := lab.ParseRule(verb, words)
		if err != nil || strings.ContainsAny(r.From(), "% \t\n\v\f\r\u0085\u00a0") {
			return
		}
		again, err := lab.ParseRule(verb, strings.TrimPrefix(r.String(), verb))
		if err != nil || again.String() != r.String() {
			t.Errorf("%q %q is %q, which is read as %q, %v", verb, words, r, again, err)
		}
	})
}

// fates plays one datagram of five after the other over a wire with the rules,
// and returns what became of each: the milliseconds at which it arrived.
func fates(t *testing.T, rules ...lab.Rule) string {
	t.Helper()
	rec := new(lab.Recording)
	n, err := lab.New(lab.Config{Seed: 1, Latency: 10 * time.Millisecond, Rules: rules, Observe: rec.Observe})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	a, err := n.Host("a", netip.MustParsePrefix("10.0.0.1/24"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := n.Host("b", netip.MustParsePrefix("10.0.0.2/24"))
	if err != nil {
		t.Fatal(err)
	}
	pc, err := b.ListenPacket("udp", ":9")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	c, err := a.Dial("udp", "b:9")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a.Sleep(100 * time.Millisecond)
	for range 5 {
		if _, err := c.Write([]byte("word")); err != nil {
			t.Fatal(err)
		}
		a.Sleep(100 * time.Millisecond)
	}
	a.Sleep(time.Second)
	got := 0
	for buf := make([]byte, 10); ; got++ {
		pc.SetReadDeadline(b.Now().Add(time.Millisecond))
		if _, _, err := pc.ReadFrom(buf); err != nil {
			break
		}
	}
	var s []string
	for _, f := range rec.Frames() {
		if f.Layer == "UDP" {
			s = append(s, strings.Trim(fmt.Sprint(f.Arrived), "[]"))
		}
	}
	return fmt.Sprintf("%s: %d read", strings.Join(s, ", "), got)
}

// TestActions: each action does to a frame what its word says.
func TestActions(t *testing.T) {
	second := lab.UDP.Nth(2)
	for _, tt := range []struct {
		rules []lab.Rule
		want  string
	}{
		{nil, "130ms, 210ms, 310ms, 410ms, 510ms: 5 read"},
		{[]lab.Rule{lab.Lose(second)}, "130ms, , 310ms, 410ms, 510ms: 4 read"},
		{[]lab.Rule{lab.Lose(lab.UDP.Range(2, 4))}, "130ms, , , , 510ms: 2 read"},
		{[]lab.Rule{lab.Lose(lab.UDP.From("b"))}, "130ms, 210ms, 310ms, 410ms, 510ms: 5 read"},
		{[]lab.Rule{lab.Lose(lab.Frames.Nth(3))}, ", 210ms, 310ms, 410ms, 510ms: 4 read"},
		{[]lab.Rule{lab.Break(second)}, "130ms, 210ms, 310ms, 410ms, 510ms: 4 read"}, // it arrives, and is thrown away
		{[]lab.Rule{lab.Delay(second, 150*time.Millisecond)}, "130ms, 360ms, 310ms, 410ms, 510ms: 5 read"},
		{[]lab.Rule{lab.Twice(second)}, "130ms, 210ms 210ms, 310ms, 410ms, 510ms: 6 read"},
		{[]lab.Rule{lab.Swap(second)}, "130ms, 310ms, 310ms, 410ms, 510ms: 5 read"},
		{[]lab.Rule{lab.Lose(lab.UDP.Share(1))}, ", , , , : 0 read"},
		{[]lab.Rule{lab.Twice(second), lab.Lose(second), lab.Swap(second)}, "130ms, , 310ms, 410ms, 510ms: 4 read"},     // lost is lost
		{[]lab.Rule{lab.BreakBit(second, 343), lab.BreakBit(second, 359)}, "130ms, 210ms, 310ms, 410ms, 510ms: 5 read"}, // one up, one down: the sum is right
		{[]lab.Rule{lab.BreakBit(second, 343), lab.BreakBit(second, 343)}, "130ms, 210ms, 310ms, 410ms, 510ms: 4 read"},
		{[]lab.Rule{lab.Twice(second), lab.Delay(second, 5*time.Millisecond)}, "130ms, 215ms 215ms, 310ms, 410ms, 510ms: 6 read"},
	} {
		if got := fates(t, tt.rules...); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.rules, got, tt.want)
		}
	}
}

// TestIdle: a rule that hits nothing can be told.
func TestIdle(t *testing.T) {
	w := newWorld(t, wire(lab.Lose(lab.Data.Nth(1)), lab.Twice(lab.Data.Nth(1)), lab.Swap(lab.Data.Nth(99)), lab.BreakBit(lab.SYN, 9999)))
	hello("tcp")(w)
	w.end()
	if got, want := fmt.Sprint(w.Idle()), "[dup data 1 swap data 99 break syn bit 9999]"; got != want {
		t.Errorf("idle are %s, want %s", got, want)
	}
}
