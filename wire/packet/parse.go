package packet

import (
	"math"
	"net/netip"
)

// A Status is what Parse made of a packet.
type Status uint8

const (
	OK       Status = iota // TCP or UDP, with ports
	Fragment               // a part of a datagram: the ports are in the first part, if at all
	Other                  // nothing wrong, but no TCP and no UDP
	Short                  // the capture ends inside a header
	Bad                    // a header contradicts itself
)

func (s Status) String() string {
	return [...]string{"ok", "fragment", "other", "short", "bad"}[s]
}

// A Packet is what Parse found: where the outermost IP packet of a frame
// stands, and the ports of TCP and UDP. All offsets are in bytes from the
// start of the frame. The zero Packet is ready for use, and one Packet may be
// used for any number of frames.
type Packet struct {
	IP        int    // where the IP header starts
	Transport int    // where the transport header starts, after the extension headers
	Payload   int    // where the payload of TCP or UDP starts
	Length    int    // bytes of payload, as the headers tell; -1 for a Fragment without ports
	End       int    // where the IP packet ends, as its header tells
	Type      uint16 // the EtherType of what is in the frame
	Unread    string // names what is in the frame where Parse does not look into that, else ""
	Version   uint8  // 4, 6, or 0 where no IP was found
	Proto     uint8  // the protocol of the transport header
	SrcPort   uint16
	DstPort   uint16

	// Of a Fragment, and of an IPv6 packet with a fragment header:
	ID       uint32 // identification
	Offset   int    // of this fragment's bytes in the datagram
	More     bool   // more fragments follow
	fragment bool   // there is a fragment header

	wire  int // where the frame ends, as far as that is known
	bound int // and where it ends for sure
	next  int // where the next packet of an A-MSDU starts; 0 where there is none

	at          int // where the fault is
	layer, what string
	want        int // bytes wanted, where that is the fault
}

// Parse finds the headers of a frame of the given link type. It allocates
// nothing. Length fields are believed where b is too short to check them: it
// may be only the beginning of the frame.
func (p *Packet) Parse(link LinkType, b []byte) Status { return p.ParseRecord(link, b, 0) }

// ParseRecord is Parse for a record of a capture, which says how many bytes
// the frame had on the wire; 0 is not known. Then nothing is counted beyond
// that, whatever a header claims. A total length of 0, as packets have that a
// network card will cut up, means all of the frame.
func (p *Packet) ParseRecord(link LinkType, b []byte, length int) Status {
	p.Version, p.fragment, p.Unread, p.next = 0, false, "", 0
	p.wire, p.bound = len(b), math.MaxInt
	if length > 0 {
		p.wire = max(length, len(b))
		p.bound = p.wire
	}
	if link == LinkEthernet && len(b) >= 14 { // most frames: IP comes next
		t := be16(b, 12)
		p.Type, p.IP = t, 14
		switch t {
		case TypeIPv4:
			return p.ipv4(b)
		case TypeIPv6:
			return p.ipv6(b)
		}
	}
	t, at, status := p.link(link, b, 0)
	return p.network(b, t, at, status)
}

// network goes on with what the link header has announced.
func (p *Packet) network(b []byte, t uint16, at int, status Status) Status {
	if status != OK {
		return status
	}
	p.Type, p.IP = t, at
	switch t {
	case TypeIPv4:
		return p.ipv4(b)
	case TypeIPv6:
		return p.ipv6(b)
	}
	return Other
}

// ParseIP is Parse for a packet that starts with its IP header.
func (p *Packet) ParseIP(b []byte) Status { return p.Parse(LinkRaw, b) }

// Src returns the source address of the packet that was parsed; b is the frame.
func (p *Packet) Src(b []byte) netip.Addr {
	if p.Version == 4 {
		return addr4(b[p.IP+12:])
	}
	return addr16(b[p.IP+8:])
}

// Dst returns the destination address of the packet that was parsed.
func (p *Packet) Dst(b []byte) netip.Addr {
	if p.Version == 4 {
		return addr4(b[p.IP+16:])
	}
	return addr16(b[p.IP+24:])
}

// Err returns the fault that made Parse say Short or Bad.
func (p *Packet) Err(b []byte) error {
	if p.want > 0 {
		return errorf(p.at, p.layer, "wants %d bytes here, %d are left", p.want, max(0, len(b)-p.at))
	}
	return errorf(p.at, p.layer, "%s", p.what)
}

func (p *Packet) fault(s Status, at int, layer, what string) Status {
	p.at, p.layer, p.what, p.want = at, layer, what, 0
	return s
}

func (p *Packet) missing(at int, layer string, want int) Status {
	p.at, p.layer, p.want = at, layer, want
	return Short
}

func (p *Packet) short(at int, layer string, want int) (uint16, int, Status) {
	return 0, 0, p.missing(at, layer, want)
}

