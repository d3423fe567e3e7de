package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"onwire/wire"
)

// ARP asks for the hardware address that belongs to an IPv4 address (RFC 826).
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|         Hardware type         |         Protocol type         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	| Hardware size | Protocol size |           Operation           |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|  Sender hardware, sender protocol, target hardware, target    |
//	|  protocol address: 6, 4, 6, 4 bytes for Ethernet and IPv4     |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type ARP struct {
	Operation            uint16 // 1 is a request, 2 a reply
	SenderMAC, TargetMAC [6]byte
	Sender, Target       netip.Addr // IPv4
}

// Append appends the message to dst.
func (h ARP) Append(dst []byte) []byte {
	dst = append(dst, 0, 1, 8, 0, 6, 4)
	dst = binary.BigEndian.AppendUint16(dst, h.Operation)
	sender, target := as4(h.Sender), as4(h.Target)
	dst = append(append(dst, h.SenderMAC[:]...), sender[:]...)
	return append(append(dst, h.TargetMAC[:]...), target[:]...)
}

// as4 is the IPv4 address a, or 0.0.0.0 where it is none.
func as4(a netip.Addr) [4]byte {
	if a.Is4() || a.Is4In6() {
		return a.As4()
	}
	return [4]byte{}
}

func (d *dissector) arp() {
	if !d.has(8, "ARP") {
		return
	}
	hardware, protocol := int(d.b[d.at+4]), int(d.b[d.at+5])
	if !d.has(8+2*hardware+2*protocol, "ARP") {
		return
	}
	l := d.layer("ARP", "RFC 826")
	l.number("Hardware type", 16, wire.Notef("1 is Ethernet"))
	l.hex("Protocol type", 16, wire.Notef("0x0800 is IPv4"))
	l.number("Hardware size", 8, wire.Notef("bytes of a hardware address"))
	l.number("Protocol size", 8, wire.Notef("bytes of a protocol address"))
	op := l.number("Operation", 16, wire.Notef("1 asks, 2 answers"))
	address := func(name string, n int) string {
		value := fmt.Sprintf("%x", l.bytes(n))
		switch n {
		case 4:
			value = addr4(l.bytes(4)).String()
		case 6:
			value = mac(l.bytes(6))
		}
		l.text(name, 8*n, value, none())
		return value
	}
	address("Sender hardware address", hardware)
	sender := address("Sender protocol address", protocol)
	address("Target hardware address", hardware)
	target := address("Target protocol address", protocol)
	switch op {
	case 1:
		l.done("who has " + target + "? tell " + sender)
	case 2:
		l.done(sender + " is here")
	default:
		l.done("")
	}
}
