package main

import (
	"math"
	"runtime/debug"
	"unsafe"

	"onwire/greeter/frames"
	"onwire/greeter/frames/hpack"
)

// size returns about how much memory a frame holds. It can be nine bytes, and is
// a Frame all the same; so is a header of one byte a Representation.
func size(f *frames.Frame) int {
	if f == nil {
		return 0
	}
	const one = int(unsafe.Sizeof(hpack.Representation{}))
	n := int(unsafe.Sizeof(*f)) + len(f.Bytes) + len(f.Block) + one*len(f.Headers)
	for _, m := range f.Messages {
		n += int(unsafe.Sizeof(m)) + len(m.Bytes) + len(m.Plain)
	}
	return n
}

// limitMemory lets garbage be collected in time, where a server keeps much for
// its clients; GOMEMLIMIT has the last word.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(56 << 20)
	}
}
