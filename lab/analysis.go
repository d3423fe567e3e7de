package lab

import (
	"encoding/binary"
	"fmt"
	"time"

	"onwire/wire/packet"
)

// An analysis follows both sides of every connection past one interface, and
// names what is more than a segment of its own: what came again, what asks
// for it, what the window says. The names and the rules are those of
// Wireshark's sequence analysis, so that a student finds them again there.
type analysis map[side]*half

// A half is what the interface has seen of one side of a connection.
type half struct {
	next      uint32        // the sequence number after the highest that was seen
	started   bool          // there is a next
	nextAt    time.Duration // when that was seen
	ack       uint32        // the last acknowledgement it sent
	acked     bool          // there is one
	ackAt     time.Duration // when that came
	window    int           // the last window it offered, in bytes
	shift     int           // the window scale of its SYN (RFC 7323 2.2)
	scaled    bool          // its SYN had that option
	again     int           // how often it repeated ack
	probe     bool          // its last segment asked for the window
	alive     bool          // its last segment was a keep-alive
	begun     time.Duration // when its SYN was seen
	roundTrip time.Duration // from a SYN to the ACK of the handshake
}

// A segment is a TCP header.
type segment struct {
	seq, ack uint32
	flags    packet.Flags
	raw      int // the window field
	length   int // bytes of payload
	shift    int // the window scale option, or -1
}

func segmentOf(p *packet.Packet, frame []byte) segment {
	h := frame[p.Transport:p.Payload]
	t := segment{
		seq:    binary.BigEndian.Uint32(h[4:]),
		ack:    binary.BigEndian.Uint32(h[8:]),
		flags:  packet.Flags(h[13]),
		raw:    int(binary.BigEndian.Uint16(h[14:])),
		length: p.Length,
		shift:  -1,
	}
	for options := h[20:]; len(options) > 1 && options[0] != 0; {
		if options[0] == 1 { // no operation: one byte, to fill
			options = options[1:]
			continue
		}
		n := int(options[1])
		if n < 2 || n > len(options) {
			break
		}
		if options[0] == 3 && n == 3 {
			t.shift = int(options[2])
		}
		options = options[n:]
	}
	return t
}

func (t segment) has(flags packet.Flags) bool { return t.flags&flags == flags }

// space is how many sequence numbers the segment takes: SYN and FIN take one
// each (RFC 9293 3.4).
func (t segment) space() int {
	n := t.length
	if t.flags&(packet.SYN|packet.FIN) != 0 {
		n++
	}
	return n
}

// before compares sequence numbers, which go round (RFC 9293 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// fastWithin is how soon after the last duplicate ACK a segment must follow to
// count as fast retransmission.
const fastWithin = 20 * time.Millisecond

// look takes the next frame at the interface and returns its names.
func (a analysis) look(at time.Duration, frame []byte) []string {
	var p packet.Packet
	if p.Parse(packet.LinkEthernet, frame) != packet.OK || p.Proto != packet.ProtoTCP {
		return nil
	}
	s := sideOf(&p, frame)
	t := segmentOf(&p, frame)
	if t.has(packet.SYN) && !t.has(packet.ACK) && a[s] != nil && a[s].started && before(a[s].next, t.seq) {
		delete(a, s) // the ports are used again, for a new connection
		delete(a, s.other())
	}
	for _, x := range []side{s, s.other()} {
		if a[x] == nil {
			a[x] = new(half)
		}
	}
	return a[s].look(a[s.other()], t, at)
}

func (h *half) look(peer *half, t segment, at time.Duration) (names []string) {
	if t.has(packet.SYN) {
		h.shift, h.scaled = max(t.shift, 0), t.shift >= 0
		h.begun = at
	}
	window := t.raw
	if !t.has(packet.SYN) && h.scaled && peer.scaled {
		window <<= h.shift
	}
	plain := t.flags&(packet.SYN|packet.FIN|packet.RST) == 0
	same := h.started && t.length == 0 && plain && t.seq == h.next && h.acked && t.ack == h.ack
	alive, probe := false, false
	if plain && peer.acked && peer.window == 0 && t.length == 1 && t.seq == h.next {
		probe = true
		names = append(names, "zero window probe")
	} else {
		if window == 0 && plain {
			names = append(names, "zero window")
		}
		if h.started && before(h.next, t.seq) && !t.has(packet.RST) {
			names = append(names, "previous segment not captured")
		}
		if plain && h.started && t.length <= 1 && t.seq == h.next-1 {
			alive = true
			names = append(names, "keep-alive")
		}
		if same && window != h.window {
			names = append(names, "window update")
		}
		if plain && t.length > 0 && peer.acked && t.seq+uint32(t.length) == peer.ack+uint32(peer.window) {
			names = append(names, "window full")
		}
		switch {
		case same && window > 0 && window == h.window && peer.alive:
			names = append(names, "keep-alive ACK")
		case same && window == 0 && h.window == 0 && peer.probe:
			names = append(names, "zero window probe ACK")
		case same && window > 0 && window == h.window:
			h.again++
			names = append(names, fmt.Sprintf("duplicate ACK %d", h.again))
		}
	}
	if t.has(packet.ACK) && (!h.acked || t.ack != h.ack) {
		h.again = 0
	}
	if t.has(packet.ACK) && peer.started && before(peer.next, t.ack) {
		names = append(names, "acknowledges what was not captured")
	}
	if name := h.repeats(peer, t, at); name != "" && !alive {
		names = append(names, name)
	}
	h.remember(peer, t, window, at)
	h.alive, h.probe = alive, probe
	return names
}

// repeats says whether a segment brings what the interface has seen before,
// and why that came again.
func (h *half) repeats(peer *half, t segment, at time.Duration) string {
	if t.space() == 0 || !h.started || !before(t.seq, h.next) {
		return ""
	}
	end := t.seq + uint32(t.space())
	switch {
	case t.length > 0 && peer.acked && !before(peer.ack, end):
		return "spurious retransmission" // it had been acknowledged
	case peer.again >= 2 && peer.ack == t.seq && at-peer.ackAt < fastWithin:
		return "fast retransmission"
	case at-h.nextAt < max(h.roundTrip, peer.roundTrip, 3*time.Millisecond) && end != h.next:
		return "out of order"
	}
	return "retransmission"
}

func (h *half) remember(peer *half, t segment, window int, at time.Duration) {
	end := t.seq + uint32(t.space())
	if !h.started || t.space() > 0 && before(h.next, end) && !(peer.acked && peer.window == 0 && t.length == 1) {
		h.next, h.nextAt, h.started = end, at, true
	}
	h.window = window
	if t.has(packet.ACK) {
		if !t.has(packet.SYN) && h.roundTrip == 0 && h.begun > 0 {
			h.roundTrip = at - h.begun
		}
		h.ack, h.acked, h.ackAt = t.ack, true, at
	}
}
