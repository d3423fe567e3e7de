package tcpecho_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/internal/faketime"
	"onwire/tcpecho"

	"pgregory.net/rapid"
)

// dialer returns a Dial for a LoadConfig.
func dialer(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
}

// pipe returns a Dial that gives one connection.
func pipe(c net.Conn) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) { return c, nil }
}

func TestLoad(t *testing.T) {
	addr := start(t, new(tcpecho.Server))
	for _, mode := range []tcpecho.Mode{tcpecho.Ping, tcpecho.Stream} {
		for _, size := range []int{1, 64, 200_000} {
			progress := &tcpecho.Progress{}
			r, err := tcpecho.Load(t.Context(), tcpecho.LoadConfig{
				Dial: dialer(addr), Conns: 3, Size: size, Duration: 50 * time.Millisecond, Mode: mode, Progress: progress,
			})
			if err != nil || r.Err != nil || r.Errors != 0 || r.Requests == 0 || r.Bytes != r.Requests*int64(size) {
				t.Errorf("%s of %d bytes: %v, %+v", mode, size, err, r.Err)
			}
			if r.Latency.Count() != r.Requests || progress.Requests.Load() != r.Requests || r.RPS() <= 0 {
				t.Errorf("%s of %d bytes: %d requests, %d in the histogram, %d in the progress", mode, size, r.Requests, r.Latency.Count(), progress.Requests.Load())
			}
		}
	}
}

// TestLoadIsLate: where the time is over before the first message could be
// sent, that one is sent all the same. Of a schedule only what is due counts.
func TestLoadIsLate(t *testing.T) {
	addr := start(t, new(tcpecho.Server))
	for _, mode := range []tcpecho.Mode{tcpecho.Ping, tcpecho.Stream} {
		for rate, want := range map[float64]int64{0: 3, 1000: 1} {
			r, err := tcpecho.Load(t.Context(), tcpecho.LoadConfig{Dial: dialer(addr), Conns: 3, Duration: time.Nanosecond, Rate: rate, Mode: mode})
			if err != nil || r.Errors != 0 || r.Requests < want {
				t.Errorf("%s at rate %v: %d messages, want %d at least; %v, %v", mode, rate, r.Requests, want, err, r.Err)
			}
		}
	}
}

// TestCoordinatedOmission: the server pauses once, for as long as ten messages
// take. They all waited, and the latency says so; the service time, counted
// from when each was sent, knows of one.
func TestCoordinatedOmission(t *testing.T) {
	const (
		every = 10 * time.Millisecond // between two messages, by the load's clock
		pause = 100 * time.Millisecond
	)
	clock := faketime.New()
	a, b := net.Pipe()
	defer b.Close()
	var group sync.WaitGroup
	group.Go(func() { // an echo server in whose time nothing passes but one pause
		buf := make([]byte, 64)
		for n := 0; ; n++ {
			if _, err := io.ReadFull(b, buf); err != nil {
				return
			}
			if n == 5 {
				clock.Advance(pause)
			}
			if _, err := b.Write(buf); err != nil {
				return
			}
		}
	})
	stop := make(chan struct{})
	group.Go(func() { // moves the clock whenever the load waits for it
		for {
			select {
			case d := <-clock.Armed:
				if d <= every {
					clock.Advance(d)
				}
			case <-stop:
				return
			}
		}
	})
	r, err := tcpecho.Load(t.Context(), tcpecho.LoadConfig{
		Dial:  pipe(a),
		Conns: 1, Rate: float64(time.Second / every), Duration: 300 * time.Millisecond, Clock: clock,
	})
	close(stop)
	group.Wait()
	if err != nil || r.Errors != 0 || r.Requests != 30 {
		t.Fatalf("%d requests, %v, %v", r.Requests, err, r.Err)
	}
	// Due at 50 ms and answered at 150: 100 ms late; the next ones 90, 80, ...
	const sum = (100 + 90 + 80 + 70 + 60 + 50 + 40 + 30 + 20 + 10) * time.Millisecond
	if got := r.Latency.Mean(); got != sum/30 {
		t.Errorf("the mean latency is %v, want %v", got, sum/30)
	}
	if got := r.Service.Mean(); r.Service.Max() != pause || got != pause/30 {
		t.Errorf("the mean service time is %v, the worst %v; want %v and %v", got, r.Service.Max(), pause/30, pause)
	}
	if p := r.Latency.Percentile(90); p < 60*time.Millisecond {
		t.Errorf("90 %%: %v, though a third waited", p)
	}
}

