package httpmsg

import (
	"fmt"
	"strconv"

	"onwire/wire"
)

// Fields names every byte of m.Raw: the message's parts in their order, then,
// if bytes are left, one field "rest". wire.Check holds for them.
func (m *Message) Fields() []wire.Field {
	d := drawer{b: m.Raw}
	d.head(&m.Head)
	d.body(m)
	d.named("rest", len(d.b), count(len(d.b)-d.at, "byte"), noteRest, "")
	return d.fields
}

// Fields names every byte of the head.
func (h *Head) Fields() []wire.Field {
	d := drawer{b: h.Bytes}
	d.head(h)
	d.named("rest", len(d.b), count(len(d.b)-d.at, "byte"), noteRest, "")
	return d.fields
}

// Append appends the message to dst, part by part: the bytes that were
// parsed, and not those after it.
func (m *Message) Append(dst []byte) []byte {
	d := drawer{b: m.Raw[:m.End]}
	d.head(&m.Head)
	d.body(m)
	return appendLeaves(dst, m.Raw, d.fields)
}

func appendLeaves(dst, b []byte, fields []wire.Field) []byte {
	for _, f := range fields {
		if len(f.Fields) > 0 {
			dst = appendLeaves(dst, b, f.Fields)
			continue
		}
		dst = append(dst, b[f.Bit/8:f.End()/8]...)
	}
	return dst
}

// A drawer names the bytes of b from the start on, without a gap.
type drawer struct {
	b      []byte
	at     int
	fields []wire.Field
}

// named names the bytes up to end; there may be none.
func (d *drawer) named(name string, end int, value string, note wire.Note, rfc string) {
	if end <= d.at {
		return
	}
	d.fields = append(d.fields, wire.Field{Name: name, Bit: 8 * d.at, Bits: 8 * (end - d.at), Value: value, Note: note, RFC: rfc})
	d.at = end
}

// text is named with the bytes as the value.
func (d *drawer) text(name string, end int, rfc string) {
	if end > d.at {
		d.named(name, end, quote(d.b[d.at:end]), wire.Note{}, rfc)
	}
}

// group puts what draw names into one field.
func (d *drawer) group(name, value string, note wire.Note, rfc string, draw func(*drawer)) {
	inner := drawer{b: d.b, at: d.at}
	draw(&inner)
	if inner.at == d.at {
		return
	}
	d.fields = append(d.fields, wire.Field{
		Name: name, Bit: 8 * d.at, Bits: 8 * (inner.at - d.at), Value: value, Note: note, RFC: rfc, Fields: inner.fields,
	})
	d.at = inner.at
}

func (d *drawer) space(end int)   { d.text("space", end, "") }
func (d *drawer) lineEnd(end int) { d.text("line end", end, "RFC 9112 2.2") }

func (d *drawer) head(h *Head) {
	end := len(h.Bytes)
	d.text("empty lines", h.Lead.End, "RFC 9112 2.2")
	if h.Start.Len() > 0 && h.Start.End <= end {
		if h.Kind == RequestKind {
			d.group("request line", "", wire.Note{}, "RFC 9112 3", func(d *drawer) { d.requestLine(h) })
		} else {
			d.group("status line", "", wire.Note{}, "RFC 9112 4", func(d *drawer) { d.statusLine(h) })
		}
	}
	for _, f := range h.Headers {
		if f.Line.End > end {
			break
		}
		d.header("header field", f)
	}
	if h.Start.Len() > 0 && d.at > h.Lead.End && isLineEnd(d.b[d.at:end]) {
		d.named("empty line", end, quote(d.b[d.at:end]), wire.Notef("the head ends here"), "RFC 9112 2.1")
	}
}

func isLineEnd(b []byte) bool { return string(b) == "\r\n" || string(b) == "\n" }

func (d *drawer) requestLine(h *Head) {
	d.space(h.Method.Start)
	d.text("method", h.Method.End, "RFC 9110 9")
	d.space(h.Target.Start)
	d.named("target", h.Target.End, quote(h.Target.In(d.b)), wire.Notef("%s", h.Form), "RFC 9112 3.2")
	d.space(h.Version.Start)
	d.text("version", h.Version.End, "RFC 9112 2.3")
	d.ending(h.Start.End)
}

