package term_test

import (
	"strings"
	"testing"

	"onwire/internal/term"

	"github.com/google/go-cmp/cmp"
)

func screen(t *testing.T, mode string) (*term.Screen, *strings.Builder) {
	t.Helper()
	var b strings.Builder
	s, err := term.New(&b, mode)
	if err != nil {
		t.Fatal(err)
	}
	return s, &b
}

func TestColor(t *testing.T) {
	for mode, want := range map[string]string{
		"auto":   "x", // a strings.Builder is no terminal
		"never":  "x",
		"always": "\x1b[31mx\x1b[m",
	} {
		s, _ := screen(t, mode)
		if got := s.Paint(term.Red, "x"); got != want {
			t.Errorf("%s: Paint = %q, want %q", mode, got, want)
		}
	}
	if _, err := term.New(&strings.Builder{}, "blue"); err == nil {
		t.Error("mode blue is accepted")
	}
}

func TestWidth(t *testing.T) {
	for columns, want := range map[string]int{"": 80, "60": 60, "7": 40, "1000": 120, "wide": 80} {
		t.Setenv("COLUMNS", columns)
		if s, _ := screen(t, "never"); s.Width != want {
			t.Errorf("COLUMNS=%q: width %d, want %d", columns, s.Width, want)
		}
	}
}

// TestTable sets Chinese and coloured cells: both must line up.
func TestTable(t *testing.T) {
	t.Setenv("COLUMNS", "40")
	s, out := screen(t, "never")
	s.Table([][]string{
		{"name", "port", "what it is"},
		{"端口", "80", "a number that tells one program of a host from another"},
		{"\x1b[31mred\x1b[m", "443", "short"},
	})
	want := `name  port  what it is
端口  80    a number that tells one
            program of a host from
            another
` + "\x1b[31mred\x1b[m   443   short\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 more bytes", 1: "1 more byte", 2: "2 more bytes"} {
		if got := term.Count(n, "more byte"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
