package packet_test

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"onwire/wire"
	"onwire/wire/packet"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"
)

var (
	a4, b4 = netip.MustParseAddr("10.9.0.1"), netip.MustParseAddr("10.9.0.2")
	a6, b6 = netip.MustParseAddr("fd09::1"), netip.MustParseAddr("fd09::2")
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBytes compares what Append writes with bytes made by hand, and what
// Parse reads out of them.
func TestBytes(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  []byte
		want string
		link packet.LinkType
		// what Parse finds
		status   packet.Status
		sport    uint16
		dport    uint16
		at, size int
	}{
		{"udp", packet.IPv4{ID: 1, Proto: packet.ProtoUDP, Src: a4, Dst: b4}.Append(nil,
			packet.UDP{SrcPort: 1111, DstPort: 7777}.Append(nil, a4, b4, []byte("hi"))),
			"4500001e00010000401166ba0a0900010a09000204571e61000a60a46869", packet.LinkRaw, packet.OK, 1111, 7777, 28, 2},
		{"tcp syn", packet.IPv4{ID: 1, Proto: packet.ProtoTCP, Src: a4, Dst: b4}.Append(nil,
			packet.TCP{SrcPort: 1111, DstPort: 8081, Seq: 1000, Ack: 5000, Flags: packet.SYN, Window: 8192}.Append(nil, a4, b4, nil)),
			"4500002800010000400666bb0a0900010a09000204571f91000003e8000013885002200040760000", packet.LinkIPv4, packet.OK, 1111, 8081, 40, 0},
		{"udp over v6 with a hop-by-hop header", packet.IPv6{NextHeader: packet.ProtoUDP, Src: a6, Dst: b6, Extensions: []packet.Extension{
			{Proto: packet.ProtoHopByHop, Data: []byte{1, 4, 0, 0, 0, 0}}}}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 9000}.Append(nil, a6, b6, []byte("x"))),
			"6000000000110040fd090000000000000000000000000001fd0900000000000000000000000000021100010400000000000123280009 6a9c78", packet.LinkRaw, packet.OK, 1, 9000, 56, 1},
		{"QinQ", packet.Ethernet{Dst: [6]byte{2, 0, 0, 0, 0, 1}, Src: [6]byte{2, 0, 0, 0, 0, 2}, Type: packet.TypeIPv4,
			VLANs: []packet.VLAN{{Type: packet.TypeQinQ, ID: 5}, {Priority: 7, ID: 7}}}.Append(nil, unhex(t, "4500001e00010000401166ba0a0900010a09000204571e61000a60a46869")),
			"02000000000102000000000288a800058100e00708004500001e00010000401166ba0a0900010a09000204571e61000a60a46869", packet.LinkEthernet, packet.OK, 1111, 7777, 50, 2},
		{"arp", packet.ARP{Operation: 1, Sender: a4, Target: b4}.Append(nil), "00010800060400010000000000000a0900010000000000000a090002", packet.LinkSLL, packet.Other, 0, 0, 0, 0},
		{"fragment", packet.IPv4{ID: 9, Proto: packet.ProtoUDP, Src: a4, Dst: b4, FragmentOffset: 16, MoreFragments: true}.Append(nil, make([]byte, 8)),
			"4500001c000920024011 46b2 0a0900010a090002 0000000000000000", packet.LinkRaw, packet.Fragment, 0, 0, 0, 0},
	} {
		frame := tt.got
		if tt.link == packet.LinkSLL {
			frame = append(unhex(t, "0000 0001 0006 020000000001 0000 0806"), frame...)
		}
		if got := hex.EncodeToString(tt.got); got != strings.ReplaceAll(tt.want, " ", "") {
			t.Errorf("%s: Append = %s\nwant %s", tt.name, got, tt.want)
		}
		var p packet.Packet
		if status := p.Parse(tt.link, frame); status != tt.status {
			t.Errorf("%s: Parse = %v, want %v", tt.name, status, tt.status)
		}
		if tt.status == packet.OK && (p.SrcPort != tt.sport || p.DstPort != tt.dport || p.Payload != tt.at || p.Length != tt.size) {
			t.Errorf("%s: Parse found %+v", tt.name, p)
		}
		fields, err := packet.Dissect(tt.link, frame)
		if err != nil {
			t.Errorf("%s: Dissect: %v", tt.name, err)
		}
		if err := wire.Check(fields, 8*len(frame)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestFaults wants the place and the reason of every fault.
func TestFaults(t *testing.T) {
	const good = "4500001e00010000401166ba0a0900010a09000204571e61000a60a46869"
	for _, tt := range []struct{ name, hex, want string }{
		{"nothing", "", "byte 0: IP: wants 1 bytes here, 0 are left"},
		{"version", "55" + good[2:], "byte 0: IP: version 5, want 4 or 6"},
		{"short header", good[:30], "byte 0: IPv4: wants 20 bytes here, 15 are left"},
		{"header length", "44" + good[2:], "byte 0: IPv4: header length 4 words, want at least 5"},
		{"total length", good[:4] + "0013" + good[8:], "byte 2: IPv4: total length 19 is less than the header's 20"},
		{"cut", good[:58], "byte 2: IPv4: total length is 30, 29 bytes are here"},
		{"checksum", good[:20] + "dead" + good[24:], "byte 10: IPv4: checksum 0xdead is wrong, 0x66ba is right"},
		{"udp checksum", good[:52] + "1234" + good[56:], "byte 26: UDP: checksum 0x1234 is wrong, 0x60a4 is right"},
		{"udp length", "4500001e00010000401166ba0a0900010a09000204571e61003200006869", "byte 24: UDP: length 50, 10 bytes are here"},
		{"tcp offset", "4500002800010000400666bb0a0900010a0900020457005000000000000000004002200087270000", "byte 32: TCP: data offset 4 words, want at least 5"},
	} {
		b := unhex(t, tt.hex)
		fields, err := packet.Dissect(packet.LinkRaw, b)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: Dissect = %v, want %s", tt.name, err, tt.want)
		}
		if err := wire.Check(fields, 8*len(b)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestLinks: the same datagrams behind link headers that few captures have.
func TestLinks(t *testing.T) {
	v4 := packet.IPv4{Proto: packet.ProtoUDP, Src: a4, Dst: b4}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, a4, b4, nil))
	v6 := packet.IPv6{NextHeader: packet.ProtoUDP, Src: a6, Dst: b6}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, a6, b6, nil))
	label := "\x02\x81\x00\x01\x01\x40" // MPLS (RFC 3032 4.3)
	for _, tt := range []struct {
		link   packet.LinkType
		header string
		packet []byte
		want   packet.Status
	}{
		{packet.LinkPPP, label, v4, packet.OK},
		{packet.LinkPPP, "\xff\x03" + label, v6, packet.OK},
		{packet.LinkPPP, label[:4], nil, packet.Short},
		{packet.LinkPPPHDLC, "\x0f\x00\x08\x00", v4, packet.OK}, // Cisco HDLC
		{packet.LinkIPv4, "", v4, packet.OK},
		{packet.LinkIPv4, "", v6, packet.Bad}, // this link has no packets of the other version
		{packet.LinkIPv6, "", v6, packet.OK},
		{packet.LinkIPv6, "", v4, packet.Bad}, // not short, though it has less than 40 bytes
	} {
		b := append([]byte(tt.header), tt.packet...)
		var p packet.Packet
		if got := p.Parse(tt.link, b); got != tt.want || got == packet.OK && p.DstPort != 2 {
			t.Errorf("%s, %x: %v, port %d, want %v", tt.link, b, got, p.DstPort, tt.want)
		}
		if fields, err := packet.Dissect(tt.link, b); (err == nil) != (tt.want == packet.OK) {
			t.Errorf("%s, %x: %v, %v", tt.link, b, fields, err)
		}
	}
}

