// Command portmux makes the captures that bench/portmux reads, and is the
// peer: the same count with gopacket's DecodingLayerParser and a Go map, the
// fastest way that gopacket documents.
//
//	portmux gen FILE PACKETS FLOWS MIN MAX    a pcap; frames of MIN to MAX bytes
//	portmux gopacket FILE                     count it by flow, as pcapgo reads a file
//	portmux buffered FILE                     the same behind a bufio.Reader of 256 KiB
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"

	"onwire/wire/packet"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 7 && os.Args[1] == "gen":
		var n [4]int
		for i := range n {
			if n[i], err = strconv.Atoi(os.Args[3+i]); err != nil {
				break
			}
		}
		if err == nil {
			err = generate(os.Args[2], n[0], n[1], n[2], n[3])
		}
	case len(os.Args) == 3 && (os.Args[1] == "gopacket" || os.Args[1] == "buffered"):
		err = count(os.Args[2], os.Args[1] == "buffered")
	default:
		err = fmt.Errorf("usage: portmux gen FILE PACKETS FLOWS MIN MAX | portmux gopacket|buffered FILE")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// generate writes packets of random flows: half of them IPv6, half TCP, one in
// sixteen with a VLAN tag. The same arguments give the same file.
func generate(path string, packets, flows, least, most int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 1))
	header := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	header = append(header, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	if _, err := w.Write(header); err != nil {
		return err
	}
	payload := make([]byte, most)
	var segment, ip, frame, record []byte
	for n := range packets {
		i := r.IntN(flows)
		size := least + r.IntN(most-least+1)
		h := packet.Ethernet{Dst: [6]byte{2, 5: 1}, Src: [6]byte{2, 5: 2}, Type: packet.TypeIPv4}
		src, dst, head := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), netip.AddrFrom4([4]byte{10, 9, 0, 2}), 14+20
		if i&1 == 1 {
			h.Type, head = packet.TypeIPv6, 14+40
			src = netip.AddrFrom16([16]byte{0xfd, 9, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)})
			dst = netip.AddrFrom16([16]byte{0xfd, 9, 15: 2})
		}
		if i%16 == 0 {
			h.VLANs, head = []packet.VLAN{{ID: 7}}, head+4
		}
		sport, dport := uint16(1024+i*7%60000), []uint16{80, 443, 53, 7777, 5004, 22}[i%6]
		proto := uint8(packet.ProtoUDP)
		if i&2 == 2 {
			proto = packet.ProtoTCP
			t := packet.TCP{SrcPort: sport, DstPort: dport, Seq: uint32(n), Flags: packet.ACK, Window: 65535}
			segment = t.Append(segment[:0], src, dst, payload[:max(0, size-head-20)])
		} else {
			segment = packet.UDP{SrcPort: sport, DstPort: dport}.Append(segment[:0], src, dst, payload[:max(0, size-head-8)])
		}
		if h.Type == packet.TypeIPv4 {
			ip = packet.IPv4{ID: uint16(n), Proto: proto, Src: src, Dst: dst}.Append(ip[:0], segment)
		} else {
			ip = packet.IPv6{NextHeader: proto, Src: src, Dst: dst}.Append(ip[:0], segment)
		}
		frame = h.Append(frame[:0], ip)
		record = binary.LittleEndian.AppendUint32(record[:0], uint32(1_700_000_000+n/100_000))
		record = binary.LittleEndian.AppendUint32(record, uint32(n%100_000*10))
		record = binary.LittleEndian.AppendUint32(record, uint32(len(frame)))
		record = binary.LittleEndian.AppendUint32(record, uint32(len(frame)))
		if _, err := w.Write(append(record, frame...)); err != nil {
			return err
		}
	}
	return w.Flush()
}

type flow struct{ network, transport gopacket.Flow }

type counts struct{ packets, bytes uint64 }

func count(path string, buffered bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var file io.Reader = f
	if buffered {
		file = bufio.NewReaderSize(f, 256<<10)
	}
	r, err := pcapgo.NewReader(file)
	if err != nil {
		return err
	}
	var eth layers.Ethernet
	var tag layers.Dot1Q
	var ip4 layers.IPv4
	var ip6 layers.IPv6
	var tcp layers.TCP
	var udp layers.UDP
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &eth, &tag, &ip4, &ip6, &tcp, &udp)
	parser.IgnoreUnsupported = true
	found := make([]gopacket.LayerType, 0, 8)
	flows := map[flow]*counts{}
	add := func(network, transport gopacket.Flow, n int) {
		k := flow{network, transport}
		c := flows[k]
		if c == nil {
			c = new(counts)
			flows[k] = c
		}
		c.packets++
		c.bytes += uint64(n)
	}
	packets := 0
	for {
		data, _, err := r.ZeroCopyReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		packets++
		if err := parser.DecodeLayers(data, &found); err != nil {
			continue
		}
		var network gopacket.Flow
		for _, layer := range found {
			switch layer {
			case layers.LayerTypeIPv4:
				network = ip4.NetworkFlow()
			case layers.LayerTypeIPv6:
				network = ip6.NetworkFlow()
			case layers.LayerTypeTCP:
				add(network, tcp.TransportFlow(), len(tcp.Payload))
			case layers.LayerTypeUDP:
				add(network, udp.TransportFlow(), len(udp.Payload))
			}
		}
	}
	fmt.Printf("%d packets, %d flows\n", packets, len(flows))
	return nil
}
