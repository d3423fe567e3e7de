package packet

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// The Internet checksum (RFC 1071): the bytes are read as 16-bit words and
// added in one's complement, where a carry out of the top comes back in at the
// bottom; what is sent is the complement of the sum. So the sum over a packet
// together with its checksum is ffff, and a receiver need not know where in
// the packet the checksum stands.

// Sum adds the 16-bit words of b to a sum that is not folded yet. The sum is
// in the byte order of the machine's registers as if it were little-endian:
// RFC 1071 2(B) shows that the order does not matter as long as it is one.
func Sum(b []byte, sum uint64) uint64 {
	var c uint64
	for len(b) >= 32 {
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(b), 0)
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(b[8:]), c)
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(b[16:]), c)
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(b[24:]), c)
		sum += c // cannot overflow twice: the sum was less than its parts
		b = b[32:]
	}
	for len(b) >= 8 {
		sum, c = bits.Add64(sum, binary.LittleEndian.Uint64(b), 0)
		sum += c
		b = b[8:]
	}
	if len(b) >= 4 {
		sum, c = bits.Add64(sum, uint64(binary.LittleEndian.Uint32(b)), 0)
		sum += c
		b = b[4:]
	}
	var last uint64
	for i, v := range b { // at most three bytes; an odd one is padded with zero
		last |= uint64(v) << (8 * i)
	}
	sum, c = bits.Add64(sum, last, 0)
	return sum + c
}

// Fold brings a sum to 16 bits, in the byte order of the packet.
func Fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	return bits.ReverseBytes16(uint16(sum))
}

// Checksum returns what to put in the checksum field of b, which must be zero
// there, after a sum of what comes before b, such as a pseudo-header.
func Checksum(b []byte, sum uint64) uint16 { return ^Fold(Sum(b, sum)) }

// PseudoSum is the sum of the pseudo-header that TCP, UDP and ICMPv6 put
// before their own words: both addresses, the protocol and the length
// (RFC 9293 3.1, RFC 8200 8.1). It ties a segment to its addresses, which are
// not in it.
func PseudoSum(src, dst netip.Addr, proto uint8, length int) uint64 {
	sum := pseudoTail(proto, length)
	if src.Is4() && dst.Is4() {
		s, d := src.As4(), dst.As4()
		return Sum(d[:], Sum(s[:], sum))
	}
	s, d := src.As16(), dst.As16()
	return Sum(d[:], Sum(s[:], sum))
}

// pseudoTail is the part of the pseudo-header that is not an address.
func pseudoTail(proto uint8, length int) uint64 {
	// Big-endian words, read as Sum reads them.
	return uint64(proto)<<8 + uint64(bits.ReverseBytes32(uint32(length)))
}

// TransportSum returns the folded sum over the transport bytes of an IP packet
// with its pseudo-header, ffff where the checksum is right. addrs are the two
// addresses as they stand in the IP header, 8 or 32 bytes.
func TransportSum(addrs []byte, proto uint8, segment []byte) uint16 {
	return Fold(Sum(segment, Sum(addrs, pseudoTail(proto, len(segment)))))
}

// LeftToCard reports whether the checksum field of a segment of TCP or UDP holds
// only the sum of its pseudo-header. A system that lets its network card do
// the rest (checksum offload) leaves it so, and a capture on that system shows
// it: the segment comes out of the card with the right checksum. length is
// that of the segment; some systems count it as 0 where the card also cuts the
// segment up. addrs are as in TransportSum.
func LeftToCard(addrs []byte, proto uint8, field uint16, length int) bool {
	sum := Fold(Sum(addrs, pseudoTail(proto, length)))
	return field == sum || field == Fold(Sum(addrs, pseudoTail(proto, 0)))
}

// An Addition is one step of the one's complement sum.
type Addition struct {
	Offset int    // of the word, in bytes; -1 and less are words of the pseudo-header
	Word   uint16 // what is added
	Carry  bool   // whether a bit fell out at the top and came back at the bottom
	Sum    uint16 // the sum after this step
}

// ChecksumSteps does the sum over a pseudo-header, which may be empty, and b
// word by word, for people to follow. The sum of the last step is ffff where b
// holds the right checksum.
func ChecksumSteps(pseudo, b []byte) []Addition {
	steps := make([]Addition, 0, (len(pseudo)+len(b)+1)/2)
	var sum uint16
	add := func(offset int, word uint16) {
		total := uint32(sum) + uint32(word)
		sum = uint16(total) + uint16(total>>16)
		steps = append(steps, Addition{offset, word, total>>16 != 0, sum})
	}
	for i := 0; i+1 < len(pseudo); i += 2 {
		add(i-len(pseudo), be16(pseudo, i))
	}
	for i := 0; i < len(b); i += 2 {
		word := uint16(b[i]) << 8
		if i+1 < len(b) {
			word |= uint16(b[i+1])
		}
		add(i, word)
	}
	return steps
}

// PseudoHeader returns the pseudo-header as bytes, for ChecksumSteps. addrs
// are the two addresses as they stand in the IP header, 8 or 32 bytes.
func PseudoHeader(addrs []byte, proto uint8, length int) []byte {
	b := append(make([]byte, 0, 40), addrs...)
	if len(addrs) == 8 {
		return binary.BigEndian.AppendUint16(append(b, 0, proto), uint16(length))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(length))
	return append(b, 0, 0, 0, proto)
}
