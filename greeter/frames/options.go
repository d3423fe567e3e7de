package frames

import "onwire/pbwire"

// Options are the bounds of a Conn, and what it may know beforehand. A zero
// field stands for its default.
type Options struct {
	MaxFrame    int // bytes kept of a frame's payload; 1 MiB
	MaxBlock    int // bytes of a header block; 256 KiB
	MaxList     int // bytes of a header list, as SETTINGS_MAX_HEADER_LIST_SIZE counts; 1 MiB
	MaxTable    int // bytes of a dynamic table; 1 MiB
	MaxStreams  int // streams open at a time; 10000
	MaxMessage  int // bytes kept of a gRPC message; 64 KiB, the most that pbwire.Dissect takes
	MaxBuffered int // bytes kept of messages that are not whole yet, of all streams; 16 MiB

	// OneSided says that one side is all that will be heard, as in a file of its
	// bytes: no rule is judged that rests on what the other one said.
	OneSided bool

	// Schema returns what is known about the messages that a side sends on a
	// path such as "/hello.Greeter/SayHello", or nil. It is called once for each
	// direction of a stream.
	Schema func(path string, from Side) pbwire.Schema
}

// More bounds, that nothing real comes near.
const (
	maxBlockFrames = 1024 // frames of one header block
	maxPending     = 64   // SETTINGS without ACK
	maxMessages    = 4096 // messages named in one frame
	maxClosed      = 256  // closed streams that are remembered
)

func (o Options) withDefaults() Options {
	set := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	set(&o.MaxFrame, 1<<20)
	set(&o.MaxBlock, 256<<10)
	set(&o.MaxList, 1<<20)
	set(&o.MaxTable, 1<<20)
	set(&o.MaxStreams, 10000)
	set(&o.MaxMessage, pbwire.MaxDissect)
	set(&o.MaxBuffered, 16<<20)
	return o
}