// TestQuote dissects ICMP errors about packets that are broken themselves:
// everything has a name, and the error is right as it is.
func TestQuote(t *testing.T) {
	for name, quote := range map[string]string{
		"second header cut off": "61303030000a2b30" + strings.Repeat("30", 32) + "0000303030303030" + "3030",
		"no version":            "00",
		"header of 4 words":     "440000140000000040110000" + "0a0900010a090002",
		"wrong checksum":        "450000140000000040110001" + "0a0900010a090002",
		"broken option":         "4600001c0000000040110000" + "0a0900010a090002" + "44ff0000" + "0001000200080000",
	} {
		body := unhex(t, quote)
		b := packet.IPv4{Proto: packet.ProtoICMP, Src: a4, Dst: b4}.Append(nil, packet.ICMP{Type: packet.ICMPParameter}.Append(nil, body))
		fields, err := packet.Dissect(packet.LinkRaw, b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := wire.Check(fields, 8*len(b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestChecksum adds word by word what Sum adds eight bytes at a time.
func TestChecksum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x7f, 0x80, 0xfe, 0xff}), 0, 200).Draw(t, "bytes")
		var slow uint16
		for _, step := range packet.ChecksumSteps(nil, b) {
			slow = step.Sum
		}
		// 0 and ffff are the same number in one's complement.
		if fast := packet.Fold(packet.Sum(b, 0)); fast%0xffff != slow%0xffff {
			t.Fatalf("Sum = %04x, word by word %04x", fast, slow)
		}
		if len(b)%2 == 0 {
			with := binary.BigEndian.AppendUint16(b, packet.Checksum(b, 0))
			if sum := packet.Fold(packet.Sum(with, 0)); sum != 0xffff {
				t.Fatalf("with its checksum the sum is %04x", sum)
			}
		}
	})
}

