package portmux

import (
	"encoding/binary"

	"onwire/wire/packet"
)

// quick counts the packets that most captures are full of: TCP or UDP right
// after an IPv4 header without options or an IPv6 header, in an Ethernet frame
// with at most one tag. It takes half the time of Parse, and reports false for
// everything that it leaves to Parse. FuzzQuick holds the two together. wire is
// how many bytes the frame had on the wire, or 0 where that is not known.
func (f *Flows) quick(b []byte, wire int) bool {
	if len(b) < 14+20+20 {
		return false
	}
	at, kind := 14, binary.BigEndian.Uint16(b[12:])
	if kind == packet.TypeVLAN {
		at, kind = 18, binary.BigEndian.Uint16(b[16:])
	}
	w := &f.batch.packets[f.batch.n]
	var proto uint8
	var length int // of the segment
	var over uint64
	switch kind {
	case packet.TypeIPv4:
		if len(b) < at+20+20 {
			return false
		}
		h := b[at : at+20]
		if h[0] != 0x45 || binary.BigEndian.Uint16(h[6:])&0x3fff != 0 {
			return false // options, or a fragment
		}
		proto = h[9]
		length = int(binary.BigEndian.Uint16(h[2:])) - 20
		const mapped = 0xffff << 16
		w.key.remote = addr{0, mapped | uint64(binary.LittleEndian.Uint32(h[12:]))<<32}
		w.key.local = addr{0, mapped | uint64(binary.LittleEndian.Uint32(h[16:]))<<32}
		at += 20
	case packet.TypeIPv6:
		if len(b) < at+40+20 {
			return false
		}
		h := b[at : at+40]
		if h[0]>>4 != 6 {
			return false
		}
		proto = h[6]
		length = int(binary.BigEndian.Uint16(h[4:]))
		w.key.remote = addr{binary.LittleEndian.Uint64(h[8:]), binary.LittleEndian.Uint64(h[16:])}
		w.key.local = addr{binary.LittleEndian.Uint64(h[24:]), binary.LittleEndian.Uint64(h[32:])}
		at, over = at+40, overIPv6
	default:
		return false
	}
	if uint(at+length-1) > uint(wire-1) { // 0-1 is the largest number
		return false // IP claims more than there was
	}
	t := b[at : at+20]
	switch proto {
	case packet.ProtoTCP:
		header := int(t[12]>>4) * 4
		if header < 20 {
			return false
		}
		length -= header
	case packet.ProtoUDP:
		n := int(binary.BigEndian.Uint16(t[4:]))
		if n > length {
			return false
		}
		length = n - 8
	default:
		return false
	}
	if length < 0 { // broken, or a length of 0 that means something else
		return false
	}
	ports := binary.BigEndian.Uint32(t)
	w.key.ports = makePorts(uint16(ports), uint16(ports>>16), proto) | over
	w.size = uint64(length)
	w.hash = w.key.hash(f.seed)
	if f.batch.n++; f.batch.n == batchSize {
		f.countBatch(&f.batch)
	}
	return true
}
