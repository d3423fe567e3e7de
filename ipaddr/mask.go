package ipaddr

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

const maskHint = "a mask is ones, then zeros, such as 255.255.255.0"

// maskValue reads the 32 bits of a mask: four octets, or eight hex digits after
// 0x, as ifconfig prints them.
func maskValue(s string) (v uint32, ok bool) {
	if hex, found := cutHex(s); found && len(hex) == 8 {
		n, err := strconv.ParseUint(hex, 16, 32)
		return uint32(n), err == nil
	}
	m, err := netip.ParseAddr(s)
	if err != nil || !m.Is4() {
		return 0, false
	}
	return uint32(valueOf(m).lo), true
}

// netmaskLength returns the prefix length of a netmask: ones, then zeros.
func netmaskLength(v uint32) (length int, ok bool) {
	ones := bits.LeadingZeros32(^v)
	return ones, ones == 32 || v<<ones == 0
}

// wildcardLength returns the prefix length of a wildcard mask: zeros, then ones.
func wildcardLength(v uint32) (length int, ok bool) { return netmaskLength(^v) }

// mask reads an IPv4 netmask (255.255.255.0 or 0xffffff00) or wildcard mask
// (0.0.0.255) as a prefix length. Either must be one run of ones and one of
// zeros (RFC 4632 5.1).
func (p *parser) mask(a netip.Addr, s string, at int) (int, error) {
	if !a.Is4() {
		return 0, p.fail(at, "write the length, as in /64", "an IPv6 prefix has a length, not a mask")
	}
	v, ok := maskValue(s)
	if !ok {
		if p.quiet {
			return 0, new(ParseError)
		}
		return 0, p.diagnoseMask(s, at)
	}
	if ones, ok := netmaskLength(v); ok {
		switch {
		case v == 0 || ones == 32:
			p.note("%s is read as a netmask, so the length is %d; as a wildcard mask it would be %d", s, ones, 32-ones)
		case !strings.Contains(s, "."):
			p.note("%s is the netmask %s in hex, so the length is %d", s, Mask(netip.PrefixFrom(a, ones)), ones)
		}
		return ones, nil
	}
	if zeros, ok := wildcardLength(v); ok {
		p.note("%s is a wildcard mask, the inverse of %s", s, Mask(netip.PrefixFrom(a, zeros)))
		return zeros, nil
	}
	return 0, p.fail(at, maskHint, "the mask %s is not one run of ones: %032b", s, v)
}

// maskFirst reports whether a netmask is in the first place and an address
// in the second, and returns how the prefix should be written.
func maskFirst(first, second string) (right string, ok bool) {
	v, isMask := maskValue(first)
	length, contiguous := netmaskLength(v)
	a, err := netip.ParseAddr(second)
	if !isMask || !contiguous || length < 8 || err != nil || !a.Is4() {
		return "", false
	}
	return a.String() + "/" + strconv.Itoa(length), true
}

// words reads an address and its mask as two words: "10.0.0.1 255.255.255.0",
// as ipconfig and routers print them, or with a word of ifconfig or route
// between: "10.0.0.1 netmask 0xffffff00", "fe80::1 prefixlen 64". ok is false
// where the text is something else.
func (p *parser) words() (in Input, ok bool, err error) {
	if !strings.ContainsAny(p.text, " \t") {
		return Input{}, false, nil
	}
	parts := strings.FieldsFunc(p.text, func(r rune) bool { return r == ' ' || r == '\t' })
	keyword := ""
	if len(parts) == 3 {
		keyword, parts = strings.ToLower(parts[1]), []string{parts[0], parts[2]}
	}
	if len(parts) != 2 {
		return Input{}, false, nil
	}
	a, parseErr := netip.ParseAddr(parts[0])
	second, at := parts[1], strings.LastIndex(p.text, parts[1])
	v, isMask := maskValue(second)
	var length int
	switch {
	case parseErr != nil:
		return Input{}, false, nil
	case keyword == "prefixlen":
		length, err = p.number(second, at, "prefix length", width(a))
	case keyword != "" && keyword != "netmask" && keyword != "mask":
		return Input{}, false, nil
	case !a.Is4() || !isMask:
		return Input{}, false, nil
	case keyword == "" && !looksLikeMask(v):
		return Input{}, false, nil // two addresses
	default:
		length, err = p.mask(a, second, at)
	}
	if err != nil {
		return Input{}, true, err
	}
	p.spelt, _, _ = strings.Cut(parts[0], "%")
	if len(p.notes) == 0 && keyword != "prefixlen" {
		p.note("%s is read as the netmask of %s, so the prefix length is %d", second, parts[0], length)
	}
	return Input{Kind: KindPrefix, Addr: a, Prefix: netip.PrefixFrom(a.WithZone(""), length)}, true, nil
}

// looksLikeMask reports whether a number of 32 bits is a mask, or was meant to
// be one: no host has an address that starts with 255.
func looksLikeMask(v uint32) bool {
	_, netmask := netmaskLength(v)
	_, wildcard := wildcardLength(v)
	return netmask || wildcard || v>>24 == 255
}

// noteMask notes that an address without a prefix length is a netmask or a wildcard
// mask in everyday use.
func (p *parser) noteMask(a netip.Addr) {
	if !a.Is4() {
		return
	}
	v := uint32(valueOf(a).lo)
	if length, ok := netmaskLength(v); ok && length >= 8 && length < 32 {
		p.note("%s is a netmask, of length %d: it is written after an address, as in 192.0.2.1/%d", a, length, length)
	} else if length, ok := wildcardLength(v); ok && length >= 8 && length < 31 {
		p.note("%s is a wildcard mask, of length %d: it is written after an address, as in 192.0.2.1/%d", a, length, length)
	}
}
