package dnslookup

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"

	"github.com/miekg/dns"
)

// askRecursor asks the Servers in turn, and all of them again with a longer
// wait, until one gives an answer.
func (l *lookup) askRecursor(q Question, depth int, reason string) ([]*hop, error) {
	if len(l.r.Servers) == 0 {
		return nil, &Error{Question: q, Kind: ErrNetwork, Detail: "no name server is configured"}
	}
	servers := l.r.Servers
	if l.r.Options.Rotate {
		first := int(l.r.turn.Add(1)-1) % len(servers)
		servers = slices.Concat(servers[first:], servers[:first])
	}
	var tries []Try
	done := map[Server]bool{}
	for round := range l.r.attempts() {
		for _, server := range servers {
			if done[server] || l.distrusted[zoneServer{".", server.Addr}] {
				continue
			}
			hops, err := l.askOne(server, q, asking{
				depth: depth, reason: reason, recurse: !l.r.NoRecurse, dnssec: l.r.DNSSEC,
				timeout: l.r.wait(round), mixCase: l.r.MixCase,
			})
			if err == nil {
				return hops, nil
			}
			if stop := l.stop(q, err); stop != nil {
				return nil, stop
			}
			tries = append(tries, Try{server, err})
			var t *tryError
			done[server] = errors.As(err, &t) && t.final
		}
	}
	return nil, l.failure(q, tries)
}

// stop returns the error that ends the whole look-up, whatever other servers
// might say.
func (l *lookup) stop(q Question, err error) error {
	if l.ctx.Err() != nil {
		if errors.Is(context.Cause(l.ctx), context.DeadlineExceeded) {
			return &Error{Question: q, Kind: ErrTimeout, Detail: "the time for the whole look-up is over"}
		}
		return l.ctx.Err()
	}
	if errors.Is(err, ErrBudget) {
		return &Error{Question: q, Kind: ErrBudget, Detail: "the limit is " + strconv.Itoa(l.r.maxQueries())}
	}
	return nil
}

// failure makes one error of many tries. Only the last one of each server
// is told.
func (l *lookup) failure(q Question, tries []Try) error {
	last := map[Server]int{}
	for i, t := range tries {
		last[t.Server] = i
	}
	var kept []Try
	e := &Error{Question: q, Kind: worst(tries)}
	for i, t := range tries {
		if last[t.Server] == i {
			kept = append(kept, t)
		}
		var te *tryError
		if errors.As(t.Err, &te) && te.rcode != NoError {
			e.Rcode = te.rcode
		}
	}
	e.Tries = kept
	return e
}

// askOne asks one recursor, and takes its reply apart.
func (l *lookup) askOne(server Server, q Question, a asking) ([]*hop, error) {
	server, err := l.locate(server)
	if err != nil {
		return nil, err
	}
	r, err := l.exchange(server, q, a)
	if err != nil {
		l.tellFailed(r, err)
		return nil, err
	}
	hops := absorb(r, ".", q)
	if rcode := r.text.Rcode; rcode != NoError && rcode != NXDomain && rcode != YXDomain {
		aliases := slices.DeleteFunc(hops, func(h *hop) bool { return h.target == "" })
		if len(aliases) > len(l.partial) { // they lead to what it could not find
			l.partial = aliases
		}
		err := &tryError{kind: ErrServer, detail: rcode.String() + ", " + rcode.Words(), rcode: rcode, final: rcode != ServFail}
		if r.text.EDNS != nil && len(r.text.EDNS.Errors) > 0 {
			first := r.text.EDNS.Errors[0]
			err.detail += " (it says: " + first.String() + ")"
			if first.bogus() {
				err.kind = ErrBogus
			}
		}
		l.tell(r.step, Lame, "%s", err.detail)
		return nil, err
	}
	if len(hops) == 1 && l.refers(r, hops[0]) {
		return nil, l.referred(r, q)
	}
	if len(hops) == 0 {
		err := tryFailed(ErrFormat, true, "the reply's answer does not fit the question")
		l.tell(r.step, Broken, "%s", err)
		return nil, err
	}
	l.tellAnswer(r, hops)
	return hops, nil
}