func (p *Packet) ipv4(b []byte) Status {
	at := p.IP
	if len(b) > at && b[at]>>4 != 4 {
		return p.fault(Bad, at, "IPv4", "the version is not 4")
	}
	if len(b) < at+20 {
		return p.missing(at, "IPv4", 20)
	}
	h := b[at : at+20]
	header, total := int(h[0]&15)*4, int(be16(h, 2))
	if total == 0 { // a network card will cut this segment up; it is as long as it is
		total = p.wire - at
	}
	if header < 20 || total < header {
		return p.fault(Bad, at, "IPv4", "the header length or the total length is less than the header")
	}
	p.Version, p.Proto = 4, h[9]
	p.Transport, p.End = at+header, at+total
	if fragment := be16(h, 6); fragment&0x3fff != 0 {
		p.ID, p.Offset, p.More = uint32(be16(h, 4)), int(fragment&0x1fff)*8, fragment&0x2000 != 0
		p.fragment, p.Length = true, -1
		if p.Offset > 0 {
			return Fragment
		}
	}
	return p.transport(b)
}

const maxExtensions = 32 // extension headers that Parse walks over

func (p *Packet) ipv6(b []byte) Status {
	at := p.IP
	if len(b) > at && b[at]>>4 != 6 {
		return p.fault(Bad, at, "IPv6", "the version is not 6")
	}
	if len(b) < at+40 {
		return p.missing(at, "IPv6", 40)
	}
	h := b[at : at+40]
	length := int(be16(h, 4))
	p.Version, p.Proto = 6, h[6]
	if p.End = at + 40 + length; length == 0 { // a jumbogram (RFC 2675), or a segment to be cut up
		p.End = p.wire
	}
	p.Transport = at + 40
	if p.Proto == ProtoTCP || p.Proto == ProtoUDP {
		return p.transport(b)
	}
	return p.extensions(b)
}

// extensions walks over the extension headers of IPv6 (RFC 8200 4).
func (p *Packet) extensions(b []byte) Status {
	for range maxExtensions {
		o := p.Transport
		switch p.Proto {
		default:
			return p.transport(b)
		case ProtoHopByHop, ProtoRouting, ProtoDestOpts, ProtoMobility, ProtoAH, ProtoFragment:
		}
		if len(b) < o+8 {
			return p.missing(o, ProtoName(p.Proto), 8)
		}
		n := int(b[o+1])*8 + 8
		switch p.Proto {
		case ProtoAH:
			n = int(b[o+1])*4 + 8
		case ProtoFragment:
			n = 8
			offset := be16(b, o+2)
			if offset&0xfff9 != 0 { // else an "atomic" fragment, which is whole (RFC 6946)
				p.ID, p.Offset, p.More = be32(b, o+4), int(offset&0xfff8), offset&1 != 0
				p.fragment, p.Length = true, -1
			}
		}
		if o+n > p.End {
			return p.fault(Bad, o, ProtoName(p.Proto), "the header is longer than the packet")
		}
		p.Proto, p.Transport = b[o], o+n
		if p.fragment && p.Offset > 0 {
			return Fragment
		}
	}
	return p.fault(Bad, p.Transport, "IPv6", "more extension headers than this program walks over")
}

// transport reads the ports and the length of the payload.
func (p *Packet) transport(b []byte) Status {
	o := p.Transport
	switch p.Proto {
	case ProtoTCP:
		if len(b) < o+16 { // 13 would do; this is where tshark too begins to tell a length
			return p.transportShort(o, "TCP", 20)
		}
		header := int(b[o+12]>>4) * 4
		// What IP claims beyond the end of the frame was never sent.
		p.Payload, p.Length = o+header, min(p.End, p.bound)-o-header
		if header < 20 || p.Length < 0 {
			if p.fragment {
				p.Length = -1
				return Fragment
			}
			return p.fault(Bad, o+12, "TCP", "the data offset is less than 5 words, or more than the segment has")
		}
	case ProtoUDP:
		if len(b) < o+6 { // ports and length: a capture may end before the checksum
			return p.transportShort(o, "UDP", 8)
		}
		length := int(be16(b, o+4))
		if length == 0 { // a jumbogram, RFC 2675 4
			length = p.End - o
		}
		p.Payload, p.Length = o+8, length-8
		if p.Length < 0 || o+length > p.End && !p.fragment {
			return p.fault(Bad, o+4, "UDP", "the length is less than 8, or more than the packet has")
		}
	default:
		if p.fragment {
			return Fragment
		}
		return Other
	}
	p.SrcPort, p.DstPort = be16(b, o), be16(b, o+2)
	if p.fragment {
		return Fragment
	}
	return OK
}

func (p *Packet) transportShort(o int, layer string, want int) Status {
	if p.fragment {
		return Fragment
	}
	return p.missing(o, layer, want)
}
