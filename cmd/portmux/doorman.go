package main

import (
	"net/netip"
	"time"

	"onwire/lab"
	"onwire/portmux"
	"onwire/wire/packet"
)

// An arrival is a frame that came to our host with an IP packet in it.
type arrival struct {
	verdict portmux.Verdict // what the Mux does with it
	steps   []portmux.Step  // how it found that out
	waiting int             // datagrams in the app's queue then, this one with them
}

// A doorman gives every frame that arrives at our host to a Mux. The host's
// own stack gets the same frames: what its apps read shows who was right.
type doorman struct {
	mux       *portmux.Mux
	taken     func(app string) int    // how many datagrams an app has read
	arrivals  map[int][]arrival       // by the number of the frame: it may come twice
	delivered map[string]int          // datagrams, or segments with data, by app
	opening   map[netip.AddrPort]bool // whose SYN was taken
}

func newDoorman(s *scenery, seed uint64) (*doorman, error) {
	m, err := demoHost(false)
	if err != nil {
		return nil, err
	}
	begin := time.Unix(0, 0)
	m.SetClock(func() time.Time { return begin.Add(s.net.Elapsed()) }, seed)
	return &doorman{
		mux: m, taken: s.taken,
		arrivals: map[int][]arrival{}, delivered: map[string]int{}, opening: map[netip.AddrPort]bool{},
	}, nil
}

// observe takes the wire's events, in their order.
func (d *doorman) observe(e lab.Event) {
	if e.Stage != lab.Arrived || e.At != hostName {
		return
	}
	var p packet.Packet
	status := p.Parse(packet.LinkEthernet, e.Bytes)
	if p.Version == 0 {
		return // ARP has no ports: it is for the host itself
	}
	d.accept(&p, status, e.Bytes)
	v, steps := d.mux.Explain(e.Bytes[p.IP:])
	a := arrival{verdict: v, steps: steps}
	switch app := v.App(); {
	case v.Kind == portmux.SynAck:
		d.opening[netip.AddrPortFrom(p.Src(e.Bytes), p.SrcPort)] = true
	case v.Kind == portmux.Deliver && len(v.Payload) > 0:
		d.delivered[app]++
		if p.Proto == packet.ProtoUDP {
			a.waiting = d.delivered[app] - d.taken(app)
		}
	}
	d.arrivals[e.Frame.Number] = append(d.arrivals[e.Frame.Number], a)
}

// accept opens the connection that a segment belongs to, when it is the first
// after a SYN that was taken: from then on it has a socket of its own.
func (d *doorman) accept(p *packet.Packet, status packet.Status, frame []byte) {
	if status != packet.OK || p.Proto != packet.ProtoTCP {
		return
	}
	from := netip.AddrPortFrom(p.Src(frame), p.SrcPort)
	flags := packet.Flags(frame[p.Transport+13])
	if !d.opening[from] || flags&(packet.SYN|packet.RST|packet.ACK) != packet.ACK {
		return
	}
	local := netip.AddrPortFrom(p.Dst(frame), p.DstPort)
	if _, err := d.mux.Connect("web", portmux.TCP, local.String(), from.String()); err == nil {
		delete(d.opening, from)
	}
}
