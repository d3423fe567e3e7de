package lab

import (
	"context"
	"sync"
	"time"
)

// A deadline ends calls that wait for too long.
type deadline struct {
	host *Host

	mu    sync.Mutex
	timer *timer
	over  chan struct{} // closed when the time has come
}

func (d *deadline) init(h *Host) {
	d.host = h
	d.over = make(chan struct{})
}

// expired returns a channel that is closed when the time comes. A call that
// waits on it also sees a deadline that is set later.
func (d *deadline) expired() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

// set moves the deadline; the zero time is none.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	select {
	case <-d.over:
		d.over = make(chan struct{})
	default:
	}
	if t.IsZero() {
		return
	}
	over := d.over
	var own *timer
	expire := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.timer == own { // it was not moved meanwhile
			d.timer = nil
			close(over)
		}
	}
	left := d.host.until(t)
	if left <= 0 {
		close(over)
		return
	}
	own = d.host.net.clock.new(caller, d.host.name, expire)
	d.timer = own
	own.Reset(left)
}

// until returns the time left until t, which is a time of the lab's clock or of
// this machine's. Code that was not written for the lab says time.Now().Add(d);
// rounding makes the same of every run.
func (h *Host) until(t time.Time) time.Duration {
	const years = 10 * 365 * 24 * time.Hour
	if left := t.Sub(h.Now()); left < years {
		return left
	}
	return time.Until(t).Round(10 * time.Millisecond)
}

// onLabTime returns a context whose deadline runs on the lab's clock.
func (h *Host) onLabTime(ctx context.Context) (context.Context, context.CancelFunc) {
	t, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	timer := h.net.clock.after(h.until(t), caller, h.name, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}
