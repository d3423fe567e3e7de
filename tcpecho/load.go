package tcpecho

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Mode is how a Load uses its connections.
type Mode string

const (
	Ping   Mode = "ping"   // one message at a time on each connection
	Stream Mode = "stream" // as many messages as the buffers take
)

// A LoadConfig describes a Load.
type LoadConfig struct {
	// Dial opens one connection; Load calls it Conns times, a few at once.
	Dial func(ctx context.Context) (net.Conn, error)
	// Conns is the number of connections, Size the bytes of a message. 0 means
	// 1 and 64.
	Conns, Size int
	// Seed makes the bytes that are sent: the same seed, the same bytes.
	Seed uint64
	// Rate is the number of messages a second over all connections, from MinRate
	// to MaxRate; 0 is as fast as it goes.
	Rate float64
	// Duration is how long messages are sent; 0 means 2 seconds. Load returns
	// when those under way are back, a second later at most.
	Duration time.Duration
	// Mode is Ping unless it is Stream.
	Mode Mode
	// Clock is nil for the system's.
	Clock Clock
	// Progress, if set, is kept up to date while the load runs.
	Progress *Progress
}

// A Progress may be read while a Load runs.
type Progress struct{ Conns, Requests, Errors atomic.Int64 }

// A Report is what a Load measured.
type Report struct {
	Conns    int           // connections that were opened
	Requests int64         // messages that came back whole and right
	Bytes    int64         // of those, counted once
	Errors   int64         // connections that failed, or were never opened
	Err      error         // the first of those errors
	Elapsed  time.Duration // from the first message to the last answer; to the end if none came
	CPU      time.Duration // CPU time of this process meanwhile
	// Latency is the time from when a message should have been sent until it
	// was back. With a Rate, a message that is sent late because the one before
	// it was slow has waited too: leaving that out is called coordinated
	// omission, and hides just the delays that one wants to see.
	Latency Histogram
	// Service is the time from when it was really sent. Without a Rate it
	// equals Latency.
	Service Histogram
}

// RPS returns the messages a second.
func (r *Report) RPS() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Elapsed.Seconds()
}

// MaxSize bounds the size of a message, MaxLoadConns the connections, MinRate
// and MaxRate the messages a second.
const (
	MaxSize      = 64 << 20
	MaxLoadConns = 1 << 20
	MinRate      = 1e-3
	MaxRate      = 1e7
)

func (c *LoadConfig) check() error {
	switch {
	case c.Dial == nil:
		return errors.New("a load needs a Dial function")
	case c.Conns < 0 || c.Conns > MaxLoadConns:
		return fmt.Errorf("%d connections: must be 1 to %d", c.Conns, MaxLoadConns)
	case c.Size < 0 || c.Size > MaxSize:
		return fmt.Errorf("%d bytes: a message has 1 to %d", c.Size, MaxSize)
	case c.Rate != 0 && !(c.Rate >= MinRate && c.Rate <= MaxRate): // NaN too
		return fmt.Errorf("a rate of %v: must be messages a second, from %g to %g, or 0 for no limit", c.Rate, MinRate, MaxRate)
	case c.Duration < 0:
		return fmt.Errorf("a duration of %v: must be positive", c.Duration)
	case c.Mode != "" && c.Mode != Ping && c.Mode != Stream:
		return fmt.Errorf("mode %q: must be ping or stream", c.Mode)
	}
	c.Clock = orSystem(c.Clock)
	if c.Conns == 0 {
		c.Conns = 1
	}
	if c.Size == 0 {
		c.Size = 64
	}
	if c.Duration == 0 {
		c.Duration = 2 * time.Second
	}
	if c.Progress == nil {
		c.Progress = new(Progress)
	}
	return nil
}

// Load sends messages to an echo server and measures how they come back. It
// fails if the config is wrong or no connection could be opened; what goes
// wrong later is counted in the Report. The end of ctx ends it early, with the
// Report up to then.
func Load(ctx context.Context, cfg LoadConfig) (Report, error) {
	if err := cfg.check(); err != nil {
		return Report{}, err
	}
	conns, failed, err := dialAll(ctx, &cfg)
	if len(conns) == 0 {
		return Report{Errors: failed, Err: err}, err
	}
	report := Report{Conns: len(conns), Errors: failed, Err: err}
	cpu, began := cpuTime(), cfg.Clock.Now()

	sent := newMessages(cfg.Size, cfg.Seed)
	workers := make([]*worker, len(conns))
	var group sync.WaitGroup
	for i, nc := range conns {
		w := &worker{cfg: &cfg, conn: nc, number: int64(i), sent: sent, began: began, end: began.Add(cfg.Duration)}
		if cfg.Rate > 0 {
			w.every = time.Duration(float64(time.Second) * float64(len(conns)) / cfg.Rate)
			w.first = time.Duration(float64(time.Second) * float64(i) / cfg.Rate) // not all at once
		}
		workers[i] = w
		group.Go(func() { w.run(ctx) })
	}
	// A connection that hangs must not hold the others up for ever.
	late := cfg.Clock.AfterFunc(cfg.Duration+time.Second, func() {
		for _, nc := range conns {
			nc.SetDeadline(longAgo)
		}
	})
	group.Wait()
	late()

	report.CPU = cpuTime() - cpu
	last := began
	for _, w := range workers {
		w.conn.Close()
		report.Requests += w.requests
		report.Latency.Merge(&w.latency)
		report.Service.Merge(&w.service)
		if w.err != nil {
			report.Errors++
			if report.Err == nil {
				report.Err = w.err
			}
		}
		if w.last.After(last) {
			last = w.last
		}
	}
	if report.Requests == 0 {
		last = cfg.Clock.Now()
	}
	report.Elapsed = last.Sub(began)
	report.Bytes = report.Requests * int64(cfg.Size)
	return report, nil
}

// dialAll opens the connections, 64 at once, and returns those that opened,
// how many did not, and the first reason.
func dialAll(ctx context.Context, cfg *LoadConfig) (conns []net.Conn, failed int64, first error) {
	var mu sync.Mutex
	var group sync.WaitGroup
	var next atomic.Int64
	for range min(cfg.Conns, 64) {
		group.Go(func() {
			for next.Add(1) <= int64(cfg.Conns) && ctx.Err() == nil {
				nc, err := cfg.Dial(ctx)
				mu.Lock()
				if err == nil {
					conns = append(conns, nc)
					cfg.Progress.Conns.Add(1)
				} else {
					failed++
					cfg.Progress.Errors.Add(1)
					if first == nil {
						first = err
					}
				}
				if len(conns) == 0 {
					next.Store(int64(cfg.Conns)) // no program listens: ask once, not a thousand times
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return conns, failed, first
}
