package frames

import (
	"encoding/binary"
	"fmt"
)

// fail notes the first fault of a frame. at is an offset in the frame's bytes.
func (f *Frame) fail(code ErrCode, stream uint32, at int, rfc string, kind error, format string, args ...any) {
	if f.Err == nil {
		f.Err = &Error{f.From, f.Offset + int64(at), stream, code, fmt.Sprintf(format, args...), rfc, kind}
	}
}

// breaks is fail for the commonest case: a connection error about the frame
// as a whole.
func (f *Frame) breaks(code ErrCode, rfc, format string, args ...any) {
	f.fail(code, 0, 0, rfc, ErrFrame, format, args...)
}

// read judges a frame, carries out what it says, and emits it.
func (c *Conn) read(h *half, f *Frame) {
	if h.frames == 0 && f.Type != SETTINGS {
		f.breaks(PROTOCOL_ERROR, "RFC 9113 3.4", "the first frame is %v, not SETTINGS", f.Type)
	}
	if most := c.halves[h.side.Other()].own.allowed()[frameSize]; int64(f.Length) > most && !c.alone(h.side) {
		f.breaks(FRAME_SIZE_ERROR, "RFC 9113 4.2", "%d bytes of payload, the %v takes %d", f.Length, h.side.Other(), most)
	}
	if h.block.open && (f.Type != CONTINUATION || f.Stream != h.block.stream) {
		c.flush(h, f)
	}
	if s := c.find(f.Stream); s != nil {
		f.Path, f.GRPC = s.path, s.grpc
	}
	f.checkShape()
	switch f.Type {
	case DATA:
		c.data(h, f)
	case HEADERS, PUSH_PROMISE, CONTINUATION:
		c.fragment(h, f)
		return // it emits, when the block is whole
	case RST_STREAM:
		c.reset(f)
	case SETTINGS:
		c.settings(h, f)
	case WINDOW_UPDATE:
		c.windowUpdate(h, f)
	case GOAWAY:
		last := int64(f.word(0) & maxWindow)
		if h.goAway >= 0 && last > h.goAway {
			f.breaks(PROTOCOL_ERROR, "RFC 9113 6.8", "GOAWAY names stream %d, and an earlier one %d: it never grows", last, h.goAway)
		}
		h.goAway = last
	}
	c.emit(f)
}

// shapes are the rules that a frame keeps to by itself: its length, and
// whether it is about a stream (1), the connection (0) or either (2).
var shapes = [...]struct{ length, stream int }{
	DATA: {-1, 1}, HEADERS: {-1, 1}, PRIORITY: {5, 1}, RST_STREAM: {4, 1}, SETTINGS: {-1, 0}, PUSH_PROMISE: {-1, 1},
	PING: {8, 0}, GOAWAY: {-1, 0}, WINDOW_UPDATE: {4, 2}, CONTINUATION: {-1, 1},
}

func (f *Frame) checkShape() {
	if int(f.Type) >= len(shapes) {
		return
	}
	shape := shapes[f.Type]
	switch rfc := f.Type.RFC(); {
	case shape.length >= 0 && f.Length != shape.length:
		f.breaks(FRAME_SIZE_ERROR, rfc, "%v of %d bytes, not %d", f.Type, f.Length, shape.length)
	case shape.stream == 1 && f.Stream == 0:
		f.breaks(PROTOCOL_ERROR, rfc, "%v on stream 0, which is the connection itself", f.Type)
	case shape.stream == 0 && f.Stream != 0:
		f.breaks(PROTOCOL_ERROR, rfc, "%v on stream %d: it is about the connection, stream 0", f.Type, f.Stream)
	case f.Type == PUSH_PROMISE && f.From == Client:
		f.breaks(PROTOCOL_ERROR, "RFC 9113 8.4", "PUSH_PROMISE of the client: only a server promises")
	case f.Type == GOAWAY && f.Length < 8:
		f.breaks(FRAME_SIZE_ERROR, rfc, "GOAWAY of %d bytes: it has at least 8", f.Length)
	case f.Type == SETTINGS && f.Flags&Ack != 0 && f.Length > 0:
		f.breaks(FRAME_SIZE_ERROR, rfc, "an ACK of SETTINGS with %d bytes: it has none", f.Length)
	case f.Type == SETTINGS && f.Length%6 != 0:
		f.breaks(FRAME_SIZE_ERROR, rfc, "SETTINGS of %d bytes, not a multiple of 6", f.Length)
	}
}

func (c *Conn) settings(h *half, f *Frame) {
	if f.Stream != 0 {
		return
	}
	peer := &c.halves[h.side.Other()]
	if f.Flags&Ack != 0 {
		peer.own.ack()
		c.setTable(h, peer.own.now[tableSize]) // what h sends from here on keeps to it
		return
	}
	p := f.Payload()
	for at := 0; at+6 <= len(p); at += 6 {
		s := Setting{SettingID(binary.BigEndian.Uint16(p[at:])), binary.BigEndian.Uint32(p[at+2:])}
		f.Settings = append(f.Settings, s)
		if reason, code := s.check(f.From); reason != "" {
			f.fail(code, 0, headerLen+at+2, "RFC 9113 6.5.2", ErrFrame, "%s", reason)
		}
	}
	h.own.add(h.side, f.Settings)
	c.setTable(peer, h.own.allowed()[tableSize])
}

// setTable sets how large the table of what h sends may become.
func (c *Conn) setTable(h *half, n int64) {
	if c.opts.OneSided {
		return // New has set it
	}
	n = max(n, c.halves[h.side.Other()].own.allowed()[tableSize])
	h.headers.SetLimit(int(min(n, int64(c.opts.MaxTable))))
}

// windowUpdate gives the other side more to send.
func (c *Conn) windowUpdate(h *half, f *Frame) {
	if f.Length != 4 {
		return
	}
	more := int64(f.word(0) & maxWindow)
	other := h.side.Other()
	if more == 0 {
		f.fail(PROTOCOL_ERROR, f.Stream, headerLen, "RFC 9113 6.9", ErrFrame, "WINDOW_UPDATE by 0")
	}
	if f.Stream == 0 {
		c.halves[other].granted += more
		f.Window = c.window(other, nil)
		if f.Window.Conn > maxWindow {
			f.fail(FLOW_CONTROL_ERROR, 0, headerLen, "RFC 9113 6.9.1", ErrWindow, "the window grows to %d, more than 2^31-1", f.Window.Conn)
			c.halves[other].granted -= more
		}
		return
	}
	s := c.find(f.Stream)
	if s == nil {
		if c.idle(f.Stream) {
			f.breaks(PROTOCOL_ERROR, "RFC 9113 5.1", "stream %d is idle: nobody has opened it", f.Stream)
		}
		return
	}
	s.granted[other] += more
	f.Window = c.window(other, s)
	if f.Window.Stream > maxWindow {
		f.fail(FLOW_CONTROL_ERROR, f.Stream, headerLen, "RFC 9113 6.9.1", ErrWindow, "the window grows to %d, more than 2^31-1", f.Window.Stream)
		s.granted[other] -= more
	}
}

func (c *Conn) reset(f *Frame) {
	if f.Stream == 0 {
		return
	}
	if s := c.find(f.Stream); s != nil {
		s.ended[f.From] = true // who has reset a stream says no more on it
		c.close(s)
	} else if c.idle(f.Stream) {
		f.breaks(PROTOCOL_ERROR, "RFC 9113 5.1", "stream %d is idle: nobody has opened it", f.Stream)
	}
}
