package pbwire

import (
	"encoding/binary"
	"fmt"
)

// A Number is the number of a field in its message, 1 to MaxNumber.
type Number int32

// A Type is a wire type: how long the payload of a record is, not what it
// means.
type Type uint8

// The wire types.
const (
	VARINT Type = 0 // one varint
	I64    Type = 1 // 8 bytes
	LEN    Type = 2 // a varint n, and n bytes
	SGROUP Type = 3 // records, up to the EGROUP
	EGROUP Type = 4 // nothing
	I32    Type = 5 // 4 bytes
)

// String returns the name of t: "VARINT".
func (t Type) String() string {
	switch t {
	case VARINT:
		return "VARINT"
	case I64:
		return "I64"
	case LEN:
		return "LEN"
	case SGROUP:
		return "SGROUP"
	case EGROUP:
		return "EGROUP"
	case I32:
		return "I32"
	}
	return fmt.Sprintf("wire type %d", uint8(t))
}

// AppendTag appends the tag of a record: the varint of number<<3 | type. The
// number must be in 1 to MaxNumber; readers refuse others. Numbers up to 15
// take one byte, up to 2047 two.
func AppendTag(b []byte, n Number, t Type) []byte {
	return AppendVarint(b, uint64(n)<<3|uint64(t))
}

// AppendFixed32 appends the payload of an I32 record.
func AppendFixed32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

// AppendFixed64 appends the payload of an I64 record.
func AppendFixed64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }

// AppendBytes appends the payload of a LEN record: the length of p, then p.
func AppendBytes(b, p []byte) []byte { return append(AppendVarint(b, uint64(len(p))), p...) }
