package httpmsg

import (
	"bytes"
	"strconv"

	"onwire/wire"
)

// recordField records what header field i says about the framing, the host and the
// connection.
func (h *Head) recordField(b []byte, i int) {
	f := h.Headers[i]
	name := b[f.Name.Start:f.Name.End]
	switch {
	case foldIs(name, "Host"):
		if h.seen.hosts++; h.seen.hosts == 1 {
			h.seen.host = i
		}
	case foldIs(name, "Connection"):
		v := b[f.Value.Start:f.Value.End]
		h.seen.close = h.seen.close || listHas(v, "close")
		h.seen.keepAlive = h.seen.keepAlive || listHas(v, "keep-alive")
	case foldIs(name, "Content-Length"):
		h.recordLength(b, i)
	case foldIs(name, "Transfer-Encoding"):
		h.recordTE(b, i)
	}
}

// reparse records everything from the start, after a fold changed a value.
// Findings about values are made anew.
func (h *Head) reparse(b []byte) {
	h.seen = seen{}
	kept := h.Findings[:0]
	for _, f := range h.Findings {
		switch f.Rule {
		case TwoLengths, UnequalLengths, LengthFormat, EmptyElement, TEUnknown, TECoded, TEFormat, TEChunkedTwice:
		default:
			kept = append(kept, f)
		}
	}
	h.Findings = kept
	for i := range h.Headers {
		h.recordField(b, i)
	}
}

// recordLength reads a Content-Length: a number, or the same number again.
func (h *Head) recordLength(b []byte, i int) {
	value := h.Headers[i].Value
	count := 0
	if h.seen.lengths++; h.seen.lengths == 1 {
		h.seen.lengthAt = i
	}
	elements(b, value, func(e Span) bool {
		count++
		n, ok := parseLength(b[e.Start:e.End])
		switch {
		case !ok:
			h.seen.badLength = true
			h.find(LengthFormat, e, "Content-Length %q is not a number of digits only, at most %d", short(b, e), int64(1<<63-1))
		case !h.seen.goodLength:
			h.seen.length, h.seen.goodLength = n, true
		case n != h.seen.length:
			h.seen.unequal = true
			h.find(UnequalLengths, e, "Content-Length %d beside Content-Length %d", n, h.seen.length)
		default:
			h.find(TwoLengths, e, "Content-Length %d twice", n)
		}
		return true
	})
	if count == 0 {
		h.seen.badLength = true
		h.find(LengthFormat, h.Headers[i].Line, "Content-Length is empty")
	}
	h.emptyElement(b, i, count)
}

// emptyElement finds a comma too many in a list: "5," or ",chunked". Who takes
// a list passes over it, who wants one thing alone does not.
func (h *Head) emptyElement(b []byte, i, elements int) {
	value := h.Headers[i].Value
	if elements > 0 && bytes.Count(b[value.Start:value.End], comma) >= elements {
		h.find(EmptyElement, value, "a list with nothing beside one of its commas: %q", short(b, value))
	}
}

var comma = []byte{','}

