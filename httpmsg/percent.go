package httpmsg

import "strings"

// A Component is a place in a URL, for Encode: each lets other bytes stand.
type Component uint8

const (
	PathSegment    Component = iota // between two slashes
	PathComponent                   // a whole path: slashes stand
	QueryComponent                  // a whole query: & and = stand
	FormComponent                   // a name or a value of a form: a space is +
	UserComponent                   // a user or a password
	HostComponent                   // a host that is a name
	FragmentComponent
)

// Encode percent-encodes the bytes of s that may not stand in a component
// (RFC 3986 2.1; for a form, URL Standard 5.2). A % is encoded too: s is not
// yet encoded.
func Encode(s string, in Component) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case in == FormComponent && c == ' ':
			b.WriteByte('+')
		case stands(c, in):
			b.WriteByte(c)
		default:
			percent(&b, c)
		}
	}
	return b.String()
}

func percent(b *strings.Builder, c byte) {
	const digits = "0123456789ABCDEF"
	b.WriteByte('%')
	b.WriteByte(digits[c>>4])
	b.WriteByte(digits[c&15])
}

// stands reports whether a byte may stand in a component as it is.
func stands(c byte, in Component) bool {
	switch in {
	case FormComponent:
		return isAlpha(c) || isDigit(c) || c == '*' || c == '-' || c == '.' || c == '_'
	case UserComponent, HostComponent:
		return isUnreserved(c) || isSubDelim(c)
	case PathSegment:
		return isUnreserved(c) || isSubDelim(c) || c == ':' || c == '@'
	case PathComponent:
		return isUnreserved(c) || isSubDelim(c) || c == ':' || c == '@' || c == '/'
	}
	return isUnreserved(c) || isSubDelim(c) || c == ':' || c == '@' || c == '/' || c == '?'
}

// Decode takes percent-encoding out of s, in any component but that of a form:
// a + stays. It returns an *Error for a % without two hex digits after it.
func Decode(s string) (string, error) {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return s, errorAt(i, 0, ErrURL, "a %% without two hex digits after it: %q", clip(s[i:min(i+3, len(s))]))
			}
			i += 2
		}
	}
	return percentDecode(s), nil
}

// percentDecode decodes what is encoded, and leaves every other % as it is.
func percentDecode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, ok1 := hexDigit(s[i+1])
			low, ok2 := hexDigit(s[i+2])
			if ok1 && ok2 {
				b = append(b, high<<4|low)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// FormDecode decodes a name or a value of a form: + is a space, and a % that
// encodes nothing is a %. What is not UTF-8 becomes U+FFFD.
func FormDecode(s string) string {
	return strings.ToValidUTF8(percentDecode(strings.ReplaceAll(s, "+", " ")), "\uFFFD")
}
