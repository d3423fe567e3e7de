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

// patient is how many looks to take before the thread is given away for a
// moment: on a busy machine, who is at work may be waiting for this very core.
const patient = 20

// wait returns true when the process has come to rest, and nothing was counted
// in changed meanwhile; false when stop was closed first.
func (r *rest) wait(changed *atomic.Uint64, stop <-chan struct{}) bool {
	var inCall time.Time // since when only system calls are in the way
	for quiet, before, tries := 0, changed.Load(), 1; quiet < calm; tries++ {
		select {
		case <-stop:
			return false
		default:
		}
		runtime.Gosched()
		if tries%patient == 0 {
			time.Sleep(time.Microsecond)
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
	}
	return true
}
