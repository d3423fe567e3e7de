package packet

import (
	"fmt"
	"strconv"

	"onwire/wire"
)

// Dissect names every bit of a frame. The fields cover it exactly, also where
// it is broken: what cannot be read has the name "Cut off" or "Data". The
// error, an *Error, is the first fault; the fields stand beside it.
func Dissect(link LinkType, b []byte) ([]wire.Field, error) { return DissectRecord(link, b, len(b)) }

// DissectRecord is Dissect for a record of a capture, which may have kept only
// the first bytes of each packet: length is how many bytes the frame had on
// the wire. That the rest is missing is no fault of the frame.
func DissectRecord(link LinkType, b []byte, length int) ([]wire.Field, error) {
	d := &dissector{b: b, end: len(b), wire: max(length, len(b))}
	d.link(link)
	d.rest("Data", wire.Note{})
	d.end = len(b)
	if d.at < d.end {
		d.rest("Padding", wire.Notef("after the end of the packet; Ethernet fills a frame up to 60 bytes, and a capture may end in the frame check sequence"))
	}
	if d.err != nil {
		return d.fields, d.err
	}
	return d.fields, nil
}

// A dissector walks over a frame once.
type dissector struct {
	b      []byte
	at     int // the first byte that has no name yet
	end    int // where the packet ends, of which b may be the beginning
	wire   int // where the frame ended on the wire
	fields []wire.Field
	err    *Error
	addrs  []byte // of the IP packet, for the pseudo-header
	ends   int    // where the IP packet ends, as its header tells
	part   bool   // a fragment, or one that was cut by the capture: no checksum
	quoted bool   // inside an ICMP error

	fragment bool // of a datagram
}

// fault keeps the first fault. What an ICMP error quotes is cut short, and is
// often the broken packet that the error is about: it is named as far as it
// goes, and is no fault of the frame.
func (d *dissector) fault(at int, layer, format string, args ...any) {
	if d.err == nil && !d.quoted {
		d.err = errorf(at, layer, format, args...)
	}
}

// rest names what is left.
func (d *dissector) rest(name string, note wire.Note) {
	if d.at < d.end {
		n := d.end - d.at
		d.fields = append(d.fields, wire.Field{Name: name, Bit: d.at * 8, Bits: n * 8, Value: fmt.Sprintf("%d bytes", n), Note: note})
		d.at = d.end
	}
}

// payload names the payload of a segment that ends at an offset, of which the
// capture may have kept only the beginning.
func (d *dissector) payload(end int) {
	n, here := end-d.at, len(d.b)-d.at
	d.rest("Payload", none())
	if here > 0 && n > here && end <= d.wire {
		d.fields[len(d.fields)-1].Value = fmt.Sprintf("%d of %d bytes", here, n)
	}
}

// has reports whether n bytes are left for a header. If not, what is left is
// cut off, and a fault.
func (d *dissector) has(n int, layer string) bool {
	if d.end-d.at >= n {
		return true
	}
	if d.cut(d.at + n) {
		d.rest("Cut off", wire.Notef("the beginning of %s; the capture kept %d of the frame's %d bytes", layer, len(d.b), d.wire))
		return false
	}
	d.fault(d.at, layer, "wants %d bytes here, %d are left", n, d.end-d.at)
	d.rest("Cut off", wire.Notef("the beginning of %s, which has %d bytes at least", layer, n))
	return false
}

// cut reports whether the bytes up to an offset were in the frame, and the
// capture has not kept them.
func (d *dissector) cut(to int) bool { return d.end == len(d.b) && to > len(d.b) && to <= d.wire }

// hasIP is has for the header of an IP version. Where the version is another
// one, that is the fault, however many bytes are left.
func (d *dissector) hasIP(version byte, n int) bool {
	layer := fmt.Sprintf("IPv%d", version)
	if d.at < d.end && d.b[d.at]>>4 != version {
		d.fault(d.at, layer, "version %d, want %d", d.b[d.at]>>4, version)
	}
	return d.has(n, layer)
}

// A layer is one header being named.
type layer struct {
	d      *dissector
	name   string
	rfc    string
	start  int // bytes
	bit    int
	fields []wire.Field
}

func (d *dissector) layer(name, rfc string) *layer {
	return &layer{d: d, name: name, rfc: rfc, start: d.at, bit: d.at * 8}
}

// bits reads the next n bits, at most 64, without moving.
func (l *layer) bits(n int) uint64 {
	var v uint64
	for i := l.bit; i < l.bit+n; i++ {
		v = v<<1 | uint64(l.d.b[i/8]>>(7-i%8)&1)
	}
	return v
}

