package main

import (
	"sync"

	"onwire/internal/term"
)

// Bounds of what waits for a screen that takes nothing.
const (
	maxLines     = 4096
	maxLineBytes = 16 << 20
)

// lines prints what happens in a server or a tap, in a goroutine of its own:
// a terminal that stalls must not stall who is served. What waits is bounded;
// what does not fit is dropped, and counted.
type lines struct {
	lost func(n int) // prints that n were dropped

	mu      sync.Mutex
	more    sync.Cond
	queue   []line
	bytes   int
	dropped int
	ended   bool
	done    chan struct{}
}

type line struct {
	bytes   int
	dropped int // before it
	print   func()
}

func newLines(lost func(n int)) *lines {
	l := &lines{lost: lost, done: make(chan struct{})}
	l.more.L = &l.mu
	go l.run()
	return l
}

// put leaves something to be printed, which keeps so many bytes in memory. It
// never waits.
func (l *lines) put(bytes int, print func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == maxLines || l.bytes+bytes > maxLineBytes {
		l.dropped++
		return
	}
	l.queue = append(l.queue, line{bytes, l.dropped, print})
	l.bytes += bytes
	l.dropped = 0
	l.more.Signal()
}

// end returns when all that waited is printed.
func (l *lines) end() {
	l.mu.Lock()
	l.ended = true
	l.more.Signal()
	l.mu.Unlock()
	<-l.done
	if l.dropped > 0 {
		l.lost(l.dropped)
	}
}

func (l *lines) run() {
	defer close(l.done)
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.ended {
			l.more.Wait()
		}
		if len(l.queue) == 0 {
			l.mu.Unlock()
			return
		}
		next := l.queue[0]
		l.queue[0] = line{}
		if l.queue = l.queue[1:]; len(l.queue) == 0 {
			l.queue = nil
		}
		l.bytes -= next.bytes // it is off the queue; one more than fits may be printing
		l.mu.Unlock()
		if next.dropped > 0 {
			l.lost(next.dropped)
		}
		next.print()
	}
}

// lost says that the screen was too slow.
func (a *app) lost(n int) {
	if a.JSON {
		a.PrintJSON(map[string]any{"event": "dropped", "events": n})
		return
	}
	s := a.Screen()
	s.Printf("%s\n", s.Wrap(0, term.Count(n, "event")+" not shown: the screen took nothing, and nobody waits for it"))
}
