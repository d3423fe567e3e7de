package portmux_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"onwire/wire/packet"
)

// A piece is one fragment of a test: bytes from and to, the flag that more
// follow, and the ECN field.
type piece struct {
	from, to int
	more     bool
	ecn      uint8
}

// cutter makes fragments of a datagram of both versions of IP.
func cutter(v6 bool, proto uint8, whole []byte, src, dst netip.Addr) func(piece) []byte {
	return func(p piece) []byte {
		if v6 {
			return packet.IPv6{NextHeader: proto, Src: src, Dst: dst, TrafficClass: p.ecn,
				Extensions: []packet.Extension{packet.FragmentHeader(5, p.from, p.more)}}.Append(nil, whole[p.from:p.to])
		}
		return packet.IPv4{ID: 5, Proto: proto, Src: src, Dst: dst, TOS: p.ecn, FragmentOffset: p.from, MoreFragments: p.more}.Append(nil, whole[p.from:p.to])
	}
}

// fragmentCases cuts datagrams up: with every pair of ECN fields, with the ports
// or the TCP header in two pieces, with pieces twice, and by chance.
func fragmentCases() []testCase {
	var all []testCase
	ip := netip.MustParseAddr
	r := rand.New(rand.NewPCG(5, 6))
	for _, v6 := range []bool{false, true} {
		src, dst, name := ip("10.9.0.1"), ip("10.9.0.2"), "v4"
		udpPort, tcpPort := uint16(7777), uint16(80)
		if v6 {
			src, dst, name = ip("fd09::1"), ip("fd09::2"), "v6"
			udpPort, tcpPort = 9000, 8080
		}
		udp := packet.UDP{SrcPort: 6000, DstPort: udpPort}.Append(nil, src, dst, bytes.Repeat([]byte("abcdefgh"), 7)) // 64 bytes
		tcp := packet.TCP{SrcPort: 6000, DstPort: tcpPort, Flags: packet.SYN, Window: 100, Options: []byte{2, 4, 5, 0xb4, 1, 1, 1, 0}}.Append(nil, src, dst, nil)
		ofUDP, ofTCP := cutter(v6, packet.ProtoUDP, udp, src, dst), cutter(v6, packet.ProtoTCP, tcp, src, dst)
		add := func(what string, of func(piece) []byte, pieces ...piece) {
			c := testCase{number: fmt.Sprintf("f%03d", len(all)), name: name + " " + what}
			for _, p := range pieces {
				c.packets = append(c.packets, of(p))
			}
			all = append(all, c)
		}
		for a := range uint8(4) {
			for b := range uint8(4) {
				add(fmt.Sprintf("ECN %d and %d", a, b), ofUDP, piece{0, 32, true, a}, piece{32, 64, false, b})
				add(fmt.Sprintf("ECN %d, %d twice", a, b), ofUDP, piece{0, 32, true, a}, piece{0, 32, true, b}, piece{32, 64, false, a})
			}
			add(fmt.Sprintf("ECN 1, 2 and %d", a), ofUDP, piece{32, 48, true, 1}, piece{0, 32, true, 2}, piece{48, 64, false, a})
		}
		for _, cut := range []int{8, 16, 24} {
			add(fmt.Sprintf("TCP header cut at %d", cut), ofTCP, piece{0, cut, true, 0}, piece{cut, 28, false, 0})
			add(fmt.Sprintf("TCP header cut at %d, reversed", cut), ofTCP, piece{cut, 28, false, 0}, piece{0, cut, true, 0})
		}
		add("two runs covered", ofUDP, piece{8, 16, true, 0}, piece{0, 8, true, 0}, piece{0, 16, true, 0}, piece{16, 64, false, 0})
		add("one run covered", ofUDP, piece{0, 8, true, 0}, piece{8, 16, true, 0}, piece{0, 16, true, 0}, piece{16, 64, false, 0})
		add("the end twice, last only then", ofUDP, piece{32, 64, true, 0}, piece{32, 64, false, 0}, piece{0, 32, true, 0})
		add("a second end", ofUDP, piece{32, 64, false, 0}, piece{32, 56, false, 0}, piece{0, 32, true, 0})
		for n := range 60 {
			var pieces []piece
			for at := 0; at < 64; {
				to := min(64, at+8*(1+r.IntN(3)))
				pieces = append(pieces, piece{at, to, to < 64, 0})
				at = to
			}
			for range r.IntN(4) { // and some that are there, or overlap
				from := 8 * r.IntN(8)
				to := min(64, from+8*(1+r.IntN(4)))
				pieces = append(pieces, piece{from, to, to < 64 || r.IntN(4) == 0, 0})
			}
			r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
			add(fmt.Sprint("by chance ", n), ofUDP, pieces...)
		}
	}
	return all
}

// offloadCases are packets whose transport checksum is the sum of the
// pseudo-header: from a wire they are wrong, and from a device that says that
// the sum is not filled in yet they are right.
func offloadCases() []testCase {
	var all []testCase
	ip := netip.MustParseAddr
	for _, v6 := range []bool{false, true} {
		src, dst := ip("10.9.0.1"), ip("10.9.0.2")
		ports := map[uint8][]uint16{packet.ProtoUDP: {7777, 81}, packet.ProtoTCP: {80, 81}}
		if v6 {
			src, dst = ip("fd09::1"), ip("fd09::2")
			ports = map[uint8][]uint16{packet.ProtoUDP: {9000, 81}, packet.ProtoTCP: {8080, 81}}
		}
		for proto, list := range ports {
			for _, port := range list {
				at := 6
				seg := packet.UDP{SrcPort: 6000, DstPort: port}.Append(nil, src, dst, []byte("hello"))
				if proto == packet.ProtoTCP {
					at = 16
					seg = packet.TCP{SrcPort: 6000, DstPort: port, Flags: packet.SYN, Window: 100}.Append(nil, src, dst, nil)
				}
				binary.BigEndian.PutUint16(seg[at:], packet.Fold(packet.PseudoSum(src, dst, proto, len(seg))))
				b := packet.IPv4{Proto: proto, Src: src, Dst: dst}.Append(nil, seg)
				if v6 {
					b = packet.IPv6{NextHeader: proto, Src: src, Dst: dst}.Append(nil, seg)
				}
				name := fmt.Sprintf("sum of the pseudo-header, %s port %d", packet.ProtoName(proto), port)
				all = append(all, testCase{number: fmt.Sprintf("o%03d", len(all)), name: name + " from a wire", packets: [][]byte{b}})
				all = append(all, testCase{number: fmt.Sprintf("o%03d", len(all)), name: name + " from a device that says so", packets: [][]byte{b}, offload: true})
			}
		}
	}
	return all
}
