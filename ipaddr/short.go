package ipaddr

import (
	"net/netip"
	"strconv"
	"strings"
)

// isShort reports whether the text before a slash is fewer than four
// octets, each of which fits its byte: 172.16, but not 3232235786.
func isShort(left string) bool {
	_, _, ok := fillOctets(left)
	return ok
}

// notShort reports whether there are two or three numbers before a slash of which
// one is too large for an octet. inet_aton would read the last as several.
func notShort(left string) bool {
	_, _, ok := inetAton(left)
	dots := strings.Count(left, ".")
	return ok && (dots == 1 || dots == 2)
}

// fillOctets reads one to three octets and takes the missing ones for zeros.
// That is how prefixes are written short: 172.16/12 in RFC 1918 3, in
// "ip route", and by inet_net_pton. Elsewhere inet_aton reads 172.16 as
// 172.0.0.16. plain is false where an octet is octal or hex.
func fillOctets(left string) (a netip.Addr, plain, ok bool) {
	parts := strings.Split(strings.TrimSuffix(left, "."), ".")
	if len(parts) > 3 {
		return netip.Addr{}, false, false
	}
	var octets [4]byte
	plain = true
	for i, part := range parts {
		one, _, ok := inetAton(part)
		if !ok || valueOf(one).lo > 255 {
			return netip.Addr{}, false, false
		}
		octets[i] = one.As4()[3]
		plain = plain && strconv.Itoa(int(octets[i])) == part
	}
	return netip.AddrFrom4(octets), plain, true
}

// shortPrefix reads the length after the front of an IPv4 address. Strict
// refuses it, and says what to write.
func (p *parser) shortPrefix(left, right string) (Input, error) {
	a, plain, _ := fillOctets(left)
	length, err := p.length(a, right, len(left)+1)
	if err != nil {
		if second, addrErr := netip.ParseAddr(right); addrErr == nil && second.Is4() && !strings.Contains(left, ".") && a.As4()[0] <= 32 {
			return Input{}, p.fail(0, "write "+right+"/"+left, "the length %s is in the first place: the address comes first", left)
		}
		return Input{}, err
	}
	prefix := netip.PrefixFrom(a, length)
	if p.mode == Lenient && !strings.HasSuffix(left, ".") {
		p.spelt = left
		p.note("%q is short: before a slash the missing octets are zeros, so it is %s (RFC 1918 3 writes prefixes so)", left, a)
		return Input{Kind: KindPrefix, Addr: a, Prefix: prefix}, nil
	}
	missing := 4 - len(strings.Split(strings.TrimSuffix(left, "."), "."))
	err2 := p.fail(len(left), "write "+prefix.String()+": before a slash the missing octets are zeros",
		"%d of the four octets are missing before the slash", missing)
	if missing == 1 {
		err2.Why = "one of the four octets is missing before the slash"
	}
	err2.Readings = []Reading{{"ip route and inet_net_pton", prefix.String()}}
	if decimal, ok := decimalReading(filled(left)); !plain && ok && decimal != a {
		other := netip.PrefixFrom(decimal, length).String()
		err2.Hint = "it may mean " + prefix.String() + " or " + other + ": write the one you mean"
		err2.Readings = []Reading{{"those that read octal", prefix.String()}, {"those that read decimal", other}}
	}
	return Input{}, err2
}

// filled writes ".0" for each octet that is missing.
func filled(left string) string {
	left = strings.TrimSuffix(left, ".")
	return left + strings.Repeat(".0", max(0, 3-strings.Count(left, ".")))
}
