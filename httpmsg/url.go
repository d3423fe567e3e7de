package httpmsg

import (
	"fmt"
	"strconv"
	"strings"

	"onwire/wire"
)

// A Part is a component of a URL. A part that is there may be empty: "http://h?"
// has a query, "http://h" has none (RFC 3986 6.2.3).
type Part struct {
	Span
	Present bool
}

// A URL is a URI reference by RFC 3986, in its own letters. Nothing is decoded.
//
//	http://user@example.org:8080/a/b?x=1&y=2#top
//	^scheme^user^host       ^port^path^query ^fragment
//	       ^ authority      ^
//
// A Part does not hold the delimiters around it; Path is always present.
type URL struct {
	Raw       string
	Scheme    Part
	Authority Part
	User      Part // "user" or "user:password"
	Host      Part // with the brackets of an IPv6 address
	Port      Part
	Path      Part
	Query     Part
	Fragment  Part
}

// A Remark is something to know about a part of a URL.
type Remark struct {
	Span
	Text wire.Note
	RFC  string
}

// ParseURL takes a URI reference apart by RFC 3986. Every string has such
// parts; the *Error says which byte the grammar does not allow, and the parts
// are returned beside it.
func ParseURL(s string) (URL, error) {
	u := split(s)
	return u, u.check()
}

// split is the regular expression of RFC 3986 appendix B, by hand.
func split(s string) URL {
	u := URL{Raw: s}
	at, end := 0, len(s)
	if i := strings.IndexByte(s, '#'); i >= 0 {
		u.Fragment = Part{Span{i + 1, end}, true}
		end = i
	}
	if i := strings.IndexByte(s[:end], '?'); i >= 0 {
		u.Query = Part{Span{i + 1, end}, true}
		end = i
	}
	if i := strings.IndexAny(s[:end], ":/"); i > 0 && s[i] == ':' {
		u.Scheme = Part{Span{0, i}, true}
		at = i + 1
	}
	if strings.HasPrefix(s[at:end], "//") {
		at += 2
		stop := end
		if i := strings.IndexByte(s[at:end], '/'); i >= 0 {
			stop = at + i
		}
		u.splitAuthority(Span{at, stop})
		at = stop
	}
	u.Path = Part{Span{at, end}, true}
	return u
}

func (u *URL) splitAuthority(a Span) {
	u.Authority = Part{a, true}
	host := a
	text := u.Raw[a.Start:a.End]
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		u.User = Part{Span{a.Start, a.Start + i}, true}
		host.Start += i + 1
	}
	text = u.Raw[host.Start:host.End]
	if i := strings.LastIndexByte(text, ':'); i > strings.LastIndexByte(text, ']') {
		u.Port = Part{Span{host.Start + i + 1, host.End}, true}
		host.End = host.Start + i
	}
	u.Host = Part{host, true}
}

// Text returns the text of a part of u.
func (u URL) Text(p Part) string { return u.Raw[p.Start:p.End] }

// Target returns what a client sends as the target of a request to u: the path
// and the query, "/" for an empty path, and never the fragment (RFC 9112 3.2.1).
func (u URL) Target() string {
	path := u.Text(u.Path)
	if path == "" {
		path = "/"
	}
	if u.Query.Present {
		path += "?" + u.Text(u.Query)
	}
	return path
}

// HostField returns what a client sends in Host: the host, and the port if one
// is there that is not the scheme's own (RFC 9110 7.2).
func (u URL) HostField() string {
	host := u.Text(u.Host)
	if strings.HasPrefix(host, "[") {
		if i := strings.IndexByte(host, '%'); i >= 0 { // a zone means nothing elsewhere (RFC 6874 4)
			host = host[:i] + "]"
		}
	}
	if port, given := u.PortNumber(); given && port != defaultPort(u.Text(u.Scheme)) {
		host += ":" + strconv.Itoa(port)
	}
	return host
}

// PortNumber returns the port that u is for: its own, or that of its scheme;
// and whether it has its own. It is -1 if there is none, or if it is more than
// 65535, which RFC 3986 allows and TCP does not.
func (u URL) PortNumber() (port int, given bool) {
	if u.Port.Len() == 0 {
		return defaultPort(u.Text(u.Scheme)), false
	}
	n, err := strconv.ParseUint(u.Text(u.Port), 10, 16)
	if err != nil {
		return -1, true
	}
	return int(n), true
}

func defaultPort(scheme string) int {
	switch strings.ToLower(scheme) {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	case "ftp":
		return 21
	}
	return -1
}

