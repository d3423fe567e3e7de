package tap

import (
	"io"
	"net/netip"
	"time"

	"onwire/wire/packet"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A Capture writes Events as a pcapng file that Wireshark opens. The bytes
// and their times are true. The segments around them are made up, since who
// stands between two connections sees no segments: the file says so.
type Capture struct {
	w     *pcapgo.NgWriter
	conns map[int]*flow
}

// A flow is one connection as the file tells it.
type flow struct {
	addr [2]netip.AddrPort
	next [2]uint32 // the number of the next byte
	over [2]bool
	rst  [2]bool // it broke off; said when both have ended
}

// NewCapture writes the head of the file.
func NewCapture(w io.Writer, program string) (*Capture, error) {
	options := pcapgo.DefaultNgWriterOptions
	options.SectionInfo.Application = program
	options.SectionInfo.Comment = "The bytes and times were seen by a proxy; the TCP segments around them are made up."
	iface := pcapgo.DefaultNgInterface
	iface.Name, iface.LinkType = "tap", layers.LinkTypeEthernet
	ng, err := pcapgo.NewNgWriterInterface(w, iface, options)
	if err != nil {
		return nil, err
	}
	return &Capture{ng, map[int]*flow{}}, nil
}

// Flush writes out what is held back.
func (c *Capture) Flush() error { return c.w.Flush() }

// Write writes one Event as the segments that would have carried it.
func (c *Capture) Write(e Event) error {
	f := c.conns[e.Conn]
	if f == nil {
		f = &flow{addr: addresses(e), next: [2]uint32{1000, 2000}}
		c.conns[e.Conn] = f
	}
	switch e.Kind {
	case Open, Refused:
		if err := c.segment(f, Client, packet.SYN, nil, e.T); err != nil {
			return err
		}
		if e.Kind == Refused {
			delete(c.conns, e.Conn)
			return c.segment(f, Server, packet.RST|packet.ACK, nil, e.T)
		}
		if err := c.segment(f, Server, packet.SYN|packet.ACK, nil, e.T); err != nil {
			return err
		}
		return c.segment(f, Client, packet.ACK, nil, e.T)
	case Gap:
		f.next[e.From] += uint32(e.N)
	case End:
		return c.end(f, e)
	case Data:
		for b := e.Bytes; len(b) > 0; {
			n := min(len(b), chunk)
			if err := c.segment(f, e.From, packet.PSH|packet.ACK, b[:n], e.T); err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return nil
}

// end writes the FIN of a side that has ended. An RST ends both directions for
// a reader of the file, and the other one may still have bytes on their way: so
// it comes when both have ended.
func (c *Capture) end(f *flow, e Event) error {
	f.over[e.From], f.rst[e.From] = true, e.Err != nil
	if e.Err == nil {
		if err := c.segment(f, e.From, packet.FIN|packet.ACK, nil, e.T); err != nil {
			return err
		}
	}
	if !f.over[Client] || !f.over[Server] {
		return nil
	}
	delete(c.conns, e.Conn)
	for _, side := range []Side{Client, Server} {
		if f.rst[side] {
			return c.segment(f, side, packet.RST|packet.ACK, nil, e.T) // one is enough
		}
	}
	return nil
}

// addresses returns the two ends; what is no IP address, or of the other
// family, becomes one.
func addresses(e Event) [2]netip.AddrPort {
	made := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	client, server := e.Client, e.Server
	if !client.IsValid() {
		client = netip.AddrPortFrom(made, uint16(40000+e.Conn))
	}
	if !server.IsValid() {
		server = netip.AddrPortFrom(made, 1)
	}
	if client.Addr().Is4() != server.Addr().Is4() {
		return [2]netip.AddrPort{v6(client), v6(server)}
	}
	return [2]netip.AddrPort{client, server}
}

func v6(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
}

// segment writes one segment of a side.
func (c *Capture) segment(f *flow, from Side, flags packet.Flags, data []byte, t time.Time) error {
	src, dst := f.addr[from], f.addr[from.Other()]
	tcp := packet.TCP{SrcPort: src.Port(), DstPort: dst.Port(), Seq: f.next[from], Flags: flags, Window: 65535}
	if flags&packet.ACK != 0 {
		tcp.Ack = f.next[from.Other()]
	}
	body := tcp.Append(nil, src.Addr(), dst.Addr(), data)
	h := packet.Ethernet{Dst: [6]byte{2, 5: 2}, Src: [6]byte{2, 5: 1}, Type: packet.TypeIPv4}
	if from == Server {
		h.Dst, h.Src = h.Src, h.Dst
	}
	var ip []byte
	if src.Addr().Is4() {
		ip = packet.IPv4{Proto: packet.ProtoTCP, Src: src.Addr(), Dst: dst.Addr(), DontFragment: true}.Append(nil, body)
	} else {
		h.Type = packet.TypeIPv6
		ip = packet.IPv6{NextHeader: packet.ProtoTCP, Src: src.Addr(), Dst: dst.Addr()}.Append(nil, body)
	}
	if f.next[from] += uint32(len(data)); flags&(packet.SYN|packet.FIN) != 0 {
		f.next[from]++
	}
	b := h.Append(nil, ip)
	return c.w.WritePacket(gopacket.CaptureInfo{Timestamp: t, CaptureLength: len(b), Length: len(b)}, b)
}
