package httpmsg

import (
	"strconv"
	"strings"

	"onwire/wire"
)

// A WebURL is a URL as browsers and Node read it: by the WHATWG URL Standard,
// which repairs what it can and writes what it made of it in one form.
type WebURL struct {
	Scheme             string // in lower case
	Username, Password string // percent-encoded
	HasHost            bool   // "mailto:a@b" has none, "file:///x" an empty one
	Host               string // in lower case, IPv4 and IPv6 in one form
	Port               int    // -1 is none: not given, or the scheme's own
	Path               string
	Query, Fragment    string // without ? and #
	HasQuery           bool
	HasFragment        bool
	Repairs            []Remark // what was wrong and was mended
}

// ParseWeb reads an absolute URL by the URL Standard. toASCII turns a host name
// with letters outside ASCII into ASCII (UTS #46: not transitional, CheckBidi
// and CheckJoiners, but not CheckHyphens); without it such a host is an *Error. Offsets in errors and repairs count in s.
func ParseWeb(s string, toASCII func(string) (string, error)) (WebURL, error) {
	p := webParser{toASCII: toASCII, in: s, url: WebURL{Port: -1}}
	err := p.parse()
	return p.url, err
}

// Href returns the URL as browsers write it.
func (w WebURL) Href() string {
	var b strings.Builder
	b.WriteString(w.Scheme + ":")
	switch {
	case w.HasHost:
		b.WriteString("//")
		if w.Username != "" || w.Password != "" {
			b.WriteString(w.Username)
			if w.Password != "" {
				b.WriteString(":" + w.Password)
			}
			b.WriteByte('@')
		}
		b.WriteString(w.Host)
		if w.Port >= 0 {
			b.WriteString(":" + strconv.Itoa(w.Port))
		}
	case strings.HasPrefix(w.Path, "//"):
		b.WriteString("/.")
	}
	b.WriteString(w.Path)
	if w.HasQuery {
		b.WriteString("?" + w.Query)
	}
	if w.HasFragment {
		b.WriteString("#" + w.Fragment)
	}
	return b.String()
}

// A webParser reads one URL. The standard's state machine, started without a
// base, comes to this: the parts end at fixed characters.
type webParser struct {
	toASCII func(string) (string, error)
	in      string
	text    string // in, without what is stripped
	places  []int  // where each byte of text is in in
	special bool
	url     WebURL
}

func (p *webParser) fail(at int, format string, args ...any) error {
	return errorAt(p.place(at), 0, ErrURL, format, args...)
}

func (p *webParser) repair(at, end int, format string, args ...any) {
	if len(p.url.Repairs) < 64 {
		p.url.Repairs = append(p.url.Repairs, Remark{Span{p.place(at), p.place(end)}, wire.Notef(format, args...), "URL Standard"})
	}
}

// place returns where byte at of the text is in the input.
func (p *webParser) place(at int) int {
	if at < len(p.places) {
		return p.places[at]
	}
	if n := len(p.places); n > 0 {
		return p.places[n-1] + 1
	}
	return len(p.in)
}

// strip drops what the standard does not see: controls and spaces at the ends,
// tabs and line ends everywhere.
func (p *webParser) strip() {
	start, end := 0, len(p.in)
	for start < end && p.in[start] <= ' ' {
		start++
	}
	for end > start && p.in[end-1] <= ' ' {
		end--
	}
	b := make([]byte, 0, end-start)
	p.places = make([]int, 0, end-start)
	for i := start; i < end; i++ {
		if c := p.in[i]; c != '\t' && c != '\n' && c != '\r' {
			b = append(b, c)
			p.places = append(p.places, i)
		}
	}
	p.text = string(b)
	if len(b) < len(p.in) {
		p.repair(0, 0, "%d bytes of whitespace are dropped", len(p.in)-len(b))
	}
}

