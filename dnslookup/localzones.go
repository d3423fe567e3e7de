package dnslookup

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// A localZone is one that a Recursor answers by itself, because an RFC says
// that nothing about it is in the public DNS. It is empty (RFC 6303 3), but for
// the loopback addresses.
type localZone struct {
	name string // lower-case, fully qualified
	rfc  string
}

// localNames are the names of RFC 6761's registry that a recursor answers, and
// of IANA's registry of locally served zones what is not a reverse zone.
var localNames = []localZone{
	{"localhost.", "RFC 6761 6.3"},
	{"invalid.", "RFC 6761 6.4"},
	{"test.", "RFC 6761 6.2"},
	{"onion.", "RFC 7686 2"},
	{"alt.", "RFC 9476 2"},
	{"local.", "RFC 6762 22.1"},
	{"home.arpa.", "RFC 8375 4"},
	{"resolver.arpa.", "RFC 9462"},
	{"default.service.arpa.", "RFC 9665"},
}

// localPrefixes are the addresses whose reverse zones are served locally: all
// of RFC 6303 4, and 100.64.0.0/10 (RFC 7793).
var localPrefixes = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.2.0/24", "192.168.0.0/16", "198.51.100.0/24", "203.0.113.0/24", "255.255.255.255/32",
	"::/128", "::1/128", "fd00::/8", "fe80::/12", "fe90::/12", "fea0::/12", "feb0::/12", "2001:db8::/32",
}

// localZones holds both, by name.
var localZones = func() map[string]*localZone {
	zones := map[string]*localZone{}
	for _, z := range localNames {
		zones[z.name] = &z
	}
	for _, text := range localPrefixes {
		rfc := "RFC 6303 4"
		if text == "100.64.0.0/10" {
			rfc = "RFC 7793"
		}
		for _, name := range reverseZones(netip.MustParsePrefix(text)) {
			zones[name] = &localZone{name, rfc}
		}
	}
	return zones
}()

// reverseZones returns the zones of a prefix: one for each value
// of the last byte, or of the last hexadecimal digit, that it leaves open.
func reverseZones(p netip.Prefix) []string {
	step, width := 8, 32
	if p.Addr().Is6() {
		step, width = 4, 128
	}
	bits := (p.Bits() + step - 1) / step * step
	var zones []string
	b := p.Addr().AsSlice()
	for range 1 << (bits - p.Bits()) {
		addr, _ := netip.AddrFromSlice(b)
		labels := strings.SplitAfter(ReverseName(addr), ".")
		zones = append(zones, strings.Join(labels[(width-bits)/step:], ""))
		b[(bits-1)/8] += 1 << ((8 - bits%8) % 8)
	}
	return zones
}

// localZone returns the zone that answers a question here, or nil. About a DS
// record the zone above decides: those of zones below arpa are asked for, as
// they prove to a client that verifies that the zone is not signed.
func (r *Resolver) localZone(q Question) *localZone {
	for name := q.Name; name != ""; name = parentOf(name) {
		z := localZones[name]
		if z == nil {
			continue
		}
		if q.Type == TypeDS && name == q.Name && below(name, "arpa.") {
			return nil
		}
		for _, elsewhere := range r.NotLocal {
			if elsewhere = lower(elsewhere); below(elsewhere, z.name) && below(q.Name, elsewhere) {
				return nil
			}
		}
		return z
	}
	return nil
}

// localTTL is what RFC 6303 3 gives all records of such a zone, in seconds.
const localTTL = 10800

// answer fills in a reply with authority.
func (z *localZone) answer(m *dns.Msg, q Question) {
	m.Authoritative = true
	give := func(name, data string) {
		rr, err := dns.NewRR(fmt.Sprintf("%s %d IN %s", name, localTTL, data))
		if err != nil {
			panic(err) // a fault in our own table
		}
		if t := rr.Header().Rrtype; uint16(q.Type) == t || q.Type == TypeANY {
			m.Answer = append(m.Answer, rr)
		}
	}
	soa := fmt.Sprintf("SOA %s nobody.invalid. 1 3600 1200 604800 %d", z.name, localTTL)
	exists := q.Name == z.name
	if exists {
		give(z.name, soa)
		give(z.name, "NS "+z.name)
	}
	switch {
	case z.name == "localhost.": // every name below it is this computer (RFC 6761 6.3)
		exists = true
		give(q.Name, "A 127.0.0.1")
		give(q.Name, "AAAA ::1")
	case q.Name == "1.0.0.127.in-addr.arpa.", q.Name == ReverseName(netip.IPv6Loopback()):
		exists = true
		give(q.Name, "PTR localhost.")
	case below("1.0.0.127.in-addr.arpa.", q.Name):
		exists = true // an empty name above it
	}
	if len(m.Answer) > 0 {
		return
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	rr, err := dns.NewRR(fmt.Sprintf("%s %d IN %s", z.name, localTTL, soa))
	if err == nil {
		m.Ns = append(m.Ns, rr)
	}
}