// check holds every part against the grammar.
func (u *URL) check() error {
	if s := u.Text(u.Scheme); u.Scheme.Present {
		if end := schemeEnd(s + ":"); end != len(s) {
			return errorAt(0, 0, ErrURL, "%q is not a scheme: a letter, then letters, digits, \"+\", \"-\" and \".\"", clip(s))
		}
	}
	if strings.HasPrefix(u.Raw, ":") {
		return errorAt(0, 0, ErrURL, "there is no scheme before the colon, and a relative path has none in its first segment (RFC 3986 4.2)")
	}
	for _, part := range []struct {
		name string
		at   Part
		more string // beside unreserved, percent-encoded and sub-delims
	}{
		{"the userinfo", u.User, ":"},
		{"the host", u.hostName(), ""},
		{"the path", u.Path, ":@/"},
		{"the query", u.Query, ":@/?"},
		{"the fragment", u.Fragment, ":@/?"},
	} {
		if err := u.checkPart(part.name, part.at.Span, part.more); err != nil {
			return err
		}
	}
	for i := u.Port.Start; i < u.Port.End; i++ {
		if !isDigit(u.Raw[i]) {
			return errorAt(i, 0, ErrURL, "the port %q has %q, and a port is of digits", clip(u.Text(u.Port)), u.Raw[i])
		}
	}
	if reason := hostError(u.Text(u.Host)); reason != "" {
		return errorAt(u.Host.Start, 0, ErrURL, "the host %q: %s", clip(u.Text(u.Host)), reason)
	}
	return nil
}

// hostName returns the host if it is a name, for the check of its bytes: an
// address in brackets has a check of its own.
func (u *URL) hostName() Part {
	if strings.HasPrefix(u.Text(u.Host), "[") {
		return Part{}
	}
	return u.Host
}

func (u *URL) checkPart(name string, s Span, more string) error {
	for i := s.Start; i < s.End; i++ {
		switch c := u.Raw[i]; {
		case isUnreserved(c) || isSubDelim(c) || strings.IndexByte(more, c) >= 0:
		case c == '%':
			if i+2 >= s.End || !isHex(u.Raw[i+1]) || !isHex(u.Raw[i+2]) {
				return errorAt(i, 0, ErrURL, "a %% in %s without two hex digits after it: %q", name, clip(u.Raw[i:min(i+3, s.End)]))
			}
			i += 2
		case c >= 0x80 && name == "the host":
			return errorAt(i, 0, ErrURL, "%s has %q, which is not ASCII: in DNS it is written in IDNA, xn--...", name, firstRune(u.Raw[i:]))
		case c >= 0x80:
			return errorAt(i, 0, ErrURL, "%s has %q, which is not ASCII: percent-encode it", name, firstRune(u.Raw[i:]))
		default:
			return errorAt(i, 0, ErrURL, "%s has %s, which has to be percent-encoded", name, byteText(c))
		}
	}
	return nil
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// clip returns at most 40 bytes of s.
func clip(s string) string { return short([]byte(s), Span{0, len(s)}) }

// Fields names every byte of the URL.
func (u URL) Fields() []wire.Field {
	d := drawer{b: []byte(u.Raw)}
	if u.Scheme.Present {
		d.text("scheme", u.Scheme.End, "RFC 3986 3.1")
		d.text("delimiter", u.Scheme.End+1, "")
	}
	if u.Authority.Present {
		d.text("delimiter", u.Authority.Start, "")
		d.group("authority", clear(d.b, u.Authority.Span), wire.Note{}, "RFC 3986 3.2", func(d *drawer) {
			if u.User.Present {
				d.text("userinfo", u.User.End, "RFC 3986 3.2.1")
				d.text("delimiter", u.Host.Start, "")
			}
			d.text("host", u.Host.End, "RFC 3986 3.2.2")
			if u.Port.Present {
				d.text("delimiter", u.Port.Start, "")
				d.text("port", u.Port.End, "RFC 3986 3.2.3")
			}
		})
	}
	d.text("path", u.Path.End, "RFC 3986 3.3")
	if u.Query.Present {
		d.text("delimiter", u.Query.Start, "")
		d.group("query", u.Text(u.Query), wire.Note{}, "RFC 3986 3.4", func(d *drawer) { d.query(u) })
	}
	if u.Fragment.Present {
		d.text("delimiter", u.Fragment.Start, "")
		d.named("fragment", u.Fragment.End, quote([]byte(u.Text(u.Fragment))), noteFragment, "RFC 3986 3.5")
	}
	return d.fields
}

var noteFragment = wire.Notef("stays with the client: a fragment is never sent")

func (d *drawer) query(u URL) {
	base := u.Query.Start
	for _, p := range QueryPairs(u.Text(u.Query)) {
		d.text("delimiter", base+p.Start, "")
		value := fmt.Sprintf("%q = %q", p.Name, p.Value)
		d.named("pair", base+p.End, value, p.Note, "")
	}
	d.text("delimiter", u.Query.End, "")
}
