package main

import (
	"context"
	"io"
	"math"
	"sync"
	"time"
)

// A patience ends a context with context.DeadlineExceeded as its cause, when
// the server has kept us waiting for so long. While we wait for our own input
// it does not run: a slow typist is not the server's fault.
type patience struct {
	limit time.Duration
	end   context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	running bool
}

// newPatience returns a context and what watches over it; 0 is for ever.
func newPatience(ctx context.Context, limit time.Duration) (context.Context, *patience) {
	ctx, end := context.WithCancelCause(ctx)
	p := &patience{limit: limit, end: end}
	if limit > 0 {
		p.timer = time.AfterFunc(math.MaxInt64, func() { end(context.DeadlineExceeded) }) // run sets it
	}
	return ctx, p
}

// close ends it, and its context.
func (p *patience) close() {
	p.run(false)
	p.end(nil)
}

// run starts it, or stops it.
func (p *patience) run(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = on
	p.renew()
}

// moved notes that something came back.
func (p *patience) moved() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renew()
}

func (p *patience) renew() {
	if p.timer == nil {
		return
	}
	if p.timer.Stop(); p.running {
		p.timer.Reset(p.limit)
	}
}

// input returns r, and rests while r is read.
func (p *patience) input(r io.Reader) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		p.run(false)
		defer p.run(true)
		return r.Read(b)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
