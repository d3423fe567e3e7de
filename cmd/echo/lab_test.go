package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onwire/internal/cli"
	"onwire/internal/interop"
)

// play runs a scene of the lab and returns its screen and its capture.
func play(t *testing.T, args ...string) (screen string, capture []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.pcapng")
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
	if code := cli.Run(t.Context(), command, env, append([]string{"demo", "--pcap", file}, args...)); code != 0 {
		t.Fatalf("demo %q: exit %d, %s", args, code, errs.String())
	}
	capture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), capture
}

// TestLabScenesRepeat: a scene is the same twice, screen and capture.
func TestLabScenesRepeat(t *testing.T) {
	for _, sc := range labScenes() {
		for _, more := range [][]string{nil, {"--lose", "10%", "--dup", "10%", "--seed", "3"}} {
			screen, capture := play(t, append([]string{sc.name}, more...)...)
			again, captured := play(t, append([]string{sc.name}, more...)...)
			if screen != again {
				t.Errorf("%s %q: two screens:\n%s\n%s", sc.name, more, screen, again)
			}
			if !bytes.Equal(capture, captured) {
				t.Errorf("%s %q: two captures", sc.name, more)
			}
		}
	}
}

// TestLabEnds: whatever the wire swallows, every scene comes to an end.
func TestLabEnds(t *testing.T) {
	for _, sc := range labScenes() {
		for _, lost := range []string{"100%", "arp", "syn-ack", "data", "fin", "ack from server", "tcp 6-999999", "from server"} {
			if screen, _ := play(t, sc.name, "--lose", lost, "--lose", "rst"); !strings.Contains(screen, "== "+sc.title) {
				t.Errorf("%s --lose %q:\n%s", sc.name, lost, screen)
			}
		}
	}
}

// TestLabBroken: no broken bit breaks the screen that tells of it.
func TestLabBroken(t *testing.T) {
	for _, sc := range labScenes() {
		for seed := range 10 {
			play(t, sc.name, "--break", "20%", "--seed", fmt.Sprint(seed), "--hex", "1")
		}
	}
	play(t, "checksum", "--break", "20%", "--seed", "2153", "-6") // a length that reaches behind the frame
}

// names are what tshark calls what we name in a frame.
var names = []struct{ field, ours string }{
	{"tcp.analysis.retransmission", "retransmission"},
	{"tcp.analysis.fast_retransmission", "fast retransmission"},
	{"tcp.analysis.spurious_retransmission", "spurious retransmission"},
	{"tcp.analysis.out_of_order", "out of order"},
	{"tcp.analysis.duplicate_ack", "duplicate ACK"},
	{"tcp.analysis.zero_window", "zero window"},
	{"tcp.analysis.zero_window_probe", "zero window probe"},
	{"tcp.analysis.zero_window_probe_ack", "zero window probe ACK"},
	{"tcp.analysis.window_update", "window update"},
	{"tcp.analysis.window_full", "window full"},
	{"tcp.analysis.keep_alive", "keep-alive"},
	{"tcp.analysis.keep_alive_ack", "keep-alive ACK"},
	{"tcp.analysis.lost_segment", "previous segment not captured"},
	{"tcp.analysis.ack_lost_segment", "acknowledges what was not captured"},
}

// TestInteropLab: tshark reads the capture of every scene without a fault but
// those that the wire made, and names the same frames as we do.
func TestInteropLab(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of tshark under the race detector; without it the test is run")
	}
	tshark := interop.Find(t, "tshark", "tshark")
	var runs [][]string
	for _, sc := range labScenes() {
		for _, more := range [][]string{nil, {"--pcap-at", "server", "--lose", "data 10%", "--seed", "4"}, {"-6", "--swap", "data 6"}} {
			runs = append(runs, append([]string{sc.name}, more...))
		}
	}
	for _, odd := range []string{
		"loss --lose 30% --dup 5% --seed 1443 --pcap-at server",                                 // an ACK beyond lost data
		"fast-retransmit --break syn-ack:1 --mtu 9000 --seed 5169 --pcap-at server",             // two windows that look alike
		"congestion --break data:30% --dup tcp:5% --seed 5729 --latency 100ms --pcap-at server", // numbers that are broken
		"checksum --lose data:10% --break 20% --delay syn-ack:2:by:1ms --seed 2153 -6",          // a gap behind duplicate ACKs
		"congestion --lose data:5% --swap data:5% --latency 1ms --seed 9",
		"window --lose ack:20% --dup data:20% --seed 3",
	} {
		runs = append(runs, strings.Fields(odd))
	}
	for _, args := range runs {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			_, capture := play(t, args...)
			file := filepath.Join(t.TempDir(), "x.pcapng")
			if err := os.WriteFile(file, capture, 0o600); err != nil {
				t.Fatal(err)
			}
			fields := []string{"frame.comment", "_ws.malformed", "tcp.checksum.status", "ip.checksum.status", "udp.checksum.status"}
			for _, n := range names {
				fields = append(fields, n.field)
			}
			command := []string{"-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-T", "fields"}
			for _, f := range fields {
				command = append(command, "-e", f)
			}
			out, err := exec.Command(tshark, command...).Output()
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := analysis(t, args), map[int]map[string]bool{}
			for i, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
				columns := strings.Split(line, "\t")
				var number int
				if _, err := fmt.Sscanf(columns[0], "frame %d of the lab", &number); err != nil {
					t.Fatalf("frame %d has the comment %q", i+1, columns[0])
				}
				broken := strings.Contains(columns[0], "turned over")
				if columns[1] != "" && !broken {
					t.Errorf("frame %d is malformed", number)
				}
				for _, status := range columns[2:5] { // 0: bad
					if status == "0" && !broken {
						t.Errorf("frame %d: a wrong checksum", number)
					}
				}
				if theirs[number] == nil {
					theirs[number] = map[string]bool{}
				}
				is := map[string]bool{}
				for j, n := range names {
					if columns[5+j] != "" {
						is[n.ours] = true
					}
				}
				if is["fast retransmission"] || is["spurious retransmission"] {
					delete(is, "retransmission") // tshark says both
				}
				maps.Copy(theirs[number], is)
			}
			for number, is := range theirs {
				if got, want := slices.Sorted(maps.Keys(ours[number])), slices.Sorted(maps.Keys(is)); !slices.Equal(got, want) {
					t.Errorf("frame %d: we say %q, tshark %q", number, got, want)
				}
			}
		})
	}
}

// analysis returns our names of each frame, by its number on the wire.
func analysis(t *testing.T, args []string) map[int]map[string]bool {
	t.Helper()
	all := map[int]map[string]bool{}
	code, objects := runJSON(t, nil, append([]string{"demo"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	for _, o := range objects {
		number, _ := o["frame"].(float64)
		is, _ := o["is"].([]any)
		set := map[string]bool{}
		for _, name := range is {
			set[strings.TrimRight(fmt.Sprint(name), " 0123456789")] = true
		}
		all[int(number)] = set
	}
	return all
}
