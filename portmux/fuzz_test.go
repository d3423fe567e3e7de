package portmux_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strings"
	"testing"

	"onwire/portmux"
	"onwire/wire/packet"
)

// FuzzDeliver gives any two packets to the host of the cases: it must not
// panic, never deliver to two apps what is for one host, agree with Explain,
// and answer with packets that are right.
func FuzzDeliver(f *testing.F) {
	for _, c := range cases(f) {
		if c.layer == "ip" {
			f.Add(c.packets[0], c.packets[len(c.packets)-1], true)
		}
	}
	f.Fuzz(func(t *testing.T, first, second []byte, repair bool) {
		if repair { // most changed packets would end at their checksum
			first, second = fix(first), fix(second)
		}
		m, other, third := world(t), world(t), world(t)
		for _, b := range [][]byte{first, second} {
			v := m.Deliver(b)
			explained, steps := other.Explain(b)
			if v.String() != explained.String() || v.Reason != explained.Reason {
				t.Fatalf("Deliver says %s, Explain %s", v, explained)
			}
			if len(steps) == 0 || steps[len(steps)-1].Rule != "verdict" {
				t.Fatalf("%d steps without a verdict", len(steps))
			}
			if v.Kind == portmux.Deliver && len(v.Sockets()) > 1 {
				var p packet.Packet
				p.ParseIP(v.Packet)
				if dst := p.Dst(v.Packet); !dst.IsMulticast() && dst.String() != "10.9.0.255" && dst.String() != "255.255.255.255" {
					t.Fatalf("%s for %s", v, dst)
				}
			}
			cut, _ := third.ExplainRecord(b[:len(b)/2], len(b))
			if n := len(third.AppendReply(nil, cut)); n > 0 && cut.Kind == portmux.Unknown {
				t.Fatalf("half of it has an answer of %d bytes", n)
			}
			reply := m.AppendReply(nil, v)
			if (len(reply) > 0) != (v.Kind == portmux.Reset || v.Kind == portmux.SynAck || v.Kind == portmux.ICMP) {
				t.Fatalf("%s has an answer of %d bytes", v, len(reply))
			}
			if len(reply) > 0 {
				if _, err := packet.Dissect(packet.LinkRaw, reply); err != nil {
					t.Fatalf("the answer of %s: %v: %x", v, err, reply)
				}
			}
		}
	})
}

// fix puts the checksums of an IP packet right.
func fix(b []byte) []byte {
	b = bytes.Clone(b)
	var p packet.Packet
	p.ParseIP(b)
	if p.Version == 0 || p.Transport > len(b) {
		return b
	}
	addrs := 8
	if p.Version == 4 {
		b[10], b[11] = 0, 0
		binary.BigEndian.PutUint16(b[10:], packet.Checksum(b[:min(p.Transport, len(b))], 0))
	} else {
		addrs = 32
	}
	seg := b[p.Transport:min(len(b), max(p.End, p.Transport))]
	at := map[uint8]int{packet.ProtoTCP: 16, packet.ProtoUDP: 6, packet.ProtoICMP: 2, packet.ProtoICMPv6: 2}[p.Proto]
	if at == 0 || len(seg) < at+2 || p.Offset > 0 {
		return b
	}
	seg[at], seg[at+1] = 0, 0
	from := 12
	if addrs == 32 {
		from = 8
	}
	sum := packet.TransportSum(b[from:from+addrs], p.Proto, seg)
	if p.Proto == packet.ProtoICMP {
		sum = packet.Fold(packet.Sum(seg, 0))
	}
	binary.BigEndian.PutUint16(seg[at:], ^sum)
	return b
}

// FuzzCapture reads any bytes as a capture: it must end, and say where it is
// broken.
func FuzzCapture(f *testing.F) {
	f.Add(capture(3, 2, 10))
	f.Add(pcapng(binary.LittleEndian))
	f.Add(pcapng(binary.BigEndian))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := portmux.NewCapture(bytes.NewReader(b))
		if err != nil {
			return
		}
		flows := portmux.NewFlows()
		for range len(b) + 1 {
			p, err := c.Next()
			if err != nil {
				if err != io.EOF && c.Offset() > int64(len(b)) && b[0] != 0x1f {
					t.Fatalf("a fault at %d of %d bytes", c.Offset(), len(b))
				}
				flows.Conversations(3)
				return
			}
			flows.AddRecord(c.Link, p, c.Length)
		}
		if b[0] != 0x1f {
			t.Fatal("more packets than bytes")
		}
	})
}

// FuzzQuick holds the quick way of counting against Parse.
func FuzzQuick(f *testing.F) {
	for i := range 64 {
		f.Add(benchFrame(i, i))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		quick := portmux.NewFlows()
		if !quick.Quick(b) {
			return
		}
		var p packet.Packet
		if status := p.Parse(packet.LinkEthernet, b); status != packet.OK {
			t.Fatalf("quick counts what Parse calls %v: %x", status, b)
		}
		for flow := range quick.All {
			if flow.Src.Port() != p.SrcPort || flow.Dst.Port() != p.DstPort || flow.Bytes != uint64(p.Length) ||
				flow.Src.Addr() != p.Src(b) || flow.Dst.Addr() != p.Dst(b) {
				t.Fatalf("quick %+v, Parse %+v", flow, p)
			}
		}
	})
}

// FuzzWorld reads any text as a world and as a services file.
func FuzzWorld(f *testing.F) {
	text, err := os.ReadFile("testdata/world.tsv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("host 10.0.0.1/8\napp a udp :1 reuse join=224.0.0.1\napp a udp :1 reuse peer=10.0.0.2:1")
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := portmux.ReadWorld(strings.NewReader(text)); err == nil {
			for _, s := range m.Sockets() {
				m.Close(s)
				m.Close(s)
			}
			if n := len(m.Sockets()); n != 0 {
				t.Fatalf("%d sockets are left", n)
			}
		}
		portmux.Registry().With(strings.NewReader(text))
	})
}
