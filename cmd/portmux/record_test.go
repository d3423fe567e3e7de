package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onwire/internal/cli"
	"onwire/wire/packet"
)

var (
	there, here   = netip.MustParseAddr("10.9.0.1"), netip.MustParseAddr("10.9.0.2")
	there6, here6 = netip.MustParseAddr("fd09::1"), netip.MustParseAddr("fd09::2")
)

// A record is a packet of a capture: its bytes, and how many it had.
type record struct {
	b      []byte
	length int
}

// pcapFile writes records into a file of a link type.
func pcapFile(t *testing.T, link uint32, records ...record) string {
	t.Helper()
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0)
	b = le.AppendUint32(b, link)
	for _, r := range records {
		b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(r.b))), uint32(max(r.length, len(r.b))))
		b = append(b, r.b...)
	}
	path := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs the command and returns what it prints and its exit code.
func run(t *testing.T, args ...string) (string, string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
	code := cli.Run(t.Context(), command, env, args)
	return out.String(), errs.String(), code
}

func ethernet(ip []byte) []byte {
	h := packet.Ethernet{Dst: [6]byte{2, 5: 1}, Src: [6]byte{2, 5: 2}, Type: packet.TypeIPv4}
	if ip[0]>>4 == 6 {
		h.Type = packet.TypeIPv6
	}
	return h.Append(nil, ip)
}

// udp is a datagram of n bytes for the game.
func udp(n int) []byte {
	return packet.IPv4{Proto: packet.ProtoUDP, Src: there, Dst: here}.Append(nil, packet.UDP{SrcPort: 6000, DstPort: gamePort}.Append(nil, there, here, make([]byte, n)))
}

func tcp(n int) []byte {
	return packet.IPv4{Proto: packet.ProtoTCP, Src: there, Dst: here}.Append(nil, packet.TCP{SrcPort: 50000, DstPort: webPort, Flags: packet.SYN}.Append(nil, there, here, make([]byte, n)))
}

func udp6(n int) []byte {
	return packet.IPv6{NextHeader: packet.ProtoUDP, Src: there6, Dst: here6}.Append(nil, packet.UDP{SrcPort: 6000, DstPort: gamePort}.Append(nil, there6, here6, make([]byte, n)))
}

// partial puts the sum of the pseudo-header into the checksum field, as a
// system does that lets its card do the rest. lso counts the length as 0.
func partial(ip []byte, lso bool) []byte {
	var p packet.Packet
	p.ParseIP(ip)
	length := p.End - p.Transport
	if lso {
		length = 0
	}
	at := p.Transport + 6
	if p.Proto == packet.ProtoTCP {
		at = p.Transport + 16
	}
	binary.BigEndian.PutUint16(ip[at:], packet.Fold(packet.PseudoSum(p.Src(ip), p.Dst(ip), p.Proto, length)))
	return ip
}

