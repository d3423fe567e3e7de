package httpmsg

import "onwire/wire"

// A Kind is a request or a response.
type Kind uint8

const (
	RequestKind Kind = iota
	ResponseKind
)

// String returns "request" or "response".
func (k Kind) String() string {
	if k == ResponseKind {
		return "response"
	}
	return "request"
}

// A Header is one header field, or one trailer field.
//
//	Host : example.org CRLF
//	^^^^   ^^^^^^^^^^^
//	Name   Value        and Line is all of it
type Header struct {
	Line  Span // with its line ending, and with the lines folded into it
	Name  Span // without whitespace after it; all of the line if it has no colon
	Value Span // without whitespace around it; holds line endings if folded
}

// A Head is the start line and the header fields of a message. All spans count
// from the start of the bytes that were parsed. Parsing again uses the memory
// of Headers and Findings again.
type Head struct {
	Kind  Kind
	Bytes []byte // the head, up to and with its empty line; it is not copied

	Lead  Span // empty lines before the start line
	Start Span // the start line, with its line ending

	Method, Target Span // of a request
	Form           TargetForm
	Code, Reason   Span // of a response
	Status         int  // Code as a number, 0 if it is none

	Version      Span
	Major, Minor int // 1, 1; -1, -1 if the version cannot be read

	Headers  []Header
	Body     Framing   // where the body ends
	Findings []Finding // in the order in which they were found

	seen   seen
	folded bool
}

// A BodyKind is the way in which a message says where its body ends.
type BodyKind uint8

const (
	NoBody      BodyKind = iota // there is none
	LengthBody                  // Framing.Length bytes
	ChunkedBody                 // chunks, each with its size before it
	CloseBody                   // all up to the close of the connection
	TunnelBody                  // the connection is no longer HTTP: CONNECT, 101
	UnknownBody                 // the end is unknown: the message is refused
)

// String returns "none", "Content-Length", "chunked", "close", "tunnel" or
// "unknown".
func (k BodyKind) String() string {
	return [...]string{"none", "Content-Length", "chunked", "close", "tunnel", "unknown"}[k]
}

// Framing is where a body ends, and why (RFC 9112 6.3).
type Framing struct {
	Kind   BodyKind
	Length int64     // of a LengthBody, in bytes
	Why    wire.Note // "a response to HEAD has no body"
	RFC    string
}

// Text returns the bytes of s as a string.
func (h *Head) Text(s Span) string { return string(h.Bytes[s.Start:s.End]) }

// Get returns the value of the first header field of that name, in any case,
// and whether there is one. Lines folded into it are joined by a space.
func (h *Head) Get(name string) (string, bool) {
	return find(h.Bytes, h.Headers, name)
}

// Values returns the values of all header fields of that name, in their order.
func (h *Head) Values(name string) []string {
	var all []string
	for _, f := range h.Headers {
		if foldIs(h.Bytes[f.Name.Start:f.Name.End], name) {
			all = append(all, unfold(h.Bytes, f.Value))
		}
	}
	return all
}

// HasToken reports whether the comma-separated values of the header fields of
// that name hold the token, in any case: HasToken("Connection", "close").
func (h *Head) HasToken(name, token string) bool {
	for _, f := range h.Headers {
		if foldIs(h.Bytes[f.Name.Start:f.Name.End], name) && listHas(h.Bytes[f.Value.Start:f.Value.End], token) {
			return true
		}
	}
	return false
}

// Refused returns the first finding for which this package refuses the message, or
// nil. Finding.Level says whether the RFC requires that.
func (h *Head) Refused() *Finding {
	for i := range h.Findings {
		if h.Findings[i].Refuse() {
			return &h.Findings[i]
		}
	}
	return nil
}

// Interim reports whether h is an interim response, after which the final one
// follows: 1xx, but not 101.
func (h *Head) Interim() bool {
	return h.Kind == ResponseKind && h.Status >= 100 && h.Status < 200 && h.Status != 101
}

// KeepAlive reports whether the connection stays open after this message, as
// far as the message says, and why (RFC 9112 9.3).
func (h *Head) KeepAlive() (bool, wire.Note) {
	switch {
	case h.Body.Kind == CloseBody:
		return false, wire.Notef("the close of the connection is the end of the body")
	case h.Body.Kind == UnknownBody:
		return false, wire.Notef("where the next message starts is unknown")
	case h.Body.Kind == TunnelBody:
		return false, wire.Notef("the connection becomes a tunnel: no further HTTP message")
	case h.seen.te > 0 && h.before11():
		return false, wire.Notef("Transfer-Encoding in HTTP/1.0: the framing is not to be trusted")
	case h.seen.te > 0 && h.seen.lengths > 0:
		return false, wire.Notef("Content-Length beside Transfer-Encoding: close after it, in case another read it differently")
	case h.Major < 0:
		return false, wire.Notef("the version cannot be read")
	case h.seen.close:
		return false, wire.Notef("Connection: close")
	case !h.before11():
		return true, wire.Notef("HTTP/1.1 keeps the connection unless a message says otherwise")
	case h.seen.keepAlive:
		return true, wire.Notef("HTTP/1.0 with Connection: keep-alive")
	}
	return false, wire.Notef("HTTP/1.0 closes the connection unless both sides say keep-alive")
}

// before11 reports whether h's version is older than HTTP/1.1, or not known.
func (h *Head) before11() bool { return h.Major < 1 || h.Major == 1 && h.Minor < 1 }

func find(b []byte, headers []Header, name string) (string, bool) {
	for _, f := range headers {
		if foldIs(b[f.Name.Start:f.Name.End], name) {
			return unfold(b, f.Value), true
		}
	}
	return "", false
}
