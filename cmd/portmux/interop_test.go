package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onwire/internal/cli"
	"onwire/internal/interop"
	"onwire/wire/packet"
)

// TestInteropTshark counts captures of many link types and formats, and wants
// what tshark counts.
func TestInteropTshark(t *testing.T) {
	if testing.Short() && !interop.All() {
		t.Skip("tshark starts slowly, two dozen times")
	}
	interop.Find(t, "tshark", "tshark")
	dir := t.TempDir()
	for name, data := range captures() {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		want := tsharkCounts(t, path)
		got := ourCounts(t, path)
		if len(want) == 0 {
			t.Errorf("%s: tshark finds no flow: the capture is of no use", name)
		}
		for k := range want {
			if got[k] != want[k] {
				t.Errorf("%s: %s: we count %v, tshark %v", name, k, got[k], want[k])
			}
		}
		for k := range got {
			if _, ok := want[k]; !ok {
				t.Errorf("%s: %s: we count %v, tshark has no such flow", name, k, got[k])
			}
		}
	}
}

type flowCount struct{ packets, bytes int }

func ourCounts(t *testing.T, path string) map[string]flowCount {
	t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
	if code := cli.Run(t.Context(), command, env, []string{"read", "--json", path}); code != 0 {
		t.Fatalf("read %s: exit %d: %s", path, code, &errs)
	}
	counts := map[string]flowCount{}
	for dec := json.NewDecoder(&out); dec.More(); {
		var f struct {
			Proto, Src, Dst string
			Sport, Dport    int
			Packets         int `json:"packets"`
			Bytes           int `json:"payload_bytes"`
		}
		if err := dec.Decode(&f); err != nil {
			t.Fatal(err)
		}
		if f.Src == "" {
			continue // the summary
		}
		counts[fmt.Sprintf("%s %s %d > %s %d", f.Proto, f.Src, f.Sport, f.Dst, f.Dport)] = flowCount{f.Packets, f.Bytes}
	}
	return counts
}

// tsharkCounts sums up tshark's fields by flow. The outermost IP packet
// counts: of several values it is the first, and what stands after it in
// frame.protocols must be TCP or UDP, for an ICMP error quotes another packet.
func tsharkCounts(t *testing.T, path string) map[string]flowCount {
	t.Helper()
	args := []string{"-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"}
	for _, f := range []string{"frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.len", "udp.srcport", "udp.dstport", "udp.length"} {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark %s: %v", path, err)
	}
	counts := map[string]flowCount{}
	for line := range strings.Lines(string(out)) {
		col := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(col) < 11 {
			continue
		}
		protocols := strings.Split(col[0], ":")
		at := slices.IndexFunc(protocols, func(p string) bool { return p == "ip" || p == "ipv6" })
		if at < 0 {
			continue
		}
		src, dst := col[1], col[2]
		if protocols[at] == "ipv6" {
			src, dst = col[3], col[4]
		}
		next := at + 1
		for next < len(protocols) && strings.HasPrefix(protocols[next], "ipv6.") {
			next++
		}
		if next == len(protocols) || protocols[next] != "tcp" && protocols[next] != "udp" {
			continue
		}
		proto, ports := protocols[next], col[5:8]
		if proto == "udp" {
			ports = col[8:11]
		}
		n, err := strconv.Atoi(ports[2])
		if err != nil {
			continue // a fragment
		}
		if proto == "udp" {
			n -= 8
		}
		k := fmt.Sprintf("%s %s %s > %s %s", proto, src, ports[0], dst, ports[1])
		c := counts[k]
		counts[k] = flowCount{c.packets + 1, c.bytes + n}
	}
	return counts
}

