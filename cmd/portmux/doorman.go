package main

import (
	"net/netip"
	"time"

	"onwire/lab"
	"onwire/portmux"
	"onwire/wire/packet"
)

// A moment is something that happened at our host's interface: a frame came or
// went, or was lost on its way there.
type moment struct {
	lab.Event
	again   bool             // this frame has arrived before: the wire sent it twice
	verdict *portmux.Verdict // of an IP packet that came: what the Mux does with it
	steps   []portmux.Step   // how it found that out
	waiting int              // datagrams in the app's queue then, this one with them
}

// A doorman gives every frame that arrives at our host to a Mux. The host's
// own stack gets the same frames: what its apps read shows who was right.
type doorman struct {
	mux       *portmux.Mux
	taken     func(app string) int    // how many datagrams an app has read
	moments   []moment                //
	delivered map[string]int          // datagrams, or segments with data, by app
	opening   map[netip.AddrPort]bool // whose SYN was taken
	seen      map[int]bool            // frames that have arrived
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
		delivered: map[string]int{}, opening: map[netip.AddrPort]bool{}, seen: map[int]bool{},
	}, nil
}

// observe takes the wire's events, in their order.
func (d *doorman) observe(e lab.Event) {
	switch {
	case e.Stage == lab.Arrived && e.At == hostName:
		d.arrive(e)
	case e.Stage == lab.Sent && e.At == hostName, e.Stage == lab.Lost && e.At != hostName:
		d.moments = append(d.moments, moment{Event: e})
	}
}

func (d *doorman) arrive(e lab.Event) {
	m := moment{Event: e, again: d.seen[e.Frame.Number]}
	d.seen[e.Frame.Number] = true
	var p packet.Packet
	status := p.Parse(packet.LinkEthernet, e.Bytes)
	if p.Version != 0 {
		d.accept(&p, status, e.Bytes)
		v, steps := d.mux.Explain(e.Bytes[p.IP:])
		m.verdict, m.steps = &v, steps
		switch app := v.App(); {
		case v.Kind == portmux.SynAck:
			d.opening[netip.AddrPortFrom(p.Src(e.Bytes), p.SrcPort)] = true
		case v.Kind == portmux.Deliver && len(v.Payload) > 0:
			d.delivered[app]++
			if p.Proto == packet.ProtoUDP {
				m.waiting = d.delivered[app] - d.taken(app)
			}
		}
	}
	d.moments = append(d.moments, m)
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