func TestLoadFails(t *testing.T) {
	dials := 0
	refuse := func(context.Context) (net.Conn, error) {
		dials++
		return nil, errors.New("nobody listens")
	}
	r, err := tcpecho.Load(t.Context(), tcpecho.LoadConfig{Dial: func(ctx context.Context) (net.Conn, error) { return refuse(ctx) }, Conns: 1})
	if err == nil || r.Requests != 0 || dials != 1 {
		t.Errorf("Load = %+v, %v after %d dials", r.Errors, err, dials)
	}
	for _, cfg := range []tcpecho.LoadConfig{
		{},
		{Dial: refuse, Conns: -1},
		{Dial: refuse, Size: -1},
		{Dial: refuse, Size: tcpecho.MaxSize + 1},
		{Dial: refuse, Rate: -1},
		{Dial: refuse, Rate: math.NaN()},
		{Dial: refuse, Rate: math.Inf(1)},
		{Dial: refuse, Rate: 1e-9}, // its messages would be due after the end of all time
		{Dial: refuse, Duration: -1},
		{Dial: refuse, Mode: "fast"},
	} {
		if _, err := tcpecho.Load(t.Context(), cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
	// A server that resets every connection: errors are counted, and told.
	l := listen(t)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	r, err = tcpecho.Load(t.Context(), tcpecho.LoadConfig{Dial: dialer(l.Addr().String()), Conns: 4, Duration: time.Minute})
	if err != nil || r.Errors != 4 || r.Err == nil {
		t.Errorf("%d errors, the first %v, %v", r.Errors, r.Err, err)
	}
}

// TestLoadEndsWithItsContext: an interrupt ends it with the report up to then.
func TestLoadEndsWithItsContext(t *testing.T) {
	addr := start(t, new(tcpecho.Server))
	for _, mode := range []tcpecho.Mode{tcpecho.Ping, tcpecho.Stream} {
		ctx, cancel := context.WithCancel(t.Context())
		progress := &tcpecho.Progress{}
		go func() {
			for progress.Requests.Load() < 10 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		r, err := tcpecho.Load(ctx, tcpecho.LoadConfig{Dial: dialer(addr), Conns: 2, Duration: time.Hour, Mode: mode, Progress: progress})
		if err != nil || r.Requests < 10 || r.Errors != 0 {
			t.Errorf("%s: %d requests, %d errors, %v, %v", mode, r.Requests, r.Errors, r.Err, err)
		}
		cancel()
	}
}

// TestHistogram compares percentiles with those of the sorted durations.
func TestHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Hour)), 1, 200).Draw(t, "ns")
		var h, other tcpecho.Histogram
		var sum time.Duration
		for i, v := range values {
			if sum += time.Duration(v); i%2 == 0 {
				h.Add(time.Duration(v))
			} else {
				other.Add(time.Duration(v))
			}
		}
		h.Merge(&other)
		sort.Slice(values, func(i, j int) bool { return values[i] < values[j] })
		if h.Count() != int64(len(values)) || int64(h.Min()) != values[0] || int64(h.Max()) != values[len(values)-1] || h.Mean() != sum/time.Duration(len(values)) {
			t.Fatalf("count %d, min %v, max %v, mean %v of %v", h.Count(), h.Min(), h.Max(), h.Mean(), values)
		}
		p := rapid.Float64Range(0, 100).Draw(t, "percent")
		rank := min(max(int(math.Ceil(p/100*float64(len(values)))), 1), len(values))
		exact := values[rank-1]
		if got := int64(h.Percentile(p)); got < exact || float64(got) > float64(exact)*(1+1.0/32)+1 {
			t.Fatalf("%v %%: %d, exact is %d", p, got, exact)
		}
		var shown int64
		for i, bar := range h.Bars() {
			shown += bar.Count
			if i > 0 && bar.From <= 0 || bar.To <= bar.From {
				t.Fatalf("bar %+v", bar)
			}
		}
		if shown != h.Count() {
			t.Fatalf("the bars hold %d of %d", shown, h.Count())
		}
	})
	var empty tcpecho.Histogram
	if empty.Percentile(50) != 0 || empty.Mean() != 0 || len(empty.Bars()) != 0 {
		t.Error("an empty histogram says something")
	}
	var bars []string
	for _, us := range []float64{1.5, 3, 7, 30, 400} {
		empty.Add(time.Duration(us * float64(time.Microsecond)))
	}
	for _, b := range empty.Bars() {
		bars = append(bars, b.To.String())
	}
	if got := strings.Join(bars, " "); got != "2µs 5µs 10µs 20µs 50µs 100µs 200µs 500µs" {
		t.Errorf("borders %s", got)
	}
}
