package pbwire

import (
	"fmt"
	"math"

	"onwire/wire"
)

// number draws one VARINT, I32 or I64 between two offsets.
func number(from, to int, v uint64, k Kind, ft *FieldType) wire.Field {
	value := valueText(v, k, enumOf(ft))
	if k.Wire() != VARINT {
		return wire.Field{
			Name: k.String(), Bit: 8 * from, Bits: 8 * (to - from), Value: value,
			Note: wire.Notef("%d bytes whatever the value, the lowest first", to-from),
		}
	}
	name := k.String()
	if ft == nil {
		name = "varint"
	}
	f := varintField(name, from, to-from, v, value)
	signed := k == Int32 || k == Int64 || k == Enum
	switch {
	case cut(v, k):
		f.Value = fmt.Sprintf("%d, cut to %s", v, value)
		f.Note = wire.Notef("%v has 32 bits: readers drop the others", k)
	case k == Sint32 || k == Sint64:
		f.Value = fmt.Sprintf("zigzag %d = %s", v, value)
	case signed && v>>63 == 1:
		f.Value = fmt.Sprintf("2^64%d = %s", int64(v), value)
		f.Note = wire.Notef("a negative number has its top bit set, so it takes all ten bytes; sint32 or sint64 would take %d", SizeVarint(ZigZag(int64(v))))
		if k == Enum {
			f.Note = wire.Notef("a negative number has its top bit set, so it takes all ten bytes")
		}
	case k == Bool, k == Enum && ft.hasName(v):
		f.Value = fmt.Sprintf("%d = %s", v, value)
	case v > 1 && v < 1<<35: // longer ones are a line of 0 and 1
		f.Value = fmt.Sprintf("0b%s = %s", Groups(v), value)
	}
	switch {
	case k != Enum || ft.hasName(v):
	case ft.Closed: // an element of a packed array
		f.Note = wire.Notef("the enum has no such value, and is closed: readers keep it as an unknown field")
	default:
		f.Note = wire.Notef("the enum has no such value; it is open, so readers keep the number")
	}
	return f
}

// cut reports whether a varint does not fit in a kind of 32 bits. A negative
// int32 has its sign in the 32 bits above.
func cut(v uint64, k Kind) bool {
	switch k {
	case Int32, Enum:
		return v > math.MaxUint32 && v != uint64(int32(v))
	case Uint32, Sint32:
		return v > math.MaxUint32
	}
	return false
}
