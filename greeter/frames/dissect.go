package frames

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"onwire/greeter/frames/hpack"
	"onwire/wire"
)

// Fields names every bit of the frame's Bytes; the fields cover them exactly.
// What was cut off the frame has no field.
func (f *Frame) Fields() []wire.Field {
	if f.Type == Preface {
		return []wire.Field{
			{Name: "request line", Bits: 8 * 16, Value: strconv.Quote(preface[:16]), Note: wire.Notef("to a server of HTTP/1.1 this is a request it cannot take, so it fails at once"), RFC: "RFC 9113 3.4"},
			{Name: "end of headers", Bit: 8 * 16, Bits: 8 * 2, Value: strconv.Quote(preface[16:18]), RFC: "RFC 9113 3.4"},
			{Name: "body", Bit: 8 * 18, Bits: 8 * 6, Value: strconv.Quote(preface[18:]), RFC: "RFC 9113 3.4"},
		}
	}
	p := painter{f: f, at: headerLen, fields: f.headerFields()}
	switch f.Type {
	case DATA, HEADERS, PUSH_PROMISE, CONTINUATION:
		p.layered()
	case PRIORITY:
		p.priority()
	case RST_STREAM:
		p.code("Error Code")
	case SETTINGS:
		p.settings()
	case PING:
		p.whole("Opaque Data", 8, "the ACK brings the same eight bytes back: is the other side there, and how far away?")
	case GOAWAY:
		p.bits("Reserved", 1, func(uint32) (string, string) { return "", "" })
		p.word("Last-Stream-ID", 31, func(v uint32) (string, string) {
			return fmt.Sprint(v), "streams with a higher number were not looked at, and may be tried again"
		})
		p.code("Error Code")
		p.rest("Additional Debug Data", "text for people; programs must not rely on it")
	case WINDOW_UPDATE:
		p.bits("Reserved", 1, func(uint32) (string, string) { return "", "" })
		p.word("Window Size Increment", 31, func(v uint32) (string, string) { return fmt.Sprint(v), f.windowNote() })
	default:
		p.rest("Payload", "who does not know a type of frame leaves it alone")
	}
	p.rest("not read", "") // more than the type has
	return p.fields
}

// headerFields names the nine bytes before the payload.
func (f *Frame) headerFields() []wire.Field {
	const rfc = "RFC 9113 4.1"
	length := wire.Field{Name: "Length", Bits: 24, Value: strconv.Itoa(f.Length), Note: wire.Notef("of what follows the nine bytes of the frame's header"), RFC: rfc}
	flags := wire.Field{Name: "Flags", Bit: 32, Bits: 8, Value: fmt.Sprintf("0x%02x", uint8(f.Flags)), RFC: f.Type.RFC()}
	if names := f.Flags.Names(f.Type); len(names) > 0 {
		flags.Value += " " + strings.Join(names, ", ")
	}
	for bit := range 8 {
		one := Flags(0x80 >> bit)
		part := wire.Field{Name: "unused", Bit: 32 + bit, Bits: 1, Value: "0", RFC: rfc}
		for _, known := range flagsOf(f.Type) {
			if known.bit == one {
				part.Name, part.RFC = known.name, f.Type.RFC()
			}
		}
		if f.Flags&one != 0 {
			part.Value = "1"
		}
		// Flags that mean nothing here are one field as long as they say the same.
		if last := len(flags.Fields) - 1; last >= 0 && part.Name == "unused" && flags.Fields[last].Name == "unused" && flags.Fields[last].Value[0] == part.Value[0] {
			flags.Fields[last].Bits++
			flags.Fields[last].Value += part.Value
			continue
		}
		flags.Fields = append(flags.Fields, part)
	}
	stream := wire.Field{Name: "Stream Identifier", Bit: 41, Bits: 31, Value: strconv.FormatUint(uint64(f.Stream), 10), RFC: rfc}
	switch {
	case f.Stream == 0:
		stream.Note = wire.Notef("0: the connection itself")
	case opener(f.Stream) == Client:
		stream.Note = wire.Notef("odd: opened by the client")
	default:
		stream.Note = wire.Notef("even: promised by the server")
	}
	reserved := wire.Field{Name: "Reserved", Bit: 40, Bits: 1, Value: "0", RFC: rfc}
	if len(f.Bytes) > 5 && f.Bytes[5]&0x80 != 0 {
		reserved.Value = "1"
	}
	return []wire.Field{
		length,
		{Name: "Type", Bit: 24, Bits: 8, Value: fmt.Sprintf("%d %v", uint16(f.Type), f.Type), RFC: f.Type.RFC()},
		flags, reserved, stream,
	}
}