// parseLength reads 1*DIGIT up to 1<<63-1.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		d := int64(c - '0')
		if n > (1<<63-1-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// recordTE reads a Transfer-Encoding: a list of codings, chunked the last.
func (h *Head) recordTE(b []byte, i int) {
	if h.seen.te++; h.seen.te == 1 {
		h.seen.teAt = i
	}
	count := 0
	elements(b, h.Headers[i].Value, func(e Span) bool {
		count++
		h.seen.chunkedLast = false
		name := e
		for j := e.Start; j < e.End; j++ {
			if b[j] == ';' {
				name = trim(b, Span{e.Start, j})
				break
			}
		}
		switch coding := b[name.Start:name.End]; {
		case foldIs(coding, "chunked") && name == e:
			h.seen.chunkedLast = true
			if h.seen.chunked++; h.seen.chunked > 1 {
				h.find(TEChunkedTwice, e, "chunked is named more than once")
			}
		case foldIs(coding, "chunked"):
			h.find(TEFormat, e, "chunked has no parameters: %q", short(b, e))
		case notToken(coding) >= 0 || len(coding) == 0:
			h.find(TEFormat, e, "%q is not the name of a coding", short(b, e))
		case foldIs(coding, "gzip"), foldIs(coding, "deflate"), foldIs(coding, "compress"), foldIs(coding, "x-gzip"), foldIs(coding, "x-compress"):
			h.find(TECoded, e, "the coding %q under the chunks, or in place of them", short(b, e))
		default:
			h.find(TEUnknown, e, "the coding %q is not one that is registered", short(b, e))
		}
		return true
	})
	if count == 0 {
		h.seen.chunkedLast = false
		h.find(TEFormat, h.Headers[i].Line, "Transfer-Encoding is empty")
	}
	h.emptyElement(b, i, count)
}

// requestFraming decides where the body of a request ends (RFC 9112 6.3).
func (h *Head) requestFraming() {
	h.hosts()
	h.framingFindings()
	switch {
	case h.seen.te > 0 && h.seen.chunkedLast && h.seen.chunked == 1:
		h.Body = Framing{ChunkedBody, 0, wire.Notef("Transfer-Encoding ends in chunked"), "RFC 9112 6.3"}
	case h.seen.te > 0:
		for i := range h.Findings { // 501 for an unknown coding is a SHOULD, 400 here a MUST
			if h.Findings[i].Status == 501 {
				h.Findings[i].Status = 400
			}
		}
		if h.seen.chunkedLast {
			h.Body = Framing{UnknownBody, 0, wire.Notef("chunked is named more than once"), "RFC 9112 6.1"}
			break
		}
		h.find(TENotChunked, h.Headers[h.seen.teAt].Value, "Transfer-Encoding does not end in chunked: where the body ends is unknown")
		h.Body = Framing{UnknownBody, 0, wire.Notef("Transfer-Encoding does not end in chunked"), "RFC 9112 6.3"}
	case h.seen.badLength || h.seen.unequal:
		h.Body = Framing{UnknownBody, 0, wire.Notef("Content-Length is not one number"), "RFC 9112 6.3"}
	case h.seen.lengths > 0:
		h.Body = h.byLength()
	case string(h.Method.In(h.Bytes)) == "CONNECT":
		h.Body = Framing{TunnelBody, 0, wire.Notef("what follows CONNECT goes through the tunnel once there is one"), "RFC 9110 9.3.6"}
	default:
		h.Body = Framing{NoBody, 0, wire.Notef("a request without Content-Length and Transfer-Encoding has no body"), "RFC 9112 6.3"}
	}
	h.bodyUnasked()
}

// responseFraming decides where the body of a response ends.
func (h *Head) responseFraming(method string) {
	h.framingFindings()
	switch {
	case method == "HEAD":
		h.Body = Framing{NoBody, 0, wire.Notef("a response to HEAD has no body, whatever its header fields say"), "RFC 9112 6.3"}
	case h.Status == 101:
		h.Body = Framing{TunnelBody, 0, wire.Notef("101: another protocol starts here"), "RFC 9110 15.2.2"}
	case h.Status >= 100 && h.Status < 200, h.Status == 204, h.Status == 304:
		h.Body = Framing{NoBody, 0, wire.Notef("a response with status 1xx, 204 or 304 has no body"), "RFC 9112 6.3"}
		if h.Status != 304 && h.seen.te+h.seen.lengths > 0 {
			i := h.seen.lengthAt
			if h.seen.te > 0 {
				i = h.seen.teAt
			}
			h.find(BodyNotAllowed, h.Headers[i].Line, "a response with status %d has no body, and may not name a length", h.Status)
		}
	case method == "CONNECT" && h.Status >= 200 && h.Status < 300:
		h.Body = Framing{TunnelBody, 0, wire.Notef("a CONNECT that succeeded: the connection is a tunnel from here"), "RFC 9110 9.3.6"}
	case h.seen.te > 0 && h.seen.chunkedLast && h.seen.chunked == 1:
		h.Body = Framing{ChunkedBody, 0, wire.Notef("Transfer-Encoding ends in chunked"), "RFC 9112 6.3"}
	case h.seen.te > 0:
		h.Body = Framing{CloseBody, 0, wire.Notef("Transfer-Encoding does not end in chunked: the body ends where the server closes"), "RFC 9112 6.3"}
	case h.seen.badLength || h.seen.unequal:
		h.Body = Framing{UnknownBody, 0, wire.Notef("Content-Length is not one number"), "RFC 9112 6.3"}
	case h.seen.lengths > 0:
		h.Body = h.byLength()
	default:
		h.Body = Framing{CloseBody, 0, wire.Notef("no Content-Length and no chunks: the body ends where the server closes"), "RFC 9112 6.3"}
	}
}

// bodyUnasked finds a body with a method that gives it no meaning.
func (h *Head) bodyUnasked() {
	if h.Body.Kind != ChunkedBody && (h.Body.Kind != LengthBody || h.Body.Length == 0) {
		return
	}
	switch method := h.Method.In(h.Bytes); string(method) {
	case "GET", "HEAD", "DELETE", "CONNECT", "TRACE":
		i := h.seen.lengthAt
		if h.seen.te > 0 {
			i = h.seen.teAt
		}
		h.find(BodyUnasked, h.Headers[i].Line, "a body with %s, for which it has no meaning", method)
	}
}

func (h *Head) byLength() Framing {
	return Framing{LengthBody, h.seen.length, wire.Notef("Content-Length says how many bytes"), "RFC 9112 6.3"}
}

// framingFindings are those that requests and responses share.
func (h *Head) framingFindings() {
	if h.seen.te == 0 {
		return
	}
	if h.seen.lengths > 0 {
		h.find(LengthWithTE, h.Headers[max(h.seen.teAt, h.seen.lengthAt)].Line, "Content-Length and Transfer-Encoding in one message")
	}
	if h.before11() && h.Major >= 0 {
		h.find(TEOldVersion, h.Headers[h.seen.teAt].Line, "Transfer-Encoding in HTTP/%d.%d, which does not know it", h.Major, h.Minor)
	}
}

// hosts looks at the Host of a request (RFC 9112 3.2).
func (h *Head) hosts() {
	b := h.Bytes
	switch {
	case h.seen.hosts == 0 && !h.before11():
		at := len(b) - 1
		if at > 0 && b[at-1] == '\r' {
			at--
		}
		h.find(NoHost, Span{at, len(b)}, "the head ends, and there was no Host")
		return
	case h.seen.hosts == 0:
		return
	case h.seen.hosts > 1:
		seen := 0
		for _, f := range h.Headers {
			if foldIs(b[f.Name.Start:f.Name.End], "Host") {
				if seen++; seen > 1 {
					h.find(TwoHosts, f.Line, "Host number %s: %q", strconv.Itoa(seen), short(b, f.Value))
				}
			}
		}
	}
	host := h.Headers[h.seen.host].Value
	if !validAuthority(b[host.Start:host.End], false) {
		h.find(HostFormat, host, "Host %q is not a host with or without a port", short(b, host))
	}
	if h.Form == AbsoluteForm || h.Form == AuthorityForm {
		if _, s := h.Host(); s != host && !foldIs(b[s.Start:s.End], string(b[host.Start:host.End])) {
			h.find(HostDiffers, host, "Host is %q, and the target's host is %q", short(b, host), short(b, s))
		}
	}
}
