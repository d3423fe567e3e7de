package schema

import (
	"encoding/binary"
	"math"
	"slices"

	"onwire/pbwire"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Unmarshal reads a message from its bytes. The error is a *pbwire.Error,
// which says where. A required field of proto2 may be missing; see Missing.
//
// It reads as C++, Java and Python do: what a closed enum has no name for goes
// to the unknown fields, where Go's library puts it into the field.
func (f *File) Unmarshal(md protoreflect.MessageDescriptor, data []byte) (protoreflect.Message, error) {
	if err := pbwire.Validate(data, f.Schema(md)); err != nil {
		return nil, err
	}
	m := dynamicpb.NewMessage(md)
	err := unmarshaler{data, f.types}.message(m, pbwire.NewDecoder(data))
	if err != nil {
		return nil, err
	}
	return m, nil
}

// An unmarshaler reads the records of the whole message data.
type unmarshaler struct {
	data  []byte
	types *dynamicpb.Types
}

// message merges what d walks into m: fields that are set already are
// replaced, arrays grow, and messages are merged in turn.
func (u unmarshaler) message(m protoreflect.Message, d pbwire.Decoder) error {
	for d.Next() {
		fd := u.field(m.Descriptor(), d.Number)
		known, err := false, error(nil)
		if fd != nil {
			known, err = u.record(m, fd, d)
		}
		switch {
		case err != nil:
			return err
		case known:
		case fd != nil && fd.Enum() != nil && d.Type == pbwire.VARINT:
			unknown(m, noName(d.Record))
		default:
			unknown(m, u.data[d.Offset:d.End])
		}
	}
	return d.Err()
}

// unknown keeps a record that m has no place for.
func unknown(m protoreflect.Message, record []byte) {
	m.SetUnknown(append(m.GetUnknown(), record...))
}

// noName returns the record of a number that a closed enum has no name for. An
// enum has 32 bits, and those are kept.
func noName(r pbwire.Record) []byte {
	return pbwire.AppendVarint(pbwire.AppendTag(nil, r.Number, pbwire.VARINT), uint64(int32(r.Value)))
}

// field returns the field or extension of a message with the given number, or
// nil.
func (u unmarshaler) field(md protoreflect.MessageDescriptor, n pbwire.Number) protoreflect.FieldDescriptor {
	if fd := md.Fields().ByNumber(protoreflect.FieldNumber(n)); fd != nil {
		return fd
	}
	if isMessageSet(md) {
		return nil // its extensions are in groups
	}
	if x, err := u.types.FindExtensionByNumber(md.FullName(), protoreflect.FieldNumber(n)); err == nil {
		return x.TypeDescriptor()
	}
	return nil
}

// record puts the record that d has read into field fd of m. It returns false
// if the field cannot take it: another wire type, or no value of a closed enum.
func (u unmarshaler) record(m protoreflect.Message, fd protoreflect.FieldDescriptor, d pbwire.Decoder) (bool, error) {
	kind := pbwire.Kind(fd.Kind())
	switch {
	case fd.IsList() && d.Type == pbwire.LEN && kind.Packable():
		return true, u.packed(m, fd, d)
	case d.Type != kind.Wire():
		return false, nil
	case fd.IsMap():
		return u.entry(m.Mutable(fd).Map(), fd, d)
	case fd.IsList() && fd.Message() != nil:
		return true, u.message(m.Mutable(fd).List().AppendMutable().Message(), d.Message())
	case fd.Message() != nil:
		return true, u.message(m.Mutable(fd).Message(), d.Message())
	}
	v, ok := scalar(fd, d.Record)
	switch {
	case !ok:
		return false, nil
	case fd.IsList():
		m.Mutable(fd).List().Append(v)
	default:
		m.Set(fd, v)
	}
	return true, nil
}

// packed adds the elements of an array in one LEN record. Those that a closed
// enum has no name for become records of their own among the unknown fields.
func (u unmarshaler) packed(m protoreflect.Message, fd protoreflect.FieldDescriptor, d pbwire.Decoder) error {
	list := m.Mutable(fd).List()
	element := pbwire.Record{Number: d.Number, Type: pbwire.Kind(fd.Kind()).Wire()}
	for b := d.Bytes; len(b) > 0; {
		n := 0
		switch element.Type { // Validate has seen that the lengths are right
		case pbwire.I32:
			element.Value, n = uint64(binary.LittleEndian.Uint32(b)), 4
		case pbwire.I64:
			element.Value, n = binary.LittleEndian.Uint64(b), 8
		default:
			var err error
			if element.Value, n, err = pbwire.Varint(b); err != nil {
				return err
			}
		}
		b = b[n:]
		if v, ok := scalar(fd, element); ok {
			list.Append(v)
		} else {
			unknown(m, noName(element))
		}
	}
	return nil
}

// entry puts an entry of a map into it. A key or value that is not on the wire
// is the default of its type. It returns false if the value is none of a closed
// enum's: then the whole entry is unknown.
func (u unmarshaler) entry(m protoreflect.Map, fd protoreflect.FieldDescriptor, d pbwire.Decoder) (bool, error) {
	key, value := fd.MapKey(), fd.MapValue()
	if value.Enum() != nil {
		known := true
		for r := d.Message(); r.Next(); {
			if r.Number == 2 && r.Type == pbwire.VARINT {
				_, known = scalar(value, r.Record) // the last one counts
			}
		}
		if !known {
			return false, nil
		}
	}
	// A message of its own: an entry may have a field twice, and unknown ones.
	entry := dynamicpb.NewMessage(fd.Message())
	if err := u.message(entry, d.Message()); err != nil {
		return false, err
	}
	v := entry.Get(value)
	if value.Message() != nil {
		v = entry.Mutable(value)
	}
	m.Set(entry.Get(key).MapKey(), v)
	return true, nil
}

// scalar returns the value of a record of field fd, which has its wire type.
// It returns false for a number that fd's closed enum has no name for.
func scalar(fd protoreflect.FieldDescriptor, r pbwire.Record) (protoreflect.Value, bool) {
	v := r.Value
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(v != 0), true
	case protoreflect.EnumKind:
		n := protoreflect.EnumNumber(int32(v))
		return protoreflect.ValueOfEnum(n), !fd.Enum().IsClosed() || fd.Enum().Values().ByNumber(n) != nil
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(v)), true
	case protoreflect.Sint32Kind:
		return protoreflect.ValueOfInt32(int32(pbwire.UnZigZag(uint64(uint32(v))))), true
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(v)), true
	case protoreflect.Int64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(v)), true
	case protoreflect.Sint64Kind:
		return protoreflect.ValueOfInt64(pbwire.UnZigZag(v)), true
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(v), true
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(math.Float32frombits(uint32(v))), true
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(math.Float64frombits(v)), true
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(string(r.Bytes)), true
	default: // bytes; messages are merged, not set
		return protoreflect.ValueOfBytes(slices.Clone(r.Bytes)), true
	}
}
