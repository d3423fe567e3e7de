package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"onwire/dnslookup"
	"onwire/lab"
	"onwire/wire"
	"onwire/wire/packet"
)

// dnsPort is where name servers listen (RFC 1035 4.2).
const dnsPort = 53

// A conversation reads the DNS messages out of the frames of a recording. Over
// UDP each is in a datagram of its own; over TCP they follow each other in a
// stream, whose segments begin and end anywhere.
type conversation struct {
	streams map[flow]*stream
}

type flow struct{ from, to netip.AddrPort }

// A stream is what one side of a TCP connection sends.
type stream struct {
	start uint32 // the sequence number of its first byte
	bytes []byte
}

// maxStream bounds what is kept of a stream: no walk comes near it.
const maxStream = 1 << 20

// listen follows the streams of a recording. What a frame says is what its
// sender put into it, whether it arrived or not.
func listen(frames []lab.Recorded) *conversation {
	c := &conversation{streams: map[flow]*stream{}}
	for _, f := range frames {
		p, payload := dnsPayload(f.Bytes)
		if p == nil || p.Proto != packet.ProtoTCP {
			continue
		}
		s, at := c.place(p, f.Bytes)
		if end := at + len(payload); at >= 0 && end <= maxStream {
			if end > len(s.bytes) {
				s.bytes = append(s.bytes, make([]byte, end-len(s.bytes))...)
			}
			copy(s.bytes[at:], payload)
		}
	}
	return c
}

// dnsPayload returns the payload of a frame to or from a name server's port;
// nil for another frame.
func dnsPayload(frame []byte) (*packet.Packet, []byte) {
	var p packet.Packet
	if p.Parse(packet.LinkEthernet, frame) != packet.OK || p.SrcPort != dnsPort && p.DstPort != dnsPort {
		return nil, nil
	}
	return &p, frame[p.Payload : p.Payload+p.Length]
}

// place returns the stream that a segment belongs to, and where in it the
// payload stands.
func (c *conversation) place(p *packet.Packet, frame []byte) (*stream, int) {
	key := flow{netip.AddrPortFrom(p.Src(frame), p.SrcPort), netip.AddrPortFrom(p.Dst(frame), p.DstPort)}
	seq := binary.BigEndian.Uint32(frame[p.Transport+4:])
	s := c.streams[key]
	if packet.Flags(frame[p.Transport+13])&packet.SYN != 0 {
		seq++ // the SYN takes a number of its own (RFC 9293 3.4)
		if s == nil || s.start != seq {
			s = &stream{start: seq}
			c.streams[key] = s
		}
	}
	if s == nil { // its beginning was not seen
		s = &stream{start: seq}
		c.streams[key] = s
	}
	return s, int(int32(seq - s.start))
}

// A part is the part of a message that a frame carries.
type part struct {
	message []byte // the whole message; over TCP perhaps only what was ever sent of it
	size    int    // its length, as the two bytes before it say
	at      int    // where in the message this part begins; -2 with the length before it
	n       int    // bytes of it in this frame
}

func (p part) whole() bool { return p.at <= 0 && p.at+p.n >= p.size }

// in returns the part of a message that the frame carries.
func (c *conversation) in(frame []byte) (part, bool) {
	p, payload := dnsPayload(frame)
	if p == nil || len(payload) == 0 {
		return part{}, false
	}
	if p.Proto == packet.ProtoUDP {
		return part{message: payload, size: len(payload), n: len(payload)}, true
	}
	s, at := c.place(p, frame)
	for next := 0; next+2 <= len(s.bytes); {
		size := int(binary.BigEndian.Uint16(s.bytes[next:]))
		end := next + 2 + size
		if at < end {
			return part{s.bytes[next+2 : min(end, len(s.bytes))], size, at - next - 2, len(payload)}, at >= next
		}
		next = end
	}
	return part{}, false
}

// label says what a frame means to DNS; "" if nothing.
func (c *conversation) label(f lab.Recorded) string {
	p, ok := c.in(f.Bytes)
	switch {
	case !ok:
		return ""
	case p.at > 0:
		return fmt.Sprintf("more of the message, to byte %d of %d", p.at+p.n, p.size)
	}
	m, err := dnslookup.Decode(p.message)
	if err != nil {
		return "no DNS message: " + err.Error()
	}
	text := says(m)
	if !p.whole() {
		text += fmt.Sprintf(" (%d of %d bytes)", p.at+p.n, p.size)
	}
	return text
}

// says tells a message in a few words.
func says(m *dnslookup.Message) string {
	if len(m.Question) != 1 {
		return m.Rcode.String()
	}
	q := m.Question[0]
	switch {
	case !m.Response:
		return fmt.Sprintf("%s %s?", show(q.Name), q.Type)
	case m.Truncated:
		return "cut off (TC): ask again over TCP"
	case m.Rcode == dnslookup.NXDomain:
		return "no such name (NXDOMAIN)"
	case m.Rcode != dnslookup.NoError:
		return m.Rcode.String()
	}
	var alias string
	var data []string
	for _, rr := range m.Answer {
		switch rr.Type {
		case q.Type:
			data = append(data, rr.Data)
		case dnslookup.TypeCNAME:
			alias = show(rr.Data)
		}
	}
	switch list := strings.Join(data, ", "); {
	case len(data) > 0 && len(list) > 50:
		return fmt.Sprintf("answer: %d %s records", len(data), q.Type)
	case len(data) > 0:
		return "answer: " + list
	case alias != "":
		return "alias of " + alias + " (CNAME)"
	}
	for _, rr := range m.Authority {
		if rr.Type == dnslookup.TypeNS {
			return fmt.Sprintf("ask %s, of %s (referral)", show(rr.Data), show(rr.Name))
		}
	}
	return "no record of this type (NODATA)"
}

// fields returns the frame's fields, down to those of the DNS message in it.
func (c *conversation) fields(f lab.Recorded) []wire.Field {
	fields := f.Event().Fields
	p, ok := c.in(f.Bytes)
	if !ok || p.at > 0 {
		return fields
	}
	header, payload := dnsPayload(f.Bytes)
	start := header.Payload * 8
	var parts []wire.Field
	if p.at < 0 {
		if p.n < 2 {
			return fields
		}
		parts = append(parts, wire.Field{
			Name: "Length", Bit: start, Bits: 16, Value: fmt.Sprint(p.size), RFC: "RFC 1035 4.2.2",
			Note: wire.Notef("of the message that follows: in a stream of bytes nothing else says where it ends"),
		})
		payload, start = payload[2:], start+16
	}
	m, _ := dnslookup.Decode(payload) // of a first part: what can be read of it
	parts = append(parts, wire.Shift(m.Fields, start)...)
	for i, field := range fields {
		if field.Bit == header.Payload*8 {
			fields[i] = wire.Field{Name: "DNS message", Bit: field.Bit, Bits: field.Bits, Value: says(m), RFC: "RFC 1035 4.1", Fields: parts}
		}
	}
	return fields
}
