package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A result is a row of the table.
type result struct {
	name              string
	clients, answered int64   // that came, and good ones that got their answer
	first, last       float64 // MiB in the first and the last quarter
	files, goroutines [2]int  // at the start, and at the end
	ended             time.Duration
	wrong             []string
	said              string // the end of stderr
}

func (r *result) fail(format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// The limits of what is still well. In ten seconds caches and pools still fill,
// which is no leak; in ten minutes a leak is far above these.
const (
	moreMemory     = 1.15
	moreMiB        = 12
	moreMiBAtFirst = 32 // in a run of less than a minute
	moreFiles      = 2
	moreGoroutines = 4
	calm           = 30 * time.Second // for timeouts of clients that have left
	grace          = 20 * time.Second // ten seconds for the clients, and some for a busy machine
)

// run soaks one server.
func run(ctx context.Context, s server, o options) (r result) {
	r.name = s.name
	var upstream string
	if s.upstream != nil {
		up, err := start(*s.upstream, o, "", false)
		if err != nil {
			r.fail("the server that it forwards to: %v", err)
			return r
		}
		defer up.kill()
		upstream = up.addr
	}
	c, err := start(s, o, upstream, true)
	if err != nil {
		r.fail("%v", err)
		return r
	}
	defer func() {
		c.kill()
		r.said = c.said()
	}()
	for range 5 { // what is made once, at the first client, is no leak
		if err := s.good(c.addr); err != nil {
			r.fail("before anything else, a good client: %v", err)
			return r
		}
	}
	settle(ctx, c, o, 0, 0, 2*time.Second)
	r.files[0] = c.files()
	r.goroutines[0], _ = c.goroutines()

	end, cancel := context.WithTimeout(ctx, o.length)
	defer cancel()
	var group sync.WaitGroup
	var clients, answered atomic.Int64
	for i := range o.clients {
		group.Go(func() { newClient(s, c.addr, o.seed, i).churn(end, &clients, &answered) })
	}
	memory := watch(end, c)
	group.Wait()
	r.clients, r.answered = clients.Load(), answered.Load()
	quarter := len(memory) / 4
	if quarter > 0 {
		r.first, r.last = median(memory[:quarter]), median(memory[3*quarter:])
	}
	if ctx.Err() != nil {
		return r
	}
	select {
	case err := <-c.ended:
		r.fail("it ended by itself: %v", err)
		return r
	default:
	}
	more := float64(moreMiB)
	if o.length < time.Minute {
		more += moreMiBAtFirst
	}
	if r.last > r.first*moreMemory+more {
		r.fail("its memory grows: %.1f MiB in the first quarter, %.1f in the last", r.first, r.last)
	}
	if r.answered == 0 {
		r.fail("no good client was answered among the bad ones")
	}
	r.files[1], r.goroutines[1] = settle(ctx, c, o, r.files[0]+moreFiles, r.goroutines[0]+moreGoroutines, calm)
	if r.files[1] > r.files[0]+moreFiles {
		r.fail("it keeps descriptors: %d at the start, %d when all clients have gone", r.files[0], r.files[1])
	}
	if r.goroutines[1] > r.goroutines[0]+moreGoroutines {
		r.fail("it keeps goroutines: %d at the start, %d when all clients have gone", r.goroutines[0], r.goroutines[1])
	}
	if err := s.good(c.addr); err != nil {
		r.fail("when all have gone, a good client: %v", err)
	}
	for _, nc := range crowd(s, c.addr) {
		defer nc.Close()
	}
	if r.ended, err = c.terminate(grace); err != nil {
		r.fail("%v", err)
	}
	return r
}

// settle waits until the process has no more than so many descriptors and
// goroutines, or for the limit, and returns how many it has. It looks at traces
// that were begun after it was called.
func settle(ctx context.Context, c *child, o options, files, goroutines int, limit time.Duration) (f, g int) {
	_, before := c.goroutines()
	for began := time.Now(); ctx.Err() == nil; {
		time.Sleep(200 * time.Millisecond)
		f = c.files()
		n, traces := c.goroutines()
		g = n
		fresh := traces > before+1
		if fresh && (f <= files && g <= goroutines || time.Since(began) > limit) || time.Since(began) > limit+3*trace(o) {
			return f, g
		}
	}
	return f, g
}

// watch samples the memory of the process until ctx ends.
func watch(ctx context.Context, c *child) (memory []float64) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return memory
		case <-tick.C:
			memory = append(memory, c.resident())
		}
	}
}

func median(values []float64) float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values[len(values)/2]
}

// crowd is there when SIGTERM comes: clients that say nothing, that have said
// half of what they want, and that never read what they asked for.
func crowd(s server, addr string) (conns []net.Conn) {
	for i := range 8 {
		nc, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			continue
		}
		conns = append(conns, nc)
		nc.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		switch i % 4 {
		case 1:
			b := s.request(1)
			nc.Write(b[:len(b)/2])
		case 2:
			nc.Write(s.request(2000))
		case 3:
			nc.Write(s.request(1))
		}
	}
	return conns
}
