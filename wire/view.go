package wire

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A Role is the part that a piece of text plays in a View, for Paint.
type Role int

const (
	RoleOffset Role = iota // the byte offset at the left
	RoleBytes              // hex digits and bit patterns
	RoleName               // a field's name
	RoleValue              // a field's value
	RoleNote               // the sentence below, with its RFC
)

// A View draws the bytes of a message beside the names of its fields, one leaf
// field a line, in the order of the bytes:
//
//	byte  bytes                    field                  value
//	   0  00 35                    Source port            53
//	   2  0100 ....                Version                4
//
// A field that does not fill its bytes is drawn as bits, with a dot for every
// bit that belongs to a neighbour. The zero View is 80 columns wide and plain.
type View struct {
	Width    int                       // columns; 0 means 80
	Notes    bool                      // draw each field's Note and RFC below it
	MaxBytes int                       // bytes drawn of one field; 0 means 64
	Paint    func(Role, string) string // colours a piece of text; nil leaves it plain
	Measure  func(string) int          // columns that a text takes; nil counts runes
}

const (
	offsetColumns = 6  // "1234  "
	nameColumns   = 23 // the name with its indent, and a space
	minValue      = 12 // below this a value column is of no use
)

// Write draws msg and its fields to w. It never reads outside msg: a field
// that runs past the end is drawn as far as there are bytes.
func (v View) Write(w io.Writer, msg []byte, fields []Field) error {
	if v.Width <= 0 {
		v.Width = 80
	}
	v.Width = max(v.Width, 40) // narrower than this no column is left
	if v.MaxBytes <= 0 {
		v.MaxBytes = 64
	}
	if v.Paint == nil {
		v.Paint = func(_ Role, s string) string { return s }
	}
	if v.Measure == nil {
		v.Measure = utf8.RuneCountInString
	}
	d := drawing{View: v, msg: msg, perRow: 8}
	if v.Width < offsetColumns+24+nameColumns+minValue {
		d.perRow = 4 // a narrow terminal
	}
	d.line("byte", "bytes", "field", "value", RoleOffset)
	d.fields(fields, 0, "")
	_, err := io.WriteString(w, d.out.String())
	return err
}

// A drawing is one View being written.
type drawing struct {
	View
	msg    []byte
	perRow int // bytes a row in the hex column
	out    strings.Builder
}

func (d *drawing) bytesColumns() int { return 3*d.perRow + 1 }

func (d *drawing) fields(fields []Field, depth int, rfc string) {
	for _, f := range fields {
		d.field(f, depth, rfc)
		d.fields(f.Fields, depth+1, f.RFC)
	}
}

func (d *drawing) field(f Field, depth int, parentRFC string) {
	rows := d.rows(f)
	indent := strings.Repeat("  ", min(depth, 6)) // deeper than that no name fits
	valueColumns := max(minValue, d.Width-offsetColumns-d.bytesColumns()-nameColumns)
	values := Wrap(Escape(f.Value), valueColumns, d.Measure)
	names := Wrap(Escape(f.Name), nameColumns-1-len(indent), d.Measure)
	for i := range names {
		names[i] = indent + names[i]
	}
	for i := range max(len(rows), len(values), len(names)) {
		offset := ""
		if i == 0 {
			offset = fmt.Sprintf("%4d", f.Bit/8)
		}
		d.line(offset, at(rows, i), at(names, i), at(values, i), RoleName)
	}
	if d.Notes && (f.Note.String() != "" || f.RFC != parentRFC) { // an RFC alone is not said again for each part
		d.note(f, len(indent))
	}
}

// rows returns what stands in the bytes column: hex for whole bytes, bits for
// a part of a byte, nothing for a group whose parts show the bytes themselves.
func (d *drawing) rows(f Field) []string {
	if f.Bits == 0 || len(f.Fields) > 0 && wholeBytes(f.Fields) {
		return nil
	}
	first, last := f.Bit/8, (f.End()-1)/8 // the bytes it touches
	if f.Bit < 0 || first >= len(d.msg) {
		return nil
	}
	last = min(last, len(d.msg)-1)
	bits := f.Bit%8 != 0 || f.Bits%8 != 0
	perRow := d.perRow
	if bits {
		perRow /= 4 // "0100 .... " takes ten columns, "45 " three
	}
	shown := min(last, first+d.MaxBytes-1)
	var rows []string
	for b := first; b <= shown; b += perRow {
		var row []string
		for i := b; i <= min(shown, b+perRow-1); i++ {
			if bits {
				row = append(row, bitPattern(d.msg[i], 8*i, f))
			} else {
				row = append(row, fmt.Sprintf("%02x", d.msg[i]))
			}
		}
		rows = append(rows, strings.Join(row, " "))
	}
	if more := last - shown; more > 0 {
		rows = append(rows, fmt.Sprintf("... %d more bytes", more))
	}
	return rows
}

// wholeBytes reports whether every field starts and ends between two bytes.
func wholeBytes(fields []Field) bool {
	for _, f := range fields {
		if f.Bit%8 != 0 || f.Bits%8 != 0 {
			return false
		}
	}
	return true
}

// bitPattern draws the byte at the given bit as two groups of four bits, with
// dots for the bits that are not f's.
func bitPattern(b byte, bit int, f Field) string {
	var s strings.Builder
	for i := range 8 {
		switch p := bit + i; {
		case p < f.Bit || p >= f.End():
			s.WriteByte('.')
		default:
			s.WriteByte('0' + b>>(7-i)&1)
		}
		if i == 3 {
			s.WriteByte(' ')
		}
	}
	return s.String()
}

func (d *drawing) note(f Field, nameIndent int) {
	text := f.Note.String()
	if f.RFC != "" {
		text = strings.TrimSpace(text + " (" + f.RFC + ")")
	}
	if text == "" {
		return
	}
	indent := offsetColumns + d.bytesColumns() + nameIndent + 2
	if d.Width-indent < 24 {
		indent = offsetColumns
	}
	for _, s := range Wrap(Escape(text), d.Width-indent, d.Measure) {
		d.out.WriteString(strings.Repeat(" ", indent) + d.Paint(RoleNote, s) + "\n")
	}
}

// line writes the four columns; names carries the role of the name, since the
// head line is painted as the offsets are.
func (d *drawing) line(offset, bytes, name, value string, names Role) {
	role := func(r Role) Role {
		if names == RoleOffset {
			return RoleOffset
		}
		return r
	}
	cells := []struct {
		text    string
		columns int
		role    Role
	}{
		{fmt.Sprintf("%4s", offset), offsetColumns, role(RoleOffset)},
		{bytes, d.bytesColumns(), role(RoleBytes)},
		{name, nameColumns, names},
		{value, 0, role(RoleValue)},
	}
	var s strings.Builder
	gap := 0
	for _, c := range cells {
		if strings.TrimSpace(c.text) == "" {
			gap += c.columns
			continue
		}
		s.WriteString(strings.Repeat(" ", gap) + d.Paint(c.role, c.text))
		gap = max(0, c.columns-d.Measure(c.text))
		if gap == 0 && c.columns > 0 {
			gap = 1
		}
	}
	d.out.WriteString(s.String() + "\n")
}

func at(s []string, i int) string {
	if i < len(s) {
		return s[i]
	}
	return ""
}
