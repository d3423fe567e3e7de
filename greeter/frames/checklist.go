package frames

import (
	"strings"

	"onwire/greeter/frames/hpack"
)

// checkList judges a header list as HTTP/2 wants it (RFC 9113 8.2 and 8.3).
func (f *Frame) checkList() {
	regular := false
	at := func(h hpack.Representation) int {
		from, _ := f.fragment()
		return max(0, from+h.At-f.BlockAt)
	}
	malformed := func(h hpack.Representation, rfc, format string, args ...any) {
		f.fail(PROTOCOL_ERROR, f.Stream, at(h), rfc, ErrMalformed, format, args...)
	}
	for _, h := range f.Headers {
		if h.Kind == hpack.SizeUpdate {
			continue
		}
		switch pseudo := strings.HasPrefix(h.Name, ":"); {
		case pseudo && regular:
			malformed(h, "RFC 9113 8.3", "%s behind a regular field: pseudo-header fields come first", quote(h.Name))
		case pseudo && (f.Part == Trailers || !pseudoOf(f.Part, h.Name)):
			malformed(h, "RFC 9113 8.3", "%s in the %v: there is no such pseudo-header field there", quote(h.Name), f.Part)
		case h.Name == "" || strings.ContainsAny(h.Name[1:], ": \x00\r\n") || strings.ToLower(h.Name) != h.Name:
			malformed(h, "RFC 9113 8.2.1", "the field name %s: lower case, no spaces, no colon", quote(h.Name))
		case strings.ContainsAny(h.Value, "\x00\r\n"):
			malformed(h, "RFC 9113 8.2.1", "the value of %s has a line break or a zero byte", quote(h.Name))
		case hopByHop(h.Name) || h.Name == "te" && h.Value != "trailers":
			malformed(h, "RFC 9113 8.2.2", "%s is about a connection of HTTP/1.1, and HTTP/2 has other means for that", quote(h.Name))
		case !pseudo:
			regular = true
		}
	}
	if want := map[Part]string{Request: ":method", Promise: ":method", Response: ":status", Interim: ":status", TrailersOnly: ":status"}[f.Part]; want != "" && f.Get(want) == "" {
		f.fail(PROTOCOL_ERROR, f.Stream, 0, "RFC 9113 8.3", ErrMalformed, "the %v has no %s", f.Part, want)
	}
}

// pseudoOf reports whether a part has the pseudo-header field (RFC 9113 8.3.1
// and 8.3.2, RFC 8441 4).
func pseudoOf(p Part, name string) bool {
	switch name {
	case ":method", ":scheme", ":authority", ":path", ":protocol":
		return p == Request || p == Promise
	case ":status":
		return p == Response || p == Interim || p == TrailersOnly
	}
	return false
}

func hopByHop(name string) bool {
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return true
	}
	return false
}
