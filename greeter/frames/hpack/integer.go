package hpack

import "fmt"

// maxInteger bounds what an integer may say. No length, index or size of a
// real block comes near; RFC 7541 5.1 leaves the bound to the reader.
const maxInteger = 1<<31 - 1

// integer reads an integer with a prefix of the given bits at b[at], and
// returns it and the byte behind it (RFC 7541 5.1).
//
//	prefix not all ones: that is the value
//	prefix all ones:     bytes of 7 bits follow, the lowest first, the top bit
//	                     says that there is another; the sum is the value
func integer(b []byte, at, bits int) (v, end int, err error) {
	if at >= len(b) {
		return 0, at, truncated(len(b), "an integer", "RFC 7541 5.1")
	}
	ones := 1<<bits - 1
	if v = int(b[at]) & ones; v < ones {
		return v, at + 1, nil
	}
	sum := int64(v) // five bytes of 7 bits do not fit an int of 32
	for i, shift := at+1, 0; i < len(b); i, shift = i+1, shift+7 {
		if shift > 28 { // zeros may go on for ever
			return 0, i, &Error{i, "an integer of more than 6 bytes", "RFC 7541 5.1", ErrInteger}
		}
		sum += int64(b[i]&0x7f) << shift
		if sum > maxInteger {
			return 0, i, &Error{i, fmt.Sprintf("an integer of more than %d", maxInteger), "RFC 7541 5.1", ErrInteger}
		}
		if b[i] < 0x80 {
			return int(sum), i + 1, nil
		}
	}
	return 0, at, truncated(len(b), "an integer", "RFC 7541 5.1")
}

func truncated(at int, what, rfc string) *Error {
	return &Error{at, "the block ends inside " + what, rfc, ErrTruncated}
}
