package dnslookup

import (
	"fmt"
	"strconv"

	"onwire/wire"
)

// A FormatError says where a message breaks which rule.
type FormatError struct {
	Offset int // in octets from the start of the message
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("at octet %d: %s", e.Offset, e.Reason) }

// maxMessage is the longest message that TCP's two length octets can announce.
const maxMessage = 65535

// Decode turns a message into its parts and names every bit of it (RFC 1035
// 4.1). It always returns a Message whose Fields cover msg exactly. If the
// message breaks a rule, the error is a *FormatError: what stands before it is
// decoded, and the last field holds what could not be.
//
//	 0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
//	+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
//	|                      ID                       |
//	|QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
//	|     QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT        |
//	+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
//	| questions, then the records of three sections |
func Decode(msg []byte) (*Message, error) {
	m := &Message{Raw: msg}
	d := &decoder{msg: msg, end: len(msg), text: 16*len(msg) + 64<<10}
	fields, err := d.message(m)
	if err != nil && d.pos < len(msg) { // what is left still needs a name
		fields = append(fields, wire.Field{
			Name: "Not decoded", Bit: 8 * d.pos, Bits: 8 * (len(msg) - d.pos),
			Value: fmt.Sprintf("%d octets", len(msg)-d.pos), Note: wire.Notef("%s", err.Error()),
		})
	}
	m.Fields = fields
	return m, err
}

// A decoder walks through one message. Each method leaves pos behind what it
// has read, or, with an error, where the field began that it could not read.
type decoder struct {
	msg  []byte
	pos  int
	end  int // of what may be read: the message's, or the record data's
	text int // how many more characters names may take, against bombs of pointers
}

func (d *decoder) fail(at int, format string, args ...any) error {
	return &FormatError{at, fmt.Sprintf(format, args...)}
}

// need reports an error unless n more octets are there.
func (d *decoder) need(n int, what string) error {
	if d.end-d.pos >= n {
		return nil
	}
	where := "the message"
	if d.end < len(d.msg) {
		where = "the record's data"
	}
	return d.fail(d.pos, "%s needs %d octets, but %s ends after %d", what, n, where, d.end-d.pos)
}

// number reads a number of one, two or four octets.
func (d *decoder) number(name string, octets int, rfc string) (wire.Field, uint32, error) {
	if err := d.need(octets, name); err != nil {
		return wire.Field{}, 0, err
	}
	var n uint32
	for _, b := range d.msg[d.pos : d.pos+octets] {
		n = n<<8 | uint32(b)
	}
	f := wire.Field{Name: name, Bit: 8 * d.pos, Bits: 8 * octets, Value: strconv.FormatUint(uint64(n), 10), RFC: rfc}
	d.pos += octets
	return f, n, nil
}

func (d *decoder) message(m *Message) ([]wire.Field, error) {
	if len(d.msg) > maxMessage {
		return nil, d.fail(0, "a message has at most %d octets, not %d", maxMessage, len(d.msg))
	}
	header, counts, err := d.header(m)
	if err != nil {
		return nil, err
	}
	fields := []wire.Field{header}
	sections := [...]struct {
		name    string
		records *[]Record
	}{{"Question", nil}, {"Answer", &m.Answer}, {"Authority", &m.Authority}, {"Additional", &m.Additional}}
	for i, section := range sections {
		f, err := d.section(m, section.name, counts[i], section.records)
		if f.Bits > 0 {
			fields = append(fields, f)
		}
		if err != nil {
			return fields, err
		}
	}
	if d.pos < d.end {
		return fields, d.fail(d.pos, "%d octets follow after the last record", d.end-d.pos)
	}
	return fields, nil
}

// section reads as many questions or records as the header counts.
func (d *decoder) section(m *Message, name string, count int, records *[]Record) (wire.Field, error) {
	group := wire.Field{Name: name, Bit: 8 * d.pos, Note: wire.Notef("the header announces %d", count)}
	for i := range count {
		start := d.pos
		if d.pos == d.end {
			return group, d.fail(d.pos, "the message ends early: the header announces %d for %s, and %d are there", count, name, i)
		}
		var f wire.Field
		var err error
		if records == nil {
			f, err = d.question(m)
		} else {
			f, err = d.record(m, records)
		}
		if err != nil {
			d.pos = start
			return group, err
		}
		group.Fields = append(group.Fields, f)
		group.Bits = 8*d.pos - group.Bit
	}
	group.Value = strconv.Itoa(len(group.Fields)) + " " + plural(len(group.Fields), "record")
	if records == nil {
		group.Value = strconv.Itoa(len(group.Fields)) + " " + plural(len(group.Fields), "question")
	}
	return group, nil
}

