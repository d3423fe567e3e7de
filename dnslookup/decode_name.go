package dnslookup

import (
	"fmt"

	"onwire/wire"
)

// maxPointers is as many as a name can have labels.
const maxPointers = 126

// name reads a name with its labels and, at most, one pointer at its end, and
// follows the pointer (RFC 1035 4.1.4). The field's parts are the labels, the
// root's zero octet, and the pointer with its target.
func (d *decoder) name(field, rfc string) (wire.Field, string, error) {
	start := d.pos
	f := wire.Field{Name: field, Bit: 8 * start, RFC: rfc}
	var scratch [4 * maxName]byte // enough with every octet as \DDD
	b := scratch[:0]
	length := 1 // octets of the whole name, pointers followed
	// first is where the part begins that we read now; a pointer must lead to
	// before it, which also means that every chain of pointers ends.
	at, first, end, jumped := start, start, d.end, false
	jumps, before := 0, 0 // before: how much of the name stood before the first jump
	for {
		if at >= end {
			return f, "", d.fail(start, "%s runs past the end, at octet %d", field, at)
		}
		c := int(d.msg[at])
		switch {
		case c == 0:
			if !jumped {
				f.Fields = append(f.Fields, wire.Field{Name: "Root", Bit: 8 * at, Bits: 8, Value: "0", Note: wire.Notef("the name ends at the root")})
				d.pos = at + 1
			}
			if len(b) == 0 {
				b = append(b, '.')
			}
			if d.text -= len(b); d.text < 0 {
				return f, "", d.fail(start, "the names are expanded to far more text than the message has octets")
			}
			name := string(b)
			f.Value, f.Bits = name, 8*(d.pos-start)
			if jumped {
				pointer := &f.Fields[len(f.Fields)-1]
				pointer.Value += ": " + shorten(name[min(before, len(name)-1):])
			}
			return f, name, nil
		case c&0xc0 == 0xc0:
			if at+1 >= end {
				return f, "", d.fail(start, "%s: a pointer is cut off at octet %d", field, at)
			}
			target := c&0x3f<<8 | int(d.msg[at+1])
			if jumps++; jumps > maxPointers {
				return f, "", d.fail(start, "%s: more than %d pointers in a row", field, maxPointers)
			}
			if target >= first {
				return f, "", d.fail(start, "%s: the pointer at octet %d leads to %d, which is not before it", field, at, target)
			}
			if target < 12 {
				return f, "", d.fail(start, "%s: the pointer at octet %d leads into the header, to %d", field, at, target)
			}
			if !jumped {
				f.Fields = append(f.Fields, wire.Field{
					Name: "Pointer", Bit: 8 * at, Bits: 16, Value: fmt.Sprintf("to octet %d", target), RFC: "RFC 1035 4.1.4",
					Note: wire.Notef("two top bits set, then the offset %d: the name goes on there", target),
				})
				d.pos, before = at+2, len(b)
			}
			at, first, end, jumped = target, target, len(d.msg), true
		case c&0xc0 != 0:
			return f, "", d.fail(start, "%s: octet %d is 0x%02x; the label types 01 and 10 are not in use (RFC 6891 5)", field, at, c)
		default:
			if at+1+c > end {
				return f, "", d.fail(start, "%s: the label at octet %d has %d octets, past the end", field, at, c)
			}
			if length += 1 + c; length > maxName {
				return f, "", d.fail(start, "%s is longer than %d octets", field, maxName)
			}
			from := len(b)
			b = appendLabel(b, d.msg[at+1:at+1+c])
			b = append(b, '.')
			if !jumped {
				f.Fields = append(f.Fields, wire.Field{Name: "Label", Bit: 8 * at, Bits: 8 * (1 + c), Value: string(b[from : len(b)-1]), Note: wire.Notef("length %d, then the characters", c)})
			}
			at += 1 + c
		}
	}
}