// text names the next n bits.
func (l *layer) text(name string, n int, value string, note wire.Note) *wire.Field {
	l.fields = append(l.fields, wire.Field{Name: name, Bit: l.bit, Bits: n, Value: value, Note: note, RFC: l.rfc})
	l.bit += n
	return &l.fields[len(l.fields)-1]
}

// number names the next n bits, which are a number, and returns it.
func (l *layer) number(name string, n int, note wire.Note) int {
	v := l.bits(n)
	l.text(name, n, strconv.FormatUint(v, 10), note)
	return int(v)
}

// hex names the next n bits, shown in hexadecimal.
func (l *layer) hex(name string, n int, note wire.Note) int {
	v := l.bits(n)
	l.text(name, n, fmt.Sprintf("0x%0*x", (n+3)/4, v), note)
	return int(v)
}

// flag names one bit.
func (l *layer) flag(name string, note wire.Note) bool { return l.number(name, 1, note) == 1 }

// bytes returns the next n bytes without moving.
func (l *layer) bytes(n int) []byte { return l.d.b[l.bit/8 : l.bit/8+n] }

// done closes the header with everything named in it as its parts.
func (l *layer) done(value string) {
	d := l.d
	d.at = l.bit / 8
	d.fields = append(d.fields, wire.Field{
		Name: l.name, Bit: l.start * 8, Bits: (d.at - l.start) * 8, Value: value, RFC: l.rfc, Fields: l.fields,
	})
}

func none() wire.Note { return wire.Note{} }

// checksum names a checksum and says whether it is right. sum is the folded
// sum over all that it covers; left says that the field is as a system leaves
// it for the network card to fill in.
func (l *layer) checksum(covers string, sum uint16, left bool) {
	v := l.bits(16)
	right := onesAdd(^sum, uint16(v))
	if right == 0 && l.name == "UDP" {
		right = 0xffff
	}
	var note wire.Note
	switch {
	case left && l.d.part:
		note = wire.Notef("left for the network card to fill in (checksum offload)")
	case left && sum != 0xffff:
		note = wire.Notef("left for the network card to fill in (checksum offload); on the wire it is 0x%04x", right)
	case l.d.part:
		note = wire.Notef("cannot be checked: not all of %s is here", covers)
	case sum != 0xffff:
		note = wire.Notef("wrong: the 16-bit words of %s add up to %04x, want ffff; 0x%04x would be right", covers, sum, right)
		l.d.fault(l.bit/8, l.name, "checksum 0x%04x is wrong, 0x%04x is right", v, right)
	default:
		note = wire.Notef("right: the 16-bit words of %s add up to ffff in one's complement", covers)
	}
	l.text("Checksum", 16, fmt.Sprintf("0x%04x", v), note)
}

// onesAdd adds in one's complement. The right checksum c' follows from the
// wrong one c and the sum s that came out: c' = c + ^s.
func onesAdd(a, b uint16) uint16 {
	sum := uint32(a) + uint32(b)
	return uint16(sum) + uint16(sum>>16)
}

// link names the link header and goes on with what is inside.
func (d *dissector) link(link LinkType) {
	switch link {
	case LinkEthernet:
		d.ethernet()
	case LinkRaw, LinkRaw12, LinkRaw14:
		if d.has(1, "IP") {
			d.ip()
		}
	case LinkIPv4:
		d.ipv4()
	case LinkIPv6:
		d.ipv6()
	case LinkSLL:
		d.cooked()
	default:
		d.opaque(link)
	}
}

// etherType goes on with what an EtherType announces.
func (d *dissector) etherType(t uint16) {
	switch t {
	case TypeVLAN, TypeQinQ, TypeQinQ9:
		d.vlan(t)
	case TypeARP:
		d.arp()
	case TypeIPv4:
		d.ipv4()
	case TypeIPv6:
		d.ipv6()
	default:
		d.tags(t)
	}
}

// ip goes on with the version that the first nibble tells.
func (d *dissector) ip() {
	switch v := d.b[d.at] >> 4; v {
	case 4:
		d.ipv4()
	case 6:
		d.ipv6()
	default:
		d.fault(d.at, "IP", "version %d, want 4 or 6", v)
	}
}

// protocol goes on with what IP carries.
func (d *dissector) protocol(proto uint8) {
	switch proto {
	case ProtoICMP:
		d.icmp()
	case ProtoICMPv6:
		d.icmp6()
	case ProtoTCP:
		d.tcp()
	case ProtoUDP:
		d.udp()
	}
}
