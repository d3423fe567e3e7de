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
	openings := make(map[side]*opening)
	for i := range r.frames {
		f := &r.frames[i]
		f.Is, f.Window = nil, -1
		f.describe(openings)
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

// An opening is what one side of a connection said when it opened it.
type opening struct {
	start uint32 // its sequence numbers begin here
	shift int    // and so are its windows scaled; -1: not at all
}

// describe finds the layer and the label of a frame.
func (f *Recorded) describe(openings map[side]*opening) {
	var p packet.Packet
	b := f.Bytes
	status := p.Parse(packet.LinkEthernet, b)
	switch {
	case status == packet.OK && p.Proto == packet.ProtoTCP:
		f.Layer = "TCP"
		f.describeTCP(&p, openings)
	case status == packet.OK && p.Proto == packet.ProtoUDP:
		f.Layer, f.Label = "UDP", fmt.Sprintf("UDP %d > %d len=%d", p.SrcPort, p.DstPort, p.Length)
	case status == packet.Fragment:
		f.Layer, f.Label = "IP", fmt.Sprintf("fragment of datagram %d: from byte %d on", p.ID, p.Offset)
	case status == packet.Other && p.Type == packet.TypeARP:
		f.Layer, f.Label = "ARP", arpLabel(b[14:])
	case status == packet.Other && p.Proto == packet.ProtoICMP && p.Version == 4 && len(b) >= p.Transport+2:
		f.Layer, f.Label = "ICMP", "ICMP "+packet.ICMPName(4, b[p.Transport], b[p.Transport+1])
	case status == packet.Other && p.Proto == packet.ProtoICMPv6 && p.Version == 6 && len(b) >= p.Transport+2:
		f.Layer, f.Label = "ICMPv6", icmp6Label(b[p.Transport:])
	default:
		f.Layer, f.Label = "Ethernet", fmt.Sprintf("frame of %d bytes", len(b))
	}
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

// describeTCP counts sequence numbers from the start of the connection, as
// everybody does who explains TCP: the real ones begin at a random number.
func (f *Recorded) describeTCP(p *packet.Packet, openings map[side]*opening) {
	t := segmentOf(p, f.Bytes)
	me, peer := sideOf(p, f.Bytes), sideOf(p, f.Bytes).other()
	if t.has(packet.SYN) || openings[me] == nil {
		openings[me] = &opening{t.seq, t.shift}
	}
	if t.has(packet.ACK) && openings[peer] == nil {
		openings[peer] = &opening{t.ack - 1, -1}
	}
	f.Window = t.raw
	if !t.has(packet.SYN) && openings[me].shift >= 0 && openings[peer] != nil && openings[peer].shift >= 0 {
		f.Window <<= openings[me].shift
	}
	name := "data"
	switch {
	case t.has(packet.SYN | packet.ACK):
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
	f.Label = fmt.Sprintf("%s seq=%d", name, t.seq-openings[me].start)
	if p.Length > 0 {
		f.Label += fmt.Sprintf(" len=%d", p.Length)
	}
	if t.has(packet.ACK) {
		f.Label += fmt.Sprintf(" ack=%d", t.ack-openings[peer].start)
	}
}
