package dnslookup

import (
	"net/netip"
	"strings"
)

// special names are answered without a packet, by the RFC beside them.
var special = []struct {
	suffix string
	rfc    string
	reason string
}{
	{"localhost.", "RFC 6761 6.3", "this computer itself, by definition"},
	{"invalid.", "RFC 6761 6.4", "reserved so that it never exists"},
	{"onion.", "RFC 7686", "a name of the Tor network; DNS must not be asked for it"},
}

func isSpecial(name string) bool {
	for _, s := range special {
		if name == s.suffix || strings.HasSuffix(name, "."+s.suffix) {
			return true
		}
	}
	return false
}

// locally answers from the hosts file, or because an RFC says so. done means
// that nobody is to be asked.
func (l *lookup) locally(res *Result) (done bool, err error) {
	if l.r.NoRecurse {
		return false, nil
	}
	if addrs := l.r.Hosts.Addrs(res.Name); len(addrs) > 0 {
		return l.have(res, addrs, l.r.Hosts.Path)
	}
	for _, s := range special {
		if res.Name != s.suffix && !strings.HasSuffix(res.Name, "."+s.suffix) {
			continue
		}
		local := s.rfc + ": " + s.reason
		if s.suffix == "localhost." {
			return l.have(res, []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}, local)
		}
		res.Local, res.Rcode = local, NXDomain
		res.Negative = &Negative{Name: res.Name}
		l.r.tell(Step{Question: Question{res.Name, res.Types[0]}, Outcome: Local, Note: local, Rcode: NXDomain})
		return true, &Error{Question: Question{res.Name, res.Types[0]}, Kind: ErrNXDomain, Detail: local, Rcode: NXDomain}
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