// windowNote says what a WINDOW_UPDATE leads to.
func (f *Frame) windowNote() string {
	switch w := f.Window; {
	case !w.Set:
		return ""
	case f.Stream == 0:
		return fmt.Sprintf("the %v may now send %d bytes of DATA on all streams together", w.Of, w.Conn)
	default:
		return fmt.Sprintf("the %v may now send %d bytes of DATA on this stream, %d on all together", w.Of, w.Stream, w.Conn)
	}
}

// A painter names a payload from its start to its end. It never goes past the
// end: a frame may be shorter than its type says.
type painter struct {
	f      *Frame
	at     int // bytes
	bit    int // bits of the byte at at that have a name
	fields []wire.Field
}

func (p *painter) left() int { return len(p.f.Bytes) - p.at }

// rest names all that is left, if there is anything.
func (p *painter) rest(name, note string) { p.whole(name, p.left(), note) }

// whole names the next n bytes, or what is left of them.
func (p *painter) whole(name string, n int, note string) {
	if n = min(n, p.left()); n <= 0 {
		return
	}
	f := wire.Field{Name: name, Bit: 8*p.at + p.bit, Bits: 8*n - p.bit, Value: bytesValue(p.f.Bytes[p.at : p.at+n]), Note: wire.Note{Format: note}, RFC: p.f.Type.RFC()}
	p.fields = append(p.fields, f)
	p.at, p.bit = p.at+n, 0
}

// bits names the next bits of a 32-bit word, which must be the first ones.
func (p *painter) bits(name string, n int, text func(uint32) (value, note string)) {
	if p.left() < 4 {
		return
	}
	v := p.f.word(p.at-headerLen) >> (32 - n)
	value, note := text(v)
	if value == "" {
		value = fmt.Sprint(v)
	}
	p.fields = append(p.fields, wire.Field{Name: name, Bit: 8 * p.at, Bits: n, Value: value, Note: wire.Note{Format: note}, RFC: p.f.Type.RFC()})
	p.bit = n
}

// word names the last bits of a 32-bit word.
func (p *painter) word(name string, n int, text func(uint32) (value, note string)) {
	if p.left() < 4 {
		return
	}
	value, note := text(p.f.word(p.at-headerLen) & (1<<n - 1))
	p.fields = append(p.fields, wire.Field{Name: name, Bit: 8*p.at + p.bit, Bits: n, Value: value, Note: wire.Note{Format: note}, RFC: p.f.Type.RFC()})
	p.at, p.bit = p.at+4, 0
}

func (p *painter) code(name string) {
	if p.left() < 4 {
		return
	}
	c := ErrCode(p.f.word(p.at - headerLen))
	note := wire.Notef("%s", c.Meaning())
	if p.f.Type == RST_STREAM && p.f.GRPC && p.f.From == Server {
		note = wire.Notef("%s; a gRPC client takes it for %v", c.Meaning(), c.Status())
	}
	p.fields = append(p.fields, wire.Field{Name: name, Bit: 8 * p.at, Bits: 32, Value: fmt.Sprintf("%d %v", uint32(c), c), Note: note, RFC: "RFC 9113 7"})
	p.at += 4
}

func (p *painter) settings() {
	for i := 0; p.left() >= 6 && i < len(p.f.Settings); i++ {
		s := p.f.Settings[i]
		at := 8 * p.at
		p.fields = append(p.fields, wire.Field{
			Name: s.ID.String(), Bit: at, Bits: 48, Value: strconv.FormatUint(uint64(s.Value), 10), Note: wire.Note{Format: settings[s.ID].meaning}, RFC: "RFC 9113 6.5.2",
			Fields: []wire.Field{
				{Name: "Identifier", Bit: at, Bits: 16, Value: fmt.Sprintf("%d %v", uint16(s.ID), s.ID), RFC: "RFC 9113 6.5.1"},
				{Name: "Value", Bit: at + 16, Bits: 32, Value: strconv.FormatUint(uint64(s.Value), 10), RFC: "RFC 9113 6.5.1"},
			},
		})
		p.at += 6
	}
}

