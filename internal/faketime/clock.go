// Package faketime is a clock for tests of what waits: they move it by hand.
package faketime

import (
	"sync"
	"testing"
	"time"
)

// A Clock stands still until it is moved.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*timer]bool
	Armed  chan time.Duration // gets the time of every AfterFunc
}

type timer struct {
	at time.Time
	f  func()
}

// New returns a Clock.
func New() *Clock {
	return &Clock{now: time.Unix(1e9, 0), timers: map[*timer]bool{}, Armed: make(chan time.Duration, 1<<16)}
}

// Now returns the time that the Clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f from the Advance that makes it due, d from now. stop reports
// whether it came before that.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	due := &timer{c.now.Add(d), f}
	c.timers[due] = true
	select {
	case c.Armed <- d:
	default:
	}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		was := c.timers[due]
		delete(c.timers, due)
		return was
	}
}

// Advance moves the clock and calls what has become due.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	for timer := range c.timers {
		if !timer.at.After(c.now) {
			delete(c.timers, timer)
			due = append(due, timer.f)
		}
	}
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// Forget drops the timers that were armed up to now, for WaitFor.
func (c *Clock) Forget() {
	for len(c.Armed) > 0 {
		<-c.Armed
	}
}

// WaitFor waits until somebody has armed a timer of that length.
func (c *Clock) WaitFor(t testing.TB, d time.Duration) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	var others []time.Duration
	for {
		select {
		case got := <-c.Armed:
			if got == d {
				return
			}
			others = append(others, got)
		case <-timeout:
			t.Fatalf("nobody waits for %v, but for %v", d, others)
		}
	}
}

// RunUntil lets the clock run, a second at a time, until somebody has armed a
// timer of that length. To move it once would not do after an echo: that may
// arrive before the server has noted its time.
func (c *Clock) RunUntil(t testing.TB, d time.Duration) {
	t.Helper()
	for range 30_000 {
		for len(c.Armed) > 0 {
			if <-c.Armed == d {
				return
			}
		}
		c.Advance(time.Second)
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("nobody waits for %v", d)
}
