package hpack

import "fmt"

// DefaultTableSize is the size of a dynamic table before anybody says
// otherwise: the initial SETTINGS_HEADER_TABLE_SIZE (RFC 9113 6.5.2).
const DefaultTableSize = 4096

// A Decoder reads the header blocks of one direction of a connection. The zero
// Decoder is not usable; call NewDecoder.
type Decoder struct {
	table   table
	limit   int  // the largest size that a size update may set
	lower   bool // the limit fell below the size: an update must say so
	maxList int
	scratch []byte
}

// NewDecoder returns a Decoder with an empty table of DefaultTableSize. A
// header list may have maxList bytes, each field counted as its Size; a longer
// one is an error. So is a table of more than the decoder is told to allow.
func NewDecoder(maxList int) *Decoder {
	return &Decoder{table: table{max: DefaultTableSize}, limit: DefaultTableSize, maxList: maxList}
}

// SetLimit sets the largest size that the table may have, in bytes: what the
// reader's SETTINGS_HEADER_TABLE_SIZE says, from its acknowledgement on. If the
// table is larger now, the next block must start with a size update (RFC 7541
// 4.2).
func (d *Decoder) SetLimit(n int) {
	d.limit = n
	d.lower = n < d.table.max
}

// TableSize returns the bytes in the dynamic table, and its largest size.
func (d *Decoder) TableSize() (size, largest int) { return d.table.size, d.table.max }

// Entries returns how many fields are in the dynamic table.
func (d *Decoder) Entries() int { return d.table.count }

// Decode reads a whole header block and appends its representations to dst.
// After an *Error the table is no longer that of the sender, and the Decoder
// is of no further use; the representations before the fault are returned.
func (d *Decoder) Decode(dst []Representation, block []byte) ([]Representation, error) {
	list, fields, updates := 0, 0, 0
	for at := 0; at < len(block); {
		r, err := d.representation(block, at)
		if err != nil {
			return dst, err
		}
		if r.Kind == SizeUpdate {
			updates++
			if err := d.resize(r, fields, updates); err != nil {
				return dst, err
			}
		} else if d.lower {
			return dst, &Error{at, fmt.Sprintf("a size update to %d or less was to come first", d.limit), "RFC 7541 4.2", ErrSize}
		} else {
			fields++
			if list += r.Size(); list > d.maxList {
				return dst, &Error{at, fmt.Sprintf("the header list has more than %d bytes", d.maxList), "RFC 9113 10.5.1", ErrLimit}
			}
		}
		if r.Kind == Incremental {
			d.table.add(entry{r.Name, r.Value})
		}
		dst = append(dst, r)
		at = r.End
	}
	return dst, nil
}

// resize carries out a size update. It stands at the start of a block, and two
// are the most that can be of use: the smallest size, then the last one (RFC
// 7541 4.2).
func (d *Decoder) resize(r Representation, fields, updates int) error {
	switch {
	case fields > 0:
		return &Error{r.At, "a size update behind a field: it must stand at the start", "RFC 7541 4.2", ErrSize}
	case updates > 2:
		return &Error{r.At, "a third size update in one block", "RFC 7541 4.2", ErrSize}
	case r.Index > d.limit:
		return &Error{r.At, fmt.Sprintf("a size update to %d: %d is allowed", r.Index, d.limit), "RFC 7541 6.3", ErrSize}
	}
	d.table.resize(r.Index)
	d.lower = false
	return nil
}

// representation reads the one at block[at].
func (d *Decoder) representation(block []byte, at int) (r Representation, err error) {
	var bits int
	r.Kind, bits = kindOf(block[at])
	r.At = at
	if r.Index, r.End, err = integer(block, at, bits); err != nil || r.Kind == SizeUpdate {
		return r, err
	}
	if r.Index == 0 && r.Kind == Indexed {
		return r, &Error{at, "index 0: the tables begin at 1", "RFC 7541 6.1", ErrIndex}
	}
	if r.Index > 0 {
		e, ok := d.table.at(r.Index)
		if !ok {
			return r, &Error{at, fmt.Sprintf("index %d: the static table ends at %d, the dynamic table has %d more", r.Index, len(static), d.table.count), "RFC 7541 2.3.3", ErrIndex}
		}
		r.Name = e.name
		if r.Kind == Indexed {
			r.Value = e.value
			return r, nil
		}
	} else if r.Name, r.NameAt, err = d.literal(block, r.End); err != nil {
		return r, err
	} else {
		r.End = r.NameAt.End
	}
	if r.Value, r.ValueAt, err = d.literal(block, r.End); err != nil {
		return r, err
	}
	r.End = r.ValueAt.End
	return r, nil
}

// kindOf reads the pattern that a representation starts with, and returns how
// many bits of the byte are behind it.
func kindOf(b byte) (Kind, int) {
	switch {
	case b&0x80 != 0:
		return Indexed, 7
	case b&0x40 != 0:
		return Incremental, 6
	case b&0x20 != 0:
		return SizeUpdate, 5
	case b&0x10 != 0:
		return Never, 4
	}
	return Without, 4
}

// literal reads the string at block[at].
func (d *Decoder) literal(block []byte, at int) (string, Literal, error) {
	l := Literal{At: at}
	n, data, err := integer(block, at, 7)
	if err != nil {
		return "", l, err
	}
	l.Huffman, l.Data, l.End = block[at]&0x80 != 0, data, data+n
	if n > len(block)-data {
		return "", l, &Error{at, fmt.Sprintf("a string of %d bytes, %d are left in the block", n, len(block)-data), "RFC 7541 5.2", ErrTruncated}
	}
	raw := block[data:l.End]
	if !l.Huffman {
		return string(raw), l, nil
	}
	var bad *Error
	if d.scratch, bad = huffman(d.scratch[:0], raw, nil); bad != nil {
		bad.Offset += data
		return "", l, bad
	}
	return string(d.scratch), l, nil
}
