package pbwire

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"
)

// A Reading is one of the things that a record can mean.
type Reading struct {
	As    string `json:"as"`    // "message", "sint64": the type to declare for it
	Value string `json:"value"` // "{1: 5}", "-2"
}

// Readings returns everything that a record may be without its schema. The
// bytes do not say: 22 02 08 05 is a message {1: 5}, the packed array [8, 5],
// a text of two control characters, or just bytes.
//
//	VARINT  uint64, int64, sint64 (zigzag), and bool if it is 0 or 1
//	I32     fixed32, sfixed32, float
//	I64     fixed64, sfixed64, double
//	LEN     message, packed arrays of the above, string, bytes: those that fit
//	SGROUP  group
func Readings(r Record) []Reading {
	number := func(kinds ...Kind) (list []Reading) {
		for _, k := range kinds {
			list = append(list, Reading{k.String(), valueText(r.Value, k, nil)})
		}
		return list
	}
	switch r.Type {
	case VARINT:
		if r.Value <= 1 {
			return number(Uint64, Int64, Sint64, Bool)
		}
		return number(Uint64, Int64, Sint64)
	case I32:
		return number(Fixed32, Sfixed32, Float)
	case I64:
		return number(Fixed64, Sfixed64, Double)
	case SGROUP:
		return []Reading{{"group", summary(r.Bytes, 0)}}
	case LEN:
		return bytesReadings(r.Bytes)
	}
	return nil
}

func bytesReadings(p []byte) []Reading {
	var list []Reading
	if isMessage(p, 1) {
		list = append(list, Reading{"message", summary(p, 0)})
	}
	list = append(list, packedReadings(p, 1, "packed varints", Uint64, Int64, Sint64, Bool)...)
	list = append(list, packedReadings(p, 4, "packed fixed32", Fixed32, Sfixed32, Float)...)
	list = append(list, packedReadings(p, 8, "packed fixed64", Fixed64, Sfixed64, Double)...)
	if utf8.Valid(p) {
		list = append(list, Reading{"string", stringText(p)})
	}
	return append(list, Reading{"bytes", bytesText(p)})
}

// isMessage reports whether p reads as records to its end, with depth messages
// around it.
func isMessage(p []byte, depth int) bool {
	d := Decoder{msg: p, depth: depth}
	for d.Next() {
	}
	return d.err == nil && depth <= MaxDepth
}

// packedReadings returns p as arrays of the given kinds, which have the same
// wire type: 4 or 8 bytes for each value, or varints. The first kind goes by
// the name first, and another is left out if it reads the same values.
func packedReadings(p []byte, size int, first string, kinds ...Kind) (list []Reading) {
	if size > 1 && (len(p) == 0 || len(p)%size != 0) {
		return nil
	}
	for i, k := range kinds {
		as := "packed " + k.String()
		if i == 0 {
			as = first
		}
		value, ok := packedAs(p, k)
		if ok && (len(list) == 0 || value != list[0].Value) {
			list = append(list, Reading{as, value})
		}
	}
	return list
}

// packedAs returns p as an array of kind k, and whether it is one: the last
// varint has an end, and a bool is 0 or 1.
func packedAs(p []byte, k Kind) (string, bool) {
	l := newList("[", "]")
	for len(p) > 0 {
		v, n, err := packedValue(p, k, 0)
		if err != nil || k == Bool && v > 1 {
			return "", false
		}
		if !l.full {
			l.add(valueText(v, k, nil))
		}
		p = p[n:]
	}
	return l.String(), true
}

// fixed returns the number in p, which has 4 or 8 bytes.
func fixed(p []byte) uint64 {
	if len(p) == 4 {
		return uint64(binary.LittleEndian.Uint32(p))
	}
	return binary.LittleEndian.Uint64(p)
}

// plausible reports whether people store a number like f: bytes that are no
// floating point number give 1e-30 or 1e+25 when they are read as one.
func plausible(f float64) bool {
	a := math.Abs(f)
	return a > 1e-9 && a < 1e15
}

// summaryDepth bounds the messages in messages that a summary shows.
const summaryDepth = 3

// summary returns the records of a message in a line: {1: 5, 2: "hello"}.
func summary(msg []byte, depth int) string {
	l := newList("{", "}")
	d := NewDecoder(msg)
	for d.Next() && l.add(strconv.Itoa(int(d.Number))+": "+likely(d.Record, depth)) {
	}
	return l.String()
}

// likely returns the reading of a record that a person would guess first.
func likely(r Record, depth int) string {
	switch {
	case r.Type == SGROUP && depth < summaryDepth:
		return summary(r.Bytes, depth+1)
	case r.Type == SGROUP:
		return "{...}"
	case r.Type != LEN:
		return valueText(r.Value, guess(r, 0), nil)
	case printable(r.Bytes):
		return stringText(r.Bytes)
	case isMessage(r.Bytes, 1) && depth < summaryDepth:
		return summary(r.Bytes, depth+1)
	case isMessage(r.Bytes, 1):
		return "{...}"
	}
	return bytesText(r.Bytes)
}

// guess returns the likeliest kind of a record without a schema, with depth
// messages around it: a LEN
// is text if a person could have written it, a message if it reads as one; an
// I32 or I64 is floating point if it is a plain number then; a VARINT with the
// top bit set is negative.
func guess(r Record, depth int) Kind {
	switch {
	case r.Type == VARINT && r.Value>>63 == 1:
		return Int64
	case r.Type == VARINT:
		return Uint64
	case r.Type == I32 && plausible(float64(math.Float32frombits(uint32(r.Value)))):
		return Float
	case r.Type == I32:
		return Fixed32
	case r.Type == I64 && plausible(math.Float64frombits(r.Value)):
		return Double
	case r.Type == I64:
		return Fixed64
	case r.Type == SGROUP:
		return Group
	case printable(r.Bytes):
		return String
	case isMessage(r.Bytes, depth+1):
		return Message
	}
	return Bytes
}

// Likely returns the one reading of a record that a person would guess first,
// in a line: text if it can be read, a message if it is one.
func Likely(r Record) string { return likely(r, 0) }
