package httpmsg

// A TargetForm is one of the four forms of a request target (RFC 9112 3.2).
type TargetForm uint8

const (
	NoForm        TargetForm = iota // none of them
	OriginForm                      // /path?query: to a server
	AbsoluteForm                    // http://host/path?query: to a proxy
	AuthorityForm                   // host:port, with CONNECT only
	AsteriskForm                    // *, with OPTIONS only
)

// String returns "origin-form" and so on, or "no form".
func (f TargetForm) String() string {
	return [...]string{"no form", "origin-form", "absolute-form", "authority-form", "asterisk-form"}[f]
}

// targetForm returns the form of a target from its bytes and the method.
func targetForm(method, target []byte) TargetForm {
	switch {
	case len(target) == 0:
		return NoForm
	case string(method) == "CONNECT":
		if validAuthority(target, true) {
			return AuthorityForm
		}
		return NoForm
	case target[0] == '/':
		return OriginForm
	case len(target) == 1 && target[0] == '*':
		if string(method) == "OPTIONS" {
			return AsteriskForm
		}
		return NoForm
	}
	if scheme := schemeEnd(target); scheme > 0 && !allDigits(target[scheme+1:]) {
		return AbsoluteForm // "h:443" would be a URL of the scheme h, which is not what is meant
	}
	return NoForm
}

func allDigits[T string | []byte](b T) bool {
	for i := range len(b) {
		if !isDigit(b[i]) {
			return false
		}
	}
	return len(b) > 0
}

// schemeEnd returns the index of the colon after a scheme, or -1.
func schemeEnd[T string | []byte](b T) int {
	for i := range len(b) {
		c := b[i]
		switch {
		case c == ':' && i > 0:
			return i
		case 'a' <= lower(c) && lower(c) <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return -1
		}
	}
	return -1
}

// validAuthority reports whether b is host[:port] by RFC 3986 3.2.2, with a
// port if it must have one. There is no user in it (RFC 9110 4.2.4).
func validAuthority(b []byte, port bool) bool {
	host := b
	has := false
	for i := len(b) - 1; i >= 0 && b[i] != ']'; i-- {
		if b[i] == ':' {
			host, has = b[:i], true
			for _, c := range b[i+1:] {
				if c < '0' || c > '9' {
					return false
				}
			}
			if port && i+1 == len(b) {
				return false
			}
			break
		}
	}
	if port && (!has || len(host) == 0) {
		return false
	}
	if len(host) > 0 && host[0] == '[' {
		return hostError(string(host)) == ""
	}
	for i := 0; i < len(host); i++ {
		switch c := host[i]; {
		case isUnreserved(c) || isSubDelim(c):
		case c == '%' && i+2 < len(host) && isHex(host[i+1]) && isHex(host[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

// Host returns the host that a request is for, with its port if it names one:
// that of an absolute-form or authority-form target, which wins over the Host
// header field (RFC 9112 3.2.2), or that of Host; and where it is.
func (h *Head) Host() (string, Span) {
	switch h.Form {
	case AuthorityForm:
		return h.Text(h.Target), h.Target
	case AbsoluteForm:
		if s, _, ok := targetAuthority(h.Bytes, h.Target); ok {
			return h.Text(s), s
		}
	}
	for _, f := range h.Headers {
		if foldIs(h.Bytes[f.Name.Start:f.Name.End], "Host") {
			return unfold(h.Bytes, f.Value), f.Value
		}
	}
	return "", Span{}
}

// targetAuthority returns where host[:port] is in a target in absolute-form,
// and the user with the @ before it; ok is false if there is no authority.
func targetAuthority(b []byte, target Span) (host, user Span, ok bool) {
	i := target.Start + schemeEnd(b[target.Start:target.End]) + 1
	if i+2 > target.End || b[i] != '/' || b[i+1] != '/' {
		return Span{}, Span{}, false
	}
	host = Span{i + 2, target.End}
	for j := host.Start; j < host.End; j++ {
		if b[j] == '/' || b[j] == '?' || b[j] == '#' {
			host.End = j
		}
	}
	user = Span{host.Start, host.Start}
	for j := host.Start; j < host.End; j++ {
		if b[j] == '@' {
			user.End, host.Start = j+1, j+1
		}
	}
	return host, user, true
}