// captures makes files of every format and link type with the same traffic.
func captures() map[string][]byte {
	all := map[string][]byte{}
	le, be := binary.AppendByteOrder(binary.LittleEndian), binary.AppendByteOrder(binary.BigEndian)
	mac := packet.Ethernet{Dst: [6]byte{2, 5: 1}, Src: [6]byte{2, 5: 2}}
	ethernet := func(vlans ...packet.VLAN) func([]byte) []byte {
		return func(ip []byte) []byte {
			h := mac
			h.Type, h.VLANs = etherType(ip), vlans
			return h.Append(nil, ip)
		}
	}
	prefix := func(v4, v6 []byte) func([]byte) []byte {
		return func(ip []byte) []byte {
			if etherType(ip) == packet.TypeIPv6 {
				return append(slices.Clone(v6), ip...)
			}
			return append(slices.Clone(v4), ip...)
		}
	}
	sll := []byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}
	with := func(a []byte, b ...byte) []byte { return append(slices.Clone(a), b...) }
	sll2 := func(t ...byte) []byte { return append(t, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0) }
	for name, link := range map[string]struct {
		number uint32
		frame  func([]byte) []byte
	}{
		"ethernet":     {1, ethernet()},
		"vlan":         {1, ethernet(packet.VLAN{ID: 7})},
		"qinq":         {1, ethernet(packet.VLAN{Type: packet.TypeQinQ, ID: 5}, packet.VLAN{ID: 7})},
		"raw":          {101, prefix(nil, nil)},
		"raw12":        {12, prefix(nil, nil)},
		"null-little":  {0, prefix([]byte{2, 0, 0, 0}, []byte{30, 0, 0, 0})},
		"null-big":     {0, prefix([]byte{0, 0, 0, 2}, []byte{0, 0, 0, 28})},
		"loop":         {108, prefix([]byte{0, 0, 0, 2}, []byte{0, 0, 0, 24})},
		"sll":          {113, prefix(with(sll, 8, 0), with(sll, 0x86, 0xdd))},
		"sll-vlan":     {113, prefix(with(sll, 0x81, 0, 0, 7, 8, 0), with(sll, 0x81, 0, 0, 7, 0x86, 0xdd))},
		"sll2":         {276, prefix(sll2(8, 0), sll2(0x86, 0xdd))},
		"ppp":          {9, prefix([]byte{0xff, 3, 0, 0x21}, []byte{0xff, 3, 0, 0x57})},
		"ppp-mpls":     {9, prefix([]byte{0xff, 3, 2, 0x81, 0, 1, 0x01, 64}, []byte{0xff, 3, 2, 0x81, 0, 1, 0x01, 64})},
		"pppoe":        {1, prefix(append(mac2(0x8864), 0x11, 0, 0, 1, 0, 80, 0, 0x21), append(mac2(0x8864), 0x11, 0, 0, 1, 0, 80, 0, 0x57))},
		"chdlc":        {104, prefix([]byte{15, 0, 8, 0}, []byte{15, 0, 0x86, 0xdd})},
		"mpls":         {1, prefix(append(mac2(0x8847), 0, 1, 0x01, 64), append(mac2(0x8847), 0, 1, 0x01, 64))},
		"snap":         {1, prefix(append(mac2(100), 0xaa, 0xaa, 3, 0, 0, 0, 8, 0), append(mac2(100), 0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd))},
		"wifi":         {105, prefix(wifi(8, 0), wifi(0x86, 0xdd))},
		"ppi":          {192, prefix([]byte{0, 0, 8, 0, 101, 0, 0, 0}, []byte{0, 0, 8, 0, 101, 0, 0, 0})},
		"nflog":        {239, prefix([]byte{2, 0, 0, 9, 8, 0, 1, 0, 8, 0, 1, 0, 0, 0, 9, 0}, []byte{10, 0, 0, 9, 8, 0, 1, 0, 0x86, 0xdd, 1, 0, 0, 0, 9, 0})},
		"pktap":        {258, prefix(append(pktap(1), with(mac2(0x0800))...), append(pktap(1), with(mac2(0x86dd))...))},
		"e-tag":        {1, prefix(append(mac2(0x893f), 0, 0, 0, 7, 0, 0, 8, 0), append(mac2(0x893f), 0, 0, 0, 7, 0, 0, 0x86, 0xdd))},
		"vn-tag":       {1, prefix(append(mac2(0x8926), 0, 7, 0, 1, 8, 0), append(mac2(0x8926), 0, 7, 0, 1, 0x86, 0xdd))},
		"802.1ah":      {1, prefix(append(mac2(0x88e7), append([]byte{0, 0, 0, 7}, mac2(0x0800)...)...), append(mac2(0x88e7), append([]byte{0, 0, 0, 7}, mac2(0x86dd)...)...))},
		"802.1ah-vlan": {1, prefix(append(mac2(0x88a8), append([]byte{0, 5, 0x88, 0xe7, 0, 0, 0, 7}, mac2(0x0800)...)...), append(mac2(0x88a8), append([]byte{0, 5, 0x88, 0xe7, 0, 0, 0, 7}, mac2(0x86dd)...)...))},
		"trill":        {1, prefix(append(mac2(0x22f3), append([]byte{0, 1, 0, 1, 0, 2}, mac2(0x0800)...)...), append(mac2(0x22f3), append([]byte{0, 1, 0, 1, 0, 2}, mac2(0x86dd)...)...))},
		"hsr":          {1, prefix(append(mac2(0x892f), 0, 80, 0, 1, 8, 0), append(mac2(0x892f), 0, 80, 0, 1, 0x86, 0xdd))},
		"cmd":          {1, prefix(append(mac2(0x8909), 1, 1, 0, 1, 0, 5, 8, 0), append(mac2(0x8909), 1, 1, 0, 1, 0, 5, 0x86, 0xdd))},
		"fddi":         {10, prefix(fddi(8, 0), fddi(0x86, 0xdd))},
		"ipoib":        {242, prefix(append(make([]byte, 40), 8, 0, 0, 0), append(make([]byte, 40), 0x86, 0xdd, 0, 0))},
		"pflog":        {117, prefix(pflog(2), pflog(24))},
		"prism":        {119, prefix(append(prism(), wifi(8, 0)...), append(prism(), wifi(0x86, 0xdd)...))},
		"datapad":      {127, prefix(append(radiotap(0x20), padded(8, 0)...), append(radiotap(0x20), padded(0x86, 0xdd)...))},
		"no-datapad":   {127, prefix(append(radiotap(0), qos(8, 0)...), append(radiotap(0), qos(0x86, 0xdd)...))},
		"radiotap-qos": {127, prefix(append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, qos(8, 0)...), append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, qos(0x86, 0xdd)...))},
	} {
		// In an LLC frame the length must be right; tshark believes it.
		frame := link.frame
		if name == "snap" {
			frame = func(ip []byte) []byte {
				b := link.frame(ip)
				binary.BigEndian.PutUint16(b[12:], uint16(len(b)-14))
				return b
			}
		}
		if name == "nflog" {
			frame = func(ip []byte) []byte {
				b := link.frame(ip)
				binary.LittleEndian.PutUint16(b[12:], uint16(4+len(ip)))
				return b
			}
		}
		if name == "pppoe" {
			frame = func(ip []byte) []byte {
				b := link.frame(ip)
				binary.BigEndian.PutUint16(b[18:], uint16(len(ip)+2))
				return b
			}
		}
		all[name+".pcap"] = pcap(le, 0xa1b2c3d4, link.number, frame)
	}
	all["ethernet-big.pcap"] = pcap(be, 0xa1b2c3d4, 1, ethernet())
	all["ethernet-nano.pcap"] = pcap(le, 0xa1b23c4d, 1, ethernet())
	all["ethernet-nano-big.pcap"] = pcap(be, 0xa1b23c4d, 1, ethernet())
	// Records that the capture has cut, and segments without a length. Fragments
	// are left out: tshark counts the first of a cut datagram by itself.
	whole := pcap(le, 0xa1b2c3d4, 1, func(ip []byte) []byte {
		var p packet.Packet
		if p.ParseIP(ip) == packet.Fragment {
			return nil
		}
		return ethernet(packet.VLAN{ID: 7})(ip)
	})
	for n, name := range map[int]string{78: "cut.pcap", 90: "cut-more.pcap"} {
		all[name] = cut(whole, n)
	}
	noLength := pcap(le, 0xa1b2c3d4, 101, func(ip []byte) []byte {
		var p packet.Packet
		if p.ParseIP(ip) != packet.OK || p.Version != 4 || p.Proto != packet.ProtoTCP {
			return nil
		}
		b := slices.Clone(ip)
		b[2], b[3], b[10], b[11] = 0, 0, 0, 0
		return b
	})
	all["tso.pcap"], all["tso-cut.pcap"] = noLength, cut(noLength, 60)
	for name, version := range map[string]byte{"raw4": 4, "raw6": 6} {
		all[name+".pcap"] = pcap(le, 0xa1b2c3d4, map[byte]uint32{4: 228, 6: 229}[version], func(ip []byte) []byte {
			if ip[0]>>4 != version {
				return nil
			}
			return ip
		})
	}
	return all
}

