package hpack

import (
	"fmt"
	"sync"
)

// codeBits is how many bits the Huffman code of each byte has (RFC 7541
// appendix B). More is not needed: the code is canonical, that is, codes of
// the same length count up in the order of their symbols, and a longer code
// goes on where the shorter ones ended. The last one, EOS, has 30 ones.
var codeBits = [256]uint8{
	13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
	28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
	6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
	5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
	13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
	15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
	6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
	20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
	24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
	22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
	21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
	26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
	19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
	20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
	26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
}

const (
	maxCode  = 30 // bits of the longest code
	fastBits = 9  // bits that one look-up decodes: all letters and digits
)

// A code table decodes. A code of n bits, aligned to 32 bits, is less than
// end[n], and its symbol is symbols[place[n] + what it is above first[n]].
type codeTable struct {
	fast    [1 << fastBits]struct{ symbol, bits uint8 } // bits 0: a longer code
	first   [maxCode + 1]uint32                         // the first code of each length
	end     [maxCode + 1]uint64                         // aligned to 32 bits
	place   [maxCode + 1]int
	symbols [256]uint8 // in the order of their codes
}

var codes = sync.OnceValue(func() *codeTable {
	t := &codeTable{}
	code, n := uint32(0), 0
	for bits := 1; bits <= maxCode; bits++ {
		t.first[bits], t.place[bits] = code, n
		for symbol, b := range codeBits {
			if int(b) != bits {
				continue
			}
			if bits <= fastBits {
				low := code << (fastBits - bits)
				for i := range uint32(1) << (fastBits - bits) {
					t.fast[low+i].symbol, t.fast[low+i].bits = uint8(symbol), b
				}
			}
			t.symbols[n] = uint8(symbol)
			code++
			n++
		}
		t.end[bits] = uint64(code) << (32 - bits)
		code <<= 1
	}
	return t
})

// symbol decodes the first code in the top bits of window. It returns 0 bits
// for EOS.
func (t *codeTable) symbol(window uint32) (symbol, bits uint8) {
	if f := t.fast[window>>(32-fastBits)]; f.bits > 0 {
		return f.symbol, f.bits
	}
	for n := fastBits + 1; n <= maxCode; n++ {
		if uint64(window) < t.end[n] {
			return t.symbols[t.place[n]+int(window>>(32-n)-t.first[n])], uint8(n)
		}
	}
	return 0, 0
}

// huffman appends what b decodes to. each, if it is not nil, is called with
// every symbol and its place in bits. The rest of the last byte must be ones,
// and fewer than eight (RFC 7541 5.2).
func huffman(dst, b []byte, each func(symbol byte, at, bits int)) ([]byte, *Error) {
	t := codes()
	var buffer uint64 // the next bits, at the top
	have, next, at := 0, 0, 0
	for {
		for have <= 56 && next < len(b) {
			buffer |= uint64(b[next]) << (56 - have)
			have += 8
			next++
		}
		if have == 0 {
			return dst, nil
		}
		// Behind the end stand ones, so that padding looks like the start of EOS.
		symbol, bits := t.symbol(uint32(buffer>>32) | uint32(uint64(0xffffffff)>>have))
		if bits == 0 || int(bits) > have {
			return dst, padding(b, at, have)
		}
		if each != nil {
			each(symbol, at, int(bits))
		}
		dst = append(dst, symbol)
		buffer <<= bits
		have -= int(bits)
		at += int(bits)
	}
}

// padding judges the bits from at on, which hold no symbol. have is how many
// are in the decoder's buffer, which is all of them if they are few.
func padding(b []byte, at, have int) *Error {
	left := 8*len(b) - at
	switch {
	case left >= maxCode && have >= maxCode:
		return &Error{at / 8, "the code of EOS, which is for padding only", "RFC 7541 5.2", ErrHuffman}
	case left > 7:
		return &Error{at / 8, fmt.Sprintf("%d bits of padding: at most 7", left), "RFC 7541 5.2", ErrHuffman}
	}
	if ones := byte(1)<<left - 1; b[len(b)-1]&ones != ones {
		return &Error{at / 8, "the padding is not the first bits of EOS, all ones", "RFC 7541 5.2", ErrHuffman}
	}
	return nil
}
