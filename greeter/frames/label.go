package frames

import (
	"fmt"
	"strings"
	"time"

	"onwire/greeter/frames/hpack"
	"onwire/pbwire"
	"onwire/wire"
)

// maxShown is how much of a text a label or a value shows, in bytes.
const maxShown = 80

// quote returns s in quotes, shortened.
func quote(s string) string {
	if len(s) > maxShown {
		return fmt.Sprintf("%q...", s[:maxShown])
	}
	return fmt.Sprintf("%q", s)
}

// Label returns the frame in one line, without its stream: "HEADERS request
// /hello.Greeter/SayHello", "DATA message 0, 7 bytes, END_STREAM".
func (f *Frame) Label() string {
	words := []string{f.Type.String()}
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	switch f.Type {
	case Preface:
		add("PRI * HTTP/2.0")
	case HEADERS, CONTINUATION, PUSH_PROMISE:
		f.headersLabel(add)
	case DATA:
		f.dataLabel(add)
	case SETTINGS:
		for i, s := range f.Settings {
			if i == 8 {
				add("and %d more", len(f.Settings)-i)
				break
			}
			add("%v=%d", s.ID, s.Value)
		}
	case RST_STREAM:
		add("%v", ErrCode(f.word(0)))
	case GOAWAY:
		add("%v, last stream %d", ErrCode(f.word(4)), f.word(0)&maxWindow)
		if p := f.Payload(); len(p) > 8 {
			add("%s", quote(string(p[8:])))
		}
	case WINDOW_UPDATE:
		add("+%d", f.word(0)&maxWindow)
		if f.Window.Set && f.Stream == 0 {
			add("(the %v may send %d)", f.Window.Of, f.Window.Conn)
		} else if f.Window.Set {
			add("(the %v may send %d here)", f.Window.Of, f.Window.Stream)
		}
	case PING:
		if p := f.Payload(); len(p) == 8 {
			add("%x", p)
		}
	default:
		add("%d bytes", f.Length)
	}
	for _, name := range f.Flags.Names(f.Type) {
		if name == "ACK" || name == "END_STREAM" {
			words = append(words, name)
		}
	}
	return strings.Join(words, " ")
}

func (f *Frame) headersLabel(add func(string, ...any)) {
	if f.Part == NoPart {
		add("%d bytes of a header block", len(f.Fragment()))
		return
	}
	add("%v", f.Part)
	switch f.Part {
	case Request, Promise:
		if method := f.Get(":method"); method != "POST" || !f.GRPC {
			add("%s", shown(method))
		}
		add("%s", shown(f.Get(":path")))
		if t := f.Get("grpc-timeout"); t != "" {
			add("grpc-timeout %s", shown(t))
		}
	case Response, Interim, TrailersOnly:
		add(":status %s", shown(f.Get(":status")))
	}
	if s, ok := f.Status(); ok {
		add("grpc-status %d %v", int(s), s)
	}
	if m := f.Get("grpc-message"); m != "" {
		add("%s", quote(DecodeMessage(m)))
	}
	if v := f.Get(DetailsKey); v != "" {
		if d, err := ParseDetails(v); err == nil {
			for _, one := range d.List {
				add("%s", shorten(one.String()))
			}
		}
	}
}

// shown returns a header's value for a line of text, shortened.
func shown(s string) string {
	q := quote(s)
	if q == `"`+s+`"` {
		return s
	}
	return q
}

func (f *Frame) dataLabel(add func(string, ...any)) {
	if len(f.Messages) == 0 {
		add("%d bytes", f.Length)
	}
	for i, m := range f.Messages {
		if i == 3 {
			add("and %d more", len(f.Messages)-i)
			break
		}
		add("%s", m.Label())
	}
}

// Label returns the message in a line: "message 0, 7 bytes {1: "Alice"}".
func (m *Message) Label() string {
	switch {
	case m.Length < 0:
		return fmt.Sprintf("message %d begins", m.Number)
	case !m.Whole && m.Skip == 0:
		return fmt.Sprintf("message %d of %d bytes begins", m.Number, m.Length)
	case !m.Whole:
		return fmt.Sprintf("message %d of %d bytes goes on", m.Number, m.Length)
	}
	text := fmt.Sprintf("message %d of %d bytes", m.Number, m.Length)
	if m.Skip > 0 {
		text += " ends"
	}
	switch {
	case m.Compressed && m.Plain != nil:
		text += fmt.Sprintf(", gzip of %d: %s", len(m.Plain), m.Value())
	case m.Compressed:
		text += ", compressed"
	case m.Bytes == nil:
		text += ", too long to keep"
	default:
		text += " " + m.Value()
	}
	return text
}

// Value returns what the bytes of a whole message say: {name: "Alice"} with a
// schema, {1: "Alice"} without.
func (m *Message) Value() string {
	payload := m.payload()
	if !m.Whole || payload == nil {
		return ""
	}
	var b strings.Builder
	b.WriteByte('{')
	d := pbwire.NewDecoder(payload)
	for n := 0; d.Next(); n++ {
		if n > 0 {
			b.WriteString(", ")
		}
		if b.Len() > maxShown {
			b.WriteString("...")
			break
		}
		m.writeField(&b, d.Record)
	}
	if d.Err() != nil {
		return fmt.Sprintf("is no Protobuf: %v", d.Err())
	}
	return b.String() + "}"
}

// payload returns the Protobuf of the message, nil if it is not known.
func (m *Message) payload() []byte {
	if m.Compressed {
		return m.Plain
	}
	return m.Bytes
}

func (m *Message) writeField(b *strings.Builder, r pbwire.Record) {
	var ft *pbwire.FieldType
	if m.Schema != nil {
		ft = m.Schema.Field(r.Number)
	}
	switch {
	case ft != nil && ft.Kind == pbwire.String && r.Type == pbwire.LEN:
		fmt.Fprintf(b, "%s: %s", ft.Name, quote(string(r.Bytes)))
	case ft != nil:
		fmt.Fprintf(b, "%s: %s", ft.Name, shorten(pbwire.Likely(r)))
	default:
		fmt.Fprintf(b, "%d: %s", r.Number, shorten(pbwire.Likely(r)))
	}
}

func shorten(s string) string {
	if len(s) > maxShown {
		return strings.ToValidUTF8(s[:maxShown], "") + "..."
	}
	return s
}

// Event returns the frame as an event of a story that began t ago. The Event
// keeps f's bytes: take it of a Clone, or use it before the callback returns.
func (f *Frame) Event(t time.Duration) wire.Event {
	label := f.Label()
	if f.Stream > 0 {
		label = fmt.Sprintf("stream %d %s", f.Stream, label)
	}
	return wire.Event{
		T: t, From: f.From.String(), To: f.From.Other().String(), Layer: "HTTP/2", Label: label,
		Bytes: f.Bytes, Fields: f.Fields(), Evidence: wire.Seen,
	}
}

// HeaderSize returns how many bytes the frame's header block takes, and how
// many its fields would take in HTTP/1.1: name, colon, space, value, CR LF.
func (f *Frame) HeaderSize() (block, plain int) {
	for _, h := range f.Headers {
		if h.Kind != hpack.SizeUpdate {
			plain += len(h.Name) + len(h.Value) + len(": \r\n")
		}
	}
	return len(f.Block), plain
}