// shorten keeps the value of a group readable, and small: its parts say it all.
func shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return s[:most-3] + "..."
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func (d *decoder) question(m *Message) (wire.Field, error) {
	start := d.pos
	nameField, name, err := d.name("Name", "RFC 1035 4.1.2")
	if err != nil {
		return nameField, err
	}
	typeField, t, err := d.number("Type", 2, "RFC 1035 3.2.2")
	if err != nil {
		return typeField, err
	}
	typeField.Value = fmt.Sprintf("%s (%d)", Type(t), t)
	if words, ok := typeWords[Type(t)]; ok {
		typeField.Note = wire.Notef("asks for: %s", words)
	}
	classField, c, err := d.number("Class", 2, "RFC 1035 3.2.4")
	if err != nil {
		return classField, err
	}
	classField.Value = Class(c).field()
	classField.Note = wire.Notef("%s", Class(c).note())
	m.class = Class(c)
	m.Question = append(m.Question, Question{name, Type(t)})
	return wire.Field{
		Name: "Question", Bit: 8 * start, Bits: 8 * (d.pos - start),
		Value:  fmt.Sprintf("%s %s", name, Type(t)),
		Fields: []wire.Field{nameField, typeField, classField},
	}, nil
}

// record reads one resource record (RFC 1035 4.1.3).
func (d *decoder) record(m *Message, records *[]Record) (wire.Field, error) {
	start := d.pos
	nameField, name, err := d.name("Name", "RFC 1035 4.1.3")
	if err != nil {
		return nameField, err
	}
	typeField, t, err := d.number("Type", 2, "RFC 1035 3.2.2")
	if err != nil {
		return typeField, err
	}
	typeField.Value = fmt.Sprintf("%s (%d)", Type(t), t)
	if words, ok := typeWords[Type(t)]; ok {
		typeField.Note = wire.Notef("holds: %s", words)
	}
	rr := Record{Name: name, Type: Type(t)}
	group := wire.Field{Name: Type(t).String() + " record", Bit: 8 * start}
	var class, ttl wire.Field
	if rr.Type == TypeOPT {
		class, ttl, err = d.optHeader(m)
	} else {
		class, ttl, err = d.classAndTTL(&rr)
	}
	if err != nil {
		return group, err
	}
	length, n, err := d.number("Data length", 2, "RFC 1035 4.1.3")
	if err != nil {
		return group, err
	}
	length.Note = wire.Notef("so many octets of data follow: %d", n)
	if err := d.need(int(n), rr.Type.String()+" data"); err != nil {
		return group, err
	}
	group.Fields = []wire.Field{nameField, typeField, class, ttl, length}
	if n > 0 || rr.Type != TypeOPT {
		data, err := d.data(&rr, m, int(n))
		if err != nil {
			return group, err
		}
		if n > 0 {
			group.Fields = append(group.Fields, data)
		}
	}
	group.Bits = 8*d.pos - group.Bit
	group.Value = fmt.Sprintf("%s %s %s", shorten(name), rr.Type, shorten(rr.Data))
	if rr.Type == TypeOPT {
		group.Value = "EDNS: what the sender can do beyond RFC 1035"
		return group, nil
	}
	*records = append(*records, rr)
	return group, nil
}

func (d *decoder) classAndTTL(rr *Record) (class, ttl wire.Field, err error) {
	class, c, err := d.number("Class", 2, "RFC 1035 3.2.4")
	if err != nil {
		return class, ttl, err
	}
	rr.Class = Class(c)
	class.Value = rr.Class.field()
	class.Note = wire.Notef("%s", rr.Class.note())
	ttl, seconds, err := d.number("TTL", 4, "RFC 1035 4.1.3")
	if err != nil {
		return class, ttl, err
	}
	rr.TTL = seconds
	ttl.Note = wire.Notef("may be kept for %d seconds", seconds)
	if seconds >= 1<<31 { // RFC 2181 8: a set top bit means zero
		rr.TTL = 0
		ttl.Note, ttl.RFC = wire.Notef("the top bit is set, so it counts as 0"), "RFC 2181 8"
	}
	return class, ttl, nil
}
