package world

import (
	"bufio"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A proofKind is how a zone proves what does not exist.
type proofKind int

const (
	unsigned    proofKind = iota
	nsec                  // RFC 4034
	nsec3                 // RFC 5155, without salt, no extra rounds (RFC 9276)
	nsec3OptOut           // and unsigned delegations are left out of the chain
)

// A zone is one zone of the world with its servers. Directives at the top of
// its file say how it behaves:
//
//	;; servers: 198.51.100.10 2001:db8:53::10
//	;; sign: no | nsec | nsec3 | nsec3-optout     (nsec)
//	;; ds: yes | no | wrong                       (yes, if it is signed)
//	;; dates: 2023-01-01 2024-01-01               when its signatures are valid
//	;; forge: www.broken.cn. A                    changes that record after signing
//	;; lame: 198.51.100.66                        a server that knows no zone at all
//	;; rtt: 30ms                                  how far away its servers are (20ms)
//	;; transfer: yes | no                         whether they give the whole zone (no)
type zone struct {
	origin  string
	records map[string]map[uint16][]dns.RR
	exists  map[string]bool // names with records or with names below them
	names   []string        // authoritative owners in canonical order, for NSEC
	hashes  []hashed        // the same for NSEC3, by hash

	servers           []netip.Addr
	lame              []netip.Addr
	rtt               time.Duration
	transfer          bool
	proofs            proofKind
	ds                string
	inception, expire uint32
	forgeName         string
	forgeType         uint16

	ksk, zsk *key
	sigs     *signatures
}

// loadZone reads a zone file. Its name is the zone's: "example.cn.zone", and
// "root.zone" for the root.
func loadZone(fsys fs.FS, path string) (*zone, error) {
	data, err := fs.ReadFile(fsys, path)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".zone")
	origin := dns.CanonicalName(base)
	if base == "root" {
		origin = "."
	}
	z := &zone{
		origin: origin, records: map[string]map[uint16][]dns.RR{}, exists: map[string]bool{origin: true},
		proofs: nsec, ds: "yes", sigs: newSignatures(),
		inception: seconds("2025-01-01"), expire: seconds("2035-01-01"),
	}
	lines := bufio.NewScanner(strings.NewReader(string(data)))
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), ";; "); ok {
			if err := z.directive(text); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	parser := dns.NewZoneParser(strings.NewReader(string(data)), z.origin, path)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		if !dns.IsSubDomain(z.origin, rr.Header().Name) {
			return nil, fmt.Errorf("%s: %s is not in the zone %s", path, rr.Header().Name, z.origin)
		}
		z.add(rr)
	}
	if err := parser.Err(); err != nil {
		return nil, err
	}
	if len(z.records[z.origin][dns.TypeSOA]) != 1 {
		return nil, fmt.Errorf("%s: a zone has one SOA record", path)
	}
	if len(z.servers) == 0 {
		return nil, fmt.Errorf("%s: no \";; servers:\" line", path)
	}
	return z, nil
}

func seconds(date string) uint32 {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0
	}
	return uint32(t.Unix())
}

func (z *zone) directive(text string) error {
	name, value, _ := strings.Cut(text, ":")
	value = strings.TrimSpace(value)
	words := strings.Fields(value)
	switch name {
	case "servers", "lame":
		for _, word := range words {
			addr, err := netip.ParseAddr(word)
			if err != nil {
				return err
			}
			if name == "lame" {
				z.lame = append(z.lame, addr)
			} else {
				z.servers = append(z.servers, addr)
			}
		}
	case "sign":
		kinds := map[string]proofKind{"no": unsigned, "nsec": nsec, "nsec3": nsec3, "nsec3-optout": nsec3OptOut}
		kind, ok := kinds[value]
		if !ok {
			return fmt.Errorf("sign: %q is not no, nsec, nsec3 or nsec3-optout", value)
		}
		z.proofs = kind
	case "ds":
		if !slices.Contains([]string{"yes", "no", "wrong"}, value) {
			return fmt.Errorf("ds: %q is not yes, no or wrong", value)
		}
		z.ds = value
	case "dates":
		if len(words) != 2 || seconds(words[0]) == 0 || seconds(words[1]) == 0 {
			return fmt.Errorf("dates: %q is not two dates such as 2025-01-01", value)
		}
		z.inception, z.expire = seconds(words[0]), seconds(words[1])
	case "forge":
		if len(words) != 2 || dns.StringToType[words[1]] == 0 {
			return fmt.Errorf("forge: %q is not a name and a type", value)
		}
		z.forgeName, z.forgeType = dns.CanonicalName(words[0]), dns.StringToType[words[1]]
	case "transfer":
		if value != "yes" && value != "no" {
			return fmt.Errorf("transfer: %q is not yes or no", value)
		}
		z.transfer = value == "yes"
	case "rtt":
		rtt, err := time.ParseDuration(value)
		if err != nil {
			return err
		}
		z.rtt = rtt
	default:
		return fmt.Errorf("%q is not a directive", name)
	}
	return nil
}

