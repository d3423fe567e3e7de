// Package hpack reads HPACK (RFC 7541), the header compression of HTTP/2, and
// names every bit of it.
//
// A header block is a run of representations. The first bits of each say what
// it is:
//
//	1.......  Indexed: name and value stand in a table (6.1)
//	01......  literal, and both sides add it to their dynamic table (6.2.1)
//	001.....  a new size for the dynamic table (6.3)
//	0001....  literal that no table ever takes: a password (6.2.3)
//	0000....  literal that this time no table takes (6.2.2)
//
// Behind them stands an index, or a name and a value as strings, either plain
// or in a Huffman code. Index 1 to 61 is the static table, which all know;
// from 62 on it is the dynamic table, the newest entry first.
//
// A Decoder holds the dynamic table of one direction of a connection. It must
// see every block of that direction, in order. Dissect makes wire.Fields of
// what it has decoded.
package hpack

import (
	"errors"
	"fmt"
)

// A Kind says what a representation is.
type Kind uint8

// The kinds of representations, RFC 7541 6.
const (
	Indexed     Kind = iota // 6.1
	Incremental             // 6.2.1: literal, added to the dynamic table
	Without                 // 6.2.2: literal, not added
	Never                   // 6.2.3: literal, never to be added on any way
	SizeUpdate              // 6.3
)

// String returns the kind in one word: "indexed".
func (k Kind) String() string {
	return [...]string{"indexed", "incremental", "without", "never", "size update"}[k]
}

// A Representation is one instruction of a header block.
type Representation struct {
	Kind    Kind
	Index   int    // of the field, or of the name; 0 is a new name; of SizeUpdate the size in bytes
	Name    string // of the field; "" for SizeUpdate
	Value   string
	At, End int // where it stands in the block, in bytes

	NameAt, ValueAt Literal // where its strings stand; zero where there are none
}

// Static reports whether Index is in the static table.
func (r Representation) Static() bool {
	return r.Kind != SizeUpdate && r.Index > 0 && r.Index <= len(static)
}

// Dynamic reports whether Index is in the dynamic table.
func (r Representation) Dynamic() bool { return r.Kind != SizeUpdate && r.Index > len(static) }

// Size returns what the field counts in a header list and in a dynamic table:
// its name, its value and 32 bytes (RFC 7541 4.1).
func (r Representation) Size() int { return entrySize(r.Name, r.Value) }

// A Literal is where a string stands in a block (RFC 7541 5.2).
type Literal struct {
	At, Data, End int // its length, its first byte, the byte behind it
	Huffman       bool
}

// Zero reports whether there is no string.
func (l Literal) Zero() bool { return l.End == 0 }

// What can be wrong with a block. An *Error wraps one of them. Whatever it is,
// the two ends no longer have the same table: the rest of that direction's
// blocks cannot be read.
var (
	ErrTruncated = errors.New("the block ends inside a representation")
	ErrInteger   = errors.New("an integer is too large")
	ErrIndex     = errors.New("an index is in no table")
	ErrHuffman   = errors.New("a Huffman code is wrong")
	ErrSize      = errors.New("a table size update is wrong")
	ErrLimit     = errors.New("the header list is longer than this reader takes")
)

// An Error is a fault in a header block.
type Error struct {
	Offset int    // the byte it is about, from the start of the block
	Reason string // "index 70: the tables have 61 entries"
	RFC    string // the rule: "RFC 7541 2.3.3"
	Err    error  // ErrIndex and so on, for errors.Is
}

// Error returns the place, the reason and the rule.
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s (%s)", e.Offset, e.Reason, e.RFC) }

// Unwrap returns the kind of fault.
func (e *Error) Unwrap() error { return e.Err }
