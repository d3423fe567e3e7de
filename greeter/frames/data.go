package frames

import (
	"encoding/binary"
	"math"
)

// prefixLen is the length of what stands before each gRPC message: a byte that
// says whether it is compressed, and four with its length.
const prefixLen = 5

// An inbox puts the messages of one direction of a stream together. Messages
// and frames do not know of each other: a frame may have many messages, or the
// middle of one.
type inbox struct {
	number int
	prefix [prefixLen]byte
	have   int    // bytes of the prefix and of the payload that have come
	kept   []byte // the payload so far
	drop   bool   // it is too long to keep
	broken bool   // no message can be told from another any more
}

// length is what the prefix says; where an int has 32 bits, at most what fits.
func (in *inbox) length() int {
	return int(min(uint64(binary.BigEndian.Uint32(in.prefix[1:])), math.MaxInt-prefixLen))
}

// partial reports whether a message has begun and is not whole.
func (in *inbox) partial() bool { return in.have > 0 && !in.broken }

// discard forgets what was kept.
func (c *Conn) discard(in *inbox) {
	c.buffered -= len(in.kept)
	in.kept = nil
	in.drop = true
}

// data counts a DATA frame against the windows and looks for messages in it.
func (c *Conn) data(h *half, f *Frame) {
	l, code, reason := f.layout()
	if reason != "" {
		f.breaks(code, f.Type.RFC(), "%s", reason)
	}
	// Padding counts too (RFC 9113 6.9.1).
	h.sent += int64(f.Length)
	s := c.find(f.Stream)
	if s == nil {
		f.Window = c.window(h.side, nil)
		if f.Stream != 0 && c.idle(f.Stream) {
			f.breaks(PROTOCOL_ERROR, "RFC 9113 5.1", "stream %d is idle: nobody has opened it", f.Stream)
		}
		return
	}
	s.sent[h.side] += int64(f.Length)
	f.Window = c.window(h.side, s)
	switch {
	case s.ended[h.side]:
		f.fail(STREAM_CLOSED, s.id, 0, "RFC 9113 5.1", ErrFrame, "DATA on stream %d, which the %v has ended", s.id, h.side)
	case !s.begun[h.side]:
		f.fail(PROTOCOL_ERROR, s.id, 0, "RFC 9113 8.1", ErrFrame, "DATA before the headers")
	case f.Window.Conn < 0 && f.Length > 0:
		f.fail(FLOW_CONTROL_ERROR, 0, 0, "RFC 9113 6.9.1", ErrWindow, "%d bytes more than the window of the connection allows", -f.Window.Conn)
	case f.Window.Stream < 0 && f.Length > 0:
		f.fail(FLOW_CONTROL_ERROR, s.id, 0, "RFC 9113 6.9.1", ErrWindow, "%d bytes more than the window of the stream allows", -f.Window.Stream)
	}
	s.count(h.side, f, l.to-l.from+f.Cut, f.Flags&EndStream != 0)
	in := &s.inbox[h.side]
	if s.grpc {
		c.messages(in, f, l, s)
	}
	if f.Flags&EndStream != 0 {
		if s.grpc && in.partial() && !s.closed {
			f.fail(INTERNAL_ERROR, s.id, len(f.Bytes), "gRPC Length-Prefixed-Message", ErrMessage, "the stream ends inside message %d", in.number)
		}
		if s.grpc && h.side == Server && !s.closed {
			f.fail(PROTOCOL_ERROR, s.id, 0, "gRPC over HTTP2, Responses", ErrMalformed, "the server ends the stream without trailers: the call has no status")
		}
		c.end(s, h.side)
	}
}

// messages finds the messages in a DATA frame.
func (c *Conn) messages(in *inbox, f *Frame, l layout, s *stream) {
	for at := l.from; at < l.to && !in.broken; {
		m := Message{Number: in.number, At: at, Skip: in.have, Length: -1, Schema: s.schema[f.From]}
		p := f.Bytes[at:l.to]
		if in.have < prefixLen {
			n := copy(in.prefix[in.have:], p)
			in.have += n
			m.Here = n
			p = p[n:]
		}
		if in.prefix[0] > 1 {
			f.fail(INTERNAL_ERROR, s.id, at, "gRPC Length-Prefixed-Message", ErrMessage, "the compressed flag is %d, not 0 or 1", in.prefix[0])
			in.broken = true
			return
		}
		if in.have >= prefixLen {
			m.Compressed, m.Length = in.prefix[0] == 1, in.length()
			if e := s.body[f.From].encoding; m.Compressed && m.Skip == 0 && (e == "" || e == "identity") && s.begun[f.From] && !c.halves[f.From].lost {
				f.fail(INTERNAL_ERROR, s.id, at, "gRPC Length-Prefixed-Message", ErrMessage, "the compressed flag is 1, and no grpc-encoding in the headers says how")
			}
			n := min(len(p), prefixLen+m.Length-in.have)
			c.keep(in, &m, p[:n])
			in.have += n
			m.Here += n
		}
		if m.Whole {
			if m.Compressed && s.body[f.From].encoding == "gzip" {
				m.Plain = c.inflate(m.Bytes)
			}
			c.discard(in)
			*in = inbox{number: in.number + 1}
		}
		if len(f.Messages) < maxMessages {
			f.Messages = append(f.Messages, m)
		}
		at += m.Here
	}
	if f.Cut > 0 { // what was not kept may be in this message, or go on behind it
		rest := prefixLen + in.length() - in.have
		if in.have >= prefixLen && rest > f.Cut {
			c.discard(in)
			in.have += f.Cut
		} else {
			c.discard(in)
			in.broken = true
		}
	}
}

// keep takes the next bytes of the message that is open.
func (c *Conn) keep(in *inbox, m *Message, p []byte) {
	m.Whole = in.have+len(p) == prefixLen+m.Length
	switch {
	case m.Length > c.opts.MaxMessage:
		in.drop = true
	case m.Whole && in.have == prefixLen: // all of it is here: nothing to copy
		m.Bytes = p
	case c.buffered+len(p) > c.opts.MaxBuffered:
		c.discard(in)
	case !in.drop:
		in.kept = append(in.kept, p...)
		c.buffered += len(p)
		if m.Whole {
			m.Bytes = in.kept
		}
	}
	if m.Bytes == nil && m.Whole && m.Length == 0 {
		m.Bytes = []byte{}
	}
}
