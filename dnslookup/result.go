package dnslookup

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// publicRecord turns miekg's record into ours. The data is what our own
// decoder makes of the record's octets.
func publicRecord(rr dns.RR) (Record, bool) {
	buf := make([]byte, dns.Len(rr)+1)
	n, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return Record{}, false
	}
	var records []Record
	d := &decoder{msg: buf[:n], end: n, text: 1 << 20}
	if _, err := d.record(&Message{}, &records); err != nil || len(records) != 1 {
		return Record{}, false
	}
	return records[0], true
}

func publicRecords(rrs []dns.RR) []Record {
	var out []Record
	for _, rr := range rrs {
		if r, ok := publicRecord(rr); ok {
			out = append(out, r)
		}
	}
	return out
}

// maxRemarks bounds the extended errors and the EDNS options of a Result. A
// message has room for thousands, and servers send a few.
const maxRemarks = 16

// take fills a Result from the hops that led to it.
func (res *Result) take(hops []*hop, l *lookup) {
	seen := map[Record]bool{}
	res.Cached = len(hops) > 0
	res.Security = Unchecked
	for i, h := range hops {
		if !h.cached {
			res.Cached = false
		}
		for _, rr := range publicRecords(h.answer) {
			switch {
			case seen[rr] || rr.Type == TypeRRSIG && !l.asksFor(res.Types, TypeRRSIG):
			case h.target != "", rr.Type == TypeDNAME && h.dname():
				seen[rr] = true
				res.Chain = append(res.Chain, rr)
			default:
				seen[rr] = true
				res.Records = append(res.Records, rr)
			}
		}
		if h.negative() {
			neg := &Negative{Name: h.question.Name, By: h.covering}
			if soa := h.soa(); soa != nil {
				neg.Zone = lower(soa.Hdr.Name)
				neg.TTL = h.ttl()
				if h.cached {
					neg.TTL = h.expires.Sub(l.now())
				}
			}
			res.Negative = neg
		}
		for _, e := range h.errors {
			if len(res.Errors) < maxRemarks && !slices.Contains(res.Errors, e) {
				res.Errors = append(res.Errors, e)
			}
		}
		res.Rcode = h.rcode
		res.Server, res.Via, res.Zone = h.server, h.via, h.zone
		if len(h.options) > 0 {
			res.Options = h.options[:min(len(h.options), maxRemarks)]
		}
		res.Security = together(res.Security, h, i == 0)
	}
}

func (l *lookup) asksFor(types []Type, t Type) bool {
	for _, asked := range types {
		if asked == t || asked == TypeANY {
			return true
		}
	}
	return false
}

// together returns the security of a chain: that of its weakest hop.
func together(before Security, h *hop, first bool) Security {
	now := h.security
	if now == Unchecked && h.ad {
		now = Claimed
	}
	if first {
		return now
	}
	for _, weak := range []Security{Bogus, Insecure, Unchecked, Claimed} {
		if before == weak || now == weak {
			return weak
		}
	}
	return now
}

// Query asks one question in full, and returns the reply as a message: in Stub
// mode the server's own, in Iterative mode the last server's.
func (r *Resolver) Query(ctx context.Context, q Question) (*Message, error) {
	var last *Message
	tracer := r.clone()
	tracer.Trace = func(s Step) {
		if s.Reply != nil && s.Depth == 0 && s.Outcome != CutOff && s.Outcome != Retried {
			if m, err := Decode(s.Reply); err == nil {
				last = m
			}
		}
		r.tell(s)
	}
	name, err := ParseName(q.Name)
	if err != nil {
		return nil, err
	}
	_, err = tracer.lookupOne(ctx, name, []Type{q.Type})
	if last != nil {
		return last, nil
	}
	return nil, err
}

// clone returns a Resolver with the same settings.
func (r *Resolver) clone() *Resolver {
	return &Resolver{
		Mode: r.Mode, Transport: r.Transport, Servers: r.Servers, Dial: r.Dial,
		Hosts: r.Hosts, Search: r.Search, Ndots: r.Ndots, Clock: r.Clock, After: r.After, Repeat: r.Repeat, Cache: r.Cache, Trace: r.Trace,
		DNSSEC: r.DNSSEC, Anchors: r.Anchors, NoRecurse: r.NoRecurse, NoMinimal: r.NoMinimal, MixCase: r.MixCase, TLS: r.TLS,
		Timeout: r.Timeout, Attempts: r.Attempts, MaxQueries: r.MaxQueries, NotLocal: r.NotLocal, Source: r.Source, Locate: r.Locate,
		Options: r.Options, EDNS: r.EDNS, Class: r.Class,
	}
}

// Reverse finds the names of an address (RFC 1035 3.5, RFC 3596 2.5).
func (r *Resolver) Reverse(ctx context.Context, addr netip.Addr) (*Result, error) {
	if names := r.Hosts.Names(addr); len(names) > 0 {
		res := &Result{Name: ReverseName(addr), Types: []Type{TypePTR}, Local: r.Hosts.Path}
		for _, name := range names {
			res.Records = append(res.Records, Record{Name: res.Name, Type: TypePTR, Class: 1, Data: name})
		}
		return res, nil
	}
	return r.lookupOne(ctx, ReverseName(addr), []Type{TypePTR})
}

// Duration writes a time to live as a person says it: "5 min", "1 h 30 min",
// "2 days".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, u := range units {
		if d < u.size {
			continue
		}
		n, rest := d/u.size, d%u.size
		name := u.name
		if name == "day" && n > 1 {
			name = "days"
		}
		s := fmt.Sprintf("%d %s", n, name)
		if i+1 < len(units) {
			if next := units[i+1]; rest >= next.size {
				s += fmt.Sprintf(" %d %s", rest/next.size, next.name)
			}
		}
		return s
	}
	return "0 s"
}
