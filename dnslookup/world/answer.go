package world

import (
	"maps"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// An answering is a reply of one zone in the making (RFC 1034 4.3.2).
type answering struct {
	z  *zone
	m  *dns.Msg
	do bool // the asker wants signatures and proofs
}

// put adds an RRset with its signature to a section.
func (a *answering) put(section *[]dns.RR, set []dns.RR) {
	if len(set) == 0 {
		return
	}
	for _, rr := range *section {
		if rr.Header().Rrtype == set[0].Header().Rrtype && strings.EqualFold(rr.Header().Name, set[0].Header().Name) {
			return // it is there already
		}
	}
	*section = append(*section, a.forged(set)...)
	if sig := a.z.sign(set); a.do && sig != nil {
		*section = append(*section, sig)
	}
}

// forged changes the last octet of a record that the zone is told to forge,
// after it was signed: somebody on the way has meddled with it.
func (a *answering) forged(set []dns.RR) []dns.RR {
	h := set[0].Header()
	if h.Rrtype != a.z.forgeType || dns.CanonicalName(h.Name) != a.z.forgeName {
		return set
	}
	rr := dns.Copy(set[0])
	switch rr := rr.(type) {
	case *dns.A:
		rr.A[len(rr.A)-1] ^= 1
	case *dns.AAAA:
		rr.AAAA[len(rr.AAAA)-1] ^= 1
	case *dns.TXT:
		rr.Txt[0] += "!"
	}
	return append([]dns.RR{rr}, set[1:]...)
}

// expand adds a wildcard's RRset under the name that was asked for.
func (a *answering) expand(set []dns.RR, name string) {
	sig := a.z.sign(set)
	for _, rr := range set {
		made := dns.Copy(rr)
		made.Header().Name = name
		a.m.Answer = append(a.m.Answer, made)
	}
	if a.do && sig != nil {
		made := dns.Copy(sig)
		made.Header().Name = name
		a.m.Answer = append(a.m.Answer, made)
	}
}

// answer fills in the reply to one question about a name in the zone.
func (a *answering) answer(name string, qtype uint16) {
	z := a.z
	name = dns.CanonicalName(name)
	for hop := range 10 {
		if cut := z.cut(name); cut != "" && !(cut == name && qtype == dns.TypeDS) {
			a.refer(cut, hop == 0)
			return
		}
		a.m.Authoritative = true
		if target, found := a.dname(name); found {
			if target == "" || !dns.IsSubDomain(z.origin, target) {
				return
			}
			name = target
			continue
		}
		source := name // where the records stand: here, or at a wildcard
		if !z.exists[name] {
			source = "*." + strings.TrimPrefix(z.encloser(name), ".")
			if z.records[source] == nil {
				a.m.Rcode = dns.RcodeNameError
				a.deny(name, true)
				return
			}
			a.denyItself(name)
		}
		node := z.records[source]
		give := func(set []dns.RR) {
			if source == name {
				a.put(&a.m.Answer, set)
			} else {
				a.expand(set, name)
			}
		}
		sets := z.sets(source)
		if qtype == dns.TypeANY && len(sets) > 0 {
			for _, set := range sets {
				give(set)
			}
			return
		}
		if qtype == dns.TypeRRSIG && len(sets) > 0 && z.proofs != unsigned {
			for _, set := range sets {
				made := dns.Copy(z.sign(set))
				made.Header().Name = name
				a.m.Answer = append(a.m.Answer, made)
			}
			return
		}
		for _, set := range sets {
			if set[0].Header().Rrtype == qtype {
				give(set)
				return
			}
		}
		cname := node[dns.TypeCNAME]
		if len(cname) == 0 {
			a.deny(source, false)
			if source != name && a.do && z.proofs > nsec { // RFC 5155 7.2.5
				a.deny3(parent(source), false)
			}
			return
		}
		give(cname)
		name = dns.CanonicalName(cname[0].(*dns.CNAME).Target)
		if !dns.IsSubDomain(z.origin, name) {
			return
		}
	}
}

// sets returns what stands at a name, by type, its NSEC record included.
func (z *zone) sets(name string) [][]dns.RR {
	node := z.records[name]
	var sets [][]dns.RR
	for _, t := range slices.Sorted(maps.Keys(node)) {
		sets = append(sets, node[t])
	}
	if z.proofs == nsec && len(sets) > 0 {
		sets = append(sets, []dns.RR{z.gap(name)})
	}
	return sets
}

// encloser returns the closest name above that exists.
func (z *zone) encloser(name string) string {
	for !z.exists[name] {
		name = parent(name)
	}
	return name
}

// dname follows a DNAME record above a name (RFC 6672 3).
func (a *answering) dname(name string) (target string, found bool) {
	for up := name; up != a.z.origin; {
		up = parent(up)
		set := a.z.records[up][dns.TypeDNAME]
		if len(set) == 0 {
			continue
		}
		a.put(&a.m.Answer, set)
		target = strings.TrimSuffix(name, up) + strings.TrimPrefix(dns.CanonicalName(set[0].(*dns.DNAME).Target), ".")
		if len(target) > 254 {
			a.m.Rcode = dns.RcodeYXDomain
			return "", true
		}
		a.m.Answer = append(a.m.Answer, &dns.CNAME{Hdr: a.z.header(name, dns.TypeCNAME, set[0].Header().Ttl), Target: target})
		return target, true
	}
	return "", false
}

// refer names the servers of a delegated zone, with what proves or denies that
// it is signed, and with the addresses of servers inside this zone.
func (a *answering) refer(cut string, first bool) {
	z := a.z
	if first {
		a.m.Authoritative = false
	}
	a.m.Ns = append(a.m.Ns, z.records[cut][dns.TypeNS]...)
	if a.do && z.proofs != unsigned {
		switch ds := z.records[cut][dns.TypeDS]; {
		case len(ds) > 0:
			a.put(&a.m.Ns, ds)
		case z.proofs == nsec:
			a.put(&a.m.Ns, []dns.RR{z.gap(cut)})
		default:
			a.deny3(cut, false)
		}
	}
	for _, rr := range z.records[cut][dns.TypeNS] {
		host := dns.CanonicalName(rr.(*dns.NS).Ns)
		if dns.IsSubDomain(z.origin, host) {
			a.m.Extra = append(a.m.Extra, z.records[host][dns.TypeA]...)
			a.m.Extra = append(a.m.Extra, z.records[host][dns.TypeAAAA]...)
		}
	}
}

// deny adds the SOA record and the proof that a name, or its type, is not there.
func (a *answering) deny(name string, nxdomain bool) {
	a.put(&a.m.Ns, []dns.RR{a.z.soa()})
	for i, rr := range a.m.Ns { // how long the absence may be remembered (RFC 2308 3)
		a.m.Ns[i] = dns.Copy(rr)
		a.m.Ns[i].Header().Ttl = min(rr.Header().Ttl, a.z.soa().Minttl)
	}
	if !a.do || a.z.proofs == unsigned {
		return
	}
	if a.z.proofs != nsec {
		a.deny3(name, nxdomain)
		return
	}
	a.put(&a.m.Ns, []dns.RR{a.z.gap(name)})
	if nxdomain {
		a.put(&a.m.Ns, []dns.RR{a.z.gap("*." + strings.TrimPrefix(a.z.encloser(name), "."))})
	}
}

// denyItself proves that a name which a wildcard answers for is not there.
func (a *answering) denyItself(name string) {
	switch {
	case !a.do || a.z.proofs == unsigned:
	case a.z.proofs == nsec:
		a.put(&a.m.Ns, []dns.RR{a.z.gap(name)})
	default:
		rr, _ := a.z.gap3(a.nextCloser(name))
		a.put(&a.m.Ns, []dns.RR{rr})
	}
}

// nextCloser returns the name with one label more than the closest that exists.
func (a *answering) nextCloser(name string) string {
	i, _ := dns.PrevLabel(name, dns.CountLabel(a.z.encloser(name))+1)
	return name[i:]
}

// deny3 proves with NSEC3 (RFC 5155 7.2): a match if the name is in the chain,
// otherwise the closest name that is, a gap for the one below it, and a gap
// for the wildcard.
func (a *answering) deny3(name string, nxdomain bool) {
	if rr, matches := a.z.gap3(name); matches {
		a.put(&a.m.Ns, []dns.RR{rr})
		return
	}
	next, up := name, parent(name)
	for {
		if rr, matches := a.z.gap3(up); matches {
			a.put(&a.m.Ns, []dns.RR{rr})
			break
		}
		next, up = up, parent(up)
	}
	rr, _ := a.z.gap3(next)
	a.put(&a.m.Ns, []dns.RR{rr})
	if nxdomain {
		rr, _ := a.z.gap3("*." + strings.TrimPrefix(up, "."))
		a.put(&a.m.Ns, []dns.RR{rr})
	}
}
