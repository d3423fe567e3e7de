package portmux_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"

	"onwire/wire/packet"
)

// randomCases are packets put together by chance out of what a rule could turn
// on, the same ones in every run. ONWIRE_RANDOM=N makes N of them, and
// ONWIRE_SEED=N others.
func randomCases() []testCase {
	n, seed := 400, uint64(1)
	if v, err := strconv.Atoi(os.Getenv("ONWIRE_RANDOM")); err == nil {
		n = v
	}
	if v, err := strconv.ParseUint(os.Getenv("ONWIRE_SEED"), 10, 64); err == nil {
		seed = v
	}
	var all []testCase
	for i := range n {
		g := generator{rand.New(rand.NewPCG(seed, uint64(i)))}
		all = append(all, testCase{number: fmt.Sprintf("r%d/%d", seed, i), name: "by chance", packets: g.packets()})
	}
	return all
}

// A generator makes packets by chance.
type generator struct{ *rand.Rand }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

// one is true once in n times.
func (g generator) one(n int) bool { return g.IntN(n) == 0 }

func (g generator) packets() [][]byte {
	if g.one(2) {
		return g.ip4()
	}
	return g.ip6()
}

func (g generator) port(proto uint8) uint16 {
	if proto == packet.ProtoTCP {
		return pick[uint16](g, 80, 80, 8080, 8081, 8443, 81, 7777, 0, 50000)
	}
	return pick[uint16](g, 7777, 5004, 9000, 9001, 9002, 9100, 5353, 6800, 5005, 40000, 40001, 5454, 80, 0, 33)
}

func (g generator) remotePort() uint16 { return pick[uint16](g, 6000, 53, 50000, 1111, 0) }

// segment is what IP carries, with the ports of our sockets on the local side.
func (g generator) segment(proto uint8, src, dst netip.Addr, out bool) []byte {
	local, remote := g.port(proto), g.remotePort()
	if out {
		local, remote = remote, local
	}
	payload := make([]byte, pick(g, 0, 1, 2, 7, 16, 40))
	var b []byte
	switch proto {
	case packet.ProtoTCP:
		// The numbers are right for the connections: a Mux does not look at them.
		h := packet.TCP{SrcPort: remote, DstPort: local, Seq: 1000, Ack: 5000, Window: 8192,
			Flags: pick(g, packet.SYN, packet.SYN, packet.ACK, packet.ACK|packet.PSH, packet.RST, packet.Flags(g.Uint32()))}
		if g.one(3) {
			h.Options = pick(g, []byte{2, 4, 5, 0xb4}, []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0}, []byte{3, 200}, []byte{2, 3, 1, 1}, []byte{0, 9, 9, 9})
		}
		b = h.Append(nil, src, dst, payload)
		if g.one(8) && h.Options == nil {
			b[12] = byte(g.Uint32())
			b = sumAt(b, 16, src, dst, proto)
		}
	case packet.ProtoUDP:
		b = packet.UDP{SrcPort: remote, DstPort: local}.Append(nil, src, dst, payload)
		switch g.IntN(12) {
		case 0:
			b[6], b[7] = 0, 0
		case 1:
			binary.BigEndian.PutUint16(b[4:], uint16(g.IntN(len(b)+12)))
			b = sumAt(b, 6, src, dst, proto)
		}
	default:
		b = make([]byte, pick(g, 0, 4, 8, 24, 60))
		for i := range b {
			b[i] = byte(g.Uint32())
		}
	}
	if g.one(20) && len(b) > 0 {
		b[g.IntN(len(b))] ^= 1 << g.IntN(8)
	}
	if g.one(16) {
		b = b[:g.IntN(len(b)+1)]
	}
	return b
}

// sumAt puts a checksum right over all of b.
func sumAt(b []byte, at int, src, dst netip.Addr, proto uint8) []byte {
	b[at], b[at+1] = 0, 0
	binary.BigEndian.PutUint16(b[at:], packet.Checksum(b, packet.PseudoSum(src, dst, proto, len(b))))
	return b
}

