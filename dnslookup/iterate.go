package dnslookup

import (
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Limits of one walk, whatever the zones say.
const (
	maxCuts     = 40 // steps down from zone to zone, with the labels in between
	maxMinimise = 10 // queries with a shortened name (MAX_MINIMISE_COUNT of RFC 9156 2.3)
	oneLabel    = 4  // of those, how many add a single label (MINIMISE_ONE_LAB)
)

// iterate walks from the closest zone that is known down to the zone of the
// name, and asks there (RFC 1034 5.3.3).
func (l *lookup) iterate(q Question, depth int, reason string) ([]*hop, error) {
	zone := l.cache.closest(q, l.now())
	if zone == nil {
		zone = l.root()
	}
	known, shortened, minimal := zone.zone, 0, !l.r.NoMinimal
	for range maxCuts {
		ask := q
		if minimal {
			ask = minimise(q, known, shortened)
		}
		if ask.Name != q.Name {
			if h := l.known(ask); h != nil && h.failed == nil && h.rcode == NoError {
				known = ask.Name // it exists, as a name of this zone
				continue
			}
			shortened++
		}
		r, err := l.askZone(zone, ask, depth, reason)
		if err != nil {
			var e *Error
			if errors.As(err, &e) && e.Question == ask {
				e.Question = q // that is what it was asked for
			}
			return nil, err
		}
		switch r.kind {
		case isReferral:
			if q.Type == TypeDS && r.next.zone == q.Name { // the child has not got it
				return nil, &Error{Question: q, Kind: ErrLame, Detail: "the parent refers to the child for the DS record"}
			}
			l.enter(r, zone)
			zone, known = r.next, r.next.zone
			shortened = 0
		case isAnswer, isNegative:
			if ask.Name == q.Name {
				hops := absorb(&r.reply, zone.zone, q)
				if len(hops) == 0 {
					return nil, &Error{Question: q, Kind: ErrFormat, Detail: "the answer of " + r.step.Server.String() + " does not fit the question"}
				}
				l.tellAnswer(&r.reply, hops)
				return hops, nil
			}
			if r.text.Rcode == NXDomain {
				// Some servers deny a name that has others below it. What the
				// full name says is right (RFC 9156 2.3).
				l.tell(r.step, NoSuch, "asked with the full name, in case the server is wrong about names in between")
				minimal = false
				continue
			}
			l.tell(r.step, NoData, "no zone starts here; one label more")
			known = ask.Name
		}
	}
	return nil, &Error{Question: q, Kind: ErrBudget, Detail: fmt.Sprintf("more than %d steps down from the root", maxCuts)}
}

// minimise shortens a question to what the servers of a zone must know: one
// label more than the deepest name that is known, and type A so that the real
// one stays private too (RFC 9156 2.3). After a few of them, it takes several
// labels at once.
func minimise(q Question, known string, done int) Question {
	labels := dns.CountLabel(q.Name)
	have := dns.CountLabel(known)
	add := 1
	if done >= oneLabel {
		add = max(1, (labels-have)/max(1, maxMinimise-done))
	}
	if done >= maxMinimise || have+add >= labels {
		return q
	}
	i, _ := dns.PrevLabel(q.Name, have+add)
	return Question{q.Name[i:], TypeA}
}

// root returns the zone that every walk starts at. Its servers are given; what
// they say about themselves does not replace them.
func (l *lookup) root() *delegation {
	servers := l.r.Servers
	if servers == nil {
		servers = RootServers()
	}
	return &delegation{zone: ".", servers: servers, lame: map[string]lameness{}}
}

// A judged reply is one whose meaning in the walk is known.
type judged struct {
	reply
	kind judgement
	next *delegation // of a referral
}

type judgement int

const (
	isAnswer judgement = iota
	isNegative
	isReferral
)

// judge says what a reply from a server of the zone means for the walk; an
// error means that the server is lame, or worse.
func (l *lookup) judge(r *reply, zone string, q Question) (*judged, error) {
	j := &judged{reply: *r}
	lame := func(format string, args ...any) (*judged, error) {
		return j, &tryError{kind: ErrLame, detail: fmt.Sprintf(format, args...), rcode: r.text.Rcode, final: true}
	}
	switch r.text.Rcode {
	case NoError, NXDomain, YXDomain:
	case ServFail, FormErr, NotImp:
		return j, &tryError{kind: ErrServer, detail: r.text.Rcode.String() + ", " + r.text.Rcode.Words(), rcode: r.text.Rcode, final: true}
	default:
		return lame("%s, %s", r.text.Rcode, r.text.Rcode.Words())
	}
	answer := inBailiwick(r.msg.Answer, zone)
	set, _ := pick(answer, q.Name, uint16(q.Type))
	alias, _ := pick(answer, q.Name, dns.TypeCNAME)
	dname := dnameHop(answer, q)
	if len(set) > 0 || len(alias) > 0 || dname != nil {
		if !r.text.Authoritative {
			return lame("it answers without authority (AA is not set)")
		}
		return j, nil
	}
	j.kind = isNegative
	if r.text.Rcode == NXDomain {
		if !r.text.Authoritative {
			return lame("it denies the name without authority (AA is not set)")
		}
		return j, nil
	}
	if r.text.Rcode == YXDomain {
		return lame("YXDOMAIN without a DNAME record")
	}
	if next := delegationOf(r.msg, zone, q.Name, l.now()); next != nil && !(r.text.Authoritative && hasSOA(r.msg)) {
		if q.Type == TypeDS && next.zone == q.Name {
			return lame("it sends the question about the child's DS record to the child")
		}
		j.kind, j.next = isReferral, next
		return j, nil
	}
	if r.text.Authoritative {
		return j, nil // NODATA
	}
	for _, rr := range r.msg.Ns {
		if ns, ok := rr.(*dns.NS); ok {
			if up := lower(ns.Hdr.Name); up != zone && below(zone, up) {
				return lame("it sends us up to the servers of %s (an upward referral)", zoneName(up))
			}
			return lame("it sends us to the servers of %s, which is no step down", zoneName(ns.Hdr.Name))
		}
	}
	return lame("an empty reply without authority")
}

func hasSOA(m *dns.Msg) bool {
	for _, rr := range m.Ns {
		if _, ok := rr.(*dns.SOA); ok {
			return true
		}
	}
	return false
}

// enter tells about a referral, and keeps it with what it says about DNSSEC: a
// DS record, or the proof that there is none. The parent is the only one who
// may say so, and it comes with the referral.
func (l *lookup) enter(r *judged, parent *delegation) {
	s := r.step
	s.Next = r.next.zone
	r.next.parent, r.next.from = parent.zone, s.Server
	note := strings.Join(trimAll(r.next.ns), ", ")
	l.cache.delegate(r.next, l.now())
	if l.r.DNSSEC {
		q := Question{r.next.zone, TypeDS}
		set, sigs := pick(inBailiwick(r.msg.Ns, parent.zone), q.Name, dns.TypeDS)
		h := &hop{question: q, zone: parent.zone, server: r.step.Server, via: r.step.Transport}
		if len(set) > 0 {
			h.answer = append(set, sigs...)
			note += "; with the DS record of its key"
			l.learn(h)
		} else if proof := denials(inBailiwick(r.msg.Ns, parent.zone)); len(proof) > 0 {
			h.proof = proof
			note += "; with the proof that it is not signed"
			l.local[q] = h // there is no SOA record that would give it a TTL
		}
	}
	l.tell(s, Referral, "%s", note)
}

// denials returns the NSEC and NSEC3 records, with their signatures.
func denials(rrs []dns.RR) []dns.RR {
	var out []dns.RR
	for _, rr := range rrs {
		switch rr := rr.(type) {
		case *dns.NSEC, *dns.NSEC3:
			out = append(out, rr)
		case *dns.RRSIG:
			if rr.TypeCovered == dns.TypeNSEC || rr.TypeCovered == dns.TypeNSEC3 {
				out = append(out, rr)
			}
		}
	}
	return out
}

func trimAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = trimDot(n)
	}
	return out
}
