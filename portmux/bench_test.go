package portmux_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"

	"onwire/portmux"
	"onwire/wire/packet"
)

// capture makes a pcap of Ethernet frames: n packets in the given number of
// flows, TCP and UDP over IPv4 and IPv6.
func capture(n, flows, size int) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	var frames [][]byte
	for i := range flows {
		frames = append(frames, benchFrame(i, size))
	}
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	for range n {
		f := frames[r.IntN(flows)]
		b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}

func benchFrame(i, size int) []byte {
	src, dst := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), netip.MustParseAddr("10.9.0.2")
	kind := uint16(packet.TypeIPv4)
	if i&1 == 1 {
		kind = packet.TypeIPv6
		src, dst = netip.AddrFrom16([16]byte{0xfd, 9, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}), netip.MustParseAddr("fd09::2")
	}
	proto, segment := uint8(packet.ProtoUDP), packet.UDP{SrcPort: uint16(i), DstPort: 53}.Append(nil, src, dst, make([]byte, size))
	if i&2 == 2 {
		proto, segment = packet.ProtoTCP, packet.TCP{SrcPort: uint16(i), DstPort: 443, Flags: packet.ACK}.Append(nil, src, dst, make([]byte, size))
	}
	h := packet.Ethernet{Type: kind}
	if i%16 == 0 {
		h.VLANs = []packet.VLAN{{ID: 7}}
	}
	if kind == packet.TypeIPv4 {
		return h.Append(nil, packet.IPv4{Proto: proto, Src: src, Dst: dst}.Append(nil, segment))
	}
	return h.Append(nil, packet.IPv6{NextHeader: proto, Src: src, Dst: dst}.Append(nil, segment))
}

// BenchmarkRead counts a capture in memory. ONWIRE_CAPTURE names a file to
// read instead.
func BenchmarkRead(b *testing.B) {
	for _, flows := range []int{1000, 300_000} {
		b.Run(fmt.Sprintf("flows=%d", flows), func(b *testing.B) {
			var data []byte
			if path := os.Getenv("ONWIRE_CAPTURE"); path == "" {
				data = capture(300_000, flows, 300)
			} else {
				var err error
				if data, err = os.ReadFile(path); err != nil {
					b.Fatal(err)
				}
			}
			packets := 0
			for b.Loop() {
				c, err := portmux.NewCapture(bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				f := portmux.NewFlows()
				for {
					p, err := c.Next()
					if err == io.EOF {
						break
					}
					f.Add(c.Link, p)
				}
				if f.Len() == 0 {
					b.Fatal("no flows")
				}
				packets += c.Count
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
		})
	}
}

// BenchmarkDeliver gives one small datagram to a host over and over: every
// check, the checksum, the lock and the look-up.
func BenchmarkDeliver(b *testing.B) {
	src, dst := netip.MustParseAddr("10.9.0.1"), netip.MustParseAddr("10.9.0.2")
	for _, size := range []int{64, 1400} {
		pkt := packet.IPv4{Proto: 17, Src: src, Dst: dst}.Append(nil, packet.UDP{SrcPort: 6000, DstPort: 7777}.Append(nil, src, dst, make([]byte, size-28)))
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			m, err := portmux.New("10.9.0.2/24")
			if err != nil {
				b.Fatal(err)
			}
			if _, err := m.Bind("game", portmux.UDP, ":7777"); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if m.Deliver(pkt).Kind != portmux.Deliver {
					b.Fatal("not delivered")
				}
			}
		})
	}
}

// BenchmarkEstablished finds connections among many: the table of Mux, and a
// Go map of five-tuples under the same kind of lock, with the same packets
// read and checked before.
func BenchmarkEstablished(b *testing.B) {
	dst := netip.MustParseAddr("10.9.0.2")
	for _, n := range []int{1000, 1_000_000} {
		packets := make([][]byte, n) // one for each connection: no cache holds them all
		remote := func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, byte(1 + i>>16), byte(i >> 8)}), uint16(1024+i&0xff))
		}
		for i := range packets {
			r := remote(i)
			packets[i] = packet.IPv4{Proto: 6, Src: r.Addr(), Dst: dst}.Append(nil,
				packet.TCP{SrcPort: r.Port(), DstPort: 443, Flags: packet.ACK}.Append(nil, r.Addr(), dst, make([]byte, 24)))
		}
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
		b.Run(fmt.Sprintf("mux/n=%d", n), func(b *testing.B) {
			m, err := portmux.New("10.9.0.2/8")
			if err != nil {
				b.Fatal(err)
			}
			for i := range n {
				if _, err := m.Connect("web", portmux.TCP, "10.9.0.2:443", remote(i).String()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if m.Deliver(packets[i%len(packets)]).Kind != portmux.Deliver {
					b.Fatal("not delivered")
				}
			}
		})
		b.Run(fmt.Sprintf("lookup/n=%d", n), func(b *testing.B) { portmux.BenchLookup(b, packets, n, remote) })
		b.Run(fmt.Sprintf("gomap/n=%d", n), func(b *testing.B) { portmux.BenchMap(b, packets, n, remote) })
	}
}
