package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"onwire/wire/packet"
)

// label gives every frame its layer, its label and its names, by following the
// connections as they look at the host that the story is told from.
func (r *Recording) label() {
	if r.labelled == len(r.events) {
		return
	}
	r.labelled = len(r.events)
	numbers := make(map[side]*uint32) // where the sequence numbers of each side begin
	for i := range r.frames {
		f := &r.frames[i]
		f.Is = nil
		f.Layer, f.Label = describe(f.Bytes, numbers)
	}
	at := r.standpoint()
	conns := make(analysis)
	for _, e := range r.events {
		if e.At != at || e.Stage == Lost {
			continue
		}
		f := &r.frames[e.Frame.Number-1]
		f.Is = append(f.Is, conns.look(e.T, e.Bytes)...)
	}
}

// standpoint returns the host that the story is told from.
func (r *Recording) standpoint() string {
	if r.At != "" {
		return r.At
	}
	for _, f := range r.frames {
		var p packet.Packet
		if p.Parse(packet.LinkEthernet, f.Bytes) == packet.OK {
			return f.From
		}
	}
	return ""
}

// A side is one direction of a connection.
type side struct{ src, dst netip.AddrPort }

func sideOf(p *packet.Packet, frame []byte) side {
	return side{
		netip.AddrPortFrom(p.Src(frame), p.SrcPort),
		netip.AddrPortFrom(p.Dst(frame), p.DstPort),
	}
}

func (s side) other() side { return side{s.dst, s.src} }

// describe returns the layer and the label of a frame.
func describe(frame []byte, numbers map[side]*uint32) (layer, label string) {
	var p packet.Packet
	status := p.Parse(packet.LinkEthernet, frame)
	switch {
	case status == packet.OK && p.Proto == packet.ProtoTCP:
		return "TCP", tcpLabel(&p, frame, numbers)
	case status == packet.OK && p.Proto == packet.ProtoUDP:
		return "UDP", fmt.Sprintf("UDP %d > %d len=%d", p.SrcPort, p.DstPort, p.Length)
	case status == packet.Fragment:
		return "IP", fmt.Sprintf("fragment of datagram %d: from byte %d on", p.ID, p.Offset)
	case status == packet.Other && p.Type == packet.TypeARP:
		return "ARP", arpLabel(frame[14:])
	case status == packet.Other && p.Proto == packet.ProtoICMP && p.Version == 4 && len(frame) >= p.Transport+2:
		return "ICMP", "ICMP " + packet.ICMPName(4, frame[p.Transport], frame[p.Transport+1])
	case status == packet.Other && p.Proto == packet.ProtoICMPv6 && p.Version == 6 && len(frame) >= p.Transport+2:
		return "ICMPv6", icmp6Label(frame[p.Transport:])
	}
	return "Ethernet", fmt.Sprintf("frame of %d bytes", len(frame))
}

func arpLabel(b []byte) string {
	sender, target := netip.AddrFrom4([4]byte(b[14:18])), netip.AddrFrom4([4]byte(b[24:28]))
	if binary.BigEndian.Uint16(b[6:]) == 1 {
		return fmt.Sprintf("who has %v? tell %v", target, sender)
	}
	return fmt.Sprintf("%v is at %v", sender, net.HardwareAddr(b[8:14]))
}

// icmp6Label names the address that neighbours ask for (RFC 4861 4.3, 4.4).
func icmp6Label(b []byte) string {
	name := packet.ICMPName(6, b[0], b[1])
	if (b[0] == packet.ICMP6NeighborAsk || b[0] == packet.ICMP6NeighborAnswer) && len(b) >= 24 {
		return fmt.Sprintf("%s %v", name, netip.AddrFrom16([16]byte(b[8:24])))
	}
	return name
}

// tcpLabel counts sequence numbers from the start of the connection, as
// everybody does who explains TCP: the real ones begin at a random number.
func tcpLabel(p *packet.Packet, frame []byte, numbers map[side]*uint32) string {
	t := segmentOf(p, frame)
	me, peer := sideOf(p, frame), sideOf(p, frame).other()
	if t.has(packet.SYN) || numbers[me] == nil {
		numbers[me] = &t.seq
	}
	if t.has(packet.ACK) && numbers[peer] == nil {
		start := t.ack - 1
		numbers[peer] = &start
	}
	name := "data"
	switch {
	case t.has(packet.SYN) && t.has(packet.ACK):
		name = "SYN-ACK"
	case t.has(packet.SYN):
		name = "SYN"
	case t.has(packet.RST):
		name = "RST"
	case t.has(packet.FIN):
		name = "FIN"
	case p.Length == 0:
		name = "ACK"
	}
	label := fmt.Sprintf("%s seq=%d", name, t.seq-*numbers[me])
	if p.Length > 0 {
		label += fmt.Sprintf(" len=%d", p.Length)
	}
	if t.has(packet.ACK) {
		label += fmt.Sprintf(" ack=%d", t.ack-*numbers[peer])
	}
	return label
}
