package dnslookup

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// The limits of RFC 1035 2.3.4, in octets.
const (
	maxLabel = 63
	maxName  = 255 // with the length octets and the root's zero
)

// A NameError says which rule a name breaks, and where.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string { return fmt.Sprintf("%q: %s", e.Name, e.Reason) }

// toASCII follows UTS 46 without the transitional mappings, so that faß.de
// keeps its ß. It is asked only about names with a character beyond ASCII: for
// the others it is stricter than DNS itself (it rejects "_dmarc").
var toASCII = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// bidi adds the rule about right-to-left scripts. It is asked about single
// labels: beside one of those, it would reject "_dmarc" too.
var bidi = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.BidiRule())

// wrongLabel looks for the label that IDNA rejects, and says why; "" if all are
// good.
func wrongLabel(s string) string {
	dots := func(r rune) bool { return strings.ContainsRune(".\u3002\uff0e\uff61", r) } // UTS 46 4.5
	for _, label := range strings.FieldsFunc(s, dots) {
		if strings.IndexFunc(label, func(r rune) bool { return r > 127 }) < 0 {
			continue
		}
		_, err := toASCII.ToASCII(label)
		_, direction := bidi.ToASCII(label)
		first, _ := utf8.DecodeRuneInString(label)
		why := ""
		switch {
		case err == nil && direction == nil:
			continue
		case err == nil:
			why = "mixes scripts of two directions (RFC 5893 2)"
		case label[0] == '-', label[len(label)-1] == '-':
			why = "starts or ends with a hyphen (RFC 5891 4.2.3.1)"
		case len(label) > 4 && strings.EqualFold(label[:4], "xn--"):
			why = "starts with xn--, but goes on in letters beyond ASCII (RFC 5890 2.3.2.1)"
		case len(label) > 4 && label[2:4] == "--":
			why = "has hyphens in the third and fourth place, which are kept for xn-- (RFC 5891 4.2.3.1)"
		case unicode.Is(unicode.M, first):
			why = "starts with a combining mark (RFC 5891 4.2.3.2)"
		case strings.ContainsAny(label, "\u200c\u200d"):
			why = "has an invisible joiner where it may not stand (RFC 5892 A.1 and A.2)"
		default:
			why = strings.TrimPrefix(err.Error(), "idna: ")
		}
		return fmt.Sprintf("label %q %s", label, why)
	}
	return ""
}

// ParseName turns what a person types into the name that goes into a query: in
// ASCII (RFC 5891), in lower case, with the final dot. "清华大学.cn" becomes
// "xn--xkry9kk1bz66a.cn.". A *NameError says which rule a name breaks. Labels
// may start with an underscore ("_dmarc") and hold any octet as \DDD
// (RFC 1035 5.1), which DNS itself allows.
func ParseName(s string) (string, error) {
	if plain(s) {
		if s[len(s)-1] == '.' {
			return s, nil
		}
		return s + ".", nil
	}
	fail := func(format string, args ...any) (string, error) {
		return "", &NameError{s, fmt.Sprintf(format, args...)}
	}
	switch {
	case s == "":
		return fail("a name has at least one character; the root is \".\"")
	case s == ".":
		return ".", nil
	case !utf8.ValidString(s):
		return fail("is not valid UTF-8")
	case len(s) > 4*maxName+maxName: // every octet as \DDD, and the dots
		return fail("is longer than any name can be: %d characters", len(s))
	}
	name := s
	if strings.IndexFunc(s, func(r rune) bool { return r > 127 }) >= 0 {
		if why := wrongLabel(s); why != "" {
			return fail("is not a valid international name: %s", why)
		}
		ascii, err := toASCII.ToASCII(s)
		if err != nil {
			return fail("is not a valid international name: %s", strings.TrimPrefix(err.Error(), "idna: "))
		}
		name = ascii
	}
	inside := name
	if rooted(name) {
		inside = trimDot(name)
	}
	labels, err := splitLabels(inside, name)
	if err != "" {
		return fail("%s", err)
	}
	total := 1 // the root's length octet
	for i, label := range labels {
		switch n := len(label); {
		case n == 0 && i == 0:
			return fail("starts with a dot; a label may not be empty (RFC 1035 2.3.1)")
		case n == 0:
			return fail("has two dots in a row; a label may not be empty (RFC 1035 2.3.1)")
		case n > maxLabel:
			return fail("label %d (%.20s...) has %d octets; at most %d fit, since the two top bits of its length mean a pointer (RFC 1035 2.3.4)", i+1, label, n, maxLabel)
		default:
			total += 1 + n
		}
	}
	if total > maxName {
		return fail("takes %d octets on the wire; at most %d are allowed (RFC 1035 2.3.4)", total, maxName)
	}
	var b strings.Builder
	for _, label := range labels {
		b.WriteString(escapeLabel(label))
		b.WriteByte('.')
	}
	return strings.ToLower(b.String()), nil
}

