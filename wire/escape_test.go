package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"onwire/wire"

	"pgregory.net/rapid"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"plain 端口 é 🙂":                 "plain 端口 é 🙂",
		"a\x1b]52;c;eA==\x07b":         `a\x1b]52;c;eA==\x07b`,
		"one\ntwo\r\tthree":            `one\ntwo\r\tthree`,
		"\x00\x7f":                     `\x00\x7f`,
		"\u009b31m":                    `\u009b31m`,
		"\x9b31m":                      `\x9b31m`,
		"a\xffb\xc3":                   `a\xffb\xc3`,
		"x\u202egnp.exe\u2066":         `x\u202egnp.exe\u2066`,
		"a\u200bb\ufeffc\u2060d\u00ad": `a\u200bb\ufeffc\u2060d\u00ad`,
		"a\u2028b\u2029":               `a\u2028b\u2029`,
		"a\u3164b\u115f":               `a\u3164b\u115f`,
		"\U000e0041":                   `\U000e0041`,
		"\ufffd is a character":        "\ufffd is a character",
		`C:\dir`:                       `C:\dir`,
		"全角\u3000space":                "全角\u3000space",
	} {
		if got := wire.Escape(text); got != want {
			t.Errorf("Escape(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestEscapeLeavesNothingHidden: whatever comes in, what goes out is UTF-8 of
// visible characters, and escaping it again changes nothing.
func TestEscapeLeavesNothingHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		got := wire.Escape(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsFunc(got, wire.Hidden) {
			t.Fatalf("Escape(%q) = %q", text, got)
		}
		if again := wire.Escape(got); again != got {
			t.Fatalf("Escape twice: %q, then %q", got, again)
		}
	})
}

// TestEscapeJSON: a decoder reads the same value, and sees nothing hidden on
// the way.
func TestEscapeJSON(t *testing.T) {
	const hostile = `{"a":"\u202ex` + "\u202e\u200b\u009b\u007f\U000e0041\u2028端" + `"}` + "\n"
	const want = `{"a":"\u202ex\u202e\u200b\u009b\u007f\udb40\udc41\u2028端"}` + "\n"
	if got := string(wire.EscapeJSON([]byte(hostile))); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		escaped := wire.EscapeJSON(text)
		var back string
		if err := json.Unmarshal(escaped, &back); err != nil || back != value {
			t.Fatalf("%q comes back as %q, %v", value, back, err)
		}
		if strings.ContainsFunc(string(escaped), wire.Hidden) {
			t.Fatalf("%q", escaped)
		}
	})
}