func (g generator) addr4(remote bool) netip.Addr {
	usual, odd := "10.9.0.2", []string{"10.9.0.3", "10.9.0.3", "10.9.0.255", "255.255.255.255", "10.9.0.0", "224.0.0.1", "224.0.0.251", "224.0.0.252",
		"239.255.255.250", "127.0.0.1", "10.9.0.99", "0.0.0.0", "240.0.0.1", "10.255.255.255"}
	if remote {
		usual, odd = "10.9.0.1", []string{"10.9.0.77", "203.0.113.9", "0.0.0.0", "0.0.0.7", "10.9.0.2", "10.9.0.3", "10.9.0.255", "10.9.0.0", "127.0.0.1",
			"224.0.0.1", "240.1.2.3", "255.255.255.255", "169.254.1.1", "192.0.2.1"}
	}
	if !g.one(4) {
		return netip.MustParseAddr(usual)
	}
	return netip.MustParseAddr(pick(g, odd...))
}

func (g generator) addr6(remote bool) netip.Addr {
	usual, odd := "fd09::2", []string{"fd09::3", "fd09::3", "fd09::99", "ff02::1", "ff02::fb", "ff02::fc", "ff01::1", "ff05::1", "ff0e::fb", "::1", "::", "fe80::2",
		"ff02::1:ff00:9", "ff02::2", "::ffff:10.9.0.2", "ff00::1", "ff12::fb"}
	if remote {
		usual, odd = "fd09::1", []string{"fd09::77", "2001:db8::9", "::", "::1", "fd09::2", "fd09::3", "ff02::1", "ff0e::5", "fe80::5", "::ffff:10.9.0.1", "::10.9.0.1",
			"::ffff:127.0.0.1", "64:ff9b::1", "fec0::1"}
	}
	if !g.one(4) {
		return netip.MustParseAddr(usual)
	}
	return netip.MustParseAddr(pick(g, odd...))
}

// options are those of IPv4, right and wrong.
func (g generator) options() []byte {
	var b []byte
	for range 1 + g.IntN(3) {
		switch g.IntN(6) {
		case 0:
			b = append(b, byte(g.IntN(2)))
		case 1:
			n := pick(g, 3, 7, 11)
			b = append(append(b, pick[byte](g, 7, 7, 131, 137), byte(n), byte(pick(g, 4, 4, 8, 12, n+1, g.IntN(16)))), make([]byte, n-3)...)
		case 2:
			n := pick(g, 4, 8, 12, 20)
			b = append(append(b, 68, byte(n), byte(pick(g, 5, 5, 9, n+1, g.IntN(24))), byte(g.IntN(256))), make([]byte, n-4)...)
		case 3:
			b = append(b, 148, 4, byte(g.IntN(2)), 0)
		case 4:
			n := pick(g, 2, 3, 4, 6)
			b = append(append(b, pick[byte](g, 130, 134, 133, 136, 82, 25, 30, 205, 94, byte(g.Uint32())), byte(n)), make([]byte, n-2)...)
		default:
			b = append(b, byte(g.Uint32()), byte(g.IntN(12)), byte(g.IntN(12)))
		}
	}
	return b[:min(len(b), 40)]
}

func (g generator) ip4() [][]byte {
	src, dst := g.addr4(true), g.addr4(false)
	proto := pick[uint8](g, 17, 17, 17, 6, 6, 6, 1, 1, 1, pick[uint8](g, 2, 58, 59, 0, 61, 253, 255))
	h := packet.IPv4{ID: 5, Proto: proto, Src: src, Dst: dst, TOS: uint8(g.IntN(256)), TTL: pick[uint8](g, 64, 64, 1, 255), DontFragment: g.one(3)}
	var body []byte
	if proto == packet.ProtoICMP {
		body = g.icmp4(src, dst)
	} else {
		body = g.segment(proto, src, dst, false)
	}
	if g.one(5) {
		h.Options = g.options()
	}
	if g.one(4) {
		return g.fragments(body, func(part []byte, offset int, more bool) []byte {
			h.FragmentOffset, h.MoreFragments = offset, more
			return h.Append(nil, part)
		})
	}
	b := h.Append(nil, body)
	if g.one(10) { // a header that is wrong, with a checksum that is right
		switch g.IntN(6) {
		case 0:
			b[0] = 0x40 | byte(g.IntN(16))
		case 1:
			binary.BigEndian.PutUint16(b[2:], uint16(g.IntN(len(b)+8)))
		case 2:
			b[8] = 0
		case 3:
			b[6] |= 0x80
		case 4:
			b = append(b, make([]byte, g.IntN(9))...)
		default:
			b[10] ^= 1
			return [][]byte{b}
		}
		n := min(len(b), max(20, int(b[0]&15)*4))
		b[10], b[11] = 0, 0
		binary.BigEndian.PutUint16(b[10:], packet.Checksum(b[:n], 0))
	}
	return [][]byte{b}
}

