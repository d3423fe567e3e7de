package pbwire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"onwire/pbwire"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"
)

// unhex reads hex digits with spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVarint(t *testing.T) {
	for _, tt := range []struct {
		v   uint64
		hex string
	}{
		{0, "00"},
		{1, "01"},
		{127, "7f"},
		{128, "80 01"},
		{300, "ac 02"},
		{16383, "ff 7f"},
		{16384, "80 80 01"},
		{100000000000, "80 d0 db c3 f4 02"},
		{1 << 63, "80 80 80 80 80 80 80 80 80 01"},
		{math.MaxUint64, "ff ff ff ff ff ff ff ff ff 01"},
	} {
		b := unhex(t, tt.hex)
		if got := pbwire.AppendVarint(nil, tt.v); !bytes.Equal(got, b) {
			t.Errorf("AppendVarint(%d) = % x, want %s", tt.v, got, tt.hex)
		}
		if n := pbwire.SizeVarint(tt.v); n != len(b) {
			t.Errorf("SizeVarint(%d) = %d, want %d", tt.v, n, len(b))
		}
		if v, n, err := pbwire.Varint(append(b, 0xff)); v != tt.v || n != len(b) || err != nil {
			t.Errorf("Varint(%s ff) = %d, %d, %v; want %d, %d", tt.hex, v, n, err, tt.v, len(b))
		}
	}
}

func TestVarintErrors(t *testing.T) {
	for _, tt := range []struct {
		hex, want string
		kind      error
	}{
		{"", "byte 0: the message ends where a number should start", pbwire.ErrTruncated},
		{"ac", "byte 0: the message ends inside a varint: byte ac says that another follows", pbwire.ErrTruncated},
		{"ff ff ff ff ff ff ff ff ff 02", "byte 0: varint longer than 64 bits: its tenth byte is 02, and can only be 01", pbwire.ErrVarint},
		{"80 80 80 80 80 80 80 80 80 80 01", "byte 0: varint longer than 10 bytes", pbwire.ErrVarint},
	} {
		_, n, err := pbwire.Varint(unhex(t, tt.hex))
		if err == nil || err.Error() != tt.want || !errors.Is(err, tt.kind) || n != 0 {
			t.Errorf("Varint(%s) = %d bytes, %v; want %q", tt.hex, n, err, tt.want)
		}
	}
	// Longer than need be is read, as everywhere.
	if v, n, err := pbwire.Varint(unhex(t, "80 00")); v != 0 || n != 2 || err != nil {
		t.Errorf("Varint(80 00) = %d, %d, %v; want 0, 2, nil", v, n, err)
	}
}

func TestZigZag(t *testing.T) {
	for _, tt := range []struct {
		v int64
		u uint64
	}{
		{0, 0},
		{-1, 1},
		{1, 2},
		{-2, 3},
		{2, 4},
		{math.MaxInt32, 0xfffffffe},
		{math.MinInt32, 0xffffffff},
		{math.MaxInt64, math.MaxUint64 - 1},
		{math.MinInt64, math.MaxUint64},
	} {
		if got := pbwire.ZigZag(tt.v); got != tt.u {
			t.Errorf("ZigZag(%d) = %d, want %d", tt.v, got, tt.u)
		}
		if got := pbwire.UnZigZag(tt.u); got != tt.v {
			t.Errorf("UnZigZag(%d) = %d, want %d", tt.u, got, tt.v)
		}
	}
}

// TestAgainstProtowire compares every primitive with Go's own.
func TestAgainstProtowire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64().Draw(t, "v") >> rapid.IntRange(0, 63).Draw(t, "shift")
		n := rapid.Int32Range(1, pbwire.MaxNumber).Draw(t, "n")
		p := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "p")
		for _, tt := range []struct {
			what      string
			got, want []byte
		}{
			{"varint", pbwire.AppendVarint(nil, v), protowire.AppendVarint(nil, v)},
			{"tag", pbwire.AppendTag(nil, pbwire.Number(n), pbwire.LEN), protowire.AppendTag(nil, protowire.Number(n), protowire.BytesType)},
			{"fixed32", pbwire.AppendFixed32(nil, uint32(v)), protowire.AppendFixed32(nil, uint32(v))},
			{"fixed64", pbwire.AppendFixed64(nil, v), protowire.AppendFixed64(nil, v)},
			{"bytes", pbwire.AppendBytes(nil, p), protowire.AppendBytes(nil, p)},
		} {
			if !bytes.Equal(tt.got, tt.want) {
				t.Fatalf("%s: % x, protowire % x", tt.what, tt.got, tt.want)
			}
		}
		if got, want := pbwire.ZigZag(int64(v)), protowire.EncodeZigZag(int64(v)); got != want {
			t.Fatalf("ZigZag(%d) = %d, protowire %d", int64(v), got, want)
		}
		if pbwire.UnZigZag(pbwire.ZigZag(int64(v))) != int64(v) || pbwire.SizeVarint(v) != protowire.SizeVarint(v) {
			t.Fatalf("%d: the way back, or the size", v)
		}
	})
}
