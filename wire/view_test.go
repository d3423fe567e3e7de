package wire_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"onwire/wire"

	"github.com/google/go-cmp/cmp"
)

func TestView(t *testing.T) {
	msg := []byte{0x45, 0, 0, 84, 0x1f, 0x40, 'h', 'e', 'l', 'l', 'o', ',', ' ', 'w', 'o', 'r', 'l', 'd'}
	fields := []wire.Field{
		{Name: "Version + IHL", Bit: 0, Bits: 8, Fields: []wire.Field{
			{Name: "Version", Bit: 0, Bits: 4, Value: "4", Note: wire.Notef("IPv%d", 4), RFC: "RFC 791"},
			{Name: "IHL", Bit: 4, Bits: 4, Value: "5"},
		}},
		{Name: "Service", Bit: 8, Bits: 8, Value: "0"},
		{Name: "Length", Bit: 16, Bits: 16, Value: "84"},
		{Name: "Offset", Bit: 35, Bits: 13, Value: "8000"},
		{Name: "Data", Bit: 48, Bits: 96, Value: "\"hello, \x1bworld\"", Fields: []wire.Field{
			{Name: "A part with a name that is too long", Bit: 48, Bits: 96, Value: "x"},
		}},
		{Name: "Nothing", Bit: 144, Bits: 0},
		{Name: "Past the end", Bit: 144, Bits: 64, Value: "?"},
	}
	var got bytes.Buffer
	if err := (wire.View{Notes: true}).Write(&got, msg, fields); err != nil {
		t.Fatal(err)
	}
	want := `byte  bytes                    field                  value
   0  45                       Version + IHL
   0  0100 ....                  Version              4
                                   IPv4 (RFC 791)
   0  .... 0101                  IHL                  5
   1  00                       Service                0
   2  00 54                    Length                 84
   4  ...1 1111 0100 0000      Offset                 8000
   6                           Data                   "hello, \x1bworld"
   6  68 65 6c 6c 6f 2c 20 77    A part with a name   x
      6f 72 6c 64                that is too long
  18                           Nothing
  18                           Past the end           ?
`
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("the view differs (-want +got):\n%s", d)
	}
}

// FuzzView draws fields that need not fit the message: Write must not panic,
// must end, and must put no control character on the screen.
func FuzzView(f *testing.F) {
	f.Add([]byte{1, 2, 3}, 0, 24, "value", 80)
	f.Add([]byte{1, 2, 3}, 5, 9, "a\x1b[31mred\x00 \xff\xfe", 10)
	f.Add([]byte{}, -8, 1<<20, strings.Repeat("long ", 50), 1)
	f.Fuzz(func(t *testing.T, msg []byte, bit, bits int, text string, width int) {
		if bits < 0 || bits > 1<<20 || bit > 1<<20 || bit < -1<<20 {
			return
		}
		field := wire.Field{Name: text, Bit: bit, Bits: bits, Value: text, Note: wire.Note{Format: text}}
		var out bytes.Buffer
		if err := (wire.View{Width: width % 200, Notes: true}).Write(&out, msg, []wire.Field{field}); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r < ' ' && r != '\n' || r == 0x7f {
				t.Fatalf("control character %q on the screen", r)
			}
		}
		if utf8.ValidString(text) != utf8.Valid(out.Bytes()) && utf8.ValidString(text) {
			t.Fatal("valid text was cut inside a character")
		}
	})
}
