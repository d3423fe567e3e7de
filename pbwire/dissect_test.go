package pbwire_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"onwire/pbwire"
	"onwire/wire"

	"github.com/google/go-cmp/cmp"
)

func TestDissectBits(t *testing.T) {
	// Field 18, VARINT, 300: a tag and a value of two bytes each.
	msg := unhex(t, "90 01 ac 02")
	fields, err := pbwire.Dissect(msg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := wire.Check(fields, 8*len(msg)); err != nil {
		t.Error(err)
	}
	var out strings.Builder
	wire.View{}.Write(&out, msg, fields)
	want := `byte  bytes                    field                  value
   0                           field 18               300
   0  90 01                      tag                  18<<3|0: field 18, VARINT
   0  1... ....                    more               1: another byte follows
   0  .001 0...                    number             2
   0  .... .000                    wire type          0 VARINT
   1  0... ....                    more               0: the last byte
   1  .000 0001                    number             1<<4 = 16
   2  ac 02                      varint               0b10 0101100 = 300
   2  1... ....                    more               1: another byte follows
   2  .010 1100                    group 0            44
   3  0... ....                    more               0: the last byte
   3  .000 0010                    group 1            2<<7 = 256
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestReadings(t *testing.T) {
	for _, tt := range []struct{ hex, want string }{
		{"08 01", "uint64 1|int64 1|sint64 -1|bool true"},
		{"08 03", "uint64 3|int64 3|sint64 -2"},
		{"08 ff ff ff ff ff ff ff ff ff 01", "uint64 18446744073709551615|int64 -1|sint64 -9223372036854775808"},
		{"0d 00 00 c0 3f", "fixed32 1069547520|sfixed32 1069547520|float 1.5"},
		{"0d ff ff ff ff", "fixed32 4294967295|sfixed32 -1|float NaN"},
		{"09 00 00 00 00 00 00 f8 3f", "fixed64 4609434218613702656|sfixed64 4609434218613702656|double 1.5"},
		{"22 02 08 05", `message {1: 5}|packed varints [8, 5]|packed sint64 [4, -3]|string "\b\x05"|bytes 08 05`},
		{"22 00", `message {}|packed varints []|string ""|bytes no bytes`},
		{"22 02 68 69", `message {13: 105}|packed varints [104, 105]|packed sint64 [52, -53]|string "hi"|bytes 68 69`},
		{"22 01 ff", "bytes ff"},
		{"22 04 00 00 c0 3f", `packed varints [0, 0, 8128]|packed sint64 [0, 0, 4064]|packed fixed32 [1069547520]|packed float [1.5]|bytes 00 00 c0 3f`},
		{"22 08 00 00 00 00 00 00 f8 3f", `packed varints [0, 0, 0, 0, 0, 0, 8184]|packed sint64 [0, 0, 0, 0, 0, 0, 4092]|packed fixed32 [0, 1073217536]|packed float [0, 1.9375]|packed fixed64 [4609434218613702656]|packed double [1.5]|bytes 00 00 00 00 00 00 f8 3f`},
		{"22 05 0a 03 41 6e 6e", `message {1: "Ann"}|packed varints [10, 3, 65, 110, 110]|packed sint64 [5, -2, -33, 55, 55]|string "\n\x03Ann"|bytes 0a 03 41 6e 6e`},
		{"22 02 01 00", `packed varints [1, 0]|packed sint64 [-1, 0]|packed bool [true, false]|string "\x01\x00"|bytes 01 00`},
		{"22 0b 05 ff ff ff ff ff ff ff ff ff 01", "packed varints [5, 18446744073709551615]|packed int64 [5, -1]|packed sint64 [-3, -9223372036854775808]|bytes 05 ff ff ff ff ff ff ff ff ff 01"},
		{"22 04 fe ff ff ff", "packed fixed32 [4294967294]|packed sfixed32 [-2]|packed float [NaN]|bytes fe ff ff ff"},
		{"0b 08 05 0c", "group {1: 5}"},
	} {
		d := pbwire.NewDecoder(unhex(t, tt.hex))
		if !d.Next() {
			t.Fatalf("%s: %v", tt.hex, d.Err())
		}
		var got []string
		for _, r := range pbwire.Readings(d.Record) {
			got = append(got, r.As+" "+r.Value)
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.hex, s, tt.want)
		}
	}
}

func TestLikely(t *testing.T) {
	for _, tt := range []struct{ hex, want string }{
		{"22 05 68 65 6c 6c 6f", `"hello"`},
		{"22 02 08 05", "{1: 5}"},
		{"22 01 ff", "ff"},
		{"0d 00 00 c0 3f", "1.5"},
		{"0d 05 00 00 00", "5"},
		{"08 ff ff ff ff ff ff ff ff ff 01", "-1"},
		{"0a 0a 0a 08 0a 06 0a 04 0a 02 08 01", "{1: {1: {1: {...}}}}"},
	} {
		d := pbwire.NewDecoder(unhex(t, tt.hex))
		d.Next()
		if got := pbwire.Likely(d.Record); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.hex, got, tt.want)
		}
	}
}

// TestDissectTooMuch: what is too long or too deep is an error, or bytes; not
// a crash, and not gigabytes of fields.
func TestDissectTooMuch(t *testing.T) {
	long := make([]byte, pbwire.MaxDissect+1)
	fields, err := pbwire.Dissect(long, nil)
	if !errors.Is(err, pbwire.ErrLength) || wire.Check(fields, 8*len(long)) != nil {
		t.Errorf("%d bytes: %v", len(long), err)
	}
	var deep []byte // without a schema, depth is only a reading
	for range 1000 {
		deep = pbwire.AppendBytes([]byte{0x0a}, deep)
	}
	fields, err = pbwire.Dissect(deep, nil)
	if err != nil || wire.Check(fields, 8*len(deep)) != nil {
		t.Errorf("1000 messages inside each other: %v", err)
	}
}

func FuzzDissect(f *testing.F) {
	for _, tt := range brokenMessages {
		f.Add(unhex(f, tt.hex))
	}
	f.Add(unhex(f, "22 02 08 05 0b 13 14 0c 88 00 01"))
	f.Add(bytes.Repeat([]byte{0x0a, 0x7f}, 200))
	f.Fuzz(func(t *testing.T, msg []byte) {
		fields, err := pbwire.Dissect(msg, nil)
		if e := wire.Check(fields, 8*len(msg)); e != nil {
			t.Fatalf("%v (the error was %v)", e, err)
		}
		if _, e := walk(msg); len(msg) <= pbwire.MaxDissect && (e == nil) != (err == nil) {
			t.Fatalf("Dissect %v, Decoder %v", err, e)
		}
	})
}
