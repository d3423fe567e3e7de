package dnslookup

import (
	"bytes"
	"fmt"

	"github.com/miekg/dns"
)

// denials of one zone, verified: the records that prove what does not exist.
type denialSet struct {
	verdict
	zone  string
	nsec  []*dns.NSEC
	nsec3 []*dns.NSEC3
}

// A proof is what the denials say about one name.
type proof struct {
	ok     bool
	why    string // if not ok
	cut    bool   // a zone is delegated at the name, without a DS record
	optOut bool   // an unsigned zone may hide there
}

func unproved(format string, args ...any) proof { return proof{why: fmt.Sprintf(format, args...)} }

// judgeAbsence verifies that a name or a type does not exist (RFC 4035 5.4,
// RFC 5155 8).
func (l *lookup) judgeAbsence(h *hop, depth int) verdict {
	q := h.question
	d := l.proofs(h.proof, depth)
	switch {
	case d.failed != nil:
		return d.verdict
	case len(d.nsec)+len(d.nsec3) == 0 && d.security == Secure:
		what := fmt.Sprintf("no proof that %s has no %s record", trimDot(q.Name), q.Type)
		if h.rcode == NXDomain {
			what = "no proof that " + trimDot(q.Name) + " does not exist"
		}
		return l.unsigned(q.Name, q.Type, what, depth)
	case d.security != Secure:
		return d.verdict
	case !below(q.Name, d.zone) || q.Type == TypeDS && d.zone == q.Name && q.Name != ".":
		return bogus("the proof is from %s, which has no say about %s", trimDot(d.zone), q)
	}
	p := d.absence(q, h.rcode == NXDomain)
	if !p.ok {
		return bogus("%s", p.why)
	}
	h.cut = p.cut
	if p.optOut { // RFC 5155 9.2
		return verdict{security: Insecure, signer: d.zone, why: "the proofs of " + trimDot(d.zone) + " leave unsigned zones out (opt-out), and one may be here"}
	}
	kind := "NSEC"
	if len(d.nsec3) > 0 {
		kind = "NSEC3"
	}
	return verdict{security: Secure, signer: d.zone, keyTag: d.keyTag, limit: d.limit, why: fmt.Sprintf("the absence is proved by %s records of %s", kind, trimDot(d.zone))}
}

// proofs verifies the NSEC, NSEC3 and SOA records of a negative answer. They
// must all be of one zone. Without any, it is Secure and empty.
func (l *lookup) proofs(rrs []dns.RR, depth int) denialSet {
	d := denialSet{verdict: verdict{security: Secure}}
	type key struct {
		name string
		t    uint16
	}
	seen := map[key]bool{}
	for _, rr := range rrs {
		h := rr.Header()
		k := key{lower(h.Name), h.Rrtype}
		if seen[k] || h.Rrtype == dns.TypeRRSIG {
			continue
		}
		seen[k] = true
		set, sigs := pick(rrs, h.Name, h.Rrtype)
		if h.Rrtype == dns.TypeSOA && len(sigs) == 0 {
			continue // it says how long to remember, not what
		}
		v := l.verify(set, sigs, depth)
		if v.failed != nil || v.security != Secure {
			d.verdict = v
			return d
		}
		if d.zone != "" && d.zone != v.signer {
			d.verdict = bogus("its proofs are from two zones, %s and %s", trimDot(d.zone), trimDot(v.signer))
			return d
		}
		if d.zone == "" || v.limit < d.limit {
			d.limit = v.limit
		}
		d.zone, d.signer, d.keyTag = v.signer, v.signer, v.keyTag
		for _, rr := range set {
			switch rr := rr.(type) {
			case *dns.NSEC:
				if v.encloser == "" { // a wildcard's NSEC says nothing about another name
					d.nsec = append(d.nsec, rr)
				}
			case *dns.NSEC3:
				if !d.fits(rr) {
					continue
				}
				if rr.Iterations > maxIterations {
					d.verdict = verdict{security: Insecure, signer: d.zone, why: fmt.Sprintf("its proofs ask for %d rounds of hashing; more than %d count as not signed (RFC 9276 3.2)", rr.Iterations, maxIterations)}
					return d
				}
				d.nsec3 = append(d.nsec3, rr)
			}
		}
	}
	return d
}

