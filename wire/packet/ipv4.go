package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"onwire/wire"
)

// IPv4 is the Internet header (RFC 791 3.1).
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|Version|  IHL  |Type of Service|          Total Length         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|         Identification        |Flags|      Fragment Offset    |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|  Time to Live |    Protocol   |         Header Checksum       |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                       Source Address                          |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                    Destination Address                        |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                    Options                    |    Padding    |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type IPv4 struct {
	TOS            uint8 // DSCP and ECN today (RFC 2474, RFC 3168)
	ID             uint16
	DontFragment   bool
	MoreFragments  bool
	FragmentOffset int   // in bytes, a multiple of 8
	TTL            uint8 // 0 means 64
	Proto          uint8
	Src, Dst       netip.Addr
	Options        []byte // filled up with zeros to a multiple of 4; at most 40 bytes
}

// Append appends the packet with its payload to dst. The total length and the
// header checksum are computed.
func (h IPv4) Append(dst, payload []byte) []byte {
	at := len(dst)
	header := 20 + (min(len(h.Options), 40)+3)&^3
	flags := uint16(h.FragmentOffset/8) & 0x1fff
	if h.DontFragment {
		flags |= 0x4000
	}
	if h.MoreFragments {
		flags |= 0x2000
	}
	if h.TTL == 0 {
		h.TTL = 64
	}
	dst = append(dst, 4<<4|uint8(header/4), h.TOS)
	dst = binary.BigEndian.AppendUint16(dst, uint16(header+len(payload)))
	dst = binary.BigEndian.AppendUint16(dst, h.ID)
	dst = binary.BigEndian.AppendUint16(dst, flags)
	dst = append(dst, h.TTL, h.Proto, 0, 0)
	src, to := as4(h.Src), as4(h.Dst)
	dst = append(append(dst, src[:]...), to[:]...)
	dst = append(dst, h.Options[:min(len(h.Options), 40)]...)
	for len(dst) < at+header {
		dst = append(dst, 0)
	}
	binary.BigEndian.PutUint16(dst[at+10:], Checksum(dst[at:], 0))
	return append(dst, payload...)
}

const rfc791 = "RFC 791 3.1"

func (d *dissector) ipv4() {
	if !d.hasIP(4, 20) {
		return
	}
	h := d.b[d.at:d.end]
	header, total := int(h[0]&15)*4, int(be16(h, 2))
	unset := total == 0
	if unset {
		total = d.wire - d.at
	}
	l := d.layer("IPv4", rfc791)
	l.number("Version", 4, none())
	ihl := l.number("IHL", 4, wire.Notef("the header has %d words of 4 bytes: %d bytes", header/4, header))
	l.number("DSCP", 6, wire.Notef("how routers should treat the packet (RFC 2474)"))
	l.number("ECN", 2, wire.Notef("a router that is nearly full marks here (RFC 3168)"))
	length := wire.Notef("header and payload; what comes after it belongs to the link")
	if unset {
		length = wire.Notef("0: left for the network card to fill in; it will cut these %d bytes into packets (segmentation offload)", total)
	}
	l.number("Total length", 16, length)
	broken := true
	switch {
	case h[0]>>4 != 4:
	case ihl < 5:
		d.fault(d.at, "IPv4", "header length %d words, want at least 5", ihl)
	case total < header:
		d.fault(d.at+2, "IPv4", "total length %d is less than the header's %d", total, header)
	default:
		broken = false
	}
	if broken {
		l.done("broken")
		return
	}
	d.part = d.quoted
	if total > len(h) {
		if !d.cut(d.at + total) {
			d.fault(d.at+2, "IPv4", "total length is %d, %d bytes are here", total, max(len(h), d.wire-d.at))
		}
		d.part = true
	}
	l.number("Identification", 16, wire.Notef("the fragments of one packet have the same"))
	l.flag("Reserved", none())
	l.flag("Don't fragment", none())
	more := l.flag("More fragments", none())
	offset := l.number("Fragment offset", 13, wire.Notef("in units of 8 bytes"))
	l.number("Time to live", 8, wire.Notef("every router takes one off; at 0 the packet dies"))
	proto := uint8(l.bits(8))
	l.text("Protocol", 8, fmt.Sprint(proto), wire.Notef("%s: whose header comes next", ProtoName(proto)))
	part := d.part
	d.part = len(h) < header
	l.checksum("the header", Fold(Sum(h[:min(header, len(h))], 0)), be16(h, 10) == 0)
	d.part = part
	d.addrs = h[12:20]
	src, dst := addr4(h[12:]), addr4(h[16:])
	l.text("Source address", 32, src.String(), none())
	l.text("Destination address", 32, dst.String(), none())
	if header > len(h) {
		l.done(src.String() + " > " + dst.String())
		d.has(header-20, "IPv4 options")
		return
	}
	if header > 20 {
		d.options(l, header-20, ip4Options, "IPv4")
	}
	l.done(src.String() + " > " + dst.String())
	d.end, d.ends = min(d.end, l.start+total), l.start+total
	if offset > 0 {
		d.rest("Fragment", wire.Notef("bytes from %d on of a datagram of %s; no ports are in here", offset*8, ProtoName(proto)))
		return
	}
	d.part, d.fragment = d.part || more, more
	d.protocol(proto)
}

var ip4Options = map[uint8]string{
	7: "Record route", 68: "Timestamp", 82: "Traceroute", 130: "Security", 131: "Loose source route",
	136: "Stream identifier", 137: "Strict source route", 148: "Router alert", 205: "Experiment",
}

// options names the options of IPv4 and TCP, n bytes of them: one byte of
// kind, and but for kinds 0 and 1 one of length, which counts both.
func (d *dissector) options(l *layer, n int, names map[uint8]string, proto string) {
	group := wire.Field{Name: "Options", Bit: l.bit, Bits: 8 * n}
	in := layer{d: d, bit: l.bit, rfc: l.rfc}
	for end := l.bit + 8*n; in.bit < end; {
		left := (end - in.bit) / 8
		kind := in.bytes(1)[0]
		switch kind {
		case 0:
			in.text("End of options", 8*left, "", wire.Notef("zeros up to a multiple of 4 bytes"))
			continue
		case 1:
			in.text("No operation", 8, "", wire.Notef("one byte to fill"))
			continue
		}
		size := 0
		if left >= 2 {
			size = int(in.bytes(2)[1])
		}
		if size < 2 || size > left {
			d.fault(in.bit/8, proto, "option %d has the length %d, %d bytes are left", kind, size, left)
			in.text("Broken option", 8*left, fmt.Sprintf("%x", in.bytes(left)), none())
			continue
		}
		name := names[kind]
		if name == "" {
			name = fmt.Sprintf("Option %d", kind)
		}
		in.text(name, 8*size, optionValue(proto, kind, in.bytes(size)[2:]), none())
	}
	group.Fields = in.fields
	l.fields = append(l.fields, group)
	l.bit += 8 * n
}
