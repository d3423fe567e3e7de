package wire_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"onwire/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		columns int
		text    string
		want    string // its lines
	}{
		{20, "short", "short"},
		{20, "", ""},
		{10, "one two three four", "one two\nthree four"},
		{10, "xn--fiqs8s-and-more", "xn--fiqs8s-and-more"},
		{10, "see xn--fiqs8s.example here", "see\nxn--fiqs8s.example\nhere"},
		{20, "one broadcast (RFC 1122 3.2.1.3)", "one broadcast\n(RFC 1122 3.2.1.3)"},
		{20, "a longer text, RFC 4291 2.7, 2.5.3", "a longer text,\nRFC 4291 2.7, 2.5.3"},
		{20, "the example is in RFC 9293 A.1, there", "the example is in\nRFC 9293 A.1, there"},
		{24, "RFC 791 is older. Then came RFC 8200 A new one", "RFC 791 is older. Then\ncame RFC 8200 A new one"},
		{24, "an address alone: 'ipinfo 10.0.0.1/24' has one", "an address alone:\n'ipinfo 10.0.0.1/24' has\none"},
		{12, "say 'ipinfo 10.0.0.1/24'", "say 'ipinfo\n10.0.0.1/24'"},
		{16, "the host's own name isn't 'a b c d'", "the host's own\nname isn't\n'a b c d'"},
		{12, "  indented text stays", "  indented\ntext stays"},
		{12, "two  spaces  stay too", "two  spaces\nstay too"},
	} {
		if d := cmp.Diff(tt.want, strings.Join(wire.Wrap(tt.text, tt.columns, utf8.RuneCountInString), "\n")); d != "" {
			t.Errorf("%q in %d columns: -want +got:\n%s", tt.text, tt.columns, d)
		}
	}
}

// TestWrapLosesNothing: the words are the same, in the same order, and a line
// that is too long is one word.
func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-z'(),.]{0,9}|RFC [0-9]{3,4} [0-9]\.[0-9]| ){0,30}`).Draw(t, "text")
		columns := rapid.IntRange(1, 60).Draw(t, "columns")
		lines := wire.Wrap(text, columns, utf8.RuneCountInString)
		if d := cmp.Diff(strings.Fields(text), strings.Fields(strings.Join(lines, " "))); d != "" {
			t.Fatalf("%q: %s", text, d)
		}
		for _, line := range lines {
			if line = strings.TrimSpace(line); len(line) > columns && strings.Contains(line, " ") {
				t.Fatalf("%q in %d columns: the line %q could be broken", text, columns, line)
			}
		}
	})
}
