package httpmsg

import (
	"net/netip"
	"strconv"
	"strings"

	"onwire/wire"
)

// A Comparison is one string as the two standards read it.
type Comparison struct {
	RFC         URL
	RFCErr      error
	Web         WebURL
	WebErr      error
	Differences []Difference
}

// A Difference is a part that the two read differently. A part that one of them
// has not is "(none)", all of a URL that one of them refuses is "(refused)".
type Difference struct {
	Part string // "scheme", "user", "host", "port", "path", "query", "fragment", "all"
	RFC  string
	Web  string
	Why  wire.Note
}

const (
	none    = "(none)"
	refused = "(refused)"
)

// Compare reads s by RFC 3986 and by the URL Standard, and says where the two
// differ and why. toASCII is that of ParseWeb.
func Compare(s string, toASCII func(string) (string, error)) Comparison {
	var c Comparison
	c.RFC, c.RFCErr = ParseURL(s)
	c.Web, c.WebErr = ParseWeb(s, toASCII)
	add := func(part, rfc, web string, why string, args ...any) {
		if rfc != web {
			c.Differences = append(c.Differences, Difference{part, rfc, web, wire.Notef(why, args...)})
		}
	}
	switch {
	case c.RFCErr != nil && c.WebErr != nil:
		return c
	case c.RFCErr != nil:
		add("all", refused, c.Web.Href(), "WHATWG mends what it can; RFC 3986 has no such bytes")
		return c
	case c.WebErr != nil:
		add("all", s, refused, "%v", c.WebErr)
		return c
	}
	u, w := c.RFC, c.Web
	part := func(p Part) string {
		if !p.Present {
			return none
		}
		return u.Text(p)
	}
	add("scheme", part(u.Scheme), w.Scheme, "WHATWG writes a scheme in lower case")
	user := none
	if w.Username != "" || w.Password != "" {
		user = w.Username
		if w.Password != "" {
			user += ":" + w.Password
		}
	}
	add("user", part(u.User), user, "%s", whyUser(part(u.User), user))
	host := none
	if w.HasHost {
		host = w.Host
	}
	add("host", part(u.Host), host, "%s", whyHost(part(u.Host), host))
	port := none
	if w.Port >= 0 {
		port = strconv.Itoa(w.Port)
	}
	add("port", part(u.Port), port, "%s", whyPort(part(u.Port), w.Scheme))
	add("path", u.Text(u.Path), w.Path, "%s", whyPath(u.Text(u.Path), w.Path))
	query, fragment := none, none
	if w.HasQuery {
		query = w.Query
	}
	if w.HasFragment {
		fragment = w.Fragment
	}
	add("query", part(u.Query), query, "WHATWG percent-encodes ' in a query")
	add("fragment", part(u.Fragment), fragment, "the two encode different bytes")
	return c
}

// Hosts returns the host that each standard reads, "" if none, and whether the
// two lead to different places. The case of letters and the spelling of an IPv6
// address make no difference. A URL that RFC 3986 refuses has a host too: the
// one that a program finds that only splits it (RFC 3986 appendix B). Where a
// browser has no such URL there is nothing to compare.
func (c Comparison) Hosts() (rfc, web string, differ bool) {
	rfc, web = c.RFC.Text(c.RFC.Host), c.Web.Host
	switch {
	case c.WebErr != nil:
		return rfc, "", false
	case strings.EqualFold(rfc, web), c.Web.Scheme == "file" && strings.EqualFold(rfc, "localhost"):
		return rfc, web, false
	}
	a, err := netip.ParseAddr(strings.Trim(rfc, "[]"))
	b, err2 := netip.ParseAddr(strings.Trim(web, "[]"))
	return rfc, web, err != nil || err2 != nil || a != b
}

func whyUser(rfc, web string) string {
	if web == none {
		return "WHATWG drops a user that is empty"
	}
	return "WHATWG percent-encodes more bytes in a user"
}

func whyHost(rfc, web string) string {
	switch {
	case rfc == none || rfc == "":
		return "WHATWG takes what follows the slashes, however many, for the host"
	case looksNumeric(rfc) || strings.Contains(rfc, "%") && looksNumeric(percentDecode(rfc)):
		return "WHATWG reads a host that ends in a number as an IPv4 address, as inet_aton does; to RFC 3986 it is a name"
	case strings.HasPrefix(rfc, "["):
		return "WHATWG writes an IPv6 address in its short form"
	case strings.Contains(rfc, "%"):
		return "WHATWG decodes a host before it is looked up"
	}
	return "WHATWG writes a host in lower case"
}

func whyPort(rfc, scheme string) string {
	if n, err := strconv.Atoi(rfc); err == nil && n == defaultPort(scheme) {
		return "WHATWG drops the port that is the scheme's own"
	}
	if rfc == "" {
		return "WHATWG drops an empty port"
	}
	return "WHATWG writes a port without zeros in front"
}

func whyPath(rfc, web string) string {
	switch {
	case rfc == "":
		return "WHATWG puts a slash for an empty path"
	case hasDots(percentDecode(rfc)):
		return "WHATWG takes \".\" and \"..\" out at once, also as %2e; RFC 3986 leaves that to the program that resolves it"
	}
	return "WHATWG reads the slashes before it differently, or encodes other bytes"
}
