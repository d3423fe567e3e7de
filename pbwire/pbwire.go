// Package pbwire is the Protobuf wire format: how an object becomes bytes, and
// what bytes can mean. The format is defined at protobuf.dev, "Encoding".
//
// A message is a run of records, nothing else: no length, no end mark.
//
//	record  = tag payload
//	tag     = varint of number<<3 | wire type
//	varint  = groups of 7 bits, the lowest first; the top bit of a byte
//	          says that another byte follows
//
//	wire type   payload
//	0 VARINT    a varint: int32 int64 uint32 uint64 sint32 sint64 bool enum
//	1 I64       8 bytes, the lowest first: fixed64 sfixed64 double
//	2 LEN       a varint n, then n bytes: string bytes message, packed arrays
//	3 SGROUP    records, up to the EGROUP with the same number (old)
//	4 EGROUP    nothing
//	5 I32       4 bytes, the lowest first: fixed32 sfixed32 float
//
// The bytes hold no names and no types, only numbers and wire types. So there
// are two ways to read them. Decoder walks the records as they are, and
// Readings lists what each of them may be. Dissect names every bit; with a
// Schema (package pbwire/schema makes one from a .proto file) it knows the
// names and the types, and without one it draws the likeliest reading and
// notes the others.
//
// The functions AppendTag, AppendVarint, AppendFixed32, AppendFixed64 and
// AppendBytes write; they are all that an encoder needs.
//
// Every error is an *Error, and says at which byte the message is wrong.
package pbwire

import (
	"errors"
	"fmt"
)

// Limits of the format, and of its readers. A message that breaks one is
// refused with an error, here as in other implementations.
const (
	MaxNumber = 1<<29 - 1 // the largest field number
	MaxLength = 1<<31 - 1 // the longest LEN payload, in bytes: 2 GiB less one
	MaxDepth  = 100       // messages and groups inside each other, as C++, Java and Python read
)

// What can be wrong with a message. An *Error wraps one of them.
var (
	ErrTruncated = errors.New("the message ends inside a record")
	ErrVarint    = errors.New("a varint is longer than 64 bits")
	ErrNumber    = errors.New("a field number is not in 1 to 536870911")
	ErrWireType  = errors.New("a wire type is not in 0 to 5")
	ErrGroup     = errors.New("a group is not closed, or was not open")
	ErrDepth     = errors.New("messages or groups stand too deep inside each other")
	ErrLength    = errors.New("a length is more than 2 GiB")
	ErrUTF8      = errors.New("a string is not UTF-8")
)

// An Error is a fault in the bytes of a message.
type Error struct {
	Offset int    // the byte it is about, from the start of the message
	Reason string // "length says 6, only 5 bytes are left"
	Err    error  // ErrTruncated and so on, for errors.Is
}

// Error returns the place and the reason: "byte 3: length says 6, only 5 bytes
// are left".
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// Unwrap returns the kind of fault.
func (e *Error) Unwrap() error { return e.Err }
