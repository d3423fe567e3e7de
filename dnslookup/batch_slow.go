package dnslookup

import (
	"errors"

	"github.com/miekg/dns"
)

// detour sends a question on another way: over TCP, without EDNS, to other
// servers. Lookup knows them all.
func (b *batch) detour(i int) {
	s := &b.slots[i]
	index, q := s.index, s.question
	b.byID[s.id] = 0
	s.busy = false
	b.free = append(b.free, i)
	b.start(index, q)
}

// start looks one question up in a goroutine. At most maxSlow are under way.
func (b *batch) start(index int, q Question) {
	for b.slowing >= maxSlow {
		select {
		case a := <-b.slow:
			b.slowing--
			b.emit(a)
		case <-b.ctx.Done():
			return
		}
	}
	b.slowing++
	b.work.Go(func() {
		rcode, records, err := b.r.lookupRecords(b, q)
		select {
		case b.slow <- answered{Answer{Index: index, Question: q, Rcode: rcode, Records: records}, err}:
		case <-b.ctx.Done():
		}
	})
}

// lookupRecords looks one question up, and returns the answer section.
func (r *Resolver) lookupRecords(b *batch, q Question) (Rcode, []Record, error) {
	switch {
	case q.Name == "":
		return NoError, nil, ErrNoName
	case q.Type == TypeAXFR, q.Type == TypeIXFR:
		return NoError, nil, &Error{Question: q, Kind: ErrServer, Detail: "a whole zone is not an answer to one question: see Transfer"}
	}
	l := r.lookup(b.ctx)
	local := &Result{Name: q.Name, Types: []Type{q.Type}}
	if done, err := l.locally(local); done {
		if errors.Is(err, ErrNXDomain) || errors.Is(err, ErrNoData) {
			err = nil
		}
		return local.Rcode, local.Records, err
	}
	hops, err := l.resolve(q, 0, "")
	var records []Record
	for _, h := range hops {
		for _, rr := range publicRecords(h.answer) {
			if rr.Type != TypeRRSIG || q.Type == TypeRRSIG || q.Type == Type(dns.TypeANY) {
				records = append(records, rr)
			}
		}
	}
	switch {
	case errors.Is(err, ErrNXDomain):
		return NXDomain, records, nil
	case errors.Is(err, ErrNoData):
		return NoError, records, nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Rcode, records, err
	}
	return NoError, records, err
}

// drain passes on the answers that came on other ways.
func (b *batch) drain() {
	for b.slowing > 0 {
		select {
		case a := <-b.slow:
			b.slowing--
			b.emit(a)
		default:
			return
		}
	}
}

// runSlow looks every question up by itself, several at a time. With Repeat it
// is one at a time.
func (b *batch) runSlow() {
	b.ahead, b.have = make([]answered, maxAhead), make([]bool, maxAhead)
	if b.r.Cache == nil {
		shared := b.r.clone()
		shared.Cache = NewCache(0)
		b.r = shared
	}
	for !b.stopped && b.ctx.Err() == nil {
		for b.slowing > 0 && !b.ready() && b.ctx.Err() == nil {
			b.wait()
		}
		q, ok := b.next()
		if !ok {
			break
		}
		b.start(b.asked, q)
		b.asked++
		for b.slowing > 0 && (b.r.Repeat || b.asked-b.head >= maxAhead) && b.ctx.Err() == nil {
			b.wait()
		}
		b.drain()
	}
	for b.slowing > 0 && !b.stopped && b.ctx.Err() == nil {
		b.wait()
	}
}

func (b *batch) wait() {
	select {
	case a := <-b.slow:
		b.slowing--
		b.emit(a)
	case <-b.ctx.Done():
	}
}
