package main

import (
	"context"
	"io"
	"math"
	"sync"
	"time"
)

// A patience ends a context with context.DeadlineExceeded as its cause when the
// server has kept us waiting for so long. While the server owes nothing and we
// wait for our own input it does not run: a slow typist is not the server's
// fault. A strict one runs then too.
type patience struct {
	limit  time.Duration
	strict bool
	end    context.CancelCauseFunc

	mu     sync.Mutex
	timer  *time.Timer
	owed   int64 // bytes of the input that have not come back
	ended  bool  // the input: the server owes a FIN
	closed bool
}

// newPatience returns a context and what watches over it; 0 is for ever.
func newPatience(ctx context.Context, limit time.Duration, strict bool) (context.Context, *patience) {
	ctx, end := context.WithCancelCause(ctx)
	p := &patience{limit: limit, strict: strict, end: end}
	if limit > 0 {
		p.timer = time.AfterFunc(math.MaxInt64, func() { end(context.DeadlineExceeded) }) // renew sets it
		p.renew()
	}
	return ctx, p
}

// close ends it, and its context.
func (p *patience) close() {
	p.mu.Lock()
	p.closed = true
	p.renew()
	p.mu.Unlock()
	p.end(nil)
}

// renew starts the time anew where it has to run, else it stops it.
func (p *patience) renew() {
	if p.timer == nil {
		return
	}
	p.timer.Stop()
	if !p.closed && (p.strict || p.owed > 0 || p.ended) {
		p.timer.Reset(p.limit)
	}
}

// input returns r, and counts what is read: the server owes it. Input is read
// when what came before it is sent, so each read is a sign of life too.
func (p *patience) input(r io.Reader) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		n, err := r.Read(b)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.owed += int64(n)
		p.ended = p.ended || err != nil
		p.renew()
		return n, err
	})
}

// output counts what came back.
func (p *patience) output() io.Writer {
	return writerFunc(func(b []byte) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.owed -= int64(len(b))
		p.renew()
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A writerFunc is called for every write, and keeps nothing.
type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
