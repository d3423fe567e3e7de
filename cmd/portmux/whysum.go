package main

import (
	"fmt"

	"onwire/wire/packet"
)

// ethernetMTU is the largest IP packet in an Ethernet frame (RFC 894), but for
// jumbo frames.
const ethernetMTU = 1500

// joined reports whether an IP packet is larger than a frame of its link: the
// card has joined it from several, or will cut it.
func joined(link packet.LinkType, left packet.Offload, pkt []byte, length int) bool {
	var p packet.Packet
	p.ParseRecord(packet.LinkRaw, pkt, length)
	return link == packet.LinkEthernet && !left.Segments && p.Version != 0 && min(p.End, length) > ethernetMTU
}

// offload says what of a packet was left for the network card to do. length is
// that of the packet.
func offload(left packet.Offload, length int, joined bool) []string {
	const card = "left for the network card to fill in, as in a host's own outgoing packets when they are captured on that host (checksum offload). Here it is judged as the card sends it."
	var all []string
	if left.Segments {
		all = append(all, fmt.Sprintf("the length in the IP header is 0: these %d bytes are one large segment, which the network card cuts into packets (segmentation offload). Here it is judged as one packet.", length))
	}
	if joined {
		all = append(all, fmt.Sprintf("these %d bytes are more than the %d that an Ethernet frame carries: one large segment, which the network card cuts into packets (TSO), or has joined from several (GRO), unless this network has jumbo frames.", length, ethernetMTU))
	}
	if left.Header {
		all = append(all, "the header checksum is 0: "+card)
	}
	if left.Transport {
		all = append(all, "the checksum is only the sum of the pseudo-header: "+card)
	}
	return all
}

// checksum does the one's complement sum of TCP, UDP or ICMP word by word.
// length is that of the packet, of which a capture may have kept only the
// beginning; left says that the card has not filled the checksum in yet.
func (a *app) checksum(pkt []byte, length int, left bool) {
	var p packet.Packet
	p.ParseRecord(packet.LinkRaw, pkt, length)
	s := a.Screen()
	if p.Version == 0 || p.Transport > min(p.End, len(pkt)) {
		return
	}
	if p.End > len(pkt) && length > len(pkt) {
		s.Printf("\nthe checksum of %s cannot be added up: not all of the packet is here\n", packet.ProtoName(p.Proto))
		return
	}
	seg := pkt[p.Transport:min(p.End, len(pkt))]
	if p.Proto == packet.ProtoUDP && len(seg) >= 8 {
		seg = seg[:min(len(seg), max(8, p.Length+8))]
	}
	var pseudo []byte
	switch {
	case p.Proto == packet.ProtoICMP:
	case p.Version == 4:
		pseudo = packet.PseudoHeader(pkt[12:20], p.Proto, len(seg))
	default:
		pseudo = packet.PseudoHeader(pkt[8:40], p.Proto, len(seg))
	}
	s.Printf("\nthe checksum of %s: 16-bit words, added; what falls out at the top comes\nback in at the bottom\n", packet.ProtoName(p.Proto))
	steps := packet.ChecksumSteps(pseudo, seg)
	for i, step := range steps {
		if i >= 40 && i < len(steps)-2 {
			if i == 40 {
				s.Printf("  ... %d more words\n", len(steps)-42)
			}
			continue
		}
		where, carry := fmt.Sprintf("byte %d", step.Offset), ""
		if step.Offset < 0 {
			where = "pseudo-header"
		}
		if step.Carry {
			carry = " carry"
		}
		s.Printf("  %-14s + %04x = %04x%s\n", where, step.Word, step.Sum, carry)
	}
	if n := len(steps); n > 0 {
		result := "right, since it is ffff"
		switch {
		case left:
			result = "not ffff, since the network card adds the rest (offload)"
		case steps[n-1].Sum != 0xffff:
			result = "wrong, since it is not ffff"
		}
		s.Printf("  the sum is %04x: %s\n", steps[n-1].Sum, result)
	}
}
