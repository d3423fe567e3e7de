package ipaddr

import (
	"bytes"
	"net/netip"
	"strings"
	"sync"
)

// maxLine is the longest line that can hold an address: with a zone that is
// far longer than any system allows.
const maxLine = 1024

// AppendRow classifies one line, without its newline, and appends a row of six
// columns with tabs between and a newline at the end:
//
//	input  canonical  version  block prefix  block name  reachable
//
// The block is the smallest that holds the address, "-" where there is none;
// reachable is as Reach says. A line that is no address has "-" in columns 2
// to 4, why in column 5 and "error" in column 6; ok is then false. A blank
// line has "-" everywhere and is no error. Tabs and control characters of the
// input are written as escapes, and an input that is too long is cut.
//
// The row is what Parse and Chain say; the usual spellings only get there
// sooner, without an allocation.
func AppendRow(dst, line []byte) (row []byte, ok bool) {
	return classifier().appendRow(dst, line, Strict)
}

func (t *table) appendRow(dst, line []byte, mode Mode) (row []byte, ok bool) {
	if dst, read := t.appendFast(dst, line); read > 0 && read == len(line) {
		return dst, true
	}
	return t.appendSlow(dst, line, mode)
}

// appendFast appends the row of the address at the start of text, if it is
// spelt in the usual way, and returns how many bytes the address has. The row
// is of use only if the line ends there.
func (t *table) appendFast(dst, text []byte) (row []byte, read int) {
	if v, read := parse4(text); read > 0 {
		// A strict IPv4 address is its own canonical form.
		dst = appendShort(dst, text, read)
		dst = append(dst, '\t')
		dst = appendShort(dst, text, read)
		return appendSuffix(dst, t.suffix4(v)), read
	}
	v, canonical, read := parse6(text)
	if read == 0 {
		return dst, 0
	}
	dst = appendShort(dst, text, read)
	dst = append(dst, '\t')
	if canonical {
		dst = appendShort(dst, text, read)
	} else {
		dst = v.addr(128).AppendTo(dst)
	}
	return appendSuffix(dst, t.suffix6(v)), read
}

// enough is more than the 39 bytes of the longest address, and than most
// suffixes have.
const enough = 48

// appendShort appends the first n bytes of s, n at most 39. Where it can it
// copies a fixed number of bytes, which takes neither a call nor a loop, and
// lets what is appended next overwrite those beyond n.
func appendShort(dst, s []byte, n int) []byte {
	end := len(dst)
	if len(s) < enough || cap(dst) < end+enough {
		return append(dst, s[:n]...)
	}
	room := dst[end : end+enough]
	*(*[16]byte)(room) = *(*[16]byte)(s)
	if n > 16 {
		*(*[32]byte)(room[16:]) = *(*[32]byte)(s[16:])
	}
	return dst[:end+n]
}

// appendSuffix appends the end of a row, which newSuffix made, in the same way.
func appendSuffix(dst, suffix []byte) []byte {
	end := len(dst)
	if len(suffix) > enough || cap(dst) < end+enough {
		return append(dst, suffix...)
	}
	*(*[enough]byte)(dst[end : end+enough]) = *(*[enough]byte)(suffix[:enough])
	return dst[:end+len(suffix)]
}

// appendSlow is appendRow for every line that the fast parsers leave.
func (t *table) appendSlow(dst, line []byte, mode Mode) ([]byte, bool) {
	if len(bytes.TrimSpace(line)) == 0 {
		dst = appendEscaped(dst, line)
		return append(dst, "\t-\t-\t-\t-\t-\n"...), true
	}
	if len(line) > maxLine {
		dst = appendEscaped(dst, line[:64])
		return append(dst, "...\t-\t-\t-\tthe line is too long for an address\terror\n"...), false
	}
	a, err := parseAddr(string(line), mode)
	dst = appendEscaped(dst, line)
	if err != nil {
		dst = append(dst, "\t-\t-\t-\t"...)
		dst = appendEscaped(dst, []byte(err.(*ParseError).Why))
		return append(dst, "\terror\n"...), false
	}
	dst = append(dst, '\t')
	dst = a.AppendTo(dst)
	if a.Is4() {
		return append(dst, t.suffix4(uint32(valueOf(a).lo))...), true
	}
	return append(dst, t.suffix6(valueOf(a))...), true
}

// appendEscaped keeps a stranger's text inside its column.
func appendEscaped(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	for _, c := range text {
		switch {
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// A table finds the block of an address by its first 16 bits: they select a
// short list of blocks, the smallest first, whose last one always matches.
type table struct {
	top4, top6     [1 << 16]uint8
	lists4, lists6 [][]tableBlock
}

// A tableBlock is a block with the end of every row that it decides.
type tableBlock struct {
	value, mask uint128 // an address v is inside if v & mask == value
	suffix      []byte
}

var classifier = sync.OnceValue(func() *table {
	t := new(table)
	t.lists4 = [][]tableBlock{{{suffix: newSuffix("4", "-", "-", "true")}}}
	t.lists6 = [][]tableBlock{{{suffix: newSuffix("6", "-", "-", "unallocated")}}}
	// Larger blocks first: a smaller one then overwrites or goes in front.
	for bits := range 129 {
		for _, b := range Builtin() {
			if b.Prefix.Bits() == bits {
				t.add(b)
			}
		}
	}
	return t
})

func (t *table) add(b Block) {
	w := width(b.Prefix.Addr())
	top, lists, version := &t.top4, &t.lists4, "4"
	if w == 128 {
		top, lists, version = &t.top6, &t.lists6, "6"
	}
	block := tableBlock{
		value:  valueOf(b.Prefix.Addr()),
		mask:   valueOf(Mask(b.Prefix)),
		suffix: newSuffix(version, b.Text, b.Name, b.GloballyReachable.String()),
	}
	first, last := top16(b.Prefix.Addr()), top16(LastAddr(b.Prefix))
	renumbered := make(map[uint8]uint8) // old list to the list with b in front
	for i := int(first); i <= int(last); i++ {
		id, done := renumbered[top[i]]
		if !done {
			id = uint8(len(*lists)) // a test keeps the lists under 256
			renumbered[top[i]] = id
			old := (*lists)[top[i]]
			*lists = append(*lists, append([]tableBlock{block}, old...))
		}
		top[i] = id
	}
}

// newSuffix makes the last columns of a row, in memory large enough for
// appendSuffix.
func newSuffix(columns ...string) []byte {
	s := "\t" + strings.Join(columns, "\t") + "\n"
	return append(make([]byte, 0, max(enough, len(s))), s...)
}

func top16(a netip.Addr) uint16 {
	b := a.AsSlice()
	return uint16(b[0])<<8 | uint16(b[1])
}

// suffix4 returns the rest of the row of an IPv4 address.
func (t *table) suffix4(v uint32) []byte {
	list := t.lists4[t.top4[v>>16]]
	for i := range list {
		if b := &list[i]; uint64(v)&b.mask.lo == b.value.lo {
			return b.suffix
		}
	}
	return nil // cannot be: the last block of every list holds everything
}

// suffix6 returns the rest of the row of an IPv6 address.
func (t *table) suffix6(v uint128) []byte {
	list := t.lists6[t.top6[v.hi>>48]]
	for i := range list {
		if b := &list[i]; v.hi&b.mask.hi == b.value.hi && v.lo&b.mask.lo == b.value.lo {
			return b.suffix
		}
	}
	return nil // cannot be, as above
}
