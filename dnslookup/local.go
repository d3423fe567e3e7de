package dnslookup

import (
	"net/netip"
	"slices"
	"strings"
)

// special names are not asked for, by the RFC beside them. Those of kind
// ErrNotDNS may exist, but DNS is not where to look.
var special = []struct {
	suffix string
	rfc    string
	reason string
	kind   error
}{
	{"localhost.", "RFC 6761 6.3", "this computer itself, by definition", nil},
	{"invalid.", "RFC 6761 6.4", "reserved so that it never exists", ErrNXDomain},
	{"onion.", "RFC 7686", "a name of the Tor network; DNS must not be asked for it", ErrNXDomain},
	{"local.", "RFC 6762 22.1", "names below .local are found by multicast DNS (mDNS, Bonjour): the hosts of the link are asked, no DNS server", ErrNotDNS},
	{"254.169.in-addr.arpa.", "RFC 6762 4", ofLink, ErrNotDNS},
	{"8.e.f.ip6.arpa.", "RFC 6762 4", ofLink, ErrNotDNS},
	{"9.e.f.ip6.arpa.", "RFC 6762 4", ofLink, ErrNotDNS},
	{"a.e.f.ip6.arpa.", "RFC 6762 4", ofLink, ErrNotDNS},
	{"b.e.f.ip6.arpa.", "RFC 6762 4", ofLink, ErrNotDNS},
}

const ofLink = "the name of a link-local address is found by multicast DNS: the hosts of the link are asked, no DNS server"

func within(name, suffix string) bool {
	return strings.HasSuffix(name, suffix) && (len(name) == len(suffix) || name[len(name)-len(suffix)-1] == '.')
}

func isSpecial(name string) bool {
	for _, s := range special {
		if within(name, s.suffix) {
			return true
		}
	}
	return false
}

// locally answers from the hosts file, or because an RFC says so. done means
// that no server is to be asked.
func (l *lookup) locally(res *Result) (done bool, err error) {
	if l.r.NoRecurse || l.r.class() != ClassIN {
		return false, nil
	}
	if addrs := l.r.Hosts.Addrs(res.Name); len(addrs) > 0 {
		return l.have(res, addrs, l.r.Hosts.Path)
	}
	for _, s := range special {
		if !within(res.Name, s.suffix) || slices.Contains(l.r.NotLocal, s.suffix) {
			continue
		}
		local := s.rfc + ": " + s.reason
		if s.suffix == "localhost." {
			return l.have(res, []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}, local)
		}
		res.Local = local
		if s.kind == ErrNXDomain {
			res.Rcode, res.Negative = NXDomain, &Negative{Name: res.Name}
		}
		l.r.tell(Step{Question: Question{res.Name, res.Types[0]}, Outcome: Local, Note: local, Rcode: res.Rcode})
		return true, &Error{Question: Question{res.Name, res.Types[0]}, Kind: s.kind, Detail: local, Rcode: res.Rcode}
	}
	return false, nil
}

// have fills a Result with known addresses, as far as those types are asked
// for. A name in the hosts file has no other records.
func (l *lookup) have(res *Result, addrs []netip.Addr, local string) (bool, error) {
	asked := false
	for _, t := range res.Types {
		asked = asked || t == TypeA || t == TypeAAAA || t == TypeANY
		for _, addr := range addrs {
			if want := addressType(addr); t == want || t == TypeANY {
				res.Records = append(res.Records, Record{Name: res.Name, Type: want, Class: 1, Data: addr.String(), Addr: addr})
			}
		}
	}
	if !asked && !isSpecial(res.Name) {
		return false, nil // the hosts file knows addresses only
	}
	res.Local = local
	l.r.tell(Step{Question: Question{res.Name, res.Types[0]}, Outcome: Local, Note: local})
	if len(res.Records) == 0 {
		res.Negative = &Negative{Name: res.Name}
		return true, &Error{Question: Question{res.Name, res.Types[0]}, Kind: ErrNoData, Detail: local}
	}
	res.Addrs = l.r.order(res.Records)
	return true, nil
}

func addressType(addr netip.Addr) Type {
	if addr.Is4() {
		return TypeA
	}
	return TypeAAAA
}
