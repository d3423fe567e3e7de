package dnslookup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A lookup is the state of one call of a Resolver.
type lookup struct {
	r          *Resolver
	ctx        context.Context
	start      time.Time
	cache      *Cache
	local      map[Question]*hop       // what this look-up has learned, even with a TTL of 0
	plain      map[netip.AddrPort]bool // servers that do not know EDNS
	busy       map[Question]bool       // what is being looked for, to see circles
	budget     int                     // queries that may be sent in all
	left       int                     // and those that still may
	memory     bool                    // only what is known and verified counts
	sigs       int                     // signatures that may still be verified
	least      reach                   // of the root's servers; nowhere until it is needed
	tooNear    map[zoneServer]bool     // servers that were out of reach
	distrusted map[zoneServer]bool     // servers that are not asked again
	stale      map[zoneServer]bool     // servers whose word in the cache was bogus
	second     int                     // how often another server was asked for that
	blame      *hop                    // what the last verdict, bogus, is about
	ids        uint16                  // the last ID, with Repeat
	trust      []Link                  // the chain of trust, as far as it was looked at
	referral   []Record                // the servers that were named instead of an answer
	referrer   Step                    // and the server that named them
	partial    []*hop                  // aliases in a reply that says it found nothing at their end
	cookies    map[netip.AddrPort][]byte
	tooLarge   bool // a reply did not fit into a datagram
}

// Limits of one look-up, beside Resolver.MaxQueries.
const (
	maxAliases  = 16               // in a row
	maxVerified = 100              // that are verified
	walkTime    = 30 * time.Second // from the root, with all that it needs
)

func (r *Resolver) lookup(ctx context.Context) *lookup {
	l := &lookup{
		r: r, ctx: ctx, start: r.now(), cache: r.Cache,
		local: map[Question]*hop{}, plain: map[netip.AddrPort]bool{}, busy: map[Question]bool{}, tooNear: map[zoneServer]bool{}, distrusted: map[zoneServer]bool{}, stale: map[zoneServer]bool{},
		budget: r.maxQueries(), left: r.maxQueries(), sigs: maxVerified,
	}
	if l.cache == nil {
		l.cache = NewCache(10_000)
	}
	return l
}

func (l *lookup) now() time.Time { return l.r.now() }

// tell completes a step and gives it to Trace.
func (l *lookup) tell(s Step, outcome Outcome, format string, args ...any) {
	s.Outcome, s.Note = outcome, fmt.Sprintf(format, args...)
	l.r.tell(s)
}

// Lookup finds the records of the given types of a name; without a type, its
// addresses (A and AAAA). The name may be international, and may be short:
// then the search list is tried. The Result is never nil: with an error too, it
// has the aliases that were found. If one type has an answer and another fails,
// there is no error, and Result.Failed has that of the other. The error is a
// *NameError, or an *Error that wraps one of the Err variables; a name that
// does not exist is ErrNXDomain, a type that it does not have ErrNoData.
func (r *Resolver) Lookup(ctx context.Context, name string, types ...Type) (*Result, error) {
	if len(types) == 0 {
		types = []Type{TypeAAAA, TypeA}
		if r.Options.NoAAAA {
			types = []Type{TypeA}
		}
	}
	absolute, err := ParseName(name)
	if err != nil {
		return &Result{Name: name, Types: types}, err
	}
	candidates := []string{absolute}
	if !rooted(name) {
		candidates = r.candidates(absolute)
	}
	var searched []string
	var result *Result
	var first, failed *Result
	var firstErr, failedErr error
	for i, candidate := range candidates {
		result, err = r.lookupOne(ctx, candidate, types)
		result.Searched = searched
		wrongWay := errors.Is(err, ErrNotDNS) && candidate != absolute // a suffix of the search list is not DNS's
		switch {
		case servFail(err) && i+1 < len(candidates): // the next suffix may do, as in the C library
			if failed == nil {
				failed, failedErr = result, err
			}
			continue
		case err == nil || !errors.Is(err, ErrNXDomain) && !errors.Is(err, ErrNoData) && !wrongWay:
			return result, err
		}
		if first == nil || candidate == absolute { // what the person meant matters most
			first, firstErr = result, err
		}
		searched = append(searched, candidate)
	}
	if failed != nil { // the name may exist there
		return failed, failedErr
	}
	first.Searched = slices.DeleteFunc(slices.Clone(searched), func(s string) bool { return s == first.Name })
	return first, firstErr
}

func servFail(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Rcode == ServFail
}

// candidates returns the names to try for one that a person typed, in order
// (resolv.conf(5), RFC 1535).
func (r *Resolver) candidates(name string) []string {
	if name == "." || len(r.Search) == 0 || isSpecial(name) {
		return []string{name}
	}
	var longer []string
	for _, suffix := range r.Search {
		if n, err := ParseName(trimDot(name) + "." + strings.TrimPrefix(suffix, ".")); err == nil && n != name {
			longer = append(longer, n)
		}
	}
	ndots := r.Ndots
	if ndots == 0 {
		ndots = 1
	}
	switch {
	case dns.CountLabel(name)-1 >= ndots:
		return append([]string{name}, longer...)
	case r.Options.NoTLDQuery && dns.CountLabel(name) == 1 && len(longer) > 0:
		return longer
	}
	return append(longer, name)
}