// drawFrame makes an Ethernet frame of any kind that the builders can make.
func drawFrame(t *rapid.T) []byte {
	payload := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "payload")
	src, dst := a4, b4
	v6 := rapid.Bool().Draw(t, "v6")
	if v6 {
		src, dst = a6, b6
	}
	sport, dport := rapid.Uint16().Draw(t, "sport"), rapid.Uint16().Draw(t, "dport")
	proto := rapid.SampledFrom([]uint8{packet.ProtoTCP, packet.ProtoUDP}).Draw(t, "proto")
	var segment []byte
	if proto == packet.ProtoTCP {
		segment = packet.TCP{SrcPort: sport, DstPort: dport, Seq: rapid.Uint32().Draw(t, "seq"), Flags: packet.Flags(rapid.Byte().Draw(t, "flags")),
			Options: rapid.SampledFrom([][]byte{nil, {2, 4, 5, 0xb4}, {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}, {3, 3, 7}}).Draw(t, "options")}.Append(nil, src, dst, payload)
	} else {
		segment = packet.UDP{SrcPort: sport, DstPort: dport}.Append(nil, src, dst, payload)
	}
	h := packet.Ethernet{Type: packet.TypeIPv4, VLANs: make([]packet.VLAN, rapid.IntRange(0, 2).Draw(t, "vlans"))}
	if !v6 {
		return h.Append(nil, packet.IPv4{Proto: proto, Src: src, Dst: dst, Options: make([]byte, rapid.IntRange(0, 8).Draw(t, "options"))}.Append(nil, segment))
	}
	h.Type = packet.TypeIPv6
	var ext []packet.Extension
	for range rapid.IntRange(0, 2).Draw(t, "extensions") {
		ext = append(ext, packet.Extension{Proto: packet.ProtoDestOpts, Data: []byte{1, 4, 0, 0, 0, 0}})
	}
	return h.Append(nil, packet.IPv6{NextHeader: proto, Src: src, Dst: dst, Extensions: ext}.Append(nil, segment))
}

// TestGopacketAgrees builds frames and asks gopacket what is in them.
func TestGopacketAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawFrame(t)
		var p packet.Packet
		if status := p.Parse(packet.LinkEthernet, b); status != packet.OK {
			t.Fatalf("Parse = %v: %x", status, b)
		}
		other := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
		transport := other.TransportLayer()
		if transport == nil {
			t.Fatalf("gopacket finds no transport in %x: %v", b, other)
		}
		flow := transport.TransportFlow()
		if src, dst := flow.Endpoints(); binary.BigEndian.Uint16(src.Raw()) != p.SrcPort || binary.BigEndian.Uint16(dst.Raw()) != p.DstPort {
			t.Fatalf("ports %d > %d, gopacket has %v", p.SrcPort, p.DstPort, flow)
		}
		if got := b[p.Payload : p.Payload+p.Length]; string(got) != string(transport.LayerPayload()) {
			t.Fatalf("payload %x, gopacket has %x", got, transport.LayerPayload())
		}
		if src := other.NetworkLayer().NetworkFlow().Src().String(); p.Src(b).String() != src {
			t.Fatalf("source %v, gopacket has %s", p.Src(b), src)
		}
		fields, err := packet.Dissect(packet.LinkEthernet, b)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Check(fields, 8*len(b)); err != nil {
			t.Fatal(err)
		}
	})
}

