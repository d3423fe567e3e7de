package httpmsg

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"onwire/wire"
)

// Leftover says how many bytes after m are neither part of it nor the start of
// another message, why, and where that is written: mostly a Content-Length is
// too small. It is 0 if rest may be the next message, or is empty.
func (m *Message) Leftover(rest []byte) (n int, text wire.Note, rfc string) {
	switch m.Body.Kind {
	case CloseBody, TunnelBody, UnknownBody:
		return 0, text, "" // all that follows belongs to it, or is unknown
	}
	if len(rest) == 0 {
		return 0, text, ""
	}
	n = len(rest)
	keep, why := m.KeepAlive()
	switch {
	case len(bytes.Trim(rest, "\r\n")) == 0:
		return n, wire.Notef("%s after the message, of line ends: a sender must not add them, a recipient ignores them", left(n)), "RFC 9112 2.2"
	case startsMessage(rest) && (keep || m.Kind == RequestKind && looksLikeVersion(rest)):
		// The next message, or the response to this one in the same file.
		if n = glued(rest); n == 0 || m.Body.Kind != LengthBody {
			return 0, text, ""
		}
	case startsMessage(rest) && m.Kind == RequestKind:
		return n, wire.Notef("%s after the last request (%v): a server must not process more", left(n), why), "RFC 9112 9.6"
	case startsMessage(rest):
		return n, wire.Notef("%s after the last response (%v): a client must not read another one in them", left(n), why), "RFC 9112 9.6"
	}
	closed := ""
	if !keep {
		closed = fmt.Sprintf("; after the last message (%v) nothing more is processed anyway (RFC 9112 9.6)", why)
	}
	switch m.Body.Kind {
	case NoBody:
		return n, wire.Notef("%s after the head: %v%s", left(n), m.Body.Why, closed), m.Body.RFC
	case ChunkedBody:
		return n, wire.Notef("%s after the last chunk, the one of size 0%s", left(n), closed), "RFC 9112 7.1"
	}
	whole := string(m.Content) + strings.TrimRight(string(rest[:n]), "\r\n")
	if utf8.ValidString(whole) && len(whole) <= 40 {
		return n, wire.Notef("%s after the body: is Content-Length right? It counts bytes (%d for %q)%s", left(n), len(whole), whole, closed), "RFC 9110 8.6"
	}
	return n, wire.Notef("%s after the body: is Content-Length right? It counts bytes (%d with these)%s", left(n), len(m.Content)+n, closed), "RFC 9110 8.6"
}

func left(n int) string {
	if n == 1 {
		return "1 byte is left"
	}
	return strconv.Itoa(n) + " bytes are left"
}

// glued returns how many bytes come before the method of a request: "loGET / ".
func glued(rest []byte) int {
	method, _, _ := bytes.Cut(rest, []byte{' '})
	if knownMethod(method) {
		return 0
	}
	for i := 1; i < len(method); i++ {
		if knownMethod(method[i:]) {
			return i
		}
	}
	return 0
}

// startsMessage reports whether b may start with a message, as far as it goes.
func startsMessage(b []byte) bool {
	b = bytes.TrimLeft(b, "\r\n")
	line, _, whole := bytes.Cut(b, []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if looksLikeVersion(line) {
		return true
	}
	method, rest, spaced := bytes.Cut(line, []byte{' '})
	if !spaced {
		return !whole && knownMethod(method)
	}
	if len(method) == 0 || notToken(method) >= 0 {
		return false
	}
	return knownMethod(method) || bytes.Contains(rest, []byte(" HTTP/"))
}
