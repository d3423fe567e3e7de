package httpmsg

import (
	"bytes"
	"fmt"
	"strconv"
)

// requestLine reads method SP target SP version. A line that has other spaces
// is read as most parsers read it: the method up to the first whitespace, the
// version from the last on.
func (h *Head) requestLine(line Span) *Error {
	b := h.Bytes
	text := b[line.Start:line.End]
	if len(text) == 0 {
		return errorAt(line.Start, 400, ErrStartLine, "the request line is empty")
	}
	sp1 := bytes.IndexByte(text, ' ')
	sp2 := bytes.LastIndexByte(text, ' ')
	if sp1 <= 0 || sp2 == sp1 || sp1+1 == sp2 || sp2+1 == len(text) ||
		isBlank(text[sp1+1]) || isBlank(text[sp2-1]) || bytes.IndexByte(text[sp1+1:sp2], ' ') >= 0 ||
		bytes.IndexByte(text, '\t') >= 0 {
		return h.oddRequestLine(line)
	}
	h.Method = Span{line.Start, line.Start + sp1}
	h.Target = Span{line.Start + sp1 + 1, line.Start + sp2}
	h.Version = Span{line.Start + sp2 + 1, line.End}
	h.requestParts()
	return nil
}

// oddRequestLine parses a request line that is not of three parts with a
// space between them.
func (h *Head) oddRequestLine(line Span) *Error {
	b := h.Bytes
	s := trim(b, line)
	if s.Len() == 0 {
		return errorAt(line.Start, 400, ErrStartLine, "the request line is of whitespace only")
	}
	if s != line {
		h.find(RequestLineSpace, line, "whitespace at an end of the request line")
	}
	end := s.Start
	for end < s.End && !isBlank(b[end]) {
		end++
	}
	h.Method = Span{s.Start, end}
	rest := trim(b, Span{end, s.End})
	last := rest.End
	for last > rest.Start && !isBlank(b[last-1]) {
		last--
	}
	h.Version = Span{rest.End, rest.End}
	h.Target = rest
	if looksLikeVersion(b[last:rest.End]) {
		h.Version = Span{last, rest.End}
		h.Target = trim(b, Span{rest.Start, last})
	}
	switch {
	case h.Target.Len() == 0:
		return errorAt(line.Start, 400, ErrStartLine, "%q is not a request line: method, target and version with a space between them", short(b, line))
	case h.Version.Len() == 0:
		h.find(RequestLineParts, line, "the request line names no version, as in HTTP/0.9")
	default:
		gap := Span{h.Method.End, h.Target.Start}
		if gap.Len() == 1 && b[gap.Start] == ' ' {
			gap = Span{h.Target.End, h.Version.Start}
		}
		if gap.Len() != 1 || b[gap.Start] != ' ' {
			h.find(RequestLineSpace, gap, "the parts of the request line are not set apart by one space")
		}
	}
	h.requestParts()
	return nil
}

func looksLikeVersion(b []byte) bool {
	return len(b) >= 5 && foldIs(b[:5], "HTTP/")
}

// requestParts looks at the three parts of a request line.
func (h *Head) requestParts() {
	b := h.Bytes
	method, target := h.Method.In(b), h.Target.In(b)
	if i := notToken(method); i >= 0 {
		at := h.Method.Start + i
		h.find(MethodToken, Span{at, at + 1}, "the method %q has the byte %s", short(b, h.Method), byteText(b[at]))
	} else if !knownMethod(method) && knownMethod(bytes.ToUpper(method)) {
		h.find(MethodCase, h.Method, "%q is not %q: methods are case-sensitive", method, bytes.ToUpper(method))
	}
	h.version()
	h.Form = targetForm(method, target)
	h.targetBytes(b, h.Target)
	switch h.Form {
	case NoForm:
		rule := TargetFormat
		if string(method) == "CONNECT" {
			rule = ConnectTarget
		}
		h.find(rule, h.Target, "%q is none of the four forms of a target for %q", short(b, h.Target), short(b, h.Method))
	case AbsoluteForm:
		h.absoluteTarget()
	}
}

// absoluteTarget looks at the authority of a target that is a whole URL.
func (h *Head) absoluteTarget() {
	b := h.Bytes
	host, user, ok := targetAuthority(b, h.Target)
	scheme := b[h.Target.Start : h.Target.Start+schemeEnd(h.Target.In(b))]
	switch {
	case ok:
		h.find(AbsoluteTarget, h.Target, "the target is a whole URL: its host counts, not the one of Host")
	case foldIs(scheme, "http"), foldIs(scheme, "https"):
		h.find(TargetNoHost, h.Target, "%q has no // and no host", short(b, h.Target))
		return
	default:
		h.find(AbsoluteTarget, h.Target, "the target is a whole URL of the scheme %q, and names no host", short(scheme, Span{0, len(scheme)}))
		return
	}
	switch {
	case user.Len() > 0:
		h.find(TargetUser, user, "a user before the host of the target: %q", short(b, user))
	case host.Len() == 0 || b[host.Start] == ':':
		h.find(TargetNoHost, host, "the host of the target is empty")
	case !validAuthority(b[host.Start:host.End], false):
		h.find(TargetAuthority, host, "%q is not a host with or without a port", short(b, host))
	}
}