// TestParseCut: a capture may keep only the beginning of a packet. As soon as
// ports and length are there, it counts.
func TestParseCut(t *testing.T) {
	udp := packet.IPv4{Proto: packet.ProtoUDP, Src: a4, Dst: b4}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, a4, b4, make([]byte, 100)))
	tcp := packet.IPv4{Proto: packet.ProtoTCP, Src: a4, Dst: b4}.Append(nil, packet.TCP{SrcPort: 1, DstPort: 2}.Append(nil, a4, b4, make([]byte, 100)))
	for _, tt := range []struct {
		b    []byte
		want packet.Status
	}{{udp[:26], packet.OK}, {udp[:25], packet.Short}, {tcp[:36], packet.OK}, {tcp[:35], packet.Short}} {
		var p packet.Packet
		if got := p.ParseIP(tt.b); got != tt.want || got == packet.OK && p.Length != 100 {
			t.Errorf("%d bytes: %v, %d bytes of payload; want %v, 100", len(tt.b), got, p.Length, tt.want)
		}
	}
}

// FuzzDissect takes any bytes as any link type: every bit has one name, and
// nothing panics.
func FuzzDissect(f *testing.F) {
	for _, s := range []string{
		"4500001e00010000401166ba0a0900010a09000204571e61000a60a46869",
		"6000000000103c40fd090000000000000000000000000001fd0900000000000000000000000000021120010400000000000123280008e29e",
		"02000000000102000000000288a800058100e00708004500001e00010000401166ba0a0900010a09000204571e61000a60a46869",
		"4500003800010000400166b00a0900010a0900020303822c000000004500001d00010000401166bb0a0900020a0900019c4000350009de51",
	} {
		for _, link := range []uint32{0, 1, 101, 113} {
			f.Add(link, unhex(f, s))
		}
	}
	f.Fuzz(func(t *testing.T, link uint32, b []byte) {
		for _, length := range []int{0, len(b) + int(link>>16)} { // as a whole, and as a part of more
			fields, _ := packet.DissectRecord(packet.LinkType(link%300), b, length)
			if err := wire.Check(fields, 8*len(b)); err != nil {
				t.Fatal(err)
			}
			filled, left := packet.FillIn(b, length)
			if _, again := packet.FillIn(filled, length); left.Segments && again.Segments {
				t.Fatalf("%x is filled in as %x, which lacks %+v", b, filled, again)
			}
		}
	})
}

// FuzzParse wants that Parse never reads past the frame, and that what it
// finds lies in the order of the layers.
func FuzzParse(f *testing.F) {
	f.Add(uint32(1), unhex(f, "0200000000010200000000028100000708004500001e00010000401166ba0a0900010a09000204571e61000a60a46869"))
	f.Add(uint32(101), unhex(f, "6000000000112b40fd090000000000000000000000000001fd09000000000000000000000000000211000000000000000001232800096a9c78"))
	f.Fuzz(func(t *testing.T, link uint32, b []byte) {
		var p packet.Packet
		p.ParseRecord(packet.LinkType(link%300), b, len(b)+int(link>>16))
		for _, ok := p.Next(b); ok; _, ok = p.Next(b) {
			_ = ok // it ends
		}
		switch status := p.Parse(packet.LinkType(link%300), b[:len(b):len(b)]); status {
		case packet.OK:
			if p.IP < 0 || p.Transport <= p.IP || p.Payload <= p.Transport || p.Length < 0 || p.Payload > len(b)+60 {
				t.Fatalf("%+v", p)
			}
			p.Src(b)
			p.Dst(b)
		case packet.Short, packet.Bad:
			if p.Err(b) == nil {
				t.Fatal("a fault without an error")
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	frame := packet.Ethernet{Type: packet.TypeIPv4}.Append(nil, packet.IPv4{Proto: packet.ProtoTCP, Src: a4, Dst: b4}.Append(nil,
		packet.TCP{SrcPort: 50000, DstPort: 443, Flags: packet.ACK}.Append(nil, a4, b4, make([]byte, 64))))
	b.Run("onwire", func(b *testing.B) {
		b.ReportAllocs()
		var p packet.Packet
		for b.Loop() {
			if p.Parse(packet.LinkEthernet, frame) != packet.OK {
				b.Fatal("not parsed")
			}
		}
	})
	b.Run("gopacket", func(b *testing.B) {
		b.ReportAllocs()
		var eth layers.Ethernet
		var tag layers.Dot1Q
		var ip4 layers.IPv4
		var ip6 layers.IPv6
		var tcp layers.TCP
		var udp layers.UDP
		parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &eth, &tag, &ip4, &ip6, &tcp, &udp)
		parser.IgnoreUnsupported = true
		found := make([]gopacket.LayerType, 0, 8)
		for b.Loop() {
			if err := parser.DecodeLayers(frame, &found); err != nil || len(found) != 3 {
				b.Fatal(err, found)
			}
		}
	})
}
