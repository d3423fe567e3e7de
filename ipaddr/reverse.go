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
	p, ok := PrefixOfReverseName(name)
	return p.Addr(), ok && p.IsSingleIP() && ReverseName(p.Addr()) == name
}

// PrefixOfReverseName returns the prefix whose zone or name it is: a single
// address for 1.2.0.192.in-addr.arpa, and 192.0.2.0/24 for 2.0.192.in-addr.arpa.
// It reads the names of RFC 2317, which delegate a part of an IPv4 zone, in all
// the ways in use: 64/26.2.0.192.in-addr.arpa, 64-26, and 64-127 with the last
// octet in place of the length; and a name inside such a part. Upper case and
// a dot at the end do not count. ok is false for any other name.
func PrefixOfReverseName(name string) (p netip.Prefix, ok bool) {
	const longest = 80 // 64 digits and dots of IPv6, and the zone
	if len(name) > longest {
		return netip.Prefix{}, false
	}
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(name, ".")), ".")
	slices.Reverse(labels) // arpa, in-addr or ip6, and the address
	if len(labels) < 2 || labels[0] != "arpa" {
		return netip.Prefix{}, false
	}
	switch labels[1] {
	case "in-addr":
		return prefixOfLabels4(labels[2:])
	case "ip6":
		return prefixOfLabels6(labels[2:])
	}
	return netip.Prefix{}, false
}

func prefixOfLabels4(labels []string) (p netip.Prefix, ok bool) {
	var part netip.Prefix // of RFC 2317
	if len(labels) > 3 && strings.ContainsAny(labels[3], "/-") {
		if part, ok = partOfZone(labels[:3], labels[3]); !ok {
			return netip.Prefix{}, false
		}
		if labels = slices.Delete(slices.Clone(labels), 3, 4); len(labels) == 3 {
			return part, true
		}
	}
	if len(labels) > 4 {
		return netip.Prefix{}, false
	}
	var b [4]byte
	for i, label := range labels {
		n, err := strconv.ParseUint(label, 10, 8)
		if err != nil || strconv.FormatUint(n, 10) != label {
			return netip.Prefix{}, false
		}
		b[i] = byte(n)
	}
	p = netip.PrefixFrom(netip.AddrFrom4(b), 8*len(labels))
	return p, !part.IsValid() || part.Contains(p.Addr())
}

// partOfZone reads the label of RFC 2317: the first octet of the part, and its
// length or its last octet. After "-" it may be either: it is the last octet
// where the two are the ends of a prefix.
func partOfZone(labels []string, label string) (p netip.Prefix, ok bool) {
	text := labels[0] + "." + labels[1] + "." + labels[2] + "."
	first, second, slash := strings.Cut(label, "/")
	if !slash {
		first, second, _ = strings.Cut(label, "-")
		a, err := netip.ParseAddr(text + first)
		b, err2 := netip.ParseAddr(text + second)
		if err == nil && err2 == nil && !b.Less(a) {
			if prefixes := (Range{a, b}).Prefixes(); len(prefixes) == 1 {
				return prefixes[0], true
			}
		}
	}
	p, err := netip.ParsePrefix(text + first + "/" + second)
	return p, err == nil && p.Bits() > 24 && p == p.Masked()
}

func prefixOfLabels6(labels []string) (p netip.Prefix, ok bool) {
	if len(labels) > 32 {
		return netip.Prefix{}, false
	}
	var b [16]byte
	for i, label := range labels {
		n, err := strconv.ParseUint(label, 16, 4)
		if err != nil || len(label) != 1 {
			return netip.Prefix{}, false
		}
		b[i/2] |= byte(n) << (4 - i%2*4)
	}
	return netip.PrefixFrom(netip.AddrFrom16(b), 4*len(labels)), true
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
