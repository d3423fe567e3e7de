package lab

import (
	"cmp"
	"container/heap"
	"sync"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
)

// epoch is the lab's midnight: every network starts then, so that the times in
// a capture repeat too.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A clock tells virtual time. It is the clock of every stack on the network,
// of its wire, and of every call that waits.
type clock struct {
	frames func() bool // puts what was sent at this instant on the wire; false: nothing was

	mu      sync.Mutex
	now     time.Duration // since epoch
	seq     uint64
	timers  timers
	stopped bool

	changed atomic.Uint64 // counts what may have given someone something to do
	sent    atomic.Bool   // there are frames for the wire
	wake    chan struct{}
	stop    chan struct{}
	done    chan struct{}
}

func newClock(frames func() bool) *clock {
	return &clock{
		frames: frames,
		wake:   make(chan struct{}, 1),
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
	}
}

// Now returns the time at this instant.
func (c *clock) Now() time.Time { return epoch.Add(c.elapsed()) }

// NowMonotonic is Now in the form that the stacks measure round trips with.
func (c *clock) NowMonotonic() tcpip.MonotonicTime {
	return tcpip.MonotonicTime{}.Add(c.elapsed())
}

func (c *clock) elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc is what the stacks set their timers with.
func (c *clock) AfterFunc(d time.Duration, f func()) tcpip.Timer {
	return c.after(d, stackTimer, "", f)
}

// after calls f once d has passed, in the clock's own goroutine: f must not
// wait for anything that takes time. Timers of one instant run by rank, then by
// key, then in the order in which they were set.
func (c *clock) after(d time.Duration, rank rank, key string, f func()) *timer {
	t := c.new(rank, key, f)
	t.Reset(d)
	return t
}

// new returns a timer that is not set.
func (c *clock) new(rank rank, key string, f func()) *timer {
	return &timer{clock: c, rank: rank, key: key, f: f, at: -1}
}

// soon calls f at this instant, when the stacks have come to rest: this is how
// a call that waits is woken, one at a time.
func (c *clock) soon(key string, f func()) { c.after(0, caller, key, f) }

// poke says that there are frames for the wire.
func (c *clock) poke() {
	c.changed.Add(1)
	c.sent.Store(true)
	c.nudge()
}

func (c *clock) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run moves time on, one step after the other, until close.
func (c *clock) run() {
	defer close(c.done)
	rest := newRest()
	for {
		c.mu.Lock()
		idle := len(c.timers) == 0 && !c.sent.Load()
		c.mu.Unlock()
		if idle { // nothing will happen until somebody does something
			select {
			case <-c.wake:
			case <-c.stop:
				return
			}
		}
		if !rest.wait(&c.changed, c.stop) {
			return
		}
		if c.sent.Swap(false) && c.frames() {
			continue
		}
		if t := c.next(); t != nil {
			t.fire()
		}
	}
}

// next takes the first timer, and makes its time the present.
func (c *clock) next() *timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 {
		return nil
	}
	t := heap.Pop(&c.timers).(*timer)
	c.now = max(c.now, t.due)
	return t
}

// halt stops time.
func (c *clock) halt() {
	close(c.stop)
	<-c.done
}

// release calls what waits for a time that will not come, so that nobody hangs.
func (c *clock) release() {
	c.mu.Lock()
	c.stopped = true
	left := c.timers
	c.timers = nil
	for _, t := range left {
		t.at = -1
	}
	c.mu.Unlock()
	for _, t := range left {
		if t.rank == caller {
			t.f()
		}
	}
}

// A rank orders the timers of one instant: first the wire and the stacks, then
// the calls that wait on them.
type rank uint8

const (
	wireTimer  rank = iota // a frame arrives
	stackTimer             // a stack's own: retransmission, TIME-WAIT
	caller                 // a Read, a Sleep, a deadline
)

// A timer is a function with a time to call it.
type timer struct {
	clock *clock
	rank  rank
	key   string
	f     func()

	due time.Duration
	seq uint64
	at  int // in the heap; -1 when not set
}

// Stop unsets the timer; false says that it was not set any more.
func (t *timer) Stop() bool {
	c := t.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.at < 0 {
		return false
	}
	heap.Remove(&c.timers, t.at)
	return true
}

// Reset sets the timer to d from now.
func (t *timer) Reset(d time.Duration) {
	c := t.clock
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		if t.rank == caller {
			go t.f() // it may want a lock that is held here
		}
		return
	}
	defer c.mu.Unlock()
	c.seq++
	t.due, t.seq = c.now+max(d, 0), c.seq
	if t.at >= 0 {
		heap.Fix(&c.timers, t.at)
	} else {
		heap.Push(&c.timers, t)
	}
	c.changed.Add(1)
	c.nudge()
}

// fire calls the function. A stack's own may take a lock that a goroutine
// holds which waits for the wire, so they get a goroutine of their own.
func (t *timer) fire() {
	if t.rank == stackTimer {
		go t.f()
		return
	}
	t.f()
}

// timers is a heap of timers, the next one first.
type timers []*timer

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	a, b := h[i], h[j]
	return cmp.Or(
		cmp.Compare(a.due, b.due),
		cmp.Compare(a.rank, b.rank),
		cmp.Compare(a.key, b.key),
		cmp.Compare(a.seq, b.seq),
	) < 0
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

func (h *timers) Push(x any) {
	t := x.(*timer)
	t.at = len(*h)
	*h = append(*h, t)
}

func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.at = -1
	return t
}
