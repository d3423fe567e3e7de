package lab

import (
	"time"

	"onwire/wire"
	"onwire/wire/packet"
)

// A Recording keeps what happened on a wire, to be told afterwards. Its Observe
// is for a Config; the other methods are for when the wire is at rest.
type Recording struct {
	// At is the host whose interface the story is told from: a capture holds
	// what it sends, lost or not, and what arrives there. The host that opens
	// the first connection, or sends the first datagram, where empty.
	At string

	events   []Event
	frames   []Recorded
	labelled int // the events that the labels go by
}

// Recorded is one frame with what became of it, and what it says.
type Recorded struct {
	Frame
	Verdict Verdict
	Arrived []time.Duration // when it did; not at all if it was lost
	Layer   string          // "TCP", "ARP": the innermost layer that is known
	Label   string          // what it says, numbers counted from the connection's start: "SYN seq=0"
	Window  int             // of a TCP segment: how many bytes its sender still takes; -1 of other frames
	Is      []string        // what it is in its connection, by Wireshark's names: "retransmission", "duplicate ACK 2"
}

// Observe keeps an event.
func (r *Recording) Observe(e Event) {
	r.events = append(r.events, e)
	switch e.Stage {
	case Sent:
		r.frames = append(r.frames, Recorded{Frame: e.Frame, Verdict: e.Verdict})
	case Arrived:
		f := &r.frames[e.Frame.Number-1]
		f.Arrived = append(f.Arrived, e.T)
	}
}

// Delivered returns the bytes that arrive: those that were sent, but for the
// bits that were turned over on the wire.
func (f Recorded) Delivered() []byte { return f.Verdict.on(f.Bytes) }

// Event returns the frame as an event, with every field of its headers.
func (f Recorded) Event() wire.Event {
	fields, _ := packet.Dissect(packet.LinkEthernet, f.Bytes) // our stacks' frames are whole
	return wire.Event{T: f.Sent, From: f.From, To: f.To, Layer: f.Layer, Label: f.Label, Bytes: f.Bytes, Fields: fields, Evidence: wire.Lab}
}

// Frames returns the frames in the order of the wire, with their labels.
func (r *Recording) Frames() []Recorded {
	r.label()
	return r.frames
}
