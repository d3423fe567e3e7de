package dnslookup

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// jobs are the look-ups that a Recursor is working on. Equal questions share one:
// two hundred queries upstream for one name would be two hundred chances to guess
// an ID (RFC 5452 5). Each client may have a quarter of the places. If there is no
// place left, the oldest look-up of the client with the most is given up, so that
// servers that do not answer cannot hold all places.
type jobs struct {
	mu      sync.Mutex
	running map[jobKey]*job
	places  map[share]int // running, counted by client
	waiting map[share]int // queries that wait, counted by client
	all     int           // queries that wait, of all clients
	failed  map[jobKey]failure
}

// A failure is remembered for a moment, that of verifying too: a broken zone
// must not cost dozens of queries at every turn (RFC 9520).
type failure struct {
	err   error
	until time.Time // by the Resolver's clock
}

type jobKey struct {
	Question
	verify bool
}

// A job is one look-up, with the queries that wait for it.
type job struct {
	key     jobKey
	of      share // the client that asked first, whose place it takes
	began   time.Time
	waiting int
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when the rest is set
	hops    []*hop
	err     error
	queries int
	now     time.Time
}

// Limits of jobs.
const (
	maxWaiting = 4096                   // queries that wait for look-ups
	minTime    = 200 * time.Millisecond // that a look-up runs before it may be given up
	fair       = 4                      // a client may have a quarter of everything
	maxFailed  = 1000                   // failures that are remembered
)

var (
	errBusy    = errors.New("there are too many look-ups at once")
	errGaveWay = errors.New("there are too many look-ups at once, and this one was the oldest")
)

// A share is what counts as one client: an IPv4 address, or the first 64 bits of
// an IPv6 address, since one host may have all addresses that begin with those.
type share netip.Prefix

func shareOf(client netip.AddrPort) share {
	addr := client.Addr().Unmap().WithZone("")
	if addr.Is6() {
		p, _ := addr.Prefix(64)
		return share(p)
	}
	return share(netip.PrefixFrom(addr, 32))
}

// find has the question of a query looked up, and waits for that: until ctx
// ends.
func (s *Recursor) find(ctx context.Context, in *inquiry) {
	if j, err := s.join(in); err == nil {
		s.wait(ctx, in, j)
	}
}

// wait waits for a job that the query has joined.
func (s *Recursor) wait(ctx context.Context, in *inquiry, j *job) {
	defer s.leave(in, j)
	select {
	case <-j.done:
		if in.From == FromServers {
			in.Queries = j.queries
		}
		in.settle(j.hops, j.err, j.now)
	case <-ctx.Done():
		in.fail(ctx.Err())
	}
}

// fail finishes a reply with a failure.
func (in *inquiry) fail(err error) {
	in.Err, in.done, in.m.Rcode = err, true, dns.RcodeServerFailure
}

// join finds the job of a query, or starts it. If there is no place for it,
// the reply is finished: SERVFAIL, or over UDP none.
func (s *Recursor) join(in *inquiry) (*job, error) {
	js, of, key := &s.jobs, shareOf(in.Client), jobKey{in.Question, s.verifies(in)}
	js.mu.Lock()
	defer js.mu.Unlock()
	if js.running == nil {
		js.running, js.places, js.waiting, js.failed = map[jobKey]*job{}, map[share]int{}, map[share]int{}, map[jobKey]failure{}
	}
	j := js.running[key]
	full := js.all >= maxWaiting || js.waiting[of] >= maxWaiting/fair
	if full || j == nil && !js.room(of, orDefault(s.MaxLookups, defaultLookups)) {
		in.Dropped = in.Transport == UDP // the client will ask again
		in.fail(errBusy)
		return nil, errBusy
	}
	in.From = FromMerged
	if j == nil {
		in.From = FromServers
		j = &job{key: key, of: of, began: time.Now(), done: make(chan struct{})}
		js.running[key] = j
		js.places[of]++
		s.run(j)
	}
	j.waiting++
	js.all++
	js.waiting[of]++
	return j, nil
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// room makes room for one more job, if the oldest has had its time.
func (js *jobs) room(of share, most int) bool {
	of, full := noPlace(js.places, of, len(js.running), most)
	if !full {
		return true
	}
	var oldest *job
	for _, j := range js.running {
		if j.of == of && (oldest == nil || j.began.Before(oldest.began)) {
			oldest = j
		}
	}
	if oldest == nil || time.Since(oldest.began) < minTime {
		return false
	}
	oldest.cancel(errGaveWay)
	js.remove(oldest)
	return true
}

// noPlace reports whether there is no place for one more of a share, and whose
// places are to be made free: the share's own if it has its part, else those of
// the share that has the most.
func noPlace(places map[share]int, of share, all, most int) (share, bool) {
	if places[of] >= max(1, most/fair) {
		return of, true
	}
	if all < most {
		return of, false
	}
	for other, n := range places {
		if n > places[of] {
			of = other
		}
	}
	return of, true
}

func (js *jobs) remove(j *job) {
	if js.running[j.key] != j {
		return
	}
	delete(js.running, j.key)
	less(js.places, j.of)
}

func less(n map[share]int, of share) {
	if n[of]--; n[of] == 0 {
		delete(n, of)
	}
}

// run starts the look-up of a job. It has a deadline of its own: the client
// that asked first may leave, and others may wait.
func (s *Recursor) run(j *job) {
	ctx, cancel := context.WithCancelCause(context.Background())
	j.cancel = cancel
	go func() {
		defer cancel(nil)
		within, stop := s.Resolver.within(ctx, answerTime)
		defer stop()
		l := s.Resolver.lookup(within)
		j.hops, j.err = l.follow(j.key.Question, 0, "", j.key.verify)
		if cause := context.Cause(ctx); cause != nil && j.err != nil {
			j.err = cause
		}
		j.queries, j.now = s.Resolver.maxQueries()-max(0, l.left), l.now()
		s.jobs.end(j)
		close(j.done)
	}()
}

// end takes a job that is done off the list, and remembers if it failed.
// One that was given up says nothing about its name.
func (js *jobs) end(j *job) {
	js.mu.Lock()
	defer js.mu.Unlock()
	js.remove(j)
	if j.err == nil || errors.Is(j.err, ErrNXDomain) || errors.Is(j.err, ErrNoData) || errors.Is(j.err, errGaveWay) || errors.Is(j.err, context.Canceled) {
		return
	}
	if len(js.failed) >= maxFailed {
		clear(js.failed)
	}
	js.failed[j.key] = failure{j.err, j.now.Add(failureTTL)}
}

// failure returns why a question could not be answered a moment ago, or nil.
func (js *jobs) failure(key jobKey, now time.Time) error {
	js.mu.Lock()
	defer js.mu.Unlock()
	f, ok := js.failed[key]
	if !ok {
		return nil
	}
	if !now.Before(f.until) {
		delete(js.failed, key)
		return nil
	}
	return f.err
}

// leave ends a query's wait for a job, and the job if it was the last.
func (s *Recursor) leave(in *inquiry, j *job) {
	js := &s.jobs
	js.mu.Lock()
	defer js.mu.Unlock()
	j.waiting--
	js.all--
	less(js.waiting, shareOf(in.Client))
	if j.waiting == 0 {
		j.cancel(context.Canceled)
		js.remove(j)
	}
}
