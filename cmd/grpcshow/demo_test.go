package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// changing is what differs from run to run: the port, with the Huffman code of
// its digits and hence lengths, what is left of a deadline, and how much was
// read when the window opened again. At a deadline both ends reset the stream,
// and either may be first.
var changing = regexp.MustCompile(`127\.0\.0\.1:\d+|grpc-timeout \d+\w -*|WINDOW_UPDATE .*|.*RST_STREAM CANCEL.*\n`)

// TestDemoRepeats: twice the same, but for what changes; all scenes are there.
func TestDemoRepeats(t *testing.T) {
	var first string
	for i := range 2 {
		code, out, errs := run(t, t.Context(), "--color", "never", "demo")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		// Scenes 2 and 3 show header bytes, where the port is.
		before, rest, _ := strings.Cut(out, "\n2. ")
		_, after, _ := strings.Cut(rest, "\n4. ")
		got := changing.ReplaceAllString(before+after, "")
		if i == 0 {
			first = got
		} else if got != first {
			t.Errorf("first\n%s\nthen\n%s", first, got)
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
		var e struct{ Scene, Label, Evidence string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Evidence != "seen" && e.Evidence != "lab" {
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
