package httpmsg

import "net/netip"

// hostError says what is wrong with a host by RFC 3986 3.2.2, with its brackets
// if it is an IPv6 address; "" is nothing.
func hostError(host string) string {
	if len(host) > 0 && host[0] == '[' {
		if len(host) < 2 || host[len(host)-1] != ']' {
			return "a bracket is not closed"
		}
		ip := host[1 : len(host)-1]
		if len(ip) > 1 && lower(ip[0]) == 'v' {
			return ""
		}
		if a, err := netip.ParseAddr(ip); err != nil || !a.Is6() {
			return "what stands in brackets is not an IPv6 address"
		}
	}
	return ""
}
