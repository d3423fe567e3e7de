package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"onwire/wire"

	"pgregory.net/rapid"
)

func TestCheck(t *testing.T) {
	byteAt := func(name string, bit, bits int, parts ...wire.Field) wire.Field {
		return wire.Field{Name: name, Bit: bit, Bits: bits, Fields: parts}
	}
	for _, tt := range []struct {
		name   string
		fields []wire.Field
		bits   int
		want   string // a part of the error; "" is none
	}{
		{"empty", nil, 0, ""},
		{"exact", []wire.Field{byteAt("a", 0, 8), byteAt("b", 8, 24)}, 32, ""},
		{"empty field", []wire.Field{byteAt("a", 0, 8), byteAt("options", 8, 0)}, 8, ""},
		{"parts", []wire.Field{byteAt("a", 0, 8, byteAt("x", 0, 4), byteAt("y", 4, 4))}, 8, ""},
		{"nothing", nil, 8, "bits 0 to 7 have no name"},
		{"gap", []wire.Field{byteAt("a", 0, 4), byteAt("b", 6, 2)}, 8, "bits 4 to 5 have no name, before field \"b\""},
		{"overlap", []wire.Field{byteAt("a", 0, 8), byteAt("b", 7, 1)}, 8, "\"b\" starts at bit 7"},
		{"past the end", []wire.Field{byteAt("a", 0, 9)}, 8, "ends at bit 9"},
		{"short", []wire.Field{byteAt("a", 0, 7)}, 8, "bits 7 to 7 have no name, at the end"},
		{"negative", []wire.Field{byteAt("a", 0, -1)}, 8, "has -1 bits"},
		{"gap in parts", []wire.Field{byteAt("a", 0, 8, byteAt("x", 1, 7))}, 8, "message / a: bits 0 to 0"},
		{"parts run over", []wire.Field{byteAt("a", 0, 8, byteAt("x", 0, 9)), byteAt("b", 8, 8)}, 16, "message / a: field \"x\" ends"},
	} {
		err := wire.Check(tt.fields, tt.bits)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: Check = %v, want nil", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: Check = %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

// drawTree makes a random tree of fields that covers bits start to start+bits.
func drawTree(t *rapid.T, start, bits, depth int) []wire.Field {
	var fields []wire.Field
	for at := start; at < start+bits; {
		n := rapid.IntRange(1, start+bits-at).Draw(t, "bits")
		f := wire.Field{Name: "f", Bit: at, Bits: n}
		if depth > 0 && rapid.Bool().Draw(t, "parts") {
			f.Fields = drawTree(t, at, n, depth-1)
		}
		fields = append(fields, f)
		at += n
	}
	return fields
}

// TestCheckFindsEveryFault breaks a correct tree in one place, and Check must
// accept the tree before and refuse it after.
func TestCheckFindsEveryFault(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(1, 200).Draw(t, "total")
		tree := drawTree(t, 0, bits, 3)
		if err := wire.Check(tree, bits); err != nil {
			t.Fatalf("a correct tree: %v", err)
		}
		if err := wire.Check(wire.Shift(wire.Shift(tree, 7), -7), bits); err != nil {
			t.Fatalf("a tree shifted there and back: %v", err)
		}
		victims := tree
		for {
			f := &victims[rapid.IntRange(0, len(victims)-1).Draw(t, "victim")]
			if len(f.Fields) > 0 && rapid.Bool().Draw(t, "deeper") {
				victims = f.Fields
				continue
			}
			if rapid.Bool().Draw(t, "move") {
				f.Bit += rapid.SampledFrom([]int{-1, 1}).Draw(t, "by")
			} else {
				f.Bits += rapid.SampledFrom([]int{-1, 1}).Draw(t, "by")
			}
			break
		}
		if wire.Check(tree, bits) == nil {
			t.Fatal("a broken tree passes")
		}
	})
}

func TestJSONKeysAreStable(t *testing.T) {
	field := wire.Field{Name: "TTL", Bit: 64, Bits: 8, Value: "64", Note: wire.Notef("at most %d hops", 64), RFC: "RFC 791 3.1"}
	for _, tt := range []struct {
		value any
		want  string
	}{
		{field, `{"name":"TTL","bit":64,"bits":8,"value":"64","note":"at most 64 hops","rfc":"RFC 791 3.1","fields":[]}`},
		{
			wire.Event{T: 1500 * time.Microsecond, From: "a", To: "b", Layer: "TCP", Label: "SYN", Bytes: []byte{0xAB, 1}, Evidence: wire.Lab},
			`{"t_us":1500,"from":"a","to":"b","layer":"TCP","label":"SYN","hex":"ab01","fields":[],"evidence":"lab"}`,
		},
	} {
		got, err := json.Marshal(tt.value)
		if err != nil || string(got) != tt.want {
			t.Errorf("json.Marshal(%T) = %s, %v; want %s", tt.value, got, err, tt.want)
		}
	}
}

func TestNote(t *testing.T) {
	if got := wire.Notef("50% of all").String(); got != "50% of all" {
		t.Errorf("a note without arguments is taken as it is; got %q", got)
	}
	if !(wire.Note{}).IsZero() || wire.Notef("x").IsZero() {
		t.Error("only the zero Note is no note")
	}
}
