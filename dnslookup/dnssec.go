package dnslookup

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A Link is one step of the chain of trust: a key that is trusted because of
// the link before it, or data that such a key has signed.
type Link struct {
	Zone     string   // whose key it is, or who signed
	Name     string   // what is signed: "www.example.cn."
	Type     Type     // DS, DNSKEY, or the data's
	KeyTag   uint16   // of the key that signed; 0 where none did
	Security Security //
	Detail   string   // in words
}

// MarshalJSON writes zone, name, type, key_tag, security, detail.
func (l Link) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Zone     string   `json:"zone"`
		Name     string   `json:"name"`
		Type     Type     `json:"type"`
		KeyTag   uint16   `json:"key_tag"`
		Security Security `json:"security"`
		Detail   string   `json:"detail"`
	}{l.Zone, l.Name, l.Type, l.KeyTag, l.Security, l.Detail})
}

// zoneKeys are the keys of a zone, and what they are worth.
type zoneKeys struct {
	keys     []*dns.DNSKEY
	security Security
	why      string
	notZone  bool  // nothing is delegated at this name
	failed   error // the keys could not be had
	expires  time.Time
	links    []Link
}

// A verdict is what the validator thinks of an RRset or of an absence.
type verdict struct {
	security Security
	why      string
	signer   string // the zone whose key signed it
	keyTag   uint16
	encloser string // of a wildcard: the name above the "*"; "" for no wildcard
	failed   error
}

func bogus(format string, args ...any) verdict {
	return verdict{security: Bogus, why: fmt.Sprintf(format, args...)}
}

// Limits on the work that one look-up can cause: signatures over one RRset,
// and keys with the same tag (KeyTrap, CVE-2023-50387).
const (
	maxSignatures = 8
	maxSameTag    = 4
)

// validate verifies a hop by the chain from the root's key, and keeps the
// verdict with it. The error is ErrBogus, or what kept us from finding out.
func (l *lookup) validate(h *hop, depth int) error {
	if !h.checked {
		v := l.judgeHop(h, depth)
		if v.failed != nil {
			return v.failed
		}
		h.checked, h.security, h.why = true, v.security, v.why
		l.link(Link{Zone: v.signer, Name: h.question.Name, Type: h.shownType(), KeyTag: v.keyTag, Security: v.security, Detail: v.why})
		l.cache.verified(h)
	}
	if h.security == Bogus {
		l.cache.drop(h)
		return &Error{Question: h.question, Kind: ErrBogus, Detail: h.why}
	}
	return nil
}

// link adds to the chain that is shown, once.
func (l *lookup) link(k Link) {
	if !slices.Contains(l.trust, k) {
		l.trust = append(l.trust, k)
	}
}

func (h *hop) shownType() Type {
	if h.target == "" {
		return h.question.Type
	}
	if h.dname() {
		return TypeDNAME
	}
	return TypeCNAME
}

func (l *lookup) judgeHop(h *hop, depth int) verdict {
	if h.negative() {
		return l.judgeAbsence(h, depth)
	}
	first := h.answer[0].Header()
	if h.question.Type == TypeANY || h.question.Type == TypeRRSIG {
		return l.judgeAll(h, depth)
	}
	set, sigs := pick(h.answer, first.Name, first.Rrtype)
	v := l.verify(set, sigs, depth)
	if v.security != Secure || v.encloser == "" {
		return v
	}
	// A wildcard made this answer. Then the name itself must not exist.
	d := l.proofs(denials(h.proof), depth)
	if d.failed != nil || d.security != Secure {
		return verdict{security: Bogus, failed: d.failed, why: "a wildcard's answer, without proof that the name itself does not exist: " + d.why}
	}
	p := d.wildcard(h.question.Name, v.encloser)
	if !p.ok {
		return bogus("a wildcard's answer, and %s", p.why)
	}
	if p.optOut {
		return verdict{security: Insecure, why: "a wildcard's answer in a stretch where unsigned names may hide (opt-out)", signer: v.signer}
	}
	v.why += fmt.Sprintf("; made by the wildcard *.%s", v.encloser)
	return v
}

