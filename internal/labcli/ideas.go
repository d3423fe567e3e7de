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
		if !i.said[idea.name] && idea.in(f) {
			i.said[idea.name] = true
			sentences = append(sentences, idea.sentence)
		}
	}
	return sentences
}

type idea struct {
	name     string
	in       func(lab.Recorded) bool
	sentence string
}

func starts(label string) func(lab.Recorded) bool {
	return func(f lab.Recorded) bool { return strings.HasPrefix(f.Label, label) }
}

func is(name string) func(lab.Recorded) bool {
	return func(f lab.Recorded) bool {
		for _, n := range f.Is {
			if strings.HasPrefix(n, name) {
				return true
			}
		}
		return false
	}
}

// ideas in the order in which a frame that holds several explains them.
var ideas = []idea{
	{"arp", starts("who has"), "IP knows the address 10.0.0.2, the card wants a card's address: ask everybody on the wire (ARP, RFC 826)."},
	{"neighbour", starts("Neighbor solicitation"), "IPv6 asks a group that the neighbour listens to, by ICMPv6 (RFC 4861 4.3)."},
	{"syn", starts("SYN seq"), "SYN: here my numbers begin. It is counted from 0 here; the real one is random, and --hex shows it (RFC 9293 3.5)."},
	{"syn-ack", starts("SYN-ACK"), "SYN-ACK: I have your SYN, so ack=1 is what I want next; and here my own numbers begin."},
	{"handshake", func(f lab.Recorded) bool { return f.Label == "ACK seq=1 ack=1" && len(f.Is) == 0 }, "ACK: both sides now know that they hear each other. Three segments, and nothing was sent in vain."},
	{"data", func(f lab.Recorded) bool { return f.Layer == "TCP" && strings.HasPrefix(f.Label, "data") }, "Data: seq is the number of its first byte, len how many there are."},
	{"ack", func(f lab.Recorded) bool {
		return strings.HasPrefix(f.Label, "ACK") && f.Label != "ACK seq=1 ack=1" && len(f.Is) == 0
	}, "ACK: all bytes before this number are here. It says nothing of single segments (RFC 9293 3.4)."},
	{"fin", starts("FIN"), "FIN: no more from this side. It takes a number like a byte, and is acknowledged like one (RFC 9293 3.6)."},
	{"rst", starts("RST"), "RST: there is no such connection here, and nothing more will be said about it (RFC 9293 3.5.2)."},
	{"udp", starts("UDP"), "UDP: ports, a length, a checksum, and off it goes. No handshake, no numbers, no answer (RFC 768)."},
	{"unreachable", starts("ICMP port unreachable"), "UDP has no way to refuse: ICMP tells the sender that nobody listens there (RFC 1122 4.1.3.1)."},
	{"fragment", starts("fragment"), "The datagram is larger than the wire takes: IP cuts it up, and the receiver puts it together. Lose one part, lose all (RFC 791 3.2)."},
	{"retransmission", is("retransmission"), "Retransmission: no acknowledgement came in time, so the same bytes go again. The next wait is twice as long (RFC 6298 5.5)."},
	{"duplicate", is("duplicate ACK"), "Duplicate ACK: something came, but not the byte I want next. I can only repeat what that is (RFC 5681 2)."},
	{"fast", is("fast retransmission"), "Fast retransmission: three duplicate ACKs say that one segment is missing and later ones came. No need to wait for the timer (RFC 5681 3.2)."},
	{"spurious", is("spurious retransmission"), "These bytes had arrived, the sender just did not know. The receiver throws the copy away."},
	{"out of order", is("out of order"), "Out of order: a later segment overtook it. The receiver puts the bytes into their place."},
	{"zero", is("zero window"), "Zero window: my buffer is full, send nothing (RFC 9293 3.8.6)."},
	{"probe", func(f lab.Recorded) bool {
		return is("keep-alive")(f) && is("window full")(f) || is("zero window probe")(f)
	}, "Probe: is there room again? The message that says so may have been lost, so the sender must ask (RFC 9293 3.8.6.1)."},
	{"update", is("window update"), "Window update: the program has read, there is room again."},
}
