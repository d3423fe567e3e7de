package dnslookup

import (
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A hop is what is known about one name and one type: an RRset, an alias that
// stands in its place, or that there is neither. A look-up is a chain of hops,
// one for each alias on the way; each is cached and verified by itself.
type hop struct {
	question Question
	rcode    Rcode
	answer   []dns.RR // the RRset or the alias, with its signatures
	proof    []dns.RR // of an absence or a wildcard: SOA, NSEC and NSEC3 with signatures
	target   string   // where an alias leads; "" if this is the end
	zone     string   // whose server said it
	server   Server
	via      Transport
	errors   []EDE     // what the server added
	options  []Option  // of EDNS
	ad       bool      // the server claims to have verified it
	stored   time.Time // when it was learned
	expires  time.Time // until when it may be used
	size     int       // in a Cache: octets, about
	used     bool      // in a Cache: since it last made room
	failed   error     // instead of all that: nobody could tell (RFC 9520)

	checked  bool // the validator has seen it
	security Security
	why      string // of the security
	cut      bool   // of the absence of a DS record: a zone is delegated there
	cached   bool   // came out of the cache in this look-up
	covering string // the name whose absence covers this one (RFC 8020)
}

// denied reports whether the reply had what was asked for, and said all the same
// that the name does not exist. No signature covers that.
func (h *hop) denied() bool { return h.rcode == NXDomain && len(h.answer) > 0 && h.target == "" }

func (h *hop) negative() bool { return len(h.answer) == 0 }

// dname reports whether the hop is an alias that follows from a DNAME above.
func (h *hop) dname() bool {
	return len(h.answer) > 0 && h.answer[0].Header().Rrtype == dns.TypeDNAME && !strings.EqualFold(h.answer[0].Header().Name, h.question.Name)
}

// soa returns the SOA record of a negative answer, if it came with one.
func (h *hop) soa() *dns.SOA {
	for _, rr := range h.proof {
		if soa, ok := rr.(*dns.SOA); ok && below(h.question.Name, soa.Hdr.Name) {
			return soa
		}
	}
	return nil
}

// The longest times that we believe a server (RFC 2181 8, RFC 2308 5,
// RFC 9520 3.2).
const (
	maxTTL         = 24 * time.Hour
	maxNegativeTTL = 3 * time.Hour
	failureTTL     = 5 * time.Second
)

// ttl returns how long the hop may be kept: the smallest TTL of its records, or
// for an absence the smaller of the SOA's TTL and its MINIMUM (RFC 2308 5).
func (h *hop) ttl() time.Duration {
	if h.negative() {
		soa := h.soa()
		if soa == nil {
			return 0
		}
		return min(seconds(soa.Hdr.Ttl), seconds(soa.Minttl), maxNegativeTTL)
	}
	least := maxTTL
	for _, rr := range h.answer {
		least = min(least, seconds(rr.Header().Ttl))
	}
	return least
}

func seconds(ttl uint32) time.Duration {
	if ttl >= 1<<31 { // RFC 2181 8
		return 0
	}
	return time.Duration(ttl) * time.Second
}

func lower(name string) string { return dns.CanonicalName(name) }

// below reports whether child is parent or a name below it.
func below(child, parent string) bool {
	return dns.IsSubDomain(parent, child)
}

// parentOf returns the name without its first label; the root's is "".
func parentOf(name string) string {
	if name == "." {
		return ""
	}
	i, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

// pick returns the records of one name and type, and their signatures.
func pick(rrs []dns.RR, name string, t uint16) (set, sigs []dns.RR) {
	for _, rr := range rrs {
		if h := rr.Header(); !strings.EqualFold(h.Name, name) {
			continue
		}
		if sig, ok := rr.(*dns.RRSIG); ok && t != dns.TypeRRSIG {
			if sig.TypeCovered == t || t == dns.TypeANY {
				sigs = append(sigs, rr)
			}
			continue
		}
		if t == dns.TypeANY || rr.Header().Rrtype == t {
			set = append(set, rr)
		}
	}
	return set, sigs
}

// inBailiwick keeps the records that the servers of a zone may speak about:
// of class IN, at or below the zone.
func inBailiwick(rrs []dns.RR, zone string) []dns.RR { return inZone(rrs, zone, ClassIN) }

func inZone(rrs []dns.RR, zone string, class Class) []dns.RR {
	var kept []dns.RR
	for _, rr := range rrs {
		h := rr.Header()
		if h.Class == uint16(class) && h.Rrtype != dns.TypeOPT && below(h.Name, zone) {
			kept = append(kept, rr)
		}
	}
	return kept
}

// absorb takes the answer section of a reply apart: one hop for each alias in
// it, and one for its end. All are from the servers of one zone; what they say
// about names outside it is not used. The first hop is that of the question;
// nil means that the answer does not fit it.
func absorb(r *reply, zone string, q Question) []*hop {
	answer, authority := inZone(r.msg.Answer, zone, r.text.class), inZone(r.msg.Ns, zone, r.text.class)
	var proof []dns.RR
	for _, rr := range authority {
		switch rr := rr.(type) {
		case *dns.SOA, *dns.NSEC, *dns.NSEC3:
			proof = append(proof, rr)
		case *dns.RRSIG:
			if t := rr.TypeCovered; t == dns.TypeSOA || t == dns.TypeNSEC || t == dns.TypeNSEC3 {
				proof = append(proof, rr)
			}
		}
	}
	var hops []*hop
	name := q.Name
	seen := map[string]bool{}
	add := func(h *hop) *hop {
		h.zone, h.server, h.via, h.ad = zone, r.step.Server, r.step.Transport, r.text.AuthenticData
		if r.text.EDNS != nil {
			h.errors, h.options = r.text.EDNS.Errors, r.text.EDNS.Options
		}
		hops = append(hops, h)
		return h
	}
	for !seen[name] && below(name, zone) && len(hops) <= maxAliases {
		seen[name] = true
		question := Question{name, q.Type}
		if h := dnameHop(answer, question); h != nil {
			h.proof = proof
			add(h)
			if q.Type == TypeCNAME || q.Type == TypeANY {
				h.target = "" // the CNAME that it makes is what was asked for
			}
			if h.target == "" {
				return hops
			}
			name = h.target
			continue
		}
		if set, sigs := pick(answer, name, uint16(q.Type)); len(set) > 0 {
			h := add(&hop{question: question, answer: append(set, sigs...), proof: proof})
			if r.text.Rcode == NXDomain { // the server contradicts itself; its header counts (RFC 2308 2.1)
				h.rcode = NXDomain
			}
			return hops
		}
		set, sigs := pick(answer, name, dns.TypeCNAME)
		if len(set) > 0 && q.Type != TypeCNAME {
			h := add(&hop{question: question, answer: append(set[:1:1], sigs...), proof: proof})
			h.target = lower(set[0].(*dns.CNAME).Target)
			name = h.target
			continue
		}
		// The end: nothing is there, or the server does not know more.
		h := &hop{question: question, rcode: r.text.Rcode, proof: proof}
		soa := h.soa()
		if r.text.Rcode != NoError && r.text.Rcode != NXDomain {
			return hops
		}
		if len(hops) == 0 || soa != nil && below(name, soa.Hdr.Name) {
			add(h)
		}
		return hops
	}
	return hops
}

// dnameHop looks for a DNAME above the name and makes the CNAME that follows
// from it (RFC 6672 3). The server's own CNAME is not trusted: it is not
// signed.
func dnameHop(answer []dns.RR, q Question) *hop {
	for owner := parentOf(q.Name); owner != "" && owner != "."; owner = parentOf(owner) {
		set, sigs := pick(answer, owner, dns.TypeDNAME)
		if len(set) == 0 {
			continue
		}
		dname := set[0].(*dns.DNAME)
		h := &hop{question: q, answer: append(set[:1:1], sigs...)}
		prefix := strings.TrimSuffix(q.Name, lower(owner))
		target, err := ParseName(prefix + strings.TrimPrefix(lower(dname.Target), "."))
		if err != nil { // too long
			h.rcode = YXDomain
			return h
		}
		h.target = target
		h.answer = append(h.answer, &dns.CNAME{
			Hdr:    dns.RR_Header{Name: q.Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: dname.Hdr.Ttl},
			Target: target,
		})
		return h
	}
	return nil
}
