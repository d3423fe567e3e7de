package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onwire/lab"
	"onwire/wire"
)

// play runs the demo and returns its screen and its capture.
func play(t *testing.T, args ...string) (screen, capture string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "demo.pcapng")
	code, out, errs := run(t, t.Context(), "", append([]string{"demo", "--pcap", file}, args...)...)
	if code != 0 {
		t.Fatalf("demo %q: exit %d, %s", args, code, errs)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return out, string(b)
}

// TestDemoRepeats: every scene gives the same messages and the same frames at
// the same times, on a good wire and on a bad one.
func TestDemoRepeats(t *testing.T) {
	for _, sc := range scenes {
		for _, faults := range [][]string{nil, {"--lose", "15%", "--seed", "4", "--break", "data 1 from server"}} {
			args := append([]string{sc.name, "--frames"}, faults...)
			screen, capture := play(t, args...)
			if again, captured := play(t, args...); again != screen || captured != capture {
				t.Fatalf("%q: two runs differ\n%s\n%s", args, screen, again)
			}
		}
	}
}

// TestDemoBadWire: what the wire does to the frames, the messages do not show.
func TestDemoBadWire(t *testing.T) {
	good, _ := play(t, "login")
	for _, fault := range []string{"--lose=data 1-3", "--break=data 1", "--dup=frame 1-20", "--swap=data 2", "--delay=data 1 by 300ms", "--mtu=200"} {
		if bad, _ := play(t, "login", fault); bad != good {
			t.Errorf("%s:\n%s", fault, bad)
		}
	}
}

// TestDemoCounts: the round trips come from the wire. At 10 ms a frame each is
// 20 ms of the lab's time, and a lost request takes longer, not more of them.
func TestDemoCounts(t *testing.T) {
	for _, tt := range []struct {
		flag  string
		exact bool
	}{{"--latency=10ms", true}, {"--lose=data 1", false}} {
		code, out, errs := run(t, t.Context(), "", "demo", "connections", "--json", tt.flag)
		if code != 0 {
			t.Fatalf("exit %d, %s", code, errs)
		}
		want := map[any]float64{"a connection each": 12, "one kept": 7, "one pipelined": 2}
		for _, o := range objects(t, out) {
			trips, took := o["round_trips"].(float64), o["took_us"].(float64)
			if trips != want[o["way"]] || o["evidence"] != "lab" || o["requests"] != 6.0 {
				t.Errorf("%s: %v", tt.flag, o)
			}
			if own := trips * 20000; took != own && (tt.exact || took < own) {
				t.Errorf("%s: %v: %v us, want %v", tt.flag, o["way"], took, own)
			}
			delete(want, o["way"])
		}
		if len(want) > 0 {
			t.Errorf("%s: not counted: %v", tt.flag, want)
		}
	}
}

// TestDemoJSON: messages have the keys of a message, and --frames adds frames
// whose fields cover them.
func TestDemoJSON(t *testing.T) {
	code, out, errs := run(t, t.Context(), "", "demo", "login", "stateless", "--json", "--frames")
	if code != 0 {
		t.Fatalf("exit %d, %s", code, errs)
	}
	messages, frames := 0, 0
	for _, o := range objects(t, out) {
		keys := []string{"scene", "t_us", "from", "to", "label", "hex", "fields", "evidence"}
		switch {
		case o["frame"] != nil:
			frames++
			keys = append(keys, "arrived_us", "is", "fault")
		case o["event"] != nil:
			messages++
			keys = append(keys, "event", "connection", "request", "findings", "status")
		}
		for _, key := range keys {
			if _, ok := o[key]; !ok {
				t.Errorf("no key %q in %v", key, o["label"])
			}
		}
	}
	if messages != 12 || frames < 30 {
		t.Errorf("%d messages, %d frames", messages, frames)
	}
	if _, out, _ := run(t, t.Context(), "", "demo", "login", "--json"); strings.Contains(out, `"frame":`) {
		t.Error("frames without --frames")
	}
}

// TestDemoFields: a frame that carries messages is named to its last byte.
func TestDemoFields(t *testing.T) {
	screen, _ := play(t, "login", "--hex", "6")
	for _, want := range []string{"Frame 6, client to server, 115 bytes", "HTTP request", `"DELETE"`} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in\n%s", want, screen)
		}
	}
	one := "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	for payload, label := range map[string]string{
		one:                               ": GET /",
		one + one + one:                   ": GET / and 2 more",
		one + "GET":                       ": GET /",
		"HTTP/1.1 204 No Content\r\n\r\n": ": 204 No Content",
		"half a request":                  "",
	} {
		f := frameOf([]byte(payload))
		if got := httpLabel(f); got != label && got != f.Label+label {
			t.Errorf("%q: label %q, want %q", payload, got, label)
		}
		if err := wire.Check(httpFields(f), len(f.Bytes)*8); err != nil {
			t.Errorf("%q: %v", payload, err)
		}
	}
}

// frameOf returns a frame with the payload in a TCP segment.
func frameOf(payload []byte) lab.Recorded {
	head, _ := hex.DecodeString("020000000002" + "020000000001" + "0800" + // Ethernet
		"4500000000004000" + "40060000" + "0a000001" + "0a000002" + // IPv4
		"c0000050" + "00000001" + "00000001" + "5018ffff" + "00000000") // TCP
	b := append(head, payload...)
	b[16], b[17] = byte((len(b)-14)>>8), byte(len(b)-14)
	var f lab.Recorded
	f.Bytes, f.Label = b, "data"
	return f
}

// TestDemoEnds: a wire that carries nothing ends a scene with an error, in the
// lab's time; what cannot be played is refused.
func TestDemoEnds(t *testing.T) {
	for fault, want := range map[string]string{
		"--lose=syn":              "no answer within",
		"--lose=data from server": "no answer within",
		"--lose=arp":              "no route to host",
	} {
		code, out, errs := run(t, t.Context(), "", "demo", "connections", "--frames", fault)
		if code != 1 || !strings.Contains(errs, want) || !strings.Contains(out, "lost on the wire") {
			t.Errorf("%s: exit %d, %s%s", fault, code, out, errs)
		}
	}
	for _, args := range [][]string{{"none"}, {"--hex", "3"}, {"--pcap", "x"}, {"login", "--hex", "999"}, {"login", "--lose", "data 1 from nobody"}, {"login", "--mtu", "5"}} {
		if code, _, errs := run(t, t.Context(), "", append([]string{"demo"}, args...)...); code != 2 || !strings.Contains(errs, "hint: ") {
			t.Errorf("%q: exit %d, %s", args, code, errs)
		}
	}
}