func (p *webParser) parse() error {
	p.strip()
	text := p.text
	colon := schemeEnd(text)
	if colon < 0 {
		return p.fail(0, "%q has no scheme, and there is no page to read it beside", clip(p.in))
	}
	p.url.Scheme = strings.ToLower(text[:colon])
	switch p.url.Scheme {
	case "http", "https", "ws", "wss", "ftp", "file":
		p.special = true
	}
	at, end := colon+1, len(text)
	if i := strings.IndexByte(text, '#'); i >= 0 {
		p.url.HasFragment = true
		p.url.Fragment = webEncode(text[i+1:], fragmentSet)
		end = i
	}
	at, err := p.authority(at, end)
	if err != nil {
		return err
	}
	if i := strings.IndexByte(text[at:end], '?'); i >= 0 {
		set := querySet
		if p.special {
			set = specialQuerySet
		}
		p.url.HasQuery = true
		p.url.Query = webEncode(text[at+i+1:end], set)
		end = at + i
	}
	p.path(at, end)
	return nil
}

// authority reads the part between the scheme and the path, and returns
// where the path starts.
func (p *webParser) authority(at, end int) (int, error) {
	text := p.text
	switch {
	case p.url.Scheme == "file":
		return p.fileHost(at, end)
	case p.special: // any number of slashes, either way
		start := at
		for at < end && (text[at] == '/' || text[at] == '\\') {
			at++
		}
		if text[start:at] != "//" {
			p.repair(start, at, "%q before the host is read as %q", text[start:at], "//")
		}
	case strings.HasPrefix(text[at:end], "//"):
		at += 2
	default:
		return at, nil
	}
	stop := at
	for stop < end && text[stop] != '/' && text[stop] != '?' && !(p.special && text[stop] == '\\') {
		stop++
	}
	host := at
	if i := strings.LastIndexByte(text[at:stop], '@'); i >= 0 {
		user, password, _ := strings.Cut(text[at:at+i], ":")
		p.url.Username, p.url.Password = webEncode(user, userSet), webEncode(password, userSet)
		host = at + i + 1
		if host == stop {
			return 0, p.fail(host, "there is a user, and no host after it")
		}
	}
	return stop, p.hostPort(host, stop)
}

func (p *webParser) hostPort(at, end int) error {
	text := p.text
	hostEnd, inside := end, false
	for i := at; i < end; i++ {
		switch text[i] {
		case '[':
			inside = true
		case ']':
			inside = false
		case ':':
			if !inside {
				hostEnd = i
			}
		}
		if hostEnd < end {
			break
		}
	}
	if hostEnd == at && (p.special || hostEnd < end) {
		return p.fail(at, "there is no host")
	}
	host, err := p.host(at, hostEnd)
	if err != nil {
		return err
	}
	p.url.HasHost, p.url.Host = true, host
	if hostEnd == end {
		return nil
	}
	port := 0
	for i := hostEnd + 1; i < end; i++ {
		if !isDigit(text[i]) {
			return p.fail(i, "the port has %s, and a port is of digits", byteText(text[i]))
		}
		if port = 10*port + int(text[i]-'0'); port > 65535 {
			return p.fail(hostEnd+1, "the port %q is more than 65535", clip(text[hostEnd+1:end]))
		}
	}
	if hostEnd+1 < end && port != defaultPort(p.url.Scheme) {
		p.url.Port = port
	}
	return nil
}

// fileHost reads the host of a file URL. A drive letter is not one.
func (p *webParser) fileHost(at, end int) (int, error) {
	text := p.text
	p.url.HasHost = true
	slash := func(i int) bool { return i < end && (text[i] == '/' || text[i] == '\\') }
	if !slash(at) || !slash(at+1) {
		return at, nil
	}
	at += 2
	stop := at
	for stop < end && !slash(stop) && text[stop] != '?' {
		stop++
	}
	if stop == at || isDrive(text[at:stop]) {
		return at, nil
	}
	host, err := p.host(at, stop)
	if host != "localhost" {
		p.url.Host = host
	}
	return stop, err
}

// isDrive reports whether s is a Windows drive letter: "C:" or "C|".
func isDrive(s string) bool {
	return len(s) == 2 && isAlpha(s[0]) && (s[1] == ':' || s[1] == '|')
}
