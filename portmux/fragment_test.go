package portmux_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"onwire/portmux"
	"onwire/wire/packet"
)

// A part is one fragment of a datagram of 64 bytes.
type part struct {
	from, to int
	more     bool
	ecn      uint8
}

func (p part) v4(whole []byte, proto uint8) []byte {
	return packet.IPv4{ID: 5, Proto: proto, Src: there, Dst: here, TOS: p.ecn, FragmentOffset: p.from, MoreFragments: p.more}.Append(nil, whole[p.from:p.to])
}

func (p part) v6(whole []byte, proto uint8) []byte {
	return packet.IPv6{NextHeader: proto, Src: there6, Dst: here6, TrafficClass: p.ecn,
		Extensions: []packet.Extension{packet.FragmentHeader(5, p.from, p.more)}}.Append(nil, whole[p.from:p.to])
}

var there6, here6 = netip.MustParseAddr("fd09::1"), netip.MustParseAddr("fd09::2")

// TestFragmentRules holds the verdict on the last fragment against Linux, which
// TestInteropKernel asks for the same and more.
func TestFragmentRules(t *testing.T) {
	const deliver, held = portmux.ByWildcard, portmux.WaitsForRest
	for _, tt := range []struct {
		name  string
		parts []part
		want  portmux.Reason
	}{
		{"two", []part{{0, 32, true, 0}, {32, 64, false, 0}}, deliver},
		{"Not-ECT and CE", []part{{0, 32, true, 0}, {32, 64, false, 3}}, portmux.MixedECN},
		{"CE and Not-ECT", []part{{32, 64, false, 3}, {0, 32, true, 0}}, portmux.MixedECN},
		{"Not-ECT and ECT", []part{{0, 32, true, 0}, {32, 64, false, 2}}, portmux.MixedECN},
		{"ECT and CE", []part{{0, 32, true, 2}, {32, 64, false, 3}}, deliver},
		{"all CE", []part{{0, 32, true, 3}, {32, 64, false, 3}}, deliver},
		{"ECT(0) and ECT(1)", []part{{0, 32, true, 2}, {32, 64, false, 1}}, deliver},
		{"CE on one that is there already", []part{{0, 32, true, 0}, {0, 32, true, 3}, {32, 64, false, 0}}, deliver},
		{"overlap", []part{{0, 32, true, 0}, {24, 64, false, 0}}, portmux.Overlap},
		{"after an overlap", []part{{0, 32, true, 0}, {24, 64, false, 0}, {32, 64, false, 0}}, held},
		{"twice", []part{{0, 32, true, 0}, {8, 16, true, 0}}, portmux.BadFragmentTwice},
		{"two runs covered", []part{{8, 16, true, 0}, {0, 8, true, 0}, {0, 16, true, 0}}, portmux.Overlap},
		{"one run covered", []part{{0, 8, true, 0}, {8, 16, true, 0}, {0, 16, true, 0}}, portmux.BadFragmentTwice},
		{"the end is known by a part that is there already", []part{{32, 64, true, 0}, {32, 64, false, 0}, {0, 32, true, 0}}, deliver},
		{"two ends", []part{{32, 64, false, 0}, {32, 56, false, 0}}, portmux.BadFragment},
	} {
		for version, dst := range map[int]uint16{4: 7777, 6: 9000} {
			m := world(t)
			var v portmux.Verdict
			for _, p := range tt.parts {
				whole, b := packet.UDP{SrcPort: 6000, DstPort: dst}.Append(nil, there, here, make([]byte, 56)), []byte(nil)
				if b = p.v4(whole, packet.ProtoUDP); version == 6 {
					whole = packet.UDP{SrcPort: 6000, DstPort: dst}.Append(nil, there6, here6, make([]byte, 56))
					b = p.v6(whole, packet.ProtoUDP)
				}
				v = m.Deliver(b)
			}
			if v.Reason != tt.want {
				t.Errorf("IPv%d, %s: %s (%s), want %s", version, tt.name, v, v.Reason, tt.want)
			}
			if tt.name == "ECT and CE" && (version == 4 && v.Packet[1]&3 != 3 || version == 6 && v.Packet[1]>>4&3 != 3) {
				t.Errorf("IPv%d: the mark of congestion is lost: %x", version, v.Packet[:2])
			}
		}
	}
}

// TestFragmentAge: IPv4 waits for 30 seconds as Linux does, IPv6 for 60
// (RFC 8200 4.5).
func TestFragmentAge(t *testing.T) {
	whole4 := packet.UDP{SrcPort: 6000, DstPort: 7777}.Append(nil, there, here, make([]byte, 56))
	whole6 := packet.UDP{SrcPort: 6000, DstPort: 9000}.Append(nil, there6, here6, make([]byte, 56))
	first, last := part{0, 32, true, 0}, part{32, 64, false, 0}
	for wait, want := range map[time.Duration][2]string{
		29 * time.Second: {"deliver:game", "deliver:dual"}, 31 * time.Second: {"held", "deliver:dual"}, 61 * time.Second: {"held", "held"},
	} {
		m := world(t)
		now := time.Unix(0, 0)
		m.SetClock(func() time.Time { return now }, 1)
		m.Deliver(first.v6(whole6, packet.ProtoUDP))
		m.Deliver(first.v4(whole4, packet.ProtoUDP))
		now = now.Add(wait)
		v4, v6 := m.Deliver(last.v4(whole4, packet.ProtoUDP)).String(), m.Deliver(last.v6(whole6, packet.ProtoUDP)).String()
		if v4 != want[0] || v6 != want[1] {
			t.Errorf("after %v: %s, %s; want %v", wait, v4, v6, want)
		}
	}
}

