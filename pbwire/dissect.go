package pbwire

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"onwire/wire"
)

// MaxDissect is the longest message that Dissect takes, in bytes. Its Fields
// take up to three thousand times the memory of the message.
const MaxDissect = 64 << 10

// Dissect names every bit of a message. The fields cover it exactly. Each
// record is a Field with its tag, length and value as parts, and those have
// the groups of 7 bits as parts.
//
// With a schema the records have its names and types. With nil they are
// "field 1" and so on, drawn in their likeliest reading, and the Note lists
// every other one.
//
// Where the message is wrong, the fields before that place are returned with
// the *Error, and the rest of the message is one Field "not read".
func Dissect(msg []byte, schema Schema) ([]wire.Field, error) {
	if len(msg) > MaxDissect {
		return []wire.Field{{Name: "not read", Bits: 8 * len(msg)}},
			&Error{MaxDissect, fmt.Sprintf("the message has %d bytes, more than %d to draw", len(msg), MaxDissect), ErrLength}
	}
	d := dissector{msg}
	return d.message(NewDecoder(msg), schema)
}

// A dissector holds the whole message; offsets are into it.
type dissector struct{ msg []byte }

// message dissects what dec walks.
func (d dissector) message(dec Decoder, s Schema) (fields []wire.Field, err error) {
	start, end := dec.base, dec.base+len(dec.msg)
	var again repeats
	var inAny Schema // of the value, if this is an Any
	if isAny(s) {
		inAny = s.Any(anyURL(dec.msg))
	}
	for err == nil && dec.Next() {
		var ft *FieldType
		if s != nil {
			ft = s.Field(dec.Number)
		}
		var f wire.Field
		f, err = d.record(dec, ft, s != nil)
		if inAny != nil && dec.Number == 2 && dec.Type == LEN {
			f, err = d.anyValue(dec, f, inAny)
		}
		again.note(fields, ft, &f, dec.Record)
		fields = append(fields, f)
		start = dec.End
	}
	if err == nil {
		err = dec.Err()
	}
	if err != nil && start < end {
		fields = append(fields, wire.Field{Name: "not read", Bit: 8 * start, Bits: 8 * (end - start), Value: err.(*Error).Reason})
	}
	return fields, err
}

// record dissects the record that dec has read. ft is nil where the field is
// not known; schema says whether there is a schema at all.
func (d dissector) record(dec Decoder, ft *FieldType, schema bool) (wire.Field, error) {
	r := dec.Record
	f := wire.Field{Bit: 8 * r.Offset, Bits: 8 * (r.End - r.Offset)}
	_, n := varint(d.msg[r.Offset:])
	tag := tagField(r.Offset, n, r.Number, r.Type)
	f.Fields = []wire.Field{tag}
	if r.Type == LEN {
		at := r.Offset + n
		length, n := varint(d.msg[at:])
		f.Fields = append(f.Fields, varintField("length", at, n, length, strconv.FormatUint(length, 10)))
	}
	kind, packed := guess(r, dec.depth), false
	switch {
	case ft == nil && schema:
		f.Name = fmt.Sprintf("field %d", r.Number)
		f.Note = wire.Notef("not in the schema: an unknown field, kept as it is")
	case ft == nil:
		f.Name = fmt.Sprintf("field %d", r.Number)
		f.Note = readingsNote(r)
	case ft.Closed && r.Type == VARINT && !ft.hasName(r.Value):
		f.Name = fmt.Sprintf("field %d", r.Number)
		f.Note = wire.Notef("the enum of %s has no value %d, and is closed: readers keep this as an unknown field", ft.Name, int32(r.Value))
		ft = nil
	case ft.Kind.Wire() == r.Type:
		f.Name, kind = ft.Name, ft.Kind
	case ft.Repeated && r.Type == LEN && ft.Kind.Packable():
		f.Name, kind, packed = ft.Name, ft.Kind, true
	default:
		f.Name = fmt.Sprintf("field %d", r.Number)
		f.Note = wire.Notef("%s is %s (%v) in the schema, but this is %v: readers keep it as an unknown field", ft.Name, ft.Type(), ft.Kind.Wire(), r.Type)
		ft = nil
	}
	parts, value, err := d.payload(dec, kind, packed, ft)
	f.Value = value
	f.Fields = append(f.Fields, parts...)
	if ft != nil && ft.Map && ft.Message.Field(2).Closed && holds(parts, "field 2") {
		f.Note = wire.Notef("its value has no name in a closed enum: readers keep the whole entry as an unknown field")
	}
	return f, err
}

