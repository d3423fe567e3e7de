package pbwire

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// valueText returns the number of a VARINT, I64 or I32 record as kind k reads
// it. Types of 32 bits take the low 32 bits of a varint, as every reader does.
func valueText(v uint64, k Kind, enum func(int32) string) string {
	switch k {
	case Int64, Sfixed64:
		return strconv.FormatInt(int64(v), 10)
	case Int32, Sfixed32:
		return strconv.Itoa(int(int32(v)))
	case Uint32, Fixed32:
		return strconv.FormatUint(uint64(uint32(v)), 10)
	case Sint32:
		return strconv.Itoa(int(int32(UnZigZag(uint64(uint32(v))))))
	case Sint64:
		return strconv.FormatInt(UnZigZag(v), 10)
	case Bool:
		return strconv.FormatBool(v != 0)
	case Float:
		return floatText(float64(math.Float32frombits(uint32(v))), 32)
	case Double:
		return floatText(math.Float64frombits(v), 64)
	case Enum:
		if enum != nil {
			if name := enum(int32(v)); name != "" {
				return name
			}
		}
		return strconv.Itoa(int(int32(v)))
	}
	return strconv.FormatUint(v, 10) // uint64, fixed64, no schema
}

func floatText(f float64, bits int) string {
	if math.Abs(f) >= 1e-4 && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// shownBytes is how much of a payload stands in a Value; the bytes are in the
// message itself.
const shownBytes = 64

// stringText returns p as quoted text, cut to shownBytes.
func stringText(p []byte) string {
	if len(p) <= shownBytes {
		return strconv.Quote(string(p))
	}
	cut := shownBytes
	for cut > shownBytes-utf8.UTFMax && !utf8.RuneStart(p[cut]) {
		cut-- // not inside a character
	}
	return fmt.Sprintf("%s... %d more bytes", strconv.Quote(string(p[:cut])), len(p)-cut)
}

// bytesText returns p in hex, cut to shownBytes.
func bytesText(p []byte) string {
	if len(p) == 0 {
		return "no bytes"
	}
	if len(p) <= shownBytes {
		return fmt.Sprintf("% x", p)
	}
	return fmt.Sprintf("% x... %d more bytes", p[:shownBytes], len(p)-shownBytes)
}

// printable reports whether p is text that a person would have written.
func printable(p []byte) bool {
	return utf8.Valid(p) && strings.IndexFunc(string(p), func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\n' && r != '\t' && r != '\r'
	}) < 0
}

// A list writes values between brackets and stops when it is long enough.
type list struct {
	strings.Builder
	close string
	n     int
	full  bool
}

// listColumns is where a list is cut; it is for a person to read.
const listColumns = 60

func newList(open, close string) *list {
	l := &list{close: close}
	l.WriteString(open)
	return l
}

// add writes one more value, and reports whether the next one will be shown.
func (l *list) add(value string) bool {
	if l.full {
		return false
	}
	if l.n > 0 {
		l.WriteString(", ")
	}
	if l.n > 0 && l.Len()+len(value) > listColumns {
		l.WriteString("...")
		l.full = true
		return false
	}
	l.WriteString(value)
	l.n++
	return true
}

func (l *list) String() string { return l.Builder.String() + l.close }
