package lab

import (
	"fmt"
	"strconv"
	"strings"

	"onwire/wire/packet"
)

// A Which picks frames: of a kind, from a host, by their number among those,
// or a share of them by chance. The zero Which is every frame.
type Which struct {
	kind        kind
	from        string
	first, last int // 0: all
	byShare     bool
	percent     float64 // of the share: as it is written, so that it reads back as the same
}

// What a rule may speak of.
var (
	Frames  = Which{kind: kindFrame}
	ARP     = Which{kind: kindARP}
	ICMP    = Which{kind: kindICMP} // and ICMPv6, which finds neighbours too
	UDP     = Which{kind: kindUDP}
	TCPAny  = Which{kind: kindTCP}
	SYN     = Which{kind: kindSYN}    // the first segment of a connection
	SYNACK  = Which{kind: kindSYNACK} // and the answer to it
	Data    = Which{kind: kindData}   // TCP segments with a payload
	PureACK = Which{kind: kindACK}    // and those that only acknowledge
	FIN     = Which{kind: kindFIN}
	RST     = Which{kind: kindRST}
)

// From picks those that the host with this name sends.
func (w Which) From(host string) Which {
	w.from = host
	return w
}

// Nth picks the nth, counted from 1.
func (w Which) Nth(n int) Which { return w.Range(n, n) }

// Range picks the first to the last, counted from 1.
func (w Which) Range(first, last int) Which {
	if first == 0 {
		first = -1 // 0 is for all; check refuses this
	}
	w.first, w.last = first, last
	return w
}

// Share picks each with the chance p, from 0 to 1.
func (w Which) Share(p float64) Which {
	percent, err := strconv.ParseFloat(strconv.FormatFloat(p, 'f', -1, 64)+"e2", 64) // 0.07*100 is not 7
	if err != nil {
		percent = p // no number; check refuses it
	}
	w.byShare, w.percent = true, percent
	return w
}

// String returns the words that ParseRule reads.
func (w Which) String() string {
	s := w.kind.String()
	switch {
	case w.first > 0 && w.first == w.last:
		s += " " + strconv.Itoa(w.first)
	case w.first > 0:
		s += fmt.Sprintf(" %d-%d", w.first, w.last)
	}
	if w.byShare {
		s += " " + strconv.FormatFloat(w.percent, 'g', -1, 64) + "%"
	}
	if w.from != "" {
		s += " from " + w.from
	}
	return s
}

// parse reads one word: 2, 2-4 or 20%. It returns what the word is about.
func (w *Which) parse(word string) (what string, err error) {
	if percent, ok := strings.CutSuffix(word, "%"); ok {
		p, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(p >= 0 && p <= 100) {
			return "", fmt.Errorf("%q is no share of 0%% to 100%%", word)
		}
		w.byShare, w.percent = true, p
		return "share", nil
	}
	from, to, ranged := strings.Cut(word, "-")
	if !ranged {
		to = from
	}
	first, err1 := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil {
		return "", fmt.Errorf("%q is no kind of frame, no number and no share", word)
	}
	if first < 1 {
		return "", fmt.Errorf("%q: frames are counted from 1 up", word)
	}
	if last < first {
		return "", fmt.Errorf("%q: a range goes up", word)
	}
	*w = w.Range(first, last)
	return "number", nil
}

type kind uint8

const (
	kindFrame kind = iota
	kindARP
	kindICMP
	kindUDP
	kindTCP
	kindSYN
	kindSYNACK
	kindData
	kindACK
	kindFIN
	kindRST
)

// Kinds are the words for what a rule may speak of.
var Kinds = []string{
	kindFrame:  "frame",
	kindARP:    "arp",
	kindICMP:   "icmp",
	kindUDP:    "udp",
	kindTCP:    "tcp",
	kindSYN:    "syn",
	kindSYNACK: "syn-ack",
	kindData:   "data",
	kindACK:    "ack",
	kindFIN:    "fin",
	kindRST:    "rst",
}

func (k kind) String() string { return Kinds[k] }

func kindNamed(word string) (kind, bool) {
	for i, name := range Kinds {
		if word == name {
			return kind(i), true
		}
	}
	return 0, word == "frames"
}

func (k kind) matches(frame []byte) bool {
	var p packet.Packet
	status := p.Parse(packet.LinkEthernet, frame)
	switch k {
	case kindFrame:
		return true
	case kindARP:
		return status == packet.Other && p.Type == packet.TypeARP
	case kindICMP:
		return status == packet.Other && p.Version != 0 && (p.Proto == packet.ProtoICMP || p.Proto == packet.ProtoICMPv6)
	case kindUDP:
		return p.Version != 0 && p.Proto == packet.ProtoUDP
	}
	if status != packet.OK || p.Proto != packet.ProtoTCP {
		return false
	}
	flags := packet.Flags(frame[p.Transport+13])
	switch k {
	case kindSYN:
		return flags&(packet.SYN|packet.ACK) == packet.SYN
	case kindSYNACK:
		return flags&(packet.SYN|packet.ACK) == packet.SYN|packet.ACK
	case kindData:
		return p.Length > 0
	case kindACK:
		return p.Length == 0 && flags&(packet.ACK|packet.SYN|packet.FIN|packet.RST) == packet.ACK
	case kindFIN:
		return flags&packet.FIN != 0
	case kindRST:
		return flags&packet.RST != 0
	}
	return k == kindTCP
}

const etherBits = 14 * 8 // the Ethernet header

// usualBit is the bit that Break turns over.
func usualBit(frame []byte) int {
	var p packet.Packet
	at := len(frame) - 1
	if p.Parse(packet.LinkEthernet, frame) == packet.OK && p.Length > 0 {
		at = p.Payload
	}
	return at*8 + 7
}