func (d *drawer) statusLine(h *Head) {
	d.text("version", h.Version.End, "RFC 9112 2.3")
	d.space(h.Code.Start)
	d.text("status code", h.Code.End, "RFC 9110 15")
	d.space(h.Reason.Start)
	d.text("reason phrase", h.Reason.End, "RFC 9112 4")
	d.ending(h.Start.End)
}

// ending names what is left of a line: whitespace, and the line ending.
func (d *drawer) ending(end int) {
	stop := end
	if stop > d.at && d.b[stop-1] == '\n' {
		stop--
	}
	if stop > d.at && d.b[stop-1] == '\r' {
		stop--
	}
	d.space(stop)
	d.lineEnd(end)
}

func (d *drawer) header(name string, f Header) {
	value := quote(f.Name.In(d.b)) + ": " + quote(f.Value.In(d.b))
	if f.Value.Len() < 1<<12 {
		value = clear(d.b, f.Name) + ": " + clear(d.b, f.Value)
	}
	d.group(name, value, wire.Note{}, "RFC 9112 5", func(d *drawer) {
		d.space(f.Name.Start)
		d.text("name", f.Name.End, "RFC 9110 5.1")
		if f.Value.Start > f.Name.End { // there is a colon
			colon := f.Name.End
			for d.b[colon] != ':' && colon < f.Value.Start-1 {
				colon++
			}
			d.space(colon)
			if d.b[colon] == ':' {
				d.text("colon", colon+1, "")
			}
			d.space(f.Value.Start)
		}
		d.text("value", f.Value.End, "RFC 9110 5.5")
		d.ending(f.Line.End)
	})
}

func (d *drawer) body(m *Message) {
	if m.BodySpan.Len() == 0 {
		return
	}
	switch m.Body.Kind {
	case ChunkedBody:
		d.group("body", fmt.Sprintf("%s in %s", count(len(m.Content), "byte"), count(len(m.Chunks)+m.MoreN, "chunk")), m.Body.Why, m.Body.RFC, func(d *drawer) {
			for _, c := range m.Chunks {
				if c.Line.Start >= m.More.End {
					d.more(m)
				}
				d.chunk(c)
			}
			d.more(m)
			if len(m.Trailers) > 0 {
				d.group("trailers", "", wire.Note{}, "RFC 9112 7.1.2", func(d *drawer) {
					for _, f := range m.Trailers {
						d.header("trailer field", f)
					}
				})
			}
			d.named("empty line", m.BodySpan.End, quote(d.b[d.at:m.BodySpan.End]), wire.Notef("the body ends here"), "RFC 9112 7.1")
		})
	case TunnelBody:
		d.named("tunnel", m.BodySpan.End, count(m.BodySpan.Len(), "byte"), m.Body.Why, m.Body.RFC)
	default:
		d.named("body", m.BodySpan.End, count(m.BodySpan.Len(), "byte"), m.Body.Why, m.Body.RFC)
	}
}

// more names the chunks that are not kept one by one, once.
func (d *drawer) more(m *Message) {
	d.named("more chunks", m.More.End, count(m.MoreN, "chunk"), wire.Note{}, "RFC 9112 7.1")
}

func (d *drawer) chunk(c Chunk) {
	name, note := "chunk", wire.Note{}
	if c.Bytes == 0 {
		name, note = "last chunk", wire.Notef("size 0: no data follows")
	}
	d.group(name, count(int(c.Bytes), "byte"), note, "RFC 9112 7.1", func(d *drawer) {
		d.named("size", c.Size.End, fmt.Sprintf("%s = %d", c.Size.In(d.b), c.Bytes), wire.Note{}, "RFC 9112 7.1")
		d.text("extension", c.Ext.End, "RFC 9112 7.1.1")
		d.lineEnd(c.Line.End)
		d.named("data", c.Data.End, count(c.Data.Len(), "byte"), wire.Note{}, "")
		d.lineEnd(c.End.End)
	})
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// quote returns b as Go would write it, and at most its first 4096 bytes.
func quote(b []byte) string {
	if len(b) > 1<<12 {
		return strconv.Quote(string(b[:1<<12])) + "..."
	}
	return strconv.Quote(string(b))
}

// clear is quote without the quotes.
func clear(b []byte, s Span) string {
	q := quote(s.In(b))
	if s.Len() > 1<<12 {
		return q
	}
	return q[1 : len(q)-1]
}
