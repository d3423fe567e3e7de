package frames

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"onwire/greeter/frames/hpack"
)

// preface is what a client sends before its first frame (RFC 9113 3.4). To a
// server of HTTP/1.1 it is a request with a method that it does not know.
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// prefaceStart is how much of the preface tells it from anything else.
const prefaceStart = 8

// A Conn reads both directions of one connection. It is not safe for use from
// several goroutines: the order of its calls is the order of the story. The
// zero Conn is not usable; call New.
type Conn struct {
	opts     Options
	emit     func(*Frame)
	halves   [2]half
	streams  map[uint32]*stream
	open     int      // streams that are not closed
	opened   [2]int   // of those, how many each side opened
	closed   []uint32 // the streams closed last, a ring
	closedAt int
	spare    []*stream
	buffered int // bytes in messages that are not whole yet
	frame    Frame
	schemas  map[schemaKey]schemaOf
}

// A half is one direction, and what its sender has announced.
type half struct {
	side    Side
	offset  int64  // of the next byte that is not understood yet
	buf     []byte // the start of a frame that is not whole
	skip    int    // bytes of a cut frame that are still to come
	dead    *Error // why this direction is not read any more
	started bool   // the preface, or for the server the first frame, was seen
	frames  int

	headers *hpack.Decoder // of the blocks that this side sends
	lost    bool           // its blocks cannot be read any more
	block   block

	own     announced // what this side has announced
	last    uint32    // the highest stream that it opened
	sent    int64     // bytes of DATA
	granted int64     // by WINDOW_UPDATE of the other side for the connection
	goAway  int64     // the last stream that its GOAWAY named; -1 for none yet
}

// New returns a Conn that calls emit for every frame, in the order of its last
// byte. The frames of a header block that is spread over several are held
// until it is whole.
func New(o Options, emit func(*Frame)) *Conn {
	c := &Conn{opts: o.withDefaults(), emit: emit, streams: map[uint32]*stream{}, schemas: map[schemaKey]schemaOf{}}
	for i := range c.halves {
		h := &c.halves[i]
		h.side, h.headers, h.own, h.goAway = Side(i), hpack.NewDecoder(c.opts.MaxList), newAnnounced(), -1
		if o.OneSided { // the other side may have allowed anything
			h.headers.SetLimit(c.opts.MaxTable)
		}
	}
	return c
}

// Feed takes the next bytes that a side sent, in any pieces, and does not keep
// them. The error, an *Error, says why this direction cannot be read any
// further; it is returned again by every later call. Faults that end less than
// that are in Frame.Err.
func (c *Conn) Feed(from Side, b []byte) error {
	h := &c.halves[from]
	for len(b) > 0 && h.dead == nil {
		if h.skip > 0 {
			n := min(h.skip, len(b))
			h.skip -= n
			h.offset += int64(n)
			b = b[n:]
			continue
		}
		if len(h.buf) == 0 { // the usual case: whole frames, nothing to copy
			n := c.take(h, b)
			b = b[n:]
			if n == 0 && h.dead == nil {
				h.buf = append(h.buf, b...)
				return nil
			}
			continue
		}
		want := c.want(h, h.buf)
		n := min(want-len(h.buf), len(b))
		h.buf = append(h.buf, b[:n]...)
		b = b[n:]
		if n := c.take(h, h.buf); n > 0 {
			h.buf = h.buf[:copy(h.buf, h.buf[n:])]
		}
	}
	if h.dead != nil {
		return h.dead
	}
	return nil
}

// want returns how many bytes must be there before something can be read from
// b, as far as b tells.
func (c *Conn) want(h *half, b []byte) int {
	if h.side == Client && !h.started {
		return len(preface)
	}
	if len(b) < headerLen {
		return headerLen
	}
	return headerLen + min(length(b), c.opts.MaxFrame)
}

