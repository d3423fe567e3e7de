package lab

import (
	"cmp"
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
	start   uint32        // its first sequence number
	next    uint32        // the sequence number after the highest that was seen
	started bool          // there is a next
	nextAt  time.Duration // when that was seen
	whole   uint32        // and the one after the highest before which no gap was seen
	ack     uint32        // the last acknowledgement field it sent
	acked   bool          // which was not 0, as that of a SYN or of some RSTs is
	ackAt   time.Duration // when that came
	raw     int           // its last window, as the field has it
	window  int           // and in bytes
	shift   int           // the window scale of its SYN (RFC 7323 2.2)
	scaled  bool          // its SYN had that option
	again   int           // how often it repeated ack; -1: a gap of its own was named since
	probe   bool          // its last segment asked for the window
	alive   bool          // its last segment was a keep-alive
	hands   *handshake    // of both sides
}

// A handshake measures the first round trip.
type handshake struct {
	opened    bool          // a SYN was seen
	at        time.Duration // when the last one was
	roundTrip time.Duration // from there to the first ACK; 0: not known
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
		length: min(p.Length, len(frame)-p.Payload), // a broken bit may say more than there is
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
	opens := t.has(packet.SYN) && !t.has(packet.ACK)
	if opens && a[s] != nil && a[s].started && a[s].start != t.seq {
		delete(a, s) // the ports are used again, for a new connection
		delete(a, s.other())
	}
	if a[s] == nil {
		hands := new(handshake)
		a[s], a[s.other()] = &half{hands: hands}, &half{hands: hands}
	}
	a[s].hands.look(t, at)
	return a[s].look(a[s.other()], t, at)
}

// look takes the time of a SYN, and of the first ACK after it.
func (h *handshake) look(t segment, at time.Duration) {
	switch {
	case t.has(packet.SYN) && !t.has(packet.ACK):
		h.opened, h.at = true, at
	case t.has(packet.ACK) && !t.has(packet.SYN) && h.opened && h.roundTrip == 0:
		h.roundTrip = at - h.at
	}
}

func (h *half) look(peer *half, t segment, at time.Duration) (names []string) {
	if t.has(packet.SYN) {
		h.shift, h.scaled = max(t.shift, 0), t.shift >= 0
	}
	plain := t.flags&(packet.SYN|packet.FIN|packet.RST) == 0
	same := h.started && t.length == 0 && plain && t.seq == h.next && h.acked && t.ack == h.ack
	alive, probe := false, false
	if peer.acked && peer.raw == 0 && t.length == 1 && t.seq == h.next {
		probe = true
		names = append(names, "zero window probe")
	} else {
		if t.raw == 0 && plain {
			names = append(names, "zero window")
		}
		if h.started && before(h.next, t.seq) && !t.has(packet.RST) {
			names = append(names, "previous segment not captured")
		}
		if plain && h.started && t.length <= 1 && t.seq == h.next-1 {
			alive = true
			names = append(names, "keep-alive")
		}
		if same && t.raw > 0 && t.raw != h.raw {
			names = append(names, "window update")
		}
		if plain && t.length > 0 && peer.acked && t.seq+uint32(t.length) == peer.ack+uint32(peer.window) {
			names = append(names, "window full")
		}
		switch {
		case same && t.raw > 0 && t.raw == h.raw && peer.alive:
			names = append(names, "keep-alive ACK")
		case same && t.raw == 0 && h.raw == 0 && peer.probe:
			names = append(names, "zero window probe ACK")
		case same && t.raw > 0 && t.raw == h.raw:
			h.again = max(h.again, 0) + 1
			names = append(names, fmt.Sprintf("duplicate ACK %d", h.again))
		}
	}
	if t.ack != h.ack {
		h.again = 0
	}
	if t.has(packet.ACK) && peer.started && before(peer.whole, t.ack) {
		if peer.again == 0 { // Wireshark is silent about the gaps behind duplicate ACKs
			names = append(names, "acknowledges what was not captured")
		}
		peer.again, peer.whole = -1, peer.next // said once for each gap
	}
	if name := h.repeats(peer, t, at); name != "" && !alive {
		names = append(names, name)
	}
	h.remember(peer, t, at, probe)
	h.alive, h.probe = alive, probe
	return names
}

// repeats says whether a segment brings what the interface has seen before,
// and why that came again.
func (h *half) repeats(peer *half, t segment, at time.Duration) string {
	end := t.seq + uint32(t.space())
	if t.length > 0 && peer.acked && !before(peer.ack, t.seq+uint32(t.length)) {
		return "spurious retransmission" // it had been acknowledged
	}
	if t.space() == 0 || !h.started || !before(t.seq, h.next) {
		return ""
	}
	if t.length > 1 && t.seq == h.next-1 { // behind a probe's byte, it is new
		return ""
	}
	roundTrip := cmp.Or(h.hands.roundTrip, 3*time.Millisecond)
	switch {
	case peer.again >= 2 && peer.ack == t.seq && at-peer.ackAt < fastWithin:
		return "fast retransmission"
	case at-h.nextAt < roundTrip && end != h.next:
		return "out of order"
	}
	return "retransmission"
}

func (h *half) remember(peer *half, t segment, at time.Duration, probe bool) {
	end := t.seq + uint32(t.space())
	if !h.started {
		h.start, h.whole = t.seq, t.seq
	}
	if !probe && (!h.started || before(h.next, end)) {
		h.next, h.nextAt, h.started = end, at, true
	}
	if !probe && t.seq == h.whole {
		h.whole = h.next
	}
	h.raw, h.window = t.raw, t.raw
	if !t.has(packet.SYN) && h.scaled && peer.scaled {
		h.window <<= h.shift
	}
	h.ack, h.acked, h.ackAt = t.ack, t.ack != 0, at
}
