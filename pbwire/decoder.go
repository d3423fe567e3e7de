package pbwire

import (
	"encoding/binary"
	"fmt"
)

// A Record is one field as it stands in a message: its tag, and its payload.
//
//	12 05 68 65 6c 6c 6f
//	^Offset                 tag
//	   ^                    length, with LEN only
//	      ^Payload          Bytes
//	                     ^End
type Record struct {
	Number  Number
	Type    Type
	Offset  int    // where the tag stands, in bytes from the start of the message
	Payload int    // where the payload starts, behind the length
	End     int    // the first byte behind the record
	Value   uint64 // of VARINT, I64 and I32: the number, not yet interpreted
	Bytes   []byte // of LEN: the payload; of SGROUP: the records inside, without the EGROUP
}

// A Decoder walks the records of a message, in their order. It allocates
// nothing, and its Bytes are slices of the message.
//
//	d := pbwire.NewDecoder(msg)
//	for d.Next() {
//		switch d.Number {
//		case 1:
//			id = int32(d.Value)
//		}
//	}
//	if err := d.Err(); err != nil { ... }
type Decoder struct {
	Record // the one that Next has read

	msg   []byte
	at    int    // the next record, in msg
	base  int    // where msg starts in the whole message
	depth int    // messages and groups around this one
	group Number // the group being read, or 0
	err   *Error
}

// NewDecoder returns a Decoder before the first record of msg.
func NewDecoder(msg []byte) Decoder { return Decoder{msg: msg} }

// Err returns the *Error that made Next return false, or nil at the end of
// the message.
func (d *Decoder) Err() error {
	if d.err == nil {
		return nil
	}
	return d.err
}

// Message returns a Decoder for the message inside the record that Next has
// read, a LEN or an SGROUP. It counts offsets from the start of the whole
// message, as d does.
func (d *Decoder) Message() Decoder {
	inner := Decoder{msg: d.Bytes, base: d.Payload, depth: d.depth + 1}
	if inner.depth > MaxDepth {
		inner.err = tooDeep(d.Offset)
	}
	return inner
}

// Next reads one record, with all of its group if it opens one. It returns
// false at the end, and where the message is wrong; Err tells them apart.
func (d *Decoder) Next() bool {
	b, at := d.msg, d.at
	if at >= len(b) || d.err != nil {
		return false
	}
	d.Offset = d.base + at
	tag, n := uint64(b[at]), 1
	if tag >= 0x80 {
		if tag, n = varint(b[at:]); n == 0 {
			return d.fail(varintError(b[at:], d.Offset))
		}
	}
	at += n
	if tag>>3-1 >= MaxNumber { // 0 wraps around
		return d.fail(numberError(tag>>3, d.Offset))
	}
	d.Number, d.Type = Number(tag>>3), Type(tag&7)
	d.Bytes = nil
	switch d.Type {
	case VARINT:
		d.Payload = d.base + at
		if at < len(b) && b[at] < 0x80 {
			d.Value = uint64(b[at])
			at++
			break
		}
		v, n := varint(b[at:])
		if n == 0 {
			return d.fail(varintError(b[at:], d.Payload))
		}
		d.Value = v
		at += n
	case LEN:
		if at >= len(b) {
			return d.fail(varintError(nil, d.base+at))
		}
		v, n := uint64(b[at]), 1
		if v >= 0x80 {
			if v, n = varint(b[at:]); n == 0 {
				return d.fail(varintError(b[at:], d.base+at))
			}
		}
		if v > uint64(len(b)-at-n) {
			return d.fail(lengthError(v, len(b)-at-n, d.base+at))
		}
		at += n
		d.Payload, d.Value = d.base+at, 0
		end := at + int(v)
		d.Bytes = b[at:end:end]
		at = end
	case I32:
		d.Payload = d.base + at
		if len(b)-at < 4 {
			return d.fail(fixedError(I32, 4, len(b)-at, d.Payload))
		}
		d.Value = uint64(binary.LittleEndian.Uint32(b[at:]))
		at += 4
	case I64:
		d.Payload = d.base + at
		if len(b)-at < 8 {
			return d.fail(fixedError(I64, 8, len(b)-at, d.Payload))
		}
		d.Value = binary.LittleEndian.Uint64(b[at:])
		at += 8
	default:
		return d.nextGroup(at)
	}
	d.at = at
	d.End = d.base + at
	return true
}

// nextGroup reads what stands behind the tag of a group, up to at: to its end
// if the tag opens one. It keeps the rare case out of Next.
func (d *Decoder) nextGroup(at int) bool {
	d.Payload, d.Value = d.base+at, 0
	switch {
	case d.Type > I32:
		return d.fail(&Error{d.Offset, fmt.Sprintf("wire type %d does not exist", d.Type), ErrWireType})
	case d.Type == EGROUP && d.group == 0:
		return d.fail(&Error{d.Offset, fmt.Sprintf("group %d ends, but none is open", d.Number), ErrGroup})
	case d.Type == EGROUP && d.group != d.Number:
		return d.fail(&Error{d.Offset, fmt.Sprintf("group %d ends inside group %d", d.Number, d.group), ErrGroup})
	case d.Type == EGROUP: // the end of the group that we are in
		d.at, d.End = at, d.base+at
		d.group = 0
		return false
	case d.depth == MaxDepth:
		return d.fail(tooDeep(d.Offset))
	}
	// d itself reads the records inside, and is put back then.
	opened, around := d.Record, d.group
	d.at, d.depth, d.group = at, d.depth+1, d.Number
	for d.Next() {
	}
	if d.err != nil {
		return false
	}
	if d.group != 0 {
		return d.fail(&Error{opened.Offset, fmt.Sprintf("group %d is never closed", opened.Number), ErrGroup})
	}
	end := d.Offset - d.base // of the records, before the EGROUP
	opened.Bytes, opened.End = d.msg[at:end:end], d.End
	d.Record, d.depth, d.group = opened, d.depth-1, around
	return true
}

func (d *Decoder) fail(err *Error) bool {
	d.err = err
	return false
}

func numberError(n uint64, offset int) *Error {
	if n == 0 {
		return &Error{offset, "field number 0: numbers start at 1", ErrNumber}
	}
	return &Error{offset, fmt.Sprintf("field number %d is more than %d", n, MaxNumber), ErrNumber}
}

func lengthError(length uint64, left, offset int) *Error {
	return &Error{offset, fmt.Sprintf("length says %d, only %s left", length, bytesAre(left)), ErrTruncated}
}

func fixedError(t Type, want, left, offset int) *Error {
	return &Error{offset, fmt.Sprintf("%v takes %d bytes, only %s left", t, want, bytesAre(left)), ErrTruncated}
}

func tooDeep(offset int) *Error {
	return &Error{offset, fmt.Sprintf("more than %d messages or groups inside each other", MaxDepth), ErrDepth}
}

// bytesAre returns "1 byte is" or "5 bytes are".
func bytesAre(n int) string {
	if n == 1 {
		return "1 byte is"
	}
	return fmt.Sprintf("%d bytes are", n)
}
