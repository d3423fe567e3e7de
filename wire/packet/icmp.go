package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"onwire/wire"
)

// ICMP is a message of ICMP (RFC 792) or ICMPv6 (RFC 4443).
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|     Type      |     Code      |          Checksum             |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|        Rest: identifier and sequence, MTU, pointer, or 0      |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|      an error quotes the beginning of the packet at fault
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-
type ICMP struct {
	Type, Code uint8
	Rest       uint32
}

// The types of ICMP and ICMPv6 that this program names.
const (
	ICMPEchoReply       = 0
	ICMPUnreachable     = 3
	ICMPSourceQuench    = 4
	ICMPRedirect        = 5
	ICMPEcho            = 8
	ICMPTimeExceeded    = 11
	ICMPParameter       = 12
	ICMPTimestamp       = 13
	ICMPTimestampReply  = 14
	ICMP6Unreachable    = 1
	ICMP6TooBig         = 2
	ICMP6TimeExceeded   = 3
	ICMP6Parameter      = 4
	ICMP6Echo           = 128
	ICMP6EchoReply      = 129
	ICMP6NeighborAsk    = 135
	ICMP6NeighborAnswer = 136
)

// Append appends the message with its body and checksum to dst, for IPv4.
func (h ICMP) Append(dst, body []byte) []byte { return h.append(dst, body, 0) }

// Append6 appends the message to dst for IPv6, where the pseudo-header is in
// the checksum (RFC 4443 2.3).
func (h ICMP) Append6(dst []byte, src, to netip.Addr, body []byte) []byte {
	return h.append(dst, body, PseudoSum(src, to, ProtoICMPv6, 8+len(body)))
}

func (h ICMP) append(dst, body []byte, sum uint64) []byte {
	at := len(dst)
	dst = append(dst, h.Type, h.Code, 0, 0)
	dst = append(binary.BigEndian.AppendUint32(dst, h.Rest), body...)
	binary.BigEndian.PutUint16(dst[at+2:], Checksum(dst[at:], sum))
	return dst
}

var icmpNames = map[uint8]string{
	0: "Echo reply", 3: "Destination unreachable", 4: "Source quench", 5: "Redirect", 8: "Echo", 9: "Router advertisement",
	10: "Router solicitation", 11: "Time exceeded", 12: "Parameter problem", 13: "Timestamp", 14: "Timestamp reply",
}

var icmp6Names = map[uint8]string{
	1: "Destination unreachable", 2: "Packet too big", 3: "Time exceeded", 4: "Parameter problem", 128: "Echo request",
	129: "Echo reply", 130: "Multicast listener query", 133: "Router solicitation", 134: "Router advertisement",
	135: "Neighbor solicitation", 136: "Neighbor advertisement", 143: "Multicast listener report",
}

var unreachable = [...]string{
	"network unreachable", "host unreachable", "protocol unreachable", "port unreachable", "too big and must not be cut",
	"source route failed", "network unknown", "host unknown", "source isolated", "network prohibited", "host prohibited",
	"network unreachable for this service", "host unreachable for this service", "prohibited by a filter",
	"host precedence violation", "precedence cut-off",
}

var unreachable6 = [...]string{
	"no route", "prohibited by a filter", "beyond the scope of the source", "address unreachable", "port unreachable",
	"source address failed policy", "route rejected",
}

// ICMPName returns the name of an ICMP type with its code.
func ICMPName(version, kind, code uint8) string {
	names, codes := icmpNames, unreachable[:]
	if version == 6 {
		names, codes = icmp6Names, unreachable6[:]
	}
	name := names[kind]
	switch {
	case name == "":
		return fmt.Sprintf("type %d code %d", kind, code)
	case name == "Destination unreachable" && int(code) < len(codes):
		return codes[code]
	}
	return name
}

func (d *dissector) icmp() {
	if d.has(8, "ICMP") {
		sum := Fold(Sum(d.b[d.at:d.end], 0))
		d.message(d.layer("ICMP", "RFC 792"), 4, sum)
	}
}

func (d *dissector) icmp6() {
	if d.has(8, "ICMPv6") {
		sum := TransportSum(d.addrs, ProtoICMPv6, d.b[d.at:d.end])
		d.message(d.layer("ICMPv6", "RFC 4443"), 6, sum)
	}
}

func (d *dissector) message(l *layer, version uint8, sum uint16) {
	kind, code := l.bytes(2)[0], l.bytes(2)[1]
	name := ICMPName(version, kind, code)
	l.text("Type", 8, fmt.Sprint(kind), wire.Notef("%s", name))
	l.text("Code", 8, fmt.Sprint(code), none())
	covers := "the message"
	if version == 6 {
		covers = "the pseudo-header and the message"
	}
	l.checksum(covers, sum, false)
	quotes := version == 4 && (kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12) || version == 6 && kind < 128
	switch {
	case kind == ICMPEcho || kind == ICMPEchoReply || version == 6 && (kind == ICMP6Echo || kind == ICMP6EchoReply):
		if version == 4 || kind >= 128 {
			l.number("Identifier", 16, wire.Notef("which ping asked: what a port is to TCP"))
			l.number("Sequence number", 16, none())
			break
		}
		fallthrough
	default:
		l.hex("Rest of header", 32, none())
	}
	l.done(name)
	if quotes && !d.quoted && d.at < d.end {
		d.quoted = true
		addrs := d.addrs
		d.ip()
		d.addrs = addrs
	}
}