// refers reports whether a reply without an answer is a referral: it has no SOA
// record, which would make it an absence, but NS records (RFC 2308 2.2). An
// empty reply is an absence too, unless the server was told not to recurse.
func (l *lookup) refers(r *reply, h *hop) bool {
	if !h.negative() || h.target != "" || r.text.Rcode != NoError || r.text.Authoritative || hasSOA(r.msg) {
		return false
	}
	return l.r.NoRecurse || nameServers(r.msg) != ""
}

// nameServers returns the zone of the first NS record in the authority section.
func nameServers(m *dns.Msg) string {
	for _, rr := range m.Ns {
		if rr.Header().Rrtype == dns.TypeNS {
			return lower(rr.Header().Name)
		}
	}
	return ""
}

// referred keeps the servers that a server names instead of an answer.
func (l *lookup) referred(r *reply, q Question) error {
	zone := nameServers(r.msg)
	detail := ""
	switch {
	case zone == "":
		detail = "an empty reply: it does not know, and was told not to ask others"
		l.tell(r.step, Lame, "%s", detail)
		return &tryError{kind: ErrLame, detail: detail, final: true}
	case zone == "." && q.Name != ".":
		detail = "it does not answer for this name, and names the root's servers (an upward referral)"
	default:
		detail = "it does not answer for this name, and names the servers of " + zoneName(zone) + " (a referral)"
	}
	l.referrer = r.step
	l.referral = append(append([]Record(nil), r.text.Authority...), r.text.Additional...)
	s := r.step
	s.Next = zone
	l.tell(s, Referral, "ask the servers of %s", zone)
	return &tryError{kind: ErrLame, detail: detail, final: true}
}

// locate finds the address of a server that was given by its name.
func (l *lookup) locate(server Server) (Server, error) {
	if server.Addr.Addr().IsValid() || server.Name == "" {
		return server, nil
	}
	if l.r.Locate == nil {
		return server, tryFailed(ErrNetwork, true, "its address is not known")
	}
	addr, err := l.r.Locate(l.ctx, server.Name)
	if errors.Is(err, ErrNXDomain) || errors.Is(err, ErrNoData) {
		return server, tryFailed(ErrNoServer, true, "there is no address of that name")
	}
	if err != nil {
		return server, &tryError{kind: ErrNetwork, detail: "its address cannot be found: " + err.Error(), final: true}
	}
	server.Addr = netip.AddrPortFrom(addr, server.Addr.Port())
	return server, nil
}

// tellFailed tells the trace about a try without a usable reply.
func (l *lookup) tellFailed(r *reply, err error) {
	outcome := Silent
	if errors.Is(err, ErrFormat) {
		outcome = Broken
	}
	if errors.Is(err, ErrBudget) {
		return // nothing was sent
	}
	l.tell(r.step, outcome, "%s", err)
}

// tellAnswer tells the trace what a reply says.
func (l *lookup) tellAnswer(r *reply, hops []*hop) {
	first, last := hops[0], hops[len(hops)-1]
	s := r.step
	switch {
	case last.target != "":
		s.Next = last.target
		kind := "CNAME"
		if first.dname() {
			kind = "DNAME"
		}
		l.tell(s, Alias, "%s", kind)
	case last.negative() && last.rcode == NXDomain:
		l.tell(s, NoSuch, "%s", negativeNote(last))
	case last.negative() && last.rcode == NoError:
		l.tell(s, NoData, "%s", negativeNote(last))
	case last.rcode != NoError:
		l.tell(s, Lame, "%s", last.rcode.Words())
	default:
		note := ""
		if len(hops) > 1 {
			note = "after the alias to " + trimDot(last.question.Name)
		}
		l.tell(s, Answered, "%s", note)
	}
}

func negativeNote(h *hop) string {
	if h.soa() == nil {
		return ""
	}
	return "may be remembered for " + Duration(h.ttl())
}
