package main

import (
	"sync/atomic"
	"time"
	"unsafe"

	"onwire/greeter/frames"
	"onwire/greeter/frames/hpack"
)

// The bounds of a noteQueue.
const (
	maxNotes     = 4096
	maxNoteBytes = 64 << 20
	lastWords    = 2 * time.Second // what is left when the tap ends has this long
)

// A noteQueue shows notes without ever holding up who puts them in. Where the
// screen is slower than the wire, frames are left out, and counted.
type noteQueue struct {
	notes   chan note
	bytes   atomic.Int64 // of the frames in notes
	skipped int
	done    chan struct{}
}

// newNoteQueue returns a queue that show empties, up to its first error.
// pause is called when it is empty.
func newNoteQueue(show func(note) error, pause func()) *noteQueue {
	q := &noteQueue{notes: make(chan note, maxNotes), done: make(chan struct{})}
	go func() {
		defer close(q.done)
		var err error
		for n := range q.notes {
			if err == nil {
				err = show(n)
			}
			q.bytes.Add(-size(n.frame))
			if len(q.notes) == 0 {
				pause()
			}
		}
	}()
	return q
}

// size returns about how much memory a frame holds. A header can be one byte of
// a block, and is a Representation all the same.
func size(f *frames.Frame) int64 {
	if f == nil {
		return 0
	}
	const one = int(unsafe.Sizeof(hpack.Representation{}))
	return int64(len(f.Bytes) + len(f.Block) + one*len(f.Headers))
}

// put puts a note in if there is room. It has one caller at a time.
func (q *noteQueue) put(n note) {
	// Two places: for the note, and for the one that frames were left out.
	if len(q.notes) > cap(q.notes)-2 || q.bytes.Load() > maxNoteBytes {
		if n.kind == noteFrame {
			q.skipped++
		}
		return
	}
	q.tellSkipped()
	if n.frame != nil {
		n.frame = n.frame.Clone()
		q.bytes.Add(size(n.frame))
	}
	q.notes <- n
}

func (q *noteQueue) tellSkipped() {
	if q.skipped > 0 {
		q.notes <- note{kind: noteSkipped, number: q.skipped}
		q.skipped = 0
	}
}

// close shows what is left, if the screen takes it in time.
func (q *noteQueue) close() {
	t := time.NewTimer(lastWords)
	defer t.Stop()
	if q.skipped > 0 {
		select {
		case q.notes <- note{kind: noteSkipped, number: q.skipped}:
		case <-t.C:
			return
		}
	}
	close(q.notes)
	select {
	case <-q.done:
	case <-t.C:
	}
}
