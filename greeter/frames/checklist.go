package frames

import (
	"slices"
	"strings"

	"onwire/greeter/frames/hpack"
)

// checkList judges a header list as HTTP/2 wants it (RFC 9113 8.2 and 8.3).
// With raw, metadata whose name ends in -bin may be bytes.
func (f *Frame) checkList(raw bool) {
	regular := false
	at := func(h hpack.Representation) int {
		from, _ := f.fragment()
		return max(0, from+h.At-f.BlockAt)
	}
	malformed := func(h hpack.Representation, rfc, format string, args ...any) {
		f.fail(PROTOCOL_ERROR, f.Stream, at(h), rfc, ErrMalformed, format, args...)
	}
	for i, h := range f.Headers {
		if h.Kind == hpack.SizeUpdate {
			continue
		}
		pseudo := strings.HasPrefix(h.Name, ":")
		switch {
		case pseudo && regular:
			malformed(h, "RFC 9113 8.3", "%s behind a regular field: pseudo-header fields come first", quote(h.Name))
		case pseudo && (f.Part == Trailers || !pseudoOf(f.Part, h.Name)):
			malformed(h, "RFC 9113 8.3", "%s in the %v: there is no such pseudo-header field there", quote(h.Name), f.Part)
		case pseudo && slices.ContainsFunc(f.Headers[:i], func(before hpack.Representation) bool { return before.Name == h.Name }):
			malformed(h, "RFC 9113 8.3", "%s twice: a pseudo-header field comes once", quote(h.Name))
		case !pseudo && !isFieldName(h.Name):
			malformed(h, "RFC 9113 8.2.1", "the field name %s: lower case ASCII, no spaces, no colon", quote(h.Name))
		case isBinary(h) && raw:
		case strings.ContainsAny(h.Value, "\x00\r\n"):
			malformed(h, "RFC 9113 8.2.1", "the value of %s has a line break or a zero byte", quote(h.Name))
		case strings.Trim(h.Value, " \t") != h.Value:
			malformed(h, "RFC 9113 8.2.1", "the value of %s begins or ends with a space", quote(h.Name))
		case hopByHop(h.Name) || h.Name == "te" && h.Value != "trailers":
			malformed(h, "RFC 9113 8.2.2", "%s is about a connection of HTTP/1.1, and HTTP/2 has other means for that", quote(h.Name))
		}
		if f.Err != nil {
			return
		}
		regular = regular || !pseudo
	}
	f.checkPart()
}

// checkPart looks for what a header list must have (RFC 9113 8.3.1 and 8.3.2),
// and then judges it by rules.
func (f *Frame) checkPart() {
	malformed := func(rfc, format string, args ...any) {
		f.fail(PROTOCOL_ERROR, f.Stream, 0, rfc, ErrMalformed, format, args...)
	}
	var want []string
	switch f.Part {
	case Request, Promise:
		want = []string{":method", ":scheme", ":path"}
		if f.Get(":method") == "CONNECT" && f.Get(":protocol") == "" {
			want = []string{":authority"} // RFC 9113 8.5
		}
	case Response, Interim, TrailersOnly:
		want = []string{":status"}
	}
	for _, name := range want {
		if f.Get(name) == "" {
			malformed("RFC 9113 8.3", "the %v has no %s", f.Part, name)
		}
	}
	f.checkRules()
}

// isFieldName reports whether a name has only what RFC 9113 8.2.1 allows.
func isFieldName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' || c == ':' {
			return false
		}
	}
	return s != ""
}

// isBinary reports whether a field is metadata of gRPC in bytes: a zero before
// them says that they are not in base64 (gRPC proposal G1).
func isBinary(h hpack.Representation) bool {
	return strings.HasSuffix(h.Name, "-bin") && strings.HasPrefix(h.Value, "\x00")
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
