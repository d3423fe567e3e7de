package ipaddr

import (
	"math/big"
	"math/bits"
	"net/netip"
)

// A uint128 is the value of an address: an IPv4 address in the low 32 bits, an
// IPv6 address in all 128.
type uint128 struct{ hi, lo uint64 }

func valueOf(a netip.Addr) uint128 {
	if a.Is4() {
		b := a.As4()
		return uint128{0, uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])}
	}
	b := a.As16()
	var v uint128
	for i := range 8 {
		v.hi = v.hi<<8 | uint64(b[i])
		v.lo = v.lo<<8 | uint64(b[i+8])
	}
	return v
}

// addr returns the address with the value v, of the family that has width bits.
func (v uint128) addr(width int) netip.Addr {
	if width == 32 {
		return netip.AddrFrom4([4]byte{byte(v.lo >> 24), byte(v.lo >> 16), byte(v.lo >> 8), byte(v.lo)})
	}
	var b [16]byte
	for i := range 8 {
		b[i] = byte(v.hi >> (56 - 8*i))
		b[i+8] = byte(v.lo >> (56 - 8*i))
	}
	return netip.AddrFrom16(b)
}

func (v uint128) big() *big.Int {
	n := new(big.Int).SetUint64(v.hi)
	return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(v.lo))
}

func (v uint128) and(w uint128) uint128 { return uint128{v.hi & w.hi, v.lo & w.lo} }
func (v uint128) or(w uint128) uint128  { return uint128{v.hi | w.hi, v.lo | w.lo} }

func (v uint128) add(w uint128) uint128 {
	lo, carry := bits.Add64(v.lo, w.lo, 0)
	hi, _ := bits.Add64(v.hi, w.hi, carry)
	return uint128{hi, lo}
}

func (v uint128) sub(w uint128) uint128 {
	lo, borrow := bits.Sub64(v.lo, w.lo, 0)
	hi, _ := bits.Sub64(v.hi, w.hi, borrow)
	return uint128{hi, lo}
}

func (v uint128) less(w uint128) bool {
	return v.hi < w.hi || v.hi == w.hi && v.lo < w.lo
}

// trailingZeros counts the zero bits at the end, 128 for zero.
func (v uint128) trailingZeros() int {
	if v.lo != 0 {
		return bits.TrailingZeros64(v.lo)
	}
	return 64 + bits.TrailingZeros64(v.hi)
}

// bitLen counts the bits up to the first one that is set, 0 for zero.
func (v uint128) bitLen() int {
	if v.hi != 0 {
		return 64 + bits.Len64(v.hi)
	}
	return bits.Len64(v.lo)
}

// pow2 returns 2^n, for n from 0 to 127.
func pow2(n int) uint128 {
	if n >= 64 {
		return uint128{hi: 1 << (n - 64)}
	}
	return uint128{lo: 1 << n}
}

// lowBits returns the n lowest bits set: the host part of a prefix.
func lowBits(n int) uint128 {
	if n >= 128 {
		return uint128{^uint64(0), ^uint64(0)}
	}
	return pow2(n).sub(uint128{lo: 1})
}

var one = uint128{lo: 1}

// width returns the number of bits of an address of a's family: 32 or 128.
func width(a netip.Addr) int { return a.BitLen() }

// Mask returns the netmask of a prefix: its first bits ones, the rest zeros.
func Mask(p netip.Prefix) netip.Addr {
	w := width(p.Addr())
	return lowBits(w).sub(lowBits(w - p.Bits())).addr(w)
}

// Wildcard returns the inverse of the netmask, as access lists write it.
func Wildcard(p netip.Prefix) netip.Addr {
	w := width(p.Addr())
	return lowBits(w - p.Bits()).addr(w)
}

// LastAddr returns the last address of a prefix: every host bit set.
func LastAddr(p netip.Prefix) netip.Addr {
	w := width(p.Addr())
	return valueOf(p.Masked().Addr()).or(lowBits(w - p.Bits())).addr(w)
}

// Integer returns the value of an address as a number: an IPv4 address is less
// than 2^32, an IPv6 address less than 2^128. The zone does not count.
func Integer(a netip.Addr) *big.Int { return valueOf(a).big() }
