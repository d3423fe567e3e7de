package packet_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"onwire/wire"
	"onwire/wire/packet"
)

const macs = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"

// TestWrapped: the same datagram after headers that capturing programs and
// switches put before it.
func TestWrapped(t *testing.T) {
	v4 := string(packet.IPv4{Proto: packet.ProtoUDP, Src: a4, Dst: b4}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, a4, b4, nil)))
	eth := macs + "\x08\x00"
	snap := "\xaa\xaa\x03\x00\x00\x00\x08\x00"
	wifi := "\x08\x01\x00\x00" + strings.Repeat("\x00", 20)
	qos := "\x88\x01\x00\x00" + strings.Repeat("\x00", 20)
	pktap := func(link byte) string {
		b := make([]byte, 108)
		b[0], b[4], b[8] = 108, 1, link
		return string(b)
	}
	for _, tt := range []struct {
		name   string
		link   packet.LinkType
		header string
		want   packet.Status
		unread string
	}{
		{"PPI and Ethernet", packet.LinkPPI, "\x00\x00\x08\x00\x01\x00\x00\x00" + eth, packet.OK, ""},
		{"PPI with a field, and 802.11", packet.LinkPPI, "\x00\x00\x10\x00\x69\x00\x00\x00\x02\x00\x04\x00abcd" + wifi + snap, packet.OK, ""},
		{"PPI in PPI", packet.LinkPPI, "\x00\x00\x08\x00\xc0\x00\x00\x00" + "\x00\x00\x08\x00\x01\x00\x00\x00" + eth, packet.Other, "a capture's header inside of another"},
		{"PPI without a length", packet.LinkPPI, "\x00\x00\x00\x00\xc0\x00\x00\x00", packet.Short, ""},
		{"PPI and an unknown link type", packet.LinkPPI, "\x00\x00\x08\x00\x93\x00\x00\x00", packet.Other, "USER0"},
		{"PKTAP and Ethernet", packet.LinkPKTAP, pktap(1) + eth, packet.OK, ""},
		{"PKTAP and raw IP", packet.LinkPKTAP, pktap(12), packet.OK, ""},
		{"PKTAP as USER2", packet.LinkUser2, pktap(1) + eth, packet.OK, ""},
		{"PKTAP in PKTAP", packet.LinkPKTAP, pktap(149) + pktap(1) + eth, packet.Other, "a capture's header inside of another"},
		{"something else as USER2", packet.LinkUser2, "hello, world", packet.Other, "USER2"},
		{"NFLOG", packet.LinkNFLog, "\x02\x00\x00\x09\x06\x00\x0a\x00ab\x00\x00\x20\x00\x09\x00", packet.OK, ""},
		{"NFLOG, big-endian", packet.LinkNFLog, "\x02\x00\x00\x09\x00\x06\x00\x0aab\x00\x00\x00\x20\x00\x09", packet.OK, ""},
		{"NFLOG without a payload", packet.LinkNFLog, "\x02\x00\x00\x09\xff\xff\x0a\x00", packet.Short, ""},
		{"NFLOG with an empty value", packet.LinkNFLog, "\x02\x00\x00\x09\x02\x00\x0a\x00ab", packet.Bad, ""},
		{"E-Tag", packet.LinkEthernet, macs + "\x89\x3f\x00\x00\x00\x07\x00\x00\x08\x00", packet.OK, ""},
		{"VN-Tag", packet.LinkEthernet, macs + "\x89\x26\x00\x00\x00\x07\x08\x00", packet.OK, ""},
		{"802.1ah", packet.LinkEthernet, macs + "\x88\xe7\x00\x00\x00\x07" + eth, packet.OK, ""},
		{"802.1ad, 802.1ah, 802.1Q", packet.LinkEthernet, macs + "\x88\xa8\x00\x05\x88\xe7\x00\x00\x00\x07" + macs + "\x81\x00\x00\x09\x08\x00", packet.OK, ""},
		{"TRILL with options", packet.LinkEthernet, macs + "\x22\xf3\x00\x41\x00\x01\x00\x02abcd" + eth, packet.OK, ""},
		{"too many tags", packet.LinkEthernet, macs + strings.Repeat("\x88\xe7\x00\x00\x00\x07"+macs, 9) + "\x08\x00", packet.Bad, ""},
		{"E-Tag, cut", packet.LinkEthernet, macs + "\x89\x3f\x00\x00", packet.Short, ""},
		{"PPPoE that ends before UDP does", packet.LinkEthernet, macs + "\x88\x64\x11\x00\x00\x01\x00\x1e\x00\x21", packet.OK, ""},
		{"radiotap's DATAPAD", packet.LinkRadiotap, "\x00\x00\x09\x00\x02\x00\x00\x00\x20" + qos + "\x00\x00" + "\x00\x00" + snap, packet.OK, ""},
		{"radiotap with a time and DATAPAD", packet.LinkRadiotap, "\x00\x00\x11\x00\x03\x00\x00\x00" + "12345678" + "\x20" + qos + "\x00\x00" + "\x00\x00" + snap, packet.OK, ""},
		{"radiotap with two words", packet.LinkRadiotap, "\x00\x00\x0d\x00\x02\x00\x00\x80\x00\x00\x00\x00\x20" + qos + "\x00\x00" + "\x00\x00" + snap, packet.OK, ""},
		{"radiotap without a length", packet.LinkRadiotap, "\x00\x00\x00\x00\x02\x00\x00\x00", packet.Short, ""},
		{"encrypted 802.11", packet.LinkWiFi, "\x08\x41\x00\x00" + strings.Repeat("\x00", 20), packet.Other, "encrypted IEEE 802.11"},
		{"a beacon", packet.LinkWiFi, "\x80\x00\x00\x00" + strings.Repeat("\x00", 20), packet.Other, "IEEE 802.11 management or control"},
		{"an acknowledgement", packet.LinkWiFi, "\xd4\x00\x00\x00", packet.Other, "IEEE 802.11 management or control"},
		{"PFLOG", packet.LinkPFLog, "\x3d\x02" + strings.Repeat("\x00", 62), packet.OK, ""},
		{"FDDI", packet.LinkFDDI, "\x50" + macs + snap, packet.OK, ""},
		{"Cisco HDLC as loopback", packet.LinkNull, "\x0f\x00\x08\x00", packet.OK, ""},
		{"ARCNET", 129, "\x00", packet.Other, "ARCNET on Linux"},
		{"a number without a name", 9999, "\x00", packet.Other, "link type 9999"},
	} {
		b := []byte(tt.header)
		if tt.want == packet.OK {
			b = append(b, v4...)
		}
		var p packet.Packet
		if got := p.Parse(tt.link, b); got != tt.want || p.Unread != tt.unread || got == packet.OK && p.DstPort != 2 {
			t.Errorf("%s: %v, port %d, %q; want %v, %q", tt.name, got, p.DstPort, p.Unread, tt.want, tt.unread)
		}
		for n := range len(b) { // a prefix is not read beyond its end, and every bit of it has a name
			p.ParseRecord(tt.link, b[:n:n], len(b))
			fields, err := packet.DissectRecord(tt.link, b[:n:n], len(b))
			if err := wire.Check(fields, 8*n); err != nil {
				t.Errorf("%s: %d bytes: %v", tt.name, n, err)
			}
			if tt.want == packet.OK && err != nil {
				t.Errorf("%s: %d of %d bytes: %v", tt.name, n, len(b), err)
			}
		}
	}
}

