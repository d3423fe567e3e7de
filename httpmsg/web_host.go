package httpmsg

import (
	"net/netip"
	"strconv"
	"strings"
)

// host reads a host (URL Standard 3.5).
func (p *webParser) host(at, end int) (string, error) {
	text := p.text[at:end]
	if strings.HasPrefix(text, "[") {
		if !strings.HasSuffix(text, "]") {
			return "", p.fail(at, "the host %q: a bracket is not closed", clip(text))
		}
		a, err := netip.ParseAddr(text[1 : len(text)-1])
		switch {
		case err != nil || !a.Is6():
			return "", p.fail(at, "%q is not an IPv6 address", clip(text))
		case a.Zone() != "":
			return "", p.fail(at, "%q has a zone, and WHATWG has none", clip(text))
		}
		return "[" + ipv6Text(a.As16()) + "]", nil
	}
	if !p.special {
		if i := strings.IndexAny(text, forbiddenHost); i >= 0 {
			return "", p.fail(at+i, "the host has %s", byteText(text[i]))
		}
		return webEncode(text, controlSet), nil
	}
	name := strings.ToValidUTF8(percentDecode(text), "\uFFFD")
	ascii, err := p.ascii(at, name)
	if err != nil {
		return "", err
	}
	if i := strings.IndexFunc(ascii, forbiddenDomain); i >= 0 {
		return "", p.fail(at, "the host %q has %s", clip(name), byteText(ascii[i]))
	}
	if ascii == "" {
		return "", p.fail(at, "there is no host")
	}
	if looksNumeric(ascii) {
		v4, ok := webIPv4(ascii)
		if !ok {
			return "", p.fail(at, "the host %q ends in a number, and is not an IPv4 address", clip(name))
		}
		if v4 != text {
			p.repair(at, end, "the host %q is the address %s", clip(text), v4)
		}
		return v4, nil
	}
	return ascii, nil
}

// ascii returns a domain in lower case and in ASCII. A domain of ASCII alone is
// kept as it is, also where a label that starts with "xn--" is no Punycode: too
// many such names are in use (URL Standard 3.3, since 2025).
func (p *webParser) ascii(at int, name string) (string, error) {
	if strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 }) < 0 {
		return strings.ToLower(name), nil
	}
	if p.toASCII == nil {
		return "", p.fail(at, "the host %q needs IDNA, which was not given", clip(name))
	}
	ascii, err := p.toASCII(name)
	if err != nil {
		return "", p.fail(at, "the host %q: %v", clip(name), err)
	}
	return ascii, nil
}

// forbiddenHost is what no host may have.
const forbiddenHost = "\x00\t\n\r #/:<>?@[\\]^|"

func forbiddenDomain(r rune) bool {
	return r < 0x20 || r == 0x7f || r == '%' || strings.ContainsRune(forbiddenHost, r)
}

// ipv6Text writes an IPv6 address as RFC 5952 does, but never with dots.
func ipv6Text(a [16]byte) string {
	var group [8]uint64
	for i := range group {
		group[i] = uint64(a[2*i])<<8 | uint64(a[2*i+1])
	}
	from, to := 0, 0 // the longest run of zeros, of two at least
	for i := 0; i < 8; i++ {
		j := i
		for j < 8 && group[j] == 0 {
			j++
		}
		if j-i > max(1, to-from) {
			from, to = i, j
		}
		i = j
	}
	var b strings.Builder
	for i := 0; i < 8; i++ {
		switch {
		case i == from && to > from:
			b.WriteString("::")
			i = to - 1
			continue
		case i > 0 && !(i == to && to > from):
			b.WriteByte(':')
		}
		b.WriteString(strconv.FormatUint(group[i], 16))
	}
	return b.String()
}

// looksNumeric reports whether a host's last label is a number, so that it has
// to be an IPv4 address (URL Standard, "ends in a number checker").
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, ok := ipv4Number(last)
	return ok
}

// webIPv4 reads an IPv4 address as inet_aton does: 127.1, 0x7f000001, 017700000001.
func webIPv4(host string) (string, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return "", false
	}
	var v uint64
	for i, part := range parts {
		n, ok := ipv4Number(part)
		if !ok {
			return "", false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return "", false
			}
			v = v<<8 | n
			continue
		}
		rest := 8 * (5 - len(parts)) // bits that the last part fills
		if n >= 1<<rest {
			return "", false
		}
		v = v<<rest | n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).String(), true
}

// ipv4Number reads a part: decimal, octal with 0 before it, hex with 0x.
func ipv4Number(s string) (uint64, bool) {
	base := 10
	switch {
	case s == "":
		return 0, false
	case len(s) > 1 && s[0] == '0' && lower(s[1]) == 'x':
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" {
		return 0, true
	}
	for i := range len(s) {
		if d, ok := hexDigit(s[i]); !ok || int(d) >= base {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		return 1 << 40, true // a number, and too large for an address
	}
	return min(n, 1<<40), true
}