// TestWhyRecord: what a capture has not kept is not judged, and what a system
// has left to its network card is no fault.
func TestWhyRecord(t *testing.T) {
	noHeaderSum := func(ip []byte) []byte { ip[10], ip[11] = 0, 0; return ip }
	noLength := func(ip []byte) []byte {
		ip[2], ip[3], ip[10], ip[11] = 0, 0, 0, 0
		binary.BigEndian.PutUint16(ip[10:], packet.Checksum(ip[:20], 0))
		return ip
	}
	noLength6 := func(ip []byte) []byte { ip[4], ip[5] = 0, 0; return ip }
	for _, tt := range []struct {
		name            string
		frame           []byte
		length          int
		verdict, wanted string // of the screen: a part
		offload         string
	}{
		{"cut", ethernet(udp(112))[:60], 154, "unknown", "the capture kept 60 of 154 bytes; no verdict on what was cut", ""},
		{"cut, and what would be", ethernet(udp(112))[:60], 154, "unknown", "if the rest is right: deliver:game", ""},
		{"cut inside UDP", ethernet(udp(112))[:38], 154, "unknown", "kept 38 of 154", ""},
		{"cut inside IP", ethernet(udp(112))[:30], 154, "unknown", "none: the capture kept 30 of 154 bytes; no verdict on what was cut", ""},
		{"cut inside IPv6", ethernet(udp6(112))[:50], 174, "unknown", "none: the capture kept 50 of 174 bytes; no verdict on what was cut", ""},
		{"one byte of IP", ethernet(udp(112))[:15], 154, "unknown", "none: the capture kept 15 of 154 bytes; no verdict on what was cut", ""},
		{"short on the wire, and cut", ethernet(udp(112))[:20], 30, "drop", "the packet is shorter than its header says", ""},
		{"cut IPv6", ethernet(udp6(112))[:70], 174, "unknown", "if the rest is right: icmp6:1/4", ""},
		{"cut inside TCP's options", ethernet(tcp(100))[:50], 154, "unknown", "kept 50 of 154", ""},
		{"cut, but only the padding", append(ethernet(udp(2)), 0, 0)[:44], 60, "deliver:game", "deliver:game", ""},
		{"shorter on the wire than IP says", ethernet(udp(112))[:60], 60, "drop", "fault: byte 16: IPv4: total length is 140, 46 bytes are here", ""},
		{"TCP offload", ethernet(partial(tcp(30), false)), 0, "synack:web", "left for the network card to fill in", "transport checksum"},
		{"UDP offload", ethernet(partial(udp(30), false)), 0, "deliver:game", "sum of the pseudo-header", "transport checksum"},
		{"IPv6 offload", ethernet(partial(udp6(30), false)), 0, "icmp6:1/4", "sum of the pseudo-header", "transport checksum"},
		{"offload, length 0 in the sum", ethernet(partial(tcp(30), true)), 0, "synack:web", "sum of the pseudo-header", "transport checksum"},
		{"offload, cut", ethernet(partial(tcp(200), false))[:60], 254, "unknown", "sum of the pseudo-header", "transport checksum"},
		{"header checksum 0", ethernet(noHeaderSum(udp(30))), 0, "deliver:game", "the header checksum is 0", "header checksum"},
		{"TSO", ethernet(noLength(partial(tcp(3000), true))), 0, "synack:web", "3040 bytes are one large segment", "segmentation,transport checksum"},
		{"larger than a frame", ethernet(tcp(3000)), 0, "synack:web", "these 3040 bytes are more than the 1500 that an Ethernet frame carries", "larger than a frame"},
		{"as large as a frame", ethernet(udp(1472)), 0, "deliver:game", "verdict: deliver:game", ""},
		{"TSO, cut", ethernet(noLength(partial(tcp(3000), true)))[:100], 3054, "unknown", "3040 bytes are one large segment", "segmentation,transport checksum"},
		{"TSO over IPv6", ethernet(noLength6(partial(udp6(3000), false))), 0, "icmp6:1/4", "3048 bytes are one large segment", "segmentation,transport checksum"},
		{"cut inside Ethernet", ethernet(udp(112))[:10], 154, "unknown", "none: the capture kept 10 of 154 bytes; no verdict on what was cut", ""},
		{"nothing but LLC", append([]byte{1, 128, 12: 0, 13: 3}, 0x42, 0x42, 3), 60, "unknown", "none: portmux does not read this: IEEE 802.2 LLC", ""},
		{"a wrong checksum", ethernet(append(udp(29), 1)), 0, "drop", "", ""},
	} {
		if tt.name == "a wrong checksum" {
			tt.frame[14+26]++
			tt.wanted = "fault: byte 40: UDP: checksum"
		}
		path := pcapFile(t, 1, record{tt.frame, tt.length})
		out, errs, code := run(t, "why", path+"#1")
		if text := strings.Join(strings.Fields(out), " "); code != 0 || !strings.Contains(text, tt.wanted) || (tt.offload == "") == strings.Contains(text, "offload:") ||
			tt.verdict != "drop" && strings.Contains(text, "fault:") {
			t.Errorf("%s: exit %d, want %q: %s%s", tt.name, code, tt.wanted, out, errs)
		}
		out, errs, code = run(t, "why", "--json", path+"#1")
		var got struct {
			Verdict string
			Length  int
			Offload []string
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || got.Verdict != tt.verdict || got.Length != max(tt.length, len(tt.frame)) || strings.Join(got.Offload, ",") != tt.offload {
			t.Errorf("%s: exit %d, %v, %+v; want %s: %s", tt.name, code, err, got, tt.verdict, errs)
		}
		if _, errs, code := run(t, "why", "--checksum", path+"#1"); code != 0 {
			t.Errorf("%s: --checksum: exit %d: %s", tt.name, code, errs)
		}
	}
}

// TestWhyHexOffload: hex is a packet from a wire. There a length or a header
// checksum of 0 is wrong, and why says where such packets come from.
func TestWhyHexOffload(t *testing.T) {
	sum, length := udp(30), udp(30)
	sum[10], sum[11] = 0, 0
	length[2], length[3], length[10], length[11] = 0, 0, 0, 0
	binary.BigEndian.PutUint16(length[10:], packet.Checksum(length[:20], 0))
	for want, b := range map[string][]byte{"checksum offload": sum, "segmentation offload": length} {
		out, errs, code := run(t, "why", fmt.Sprintf("%x", b))
		if text := strings.Join(strings.Fields(out), " "); code != 0 || !strings.Contains(text, want) || !strings.HasSuffix(text, "verdict: drop") {
			t.Errorf("%s: exit %d, %s%s", want, code, out, errs)
		}
	}
	if out, _, _ := run(t, "why", fmt.Sprintf("%x", partial(udp(30), false))); !strings.HasSuffix(out, "verdict: deliver:game\n") {
		t.Error(out)
	}
}

// TestReadSummary: with --json the counts come last, with flows or without.
func TestReadSummary(t *testing.T) {
	arp := append(packet.Ethernet{Type: packet.TypeARP}.Append(nil, nil), packet.ARP{Operation: 1, Sender: there, Target: here}.Append(nil)...)
	ping := packet.IPv4{Proto: packet.ProtoICMP, Src: there, Dst: here}.Append(nil, packet.ICMP{Type: 8}.Append(nil, nil))
	path := pcapFile(t, 1, record{arp, 0}, record{ethernet(ping), 0}, record{ethernet(ping)[:20], 60}, record{ethernet(udp(1))[:44], 60})
	for by, flows := range map[string]string{"flow": `"flows":1`, "port": `"conversations":1`, "app": `"packets":4`} {
		out, errs, code := run(t, "read", "--json", "--by", by, path)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		last := lines[len(lines)-1]
		if code != 0 || len(lines) != 2 || !strings.HasPrefix(last, `{"kind":"summary","packets":4,`) || !strings.Contains(last, flows) ||
			!strings.Contains(last, `"others":{"ARP":1,"ICMP":1},"not_read":{},"fragments":0,"cut_short":1,"broken":0,"kept_in_part":2}`) {
			t.Errorf("by %s: exit %d, %s%s", by, code, out, errs)
		}
	}
	if out, errs, code := run(t, "read", "--json", pcapFile(t, 147, record{[]byte("what?"), 0})); code != 0 || !strings.Contains(out, `"flows":0,"conversations":0,"others":{},"not_read":{"USER0":1}`) {
		t.Errorf("no flow: exit %d, %s%s", code, out, errs)
	}
}
