package packet

import (
	"encoding/binary"
	"fmt"
	"net"

	"onwire/wire"
)

// Ethernet is the header of an Ethernet frame (IEEE 802.3, RFC 894). On the
// wire a preamble comes before it and a check sequence after the payload;
// network cards keep both to themselves.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                      Destination address                      |
//	+                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                               |                               |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
//	|                        Source address                         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|           EtherType           |            payload
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type Ethernet struct {
	Dst, Src [6]byte
	VLANs    []VLAN // tags, the outermost first
	Type     uint16
}

// VLAN is an 802.1Q tag. Two of them are QinQ; the outer one then has the
// type 0x88a8 (IEEE 802.1ad).
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|      Tag type (0x8100)        | PCP |D|       VLAN ID         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type VLAN struct {
	Type     uint16 // TypeVLAN or TypeQinQ; 0 means TypeVLAN
	Priority uint8  // PCP, 0 to 7
	ID       uint16 // 0 to 4095; 0 is a tag for the priority alone
}

// Append appends the frame with its payload to dst, without filling it up.
func (h Ethernet) Append(dst, payload []byte) []byte {
	dst = append(append(dst, h.Dst[:]...), h.Src[:]...)
	for _, v := range h.VLANs {
		if v.Type == 0 {
			v.Type = TypeVLAN
		}
		dst = binary.BigEndian.AppendUint16(dst, v.Type)
		dst = binary.BigEndian.AppendUint16(dst, uint16(v.Priority)<<13|v.ID&0xfff)
	}
	return append(binary.BigEndian.AppendUint16(dst, h.Type), payload...)
}

func mac(b []byte) string { return net.HardwareAddr(b).String() }

func (d *dissector) ethernet() {
	if !d.has(14, "Ethernet") {
		return
	}
	l := d.layer("Ethernet", "RFC 894")
	note := wire.Notef("the network card that takes the frame")
	if l.bytes(1)[0]&1 != 0 {
		note = wire.Notef("the lowest bit of the first byte is 1: for a group of cards")
	}
	l.text("Destination address", 48, mac(l.bytes(6)), note)
	l.text("Source address", 48, mac(l.bytes(6)), none())
	d.typeOrLength(l)
}

func (d *dissector) vlan(t uint16) {
	if !d.has(4, "802.1Q") {
		return
	}
	l := d.layer(TypeName(t), "IEEE 802.1Q")
	l.number("Priority", 3, none())
	l.flag("Drop eligible", none())
	l.number("VLAN identifier", 12, wire.Notef("which of the networks on this cable; 0 is a tag for the priority alone"))
	d.typeOrLength(l)
}

// typeOrLength ends a header: 1536 and more is an EtherType, less a length.
func (d *dissector) typeOrLength(l *layer) {
	t := uint16(l.bits(16))
	if t < 0x600 {
		l.text("Length", 16, fmt.Sprint(t), wire.Notef("less than 1536, so a length: IEEE 802.3 with LLC"))
		l.done("")
		if d.end-d.at >= 8 && be32(d.b, d.at)>>8 == 0xaaaa03 {
			d.snap()
		}
		return
	}
	l.text("EtherType", 16, fmt.Sprintf("0x%04x", t), wire.Notef("the payload is %s", TypeName(t)))
	l.done(TypeName(t))
	d.etherType(t)
}

func (d *dissector) snap() {
	l := d.layer("LLC and SNAP", "RFC 1042")
	l.hex("LLC", 24, none())
	l.hex("Organization", 24, none())
	t := l.hex("EtherType", 16, none())
	l.done(TypeName(uint16(t)))
	d.etherType(uint16(t))
}

// cooked names the header that Linux puts where there is no common link
// header, as on the interface "any" (LINKTYPE_LINUX_SLL).
func (d *dissector) cooked() {
	if !d.has(16, "Linux cooked") {
		return
	}
	l := d.layer("Linux cooked", "")
	kinds := []string{"to us", "broadcast", "multicast", "to another host", "from us"}
	kind := int(l.bits(16))
	value := fmt.Sprint(kind)
	if kind < len(kinds) {
		value = kinds[kind]
	}
	l.text("Packet type", 16, value, none())
	l.number("Device type", 16, none())
	l.number("Address length", 16, none())
	l.text("Source address", 64, fmt.Sprintf("%x", l.bytes(8)), none())
	d.typeOrLength(l)
}