func knownMethod(m []byte) bool {
	switch string(m) {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		return true
	}
	return false
}

// targetBytes looks for what no URL has: controls, spaces, a fragment.
func (h *Head) targetBytes(b []byte, s Span) {
	for i := s.Start; i < s.End; i++ {
		switch c := b[i]; {
		case c == '#':
			h.find(TargetFragment, Span{i, s.End}, "a fragment in the target: %q", short(b, Span{i, s.End}))
			return
		case c == '%' && !(i+2 < s.End && isHex(b[i+1]) && isHex(b[i+2])):
			h.find(TargetUnsafe, Span{i, i + 1}, "the target has a %% without two hex digits after it")
			return
		case c >= 0x80:
			h.find(TargetUnsafe, Span{i, i + 1}, "the target has the byte %s, which has to be percent-encoded (RFC 3986 2)", byteText(c))
			return
		case c <= 0x20 || c == 0x7f:
			h.find(TargetBytes, Span{i, i + 1}, "the target has the byte %s", byteText(c))
			return
		case c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}':
			h.find(TargetUnsafe, Span{i, i + 1}, "the target has %q, which has to be percent-encoded (RFC 3986 2)", c)
			return
		}
	}
}

// version reads HTTP/DIGIT.DIGIT (RFC 9112 2.3).
func (h *Head) version() {
	v := h.Version.In(h.Bytes)
	h.Major, h.Minor = -1, -1
	if len(v) == 0 {
		h.Major, h.Minor = 0, 9
		return
	}
	if len(v) != 8 || string(v[:5]) != "HTTP/" || v[6] != '.' || !isDigit(v[5]) || !isDigit(v[7]) {
		h.find(VersionFormat, h.Version, "%q is not a version: HTTP/ in capitals, a digit, a dot, a digit", short(h.Bytes, h.Version))
		return
	}
	h.Major, h.Minor = int(v[5]-'0'), int(v[7]-'0')
	switch {
	case h.Major == 2:
		h.find(VersionUnknown, h.Version, "%s cannot be spoken in this syntax: HTTP/2 is made of frames, and PRI * HTTP/2.0 comes before the first", v)
	case h.Major != 1:
		h.find(VersionUnknown, h.Version, "%s cannot be spoken in this syntax", v)
	case h.Minor > 1:
		h.find(VersionMinor, h.Version, "%s is read as HTTP/1.1", v)
	}
}

// statusLine reads version SP code SP [reason].
func (h *Head) statusLine(line Span) *Error {
	b := h.Bytes
	text := b[line.Start:line.End]
	if !looksLikeVersion(text) {
		return errorAt(line.Start, 0, ErrStartLine, "%q is not a status line: it starts with HTTP/", short(b, line))
	}
	sp := bytes.IndexByte(text, ' ')
	if sp < 0 {
		return errorAt(line.Start, 0, ErrStartLine, "the status line %q has no status code", short(b, line))
	}
	h.Version = Span{line.Start, line.Start + sp}
	h.version()
	code := trim(b, Span{line.Start + sp + 1, line.End})
	if code.Start > line.Start+sp+1 {
		h.find(StatusLineFormat, Span{line.Start + sp, code.Start}, "more than one space before the status code")
	}
	h.Reason = Span{line.End, line.End}
	if sp = bytes.IndexByte(b[code.Start:line.End], ' '); sp >= 0 {
		h.Reason = Span{code.Start + sp + 1, line.End}
		code.End = code.Start + sp
	} else {
		code.End = line.End
		h.find(StatusLineFormat, Span{line.End, line.End}, "no space after the status code: it has to be there even if no reason follows")
	}
	h.Code = code
	n, err := strconv.ParseUint(string(code.In(b)), 10, 16)
	switch {
	case err != nil || code.Len() != 3:
		h.find(StatusCode, code, "%q is not a status code: three digits", short(b, code))
	case n < 100 || n > 599:
		h.find(StatusRange, code, "the status code %03d is not one of HTTP: they go from 100 to 599", n)
	}
	if err == nil && code.Len() == 3 {
		h.Status = int(n)
	}
	if !plain(h.Reason.In(b)) {
		h.oddValue(b, h.Reason)
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// short returns at most 40 bytes of s, for a sentence.
func short(b []byte, s Span) string {
	if s.Len() > 40 {
		return string(b[s.Start:s.Start+37]) + "..."
	}
	return string(b[s.Start:s.End])
}

// byteText names a byte: 0x0d (CR).
func byteText(c byte) string {
	if name, ok := map[byte]string{0: "NUL", '\t': "TAB", '\n': "LF", '\r': "CR", ' ': "SP", 0x7f: "DEL"}[c]; ok {
		return fmt.Sprintf("0x%02x (%s)", c, name)
	}
	if c > 0x20 && c < 0x7f {
		return fmt.Sprintf("0x%02x (%c)", c, c)
	}
	return fmt.Sprintf("0x%02x", c)
}
