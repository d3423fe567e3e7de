package wire

import (
	"encoding/hex"
	"encoding/json"
	"time"
)

// Evidence says how this program knows that something happened. It is printed
// wherever it matters: a tool that cannot see the kernel's segments must not
// pretend to.
type Evidence string

const (
	Seen     Evidence = "seen"     // this program sent or received those bytes
	Kernel   Evidence = "kernel"   // the system told us
	Inferred Evidence = "inferred" // it must have happened, but was not seen
	Lab      Evidence = "lab"      // a frame on our own wire
)

// An Event is something that happened at a time, between two parties.
type Event struct {
	T        time.Duration // since the start of the story
	From, To string        // who sent it, and to whom: "client", "10.0.0.2:80"
	Layer    string        // "TCP", "DNS": the layer that speaks
	Label    string        // what happened, in a few words: "SYN seq=0"
	Bytes    []byte        // the message, if there is one
	Fields   []Field       // its bits by name
	Evidence Evidence      // how we know
}

// MarshalJSON writes e with all its keys: t_us (microseconds), from, to, layer,
// label, hex (the bytes in lower case, without spaces), fields, evidence.
func (e Event) MarshalJSON() ([]byte, error) {
	fields := e.Fields
	if fields == nil {
		fields = []Field{}
	}
	return json.Marshal(struct {
		T        int64    `json:"t_us"`
		From     string   `json:"from"`
		To       string   `json:"to"`
		Layer    string   `json:"layer"`
		Label    string   `json:"label"`
		Hex      string   `json:"hex"`
		Fields   []Field  `json:"fields"`
		Evidence Evidence `json:"evidence"`
	}{e.T.Microseconds(), e.From, e.To, e.Layer, e.Label, hex.EncodeToString(e.Bytes), fields, e.Evidence})
}
