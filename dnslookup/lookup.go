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
	r        *Resolver
	ctx      context.Context
	start    time.Time
	cache    *Cache
	local    map[Question]*hop       // what this look-up has learned, even with a TTL of 0
	plain    map[netip.AddrPort]bool // servers that do not know EDNS
	busy     map[Question]bool       // what is being looked for, to see circles
	left     int                     // queries that may still be sent
	sigs     int                     // signatures that may still be verified
	ids      uint16                  // the last ID, with Repeat
	trust    []Link                  // the chain of trust, as far as it was looked at
	referral []Record                // without recursion: the servers that were named instead
	referrer Step                    // and the server that named them
	tooLarge bool                    // a reply did not fit into a datagram
}

// maxAliases bounds a chain of aliases.
const maxAliases = 16

func (r *Resolver) lookup(ctx context.Context) *lookup {
	l := &lookup{
		r: r, ctx: ctx, start: r.now(), cache: r.Cache,
		local: map[Question]*hop{}, plain: map[netip.AddrPort]bool{}, busy: map[Question]bool{},
		left: r.maxQueries(), sigs: 100,
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
// then the search list is tried. The Result is never nil. The error is a
// *NameError, or an *Error that wraps one of the Err variables; a name that
// does not exist is ErrNXDomain, a type that it does not have ErrNoData.
func (r *Resolver) Lookup(ctx context.Context, name string, types ...Type) (*Result, error) {
	if len(types) == 0 {
		types = []Type{TypeAAAA, TypeA}
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
	var first *Result
	var firstErr error
	for _, candidate := range candidates {
		result, err = r.lookupOne(ctx, candidate, types)
		result.Searched = searched
		if err == nil || !errors.Is(err, ErrNXDomain) && !errors.Is(err, ErrNoData) {
			return result, err
		}
		if first == nil || candidate == absolute { // what the person meant matters most
			first, firstErr = result, err
		}
		searched = append(searched, candidate)
	}
	first.Searched = slices.DeleteFunc(slices.Clone(searched), func(s string) bool { return s == first.Name })
	return first, firstErr
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
	if dns.CountLabel(name)-1 >= ndots {
		return append([]string{name}, longer...)
	}
	return append(longer, name)
}

// lookupOne looks one full name up.
func (r *Resolver) lookupOne(ctx context.Context, name string, types []Type) (*Result, error) {
	l := r.lookup(ctx)
	result := &Result{Name: name, Types: types}
	defer func() {
		result.Elapsed, result.Queries = l.now().Sub(l.start), r.maxQueries()-max(0, l.left)
		result.Trust = l.trust
	}()
	if done, err := l.locally(result); done {
		return result, err
	}
	var hops []*hop
	var failure error
	answered := false
	for _, t := range types {
		found, err := l.resolve(Question{name, t}, 0, "")
		hops = append(hops, found...)
		if err != nil {
			if failure == nil || errors.Is(failure, ErrNoData) {
				failure = err
			}
			if errors.Is(err, ErrNoData) {
				continue // the name exists, perhaps with the next type
			}
			break
		}
		answered = true
	}
	result.take(hops, l)
	if answered && errors.Is(failure, ErrNoData) {
		failure, result.Negative = nil, nil
	}
	if l.referral != nil {
		result.Referral, result.Server, result.Via = l.referral, l.referrer.Server, l.referrer.Transport
	}
	result.TooLarge = l.tooLarge
	if failure != nil && !errors.Is(failure, ErrNoData) && !errors.Is(failure, ErrNXDomain) {
		result.Records, result.Addrs, result.Negative, result.Security = nil, nil, nil, Unchecked // a half answer is none
		if errors.Is(failure, ErrBogus) {
			result.Security = Bogus
		}
		var e *Error
		if errors.As(failure, &e) {
			result.Rcode = e.Rcode
		}
		return result, failure
	}
	result.Addrs = r.order(result.Records)
	return result, failure
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
			return hops, &Error{Question: hops[0].question, Kind: ErrLoop, Detail: fmt.Sprintf("more than %d aliases in a row", maxAliases)}
		}
		seen[q.Name] = true
		h, err := l.hop(q, depth, reason)
		if err != nil {
			return hops, err
		}
		if verify {
			if err := l.validate(h, depth); err != nil {
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
		// Nobody could tell. That too is remembered for a moment, so that a
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
