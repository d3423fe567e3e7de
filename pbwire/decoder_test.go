package pbwire_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"onwire/pbwire"

	"google.golang.org/protobuf/encoding/protowire"
)

// walk returns the records of a message in a line.
func walk(msg []byte) (string, error) {
	var s []string
	d := pbwire.NewDecoder(msg)
	for d.Next() {
		switch d.Type {
		case pbwire.LEN, pbwire.SGROUP:
			s = append(s, fmt.Sprintf("%d-%d-%d:%d %v % x", d.Offset, d.Payload, d.End, d.Number, d.Type, d.Bytes))
		default:
			s = append(s, fmt.Sprintf("%d-%d-%d:%d %v %d", d.Offset, d.Payload, d.End, d.Number, d.Type, d.Value))
		}
	}
	return strings.Join(s, "; "), d.Err()
}

func TestDecoder(t *testing.T) {
	for _, tt := range []struct{ hex, want string }{
		{"", ""},
		{"08 65 12 05 68 65 6c 6c 6f", "0-1-2:1 VARINT 101; 2-4-9:2 LEN 68 65 6c 6c 6f"},
		{"08 65 08 66", "0-1-2:1 VARINT 101; 2-3-4:1 VARINT 102"},
		{"4d 01 00 00 00", "0-1-5:9 I32 1"},
		{"51 ff ff ff ff ff ff ff ff", "0-1-9:10 I64 18446744073709551615"},
		{"f8 ff ff ff 0f 01", "0-5-6:536870911 VARINT 1"},
		{"0b 08 01 0c", "0-1-4:1 SGROUP 08 01"},
		{"0b 0c", "0-1-2:1 SGROUP "},
		{"0b 13 14 0c 08 01", "0-1-4:1 SGROUP 13 14; 4-5-6:1 VARINT 1"},
		{"88 00 01", "0-2-3:1 VARINT 1"}, // a tag longer than need be
		{"0a 80 00", "0-3-3:1 LEN "},     // and a length
	} {
		if got, err := walk(unhex(t, tt.hex)); got != tt.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", tt.hex, got, err, tt.want)
		}
	}
}

var brokenMessages = []struct {
	hex, want string
	kind      error
}{
	{"08 65 12 06 68 65 6c 6c 6f", "byte 3: length says 6, only 5 bytes are left", pbwire.ErrTruncated},
	{"12 02 68", "byte 1: length says 2, only 1 byte is left", pbwire.ErrTruncated},
	{"12 ff ff ff ff ff ff ff ff ff 01", "byte 1: length says 18446744073709551615, only 0 bytes are left", pbwire.ErrTruncated},
	{"08", "byte 1: the message ends where a number should start", pbwire.ErrTruncated},
	{"12", "byte 1: the message ends where a number should start", pbwire.ErrTruncated},
	{"08 80", "byte 1: the message ends inside a varint: byte 80 says that another follows", pbwire.ErrTruncated},
	{"08 01 80", "byte 2: the message ends inside a varint: byte 80 says that another follows", pbwire.ErrTruncated},
	{"08 ff ff ff ff ff ff ff ff ff ff 01", "byte 1: varint longer than 10 bytes", pbwire.ErrVarint},
	{"0d 01 02", "byte 1: I32 takes 4 bytes, only 2 bytes are left", pbwire.ErrTruncated},
	{"09 01", "byte 1: I64 takes 8 bytes, only 1 byte is left", pbwire.ErrTruncated},
	{"00 65", "byte 0: field number 0: numbers start at 1", pbwire.ErrNumber},
	{"80 80 80 80 10 01", "byte 0: field number 536870912 is more than 536870911", pbwire.ErrNumber},
	{"0e 01", "byte 0: wire type 6 does not exist", pbwire.ErrWireType},
	{"0f 01", "byte 0: wire type 7 does not exist", pbwire.ErrWireType},
	{"08 01 0c", "byte 2: group 1 ends, but none is open", pbwire.ErrGroup},
	{"0b 08 01 12", "byte 4: the message ends where a number should start", pbwire.ErrTruncated},
	{"0b 08 01", "byte 0: group 1 is never closed", pbwire.ErrGroup},
	{"0b 14", "byte 1: group 2 ends inside group 1", pbwire.ErrGroup},
}

func TestDecoderErrors(t *testing.T) {
	for _, tt := range brokenMessages {
		_, err := walk(unhex(t, tt.hex))
		if err == nil || err.Error() != tt.want || !errors.Is(err, tt.kind) {
			t.Errorf("%s: %v; want %q", tt.hex, err, tt.want)
		}
	}
}

