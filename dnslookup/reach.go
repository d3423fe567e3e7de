package dnslookup

import (
	"net/netip"
)

// A reach is how far away the computer can be that has an address.
type reach int

const (
	nowhere    reach = iota // no single computer has such an address
	loopback                // this computer
	linkLocal               // this link
	private                 // this organisation
	everywhere              // the Internet; and the documentation's addresses, which are a lab's
)

// String returns what an address of that reach is.
func (r reach) String() string {
	return [...]string{"no computer's address", "a loopback address", "a link-local address", "an address in a private network", "a public address"}[r]
}

// reaches are the prefixes that are not public, from IANA's registries of
// special-purpose addresses (RFC 6890).
var reaches = []struct {
	prefix netip.Prefix
	reach  reach
}{
	{netip.MustParsePrefix("0.0.0.0/8"), nowhere},
	{netip.MustParsePrefix("224.0.0.0/3"), nowhere}, // multicast, reserved, broadcast
	{netip.MustParsePrefix("::/96"), nowhere},       // unspecified; ::1 is below
	{netip.MustParsePrefix("100::/64"), nowhere},    // discard-only
	{netip.MustParsePrefix("ff00::/8"), nowhere},    // multicast
	{netip.MustParsePrefix("127.0.0.0/8"), loopback},
	{netip.MustParsePrefix("169.254.0.0/16"), linkLocal},
	{netip.MustParsePrefix("fe80::/10"), linkLocal},
	{netip.MustParsePrefix("10.0.0.0/8"), private},
	{netip.MustParsePrefix("100.64.0.0/10"), private}, // shared by a provider's customers (RFC 6598)
	{netip.MustParsePrefix("172.16.0.0/12"), private},
	{netip.MustParsePrefix("192.0.0.0/24"), private},
	{netip.MustParsePrefix("192.168.0.0/16"), private},
	{netip.MustParsePrefix("198.18.0.0/15"), private}, // benchmarks
	{netip.MustParsePrefix("64:ff9b:1::/48"), private},
	{netip.MustParsePrefix("fc00::/7"), private},
	{netip.MustParsePrefix("fec0::/10"), private}, // site-local, deprecated
}

// reachOf returns the reach of an address. An IPv6 address that a translator or
// a tunnel turns into an IPv4 address goes no further than that one.
func reachOf(addr netip.Addr) reach {
	addr = addr.Unmap().WithZone("")
	switch {
	case !addr.IsValid():
		return nowhere
	case addr == netip.IPv6Loopback():
		return loopback
	}
	for _, known := range reaches {
		if known.prefix.Contains(addr) {
			return known.reach
		}
	}
	b := addr.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(addr): // RFC 6052
		return reachOf(netip.AddrFrom4([4]byte(b[12:16])))
	case netip.MustParsePrefix("2002::/16").Contains(addr): // RFC 3056
		return reachOf(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return everywhere
}

// outOfReach returns why a name server is not to be asked, or nil. The zones
// below a public root are everyone's: where one names a server on loopback or
// in a private network, it makes this computer ask its own neighbours. Below a
// root that is there itself, such as one that --root names, it may.
func (l *lookup) outOfReach(server Server) error {
	if l.least == nowhere {
		l.least = everywhere
		for _, root := range l.root().servers {
			l.least = min(l.least, reachOf(root.Addr.Addr()))
		}
	}
	if r := reachOf(server.Addr.Addr()); r < max(l.least, loopback) {
		return tryFailed(ErrLame, true, "it has %s, and the root of this zone is public", r)
	}
	return nil
}
