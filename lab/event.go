package lab

import (
	"bytes"
	"time"
)

// A Frame is one Ethernet frame that a host put on the wire.
type Frame struct {
	Number int           // on this wire, from 1
	Sent   time.Duration // when, since the network began
	From   string        // the host that sent it
	To     string        // the host it is for; "all" for a broadcast or multicast
	Bytes  []byte        // from the Ethernet header on, without preamble and FCS; not to be changed
}

// A Verdict is what the wire does with a frame. The zero Verdict carries it to
// the other end unchanged. A frame that is lost has no other fate.
type Verdict struct {
	Lost    bool
	Bits    []int         // those that are turned over, counted from the start of the frame
	Delay   time.Duration // beyond the wire's latency
	Copies  int           // sent once more, so often
	Swapped bool          // held back until the next frame from that host has gone
	Why     string        // the rules that said so
}

// on returns the bytes as they arrive.
func (v Verdict) on(frame []byte) []byte {
	if len(v.Bits) == 0 {
		return frame
	}
	frame = bytes.Clone(frame)
	for _, bit := range v.Bits {
		frame[bit/8] ^= 0x80 >> (bit % 8)
	}
	return frame
}

// A Stage is a point in the life of a frame.
type Stage uint8

const (
	Sent    Stage = iota // a host put it on the wire; the verdict is known
	Lost                 // the wire lost it
	Arrived              // a host received it, perhaps with a broken bit
)

func (s Stage) String() string { return [...]string{"sent", "lost", "arrived"}[s] }

// An Event is a frame at a stage of its life.
type Event struct {
	Stage   Stage
	T       time.Duration // since the network began
	At      string        // the host where it happened: the sender, or the receiver of an arrival
	Frame   Frame         // as it was sent
	Bytes   []byte        // as it is at this stage
	Verdict Verdict
}