// TestAMSDU: each packet of an IEEE 802.11 frame with several is found.
func TestAMSDU(t *testing.T) {
	b := append([]byte("\x88\x01\x00\x00"), make([]byte, 20)...)
	b = append(b, 0x80, 0)
	for port := range uint16(3) {
		ip := packet.IPv4{Proto: packet.ProtoUDP, Src: a4, Dst: b4}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 10 + port}.Append(nil, a4, b4, make([]byte, port+1)))
		b = append(b, macs...)
		b = binary.BigEndian.AppendUint16(b, uint16(8+len(ip)))
		b = append(append(b, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0), ip...)
		for (len(b)-26)%4 != 0 {
			b = append(b, 0)
		}
	}
	var p packet.Packet
	var ports []uint16
	for status, ok := p.Parse(packet.LinkWiFi, b), true; ok; status, ok = p.Next(b) {
		if status != packet.OK || p.Length != int(p.DstPort-9) {
			t.Fatalf("%v, %+v", status, p)
		}
		ports = append(ports, p.DstPort)
	}
	if len(ports) != 3 || ports[2] != 12 {
		t.Errorf("ports %v", ports)
	}
	fields, err := packet.Dissect(packet.LinkWiFi, b)
	if err != nil {
		t.Error(err)
	}
	if err := wire.Check(fields, 8*len(b)); err != nil {
		t.Error(err)
	}
	names := ""
	for _, f := range fields {
		names += f.Name + " "
	}
	if strings.Count(names, "UDP") != 3 {
		t.Errorf("fields: %s", names)
	}
	if n := testing.AllocsPerRun(10, func() {
		p.Parse(packet.LinkWiFi, b)
		for _, ok := p.Next(b); ok; _, ok = p.Next(b) {
			_ = ok
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestRecordLength: what IP claims beyond the frame is not there, and a total
// length of 0 means all of the frame.
func TestRecordLength(t *testing.T) {
	tcp := packet.IPv4{Proto: packet.ProtoTCP, Src: a4, Dst: b4}.Append(nil, packet.TCP{SrcPort: 1, DstPort: 2}.Append(nil, a4, b4, make([]byte, 100)))
	tcp6 := packet.IPv6{NextHeader: packet.ProtoTCP, Src: a6, Dst: b6}.Append(nil, packet.TCP{SrcPort: 1, DstPort: 2}.Append(nil, a6, b6, make([]byte, 100)))
	zero, zero6 := append([]byte(nil), tcp...), append([]byte(nil), tcp6...)
	zero[2], zero[3], zero6[4], zero6[5] = 0, 0, 0, 0
	for _, tt := range []struct {
		name   string
		b      []byte
		length int
		want   int // bytes of payload, -1 where it is broken
	}{
		{"whole", tcp, len(tcp), 100},
		{"cut", tcp[:44], len(tcp), 100},
		{"not known", tcp[:44], 0, 100},
		{"shorter on the wire than IP says", tcp[:44], 44, 4},
		{"shorter than TCP's header", tcp[:39], 39, -1},
		{"padded", tcp, 1000, 100},
		{"total length 0, cut", zero[:60], 5040, 5000},
		{"total length 0, not cut", zero, 0, 100},
		{"payload length 0, cut", zero6[:70], 5060, 5000},
		{"a file that says less than it has", tcp, 10, 100},
	} {
		var p packet.Packet
		got := p.ParseRecord(packet.LinkRaw, tt.b, tt.length)
		if (got == packet.OK) != (tt.want >= 0) || got == packet.OK && p.Length != tt.want {
			t.Errorf("%s: %v, %d bytes of payload; want %d", tt.name, got, p.Length, tt.want)
		}
	}
}

// TestFillIn: what a card fills in is what Append writes.
func TestFillIn(t *testing.T) {
	for proto, at := range map[uint8]int{packet.ProtoTCP: 16, packet.ProtoUDP: 6} {
		for _, v6 := range []bool{false, true} {
			for _, size := range []int{0, 1, 40, 1201} {
				src, dst, header, addrs := a4, b4, 20, 12
				if v6 {
					src, dst, header, addrs = a6, b6, 40, 8
				}
				seg := packet.TCP{SrcPort: 1, DstPort: 2}.Append(nil, src, dst, make([]byte, size))
				if proto == packet.ProtoUDP {
					seg = packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, src, dst, make([]byte, size))
				}
				want := packet.IPv4{Proto: proto, Src: src, Dst: dst}.Append(nil, seg)
				if v6 {
					want = packet.IPv6{NextHeader: proto, Src: src, Dst: dst}.Append(nil, seg)
				}
				if got, left := packet.FillIn(want, len(want)); string(got) != string(want) || left.Any() {
					t.Errorf("a packet that is right: %x, %+v; want %x", got, left, want)
				}
				b := append([]byte(nil), want...)
				sum := packet.Fold(packet.PseudoSum(src, dst, proto, len(seg)))
				binary.BigEndian.PutUint16(b[header+at:], sum)
				if !packet.LeftToCard(b[addrs:header], proto, sum, len(seg)) {
					t.Error("the sum of a pseudo-header is not recognised")
				}
				got, left := packet.FillIn(b, len(b))
				if string(got) != string(want) || left != (packet.Offload{Transport: true}) {
					t.Errorf("%x, %+v\nwant %x", got, left, want)
				}
				if _, err := packet.Dissect(packet.LinkRaw, b); err != nil {
					t.Errorf("offload is told as a fault: %v", err)
				}
				if !v6 {
					b[2], b[3], b[10], b[11] = 0, 0, 0, 0
				} else {
					b[4], b[5] = 0, 0
				}
				if got, left = packet.FillIn(b, len(b)); string(got) != string(want) || !left.Segments || !left.Transport || left.Header == v6 {
					t.Errorf("no length: %x, %+v\nwant %x", got, left, want)
				}
			}
		}
	}
}
