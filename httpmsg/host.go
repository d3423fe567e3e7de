package httpmsg

import (
	"net/netip"
	"strings"
)

// hostError says what is wrong with a host by RFC 3986 3.2.2, with its brackets
// if it is an IPv6 address; "" is nothing. An address may have a zone, as in
// "[fe80::1%25eth0]" (RFC 6874).
func hostError(host string) string {
	if host == "" || host[0] != '[' {
		return ""
	}
	if len(host) < 2 || host[len(host)-1] != ']' {
		return "a bracket is not closed"
	}
	ip := host[1 : len(host)-1]
	if ip != "" && lower(ip[0]) == 'v' {
		if !isIPvFuture(ip[1:]) {
			return "an address of a later version is v, hex digits, a dot, and then letters, digits and the like"
		}
		return ""
	}
	address, zone, zoned := strings.Cut(ip, "%")
	if a, err := netip.ParseAddr(address); err != nil || !a.Is6() {
		return "the text in brackets is not an IPv6 address"
	}
	if name, ok := strings.CutPrefix(zone, "25"); zoned && (!ok || !isZone(name)) {
		return "a zone is %25 and its name"
	}
	return ""
}

// isIPvFuture reports whether s is 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ).
func isIPvFuture(s string) bool {
	version, rest, dot := strings.Cut(s, ".")
	for i := range len(version) {
		if !isHex(version[i]) {
			return false
		}
	}
	for i := range len(rest) {
		if c := rest[i]; !isUnreserved(c) && !isSubDelim(c) && c != ':' {
			return false
		}
	}
	return dot && version != "" && rest != ""
}

// isZone reports whether s is 1*( unreserved / pct-encoded ).
func isZone(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isUnreserved(c):
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return s != ""
}
