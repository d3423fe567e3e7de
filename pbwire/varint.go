package pbwire

import (
	"fmt"
	"math/bits"
)

// maxVarint is the longest varint, in bytes: ten groups of 7 bits hold 64.
const maxVarint = 10

// AppendVarint appends v as a varint, in one to ten bytes.
//
//	300 = 10 0101100        in groups of 7 bits
//	ac 02 = 1 0101100  0 0000010     the lowest group first
func AppendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80) // the top bit: more follows
		v >>= 7
	}
	return append(b, byte(v))
}

// SizeVarint returns how many bytes AppendVarint takes for v.
func SizeVarint(v uint64) int {
	return (bits.Len64(v|1) + 6) / 7 // zero takes a byte too
}

// Varint reads the varint at the start of b, and returns its value and its
// length in bytes. Longer forms than need be are read too, up to ten bytes.
// The error is an *Error with Err ErrTruncated or ErrVarint.
func Varint(b []byte) (v uint64, n int, err error) {
	v, n = varint(b)
	if n <= 0 {
		return 0, 0, varintError(b, 0)
	}
	return v, n, nil
}

// varint is Varint with a length of 0 in place of an error: the walk over a
// message calls it for every number, and makes an error only when it ends.
func varint(b []byte) (v uint64, n int) {
	b = b[:min(len(b), maxVarint)]
	for i, c := range b {
		v |= uint64(c&0x7f) << (7 * i & 63)
		if c < 0x80 {
			if i == maxVarint-1 && c > 1 { // bits 64 and above
				return 0, 0
			}
			return v, i + 1
		}
	}
	return 0, 0
}

// varintError says why b does not start with a varint. It stands at offset.
func varintError(b []byte, offset int) *Error {
	switch {
	case len(b) == 0:
		return &Error{offset, "the message ends where a number should start", ErrTruncated}
	case len(b) < maxVarint:
		return &Error{offset, fmt.Sprintf("the message ends inside a varint: byte %02x says that another follows", b[len(b)-1]), ErrTruncated}
	case b[maxVarint-1] < 0x80:
		return &Error{offset, fmt.Sprintf("varint longer than 64 bits: its tenth byte is %02x, and can only be 01", b[maxVarint-1]), ErrVarint}
	}
	return &Error{offset, "varint longer than 10 bytes", ErrVarint}
}

// ZigZag folds the signed numbers into the unsigned so that small ones stay
// small: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4. It makes sint32 and sint64; an
// int32 or int64 of -1 is a varint of ten bytes.
func ZigZag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

// UnZigZag is the way back.
func UnZigZag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
