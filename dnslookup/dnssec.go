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

// A verdict is what the validator thinks of an RRset or of an absence.
type verdict struct {
	security Security
	why      string
	signer   string // the zone whose key signed it
	keyTag   uint16
	limit    time.Duration // how long a Secure RRset may be kept (RFC 4035 5.3.3)
	encloser string        // of a wildcard: the name above the "*"; "" for no wildcard
	blame    *hop          // of a Bogus one: the hop that is not genuine, if it is another
	failed   error
}

func bogus(format string, args ...any) verdict {
	return verdict{security: Bogus, why: fmt.Sprintf(format, args...)}
}

// Limits on the work that one look-up can cause: signatures over one RRset,
// keys with the same tag, keys of a zone, and fingerprints of them (KeyTrap,
// CVE-2023-50387).
const (
	maxSignatures = 8
	maxSameTag    = 4
	maxKeys       = 64
	maxDS         = 16
)

// validate verifies a hop by the chain from the root's key, and keeps the
// verdict with it. The error is ErrBogus, or what kept us from finding out.
func (l *lookup) validate(h *hop, depth int) error {
	if !h.checked {
		if l.memory {
			return errUnknown
		}
		v := l.judgeHop(h, depth)
		if v.failed != nil {
			return v.failed
		}
		h.checked, h.security, h.why = true, v.security, v.why
		l.blame = h
		if v.blame != nil {
			l.blame = v.blame
		}
		if end := l.now().Add(v.limit); v.limit > 0 && h.expires.After(end) {
			h.expires = end
		}
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
	if !h.dname() && (h.question.Type == TypeANY || h.question.Type == TypeRRSIG) {
		return l.judgeAll(h, depth)
	}
	set, sigs := pick(h.answer, first.Name, first.Rrtype)
	v := l.verify(set, sigs, depth)
	if v.security != Secure || v.encloser == "" {
		return v
	}
	// A wildcard made this answer. Then the name itself must not exist.
	d := l.proofs(denials(h.proof), depth)
	if d.failed == nil && d.security == Insecure {
		return d.verdict
	}
	if d.failed != nil || d.security != Secure {
		return verdict{security: Bogus, failed: d.failed, blame: d.blame, why: "a wildcard's answer, without proof that the name itself does not exist: " + d.why}
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
	why, blame := "no signature over "+what+" is of use", (*hop)(nil)
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
			why, blame = k.why, k.blame
			continue
		}
		reason, ok := l.verifyOne(sig, set, k.keys)
		if !ok {
			why, blame = fmt.Sprintf("the signature over %s: %s", what, reason), nil
			continue
		}
		v := verdict{security: Secure, signer: signer, keyTag: sig.KeyTag,
			limit: min(seconds(sig.OrigTtl), time.Unix(int64(sig.Expiration), 0).Sub(l.now())),
			why:   fmt.Sprintf("signed by key %d of %s until %s", sig.KeyTag, trimDot(signer), day(sig.Expiration))}
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
	return verdict{security: Bogus, why: why, blame: blame}
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
			return verdict{security: Bogus, why: k.why, blame: k.blame}
		}
	}
	return bogus("%s, though its zone is signed", what)
}
