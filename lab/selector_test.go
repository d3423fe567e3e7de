package lab_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"onwire/lab"
	"onwire/wire/packet"
)

// hits plays TCP, UDP and a refused connection over a wire with one rule, and
// returns the frames that the rule hit, and all.
func hits(t *testing.T, r lab.Rule) (hit []lab.Recorded, all []lab.Recorded) {
	t.Helper()
	var rec lab.Recording
	cfg := wire(r)
	cfg.Observe = rec.Observe
	w := newWorld(t, cfg)
	w.servePackets(":7")
	w.serve(":7", echo)
	data := pattern(20_000)
	back, err := exchange(w.dial("tcp4", "server:7"), data)
	if err != nil || !bytes.Equal(back, data) {
		t.Fatalf("%v: %d bytes came back, %v", r, len(back), err)
	}
	u := w.dial("udp4", "server:7")
	for range 3 {
		u.Write([]byte("hello"))
		u.SetReadDeadline(w.client.Now().Add(time.Second))
		u.Read(make([]byte, 9))
	}
	w.client.Dial("tcp4", "server:9")                 // a RST
	w.dial("udp4", "server:9").Write([]byte("hello")) // and an ICMP "port unreachable"
	w.client.Sleep(5 * time.Minute)
	w.end()
	all = rec.Frames()
	for _, f := range all {
		if f.Verdict.Why != "" {
			hit = append(hit, f)
		}
	}
	return hit, all
}

// TestSelectors: a rule hits the frames that it names and no others.
func TestSelectors(t *testing.T) {
	is := func(label string) func(lab.Recorded) bool {
		return func(f lab.Recorded) bool { return f.Layer == "TCP" && strings.HasPrefix(f.Label, label+" ") }
	}
	layer := func(name string) func(lab.Recorded) bool {
		return func(f lab.Recorded) bool { return f.Layer == name }
	}
	for _, c := range []struct {
		words string
		want  func(lab.Recorded) bool
		n     int // how many there must be at least
	}{
		{"frame", func(lab.Recorded) bool { return true }, 20},
		{"arp", layer("ARP"), 2},
		{"udp", layer("UDP"), 6},
		{"tcp", layer("TCP"), 20},
		{"icmp", func(f lab.Recorded) bool { return strings.HasPrefix(f.Layer, "ICMP") }, 1},
		{"syn", is("SYN"), 2},
		{"syn-ack", is("SYN-ACK"), 1},
		{"data", func(f lab.Recorded) bool { return f.Layer == "TCP" && strings.Contains(f.Label, "len=") }, 20},
		{"ack", is("ACK"), 5},
		{"fin", func(f lab.Recorded) bool { return f.Layer == "TCP" && f.Bytes[14+20+13]&byte(packet.FIN) != 0 }, 2},
		{"rst", is("RST"), 1},
		{"tcp from server", func(f lab.Recorded) bool { return f.Layer == "TCP" && f.From == "server" }, 10},
		{"7", func(f lab.Recorded) bool { return f.Number == 7 }, 1},
		{"4-6", func(f lab.Recorded) bool { return f.Number >= 4 && f.Number <= 6 }, 3},
		{"100%", func(lab.Recorded) bool { return true }, 20},
	} {
		r, err := lab.ParseRule("delay", c.words+" by 1ms")
		if err != nil {
			t.Errorf("%s: %v", c.words, err)
			continue
		}
		hit, all := hits(t, r)
		var got, want []int
		for _, f := range hit {
			got = append(got, f.Number)
		}
		for _, f := range all {
			if c.want(f) {
				want = append(want, f.Number)
			}
		}
		if !slices.Equal(got, want) || len(want) < c.n {
			t.Errorf("%s: hit the frames %d, want %d, at least %d of them", c.words, got, want, c.n)
		}
	}

	// A number counts among the frames of the kind, a share is near its chance.
	hit, all := hits(t, lab.Delay(lab.Data.From("server").Nth(3), time.Millisecond))
	n := 0
	for _, f := range all {
		count(&n, f.From == "server" && strings.HasPrefix(f.Label, "data "))
		if n == 3 {
			if len(hit) != 1 || hit[0].Number != f.Number {
				t.Errorf("the third data of the server is frame %d; hit were %d frames", f.Number, len(hit))
			}
			break
		}
	}
	if hit, _ := hits(t, lab.Delay(lab.Frames.Share(0), time.Millisecond)); len(hit) != 0 {
		t.Errorf("a share of 0 hit %d frames", len(hit))
	}
}

// TestBrokenBit: one bit differs on arrival, the one that was asked for, and the
// checksum has the segment sent again.
func TestBrokenBit(t *testing.T) {
	third := lab.Data.From("client").Nth(3)
	hit, all := hits(t, lab.BreakBit(third, 600))
	if len(hit) != 1 {
		t.Fatalf("hit %d frames", len(hit))
	}
	f := hit[0]
	want := slices.Clone(f.Bytes)
	want[600/8] ^= 0x80
	if len(f.Arrived) != 1 || !bytes.Equal(f.Delivered(), want) {
		t.Errorf("more than bit 600 differs, or it arrived at %v", f.Arrived)
	}
	sent := 0
	for _, g := range all {
		count(&sent, g.Label == f.Label && g.From == f.From)
	}
	if sent < 2 {
		t.Errorf("the broken segment was sent %d times", sent)
	}
	if hit, _ := hits(t, lab.BreakBit(third, 1<<20)); len(hit) != 0 {
		t.Error("a bit behind the end of the frame was turned over")
	}
}
