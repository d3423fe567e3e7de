package serve

import (
	"sync"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
)

// The bounds of what waits for a terminal that takes no output.
const (
	maxEvents = 4096
	maxBytes  = 16 << 20
)

// patience is how long End waits for such a terminal.
const patience = 2 * time.Second

// A Log prints what happens in a server, in a goroutine of its own: a terminal
// that stalls (Ctrl-S), or a pipe that is full, must stall neither a client nor
// the end of the server. What waits is bounded; what does not fit is dropped,
// counted, and the count is printed. Everything that a server prints, from the
// first line to the last, goes through its Log.
type Log struct {
	env *cli.Env

	mu      sync.Mutex
	more    sync.Cond
	queue   []entry
	bytes   int
	dropped int // since the last entry of the queue
	ended   bool
	done    chan struct{}
}

// An entry prints one event.
type entry struct {
	bytes   int // that it keeps in memory
	dropped int // events that were dropped before it
	print   func()
}

// NewLog returns a Log on the screen of env. Call End.
func NewLog(env *cli.Env) *Log {
	l := &Log{env: env, done: make(chan struct{})}
	l.more.L = &l.mu
	go l.run()
	return l
}

// Put leaves something to be printed, which keeps so many bytes in memory. It
// never waits. It reports whether there was room: else the event is dropped.
func (l *Log) Put(bytes int, print func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || len(l.queue) >= maxEvents || l.bytes+bytes > maxBytes {
		l.dropped++
		return false
	}
	l.add(bytes, print)
	return true
}

func (l *Log) add(bytes int, print func()) {
	l.queue = append(l.queue, entry{bytes, l.dropped, print})
	l.bytes += bytes
	l.dropped = 0
	l.more.Signal()
}

// End prints last, if it is not nil, after all that still waits, and returns:
// at the latest after two seconds, whatever the terminal does.
func (l *Log) End(last func()) {
	l.mu.Lock()
	if last == nil {
		last = func() {}
	}
	if !l.ended {
		l.add(0, last)
	}
	l.ended = true
	l.mu.Unlock()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-l.done:
	case <-t.C:
	}
}

func (l *Log) run() {
	defer close(l.done)
	for {
		next, ok := l.next()
		if !ok {
			return
		}
		// Many events are one write.
		l.env.Hold()
		for ok {
			if next.dropped > 0 {
				l.lost(next.dropped)
			}
			next.print()
			next, ok = l.ready()
		}
		l.env.Release()
	}
}

// next waits for an entry; there is none when the Log has ended.
func (l *Log) next() (entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 && !l.ended {
		l.more.Wait()
	}
	return l.take()
}

// ready returns the next entry if there is one now.
func (l *Log) ready() (entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take()
}

func (l *Log) take() (entry, bool) {
	if len(l.queue) == 0 {
		l.queue = nil
		return entry{}, false
	}
	next := l.queue[0]
	l.queue[0] = entry{}
	l.queue = l.queue[1:]
	l.bytes -= next.bytes
	return next, true
}

// lost says that the screen was too slow.
func (l *Log) lost(n int) {
	if l.env.JSON {
		l.env.PrintJSON(map[string]any{"event": "dropped", "events": n})
		return
	}
	s := l.env.Screen()
	s.Printf("%s\n", s.Wrap(0, term.Count(n, "event")+" not shown: the output was too slow, and no client waits for it"))
}