// judgeAll verifies every RRset of an answer with several types.
func (l *lookup) judgeAll(h *hop, depth int) verdict {
	v := verdict{security: Secure}
	seen := map[uint16]bool{dns.TypeRRSIG: true}
	for _, rr := range h.answer {
		t := rr.Header().Rrtype
		if seen[t] {
			continue
		}
		seen[t] = true
		set, sigs := pick(h.answer, rr.Header().Name, t)
		if one := l.verify(set, sigs, depth); one.security != Secure || one.failed != nil {
			return one
		} else {
			v.signer, v.keyTag = one.signer, one.keyTag
		}
	}
	v.why = "every set of records is signed by a key of " + trimDot(v.signer)
	if len(seen) == 1 {
		return verdict{security: Insecure, why: "signatures are not signed themselves"}
	}
	return v
}

// verify checks the signatures over an RRset (RFC 4035 5.3).
func (l *lookup) verify(set, sigs []dns.RR, depth int) verdict {
	owner, t := lower(set[0].Header().Name), Type(set[0].Header().Rrtype)
	what := trimDot(owner) + " " + t.String()
	if len(sigs) == 0 {
		return l.unsigned(owner, t, "no signature over "+what, depth)
	}
	why := "no signature over " + what + " is of use"
	for i, rr := range sigs {
		if i == maxSignatures {
			break
		}
		sig := rr.(*dns.RRSIG)
		signer := lower(sig.SignerName)
		if !below(owner, signer) || t == TypeDS && signer == owner {
			why = fmt.Sprintf("%s is signed by %s, which has no say about it", what, trimDot(signer))
			continue
		}
		k := l.keys(signer, depth)
		switch {
		case k.failed != nil:
			return verdict{failed: k.failed}
		case k.security == Insecure:
			return verdict{security: Insecure, why: k.why, signer: signer}
		case k.security != Secure:
			why = k.why
			continue
		}
		reason, ok := l.verifyOne(sig, set, k.keys)
		if !ok {
			why = fmt.Sprintf("the signature over %s: %s", what, reason)
			continue
		}
		v := verdict{security: Secure, signer: signer, keyTag: sig.KeyTag,
			why: fmt.Sprintf("signed by key %d of %s until %s", sig.KeyTag, trimDot(signer), day(sig.Expiration))}
		labels := dns.CountLabel(owner)
		if strings.HasPrefix(owner, "*.") {
			labels--
		}
		if int(sig.Labels) < labels { // RFC 4035 5.3.4
			i, _ := dns.PrevLabel(owner, int(sig.Labels))
			v.encloser = "."
			if sig.Labels > 0 {
				v.encloser = owner[i:]
			}
		}
		return v
	}
	return bogus("%s", why)
}

// verifyOne tries one signature with the keys that carry its tag.
func (l *lookup) verifyOne(sig *dns.RRSIG, set []dns.RR, keys []*dns.DNSKEY) (reason string, ok bool) {
	if int(sig.Labels) > dns.CountLabel(set[0].Header().Name) {
		return "it has more labels than the name", false
	}
	now := l.now()
	if !sig.ValidityPeriod(now) {
		if inception := time.Unix(int64(sig.Inception), 0); now.Before(inception) {
			return "RRSIG is valid only from " + day(sig.Inception), false
		}
		return "RRSIG expired on " + day(sig.Expiration), false
	}
	reason = fmt.Sprintf("no key of the zone has the tag %d", sig.KeyTag)
	tried := 0
	for _, key := range keys {
		if key.KeyTag() != sig.KeyTag || key.Algorithm != sig.Algorithm {
			continue
		}
		if tried++; tried > maxSameTag {
			return "too many keys have the same tag", false
		}
		if l.sigs--; l.sigs < 0 {
			return "too many signatures for one look-up", false
		}
		if err := sig.Verify(key, set); err == nil {
			return "", true
		}
		reason = fmt.Sprintf("RRSIG does not verify with key %d", sig.KeyTag)
	}
	return reason, false
}

// day writes an RRSIG's time.
func day(t uint32) string { return time.Unix(int64(t), 0).UTC().Format("2006-01-02") }

