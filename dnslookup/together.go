package dnslookup

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// A finding is what one of the types led to that a name is asked for.
type finding struct {
	l    *lookup
	hops []*hop
	err  error
	took time.Duration
}

// askAll asks for all types of a name. A recursor is asked for them at the same
// time (RFC 8305 3), each with a look-up of its own: a server that is slow with
// one of them delays no other. A walk, and a look-up that verifies, ask for one
// after the other, since each goes on with what the one before has learned.
func (l *lookup) askAll(name string, types []Type) []finding {
	findings := make([]finding, len(types))
	if len(types) == 1 || l.r.Mode == Iterative || l.r.DNSSEC {
		for i, t := range types {
			findings[i] = l.ask(Question{name, t})
			if errors.Is(findings[i].err, ErrNXDomain) && len(findings[i].hops) > 0 {
				return findings[:i+1] // that holds for every type
			}
		}
		return findings
	}
	var work sync.WaitGroup
	for i, t := range types {
		fork := l.r.lookup(l.ctx)
		fork.budget = max(1, fork.budget/len(types))
		fork.left = fork.budget
		ask := func() { findings[i] = fork.ask(Question{name, t}) }
		switch {
		case l.r.Repeat: // in turn, so that it repeats; the clock of each begins with it
			fork.ids = l.ids
			ask()
			l.ids = fork.ids
		case l.r.Options.SingleRequest:
			ask()
		default:
			work.Go(ask)
		}
	}
	work.Wait()
	return findings
}

func (l *lookup) ask(q Question) finding {
	l.referral, l.partial = nil, nil
	hops, err := l.resolve(q, 0, "")
	return finding{l, hops, err, l.now().Sub(l.start)}
}

// merge makes one result of the findings. If one of them has an answer, those that
// failed do not spoil it (RFC 4074 4): they are in Result.Failed.
func (l *lookup) merge(res *Result, findings []finding) error {
	var hops []*hop
	var answered bool
	var absent, missing, broken []finding // no such name; no such type; no answer
	counted := map[*lookup]bool{}
	for _, p := range findings {
		hops = append(hops, p.hops...)
		switch {
		case p.err == nil:
			answered = true
		case errors.Is(p.err, ErrNXDomain):
			absent = append(absent, p)
		case errors.Is(p.err, ErrNoData):
			missing = append(missing, p)
		default:
			broken = append(broken, p)
		}
		if !counted[p.l] {
			counted[p.l] = true
			res.Queries += p.l.budget - max(0, p.l.left)
		}
		res.Elapsed = max(res.Elapsed, p.took)
		res.TooLarge = res.TooLarge || p.l.tooLarge
	}
	res.take(hops, l)
	res.Trust = findings[0].l.trust
	bogus := slices.IndexFunc(broken, func(p finding) bool { return l.r.DNSSEC && errors.Is(p.err, ErrBogus) })
	switch {
	case bogus >= 0: // we have seen it ourselves
		return l.fail(res, broken[bogus])
	case answered:
		res.failed(absent, broken)
		res.Rcode, res.Negative = NoError, nil
	case len(missing) > 0 && len(absent) > 0: // one says that the name exists
		res.failed(absent, broken)
		res.Rcode = NoError
		return missing[0].err
	case len(absent) > 0:
		res.failed(nil, broken)
		res.Rcode = NXDomain
		res.Addrs = l.r.order(res.Records)
		return absent[0].err
	case len(broken) > 0:
		// The one that says most comes first: aliases, or other servers.
		first := max(0, slices.IndexFunc(broken, func(f finding) bool { return len(f.hops) > 0 || len(f.l.referral) > 0 }))
		main := broken[first]
		res.failed(nil, slices.DeleteFunc(broken, func(f finding) bool { return alike(f.err, main.err) }))
		return l.fail(res, main)
	default:
		return missing[0].err
	}
	res.Addrs = l.r.order(res.Records)
	return nil
}

// alike reports whether two questions failed in the same way: to say it once is
// enough.
func alike(a, b error) bool {
	var x, y *Error
	return errors.As(a, &x) && errors.As(b, &y) && x.Kind == y.Kind && x.Rcode == y.Rcode
}

// failed keeps the errors of findings.
func (res *Result) failed(lists ...[]finding) {
	for _, list := range lists {
		for _, p := range list {
			var e *Error
			if errors.As(p.err, &e) {
				res.Failed = append(res.Failed, e)
			}
		}
	}
}

// fail fills in a result that has no answer: the aliases that were found on the
// way stay, and the servers that were named instead.
func (l *lookup) fail(res *Result, p finding) error {
	res.Records, res.Negative, res.Security = nil, nil, Unchecked
	if errors.Is(p.err, ErrBogus) {
		res.Security = Bogus
	}
	if len(p.l.referral) > 0 && errors.Is(p.err, ErrLame) {
		res.Referral, res.Server, res.Via = p.l.referral, p.l.referrer.Server, p.l.referrer.Transport
	}
	var e *Error
	if errors.As(p.err, &e) {
		res.Rcode = e.Rcode
	}
	return p.err
}
