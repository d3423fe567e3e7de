package portmux

import (
	"cmp"
	"container/heap"
	"net/netip"
	"slices"
)

// A Conversation is both directions of a flow. A is who sent the first packet.
type Conversation struct {
	Proto      Proto
	A, B       netip.AddrPort
	Sent, Back Counts // from A to B, from B to A
}

// Counts are packets and the bytes of payload in them.
type Counts struct {
	Packets, Bytes uint64
}

func (c *Counts) add(o Counts) { c.Packets += o.Packets; c.Bytes += o.Bytes }

// Total returns both directions together.
func (c Conversation) Total() Counts {
	return Counts{c.Sent.Packets + c.Back.Packets, c.Sent.Bytes + c.Back.Bytes}
}

// ServicePort returns which port of a conversation is the service: the one
// that the first packet went to, unless only the other is a System Port, which
// no client is given (RFC 6335 6). It is a guess: a capture may have begun in
// the middle.
func ServicePort(from, to uint16) uint16 {
	if from < 1024 && to >= 1024 {
		return from
	}
	return to
}

// each calls do for every conversation: its first flow, and the flow back or
// nil.
func (f *Flows) each(do func(n int, e, back *flowEntry)) {
	f.flush()
	for n := range f.used {
		e := f.entry(uint32(n))
		reverse := e.key.reverse()
		m, found := n, false
		if reverse != e.key {
			m, found = f.lookup(&reverse)
		}
		switch {
		case !found:
			do(n, e, nil)
		case m > n: // the other direction began later: it belongs to this one
			do(n, e, f.entry(uint32(m)))
		}
	}
}

// Conversations returns the top conversations by bytes, or all for 0, and how
// many there are.
func (f *Flows) Conversations(top int) ([]Conversation, int) {
	total := 0
	var best largest
	f.each(func(n int, e, back *flowEntry) {
		total++
		r := ranked{n: n, bytes: e.bytes}
		if back != nil {
			r.bytes += back.bytes
		}
		if top > 0 && len(best) == top {
			if !best[0].less(r) {
				return
			}
			best[0] = r
			heap.Fix(&best, 0)
			return
		}
		if best = append(best, r); top > 0 {
			heap.Fix(&best, len(best)-1)
		}
	})
	slices.SortFunc(best, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.n, b.n))
	})
	all := make([]Conversation, len(best))
	for i, r := range best {
		e := f.entry(uint32(r.n))
		flow := e.flow()
		all[i] = Conversation{Proto: flow.Proto, A: flow.Src, B: flow.Dst, Sent: Counts{e.packets, e.bytes}}
		reverse := e.key.reverse()
		if m, ok := f.lookup(&reverse); ok && m != r.n {
			back := f.entry(uint32(m))
			all[i].Back = Counts{back.packets, back.bytes}
		}
	}
	return all, total
}

// A ranked is the number of a flow with the bytes of its conversation.
type ranked struct {
	n     int
	bytes uint64
}

func (r ranked) less(o ranked) bool {
	return r.bytes < o.bytes || r.bytes == o.bytes && r.n > o.n
}

// largest is a heap with the smallest of the largest on top.
type largest []ranked

func (l largest) Len() int           { return len(l) }
func (l largest) Less(i, j int) bool { return l[i].less(l[j]) }
func (l largest) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *largest) Push(x any)        { *l = append(*l, x.(ranked)) }
func (l *largest) Pop() any          { panic("nothing is popped") }

// A PortCount is what was counted for one service port.
type PortCount struct {
	Proto         Proto
	Port          uint16
	Conversations uint64
	In, Out       Counts // to the port, from the port
}

// Total returns both directions together.
func (p PortCount) Total() Counts {
	return Counts{p.In.Packets + p.Out.Packets, p.In.Bytes + p.Out.Bytes}
}

// Ports returns the counts by service port, those with most bytes first.
func (f *Flows) Ports() []PortCount {
	counts := map[uint32]*PortCount{}
	f.each(func(_ int, e, back *flowEntry) {
		port := ServicePort(e.key.remotePort(), e.key.localPort())
		at := uint32(port) | uint32(e.key.proto())<<16
		c := counts[at]
		if c == nil {
			c = &PortCount{Proto: e.key.proto(), Port: port}
			counts[at] = c
		}
		c.Conversations++
		to, from := &c.In, &c.Out
		if e.key.localPort() != port {
			to, from = from, to
		}
		to.add(Counts{e.packets, e.bytes})
		if back != nil {
			from.add(Counts{back.packets, back.bytes})
		}
	})
	all := make([]PortCount, 0, len(counts))
	for _, c := range counts {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b PortCount) int {
		return cmp.Or(cmp.Compare(b.Total().Bytes, a.Total().Bytes), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Proto, b.Proto))
	})
	return all
}
