package labcli

import (
	"strings"

	"onwire/lab"
)

// Ideas says a sentence about each new idea, the first time that it comes up.
type Ideas struct{ said map[string]bool }

// In returns the sentences for what is new in a frame.
func (i *Ideas) In(f lab.Recorded) []string {
	if i == nil {
		return nil
	}
	if i.said == nil {
		i.said = make(map[string]bool)
	}
	var sentences []string
	for _, idea := range ideas {
		if !i.said[idea.name] && (idea.after == "" || i.said[idea.after]) && idea.in(f) {
			i.said[idea.name] = true
			sentences = append(sentences, idea.sentence)
		}
	}
	return sentences
}

type idea struct {
	name     string
	after    string // the idea that must have come up before; may be empty
	in       func(lab.Recorded) bool
	sentence string
}

func starts(label string) func(lab.Recorded) bool {
	return func(f lab.Recorded) bool { return strings.HasPrefix(f.Label, label) }
}

// is looks for a name in what the host did. What the wire has doubled is named
// too, but that says nothing about the hosts.
func is(name string) func(lab.Recorded) bool {
	return func(f lab.Recorded) bool {
		if f.Verdict.Copies > 0 {
			return false
		}
		for _, n := range f.Is {
			if strings.HasPrefix(n, name) {
				return true
			}
		}
		return false
	}
}

// ideas in the order in which a frame that holds several explains them. A
// sentence must be true whatever else the wire does.
var ideas = []idea{
	{name: "arp", in: starts("who has"), sentence: "IP knows the neighbour's IP address, the card wants a card's address: ask everybody on the wire (ARP, RFC 826)."},
	{name: "neighbour", in: starts("Neighbor solicitation"), sentence: "IPv6 asks a group that the neighbour listens to, by ICMPv6 (RFC 4861 4.3)."},
	{name: "syn", in: starts("SYN seq"), sentence: "SYN: here my numbers begin. It is counted from 0 here; the real one is random, and --hex shows it (RFC 9293 3.5)."},
	{name: "syn-ack", in: starts("SYN-ACK"), sentence: "SYN-ACK: I have your SYN, so ack=1 is what I want next; and here my own numbers begin."},
	{name: "handshake", in: func(f lab.Recorded) bool { return f.Label == "ACK seq=1 ack=1" && len(f.Is) == 0 }, sentence: "ACK: and I have yours. When this arrives, both sides know that they hear each other: a handshake takes three segments."},
	{name: "data", in: func(f lab.Recorded) bool { return f.Layer == "TCP" && strings.HasPrefix(f.Label, "data") }, sentence: "Data: seq is the number of its first byte, len how many there are."},
	{name: "ack", in: func(f lab.Recorded) bool {
		return strings.HasPrefix(f.Label, "ACK") && f.Label != "ACK seq=1 ack=1" && len(f.Is) == 0
	}, sentence: "ACK: all bytes before this number are here. It says nothing of single segments (RFC 9293 3.4)."},
	{name: "fin", in: starts("FIN"), sentence: "FIN: no more from this side. It takes a number like a byte, and is acknowledged like one (RFC 9293 3.6)."},
	{name: "rst", in: starts("RST"), sentence: "RST: there is no such connection here, or not any more. It is not acknowledged (RFC 9293 3.5.2)."},
	{name: "udp", in: starts("UDP"), sentence: "UDP: ports, a length, a checksum, and off it goes. No handshake, no numbers, no acknowledgement (RFC 768)."},
	{name: "unreachable", in: starts("ICMP port unreachable"), sentence: "UDP has no way to refuse: ICMP tells the sender that nobody listens there (RFC 1122 4.1.3.1)."},
	{name: "retransmission", in: is("retransmission"), sentence: "Retransmission: the same segment goes again, since no acknowledgement of it has come. After each timeout the next wait is twice as long (RFC 6298 5.5)."},
	{name: "duplicate", in: is("duplicate ACK"), sentence: "Duplicate ACK: something came, but not the byte I want next. I can only repeat what that is (RFC 5681 2)."},
	{name: "fast", in: is("fast retransmission"), sentence: "Fast retransmission: three duplicate ACKs say that one segment is missing and later ones came. No need to wait for the timer (RFC 5681 3.2)."},
	{name: "spurious", in: is("spurious retransmission"), sentence: "These bytes had arrived, the sender just did not know. The receiver throws the copy away."},
	{name: "out of order", in: func(f lab.Recorded) bool {
		return is("out of order")(f) && (f.Verdict.Swapped || f.Verdict.Delay > 0)
	}, sentence: "Out of order: a later segment overtook it. The receiver puts the bytes into their place."},
	{name: "zero", in: is("zero window"), sentence: "Zero window: my buffer is full, send nothing (RFC 9293 3.8.6)."},
	{name: "probe", in: func(f lab.Recorded) bool {
		return is("keep-alive")(f) && is("window full")(f) || is("zero window probe")(f)
	}, sentence: "Probe: is there room again? The message that says so may have been lost, so the sender must ask (RFC 9293 3.8.6.1)."},
	{name: "update", after: "zero", in: is("window update"), sentence: "Window update: the program has read, there is room again."},
}
