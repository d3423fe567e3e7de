package lab

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// A rest finds out when the process has come to rest: when every goroutine but
// the one that asks waits for something. The scheduler's own counts say so
// (runtime/metrics; they are read while no thread can start or end its work, so
// a goroutine on its way from one queue to the next is not overlooked).
type rest struct {
	samples  []metrics.Sample
	sleepers uint64 // goroutines that stay in a system call: reading a terminal, waiting for a signal
}

const (
	runnable = iota
	running
	inSystemCall
)

func newRest() *rest {
	r := &rest{samples: []metrics.Sample{
		runnable:     {Name: "/sched/goroutines/runnable:goroutines"},
		running:      {Name: "/sched/goroutines/running:goroutines"},
		inSystemCall: {Name: "/sched/goroutines/not-in-go:goroutines"},
	}}
	metrics.Read(r.samples)
	r.sleepers = r.samples[inSystemCall].Value.Uint64()
	return r
}

// patience is how long a system call counts as work. One that prints a line
// ends long before; one that reads a terminal does not, and must not stop the
// clock for good. This is a bound against hanging, not a way to order events.
const patience = time.Second

// calm is how often in a row nobody may be found at work.
const calm = 3

// impatience is after how many looks the one that asks lets others have its
// CPU. It yields to goroutines alone, not every time: yielding makes the
// scheduler start a thread that looks for work, and such a thread counts as
// running. On a busy machine the process would never be found at rest.
const impatience = 1000

// wait returns true when the process has come to rest, and nothing was counted
// in changed meanwhile; false when stop was closed first.
func (r *rest) wait(changed *atomic.Uint64, stop <-chan struct{}) bool {
	var inCall time.Time // since when only system calls are in the way
	for quiet, round, before := 0, 0, changed.Load(); quiet < calm; {
		select {
		case <-stop:
			return false
		default:
		}
		metrics.Read(r.samples)
		calls := r.samples[inSystemCall].Value.Uint64()
		r.sleepers = min(r.sleepers, calls)
		now := changed.Load()
		atWork := r.samples[runnable].Value.Uint64() > 0 || r.samples[running].Value.Uint64() > 1 || now != before
		before = now
		switch {
		case atWork:
			quiet, inCall = 0, time.Time{}
		case calls == r.sleepers:
			quiet++
		case inCall.IsZero():
			quiet, inCall = 0, time.Now()
		case time.Since(inCall) > patience:
			r.sleepers = calls
		}
		switch round++; {
		case r.samples[runnable].Value.Uint64() > 0:
			runtime.Gosched()
		case round%impatience == 0:
			time.Sleep(time.Microsecond) // the thread that is in the way may want this CPU
		}
	}
	return true
}
