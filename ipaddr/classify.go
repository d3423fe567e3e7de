package ipaddr

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"onwire/wire"
)

// maxLine is the longest line that can hold an address: with a zone that is
// far longer than any system allows.
const maxLine = 1024

// AppendRow classifies one line, without its newline, and appends a row of six
// columns with tabs between and a newline at the end. The line is what Parse
// reads: an address, also with a port, a prefix or a range.
//
//	input  canonical  version  block prefix  block name  reachable
//
// The block is the smallest that holds all of it, "-" where there is none;
// reachable is as ReachRange says. A line that Parse does not read has "-" in
// columns 2 to 4, why in column 5 and "error" in column 6; ok is then false. A
// blank line has "-" everywhere and is no error. Tabs and control characters
// of the input are written as wire.Escape writes them, and an input that is
// too long is cut.
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
	v, canonical, upper, read := parse6(text)
	if read == 0 {
		return dst, 0
	}
	dst = appendShort(dst, text, read)
	dst = append(dst, '\t')
	if canonical {
		dst = appendShort(dst, text, read)
		if upper {
			lower(dst[len(dst)-read:])
		}
	} else {
		dst = v.addr(128).AppendTo(dst)
	}
	b := t.block6(v) // as suffix6, which the compiler does not inline
	if b.inner != nil {
		return appendSuffix(dst, t.innerSuffix(b, v)), read
	}
	return appendSuffix(dst, b.suffix), read
}

// enough is more than the 39 bytes of the longest address, and than all
// suffixes but the longest have.
const enough = 64

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

// lower makes the letters of an IPv6 address lower case. The bit that does it is
// set in digits and colons anyway.
func lower(address []byte) {
	for i := range address {
		address[i] |= 'a' - 'A'
	}
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
		dst = appendEscaped(dst, cut(line, 64))
		return append(dst, "...\t-\t-\t-\tthe line is too long for an address\terror\n"...), false
	}
	p := parser{text: string(line), mode: mode, brief: true}
	in, err := p.parse()
	dst = appendEscaped(dst, line)
	if err != nil {
		dst = append(dst, "\t-\t-\t-\t"...)
		dst = appendEscaped(dst, []byte(p.why(err.(*ParseError))))
		return append(dst, "\terror\n"...), false
	}
	dst = append(dst, '\t')
	dst = append(dst, in.String()...)
	switch {
	case in.Kind == KindPrefix || in.Kind == KindRange:
		return append(dst, rangeSuffix(in.Addrs())...), true
	case in.Addr.Is4():
		return append(dst, t.suffix4(uint32(valueOf(in.Addr).lo))...), true
	}
	return append(dst, t.suffix6(valueOf(in.Addr))...), true
}

// rangeSuffix returns the rest of the row of a prefix or range: the smallest
// block that holds all of it.
func rangeSuffix(r Range) []byte {
	prefix, name := "-", "-"
	if whole, _ := Blocks(r); len(whole) > 0 {
		prefix, name = whole[0].Text, whole[0].Name
	}
	return newSuffix(strconv.Itoa(Version(r.First)), prefix, name, ReachRange(r))
}

// appendEscaped keeps a stranger's text inside its column, and the terminal safe.
func appendEscaped(dst, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c > '~' {
			return append(dst, wire.Escape(string(text))...)
		}
	}
	return append(dst, text...)
}

// cut returns the start of a text, at most so many bytes and no part of a
// character.
func cut(text []byte, most int) []byte {
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
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
	inner       *inner // nil for most blocks
}

// An inner is what a block has to do with IPv4 addresses inside IPv6 ones.
type inner struct {
	notGlobal bool                 // an IPv4 block, closed to NAT64, 6to4 and Teredo
	v4        func(uint128) uint32 // in an IPv6 block: the IPv4 address inside
	closed    []byte               // and the suffix if that is not global
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
		inner:  newInner(b),
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

// newInner says how the reach of a block depends on IPv4 addresses inside, as
// Reach does.
func newInner(b Block) *inner {
	in := &inner{closed: newSuffix("6", b.Text, b.Name, False.String())}
	switch b.Prefix {
	case nat64:
		in.v4 = func(v uint128) uint32 { return uint32(v.lo) }
	case sixToFour:
		in.v4 = func(v uint128) uint32 { return uint32(v.hi >> 16) }
	case teredo:
		in.v4 = func(v uint128) uint32 { return ^uint32(v.lo) }
	default:
		if notGlobalBlock(b) {
			return &inner{notGlobal: true}
		}
		return nil
	}
	return in
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
func (t *table) suffix4(v uint32) []byte { return t.block4(v).suffix }

func (t *table) block4(v uint32) *tableBlock {
	list := t.lists4[t.top4[v>>16]]
	for i := range list {
		if b := &list[i]; uint64(v)&b.mask.lo == b.value.lo {
			return b
		}
	}
	return nil // cannot be: the last block of every list holds everything
}

// suffix6 returns the rest of the row of an IPv6 address.
func (t *table) suffix6(v uint128) []byte {
	b := t.block6(v)
	if b.inner != nil {
		return t.innerSuffix(b, v)
	}
	return b.suffix
}

func (t *table) block6(v uint128) *tableBlock {
	list := t.lists6[t.top6[v.hi>>48]]
	for i := range list {
		if b := &list[i]; v.hi&b.mask.hi == b.value.hi && v.lo&b.mask.lo == b.value.lo {
			return b
		}
	}
	return nil // cannot be, as above
}

func (t *table) innerSuffix(b *tableBlock, v uint128) []byte {
	if v4 := t.block4(b.inner.v4(v)); v4.inner != nil && v4.inner.notGlobal {
		return b.inner.closed
	}
	return b.suffix
}
