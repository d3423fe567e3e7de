// Package tcpstream puts the bytes of TCP connections back in order, from the
// segments of a capture (RFC 9293 3.4).
//
//	a := tcpstream.New(handler)
//	for each packet of the capture {
//		a.AddRecord(link, data, length, when)
//	}
//	a.Close()
//
// A capture is not what the two ends have seen: segments may come twice, out
// of order, cut short, or not at all, since a capture may drop what the hosts
// received. So what is missing is told as a gap, never closed silently.
package tcpstream

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"onwire/wire/packet"
)

// The bounds of an Assembler. Packets of strangers fill a capture.
const (
	MaxConns   = 4096    // connections at a time; more are not followed
	MaxWaiting = 1 << 20 // bytes of one direction that wait for what is before them
	maxPieces  = 1024    // and segments
)

// A Conn is one TCP connection. The client is who sent the SYN; where the
// capture begins later, it is who the first segment with data is from.
type Conn struct {
	Number         int // from 1, in the order of their first packets
	Client, Server netip.AddrPort
	Whole          bool // the capture has the SYN: nothing is before the first byte
	User           any  // for the Handler

	halves [2]half
}

// A Handler is told what happens. server says who sent it.
type Handler interface {
	Open(c *Conn, t time.Time)
	Data(c *Conn, t time.Time, server bool, b []byte) // b is valid until Data returns
	Gap(c *Conn, t time.Time, server bool, missing int64)
	End(c *Conn, t time.Time, server bool, reset bool) // that side sends no more
}

// An Assembler puts connections together. The zero Assembler is not usable;
// call New.
type Assembler struct {
	Ignored int // segments with data of connections beyond MaxConns

	handler Handler
	conns   map[key]*Conn
	count   int
	p       packet.Packet
	last    time.Time
}

// A key is both ends, the smaller one first.
type key struct{ a, b netip.AddrPort }

// New returns an Assembler that tells h.
func New(h Handler) *Assembler { return &Assembler{handler: h, conns: map[key]*Conn{}} }

// Add takes the next packet of a capture, and keeps nothing of b but data that
// is out of order. Whatever is no TCP counts for nothing; so do IP fragments,
// which TCP avoids.
func (a *Assembler) Add(link packet.LinkType, b []byte, t time.Time) { a.AddRecord(link, b, 0, t) }

// AddRecord is Add for a packet that had length bytes on the wire, of which the
// capture may have kept only the beginning; 0 is not known. An IEEE 802.11
// frame may hold several segments.
func (a *Assembler) AddRecord(link packet.LinkType, b []byte, length int, t time.Time) {
	a.last = t
	for status, ok := a.p.ParseRecord(link, b, length), true; ok; status, ok = a.p.Next(b) {
		a.add(status, b, t)
	}
}

// add takes the packet that was parsed.
func (a *Assembler) add(status packet.Status, b []byte, t time.Time) {
	if status != packet.OK || a.p.Proto != packet.ProtoTCP || len(b) < a.p.Transport+14 {
		return
	}
	h := b[a.p.Transport:]
	s := segment{
		seq:   uint32(h[4])<<24 | uint32(h[5])<<16 | uint32(h[6])<<8 | uint32(h[7]),
		flags: packet.Flags(h[13]), length: a.p.Length, t: t,
	}
	if from, to := min(a.p.Payload, len(b)), min(a.p.Payload+a.p.Length, len(b)); to > from {
		s.data = b[from:to]
	}
	src := netip.AddrPortFrom(a.p.Src(b), a.p.SrcPort)
	dst := netip.AddrPortFrom(a.p.Dst(b), a.p.DstPort)
	c := a.conn(src, dst, s)
	if c == nil {
		return
	}
	server := src == c.Server && (src != c.Client)
	a.segment(c, server, s)
	if c.halves[0].ended && c.halves[1].ended {
		delete(a.conns, keyOf(src, dst))
	}
}

func keyOf(a, b netip.AddrPort) key {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return key{a, b}
}

// conn returns the connection of a segment, or nil if it belongs to none.
func (a *Assembler) conn(src, dst netip.AddrPort, s segment) *Conn {
	k := keyOf(src, dst)
	c := a.conns[k]
	syn := s.flags&packet.SYN != 0
	opens := syn && s.flags&packet.ACK == 0
	if c != nil && opens && (!c.halves[0].known || c.halves[0].start != s.seq+1) && c.Client == src {
		a.finish(c) // the ports are used again
		c = nil
	}
	if c != nil {
		return c
	}
	if !syn && len(s.data) == 0 {
		return nil // the last ACK of a connection that is over
	}
	if len(a.conns) >= MaxConns {
		if len(s.data) > 0 {
			a.Ignored++
		}
		return nil
	}
	a.count++
	c = &Conn{Number: a.count, Client: src, Server: dst, Whole: syn}
	if syn && !opens {
		c.Client, c.Server = dst, src
	}
	a.conns[k] = c
	a.handler.Open(c, s.t)
	return c
}

// Close says that the capture is over. Data that still waits for what is
// missing is handed on, behind a gap.
func (a *Assembler) Close() {
	// In order: a capture must always read the same.
	for _, c := range slices.SortedFunc(maps.Values(a.conns), func(x, y *Conn) int { return x.Number - y.Number }) {
		a.finish(c)
	}
}

// finish hands on what is waiting. No End: nobody has seen one.
func (a *Assembler) finish(c *Conn) {
	for side := range c.halves {
		a.overrun(c, side == 1, a.last)
	}
	delete(a.conns, keyOf(c.Client, c.Server))
}
