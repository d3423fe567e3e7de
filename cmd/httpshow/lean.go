package main

import "runtime/debug"

// softLimit is where the garbage collector of a server starts to work harder:
// what its clients make it hold is bounded, and so should be what is left over.
const softLimit = 64 << 20

// lean sets the limit for a server, and returns what ends it.
func lean() (end func()) {
	before := debug.SetMemoryLimit(softLimit)
	return func() { debug.SetMemoryLimit(before) }
}
