// Package wire is the one model that every explanation in onwire is made of:
// a message is a run of bytes, and a Field gives a run of its bits a name, a
// value and a reason.
//
//	fields := []wire.Field{
//		{Name: "Source port", Bit: 0, Bits: 16, Value: "50000", RFC: "RFC 768"},
//		{Name: "Destination port", Bit: 16, Bits: 16, Value: "53"},
//	}
//	err := wire.Check(fields, 32) // nil: the fields cover the 32 bits exactly
//
// The packages that dissect something (ipaddr, dnslookup, wire/packet, ...)
// return Fields. One renderer, View, draws them beside the bytes in a
// terminal; encoding/json writes them for a program. What happens over time
// is an Event.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A Field names a run of bits in a message. Bit 0 is the most significant bit
// of the first byte, as the RFCs draw it. The zero Field names nothing.
type Field struct {
	Name   string  // the RFC's own name: "Time to live"
	Bit    int     // where it stands, in bits from the start of the message
	Bits   int     // how long it is, in bits; 0 is a field that is empty here
	Value  string  // the value as text: "64"
	Note   Note    // why it is so, in a sentence
	RFC    string  // where it is defined: "RFC 791 3.1"
	Fields []Field // its parts; they cover it exactly
}

// End returns the position of the first bit after f.
func (f Field) End() int { return f.Bit + f.Bits }

// MarshalJSON writes f with all its keys, so that a reader finds the same keys
// in every Field: name, bit, bits, value, note, rfc, fields.
func (f Field) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // whoever writes the whole decides
	err := f.writeJSON(&b, enc)
	return b.Bytes(), err
}

// writeJSON writes the whole tree into one buffer. Were every part to return
// its own text, encoding/json would go over it again at each level above.
func (f Field) writeJSON(b *bytes.Buffer, enc *json.Encoder) error {
	if err := enc.Encode(struct {
		Name  string `json:"name"`
		Bit   int    `json:"bit"`
		Bits  int    `json:"bits"`
		Value string `json:"value"`
		Note  Note   `json:"note"`
		RFC   string `json:"rfc"`
	}{f.Name, f.Bit, f.Bits, f.Value, f.Note, f.RFC}); err != nil {
		return err
	}
	b.Truncate(b.Len() - len("}\n")) // the parts come before the brace
	b.WriteString(`,"fields":[`)
	for i, part := range f.Fields {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := part.writeJSON(b, enc); err != nil {
			return err
		}
	}
	b.WriteString("]}")
	return nil
}

// Check reports the first place where fields do not cover a message of the
// given number of bits exactly: a gap, an overlap, or a field that runs past
// the end. The parts of every field must cover that field in the same way.
func Check(fields []Field, bits int) error {
	return check(fields, 0, bits, "message")
}

func check(fields []Field, start, end int, in string) error {
	at := start
	for _, f := range fields {
		switch {
		case f.Bits < 0:
			return fmt.Errorf("%s: field %q has %d bits", in, f.Name, f.Bits)
		case f.Bit > at:
			return fmt.Errorf("%s: bits %d to %d have no name, before field %q", in, at, f.Bit-1, f.Name)
		case f.Bit < at:
			return fmt.Errorf("%s: field %q starts at bit %d, inside the field before it, which ends at %d", in, f.Name, f.Bit, at)
		case f.End() > end:
			return fmt.Errorf("%s: field %q ends at bit %d, past the end at %d", in, f.Name, f.End(), end)
		}
		if len(f.Fields) > 0 {
			if err := check(f.Fields, f.Bit, f.End(), in+" / "+f.Name); err != nil {
				return err
			}
		}
		at = f.End()
	}
	if at != end {
		return fmt.Errorf("%s: bits %d to %d have no name, at the end", in, at, end-1)
	}
	return nil
}

// Shift returns a copy of fields moved by the given number of bits: how the
// fields of a payload take their place in the message around it.
func Shift(fields []Field, bits int) []Field {
	if fields == nil {
		return nil
	}
	moved := make([]Field, len(fields))
	for i, f := range fields {
		f.Bit += bits
		f.Fields = Shift(f.Fields, bits)
		moved[i] = f
	}
	return moved
}