// cut keeps the first n bytes of each packet of a capture.
func cut(file []byte, n int) []byte {
	out := slices.Clone(file[:24])
	for at := 24; at < len(file); {
		size := int(binary.LittleEndian.Uint32(file[at+8:]))
		out = append(out, file[at:at+16]...)
		binary.LittleEndian.PutUint32(out[len(out)-8:], uint32(min(size, n)))
		out = append(out, file[at+16:at+16+min(size, n)]...)
		at += 16 + size
	}
	return out
}

func etherType(ip []byte) uint16 {
	if ip[0]>>4 == 6 {
		return packet.TypeIPv6
	}
	return packet.TypeIPv4
}

func mac2(t uint16) []byte {
	return []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, byte(t >> 8), byte(t)}
}

func wifi(t ...byte) []byte {
	b := append([]byte{8, 1, 0, 0}, make([]byte, 20)...)
	return append(append(b, 0xaa, 0xaa, 3, 0, 0, 0), t...)
}

func qos(t ...byte) []byte {
	b := append([]byte{0x88, 1, 0, 0}, make([]byte, 22)...)
	return append(append(b, 0xaa, 0xaa, 3, 0, 0, 0), t...)
}

// padded is a QoS frame whose payload starts at a multiple of 4.
func padded(t ...byte) []byte {
	b := append([]byte{0x88, 1, 0, 0}, make([]byte, 24)...)
	return append(append(b, 0xaa, 0xaa, 3, 0, 0, 0), t...)
}

