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
