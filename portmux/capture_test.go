package portmux_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"onwire/portmux"
	"onwire/wire/packet"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// pcapng makes a capture by hand in a byte order: two interfaces with two link
// types, an enhanced, a simple and an old packet block, and a block that
// nobody knows.
func pcapng(order binary.AppendByteOrder) []byte {
	var out []byte
	block := func(kind uint32, body []byte) {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		out = order.AppendUint32(order.AppendUint32(out, kind), uint32(12+len(body)))
		out = order.AppendUint32(append(out, body...), uint32(12+len(body)))
	}
	block(0x0a0d0d0a, append(order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, 0x1a2b3c4d), 1), 0), 255, 255, 255, 255, 255, 255, 255, 255))
	for _, link := range []uint16{1, 101} {
		block(1, order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, link), 0), 0))
	}
	frame := benchFrame(0, 3)
	n := uint32(len(frame))
	raw := frame[18:] // without Ethernet and its tag
	body := order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, 0), 1), 2)
	block(6, append(order.AppendUint32(order.AppendUint32(body, n), n), frame...))
	block(0xbad, []byte("what is this?"))
	body = order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, 1), 1), 2)
	block(6, append(order.AppendUint32(order.AppendUint32(body, uint32(len(raw))), uint32(len(raw))), raw...))
	block(3, append(order.AppendUint32(nil, n), frame...))
	body = order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, 0), 0), 1), 2)
	block(2, append(order.AppendUint32(order.AppendUint32(body, n), n), frame...))
	return out
}

// all counts a capture and returns its flows and its fault.
func all(b []byte) (*portmux.Flows, int, error) {
	f := portmux.NewFlows()
	c, err := portmux.NewCapture(bytes.NewReader(b))
	if err != nil {
		return f, 0, err
	}
	for {
		p, err := c.Next()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return f, c.Count, err
		}
		f.Add(c.Link, p)
	}
}

