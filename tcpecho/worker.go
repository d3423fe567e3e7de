package tcpecho

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// A worker loads one connection.
type worker struct {
	cfg          *LoadConfig
	conn         net.Conn
	number       int64 // of the connection
	sent         messages
	began, end   time.Time
	first, every time.Duration // the schedule; every is 0 without a rate

	requests         int64
	last             time.Time // when the last answer was whole
	latency, service Histogram
	err              error
}

func (w *worker) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { w.conn.SetDeadline(longAgo) })
	defer stop()
	if w.cfg.Mode == Stream {
		w.stream(ctx)
	} else {
		w.ping(ctx)
	}
	if ctx.Err() != nil && timedOut(w.err) {
		w.err = nil // we were told to stop: nothing went wrong
	}
	if w.err != nil {
		w.cfg.Progress.Errors.Add(1)
	}
}

// due returns when message i should be sent: now, unless there is a schedule.
func (w *worker) due(i int64, now time.Time) time.Time {
	if w.every == 0 {
		return now
	}
	return w.began.Add(w.first + time.Duration(i)*w.every)
}

// over reports whether message i comes too late to be sent. The first one is
// sent even if the machine was too busy to begin in time: a load that has
// measured nothing would look like one that went well.
func (w *worker) over(i int64, due, now time.Time) bool {
	return w.every > 0 && !due.Before(w.end) || i > 0 && !now.Before(w.end)
}

// ping sends a message, waits for it, and sends the next.
func (w *worker) ping(ctx context.Context) {
	in := make([]byte, w.cfg.Size)
	alarm := newAlarm(w.cfg.Clock)
	for i := int64(0); ctx.Err() == nil; i++ {
		sent := w.cfg.Clock.Now()
		due := w.due(i, sent)
		if w.over(i, due, sent) {
			return
		}
		if due.After(sent) {
			if !alarm.wait(ctx, due.Sub(sent)) {
				return
			}
			sent = w.cfg.Clock.Now()
		}
		if w.err = w.roundTrip(w.sent.of(w.number, i), in); w.err != nil {
			return
		}
		w.answered(due, sent)
	}
}

// roundTrip sends the message and reads it back. A large one is read while it
// is written, else both sides would wait with full buffers.
func (w *worker) roundTrip(out, in []byte) error {
	if len(out) > 64<<10 {
		return (&Client{Conn: w.conn}).Echo(out)
	}
	if _, err := w.conn.Write(out); err != nil {
		return err
	}
	if _, err := io.ReadFull(w.conn, in); err != nil {
		return err
	}
	return compare(out, in)
}

func compare(out, in []byte) error {
	if i := firstDifference(out, in); i >= 0 {
		return &DifferenceError{Offset: int64(i), Sent: out[i], Received: in[i]}
	}
	return nil
}

func (w *worker) answered(due, sent time.Time) {
	w.last = w.cfg.Clock.Now()
	w.latency.Add(w.last.Sub(due))
	w.service.Add(w.last.Sub(sent))
	w.requests++
	w.cfg.Progress.Requests.Add(1)
}

// stream writes messages without waiting for answers, and reads meanwhile. At
// most inFlight messages are under way.
func (w *worker) stream(ctx context.Context) {
	type times struct{ due, sent time.Time }
	const inFlight = 1024
	underWay := make(chan times, inFlight)
	stopped := make(chan struct{})
	var writeErr error
	var group sync.WaitGroup
	group.Go(func() {
		defer close(underWay)
		alarm := newAlarm(w.cfg.Clock)
		for i := int64(0); ctx.Err() == nil; i++ {
			now := w.cfg.Clock.Now()
			due := w.due(i, now)
			if w.over(i, due, now) {
				return
			}
			if due.After(now) {
				if !alarm.wait(ctx, due.Sub(now)) {
					return
				}
				now = w.cfg.Clock.Now()
			}
			select {
			case underWay <- times{due, now}:
			case <-stopped:
				return
			}
			if _, writeErr = w.conn.Write(w.sent.of(w.number, i)); writeErr != nil {
				return
			}
		}
	})
	in := make([]byte, w.cfg.Size)
	for t := range underWay {
		if _, w.err = io.ReadFull(w.conn, in); w.err == nil {
			w.err = compare(w.sent.of(w.number, w.requests), in)
		}
		if w.err != nil {
			break
		}
		w.answered(t.due, t.sent)
	}
	close(stopped)
	if w.err != nil {
		w.conn.SetWriteDeadline(longAgo)
	}
	group.Wait()
	if w.err == nil {
		w.err = writeErr
	}
}

// An alarm waits by a Clock.
type alarm struct {
	clock Clock
	rang  chan struct{}
}

func newAlarm(c Clock) *alarm { return &alarm{c, make(chan struct{}, 1)} }

// wait waits for d; it reports false if ctx ended first.
func (a *alarm) wait(ctx context.Context, d time.Duration) bool {
	stop := a.clock.AfterFunc(d, func() { a.rang <- struct{}{} })
	select {
	case <-a.rang:
		return true
	case <-ctx.Done():
		stop()
		return false
	}
}
