package lab

import (
	"runtime"
	"sync"
)

// While a network is open the process runs on one processor. Its steps come one
// after the other, so a second one would only cost the way from thread to
// thread: a hundred times the work of a step, on a busy machine.
var processor struct {
	sync.Mutex
	networks int
	before   int // GOMAXPROCS, to be restored
}

func takeProcessor() {
	processor.Lock()
	defer processor.Unlock()
	if processor.networks++; processor.networks == 1 {
		processor.before = runtime.GOMAXPROCS(1)
	}
}

func giveProcessor() {
	processor.Lock()
	defer processor.Unlock()
	if processor.networks--; processor.networks == 0 {
		runtime.GOMAXPROCS(processor.before)
	}
}
