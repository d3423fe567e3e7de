package world

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sort"
	"sync"

	"github.com/miekg/dns"
)

// A key is a zone's Ed25519 key (RFC 8080). It follows from the world's seed,
// so that every run has the same keys, tags and signatures.
type key struct {
	private ed25519.PrivateKey
	record  *dns.DNSKEY
}

func newKey(seed uint64, origin, role string) *key {
	sum := sha256.Sum256(fmt.Appendf(nil, "onwire world %d %s %s", seed, origin, role))
	return &key{private: ed25519.NewKeyFromSeed(sum[:])}
}

// in gives the key its record in a zone: 257 signs keys, 256 signs the rest.
func (k *key) in(z *zone, flags uint16) *key {
	public := k.private.Public().(ed25519.PublicKey)
	k.record = &dns.DNSKEY{Hdr: z.header(z.origin, dns.TypeDNSKEY, 3600), Flags: flags, Protocol: 3,
		Algorithm: dns.ED25519, PublicKey: base64.StdEncoding.EncodeToString(public)}
	return k
}

// dsRecord returns what the zone above publishes about this one.
func (z *zone) dsRecord() *dns.DS {
	ds := z.ksk.record.ToDS(dns.SHA256)
	ds.Hdr.Ttl = 3600
	if z.ds == "wrong" {
		ds.Digest = fmt.Sprintf("%x", sha256.Sum256([]byte("wrong")))
	}
	return ds
}

// signatures are made when somebody asks for them, once.
type signatures struct {
	mu   sync.Mutex
	made map[string]dns.RR
}

func newSignatures() *signatures { return &signatures{made: map[string]dns.RR{}} }

// sign returns the signature over an RRset of the zone; nil if the zone is not
// signed, or has no say about the set.
func (z *zone) sign(set []dns.RR) dns.RR {
	if z.proofs == unsigned || len(set) == 0 {
		return nil
	}
	h := set[0].Header()
	name := dns.CanonicalName(h.Name)
	id := name + " " + dns.TypeToString[h.Rrtype]
	z.sigs.mu.Lock()
	defer z.sigs.mu.Unlock()
	if sig := z.sigs.made[id]; sig != nil {
		return sig
	}
	k := z.zsk
	if h.Rrtype == dns.TypeDNSKEY {
		k = z.ksk
	}
	labels := dns.CountLabel(name)
	if len(name) > 1 && name[0] == '*' {
		labels--
	}
	sig := &dns.RRSIG{
		Hdr: z.header(h.Name, dns.TypeRRSIG, h.Ttl), TypeCovered: h.Rrtype, Algorithm: dns.ED25519, Labels: uint8(labels),
		OrigTtl: h.Ttl, Expiration: z.expire, Inception: z.inception, KeyTag: k.record.KeyTag(), SignerName: z.origin,
	}
	if err := sig.Sign(k.private, set); err != nil {
		panic("world: signing " + id + ": " + err.Error()) // the records are ours
	}
	z.sigs.made[id] = sig
	return sig
}

// types returns the types at a name, as its NSEC or NSEC3 record lists them.
func (z *zone) types(name string, own uint16) []uint16 {
	cut := name != z.origin && len(z.records[name][dns.TypeNS]) > 0
	var types []uint16
	for t := range z.records[name] {
		if !cut || t == dns.TypeNS || t == dns.TypeDS {
			types = append(types, t)
		}
	}
	signed := len(types) > 0 && (!cut || len(z.records[name][dns.TypeDS]) > 0)
	if own == dns.TypeNSEC {
		types, signed = append(types, dns.TypeNSEC), true
	}
	if signed {
		types = append(types, dns.TypeRRSIG)
	}
	sort.Slice(types, func(i, j int) bool { return types[i] < types[j] })
	return types
}

// nsecAt returns the NSEC record of the i-th name.
func (z *zone) nsecAt(i int) dns.RR {
	name := z.names[i]
	return &dns.NSEC{Hdr: z.header(name, dns.TypeNSEC, z.soa().Minttl), NextDomain: z.names[(i+1)%len(z.names)], TypeBitMap: z.types(name, dns.TypeNSEC)}
}

// gap returns the NSEC record at a name, or in whose gap the name lies.
func (z *zone) gap(name string) dns.RR {
	i := sort.Search(len(z.names), func(i int) bool { return before(name, z.names[i]) }) - 1
	return z.nsecAt((i + len(z.names)) % len(z.names))
}

// A hashed name of an NSEC3 chain.
type hashed struct{ hash, name string }

func (z *zone) nsec3At(i int) dns.RR {
	h := z.hashes[i]
	flags := uint8(0)
	if z.proofs == nsec3OptOut {
		flags = 1
	}
	owner := h.hash + "." + z.origin
	if z.origin == "." {
		owner = h.hash + "."
	}
	return &dns.NSEC3{
		Hdr: z.header(dns.CanonicalName(owner), dns.TypeNSEC3, z.soa().Minttl), Hash: dns.SHA1, Flags: flags, HashLength: 20,
		NextDomain: z.hashes[(i+1)%len(z.hashes)].hash, TypeBitMap: z.types(h.name, dns.TypeNSEC3),
	}
}

// gap3 returns the NSEC3 record that matches a name or in whose gap its hash
// lies, and which of the two.
func (z *zone) gap3(name string) (rr dns.RR, matches bool) {
	hash := dns.HashName(name, dns.SHA1, 0, "")
	i := sort.Search(len(z.hashes), func(i int) bool { return z.hashes[i].hash > hash }) - 1
	i = (i + len(z.hashes)) % len(z.hashes)
	return z.nsec3At(i), z.hashes[i].hash == hash
}
