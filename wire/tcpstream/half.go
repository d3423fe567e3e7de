package tcpstream

import (
	"bytes"
	"slices"
	"time"

	"onwire/wire/packet"
)

// A segment is what matters of one.
type segment struct {
	seq    uint32
	flags  packet.Flags
	length int    // bytes of data, as the headers tell
	data   []byte // as many of them as the capture has
	t      time.Time
}

// A half is one direction.
type half struct {
	known   bool   // next is
	start   uint32 // the first byte's number
	next    uint32 // the number of the byte that comes next
	waiting []piece
	held    int // bytes in waiting
	fin     bool
	finAt   uint32
	ended   bool
}

// A piece is data that came early.
type piece struct {
	seq    uint32
	length int
	data   []byte
}

// segment carries out one segment of a side.
func (a *Assembler) segment(c *Conn, server bool, s segment) {
	h := &c.halves[side(server)]
	if h.ended {
		return
	}
	if s.flags&packet.SYN != 0 {
		s.seq++ // SYN takes a number itself
		if !h.known {
			h.known, h.next, h.start = true, s.seq, s.seq
		}
	}
	if !h.known && s.length > 0 {
		h.known, h.next, h.start = true, s.seq, s.seq
	}
	if s.length > 0 {
		a.data(c, server, h, piece{s.seq, s.length, s.data}, s.t)
	}
	if s.flags&packet.FIN != 0 {
		h.fin, h.finAt = true, s.seq+uint32(s.length)
	}
	switch {
	case s.flags&packet.RST != 0:
		for side := range c.halves { // a reset ends both
			if other := &c.halves[side]; !other.ended {
				a.overrun(c, side == 1, s.t)
				other.ended = true
				a.handler.End(c, s.t, side == 1, true)
			}
		}
	case h.fin && (!h.known || h.next == h.finAt):
		h.ended = true
		a.handler.End(c, s.t, server, false)
	}
}

func side(server bool) int {
	if server {
		return 1
	}
	return 0
}

// data hands on what is next, and keeps what is early.
func (a *Assembler) data(c *Conn, server bool, h *half, p piece, t time.Time) {
	if int32(p.seq-h.next) > 0 {
		if h.held+len(p.data) > MaxWaiting || len(h.waiting) >= maxPieces {
			a.overrun(c, server, t) // what is missing does not come any more
		}
		if int32(p.seq-h.next) > 0 {
			p.data = bytes.Clone(p.data)
			at, _ := slices.BinarySearchFunc(h.waiting, p, func(x, y piece) int { return int(int32(x.seq - y.seq)) })
			h.waiting = slices.Insert(h.waiting, at, p)
			h.held += len(p.data)
			return
		}
	}
	a.deliver(c, server, h, p, t)
	for len(h.waiting) > 0 && int32(h.waiting[0].seq-h.next) <= 0 {
		first := h.waiting[0]
		h.waiting = h.waiting[1:]
		h.held -= len(first.data)
		a.deliver(c, server, h, first, t)
	}
}

// deliver hands on a piece that starts at the next byte or before it: what
// came already is left out.
func (a *Assembler) deliver(c *Conn, server bool, h *half, p piece, t time.Time) {
	old := int(h.next - p.seq)
	if old >= p.length {
		return // all of it was here before: sent again, or a keep-alive
	}
	fresh := p.data[min(old, len(p.data)):]
	if len(fresh) > 0 {
		a.handler.Data(c, t, server, fresh)
	}
	if missing := p.length - old - len(fresh); missing > 0 { // the capture keeps the start of each packet only
		a.handler.Gap(c, t, server, int64(missing))
	}
	h.next = p.seq + uint32(p.length)
}

// overrun hands on what is waiting, behind gaps.
func (a *Assembler) overrun(c *Conn, server bool, t time.Time) {
	h := &c.halves[side(server)]
	for _, p := range h.waiting {
		if missing := int32(p.seq - h.next); missing > 0 {
			a.handler.Gap(c, t, server, int64(missing))
			h.next = p.seq
		}
		a.deliver(c, server, h, p, t)
	}
	h.waiting, h.held = nil, 0
}
