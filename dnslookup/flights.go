package dnslookup

import (
	"context"
	"errors"
	"sync"
)

// flights are the queries of a Resolver that wait for their replies. Look-ups
// that run at the same time share equal ones: each query more would be one more
// chance for a forged reply to guess its ID (RFC 5452 5).
type flights struct {
	mu  sync.Mutex
	out map[flightKey]*flight
}

// A flightKey is what makes two queries equal.
type flightKey struct {
	server                         Server
	transport                      Transport
	question                       Question
	edns, dnssec, recurse, mixCase bool
}

// A flight is one query.
type flight struct {
	landed chan struct{} // closed when the rest is set
	reply  *reply
	err    error
}

// share sends a query by means of send, unless an equal one is under way: then
// it waits for that one's reply.
func (f *flights) share(ctx context.Context, key flightKey, send func() (*reply, error)) (*reply, error) {
	for {
		f.mu.Lock()
		other := f.out[key]
		if other == nil {
			if f.out == nil {
				f.out = map[flightKey]*flight{}
			}
			own := &flight{landed: make(chan struct{})}
			f.out[key] = own
			f.mu.Unlock()
			own.reply, own.err = send()
			f.mu.Lock()
			delete(f.out, key)
			f.mu.Unlock()
			close(own.landed)
			return own.reply, own.err
		}
		f.mu.Unlock()
		select {
		case <-other.landed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !errors.Is(other.err, context.Canceled) && !errors.Is(other.err, context.DeadlineExceeded) {
			return other.reply, other.err
		}
		// The look-up that sent it was given up; this one was not.
	}
}
