package dnslookup

import (
	"strings"

	"github.com/miekg/dns"
)

// Limits on the hashing that a zone can cause (RFC 9276 3.2, CVE-2023-50868).
const (
	maxIterations = 50
	maxNSEC3      = 8
)

// fits reports whether an NSEC3 record counts: with a hash and flags that we
// know, from this zone, and of the same chain as those before it (RFC 5155 8.1
// and 8.2).
func (d *denialSet) fits(rr *dns.NSEC3) bool {
	if rr.Hash != dns.SHA1 || rr.Flags > 1 || len(d.nsec3) == maxNSEC3 || parentOf(lower(rr.Hdr.Name)) != d.zone {
		return false
	}
	return len(d.nsec3) == 0 || rr.Iterations == d.nsec3[0].Iterations && rr.Salt == d.nsec3[0].Salt
}

// hash3 returns the hashed owner of a name as the zone's NSEC3 records count.
func (d *denialSet) hash3(name string) string {
	rr := d.nsec3[0]
	return dns.HashName(name, rr.Hash, rr.Iterations, rr.Salt)
}

// matching returns the NSEC3 record of a name that exists.
func (d *denialSet) matching(name string) *dns.NSEC3 {
	hash := d.hash3(name)
	for _, rr := range d.nsec3 {
		if strings.EqualFold(ownerHash(rr), hash) {
			return rr
		}
	}
	return nil
}

// covering3 returns the NSEC3 record in whose gap the hash of a name lies.
func (d *denialSet) covering3(name string) *dns.NSEC3 {
	hash := d.hash3(name)
	for _, rr := range d.nsec3 {
		owner, next := strings.ToUpper(ownerHash(rr)), strings.ToUpper(rr.NextDomain)
		inside := owner < hash && hash < next
		if owner >= next { // the last one: the gap goes over the end
			inside = hash > owner || hash < next
		}
		if inside {
			return rr
		}
	}
	return nil
}

func ownerHash(rr *dns.NSEC3) string {
	hash, _, _ := strings.Cut(rr.Hdr.Name, ".")
	return hash
}

func optOut(rr *dns.NSEC3) bool { return rr.Flags&1 == 1 }

// encloser3 finds the closest name above that provably exists, and the next
// closer one, which provably does not (RFC 5155 8.3).
func (d *denialSet) encloser3(name string) (encloser string, gap *dns.NSEC3, p proof) {
	next := name
	for up := parentOf(name); up != "" && below(up, d.zone); up = parentOf(up) {
		rr := d.matching(up)
		if rr == nil {
			next = up
			continue
		}
		has := bitmap(rr.TypeBitMap)
		if has[dns.TypeDNAME] || has[dns.TypeNS] && !has[dns.TypeSOA] {
			return "", nil, unproved("the closest name that exists, %s, is in another zone", trimDot(up))
		}
		gap = d.covering3(next)
		if gap == nil {
			return "", nil, unproved("no NSEC3 record denies %s, the name below %s", trimDot(next), trimDot(up))
		}
		return up, gap, proof{ok: true, optOut: optOut(gap)}
	}
	return "", nil, unproved("no NSEC3 record shows a name above %s that exists", trimDot(name))
}

func (d *denialSet) absence3(q Question, nxdomain bool) proof {
	if rr := d.matching(q.Name); rr != nil {
		if nxdomain {
			return unproved("an NSEC3 record says that %s exists", trimDot(q.Name))
		}
		return lacks(rr.TypeBitMap, q, q.Name, "NSEC3")
	}
	encloser, gap, p := d.encloser3(q.Name)
	if !p.ok {
		return p
	}
	if q.Type == TypeDS && !nxdomain && optOut(gap) {
		return proof{ok: true, cut: true, optOut: true} // RFC 5155 8.6
	}
	star := "*." + trimRoot(encloser)
	if nxdomain {
		if d.covering3(star) == nil {
			return unproved("no NSEC3 record denies the wildcard %s", star)
		}
		return p
	}
	if rr := d.matching(star); rr != nil { // RFC 5155 8.7
		found := lacks(rr.TypeBitMap, q, star, "NSEC3")
		found.optOut, found.cut = p.optOut, false
		return found
	}
	if optOut(gap) {
		return proof{ok: true, optOut: true} // an unsigned name may be there
	}
	return unproved("no NSEC3 record matches %s, nor the wildcard %s", trimDot(q.Name), star)
}

func (d *denialSet) wildcard3(name, encloser string) proof {
	i, _ := dns.PrevLabel(name, dns.CountLabel(encloser)+1)
	next := name[i:]
	gap := d.covering3(next)
	if gap == nil {
		return unproved("no NSEC3 record denies %s", trimDot(next))
	}
	return proof{ok: true, optOut: optOut(gap)}
}