// fragments cuts a body into pieces, and often wrongly.
func (g generator) fragments(body []byte, build func([]byte, int, bool) []byte) [][]byte {
	body = append(body, make([]byte, g.IntN(40))...)
	var all [][]byte
	step := 8 * (1 + g.IntN(4))
	for at := 0; at < len(body); at += step {
		end := min(at+step, len(body))
		more := end < len(body)
		from := at
		switch g.IntN(16) {
		case 0:
			from = max(0, at-8)
		case 1:
			end = min(len(body), end+8)
		case 2:
			more = !more
		case 3:
			if end-from > 1 {
				end--
			}
		case 4:
			end = from
		}
		b := build(body[from:end], from, more)
		all = append(all, b)
		if g.one(8) {
			all = append(all, b)
		}
	}
	if len(all) == 0 {
		return [][]byte{build(body, 0, g.one(2))}
	}
	switch g.IntN(5) {
	case 0:
		slices.Reverse(all)
	case 1:
		g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	case 2:
		if len(all) > 1 {
			i := g.IntN(len(all))
			all = slices.Delete(all, i, i+1)
		}
	}
	return all
}

func (g generator) icmp4(src, dst netip.Addr) []byte {
	kind := pick[uint8](g, 3, 3, 3, 11, 12, 4, 5, 8, 13, 0, 9, 10, 14, 15, 17, 18, byte(g.IntN(45)))
	code := byte(g.IntN(18))
	if g.one(3) {
		code = byte(g.IntN(5))
	}
	if kind == 8 || kind == 13 {
		code = byte(g.IntN(2))
	}
	body := make([]byte, g.IntN(24))
	if kind <= 12 && kind != 8 {
		proto := pick[uint8](g, 17, 17, 6, 1)
		h := packet.IPv4{Proto: proto, Src: dst, Dst: src}
		if g.one(5) {
			h.Src, h.Dst = g.addr4(false), g.addr4(true)
		}
		if g.one(6) {
			h.Options = g.options()
		}
		if g.one(10) {
			h.FragmentOffset, h.MoreFragments = 8*g.IntN(3), g.one(2)
		}
		body = h.Append(nil, g.segment(proto, h.Src, h.Dst, true))
		if g.one(6) {
			body[g.IntN(len(body))] = byte(g.Uint32())
		}
		if g.one(6) {
			body = body[:g.IntN(len(body))]
		}
	}
	b := packet.ICMP{Type: kind, Code: code, Rest: pick[uint32](g, 0, 1400, 0x14000000, g.Uint32())}.Append(nil, body)
	if g.one(16) {
		b[g.IntN(len(b))] ^= 1
	}
	if g.one(16) {
		b = b[:g.IntN(len(b))]
	}
	return b
}

// extension is a header of IPv6, right or wrong.
func (g generator) extension() packet.Extension {
	proto := pick[uint8](g, packet.ProtoHopByHop, packet.ProtoDestOpts, packet.ProtoDestOpts, packet.ProtoRouting, packet.ProtoFragment)
	switch proto {
	case packet.ProtoFragment:
		return packet.FragmentHeader(7, pick(g, 0, 0, 0, 8), g.one(8))
	case packet.ProtoRouting:
		data := make([]byte, pick(g, 6, 22))
		data[0], data[1] = byte(g.IntN(6)), byte(pick(g, 0, 0, 1, 2))
		if g.one(8) {
			data[0] = byte(g.Uint32())
		}
		return packet.Extension{Proto: proto, Data: data}
	}
	var data []byte
	for want := pick(g, 6, 6, 14, 22); len(data) < want; {
		room := want - len(data)
		switch g.IntN(6) {
		case 0:
			data = append(data, 0)
		case 1:
			n := g.IntN(min(6, room))
			data = append(append(data, 1, byte(n)), make([]byte, n)...)
			if g.one(10) && n > 0 {
				data[len(data)-1] = 1
			}
		case 2:
			n := pick(g, 2, 2, 2, 1, 4)
			data = append(append(data, 5, byte(n)), make([]byte, n)...)
		case 3:
			n := pick(g, 4, 4, 2)
			data = append(append(data, pick[byte](g, 0xc2, 0xc9, 0xee, 0x26, 0x31, 0x07, 0x04, 0x8a), byte(n)), make([]byte, n)...)
		case 4:
			n := g.IntN(6)
			data = append(append(data, byte(g.Uint32()), byte(n)), make([]byte, n)...)
		default:
			n := min(4, room-2)
			if n >= 0 {
				data = append(append(data, 1, byte(n)), make([]byte, n)...)
			} else {
				data = append(data, 0)
			}
		}
	}
	if n := len(data); n%8 != 6 { // fill up, or cut off in the middle of an option
		data = append(data, make([]byte, (14-n%8)%8)...)
	}
	return packet.Extension{Proto: proto, Data: data}
}

