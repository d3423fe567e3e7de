package frames

import (
	"fmt"
	"strconv"

	"onwire/pbwire"
	"onwire/wire"
)

// messages names the gRPC messages, and parts of messages, in a DATA frame.
func (p *painter) messages(l layout) {
	for i := range p.f.Messages {
		m := &p.f.Messages[i]
		if m.At != p.at || m.Here <= 0 || m.At+m.Here > l.to {
			return
		}
		p.fields = append(p.fields, m.field(p.f.Bytes))
		p.at += m.Here
	}
}

// field names the part of the message that stands in b, a frame.
func (m *Message) field(b []byte) wire.Field {
	const rfc = "gRPC Length-Prefixed-Message"
	g := wire.Field{Name: fmt.Sprintf("message %d", m.Number), Bit: 8 * m.At, Bits: 8 * m.Here, Value: m.Value(), RFC: rfc}
	at, skip := m.At, m.Skip
	end := m.At + m.Here
	if skip == 0 {
		flag := wire.Field{Name: "Compressed-Flag", Bit: 8 * at, Bits: 8, Value: "0 not compressed", RFC: rfc}
		if b[at] == 1 {
			flag.Value, flag.Note = "1 compressed", wire.Notef("as grpc-encoding in the headers says")
		}
		g.Fields = append(g.Fields, flag)
		at, skip = at+1, 1
	}
	if n := min(prefixLen-skip, end-at); skip < prefixLen && n > 0 {
		length := wire.Field{Name: "Message-Length", Bit: 8 * at, Bits: 8 * n, RFC: rfc}
		if m.Length >= 0 {
			length.Value = strconv.Itoa(m.Length)
		}
		if n < 4 {
			length.Note = wire.Notef("cut in two by the frames: %d of its four bytes are here", n)
		}
		g.Fields = append(g.Fields, length)
		at, skip = at+n, skip+n
	}
	switch n := end - at; {
	case n == 0:
	case m.Whole && n == m.Length && !m.Compressed && m.Bytes != nil && n <= pbwire.MaxDissect:
		fields, bad := pbwire.Dissect(m.Bytes, m.Schema)
		body := wire.Field{Name: "Message", Bit: 8 * at, Bits: 8 * n, Value: g.Value, Fields: wire.Shift(fields, 8*at), RFC: "protobuf.dev Encoding"}
		if bad != nil {
			body.Note = wire.Notef("no Protobuf of this schema: %v", bad)
		}
		if m.Schema != nil {
			body.Value = m.Schema.Name() + " " + body.Value
		}
		g.Fields = append(g.Fields, body)
	default:
		body := wire.Field{Name: "Message", Bit: 8 * at, Bits: 8 * n, Value: fmt.Sprintf("bytes %d to %d of %d", skip-prefixLen, skip-prefixLen+n-1, m.Length), RFC: rfc}
		switch {
		case m.Compressed && m.Plain != nil && n == m.Length:
			body.Value = "gzip of " + m.Value()
			body.Note = wire.Notef("%d bytes become %d", len(m.Plain), m.Length)
		case m.Compressed:
			body.Note = wire.Notef("compressed, so no Protobuf can be seen")
		}
		g.Fields = append(g.Fields, body)
	}
	return g
}

// Fields names every bit of the bytes of a whole message, also of one that
// came in several frames; offsets are from the start of the message. It
// returns nil where the bytes are not kept. Of a compressed message they are
// those of Plain. The error is that of pbwire.Dissect.
func (m *Message) Fields() ([]wire.Field, error) {
	payload := m.payload()
	if payload == nil {
		return nil, nil
	}
	return pbwire.Dissect(payload, m.Schema)
}