// length reads the length of a frame's payload.
func length(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

// take reads one frame, or the preface, from the start of b, and returns how
// many bytes it took: none if it is not whole.
func (c *Conn) take(h *half, b []byte) int {
	if !h.started {
		if bad := h.start(b); bad != nil {
			h.dead = bad
			return 0
		}
	}
	n := c.want(h, b)
	if len(b) < n {
		return 0
	}
	f := &c.frame
	*f = Frame{From: h.side, Offset: h.offset, Bytes: b[:n:n], Messages: f.Messages[:0], Headers: f.Headers[:0], Settings: f.Settings[:0]}
	if h.side == Client && !h.started {
		h.started = true
		h.offset += int64(n)
		f.Type, f.Length = Preface, n
		c.emit(f)
		return n
	}
	h.started = true
	f.Length = length(b)
	f.Type, f.Flags = Type(b[3]), Flags(b[4])
	f.Stream = binary.BigEndian.Uint32(b[5:]) & maxWindow
	f.Cut = f.Length - (n - headerLen)
	h.skip = f.Cut
	h.offset += int64(n)
	c.read(h, f)
	h.frames++
	return n
}

// start looks whether the first bytes are those of HTTP/2, as soon as they can
// be told apart from others.
func (h *half) start(b []byte) *Error {
	if h.side == Client {
		n := min(len(b), len(preface))
		for i := range n {
			if b[i] != preface[i] && i >= prefaceStart {
				return h.fault(int64(i), "the preface has the byte %02x where %02x belongs", b[i], preface[i])
			}
			if b[i] != preface[i] {
				return h.fault(int64(i), "the client does not start with the preface: %s", guess(b))
			}
		}
		return nil
	}
	switch {
	case len(b) >= 4 && Type(b[3]) != SETTINGS || len(b) >= 3 && length(b) > 1<<14:
		return h.fault(0, "the server's first frame is not SETTINGS: %s", guess(b))
	case len(b) >= 5 && Flags(b[4])&Ack != 0: // and what its tables hold is not known
		return h.fault(0, "the server's first frame is not SETTINGS: it is an ACK of them")
	}
	return nil
}

func (h *half) fault(at int64, format string, args ...any) *Error {
	return &Error{h.side, h.offset + at, 0, PROTOCOL_ERROR, fmt.Sprintf(format, args...), "RFC 9113 3.4", ErrPreface}
}

// guess says what bytes that are not HTTP/2 may be.
func guess(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{22, 3}), bytes.HasPrefix(b, []byte{21, 3}): // a handshake, an alert
		return "it looks like TLS, whose inside cannot be seen"
	case bytes.HasPrefix(b, []byte("HTTP/1")):
		return "it looks like an answer in HTTP/1"
	}
	for _, method := range []string{"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT "} {
		if bytes.HasPrefix(b, []byte(method)) {
			return "it looks like a request in HTTP/1.1"
		}
	}
	if bytes.HasPrefix(b, []byte(preface[:prefaceStart])) {
		return "it looks like a client's preface"
	}
	return "it starts with " + bytesValue(b[:min(8, len(b))])
}

// Gap says that bytes of a side are missing here. What follows cannot be told
// apart into frames: the direction ends, with the error that Feed returns from
// now on. n is how many are missing, 0 if nobody knows.
func (c *Conn) Gap(from Side, n int64) error {
	h := &c.halves[from]
	if h.dead == nil {
		what := "bytes are missing"
		if n > 0 {
			what = fmt.Sprintf("%d bytes are missing", n)
		}
		c.flush(h, nil)
		h.dead = &Error{from, h.offset + int64(len(h.buf)), 0, NO_ERROR, what + ": where the next frame starts is not known", "RFC 9113 4.1", ErrTruncated}
		h.buf = nil
	}
	return h.dead
}

// Close says that a side sends no more. The error, an *Error, says what it
// left unfinished: a frame, or a header block.
func (c *Conn) Close(from Side) error {
	h := &c.halves[from]
	if h.dead != nil {
		return h.dead
	}
	var bad *Error
	rest := len(h.buf)
	switch {
	case h.skip > 0 || rest > 0 && h.started:
		missing := h.skip
		if rest >= headerLen {
			missing = headerLen + length(h.buf) - rest
		} else if rest > 0 {
			missing = headerLen - rest
		}
		bad = &Error{from, h.offset, 0, FRAME_SIZE_ERROR, fmt.Sprintf("the end comes inside a frame: %d bytes are missing", missing), "RFC 9113 4.1", ErrTruncated}
	case rest > 0:
		bad = &Error{from, h.offset, 0, PROTOCOL_ERROR, fmt.Sprintf("the end comes inside the preface, after %d bytes", rest), "RFC 9113 3.4", ErrTruncated}
	case h.block.open:
		bad = &Error{from, h.offset, h.block.stream, PROTOCOL_ERROR, "the end comes before the header block is whole", "RFC 9113 6.10", ErrTruncated}
	}
	c.flush(h, nil)
	if bad != nil {
		h.dead = bad
		return bad
	}
	return nil
}

// alone reports whether a side is heard without the other.
func (c *Conn) alone(side Side) bool { return c.opts.OneSided || c.halves[side.Other()].dead != nil }

// rawMetadata reports whether a side may send metadata in bytes: the other one has
// said that it takes them, or was not heard.
func (c *Conn) rawMetadata(side Side) bool {
	return c.alone(side) || c.halves[side.Other()].own.allowed()[rawMetadata] == 1
}

// Offset returns how many bytes of a side have been understood.
func (c *Conn) Offset(from Side) int64 { return c.halves[from].offset }

// Streams returns how many streams are open.
func (c *Conn) Streams() int { return c.open }

// TableSize returns the bytes in the dynamic table for what a side sends, and
// the largest size of that table.
func (c *Conn) TableSize(from Side) (size, largest int) {
	return c.halves[from].headers.TableSize()
}
