package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"onwire/wire"
)

// IPv6 is the header of IPv6 (RFC 8200 3). It has no checksum and no
// options: those moved to the layers below and above, and to extension headers.
//
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|Version| Traffic Class |           Flow Label                  |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|         Payload Length        |  Next Header  |   Hop Limit   |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                                                               |
//	+                 Source Address, 128 bits                      +
//	|                                                               |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                                                               |
//	+               Destination Address, 128 bits                   +
//	|                                                               |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type IPv6 struct {
	TrafficClass uint8
	FlowLabel    uint32 // 20 bits
	HopLimit     uint8  // 0 means 64
	NextHeader   uint8  // of the payload
	Src, Dst     netip.Addr
	Extensions   []Extension // between this header and the payload
}

// Extension is a Hop-by-Hop Options, Routing, Destination Options or Fragment
// header (RFC 8200 4).
//
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|  Next Header  |  Hdr Ext Len  |                               |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
//	|           options, or what the type has instead               |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type Extension struct {
	Proto uint8  // ProtoHopByHop, ProtoRouting, ProtoDestOpts, ProtoFragment
	Data  []byte // what follows the length byte: 6 bytes, or 6 and a multiple of 8
}

// FragmentHeader returns the extension header of a fragment (RFC 8200 4.5).
// The offset is in bytes.
//
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                         Identification                        |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
func FragmentHeader(id uint32, offset int, more bool) Extension {
	field := uint16(offset) &^ 7
	if more {
		field |= 1
	}
	b := binary.BigEndian.AppendUint16(nil, field)
	return Extension{ProtoFragment, binary.BigEndian.AppendUint32(b, id)}
}

// Append appends the packet with its extension headers and payload to dst. The
// payload length and the chain of next headers are computed.
func (h IPv6) Append(dst, payload []byte) []byte {
	length, next := len(payload), h.NextHeader
	for _, e := range h.Extensions {
		length += e.size()
	}
	if len(h.Extensions) > 0 {
		next = h.Extensions[0].Proto
	}
	if h.HopLimit == 0 {
		h.HopLimit = 64
	}
	dst = binary.BigEndian.AppendUint32(dst, 6<<28|uint32(h.TrafficClass)<<20|h.FlowLabel&0xfffff)
	dst = binary.BigEndian.AppendUint16(dst, uint16(length))
	src, to := h.Src.As16(), h.Dst.As16()
	dst = append(append(append(dst, next, h.HopLimit), src[:]...), to[:]...)
	for i, e := range h.Extensions {
		next := h.NextHeader
		if i+1 < len(h.Extensions) {
			next = h.Extensions[i+1].Proto
		}
		words := e.size()/8 - 1
		if e.Proto == ProtoFragment {
			words = 0 // reserved
		}
		end := len(dst) + e.size()
		for dst = append(append(dst, next, uint8(words)), e.Data...); len(dst) < end; {
			dst = append(dst, 0)
		}
	}
	return append(dst, payload...)
}

func (e Extension) size() int { return (2 + len(e.Data) + 7) &^ 7 }

const rfc8200 = "RFC 8200 3"

func (d *dissector) ipv6() {
	if !d.hasIP(6, 40) {
		return
	}
	h := d.b[d.at:d.end]
	l := d.layer("IPv6", rfc8200)
	if l.number("Version", 4, none()) != 6 {
		l.text("Not IPv6", 28, "", none())
		l.done("broken")
		return
	}
	l.number("Traffic class", 8, none())
	l.hex("Flow label", 20, wire.Notef("packets of one flow have the same, so that routers can keep them together"))
	length := l.number("Payload length", 16, wire.Notef("extension headers and payload; this header's 40 bytes are not in it"))
	next := uint8(l.bits(8))
	l.text("Next header", 8, fmt.Sprint(next), wire.Notef("%s", ProtoName(next)))
	l.number("Hop limit", 8, wire.Notef("every router takes one off; at 0 the packet dies"))
	d.addrs = h[8:40]
	src, dst := addr16(h[8:]), addr16(h[24:])
	l.text("Source address", 128, src.String(), none())
	l.text("Destination address", 128, dst.String(), none())
	l.done(src.String() + " > " + dst.String())
	d.part = d.quoted
	if length == 0 { // a jumbogram, or a segment that the network card will cut up
		length = d.wire - d.at
	}
	if length > d.end-d.at {
		if !d.cut(d.at + length) {
			d.fault(l.start+4, "IPv6", "payload length is %d, %d bytes are here", length, max(d.end, d.wire)-d.at)
		}
		d.part = true
	}
	d.end, d.ends = min(d.end, d.at+length), d.at+length
	d.extension(next)
}

