package ipaddr

// parse4 reads a strict IPv4 address at the start of s: the same texts, with
// the same value, as netip.ParseAddr. It returns how many bytes it read, 0 if
// there is no address. It is for the many lines of a batch, and has no words
// for what is wrong.
func parse4(s []byte) (v uint32, read int) {
	i := 0
	for octet := 0; ; octet++ {
		if i == len(s) || s[i]-'0' > 9 {
			return 0, 0
		}
		n := uint32(s[i] - '0')
		i++
		if i < len(s) && s[i]-'0' <= 9 {
			if n == 0 { // a leading zero
				return 0, 0
			}
			n = n*10 + uint32(s[i]-'0')
			i++
			if i < len(s) && s[i]-'0' <= 9 {
				n = n*10 + uint32(s[i]-'0')
				i++
			}
		}
		if n > 255 {
			return 0, 0
		}
		v = v<<8 | n
		if octet == 3 {
			if i < len(s) && s[i]-'0' <= 9 { // a fourth digit
				return 0, 0
			}
			return v, i
		}
		if i == len(s) || s[i] != '.' {
			return 0, 0
		}
		i++
	}
}

// hexDigit holds the value of each hex digit, with upperCase set for A to F,
// and notHex for every other byte.
var hexDigit = func() (t [256]uint8) {
	for i := range t {
		t[i] = notHex
	}
	for i := range 10 {
		t['0'+i] = uint8(i)
	}
	for i := range 6 {
		t['a'+i] = uint8(10 + i)
		t['A'+i] = uint8(10+i) | upperCase
	}
	return t
}()

const (
	upperCase = 0x10
	notHex    = 0xff
)

// parse6 reads an IPv6 address without zone and without dots at the start of
// s, and reports whether those bytes are already its canonical form (RFC 5952)
// but for letters in upper case, which then need not be written anew. It
// accepts a part of what netip.ParseAddr accepts, with the same value; the rest
// is left to it. It returns how many bytes it read, 0 if there is no address.
func parse6(s []byte) (v uint128, canonical, upper bool, read int) {
	var g [8]uint16
	n := 0                // groups read
	gap := -1             // the group before which "::" stands
	run := 0              // zero groups just read
	before, after := 0, 0 // the longest run of zero groups before and after "::"
	odd := false          // something that the canonical form does not have
	seen := uint8(0)      // all digits read, for upperCase

	i := 0
	if len(s) >= 2 && s[0] == ':' && s[1] == ':' {
		gap, i = 0, 2
	}
	for {
		start, value := i, uint32(0)
		if i+4 <= len(s) { // four digits at once, as most groups have
			a, b, c, d := hexDigit[s[i]], hexDigit[s[i+1]], hexDigit[s[i+2]], hexDigit[s[i+3]]
			if all := a | b | c | d; all != notHex {
				seen |= all
				value = uint32(a&15)<<12 | uint32(b&15)<<8 | uint32(c&15)<<4 | uint32(d&15)
				i += 4
				if a != 0 && n < 8 && i+1 < len(s) && s[i] == ':' && s[i+1] != ':' {
					g[n] = uint16(value) // and another group follows: nothing below matters
					n++
					run = 0
					i++
					continue
				}
			}
		}
		for i < len(s) {
			d := hexDigit[s[i]]
			if d == notHex {
				break
			}
			seen |= d
			value = value<<4 | uint32(d&15)
			i++
		}
		digits := i - start
		if digits == 0 && gap == n {
			break // nothing after "::"
		}
		if digits == 0 || digits > 4 || n == 8 {
			return v, false, false, 0
		}
		odd = odd || digits > 1 && s[start] == '0'
		g[n] = uint16(value)
		n++
		if value != 0 {
			run = 0
		} else if run++; run > after {
			after = run
		}
		if i == len(s) || s[i] != ':' {
			break
		}
		i++
		if i < len(s) && s[i] == ':' {
			if gap >= 0 {
				return v, false, false, 0 // "::" twice
			}
			odd = odd || run > 0 // a zero group beside "::"
			gap, before = n, after
			after, run = 0, 0
			i++
		}
	}
	if gap < 0 {
		if n != 8 {
			return v, false, false, 0
		}
		odd = odd || after >= 2 // a run that should be "::"
	} else {
		zeros := 8 - n
		if zeros == 0 {
			return v, false, false, 0
		}
		odd = odd || zeros < 2 || before >= zeros || after > zeros || n > gap && g[gap] == 0
		copy(g[gap+zeros:], g[gap:n])
		clear(g[gap : gap+zeros])
	}
	v.hi = uint64(g[0])<<48 | uint64(g[1])<<32 | uint64(g[2])<<16 | uint64(g[3])
	v.lo = uint64(g[4])<<48 | uint64(g[5])<<32 | uint64(g[6])<<16 | uint64(g[7])
	mapped := v.hi == 0 && v.lo>>32 == 0xffff // written with dots
	return v, !odd && !mapped, seen&upperCase != 0, i
}
