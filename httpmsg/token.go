package httpmsg

import (
	"encoding/binary"
	"math/bits"
)

// isToken holds the bytes that a token may have (RFC 9110 5.6.2).
var isToken = [256]bool{
	'!': true, '#': true, '$': true, '%': true, '&': true, '\'': true, '*': true,
	'+': true, '-': true, '.': true, '^': true, '_': true, '`': true, '|': true, '~': true,
}

func init() {
	for c := '0'; c <= '9'; c++ {
		isToken[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		isToken[c], isToken[c-'a'+'A'] = true, true
	}
}

// notToken returns the index of the first byte of b that no token has, or -1.
func notToken[T string | []byte](b T) int {
	for i := range len(b) {
		if !isToken[b[i]] {
			return i
		}
	}
	return -1
}

// plain reports whether b holds nothing but what every parser takes in a field
// value: visible ASCII, spaces, tabs. It looks at eight bytes at a time.
func plain(b []byte) bool {
	const low, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		// A top bit is set for a byte below 0x20, for 0x7f, and from 0x80 on.
		if ((w-0x20*low)|((w^0x7f*low)-low)|w)&high != 0 && !plainSlow(b[i:i+8]) {
			return false
		}
	}
	return plainSlow(b[i:])
}

func plainSlow(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// foldIs reports whether b is name in any case. Only ASCII letters fold.
func foldIs(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(name[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// trim returns s without the spaces and tabs at its ends.
func trim(b []byte, s Span) Span {
	for s.Start < s.End && isBlank(b[s.Start]) {
		s.Start++
	}
	for s.End > s.Start && isBlank(b[s.End-1]) {
		s.End--
	}
	return s
}

// elements calls yield with every element of a comma-separated list that is
// not empty (RFC 9110 5.6.1), until it returns false. Commas inside quotes
// separate nothing.
func elements(b []byte, s Span, yield func(Span) bool) {
	start, quoted := s.Start, false
	for i := s.Start; i <= s.End; i++ {
		switch {
		case i == s.End || b[i] == ',' && !quoted:
			if e := trimLines(b, Span{start, i}); e.Len() > 0 && !yield(e) {
				return
			}
			start = i + 1
		case b[i] == '"':
			quoted = !quoted
		case b[i] == '\\' && quoted && i+1 < s.End:
			i++
		}
	}
}

// trimLines is trim for a value that may be folded.
func trimLines(b []byte, s Span) Span {
	space := func(c byte) bool { return isBlank(c) || c == '\r' || c == '\n' }
	for s.Start < s.End && space(b[s.Start]) {
		s.Start++
	}
	for s.End > s.Start && space(b[s.End-1]) {
		s.End--
	}
	return s
}

func listHas(value []byte, token string) (has bool) {
	elements(value, Span{0, len(value)}, func(e Span) bool {
		has = foldIs(value[e.Start:e.End], token)
		return !has
	})
	return has
}

// unfold returns a field value as a string. Every fold, with the whitespace
// around it, becomes one space, as RFC 9112 5.2 has it.
func unfold(b []byte, s Span) string {
	v := b[s.Start:s.End]
	folded := false
	for _, c := range v {
		folded = folded || c == '\n'
	}
	if !folded {
		return string(v)
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] != '\n' {
			out = append(out, v[i])
			continue
		}
		for len(out) > 0 && (isBlank(out[len(out)-1]) || out[len(out)-1] == '\r') {
			out = out[:len(out)-1]
		}
		for i+1 < len(v) && (isBlank(v[i+1]) || v[i+1] == '\r' || v[i+1] == '\n') {
			i++
		}
		out = append(out, ' ')
	}
	return string(out)
}

// indexColon returns the index of the first colon of b, or -1. It looks at eight
// bytes at a time. Names are short: a call of bytes.IndexByte would cost more.
func indexColon(b []byte) int {
	const low, high, colons = 0x0101010101010101, 0x8080808080808080, 0x3a3a3a3a3a3a3a3a
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:]) ^ colons
		if m := (w - low) &^ w & high; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] == ':' {
			return i
		}
	}
	return -1
}
