package dnslookup

import (
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// zoneKeys are the keys of a zone, and what they are worth.
type zoneKeys struct {
	keys     []*dns.DNSKEY
	security Security
	why      string
	notZone  bool  // nothing is delegated at this name
	failed   error // the keys could not be had
	blame    *hop  // of Bogus ones: the hop that is not genuine
	expires  time.Time
	links    []Link
	size     int // in a Cache: octets, about
}

// keys returns the keys of a zone, verified by the zone above (RFC 4035 5.2).
func (l *lookup) keys(zone string, depth int) *zoneKeys {
	l.cache.mu.Lock()
	k := l.cache.keys[zone]
	l.cache.mu.Unlock()
	if k == nil || !l.now().Before(k.expires) {
		q := Question{zone, 0} // marks the search for keys; no type is 0
		if l.busy[q] {
			return &zoneKeys{security: Bogus, why: "the keys of " + zoneName(zone) + " depend on themselves"}
		}
		l.busy[q] = true
		k = l.findKeys(zone, depth)
		delete(l.busy, q)
		if k.failed == nil && k.security != Bogus {
			l.cache.keep(zone, k)
		}
	}
	for _, link := range k.links {
		l.link(link)
	}
	return k
}

func (l *lookup) findKeys(zone string, depth int) *zoneKeys {
	k := &zoneKeys{expires: l.now().Add(time.Hour)}
	until := func(h *hop) { // no longer than what they follow from; a second is for this look-up
		end := h.expires
		if end.IsZero() { // the proof that came with a referral
			end = l.now().Add(time.Hour)
			for _, rr := range h.proof {
				if ttl := l.now().Add(seconds(rr.Header().Ttl)); ttl.Before(end) {
					end = ttl
				}
			}
		}
		if soon := l.now().Add(time.Second); end.Before(soon) {
			end = soon
		}
		if end.Before(k.expires) {
			k.expires = end
		}
	}
	add := func(t Type, tag uint16, s Security, format string, args ...any) *zoneKeys {
		k.security, k.why = s, fmt.Sprintf(format, args...)
		if s == Secure && t == TypeDS {
			tag = 0
		}
		k.links = append(k.links, Link{Zone: zone, Name: zone, Type: t, KeyTag: tag, Security: s, Detail: k.why})
		return k
	}
	anchors, from := l.anchors(), "the trust anchor"
	if zone != "." {
		h, err := l.hop(Question{zone, TypeDS}, depth+1, "the fingerprint of "+trimDot(zone)+"'s key")
		if err != nil {
			k.failed = err
			return k
		}
		until(h)
		v := verdict{security: h.security, why: h.why}
		if !h.checked {
			if v = l.judgeHop(h, depth); v.failed != nil {
				k.failed = v.failed
				return k
			}
			h.checked, h.security, h.why = true, v.security, v.why
			l.cache.verified(h)
		}
		switch {
		case v.security == Bogus:
			l.forget(h) // the next look-up must not stop at it
			if k.blame = v.blame; k.blame == nil {
				k.blame = h
			}
			return add(TypeDS, 0, Bogus, "%s", v.why)
		case v.security == Insecure:
			return add(TypeDS, 0, Insecure, "%s", v.why)
		case h.target != "", h.negative() && !h.cut:
			k.notZone, k.security, k.why = true, Bogus, trimDot(zone)+" is not a zone of its own"
			return k
		case h.negative():
			return add(TypeDS, 0, Insecure, "the zone above proves that it has no DS record: %s is not signed", trimDot(zone))
		}
		set, _ := pick(h.answer, zone, dns.TypeDS)
		anchors = nil
		for _, rr := range set {
			anchors = append(anchors, rr.(*dns.DS))
		}
		from = "the DS record in the zone above, " + v.why
	}
	if len(anchors) == 0 {
		return add(TypeDS, 0, Bogus, "there is no trust anchor: nothing can be verified")
	}
	anchors = supported(anchors)
	if len(anchors) == 0 {
		return add(TypeDS, 0, Insecure, "%s is signed only with algorithms that this program does not know", zoneName(zone))
	}
	var tags []string
	for _, ds := range anchors {
		tags = append(tags, fmt.Sprint(ds.KeyTag))
	}
	k.links = append(k.links, Link{Zone: zone, Name: zone, Type: TypeDS, Security: Secure,
		Detail: fmt.Sprintf("key %s is trusted by %s", strings.Join(tags, ", "), from)})
	h, err := l.hop(Question{zone, TypeDNSKEY}, depth+1, "the keys of "+zoneName(zone))
	if err != nil {
		k.failed = err
		return k
	}
	until(h)
	set, sigs := pick(h.answer, zone, dns.TypeDNSKEY)
	var keys []*dns.DNSKEY
	for _, rr := range set {
		if key := rr.(*dns.DNSKEY); key.Flags&dns.ZONE != 0 && key.Flags&dns.REVOKE == 0 && key.Protocol == 3 && len(keys) < maxKeys {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		l.forget(h)
		k.blame = h
		return add(TypeDNSKEY, 0, Bogus, "%s has a DS record, but no keys", trimDot(zone))
	}
	why := fmt.Sprintf("none of its keys has a fingerprint that its DS record names (%s)", strings.Join(tags, ", "))
	keyTags := make([]uint16, len(keys))
	for i, key := range keys {
		keyTags[i] = key.KeyTag()
	}
	for _, ds := range anchors[:min(len(anchors), maxDS)] {
		tried := 0
		for i, key := range keys {
			if keyTags[i] != ds.KeyTag || key.Algorithm != ds.Algorithm {
				continue
			}
			if tried++; tried > maxSameTag {
				break
			}
			made := key.ToDS(ds.DigestType)
			if made == nil || !strings.EqualFold(made.Digest, ds.Digest) {
				why = fmt.Sprintf("key %d does not have the fingerprint that the DS record names", ds.KeyTag)
				continue
			}
			for i, rr := range sigs {
				sig := rr.(*dns.RRSIG)
				if i == maxSignatures {
					break
				}
				if lower(sig.SignerName) != zone {
					continue
				}
				reason, ok := l.verifyOne(sig, set, []*dns.DNSKEY{key})
				if ok {
					k.keys = keys
					return add(TypeDNSKEY, ds.KeyTag, Secure, "key %d signs the zone's %d %s (%s)", ds.KeyTag, len(set), plural(len(set), "key"), AlgorithmName(key.Algorithm))
				}
				why = "the signature over its keys: " + reason
			}
			if len(sigs) == 0 {
				why = "its keys are not signed"
			}
		}
	}
	l.forget(h)
	k.blame = h
	return add(TypeDNSKEY, 0, Bogus, "the keys of %s: %s", zoneName(zone), why)
}

// supported keeps the DS records that we can use. Where there is a better
// digest, SHA-1 does not count (RFC 4509 3). None left means: not signed, as
// far as we can tell (RFC 4035 5.2).
func supported(all []*dns.DS) []*dns.DS {
	var good, sha1 []*dns.DS
	for _, ds := range all {
		switch ds.Algorithm {
		case dns.RSASHA1, dns.RSASHA1NSEC3SHA1, dns.RSASHA256, dns.RSASHA512, dns.ECDSAP256SHA256, dns.ECDSAP384SHA384, dns.ED25519:
		default:
			continue
		}
		switch ds.DigestType {
		case dns.SHA256, dns.SHA384:
			good = append(good, ds)
		case dns.SHA1:
			sha1 = append(sha1, ds)
		}
	}
	if len(good) == 0 {
		return sha1
	}
	return good
}

// anchors returns the DS records of the root that we start from.
func (l *lookup) anchors() []*dns.DS {
	texts := l.r.Anchors
	if texts == nil {
		texts = RootAnchors()
	}
	var anchors []*dns.DS
	for _, text := range texts {
		if ds := readAnchor(text); ds != nil {
			anchors = append(anchors, ds)
		}
	}
	return anchors
}