// unsigned decides what missing signatures mean: fine, if a zone on the way
// down to the name is provably not signed; otherwise somebody removed them.
func (l *lookup) unsigned(owner string, t Type, what string, depth int) verdict {
	last := owner
	if t == TypeDS { // its zone is the one above
		last = parentOf(owner)
	}
	var zones []string
	for name := last; name != "" && name != "."; name = parentOf(name) {
		zones = append(zones, name)
	}
	zones = append(zones, ".")
	slices.Reverse(zones)
	for _, zone := range zones {
		switch k := l.keys(zone, depth); {
		case k.failed != nil:
			return verdict{failed: k.failed}
		case k.notZone, k.security == Secure:
		case k.security == Insecure:
			return verdict{security: Insecure, why: k.why, signer: zone}
		default:
			return bogus("%s", k.why)
		}
	}
	return bogus("%s, though its zone is signed", what)
}

// keys returns the keys of a zone, verified by the zone above (RFC 4035 5.2).
func (l *lookup) keys(zone string, depth int) *zoneKeys {
	l.cache.mu.Lock()
	k := l.cache.keys[zone]
	l.cache.mu.Unlock()
	if k == nil || !l.now().Before(k.expires) {
		q := Question{zone, 0} // marks the search for keys; no type is 0
		if l.busy[q] {
			return &zoneKeys{security: Bogus, why: "the keys of " + zone + " depend on themselves"}
		}
		l.busy[q] = true
		k = l.findKeys(zone, depth)
		delete(l.busy, q)
		if k.failed == nil && k.security != Bogus {
			l.cache.mu.Lock()
			l.cache.keys[zone] = k
			l.cache.mu.Unlock()
		}
	}
	for _, link := range k.links {
		l.link(link)
	}
	return k
}

func (l *lookup) findKeys(zone string, depth int) *zoneKeys {
	k := &zoneKeys{expires: l.now().Add(time.Hour)}
	until := func(h *hop) {
		if h.expires.After(l.now()) && h.expires.Before(k.expires) {
			k.expires = h.expires
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
	anchors = supported(anchors)
	if len(anchors) == 0 {
		return add(TypeDS, 0, Insecure, "%s is signed only with algorithms that this program does not know", trimDot(zone))
	}
	var tags []string
	for _, ds := range anchors {
		tags = append(tags, fmt.Sprint(ds.KeyTag))
	}
	k.links = append(k.links, Link{Zone: zone, Name: zone, Type: TypeDS, Security: Secure,
		Detail: fmt.Sprintf("key %s is trusted by %s", strings.Join(tags, ", "), from)})
	h, err := l.hop(Question{zone, TypeDNSKEY}, depth+1, "the keys of "+zone)
	if err != nil {
		k.failed = err
		return k
	}
	until(h)
	set, sigs := pick(h.answer, zone, dns.TypeDNSKEY)
	var keys []*dns.DNSKEY
	for _, rr := range set {
		if key := rr.(*dns.DNSKEY); key.Flags&dns.ZONE != 0 && key.Flags&dns.REVOKE == 0 && key.Protocol == 3 {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return add(TypeDNSKEY, 0, Bogus, "%s has a DS record, but no keys", trimDot(zone))
	}
	why := fmt.Sprintf("none of its keys has a fingerprint that its DS record names (%s)", strings.Join(tags, ", "))
	for _, ds := range anchors {
		for _, key := range keys {
			if key.KeyTag() != ds.KeyTag || key.Algorithm != ds.Algorithm {
				continue
			}
			made := key.ToDS(ds.DigestType)
			if made == nil || !strings.EqualFold(made.Digest, ds.Digest) {
				why = fmt.Sprintf("key %d does not have the fingerprint that the DS record names", ds.KeyTag)
				continue
			}
			for i, rr := range sigs {
				sig := rr.(*dns.RRSIG)
				if i == maxSignatures || lower(sig.SignerName) != zone {
					break
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
	return add(TypeDNSKEY, 0, Bogus, "the keys of %s: %s", zone, why)
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
		if rr, err := dns.NewRR(text); err == nil {
			if ds, ok := rr.(*dns.DS); ok {
				anchors = append(anchors, ds)
			}
		}
	}
	return anchors
}