func (g generator) ip6() [][]byte {
	src, dst := g.addr6(true), g.addr6(false)
	proto := pick[uint8](g, 17, 17, 17, 17, 6, 6, 6, 58, 58, 58, pick[uint8](g, 1, 2, 59, 61, 253, 255, 200, 43, 60, 0, 44))
	h := packet.IPv6{NextHeader: proto, Src: src, Dst: dst, TrafficClass: uint8(g.IntN(256)), FlowLabel: g.Uint32(), HopLimit: pick[uint8](g, 64, 64, 1, 255, 255)}
	var body []byte
	if proto == packet.ProtoICMPv6 {
		body = g.icmp6(src, dst)
	} else {
		body = g.segment(proto, src, dst, false)
	}
	if g.one(2) {
		for range 1 + g.IntN(3) {
			h.Extensions = append(h.Extensions, g.extension())
		}
	}
	if g.one(4) {
		before, after := h.Extensions[:len(h.Extensions)/2], h.Extensions[len(h.Extensions)/2:]
		next := proto
		if len(after) > 0 { // what follows the fragment header is cut up too
			in := packet.IPv6{NextHeader: proto, Src: src, Dst: dst, Extensions: after}.Append(nil, body)
			next, body = in[6], in[40:]
		}
		h.NextHeader = next
		return g.fragments(body, func(part []byte, offset int, more bool) []byte {
			h.Extensions = append(before[:len(before):len(before)], packet.FragmentHeader(5, offset, more))
			return h.Append(nil, part)
		})
	}
	b := h.Append(nil, body)
	if g.one(10) {
		switch g.IntN(5) {
		case 0:
			binary.BigEndian.PutUint16(b[4:], uint16(g.IntN(len(b))))
		case 1:
			b[7] = 0
		case 2:
			b = append(b, make([]byte, g.IntN(9))...)
		case 3:
			b = b[:40+g.IntN(len(b)-39)]
			binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
		default:
			if len(b) > 41 {
				b[41] = byte(g.IntN(4))
			}
		}
	}
	return [][]byte{b}
}

func (g generator) icmp6(src, dst netip.Addr) []byte {
	kind := pick[uint8](g, 1, 1, 1, 2, 3, 4, 128, 128, 129, 135, 135, 0, 5, 100, 127, byte(g.Uint32()))
	code := byte(g.IntN(9))
	body := make([]byte, g.IntN(24))
	switch {
	case kind == 128:
		code = byte(g.IntN(2))
	case kind == 135:
		target := g.addr6(false).As16()
		body, code = target[:], 0
		if g.one(3) {
			body = append(body, 1, 1, 2, 0, 0, 0, 0, 9)
		}
	case kind < 128:
		proto := pick[uint8](g, 17, 17, 6, 58)
		h := packet.IPv6{NextHeader: proto, Src: dst, Dst: src}
		if g.one(5) {
			h.Src, h.Dst = g.addr6(false), g.addr6(true)
		}
		if g.one(4) {
			h.Extensions = append(h.Extensions, g.extension())
		}
		body = h.Append(nil, g.segment(proto, h.Src, h.Dst, true))
		if g.one(6) {
			body[g.IntN(len(body))] = byte(g.Uint32())
		}
		if g.one(6) {
			body = body[:g.IntN(len(body))]
		}
	}
	b := packet.ICMP{Type: kind, Code: code, Rest: pick[uint32](g, 0, 1280, 1400, g.Uint32())}.Append6(nil, src, dst, body)
	if g.one(16) {
		b[g.IntN(len(b))] ^= 1
	}
	if g.one(16) {
		b = b[:g.IntN(len(b))]
	}
	return b
}
