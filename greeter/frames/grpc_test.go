package frames_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"onwire/greeter/frames"
	"onwire/wire"

	"google.golang.org/grpc/codes"
)

func TestParseTimeout(t *testing.T) {
	for _, tt := range []struct {
		text string
		want time.Duration
	}{
		{"1H", time.Hour},
		{"2M", 2 * time.Minute},
		{"3S", 3 * time.Second},
		{"4m", 4 * time.Millisecond},
		{"5u", 5 * time.Microsecond},
		{"6n", 6 * time.Nanosecond},
		{"00000007S", 7 * time.Second},
		{"99999999u", 99999999 * time.Microsecond},
		{"99999999H", math.MaxInt64}, // 11,000 years
	} {
		if got, err := frames.ParseTimeout(tt.text); err != nil || got != tt.want {
			t.Errorf("%q: %v, %v; want %v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "S", "5", "5s", "5h", "+5S", "-5S", "1.5S", " 5S", "5 S", "123456789S", "5SS"} {
		if got, err := frames.ParseTimeout(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

func TestDecodeMessage(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"plain", "plain"},
		{"100%25", "100%"},
		{"%E5%90%8d", "名"},
		{"%", "%"},
		{"a%4", "a%4"},
		{"%zz%41", "%zzA"},
		{"%+1", "%+1"},
		{"%ff", "\uFFFD"}, // no UTF-8
		{"%2541", "%41"},  // once is enough
	} {
		if got := frames.DecodeMessage(tt.text); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestStatuses compares the names with grpc-go's, which spells one otherwise.
func TestStatuses(t *testing.T) {
	for code := range frames.Status(17) {
		var c codes.Code
		if err := c.UnmarshalJSON([]byte(`"` + code.String() + `"`)); err != nil || int(c) != int(code) || code.Meaning() == "" {
			t.Errorf("%d is %v, with the meaning %q: %v", code, code, code.Meaning(), err)
		}
	}
	if s := frames.Status(17); s.String() != "status 17" || s.Meaning() != "" {
		t.Errorf("17 is %v: %s", s, s.Meaning())
	}
}

// TestHeaderNotes says what headers mean that not everybody knows.
func TestHeaderNotes(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{":path", "/a.B/C", "method C of service a.B"},
		{":status", "404", "takes it for UNIMPLEMENTED"},
		{":status", "503", "takes it for UNAVAILABLE"},
		{":status", "401", "takes it for UNAUTHENTICATED"},
		{":status", "418", "takes it for UNKNOWN"},
		{"grpc-timeout", "100m", "100ms from now on"},
		{"grpc-timeout", "100", "the unit is H, M, S, m, u or n"},
		{"grpc-status", "5", "NOT_FOUND: there is no such thing"},
		{"grpc-status", "99", "read as UNKNOWN"},
		{"grpc-status", "five", "read as UNKNOWN"},
		{"grpc-message", "no%20name", `"no name"`},
		{"x-bin", "AAE", "base64"},
		{"x-bin", "\x00\x01", "not in base64"},
	} {
		l, c, _ := opened(t, frames.Options{})
		h(c, 3, c.headers(tt.name, tt.value))
		l.Feed(frames.Client, c.take())
		if got := notes(l.seen[0].Fields()); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q: want %q in\n%s", tt.name, tt.value, tt.want, got)
		}
	}
}

func notes(fields []wire.Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f.Note.String() + "\n" + notes(f.Fields))
	}
	return b.String()
}