// holds reports whether there is a field with the given name.
func holds(fields []wire.Field, name string) bool {
	return slices.ContainsFunc(fields, func(f wire.Field) bool { return f.Name == name })
}

// payload dissects the payload of a record as the given kind, and returns the
// value of the whole too.
func (d dissector) payload(dec Decoder, kind Kind, packed bool, ft *FieldType) ([]wire.Field, string, error) {
	r := dec.Record
	whole := wire.Field{Name: kind.String(), Bit: 8 * r.Payload, Bits: 8 * (r.End - r.Payload)}
	switch {
	case packed:
		return d.packed(r, ft)
	case kind == String && ft != nil && ft.UTF8 && !utf8.Valid(r.Bytes):
		whole.Value = bytesText(r.Bytes)
		return []wire.Field{whole}, whole.Value, utf8Error(r)
	case kind == String:
		whole.Value = stringText(r.Bytes)
	case kind == Bytes:
		whole.Value = bytesText(r.Bytes)
	case kind == Message, kind == Group:
		return d.inner(dec, ft)
	default:
		f := number(r.Payload, r.End, r.Value, kind, ft)
		return []wire.Field{f}, valueText(r.Value, kind, enumOf(ft)), nil
	}
	return []wire.Field{whole}, whole.Value, nil
}

// inner dissects a message or group inside the record that dec has read.
func (d dissector) inner(dec Decoder, ft *FieldType) ([]wire.Field, string, error) {
	r := dec.Record
	var s Schema
	if ft != nil {
		s = ft.Message
	}
	fields, err := d.message(dec.Message(), s)
	if end := r.Payload + len(r.Bytes); r.Type == SGROUP {
		fields = append(fields, tagField(end, r.End-end, r.Number, EGROUP))
	}
	return fields, messageText(fields, ft), err
}

// packed dissects an array in one LEN record.
func (d dissector) packed(r Record, ft *FieldType) (fields []wire.Field, value string, err error) {
	values := newList("[", "]")
	for at := r.Payload; at < r.End; {
		rest := d.msg[at:r.End]
		v, n, bad := packedValue(rest, ft.Kind, at)
		if bad != nil {
			return append(fields, wire.Field{Name: "not read", Bit: 8 * at, Bits: 8 * len(rest), Value: bad.Reason}), values.String(), bad
		}
		fields = append(fields, number(at, at+n, v, ft.Kind, ft))
		values.add(valueText(v, ft.Kind, ft.Enum))
		at += n
	}
	return fields, values.String(), nil
}

// packedValue reads the first value of a packed array, which stands at offset.
func packedValue(b []byte, k Kind, offset int) (v uint64, n int, err *Error) {
	switch k.Wire() {
	case I32:
		n = 4
	case I64:
		n = 8
	default:
		if v, n = varint(b); n == 0 {
			return 0, 0, varintError(b, offset)
		}
		return v, n, nil
	}
	if len(b) < n {
		return 0, 0, fixedError(k.Wire(), n, len(b), offset)
	}
	return fixed(b[:n]), n, nil
}

func enumOf(ft *FieldType) func(int32) string {
	if ft == nil {
		return nil
	}
	return ft.Enum
}

func utf8Error(r Record) *Error {
	at := 0
	for at < len(r.Bytes) {
		c, n := utf8.DecodeRune(r.Bytes[at:])
		if c == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return &Error{r.Payload + at, fmt.Sprintf("byte %02x is not UTF-8, and a proto3 string must be: declare it as bytes", r.Bytes[at]), ErrUTF8}
}
