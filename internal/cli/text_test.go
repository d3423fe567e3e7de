package cli_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"onwire/internal/cli"
)

func TestText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "192.0.2.1\n", "192.0.2.1\n"},
		{"empty", "", ""},
		{"one byte", "x", "x"},
		{"UTF-8 with a mark", "\xef\xbb\xbf192.0.2.1\n", "192.0.2.1\n"},
		{"only a mark", "\xef\xbb\xbf", ""},
		{"UTF-16, little end first", "\xff\xfea\x00\x4e\x4e\n\x00", "a乎\n"},
		{"UTF-16, big end first", "\xfe\xff\x00a\x4e\x4e\x00\n", "a乎\n"},
		{"no mark, but its first byte", "\xef\xbc\x81", "！"},
		{"no text", "\xff\x00\x80", "\xff\x00\x80"},
		{"a mark inside", "a\xef\xbb\xbf", "a\ufeff"},
	} {
		for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
			if got, err := io.ReadAll(cli.Text(r)); string(got) != tt.want || err != nil {
				t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
			}
		}
	}
}

// TestTextDoesNotWait: the first line is there before the second is typed.
func TestTextDoesNotWait(t *testing.T) {
	r, w := io.Pipe()
	go w.Write([]byte("a"))
	b := make([]byte, 8)
	if n, err := cli.Text(r).Read(b); n != 1 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	w.Close()
}