// TestFlowsOfFragments: a datagram counts once, when all of it is there, from
// whichever fragments its transport header is in.
func TestFlowsOfFragments(t *testing.T) {
	tcp := packet.TCP{SrcPort: 1, DstPort: 2, Options: []byte{1, 1, 1, 1}}.Append(nil, there, here, make([]byte, 40)) // 24 bytes of header, 64 in all
	udp := packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, there, here, make([]byte, 56))
	padded := append(packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, there, here, make([]byte, 50)), make([]byte, 6)...)
	for _, tt := range []struct {
		name  string
		whole []byte
		proto uint8
		parts []part
		want  int // bytes of payload; -1 for no flow
	}{
		{"the first ends inside the TCP header", tcp, packet.ProtoTCP, []part{{0, 8, true, 0}, {8, 64, false, 0}}, 40},
		{"three in the TCP header, reversed", tcp, packet.ProtoTCP, []part{{16, 64, false, 0}, {8, 16, true, 0}, {0, 8, true, 0}}, 40},
		{"one is missing", tcp, packet.ProtoTCP, []part{{0, 8, true, 0}, {16, 64, false, 0}}, -1},
		{"the end is inside the TCP header", tcp, packet.ProtoTCP, []part{{0, 8, true, 0}, {8, 16, false, 0}}, -1},
		{"UDP", udp, packet.ProtoUDP, []part{{0, 8, true, 0}, {8, 64, false, 0}}, 56},
		{"UDP that is shorter than IP says", padded, packet.ProtoUDP, []part{{0, 32, true, 0}, {32, 64, false, 0}}, 50},
		{"UDP that is longer than IP says", udp, packet.ProtoUDP, []part{{0, 32, true, 0}, {32, 56, false, 0}}, -1},
		{"twice", udp, packet.ProtoUDP, []part{{0, 32, true, 0}, {0, 32, true, 0}, {32, 64, false, 0}}, 56},
		{"overlap", udp, packet.ProtoUDP, []part{{0, 32, true, 0}, {24, 64, false, 0}, {32, 64, false, 0}}, -1},
	} {
		for _, cut := range []bool{false, true} {
			f := portmux.NewFlows()
			for _, p := range tt.parts {
				b := p.v4(tt.whole, tt.proto)
				n := len(b)
				if cut { // the capture keeps as much of each as the transport headers need
					b = b[:min(n, 20+16)]
				}
				f.AddRecord(packet.LinkRaw, b, n)
			}
			got := -1
			for flow := range f.All {
				if flow.Packets != 1 || flow.Src.Port() != 1 || flow.Dst.Port() != 2 {
					t.Errorf("%s: %+v", tt.name, flow)
				}
				got = int(flow.Bytes)
			}
			if got != tt.want {
				t.Errorf("%s, cut %v: %d bytes, want %d", tt.name, cut, got, tt.want)
			}
		}
	}
}

// TestFlowsUnread: the names of what is not read are bounded, and none is lost
// from the count.
func TestFlowsUnread(t *testing.T) {
	f := portmux.NewFlows()
	for i := range uint32(10_000) {
		b := []byte{0, 0, 8, 0, 0, 0, 0, 0}
		binary.LittleEndian.PutUint32(b[4:], 1000+i)
		f.AddRecord(packet.LinkPPI, b, len(b))
	}
	total := uint64(0)
	for _, n := range f.Unread {
		total += n
	}
	if total != 10_000 || len(f.Unread) > 300 || f.Unread["link type 1000"] != 1 {
		t.Errorf("%d packets under %d names", total, len(f.Unread))
	}
}

// TestFlowsMapped: an IPv4-mapped address in an IPv6 packet is another address
// than the IPv4 one.
func TestFlowsMapped(t *testing.T) {
	mapped := netip.MustParseAddr("::ffff:10.9.0.1")
	f := portmux.NewFlows()
	f.Add(packet.LinkRaw, packet.IPv6{NextHeader: packet.ProtoUDP, Src: mapped, Dst: here6}.Append(nil, packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, mapped, here6, nil)))
	f.Add(packet.LinkRaw, packet.IPv6{NextHeader: packet.ProtoUDP, Src: here6, Dst: mapped}.Append(nil, packet.UDP{SrcPort: 2, DstPort: 1}.Append(nil, here6, mapped, nil)))
	list, n := f.Conversations(0)
	if n != 1 || list[0].A.String() != "[::ffff:10.9.0.1]:1" || list[0].Back.Packets != 1 {
		t.Errorf("%d: %+v", n, list)
	}
}

// TestCaptureLength: each format of a capture tells what a packet had on the wire.
func TestCaptureLength(t *testing.T) {
	little := capture(1, 1, 3)
	binary.LittleEndian.PutUint32(little[36:], 5000)
	for what, b := range map[string][]byte{"pcap": little, "pcapng": pcapng(binary.BigEndian)} {
		want := 5000
		if what == "pcapng" {
			i := bytes.Index(b, benchFrame(0, 3))
			binary.BigEndian.PutUint32(b[i-4:], 5000)
		}
		c, err := portmux.NewCapture(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Next(); err != nil || c.Length != want {
			t.Errorf("%s: %d bytes on the wire, %v; want %d", what, c.Length, err, want)
		}
	}
	for _, wrong := range []uint32{0, 1, 1 << 31, 1<<32 - 1} { // less than there is, more than there can be
		binary.LittleEndian.PutUint32(little[36:], wrong)
		c, err := portmux.NewCapture(bytes.NewReader(little))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := c.Next(); err != nil || c.Length != len(b) {
			t.Errorf("%d: %d bytes on the wire, %v; want %d", wrong, c.Length, err, len(b))
		}
	}
	little[4] = 1
	if _, err := portmux.NewCapture(bytes.NewReader(little)); err == nil {
		t.Error("version 1 of pcap is taken")
	}
}
