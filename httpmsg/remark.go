package httpmsg

import (
	"strings"

	"onwire/wire"
)

// Remarks says what there is to know about u: what is never sent, what was
// eaten by HTML, what programs read differently. They are in the order of the
// parts.
func (u URL) Remarks() []Remark {
	var all []Remark
	add := func(s Span, rfc, format string, args ...any) {
		all = append(all, Remark{s, wire.Notef(format, args...), rfc})
	}
	if scheme := u.Text(u.Scheme); scheme != strings.ToLower(scheme) {
		add(u.Scheme.Span, "RFC 3986 3.1", "a scheme is the same in any case, and is written %q", strings.ToLower(scheme))
	}
	if !u.Scheme.Present {
		if !u.Authority.Present && u.Path.Len() > 0 && u.Raw[u.Path.Start] != '/' {
			first, _, _ := strings.Cut(u.Text(u.Path), "/")
			add(u.Path.Span, "RFC 3986 4.2", "without a scheme this is a relative reference, and %q is the start of a path; an address bar puts https:// before it, curl http://", first)
		} else {
			add(Span{}, "RFC 3986 4.2", "without a scheme this is a relative reference: it needs a base URL")
		}
	}
	if u.Scheme.Present && !u.Authority.Present && looksLikePort(u.Text(u.Path)) {
		add(u.Scheme.Span, "RFC 3986 3.1", "the text before the first colon is the scheme, here %q; if it is meant as a host with a port, write http:// in front", clip(u.Text(u.Scheme)))
	}
	u.authorityRemarks(add)
	if i := strings.IndexByte(u.Text(u.Path), '\\'); i >= 0 {
		at := u.Path.Start + i
		add(Span{at, at + 1}, "RFC 3986 3.3", "RFC 3986 has no backslash; browsers read it as a slash")
	}
	if has := u.Text(u.Path); hasDots(has) {
		add(u.Path.Span, "RFC 3986 5.2.4", "browsers and curl take \".\" and \"..\" out before they send it: %q", RemoveDots(has))
	}
	// ToLower would do for the text, but not for the offset: it makes three
	// bytes of one that is no UTF-8.
	if before, _, ok := strings.Cut(strings.ReplaceAll(u.Text(u.Path), "%2f", "%2F"), "%2F"); ok {
		at := u.Path.Start + len(before)
		add(Span{at, at + 3}, "RFC 3986 2.2", "%s is not the slash that parts a path, but many servers decode it first, and then see no difference", u.Raw[at:at+3])
	}
	u.entityRemarks(add)
	if u.Fragment.Present {
		add(u.Fragment.Span, "RFC 3986 3.5", "%q stays with the client: a fragment is never sent", "#"+clip(u.Text(u.Fragment)))
	}
	return all
}

func (u URL) authorityRemarks(add func(Span, string, string, ...any)) {
	if !u.Authority.Present {
		return
	}
	if u.User.Present {
		add(u.User.Span, "RFC 9110 4.2.4", "a name before \"@\" is not the host: by RFC 3986 the host is %q; a password here ends up in logs and histories", u.Text(u.Host))
	}
	switch host := u.Text(u.Host); {
	case host == "" && u.Scheme.Present && defaultPort(u.Text(u.Scheme)) > 0:
		add(u.Host.Span, "RFC 9110 4.2.1", "there is no host, and http needs one")
	case strings.HasPrefix(host, "[") && strings.Contains(host, "%"):
		add(u.Host.Span, "RFC 6874 4", "a zone says which link of this machine is meant, and is not sent; RFC 9844 took zones out of URLs again")
	case host != strings.ToLower(host):
		add(u.Host.Span, "RFC 3986 3.2.2", "a host is the same in any case")
	case looksNumeric(host):
		if v4, ok := webIPv4(host); ok && v4 != host {
			add(u.Host.Span, "RFC 3986 7.4", "a name by RFC 3986; browsers and inet_aton read it as the address %s", v4)
		}
	}
	port := u.Text(u.Port)
	switch n, given := u.PortNumber(); {
	case u.Port.Present && port == "":
		add(u.Port.Span, "RFC 3986 6.2.3", "an empty port is that of the scheme")
	case given && n == 0:
		add(u.Port.Span, "RFC 6335 6", "port 0 is reserved: nothing can be reached there")
	case given && !allDigits(port): // the error says so
	case given && n < 0:
		add(u.Port.Span, "RFC 9293 3.1", "%s is no port: 16 bits hold 0 to 65535; RFC 3986 and Go take any number, WHATWG and curl do not", clip(port))
	case given && n == defaultPort(u.Text(u.Scheme)):
		add(u.Port.Span, "RFC 3986 6.2.3", "%d is the port of %s anyway; WHATWG drops it", n, strings.ToLower(u.Text(u.Scheme)))
	}
}

// looksLikePort reports whether a path begins as what follows a host:
// "8080/x" of "localhost:8080/x".
func looksLikePort(path string) bool {
	port, _, _ := strings.Cut(path, "/")
	return allDigits(port) && len(port) <= 5
}

// hasDots reports whether a path has a segment "." or "..".
func hasDots(path string) bool {
	for s := range strings.SplitSeq(path, "/") {
		if s == "." || s == ".." {
			return true
		}
	}
	return false
}
