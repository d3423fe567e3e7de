package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"onwire/internal/term"

	"github.com/google/go-cmp/cmp"
)

// changing is what differs from run to run: what is left of a deadline, on this
// machine's clock, and how much was read when the window opened again.
var changing = regexp.MustCompile(`grpc-timeout \d+\w -*|WINDOW_UPDATE .*`)

// TestDemoRepeats: always the same, but for what changes; with another seed
// too, for that is below HTTP/2.
func TestDemoRepeats(t *testing.T) {
	var first string
	for i := range 4 {
		code, out, errs := run(t, t.Context(), "--color", "never", "demo", "--seed", fmt.Sprint(1+i/3))
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		got := changing.ReplaceAllString(out, "")
		if i == 0 {
			first = got
		} else if got != first {
			t.Fatalf("first\n%s\nthen\n%s", first, got)
		}
	}
}

// TestDemoJSON: every line is an event of a scene, and every scene has some.
func TestDemoJSON(t *testing.T) {
	code, out, errs := run(t, t.Context(), "--json", "demo")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	labels := map[string]string{}
	for line := range strings.Lines(out) {
		var e struct{ Scene, Layer, Label, Evidence string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Evidence != map[string]string{"HTTP/2": "lab", "program": "seen"}[e.Layer] {
			t.Fatalf("%q: %v", line, err)
		}
		labels[e.Scene] += e.Label + "\n"
	}
	for _, sc := range scenes() {
		if labels[sc.name] == "" {
			t.Errorf("scene %s says nothing", sc.name)
		}
	}
	for scene, want := range map[string]string{
		"kinds": `{reply: "Hello, Alice! 9"}`, "late": "reads the replies 0 1 2 3 4 5 6 7 8 9", "ends": "RST_STREAM CANCEL",
	} {
		if !strings.Contains(labels[scene], want) {
			t.Errorf("scene %s does not say %q", scene, want)
		}
	}
}

// TestLadder: on a narrow screen nothing is wider than it, and nothing is left
// out.
func TestLadder(t *testing.T) {
	words := func(width string) []string {
		t.Setenv("COLUMNS", width)
		code, out, errs := run(t, t.Context(), "--color", "never", "demo", "kinds", "ends")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		n, _ := strconv.Atoi(width)
		var words []string
		for line := range strings.Lines(changing.ReplaceAllString(out, "")) {
			if columns := term.Columns(strings.TrimRight(line, "\n")); columns > n {
				t.Errorf("%d columns of %s: %s", columns, width, line)
			}
			for _, w := range strings.Fields(line) {
				if w = strings.Trim(w, "-<>|"); w != "" {
					words = append(words, w)
				}
			}
		}
		return words
	}
	if d := cmp.Diff(words("120"), words("60")); d != "" {
		t.Errorf("-120 columns +60 columns:\n%s", d)
	}
}
