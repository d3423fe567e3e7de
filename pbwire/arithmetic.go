package pbwire

import (
	"fmt"
	"math/bits"
	"strings"

	"onwire/wire"
)

// This file draws the arithmetic: which bits of a tag and of a varint are
// which. Byte k of a varint is a bit that says whether another byte follows,
// and the 7 bits from 7*k on.

// tagField draws a tag of n bytes at offset: in its first byte stand the low
// four bits of the number and the wire type.
//
//	0 0001 000     1<<3 | 0
func tagField(offset, n int, num Number, t Type) wire.Field {
	f := wire.Field{
		Name: "tag", Bit: 8 * offset, Bits: 8 * n,
		Value: fmt.Sprintf("%d<<3|%d: field %d, %v", num, t, num, t),
		Note:  overlong(n, uint64(num)<<3|uint64(t)),
	}
	rest := uint64(num)
	for k := range n {
		bit := 8 * (offset + k)
		f.Fields = append(f.Fields, more(bit, k+1 < n))
		if k == 0 {
			f.Fields = append(f.Fields,
				wire.Field{Name: "number", Bit: bit + 1, Bits: 4, Value: fmt.Sprint(rest & 15)},
				wire.Field{Name: "wire type", Bit: bit + 5, Bits: 3, Value: fmt.Sprintf("%d %v", t, t)})
			rest >>= 4
			continue
		}
		f.Fields = append(f.Fields, group("number", bit, rest&127, 7*k-3))
		rest >>= 7
	}
	return f
}

// varintField draws a varint of n bytes at offset.
func varintField(name string, offset, n int, v uint64, value string) wire.Field {
	f := wire.Field{Name: name, Bit: 8 * offset, Bits: 8 * n, Value: value, Note: overlong(n, v)}
	for k := range n {
		bit := 8 * (offset + k)
		f.Fields = append(f.Fields, more(bit, k+1 < n), group(fmt.Sprintf("group %d", k), bit, v>>(7*k)&127, 7*k))
	}
	return f
}

func more(bit int, follows bool) wire.Field {
	f := wire.Field{Name: "more", Bit: bit, Bits: 1, Value: "0: the last byte"}
	if follows {
		f.Value = "1: another byte follows"
	}
	return f
}

// group is the 7 low bits of the byte at bit, which count from 1<<shift.
func group(name string, bit int, v uint64, shift int) wire.Field {
	f := wire.Field{Name: name, Bit: bit + 1, Bits: 7, Value: fmt.Sprint(v)}
	if shift > 0 {
		f.Value = fmt.Sprintf("%d<<%d = %d", v, shift, v<<shift)
	}
	return f
}

// overlong notes that a varint takes more bytes than it needs.
func overlong(n int, v uint64) wire.Note {
	if need := SizeVarint(v); n > need {
		return wire.Notef("%d bytes where %d would do: readers take it, writers do not make it", n, need)
	}
	return wire.Note{}
}

// Groups returns v in binary, in groups of 7 bits as a varint holds them, but
// with the highest first, as a person writes a number: "10 0101100" for 300.
func Groups(v uint64) string {
	if v < 128 {
		return fmt.Sprintf("%b", v)
	}
	high := (bits.Len64(v) - 1) / 7
	s := []string{fmt.Sprintf("%b", v>>(7*high))}
	for k := high - 1; k >= 0; k-- {
		s = append(s, fmt.Sprintf("%07b", v>>(7*k)&127))
	}
	return strings.Join(s, " ")
}