// extension walks the chain of extension headers.
func (d *dissector) extension(proto uint8) {
	for range maxExtensions {
		switch proto {
		case ProtoHopByHop, ProtoRouting, ProtoDestOpts, ProtoMobility, ProtoAH, ProtoFragment:
		case ProtoNoNext:
			d.rest("Data", wire.Notef("after No Next Header; receivers take no notice of it (RFC 8200 4.7)"))
			return
		default:
			d.protocol(proto)
			return
		}
		name := ProtoName(proto)
		if !d.has(8, name) {
			return
		}
		size := 8
		switch proto {
		case ProtoFragment:
		case ProtoAH:
			size = int(d.b[d.at+1])*4 + 8
		default:
			size = int(d.b[d.at+1])*8 + 8
		}
		if !d.has(size, name) {
			return
		}
		l := d.layer(name, "RFC 8200 4")
		next := uint8(l.bits(8))
		l.text("Next header", 8, fmt.Sprint(next), wire.Notef("%s", ProtoName(next)))
		if proto == ProtoFragment {
			l.number("Reserved", 8, none())
			offset := l.number("Fragment offset", 13, wire.Notef("in units of 8 bytes"))
			l.number("Reserved", 2, none())
			more := l.flag("More fragments", none())
			l.hex("Identification", 32, wire.Notef("the fragments of one packet have the same"))
			l.done("")
			d.fragment = more || offset > 0
			d.part = d.part || d.fragment
			if offset > 0 {
				d.rest("Fragment", wire.Notef("bytes from %d on of a datagram of %s; no ports are in here", offset*8, ProtoName(next)))
				return
			}
			proto = next
			continue
		}
		l.number("Header length", 8, wire.Notef("%d bytes", size))
		switch proto {
		case ProtoHopByHop, ProtoDestOpts:
			d.options6(l, size-2)
		case ProtoRouting:
			l.number("Routing type", 8, none())
			l.number("Segments left", 8, none())
			l.text("Data", 8*(size-4), fmt.Sprintf("%x", l.bytes(size-4)), none())
		default:
			l.text("Data", 8*(size-2), fmt.Sprintf("%x", l.bytes(size-2)), none())
		}
		l.done("")
		proto = next
	}
	d.fault(d.at, "IPv6", "more than %d extension headers", maxExtensions)
}

var ip6Options = map[uint8]string{1: "PadN", 5: "Router alert", 0xc2: "Jumbo payload", 0xc9: "Home address"}

// options6 names the options of an extension header (RFC 8200 4.2). The top
// two bits of a type say what to do with an option that one does not know.
func (d *dissector) options6(l *layer, n int) {
	unknown := []string{"skip it", "drop the packet", "drop the packet and tell its sender", "drop the packet and tell its sender, unless it was for a group"}
	for end := l.bit + 8*n; l.bit < end; {
		left := (end - l.bit) / 8
		kind := l.bytes(1)[0]
		if kind == 0 {
			l.text("Pad1", 8, "", none())
			continue
		}
		size := 2
		if left >= 2 {
			size = 2 + int(l.bytes(2)[1])
		}
		if size > left {
			d.fault(l.bit/8, "IPv6", "option %d has %d bytes, %d are left", kind, size, left)
			l.text("Broken option", 8*left, fmt.Sprintf("%x", l.bytes(left)), none())
			continue
		}
		name := ip6Options[kind]
		if name == "" {
			name = fmt.Sprintf("Option 0x%02x", kind)
		}
		l.text(name, 8*size, fmt.Sprintf("%x", l.bytes(size)[2:]), wire.Notef("who does not know it must %s", unknown[kind>>6]))
	}
}