// priority names the five bytes of PRIORITY and of HEADERS with that flag.
func (p *painter) priority() {
	if p.left() < 5 {
		return
	}
	p.bits("Exclusive", 1, func(uint32) (string, string) { return "", "" })
	p.word("Stream Dependency", 31, func(v uint32) (string, string) { return fmt.Sprint(v), "" })
	p.fields = append(p.fields, wire.Field{
		Name: "Weight", Bit: 8 * p.at, Bits: 8, Value: strconv.Itoa(int(p.f.Bytes[p.at])),
		Note: wire.Notef("priorities of this kind were given up: readers leave them alone"), RFC: "RFC 9113 5.3.2",
	})
	p.at++
}

// layered names the frames that may have padding, priority and a fragment.
func (p *painter) layered() {
	f := p.f
	l, _, reason := f.layout()
	if l.padLength > 0 {
		p.whole("Pad Length", 1, "bytes of zeros at the end, which hide how long the rest is")
		p.fields[len(p.fields)-1].Value = strconv.Itoa(int(f.Bytes[l.padLength]))
	}
	if l.priority > 0 {
		p.priority()
	}
	if l.promised > 0 {
		p.bits("Reserved", 1, func(uint32) (string, string) { return "", "" })
		p.word("Promised Stream ID", 31, func(v uint32) (string, string) { return fmt.Sprint(v), "" })
	}
	if reason != "" {
		return // the rest is "not read"
	}
	if f.Type == DATA {
		p.messages(l)
	} else {
		p.block(l)
	}
	p.whole("Data", l.to-p.at, "")
	p.whole("Padding", l.padding, "")
}

// block names the part of the header block that stands in this frame.
func (p *painter) block(l layout) {
	f := p.f
	if l.to == l.from {
		return
	}
	group := wire.Field{
		Name: "Field Block Fragment", Bit: 8 * l.from, Bits: 8 * (l.to - l.from), RFC: "RFC 9113 4.3",
		Value: fmt.Sprintf("%d bytes of HPACK", l.to-l.from),
	}
	if len(f.Headers) == 0 {
		group.Note = wire.Notef("cannot be read: a block before this one was not seen whole")
	} else {
		here := f.headersFrom(f.BlockAt, f.BlockAt+l.to-l.from)
		reps := hpack.Dissect(f.Block, here)
		for i, h := range here {
			if format, args := headerNote(h); format != "" {
				reps[i].Note = wire.Notef(format, args...)
			}
			if h.Kind != hpack.SizeUpdate && h.Name == DetailsKey {
				if d, err := ParseDetails(h.Value); err == nil {
					reps[i].Value = h.Name + ": " + d.String()
				}
			} else if isBinary(h) {
				reps[i].Value = fmt.Sprintf("%s: %x in hex", h.Name, h.Value[1:])
			}
		}
		group.Fields = clip(reps, 8*f.BlockAt, 8*(f.BlockAt+l.to-l.from), 8*(l.from-f.BlockAt))
	}
	p.fields = append(p.fields, group)
	p.at = l.to
}

// headersFrom returns the representations of which a part stands between two
// bytes of the block; with many frames a block must not be dissected for each.
// Where none does, it is the last one that could be read.
func (f *Frame) headersFrom(from, to int) []hpack.Representation {
	first := sort.Search(len(f.Headers)-1, func(i int) bool { return f.Headers[i].End > from })
	n := sort.Search(len(f.Headers)-first-1, func(i int) bool { return f.Headers[first+1+i].At >= to })
	return f.Headers[first : first+1+n]
}

// clip returns what stands between two bits of the fields of a whole header
// block, moved by shift: one frame's share. A field that the frames cut in two
// is in both.
func clip(fields []wire.Field, from, to, shift int) []wire.Field {
	var list []wire.Field
	for _, f := range fields {
		start, end := max(f.Bit, from), min(f.End(), to)
		if start >= end && (f.Bits > 0 || f.Bit < from || f.Bit >= to) {
			continue
		}
		if start > f.Bit || end < f.End() {
			f.Note = wire.Notef("cut in two by the frames: bits %d to %d of %d are here", start-f.Bit, end-f.Bit-1, f.Bits)
		}
		f.Fields = clip(f.Fields, from, to, shift)
		f.Bit, f.Bits = start+shift, end-start
		list = append(list, f)
	}
	return list
}

// bytesValue returns bytes as text if they can be read, else in hex.
func bytesValue(b []byte) string {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return fmt.Sprintf("%x", b[:min(len(b), maxShown)])
		}
	}
	return quote(string(b))
}
