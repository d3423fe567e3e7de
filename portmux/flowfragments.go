package portmux

import (
	"slices"

	"onwire/wire/packet"
)

// What Flows remembers of datagrams of which it has seen only a part. A capture
// may be full of them, so both are bounded: the oldest are forgotten.
const (
	maxCounted = 4096    // datagrams
	maxPieces  = 1 << 18 // fragments of all of them
)

// fragmentCounts follows the fragments of a capture without keeping their
// bytes: only how much of a datagram has come, and the ports of its first part.
type fragmentCounts struct {
	open   map[fragmentKey]*partial
	order  []fragmentKey // those of open, the oldest first
	pieces int
}

type partial struct {
	have     map[int]int // bytes by offset
	got, end int         // bytes that have come; the length, once the last part has
	ports    bool
	src, dst uint16
	header   int // bytes of the transport header
}

// fragment counts the fragment that was parsed, and the datagram once it is
// whole. One that never is does not count.
func (f *Flows) fragment(b []byte) {
	p := &f.parsed
	k := fragmentKey{id: p.ID, v4: p.Version == 4}
	if k.v4 {
		k.src, k.dst, k.proto = addr4(b[p.IP+12:]), addr4(b[p.IP+16:]), p.Proto
	} else {
		k.src, k.dst = addr16(b[p.IP+8:]), addr16(b[p.IP+24:])
	}
	a := f.frags.find(k)
	n := p.End - p.Transport
	if n < 0 || p.Offset+n > 65535 || len(a.have) > 8192 {
		return
	}
	if _, twice := a.have[p.Offset]; !twice {
		a.have[p.Offset] = n
		a.got += n
		f.frags.pieces++
	}
	if !p.More {
		a.end = p.Offset + n
	}
	if p.Offset == 0 && p.Length >= 0 {
		a.ports, a.src, a.dst, a.header = true, p.SrcPort, p.DstPort, p.Payload-p.Transport
	}
	if a.end == 0 || a.got < a.end {
		for f.frags.pieces > maxPieces {
			f.frags.forget(f.frags.order[0])
		}
		return
	}
	f.frags.forget(k)
	if a.ports && a.end >= a.header { // else the pieces contradict each other
		p.SrcPort, p.DstPort = a.src, a.dst
		f.Statuses[packet.OK]++
		f.count(b, a.end-a.header)
	}
}

func (f *fragmentCounts) find(k fragmentKey) *partial {
	if a := f.open[k]; a != nil {
		return a
	}
	if f.open == nil {
		f.open = map[fragmentKey]*partial{}
	}
	if len(f.order) >= maxCounted {
		f.forget(f.order[0])
	}
	a := &partial{have: map[int]int{}}
	f.open[k] = a
	f.order = append(f.order, k)
	return a
}

func (f *fragmentCounts) forget(k fragmentKey) {
	f.pieces -= len(f.open[k].have)
	delete(f.open, k)
	i := slices.Index(f.order, k)
	if i == 0 { // most often, and moving all others takes its time
		f.order = f.order[1:]
		return
	}
	f.order = slices.Delete(f.order, i, i+1)
}