// add puts a record into the zone, before it is finished.
func (z *zone) add(rr dns.RR) {
	name := dns.CanonicalName(rr.Header().Name)
	if z.records[name] == nil {
		z.records[name] = map[uint16][]dns.RR{}
	}
	t := rr.Header().Rrtype
	z.records[name][t] = append(z.records[name][t], rr)
	for n := name; n != z.origin && !z.exists[n]; n = parent(n) {
		z.exists[n] = true
	}
}

func parent(name string) string {
	i, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

// cut returns the highest name at or above name where the zone delegates to
// another one; "" if it does not.
func (z *zone) cut(name string) string {
	found := ""
	for n := name; n != z.origin; n = parent(n) {
		if len(z.records[n][dns.TypeNS]) > 0 {
			found = n
		}
	}
	return found
}

// finish makes the chains of names that prove gaps, once all records are in.
func (z *zone) finish() {
	if z.proofs == unsigned {
		return
	}
	z.ksk, z.zsk = z.ksk.in(z, 257), z.zsk.in(z, 256)
	z.add(z.ksk.record)
	z.add(z.zsk.record)
	if z.proofs != nsec {
		z.add(&dns.NSEC3PARAM{Hdr: z.header(z.origin, dns.TypeNSEC3PARAM, 0), Hash: dns.SHA1, Salt: ""})
	}
	authoritative := map[string]bool{}
	for name := range z.records {
		cut := z.cut(name)
		if cut != "" && cut != name {
			continue // glue
		}
		if cut == name && z.proofs == nsec3OptOut && len(z.records[name][dns.TypeDS]) == 0 {
			continue
		}
		authoritative[name] = true
	}
	if z.proofs == nsec {
		for name := range authoritative {
			z.names = append(z.names, name)
		}
		sort.Slice(z.names, func(i, j int) bool { return before(z.names[i], z.names[j]) })
		return
	}
	for name := range authoritative { // NSEC3 has empty non-terminals too
		for n := parent(name); n != "." && dns.IsSubDomain(z.origin, n) && !authoritative[n]; n = parent(n) {
			authoritative[n] = true
		}
	}
	for name := range authoritative {
		z.hashes = append(z.hashes, hashed{dns.HashName(name, dns.SHA1, 0, ""), name})
	}
	sort.Slice(z.hashes, func(i, j int) bool { return z.hashes[i].hash < z.hashes[j].hash })
}

func (z *zone) header(name string, t uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: t, Class: dns.ClassINET, Ttl: ttl}
}

func (z *zone) soa() *dns.SOA { return z.records[z.origin][dns.TypeSOA][0].(*dns.SOA) }

// before is the canonical order of names (RFC 4034 6.1), for names whose labels
// hold letters, digits and hyphens, "_" and "*".
func before(a, b string) bool {
	x, y := dns.SplitDomainName(a), dns.SplitDomainName(b)
	for i := 1; i <= min(len(x), len(y)); i++ {
		if l, r := x[len(x)-i], y[len(y)-i]; l != r {
			return l < r
		}
	}
	return len(x) < len(y)
}
