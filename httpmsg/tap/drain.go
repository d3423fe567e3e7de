package tap

import (
	"sync/atomic"
	"time"
)

// An exchange is how far a connection has come: whether it may be closed.
type exchange struct {
	in, out         direction
	asked, answered atomic.Int64 // requests, and whole responses
	unread          atomic.Bool  // a direction is not parsed any more
}

// A direction counts the bytes that were passed one way.
type direction struct {
	bytes atomic.Int64
	last  atomic.Int64 // when, in nanoseconds
}

func (d *direction) add(n int) {
	d.bytes.Add(int64(n))
	d.last.Store(time.Now().UnixNano())
}

// The times of drain: how often it looks, and how long bytes of a client may be
// on their way to the parser.
const (
	drainStep  = 10 * time.Millisecond
	drainQuiet = 50 * time.Millisecond
)

// drain waits until no answer is on its way, for the grace at most, or until
// the connection has ended.
func (x *exchange) drain(grace time.Duration, ended <-chan struct{}) {
	until := time.Now().Add(grace)
	for time.Now().Before(until) && x.waits() {
		select {
		case <-ended:
			return
		case <-time.After(drainStep):
		}
	}
}

// waits reports whether a client waits for an answer, or for the rest of one.
// Where the bytes are not parsed, it does if it spoke last.
func (x *exchange) waits() bool {
	if x.unread.Load() {
		return x.in.last.Load() > x.out.last.Load()
	}
	return x.asked.Load() > x.answered.Load() || time.Since(time.Unix(0, x.in.last.Load())) < drainQuiet
}
