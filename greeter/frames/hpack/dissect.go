package hpack

import (
	"fmt"
	"strconv"

	"onwire/wire"
)

// MaxSymbols is the longest Huffman string, in bytes of code, whose symbols
// get a Field each.
const MaxSymbols = 256

// Dissect names every bit of a header block, from the representations that
// Decode made of it. The fields cover it exactly; what stands behind the last
// representation, because Decode met a fault there, is one Field "not read".
//
// The name of a representation says what it is made of: "Indexed,
// static 2", "Literal with Incremental Indexing, dynamic 62, Huffman". Its parts
// are its pattern, its index and its strings; a string has the H bit, the
// length, and, in a Huffman string, the code of each symbol.
func Dissect(block []byte, reps []Representation) []wire.Field {
	fields := make([]wire.Field, 0, len(reps)+1)
	at := 0
	for _, r := range reps {
		fields = append(fields, r.field(block))
		at = r.End
	}
	if at < len(block) {
		fields = append(fields, wire.Field{Name: "not read", Bit: 8 * at, Bits: 8 * (len(block) - at)})
	}
	return fields
}

// patterns are the names of the kinds in RFC 7541 6, the bits that each starts
// with, and what it means for the reader.
var patterns = [...]struct {
	name, bits, rfc, note string
}{
	Indexed:     {"Indexed", "1", "RFC 7541 6.1", "name and value stand in a table"},
	Incremental: {"Literal with Incremental Indexing", "01", "RFC 7541 6.2.1", "both ends add it to their dynamic table: next time an index will do"},
	Without:     {"Literal without Indexing", "0000", "RFC 7541 6.2.2", "no table takes it: it is not expected again"},
	Never:       {"Literal Never Indexed", "0001", "RFC 7541 6.2.3", "no table on the whole way may take it: a secret that must not be guessed by size"},
	SizeUpdate:  {"Dynamic Table Size Update", "001", "RFC 7541 6.3", "the sender's table has at most so many bytes from here on"},
}

// Name returns the name of the kind in RFC 7541 6.
func (k Kind) Name() string { return patterns[k].name }

// field names the bits of one representation.
func (r Representation) field(block []byte) wire.Field {
	p := patterns[r.Kind]
	f := wire.Field{
		Name: p.name, Bit: 8 * r.At, Bits: 8 * (r.End - r.At), Value: r.Name + ": " + r.Value,
		Note: wire.Note{Format: p.note}, RFC: p.rfc,
	}
	end := r.End // of the first integer
	if !r.NameAt.Zero() {
		end = r.NameAt.At
	} else if !r.ValueAt.Zero() {
		end = r.ValueAt.At
	}
	bits := len(p.bits)
	index := wire.Field{Name: "Index", Bit: 8*r.At + bits, Bits: 8*(end-r.At) - bits, Value: strconv.Itoa(r.Index), RFC: "RFC 7541 2.3.3"}
	switch {
	case r.Kind == SizeUpdate:
		index.Name, index.RFC = "Max Size", "RFC 7541 4.2"
		f.Value = strconv.Itoa(r.Index)
	case r.Index == 0:
		index.Value = "0"
		index.Note = wire.Notef("0: a new name, which follows")
		f.Name += ", new name"
	case r.Static():
		f.Name += fmt.Sprintf(", static %d", r.Index)
		index.Note = wire.Notef("static table: %s", r.indexed())
	default:
		f.Name += fmt.Sprintf(", dynamic %d", r.Index)
		index.Note = wire.Notef("dynamic table, entry %d from the newest: %s", r.Index-len(static), r.indexed())
	}
	if r.NameAt.Huffman || r.ValueAt.Huffman {
		f.Name += ", Huffman"
	}
	f.Fields = []wire.Field{{Name: "pattern", Bit: 8 * r.At, Bits: bits, Value: p.bits, RFC: p.rfc}, index}
	if !r.NameAt.Zero() {
		f.Fields = append(f.Fields, r.NameAt.field("Name", r.Name, block))
	}
	if !r.ValueAt.Zero() {
		f.Fields = append(f.Fields, r.ValueAt.field("Value", r.Value, block))
	}
	return f
}

// indexed returns what the index stands for.
func (r Representation) indexed() string {
	if r.Kind == Indexed && r.Value != "" {
		return r.Name + ": " + r.Value
	}
	return r.Name
}

// field names the bits of one string.
func (l Literal) field(name, text string, block []byte) wire.Field {
	h, how := "0", "plain"
	if l.Huffman {
		h, how = "1", "Huffman code"
	}
	data := wire.Field{Name: name + " String", Bit: 8 * l.Data, Bits: 8 * (l.End - l.Data), Value: text, RFC: "RFC 7541 5.2"}
	if l.Huffman && l.End > l.Data {
		data.Note = wire.Notef("Huffman: %d bytes for %d", l.End-l.Data, len(text))
		data.RFC = "RFC 7541 B"
		if l.End-l.Data <= MaxSymbols {
			data.Fields = symbols(block[l.Data:l.End], data.Bit)
		}
	}
	return wire.Field{
		Name: name, Bit: 8 * l.At, Bits: 8 * (l.End - l.At), Value: text,
		Fields: []wire.Field{
			{Name: "H", Bit: 8 * l.At, Bits: 1, Value: h, Note: wire.Note{Format: how}, RFC: "RFC 7541 5.2"},
			{Name: name + " Length", Bit: 8*l.At + 1, Bits: 8*(l.Data-l.At) - 1, Value: strconv.Itoa(l.End - l.Data), RFC: "RFC 7541 5.1"},
			data,
		},
	}
}

// symbols names the code of each symbol of a Huffman string.
func symbols(b []byte, bit int) []wire.Field {
	var fields []wire.Field
	end := bit
	huffman(nil, b, func(symbol byte, at, bits int) {
		fields = append(fields, wire.Field{Name: "code", Bit: bit + at, Bits: bits, Value: fmt.Sprintf("%q", symbol)})
		end = bit + at + bits
	})
	if rest := bit + 8*len(b) - end; rest > 0 {
		fields = append(fields, wire.Field{Name: "padding", Bit: end, Bits: rest, Value: "all ones", RFC: "RFC 7541 5.2"})
	}
	return fields
}
