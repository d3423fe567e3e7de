package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"onwire/internal/term"

	"github.com/google/go-cmp/cmp"
)

// TestDemoRepeats: always the same bytes, on the screen and as JSON; on the
// screen with another seed too, for that is below HTTP/2.
func TestDemoRepeats(t *testing.T) {
	for _, form := range []string{"--color=never", "--json"} {
		var first string
		for i := range 8 {
			seed := 1
			if form != "--json" {
				seed += i / 6
			}
			code, got, errs := run(t, t.Context(), form, "demo", "--seed", fmt.Sprint(seed))
			if code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
			if i == 0 {
				first = got
			} else if d := cmp.Diff(strings.Split(first, "\n"), strings.Split(got, "\n")); d != "" {
				t.Fatalf("%s: the first run, and run %d:\n%s", form, i+1, d)
			}
		}
		if !strings.Contains(first, "grpc-timeout 5000000u") {
			t.Error("the deadline of 5 s is not in the headers")
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
		for line := range strings.Lines(out) {
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
