package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"onwire/wire"
)

// UDP is the User Datagram header (RFC 768): IP with ports, and nothing more.
//
//	 0      7 8     15 16    23 24    31
//	+--------+--------+--------+--------+
//	|     Source      |   Destination   |
//	|      Port       |      Port       |
//	+--------+--------+--------+--------+
//	|     Length      |    Checksum     |
//	+--------+--------+--------+--------+
//	|          data octets ...
//	+---------------- ...
type UDP struct {
	SrcPort, DstPort uint16
}

// Append appends the datagram with its payload, length and checksum to dst;
// the addresses are for the pseudo-header.
func (h UDP) Append(dst []byte, src, to netip.Addr, payload []byte) []byte {
	at := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, h.SrcPort)
	dst = binary.BigEndian.AppendUint16(dst, h.DstPort)
	dst = binary.BigEndian.AppendUint16(dst, uint16(8+len(payload)))
	dst = append(append(dst, 0, 0), payload...)
	sum := Checksum(dst[at:], PseudoSum(src, to, ProtoUDP, 8+len(payload)))
	if sum == 0 {
		sum = 0xffff // 0 says "not computed"; the two are the same number in one's complement
	}
	binary.BigEndian.PutUint16(dst[at+6:], sum)
	return dst
}

func (d *dissector) udp() {
	if !d.has(8, "UDP") {
		return
	}
	l := d.layer("UDP", "RFC 768")
	src := l.number("Source port", 16, wire.Notef("where an answer goes"))
	dst := l.number("Destination port", 16, wire.Notef("which app of the host gets the payload"))
	length := int(l.bits(16))
	l.text("Length", 16, fmt.Sprint(length), wire.Notef("this header's 8 bytes and the payload"))
	end := min(d.end, l.start+length)
	switch {
	case length == 0 && len(d.addrs) == 32:
		end, length = d.end, d.ends-l.start // a jumbogram
	case length < 8:
		end = d.end
		d.fault(l.start+4, "UDP", "length %d, want at least 8", length)
	case l.start+length > d.end && (!d.part || l.start+length > d.ends && !d.fragment):
		d.fault(l.start+4, "UDP", "length %d, %d bytes are here", length, d.ends-l.start)
	}
	if l.bits(16) == 0 && len(d.addrs) == 8 {
		l.text("Checksum", 16, "0x0000", wire.Notef("0: the sender computed none, which IPv4 allows"))
	} else {
		l.checksum("the pseudo-header, the header and the payload", TransportSum(d.addrs, ProtoUDP, d.b[l.start:end]),
			LeftToCard(d.addrs, ProtoUDP, uint16(l.bits(16)), length))
	}
	l.done(fmt.Sprintf("%d > %d", src, dst))
	if d.at < end {
		stop := d.end
		d.end = end
		d.payload(l.start + length)
		d.end = stop
	}
}