// rooted reports whether a name as it was typed ends at the root: with a dot
// that is not escaped, or one that IDNA takes for a dot (UTS 46 4.5).
func rooted(s string) bool {
	for _, dot := range []string{"\u3002", "\uff0e", "\uff61"} {
		if strings.HasSuffix(s, dot) {
			return true
		}
	}
	inside := strings.TrimSuffix(s, ".")
	slashes := len(inside) - len(strings.TrimRight(inside, `\`))
	return inside != s && slashes%2 == 0
}

// plain reports whether a name is what nearly all are: labels of small letters,
// digits, hyphens and underscores, none empty or too long. Such a name needs
// nothing done to it.
func plain(s string) bool {
	label := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			if label++; label > maxLabel {
				return false
			}
		case c == '.' && label > 0:
			label = 0
		default:
			return false
		}
	}
	return len(s) > 0 && len(s) <= maxName-2
}

// splitLabels splits a name at its dots and undoes the escapes \X and \DDD.
func splitLabels(s, whole string) (labels [][]byte, reason string) {
	var label []byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
			labels = append(labels, label)
			label = nil
		case c == '\\' && i+1 == len(s):
			return nil, "ends with a backslash that escapes nothing"
		case c == '\\' && isDigit(s[i+1]):
			if i+3 >= len(s) || !isDigit(s[i+2]) || !isDigit(s[i+3]) {
				return nil, `has a \ that is followed by fewer than three digits (RFC 1035 5.1)`
			}
			n := int(s[i+1]-'0')*100 + int(s[i+2]-'0')*10 + int(s[i+3]-'0')
			if n > 255 {
				return nil, fmt.Sprintf(`has \%d, but an octet ends at 255`, n)
			}
			label = append(label, byte(n))
			i += 3
		case c == '\\':
			label = append(label, s[i+1])
			i++
		case c <= ' ' || c == 0x7f:
			return nil, fmt.Sprintf("has the character %q at %d; write it as \\%03d if it is meant", c, strings.IndexByte(whole, c), c)
		default:
			label = append(label, c)
		}
	}
	return append(labels, label), ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// escapeLabel writes a label's octets as text (RFC 1035 5.1, RFC 4343 2.1), the
// way every DNS program does.
func escapeLabel(label []byte) string { return string(appendLabel(nil, label)) }

func appendLabel(b, label []byte) []byte {
	for _, c := range label {
		switch {
		case c < ' ' || c >= 0x7f:
			b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		case strings.IndexByte(` ."\;@()'`, c) >= 0:
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return b
}

// Unicode returns a name as a person reads it: "xn--xkry9kk1bz66a.cn." becomes
// "清华大学.cn". A name that is not a valid international name, or that IDNA
// would write differently, stays as it is.
func Unicode(name string) string {
	name = trimDot(name)
	if !strings.Contains(name, "xn--") {
		return name
	}
	u, err := toASCII.ToUnicode(name)
	if err != nil {
		return name
	}
	if back, err := toASCII.ToASCII(u); err != nil || back != name {
		return name
	}
	return u
}

// trimDot removes the final dot, except from the root's.
func trimDot(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// Suffix returns the public suffix of a name, below which anyone can register
// a name, and who manages it: "com.cn", "ICANN"; "github.io", "private".
// The name is managed by nobody we know if the list has no rule for it.
func Suffix(name string) (suffix, managed string) {
	if name == "." {
		return ".", ""
	}
	suffix, icann := publicsuffix.PublicSuffix(strings.ToLower(trimDot(name)))
	switch {
	case icann:
		return suffix, "ICANN"
	case strings.Contains(suffix, "."):
		return suffix, "private"
	}
	return suffix, ""
}

// ReverseName returns the name that holds the PTR record of an address:
// "1.2.0.192.in-addr.arpa." (RFC 1035 3.5), or nibbles below ip6.arpa.
// (RFC 3596 2.5). A zone does not count.
func ReverseName(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	raw := addr.AsSlice()
	var b strings.Builder
	for i := len(raw) - 1; i >= 0; i-- {
		if addr.Is4() {
			fmt.Fprintf(&b, "%d.", raw[i])
		} else {
			fmt.Fprintf(&b, "%x.%x.", raw[i]&15, raw[i]>>4)
		}
	}
	if addr.Is4() {
		return b.String() + "in-addr.arpa."
	}
	return b.String() + "ip6.arpa."
}