func TestCaptureFormats(t *testing.T) {
	little := capture(5, 1, 3)
	big := bytes.Clone(little)
	for i := 0; i < 24; i += 4 { // the header, and then each record's
		turn(big[i:], i == 4)
	}
	for at := 24; at < len(big); {
		n := int(binary.LittleEndian.Uint32(big[at+8:]))
		for i := range 4 {
			turn(big[at+4*i:], false)
		}
		at += 16 + n
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(little)
	z.Close()
	var ng bytes.Buffer
	w, err := pcapgo.NewNgWriter(&ng, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		b := benchFrame(0, 3)
		if err := w.WritePacket(gopacket.CaptureInfo{CaptureLength: len(b), Length: len(b)}, b); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	nano := append([]byte{0x4d, 0x3c, 0xb2, 0xa1}, little[4:]...)
	for name, b := range map[string][]byte{
		"little-endian": little, "big-endian": big, "nanoseconds": nano, "gzip": zipped.Bytes(), "pcapng": ng.Bytes(),
		"pcapng by hand": pcapng(binary.LittleEndian), "pcapng big-endian": pcapng(binary.BigEndian),
	} {
		want := 5
		if strings.Contains(name, "hand") || strings.Contains(name, "pcapng big") {
			want = 4
		}
		f, n, err := all(b)
		if err != nil || n != want || f.Len() != 1 {
			t.Errorf("%s: %d packets in %d flows, %v; want %d in 1", name, n, f.Len(), err, want)
		}
		for flow := range f.All {
			if flow.Bytes != uint64(3*want) || flow.Dst.Port() != 53 {
				t.Errorf("%s: %+v", name, flow)
			}
		}
	}
}

// turn changes the byte order of a word, or of its two halves.
func turn(b []byte, halves bool) {
	if halves {
		b[0], b[1], b[2], b[3] = b[1], b[0], b[3], b[2]
		return
	}
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
}

// TestCaptureCut cuts a capture at every byte: what stands before is read, and
// the fault names where the broken packet starts.
func TestCaptureCut(t *testing.T) {
	whole := capture(3, 1, 3)
	size := (len(whole) - 24) / 3
	for n := 24; n < len(whole); n++ {
		f, count, err := all(whole[:n])
		if want := (n - 24) / size; count != want || int(f.Packets) != want {
			t.Fatalf("cut at %d: %d packets, want %d", n, count, want)
		}
		var fault *portmux.CaptureError
		if at := 24 + (n-24)/size*size; at == n {
			if err != nil {
				t.Fatalf("cut between two packets, at %d: %v", n, err)
			}
		} else if !errors.As(err, &fault) || fault.Offset != int64(at) {
			t.Fatalf("cut at %d: %v, want a fault at byte %d", n, err, at)
		}
	}
}

// TestCaptureClaims: numbers of 32 bits with the top bit set are faults too
// where an int has 32 bits.
func TestCaptureClaims(t *testing.T) {
	whole := pcapng(binary.LittleEndian)
	first := 28 + 20 + 20 // after the section header and the two interfaces
	for what, at := range map[string]int{"block length": 4, "interface": 8, "captured length": 20} {
		b := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(b[first+at:], 1<<31)
		var fault *portmux.CaptureError
		if _, n, err := all(b); n != 0 || !errors.As(err, &fault) || fault.Offset != int64(first) {
			t.Errorf("%s: %d packets, %v, want a fault at byte %d", what, n, err, first)
		}
	}
}

func TestDeliverDoesNotAllocate(t *testing.T) {
	m := world(t)
	for _, c := range cases(t) {
		if c.layer != "ip" || len(c.packets) > 1 || strings.Contains(c.want, "held") {
			continue
		}
		if n := testing.AllocsPerRun(20, func() { m.Deliver(c.packets[0]) }); n != 0 {
			t.Errorf("%s %s: %v allocations", c.number, c.name, n)
		}
	}
}

// TestFragmentsCountOnce: a datagram in pieces is one packet with its whole
// payload, and one that is never whole is none.
func TestFragmentsCountOnce(t *testing.T) {
	f := portmux.NewFlows()
	for _, c := range cases(t) {
		switch c.number {
		case "047", "049", "051":
			for _, b := range c.packets {
				f.Add(packet.LinkRaw, b)
			}
		case "045":
			b := bytes.Clone(c.packets[0])
			b[4]++ // another datagram
			f.Add(packet.LinkRaw, b)
		}
	}
	got := map[uint16]uint64{}
	for flow := range f.All {
		got[flow.Dst.Port()] += flow.Bytes
	}
	if f.Len() != 2 || got[7777] != 1200+16 || got[9000] == 0 {
		t.Errorf("%d flows, %v", f.Len(), got)
	}
}

// TestFragmentsBounded: datagrams that are never whole do not fill the memory,
// and those that are whole leave nothing behind.
func TestFragmentsBounded(t *testing.T) {
	f := portmux.NewFlows()
	h := packet.IPv4{Proto: packet.ProtoUDP, Src: there, Dst: here, MoreFragments: true}
	most := 0
	for range 50 { // 8,000 pieces each, and the end is missing
		h.ID++
		for h.FragmentOffset = 8 * 8000; h.FragmentOffset > 0; h.FragmentOffset -= 8 {
			f.Add(packet.LinkRaw, h.Append(nil, make([]byte, 8)))
		}
		most = max(most, f.Pieces())
	}
	if most > 1<<18 || most < 1<<17 {
		t.Errorf("%d fragments are remembered, want %d at most", most, 1<<18)
	}
	f = portmux.NewFlows()
	whole := packet.UDP{SrcPort: 1, DstPort: 2}.Append(nil, there, here, make([]byte, 40))
	for range 5000 {
		h.ID++
		h.FragmentOffset, h.MoreFragments = 0, true
		f.Add(packet.LinkRaw, h.Append(nil, whole[:24]))
		h.FragmentOffset, h.MoreFragments = 24, false
		f.Add(packet.LinkRaw, h.Append(nil, whole[24:]))
	}
	for flow := range f.All {
		if flow.Packets != 5000 || flow.Bytes != 5000*40 || f.Pieces() != 0 {
			t.Errorf("%+v, and %d fragments are left", flow, f.Pieces())
		}
	}
}

// TestFragmentsContradict: an end that lies inside of the TCP header is none.
func TestFragmentsContradict(t *testing.T) {
	f := portmux.NewFlows()
	h := packet.IPv4{ID: 1, Proto: packet.ProtoTCP, Src: there, Dst: here, MoreFragments: true}
	f.Add(packet.LinkRaw, h.Append(nil, packet.TCP{SrcPort: 1, DstPort: 2}.Append(nil, there, here, make([]byte, 4))))
	h.FragmentOffset, h.MoreFragments = 8, false
	f.Add(packet.LinkRaw, h.Append(nil, nil))
	for flow := range f.All {
		t.Errorf("%+v, want no flow", flow)
	}
}