// absence checks that the denials prove what the reply says.
func (d *denialSet) absence(q Question, nxdomain bool) proof {
	if len(d.nsec3) > 0 {
		return d.absence3(q, nxdomain)
	}
	for _, rr := range d.nsec {
		if lower(rr.Hdr.Name) == q.Name {
			if nxdomain {
				return unproved("an NSEC record says that %s exists", trimDot(q.Name))
			}
			return lacks(rr.TypeBitMap, q, q.Name, "NSEC")
		}
	}
	c := d.covering(q.Name)
	if c == nil {
		return unproved("no NSEC record covers %s", trimDot(q.Name))
	}
	if next := lower(c.NextDomain); next != q.Name && below(next, q.Name) { // others are below it
		if nxdomain {
			return unproved("an NSEC record says that there are names below %s, so it exists", trimDot(q.Name))
		}
		return proof{ok: true}
	}
	star := "*." + trimRoot(encloserOf(c, q.Name))
	if nxdomain {
		if d.covering(star) == nil {
			return unproved("no NSEC record denies the wildcard %s", star)
		}
		return proof{ok: true}
	}
	for _, rr := range d.nsec {
		if lower(rr.Hdr.Name) == star {
			return lacks(rr.TypeBitMap, q, star, "NSEC")
		}
	}
	return unproved("the NSEC records prove that %s does not exist, but the reply says that it does", trimDot(q.Name))
}

// wildcard checks that a name does not exist, nor any between it and the
// wildcard's parent, so that the wildcard may answer for it (RFC 4035 5.3.4,
// RFC 5155 8.8).
func (d *denialSet) wildcard(name, encloser string) proof {
	if len(d.nsec3) > 0 {
		return d.wildcard3(name, encloser)
	}
	c := d.covering(name)
	if c == nil {
		return unproved("no NSEC record denies %s itself", trimDot(name))
	}
	if found := encloserOf(c, name); dns.CountLabel(found) > dns.CountLabel(encloser) {
		return unproved("an NSEC record shows a name closer than the wildcard, %s", trimDot(found))
	}
	return proof{ok: true}
}

// lacks checks that a name's types do not include the one that was asked for,
// and that the record is from the right side of a zone cut (RFC 6840 4.1).
func lacks(types []uint16, q Question, name, kind string) proof {
	has := bitmap(types)
	switch {
	case has[uint16(q.Type)]:
		return unproved("the %s record of %s says that there is a %s record", kind, trimDot(name), q.Type)
	case has[dns.TypeCNAME] && q.Type != TypeCNAME:
		return unproved("the %s record of %s says that there is an alias", kind, trimDot(name))
	case q.Type == TypeDS && has[dns.TypeSOA] && name != ".":
		return unproved("the %s record of %s is the child's; the parent's is needed", kind, trimDot(name))
	case q.Type != TypeDS && has[dns.TypeNS] && !has[dns.TypeSOA]:
		return unproved("the %s record of %s is the parent's, which does not know the child's records", kind, trimDot(name))
	}
	return proof{ok: true, cut: has[dns.TypeNS]}
}

func bitmap(types []uint16) map[uint16]bool {
	has := make(map[uint16]bool, len(types))
	for _, t := range types {
		has[t] = true
	}
	return has
}

// covering returns the NSEC record in whose gap a name lies. One of a zone cut
// or a DNAME above the name does not count: the name is not in that zone.
func (d *denialSet) covering(name string) *dns.NSEC {
	for _, rr := range d.nsec {
		owner, next := lower(rr.Hdr.Name), lower(rr.NextDomain)
		if !canonicalLess(owner, name) {
			continue
		}
		last := next == d.zone || !canonicalLess(owner, next) // the end of the zone
		if !last && !canonicalLess(name, next) || last && !below(name, d.zone) {
			continue
		}
		has := bitmap(rr.TypeBitMap)
		if below(name, owner) && (has[dns.TypeDNAME] || has[dns.TypeNS] && !has[dns.TypeSOA]) {
			continue
		}
		return rr
	}
	return nil
}

// encloserOf returns the closest name above that exists, as the gap's ends show.
func encloserOf(c *dns.NSEC, name string) string {
	best := ""
	for _, end := range []string{lower(c.Hdr.Name), lower(c.NextDomain)} {
		for up := name; up != ""; up = parentOf(up) {
			if below(end, up) {
				if best == "" || dns.CountLabel(up) > dns.CountLabel(best) {
					best = up
				}
				break
			}
		}
	}
	return best
}

// trimRoot makes "*." + name right for the root too.
func trimRoot(name string) string {
	if name == "." {
		return ""
	}
	return name
}

// canonicalLess is the order of RFC 4034 6.1: label by label from the root, as
// octets in lower case.
func canonicalLess(a, b string) bool {
	x, y := wireLabels(a), wireLabels(b)
	for i := 1; i <= min(len(x), len(y)); i++ {
		if c := bytes.Compare(x[len(x)-i], y[len(y)-i]); c != 0 {
			return c < 0
		}
	}
	return len(x) < len(y)
}

func wireLabels(name string) [][]byte {
	labels, _ := splitLabels(trimDot(lower(name)), name)
	if name == "." {
		return nil
	}
	return labels
}