// radiotap is a header with a time, flags and a rate.
func radiotap(flags byte) []byte {
	b := append([]byte{0, 0, 26, 0, 7, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 8)...)
	return append(b, flags, 2)
}

func fddi(t ...byte) []byte {
	b := append([]byte{0x50}, make([]byte, 12)...)
	return append(append(b, 0xaa, 0xaa, 3, 0, 0, 0), t...)
}

func pktap(link byte) []byte {
	b := make([]byte, 108)
	b[0], b[4], b[8] = 108, 1, link
	return b
}

func pflog(family byte) []byte {
	b := make([]byte, 64)
	b[0], b[1] = 61, family
	return b
}

// prism is the header of a wlan-ng driver.
func prism() []byte {
	b := make([]byte, 144)
	b[0], b[4] = 0x44, 144
	return b
}

// pcap writes the traffic into a file.
func pcap(order binary.AppendByteOrder, magic, link uint32, frame func([]byte) []byte) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = order.AppendUint32(order.AppendUint32(b, 0), 0)
	b = order.AppendUint32(order.AppendUint32(b, 65535), link)
	for i, ip := range traffic() {
		f := frame(ip)
		if f == nil {
			continue
		}
		b = order.AppendUint32(order.AppendUint32(b, uint32(1_700_000_000+i)), uint32(i))
		b = order.AppendUint32(order.AppendUint32(b, uint32(len(f))), uint32(len(f)))
		b = append(b, f...)
	}
	return b
}