// TestDepth: 100 groups inside each other are read, 101 are not, and neither
// are 101 messages.
func TestDepth(t *testing.T) {
	nest := func(n int) []byte {
		return append(bytes.Repeat([]byte{0x0b}, n), bytes.Repeat([]byte{0x0c}, n)...)
	}
	if _, err := walk(nest(pbwire.MaxDepth)); err != nil {
		t.Errorf("%d groups: %v", pbwire.MaxDepth, err)
	}
	if _, err := walk(nest(pbwire.MaxDepth + 1)); !errors.Is(err, pbwire.ErrDepth) {
		t.Errorf("%d groups: %v, want ErrDepth", pbwire.MaxDepth+1, err)
	}
	if _, err := walk(nest(1 << 20)); !errors.Is(err, pbwire.ErrDepth) {
		t.Errorf("a million groups: %v, want ErrDepth", err)
	}
	var msg []byte
	for range pbwire.MaxDepth + 1 {
		msg = pbwire.AppendBytes([]byte{0x0a}, msg)
	}
	d := pbwire.NewDecoder(msg)
	depth := 0
	for ; d.Next(); depth++ {
		d = d.Message()
	}
	if depth != pbwire.MaxDepth+1 || !errors.Is(d.Err(), pbwire.ErrDepth) {
		t.Errorf("the way down ended after %d with %v", depth, d.Err())
	}
}

func TestMessageKeepsOffsets(t *testing.T) {
	d := pbwire.NewDecoder(unhex(t, "08 01 12 04 1a 03 6f 6b"))
	d.Next()
	d.Next()
	inner := d.Message()
	if inner.Next() {
		t.Fatal("a length of 3 with 2 bytes left is read")
	}
	if want := "byte 5: length says 3, only 2 bytes are left"; inner.Err() == nil || inner.Err().Error() != want {
		t.Errorf("%v, want %q", inner.Err(), want)
	}
}

func TestDecoderAllocatesNothing(t *testing.T) {
	msg := megabyte()
	// Of one run alone, an allocation of the runtime itself would count as ours.
	if n := testing.AllocsPerRun(20, func() {
		d := pbwire.NewDecoder(msg)
		for d.Next() {
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzDecoder walks with protowire beside it: both read the same records, or
// both refuse.
func FuzzDecoder(f *testing.F) {
	for _, tt := range brokenMessages {
		f.Add(unhex(f, tt.hex))
	}
	f.Add(unhex(f, "08 65 12 05 68 65 6c 6c 6f"))
	f.Add(unhex(f, "0b 13 14 0c 51 00 00 00 00 00 00 f8 3f f8 ff ff ff 0f 01"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		d := pbwire.NewDecoder(msg)
		rest := msg
		for len(rest) > 0 {
			num, typ, n := protowire.ConsumeTag(rest)
			m := -1
			if n > 0 {
				m = protowire.ConsumeFieldValue(num, typ, rest[n:])
			}
			at := len(msg) - len(rest)
			ok := d.Next()
			if ok != (m >= 0) {
				if errors.Is(d.Err(), pbwire.ErrDepth) || errors.Is(d.Err(), pbwire.ErrNumber) && m >= 0 {
					return // protowire reads 10000 groups, and numbers up to 2^31-1
				}
				t.Fatalf("byte %d: we %v (%v), protowire %d", at, ok, d.Err(), m)
			}
			if !ok {
				if e, is := errors.AsType[*pbwire.Error](d.Err()); !is || e.Offset < at || e.Offset > len(msg) {
					t.Fatalf("the error %v is outside the record at %d", d.Err(), at)
				}
				return
			}
			if int32(d.Number) != int32(num) || uint8(d.Type) != uint8(typ) || d.Offset != at || d.End != at+n+m {
				t.Fatalf("byte %d: %+v, protowire %d %d %d", at, d.Record, num, typ, n+m)
			}
			value := rest[n : n+m]
			switch typ {
			case protowire.VarintType:
				v, _ := protowire.ConsumeVarint(value)
				check(t, d.Value == v)
			case protowire.Fixed32Type:
				v, _ := protowire.ConsumeFixed32(value)
				check(t, d.Value == uint64(v))
			case protowire.Fixed64Type:
				v, _ := protowire.ConsumeFixed64(value)
				check(t, d.Value == v)
			case protowire.BytesType:
				v, _ := protowire.ConsumeBytes(value)
				check(t, bytes.Equal(d.Bytes, v))
			case protowire.StartGroupType:
				v, _ := protowire.ConsumeGroup(num, value)
				check(t, bytes.HasPrefix(d.Bytes, v)) // protowire cuts an end tag of many bytes short
			}
			rest = rest[n+m:]
		}
		if d.Next() || d.Err() != nil {
			t.Fatalf("we find more than protowire, or %v", d.Err())
		}
	})
}

func check(t *testing.T, ok bool) {
	t.Helper()
	if !ok {
		t.Fatal("another value than protowire's")
	}
}
