package wire

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape returns text from outside this program as it may be printed on one
// line of a terminal: every character that Hidden names, and every byte that is
// not UTF-8, is written as a Go escape, such as \x1b, \n or \u202e. The text of
// a name, a header field or an error message can then neither move the cursor,
// nor change the title of the window, nor reorder the line that it is quoted
// in (Unicode Technical Report 36). Other text is returned as it is; a
// backslash is not escaped, so the result is for reading only.
func Escape(text string) string {
	at := strings.IndexFunc(text, unsafe)
	if at < 0 {
		return text
	}
	out := []byte(text[:at])
	for text = text[at:]; text != ""; {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, `\x%02x`, text[0])
		case !Hidden(r):
			out = append(out, text[:size]...)
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r < 0x80:
			out = fmt.Appendf(out, `\x%02x`, r)
		case r <= 0xffff:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = fmt.Appendf(out, `\U%08x`, r)
		}
		text = text[size:]
	}
	return string(out)
}

// unsafe also stops at U+FFFD, which is what IndexFunc sees in place of a byte
// that is not UTF-8.
func unsafe(r rune) bool { return r == utf8.RuneError || Hidden(r) }

// Hidden reports whether a character changes a screen without being seen
// itself: the control characters C0, DEL and C1, the controls of
// bidirectional text, characters of no width, and the separators of lines and
// paragraphs (Unicode's Cc, Cf, Zl, Zp, and the default-ignorable letters).
func Hidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}

// EscapeJSON returns a JSON text in which every character that Hidden names is
// written as \u and four hex digits, as a pair of them above U+FFFF (RFC 8259
// 7). The line ends between the values of a stream stay.
func EscapeJSON(text []byte) []byte {
	at := bytes.IndexFunc(text, func(r rune) bool { return r >= 0x7f && Hidden(r) })
	if at < 0 {
		return text
	}
	out := append([]byte(nil), text[:at]...)
	for text = text[at:]; len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < 0x7f || !Hidden(r): // encoding/json has escaped C0 in strings
			out = append(out, text[:size]...)
		case r <= 0xffff:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		}
		text = text[size:]
	}
	return out
}