// traffic is IP packets of all kinds, the same in every run.
func traffic() [][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	hosts := [2][]netip.Addr{}
	for i := range byte(4) {
		hosts[0] = append(hosts[0], netip.AddrFrom4([4]byte{10, 9, 0, i + 1}))
		hosts[1] = append(hosts[1], netip.AddrFrom16([16]byte{0xfd, 9, 15: i + 1}))
	}
	var all [][]byte
	ip := func(proto uint8, src, dst netip.Addr, segment []byte, ext ...packet.Extension) []byte {
		if src.Is4() {
			return packet.IPv4{ID: uint16(len(all)), Proto: proto, Src: src, Dst: dst, Options: make([]byte, 4*r.IntN(3))}.Append(nil, segment)
		}
		return packet.IPv6{NextHeader: proto, Src: src, Dst: dst, Extensions: ext}.Append(nil, segment)
	}
	for range 120 {
		family := hosts[r.IntN(2)]
		src, dst := family[r.IntN(4)], family[r.IntN(4)]
		payload := make([]byte, r.IntN(60))
		var ext []packet.Extension
		for range r.IntN(3) {
			ext = append(ext, packet.Extension{Proto: packet.ProtoDestOpts, Data: []byte{1, 4, 0, 0, 0, 0}})
		}
		// Ports that tshark has no dissector for.
		sport, dport := uint16(40000+r.IntN(4)), uint16(41000+r.IntN(3))
		switch r.IntN(5) {
		case 0, 1:
			all = append(all, ip(packet.ProtoUDP, src, dst, packet.UDP{SrcPort: sport, DstPort: dport}.Append(nil, src, dst, payload), ext...))
		case 2, 3:
			h := packet.TCP{SrcPort: sport, DstPort: dport, Seq: r.Uint32(), Ack: 1, Flags: packet.ACK, Window: 1000, Options: make([]byte, 4*r.IntN(4))}
			all = append(all, ip(packet.ProtoTCP, src, dst, h.Append(nil, src, dst, payload), ext...))
		default: // an ICMP error that quotes a packet: its ports are not a flow
			quoted := ip(packet.ProtoUDP, dst, src, packet.UDP{SrcPort: 9, DstPort: 9}.Append(nil, dst, src, payload))
			if src.Is4() {
				all = append(all, ip(packet.ProtoICMP, src, dst, packet.ICMP{Type: 3, Code: 3}.Append(nil, quoted)))
			} else {
				all = append(all, ip(packet.ProtoICMPv6, src, dst, packet.ICMP{Type: 1, Code: 4}.Append6(nil, src, dst, quoted)))
			}
		}
	}
	return append(all, fragments(hosts)...)
}

// fragments is datagrams in pieces, in order and not, and one that never ends.
func fragments(hosts [2][]netip.Addr) [][]byte {
	var all [][]byte
	a, b := hosts[0][0], hosts[0][1]
	whole := packet.UDP{SrcPort: 40000, DstPort: 41009}.Append(nil, a, b, make([]byte, 100))
	for id := range uint16(3) {
		first := packet.IPv4{ID: 1000 + id, Proto: packet.ProtoUDP, Src: a, Dst: b, MoreFragments: true}.Append(nil, whole[:56])
		last := packet.IPv4{ID: 1000 + id, Proto: packet.ProtoUDP, Src: a, Dst: b, FragmentOffset: 56}.Append(nil, whole[56:])
		all = append(all, [][][]byte{{first, last}, {last, first}, {first}}[id]...)
	}
	a, b = hosts[1][0], hosts[1][1]
	whole = packet.UDP{SrcPort: 40000, DstPort: 41009}.Append(nil, a, b, make([]byte, 100))
	for _, cut := range []int{56, 64} {
		h := packet.IPv6{NextHeader: packet.ProtoUDP, Src: a, Dst: b}
		h.Extensions = []packet.Extension{packet.FragmentHeader(uint32(cut), 0, true)}
		all = append(all, h.Append(nil, whole[:cut]))
		h.Extensions = []packet.Extension{packet.FragmentHeader(uint32(cut), cut, false)}
		all = append(all, h.Append(nil, whole[cut:]))
	}
	return all
}