// lookupOne looks one full name up.
func (r *Resolver) lookupOne(ctx context.Context, name string, types []Type) (*Result, error) {
	if r.Mode == Iterative {
		within, cancel := r.within(ctx, walkTime)
		defer cancel()
		ctx = within
	}
	l := r.lookup(ctx)
	result := &Result{Name: name, Types: types}
	if done, err := l.locally(result); done {
		return result, err
	}
	return result, l.merge(result, l.askAll(name, types))
}

// resolve follows aliases from hop to hop until there is an answer, and
// verifies each where that was asked for.
func (l *lookup) resolve(q Question, depth int, reason string) ([]*hop, error) {
	return l.follow(q, depth, reason, l.r.DNSSEC)
}

func (l *lookup) follow(q Question, depth int, reason string, verify bool) ([]*hop, error) {
	var hops []*hop
	seen := map[string]bool{}
	for {
		if seen[q.Name] {
			names := make([]string, 0, len(hops)+1)
			for _, h := range hops {
				names = append(names, trimDot(h.question.Name))
			}
			return hops, &Error{Question: hops[0].question, Kind: ErrLoop, Detail: "CNAME loop: " + strings.Join(append(names, trimDot(q.Name)), " -> ")}
		}
		if len(hops) > maxAliases {
			return hops, &Error{Question: hops[0].question, Kind: ErrAliases, Detail: fmt.Sprintf("more than %d; the last one leads to %s", maxAliases, trimDot(q.Name))}
		}
		seen[q.Name] = true
		h, err := l.hop(q, depth, reason)
		if err != nil {
			if n := len(l.partial); n > 0 && l.partial[0].question == q {
				hops, err = append(hops, l.partial...), about(err, Question{l.partial[n-1].target, q.Type})
			}
			return hops, err
		}
		if verify {
			if h, err = l.genuine(h, depth, reason); err != nil {
				return hops, err
			}
		}
		hops = append(hops, h)
		switch {
		case h.target != "":
			q.Name = h.target
		case h.rcode == NXDomain:
			return hops, &Error{Question: q, Kind: ErrNXDomain, Rcode: NXDomain}
		case h.rcode != NoError:
			return hops, &Error{Question: q, Kind: ErrServer, Rcode: h.rcode, Detail: h.rcode.String() + ": " + h.rcode.Words()}
		case h.negative():
			return hops, &Error{Question: q, Kind: ErrNoData}
		default:
			return hops, nil
		}
	}
}

// about returns an error with another question: the one that had no answer.
func about(err error, q Question) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	other := *e
	other.Question = q
	return &other
}

// hop finds out about one name and type: from what this look-up has learned,
// from the cache, or from servers.
func (l *lookup) hop(q Question, depth int, reason string) (*hop, error) {
	if h := l.known(q); h != nil {
		if h.failed != nil {
			return nil, h.failed
		}
		if h.cached {
			l.tellCached(h, depth, reason)
		}
		return h, nil
	}
	if l.memory {
		return nil, errUnknown
	}
	if l.busy[q] {
		return nil, &Error{Question: q, Kind: ErrLoop, Detail: "to find it, it would have to be known already"}
	}
	if depth > 12 {
		return nil, &Error{Question: q, Kind: ErrBudget, Detail: "one look-up needs another, too deep"}
	}
	l.busy[q] = true
	defer delete(l.busy, q)
	ask := l.askRecursor
	if l.r.Mode == Iterative {
		ask = l.iterate
	}
	hops, err := ask(q, depth, reason)
	if err != nil {
		// No server could say. That too is remembered for a moment, so that a
		// broken zone is not asked for at every turn (RFC 9520). A circle, a
		// spent budget or an interrupt say nothing about the zone.
		if errors.Is(err, ErrLame) || errors.Is(err, ErrServer) || errors.Is(err, ErrTimeout) {
			l.cache.put(&hop{question: q, failed: err}, l.now())
		}
		return nil, err
	}
	for _, h := range hops {
		l.learn(h)
	}
	return hops[0], nil
}

// known returns what this look-up, or the cache, has about a question.
func (l *lookup) known(q Question) *hop {
	if h := l.local[q]; h != nil {
		return h
	}
	if l.r.NoRecurse {
		return nil
	}
	return l.cache.get(q, l.now())
}

func (l *lookup) learn(h *hop) {
	l.local[h.question] = h
	if !l.r.NoRecurse {
		l.cache.put(h, l.now())
	}
}

// tellCached puts a step into the trace for what nobody had to be asked.
func (l *lookup) tellCached(h *hop, depth int, reason string) {
	s := Step{Depth: depth, Start: l.now().Sub(l.start), Zone: h.zone, Question: h.question, For: reason, Rcode: h.rcode, Next: h.target}
	left := h.expires.Sub(l.now())
	what := string(Answered)
	switch {
	case h.target != "":
		what = string(Alias)
	case h.covering != "":
		what = fmt.Sprintf("%s: %s does not exist, so nothing below it does (RFC 8020)", NoSuch, trimDot(h.covering))
	case h.rcode == NXDomain:
		what = string(NoSuch)
	case h.negative():
		what = string(NoData)
	}
	l.tell(s, FromCache, "%s, for another %s", what, Duration(left))
}
