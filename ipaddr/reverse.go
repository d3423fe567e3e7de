package ipaddr

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ReverseName returns the name under which DNS keeps the name of an address:
// 1.2.0.192.in-addr.arpa (RFC 1035 3.5), or the 32 hex digits of an IPv6
// address from the last to the first under ip6.arpa (RFC 3596 2.5).
func ReverseName(a netip.Addr) string { return reverse(a, width(a)) }

// reverse names the zone of the first bits of a; bits is a whole number of
// octets for IPv4 and of hex digits for IPv6.
func reverse(a netip.Addr, bits int) string {
	var labels []string
	if a.Is4() {
		b := a.As4()
		for i := bits/8 - 1; i >= 0; i-- {
			labels = append(labels, strconv.Itoa(int(b[i])))
		}
		return strings.Join(append(labels, "in-addr.arpa"), ".")
	}
	b := a.As16()
	for i := bits/4 - 1; i >= 0; i-- {
		labels = append(labels, strconv.FormatUint(uint64(b[i/2]>>(4-i%2*4)&15), 16))
	}
	return strings.Join(append(labels, "ip6.arpa"), ".")
}

// AddrOfReverseName returns the address whose reverse name it is; ok is false
// for any other name.
func AddrOfReverseName(name string) (a netip.Addr, ok bool) {
	labels := strings.Split(name, ".")
	slices.Reverse(labels) // arpa, in-addr or ip6, and the address
	if len(labels) < 3 {
		return netip.Addr{}, false
	}
	text, mark, every := "", ".", 1
	if labels[1] == "ip6" {
		mark, every = ":", 4
	}
	for i, label := range labels[2:] {
		if i > 0 && i%every == 0 {
			text += mark
		}
		text += label
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil && ReverseName(a) == name
}

// labelBits is how many bits of an address one label of its reverse name has.
func labelBits(a netip.Addr) int {
	if a.Is6() {
		return 4
	}
	return 8
}

// ReverseZones returns the zones that hold the reverse names of a prefix. A
// length between two labels makes several zones: a /20 makes 16 zones of a /24
// each. IPv4 past /24 lies within a zone, from which RFC 2317 delegates parts
// by names such as "64/26.2.0.192.in-addr.arpa"; that name is returned.
func ReverseZones(p netip.Prefix) []string {
	p = p.Masked()
	label := labelBits(p.Addr())
	bits := (p.Bits() + label - 1) / label * label
	if p.Addr().Is4() && p.Bits() > 24 && p.Bits() < 32 {
		zone := reverse(p.Addr(), 24)
		return []string{fmt.Sprintf("%d/%d.%s", p.Addr().As4()[3], p.Bits(), zone)}
	}
	var zones []string
	parts, err := Split(p, bits)
	if err != nil {
		return nil // cannot be: bits is from p.Bits() to the width
	}
	for part := range parts {
		zones = append(zones, reverse(part.Addr(), bits))
	}
	return zones
}
