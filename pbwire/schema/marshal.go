package schema

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"onwire/pbwire"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Marshal returns the bytes of a message. They are those that protoc and the
// C++ library write: the fields by their numbers, the entries of a map by
// their keys, and what was not known when the message was read at the end.
//
// It refuses a message that has more than pbwire.MaxDepth messages inside each
// other, which most readers would not take.
func Marshal(m protoreflect.Message) ([]byte, error) {
	return appendMessage(nil, m, 0)
}

func appendMessage(b []byte, m protoreflect.Message, depth int) (_ []byte, err error) {
	if depth > pbwire.MaxDepth {
		return nil, fmt.Errorf("%s: more than %d messages inside each other", m.Descriptor().FullName(), pbwire.MaxDepth)
	}
	if isMessageSet(m.Descriptor()) {
		bad := error(nil)
		m.Range(func(protoreflect.FieldDescriptor, protoreflect.Value) bool {
			bad = errMessageSet(m.Descriptor())
			return false
		})
		if bad != nil {
			return nil, bad
		}
	}
	type field struct {
		fd protoreflect.FieldDescriptor
		v  protoreflect.Value
	}
	var fields []field // those that are set
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		fields = append(fields, field{fd, v})
		return true
	})
	slices.SortFunc(fields, func(x, y field) int { return cmp.Compare(x.fd.Number(), y.fd.Number()) })
	for _, f := range fields {
		switch {
		case f.fd.IsMap():
			b, err = appendMap(b, f.fd, f.v.Map(), depth)
		case f.fd.IsList() && f.fd.IsPacked():
			b, err = appendPacked(b, f.fd, f.v.List())
		case f.fd.IsList():
			for i := 0; i < f.v.List().Len() && err == nil; i++ {
				b, err = appendRecord(b, f.fd, f.v.List().Get(i), depth)
			}
		default:
			b, err = appendRecord(b, f.fd, f.v, depth)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(b, m.GetUnknown()...), nil
}

// appendRecord appends a tag and a value.
func appendRecord(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value, depth int) ([]byte, error) {
	n, kind := pbwire.Number(fd.Number()), pbwire.Kind(fd.Kind())
	b = pbwire.AppendTag(b, n, kind.Wire())
	switch kind {
	case pbwire.String:
		return pbwire.AppendBytes(b, []byte(v.String())), nil
	case pbwire.Bytes:
		return pbwire.AppendBytes(b, v.Bytes()), nil
	case pbwire.Message:
		inner, err := appendMessage(nil, v.Message(), depth+1) // its length stands before it
		return pbwire.AppendBytes(b, inner), err
	case pbwire.Group:
		b, err := appendMessage(b, v.Message(), depth+1)
		return pbwire.AppendTag(b, n, pbwire.EGROUP), err
	}
	return appendNumber(b, kind, v), nil
}

// appendPacked appends an array in one record.
func appendPacked(b []byte, fd protoreflect.FieldDescriptor, list protoreflect.List) ([]byte, error) {
	var all []byte
	for i := range list.Len() {
		all = appendNumber(all, pbwire.Kind(fd.Kind()), list.Get(i))
	}
	b = pbwire.AppendTag(b, pbwire.Number(fd.Number()), pbwire.LEN)
	return pbwire.AppendBytes(b, all), nil
}

// appendMap appends a record for each entry: a message with the key as field 1
// and the value as field 2, both even when they are zero.
func appendMap(b []byte, fd protoreflect.FieldDescriptor, m protoreflect.Map, depth int) ([]byte, error) {
	var keys []protoreflect.MapKey
	m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, k)
		return true
	})
	slices.SortFunc(keys, compareKeys)
	for _, k := range keys {
		entry, err := appendRecord(nil, fd.MapKey(), k.Value(), depth+1)
		if err == nil {
			entry, err = appendRecord(entry, fd.MapValue(), m.Get(k), depth+1)
		}
		if err != nil {
			return nil, err
		}
		b = pbwire.AppendTag(b, pbwire.Number(fd.Number()), pbwire.LEN)
		b = pbwire.AppendBytes(b, entry)
	}
	return b, nil
}

func compareKeys(x, y protoreflect.MapKey) int {
	switch v := x.Interface().(type) {
	case bool:
		if v == y.Bool() {
			return 0
		} else if v {
			return 1 // false first
		}
		return -1
	case string:
		return cmp.Compare(v, y.String())
	case int32, int64:
		return cmp.Compare(x.Int(), y.Int())
	}
	return cmp.Compare(x.Uint(), y.Uint())
}

// appendNumber appends the payload of one VARINT, I32 or I64.
func appendNumber(b []byte, k pbwire.Kind, v protoreflect.Value) []byte {
	switch k {
	case pbwire.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case pbwire.Enum:
		return pbwire.AppendVarint(b, uint64(v.Enum())) // sign-extended, as an int32 is
	case pbwire.Int32, pbwire.Int64:
		return pbwire.AppendVarint(b, uint64(v.Int()))
	case pbwire.Sint32, pbwire.Sint64:
		return pbwire.AppendVarint(b, pbwire.ZigZag(v.Int()))
	case pbwire.Uint32, pbwire.Uint64:
		return pbwire.AppendVarint(b, v.Uint())
	case pbwire.Fixed32:
		return pbwire.AppendFixed32(b, uint32(v.Uint()))
	case pbwire.Sfixed32:
		return pbwire.AppendFixed32(b, uint32(v.Int()))
	case pbwire.Float:
		return pbwire.AppendFixed32(b, math.Float32bits(float32(v.Float())))
	case pbwire.Fixed64:
		return pbwire.AppendFixed64(b, v.Uint())
	case pbwire.Sfixed64:
		return pbwire.AppendFixed64(b, uint64(v.Int()))
	default: // Double
		return pbwire.AppendFixed64(b, math.Float64bits(v.Float()))
	}
}
