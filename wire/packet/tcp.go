package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"onwire/wire"
)

// TCP is the header of a TCP segment (RFC 9293 3.1).
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|          Source Port          |       Destination Port        |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                        Sequence Number                        |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                    Acknowledgment Number                      |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|  Data |       |C|E|U|A|P|R|S|F|                               |
//	| Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
//	|       |       |R|E|G|K|H|T|N|N|                               |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|           Checksum            |         Urgent Pointer        |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                           [Options]                           |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type TCP struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            Flags
	Window           uint16
	Options          []byte // filled up with zeros to a multiple of 4; at most 40 bytes
}

// Flags are the control bits of TCP.
type Flags uint8

const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// String returns the flags in the order in which people say them: "SYN ACK".
func (f Flags) String() string {
	var s []string
	for _, v := range []struct {
		flag Flags
		name string
	}{{SYN, "SYN"}, {FIN, "FIN"}, {RST, "RST"}, {PSH, "PSH"}, {ACK, "ACK"}, {URG, "URG"}, {ECE, "ECE"}, {CWR, "CWR"}} {
		if f&v.flag != 0 {
			s = append(s, v.name)
		}
	}
	if s == nil {
		return "no flags"
	}
	return strings.Join(s, " ")
}

// Append appends the segment with its payload and checksum to dst; the
// addresses are for the pseudo-header.
func (h TCP) Append(dst []byte, src, to netip.Addr, payload []byte) []byte {
	at := len(dst)
	options := h.Options[:min(len(h.Options), 40)]
	header := 20 + (len(options)+3)&^3
	dst = binary.BigEndian.AppendUint16(dst, h.SrcPort)
	dst = binary.BigEndian.AppendUint16(dst, h.DstPort)
	dst = binary.BigEndian.AppendUint32(dst, h.Seq)
	dst = binary.BigEndian.AppendUint32(dst, h.Ack)
	dst = append(dst, uint8(header/4)<<4, uint8(h.Flags))
	dst = binary.BigEndian.AppendUint16(dst, h.Window)
	dst = append(append(dst, 0, 0, 0, 0), options...)
	for len(dst) < at+header {
		dst = append(dst, 0)
	}
	dst = append(dst, payload...)
	sum := PseudoSum(src, to, ProtoTCP, len(dst)-at)
	binary.BigEndian.PutUint16(dst[at+16:], Checksum(dst[at:], sum))
	return dst
}

func (d *dissector) tcp() {
	if d.quoted && d.end-d.at >= 8 && d.end-d.at < 20 {
		l := d.layer("TCP", "RFC 9293 3.1")
		src, dst := l.number("Source port", 16, none()), l.number("Destination port", 16, none())
		l.number("Sequence number", 32, wire.Notef("an error quotes at least 8 bytes of what IP carries; here it ends"))
		l.done(fmt.Sprintf("%d > %d", src, dst))
		return
	}
	if !d.has(20, "TCP") {
		return
	}
	l := d.layer("TCP", "RFC 9293 3.1")
	src := l.number("Source port", 16, wire.Notef("where an answer goes"))
	dst := l.number("Destination port", 16, wire.Notef("with the source port and both addresses it names the connection"))
	l.number("Sequence number", 32, wire.Notef("of the first byte of the payload"))
	l.number("Acknowledgment number", 32, wire.Notef("the next byte that is expected from the other side"))
	words := int(l.bits(4))
	l.text("Data offset", 4, fmt.Sprint(words), wire.Notef("the header has %d words of 4 bytes: %d bytes", words, 4*words))
	l.number("Reserved", 4, none())
	flags := Flags(l.bits(8))
	group := layer{d: d, bit: l.bit, rfc: l.rfc}
	for _, name := range []string{"CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"} {
		group.flag(name, none())
	}
	l.text("Control bits", 8, flags.String(), none()).Fields = group.fields
	l.number("Window", 16, wire.Notef("bytes that the sender of this segment can take now"))
	l.checksum("the pseudo-header and the segment", TransportSum(d.addrs, ProtoTCP, d.b[l.start:d.end]),
		LeftToCard(d.addrs, ProtoTCP, uint16(l.bits(16)), d.ends-l.start))
	l.number("Urgent pointer", 16, none())
	summary := fmt.Sprintf("%d > %d %s", src, dst, flags)
	switch {
	case words < 5:
		d.fault(l.start+12, "TCP", "data offset %d words, want at least 5", words)
	case d.cut(l.start + 4*words): // the options are not all here
	case l.start+4*words > d.end:
		d.fault(l.start+12, "TCP", "data offset %d bytes, %d are here", 4*words, d.end-l.start)
	default:
		if words > 5 {
			d.options(l, 4*words-20, tcpOptions, "TCP")
		}
		l.done(summary)
		d.payload(d.ends)
		return
	}
	l.done(summary)
}

var tcpOptions = map[uint8]string{
	2: "Maximum segment size", 3: "Window scale", 4: "SACK permitted", 5: "SACK", 8: "Timestamps",
	19: "MD5 signature", 28: "User timeout", 29: "TCP-AO", 30: "Multipath TCP", 34: "Fast open",
}

// optionValue is the value of an option of IPv4 or TCP as text.
func optionValue(proto string, kind uint8, data []byte) string {
	switch {
	case proto == "TCP" && kind == 2 && len(data) == 2:
		return fmt.Sprint(be16(data, 0))
	case proto == "TCP" && kind == 3 && len(data) == 1:
		return fmt.Sprintf("%d: the window counts in units of %d bytes", data[0], 1<<min(data[0], 14))
	case proto == "TCP" && kind == 8 && len(data) == 8:
		return fmt.Sprintf("%d, echo of %d", be32(data, 0), be32(data, 4))
	case proto == "TCP" && kind == 5 && len(data)%8 == 0:
		var s []string
		for i := 0; i+8 <= len(data); i += 8 {
			s = append(s, fmt.Sprintf("%d-%d", be32(data, i), be32(data, i+4)))
		}
		return strings.Join(s, ", ")
	}
	if len(data) == 0 {
		return ""
	}
	return fmt.Sprintf("%x", data)
}
