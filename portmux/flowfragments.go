package portmux

import (
	"slices"

	"onwire/wire/packet"
)

// What Flows remembers of datagrams of which it has seen only a part. A capture
// may be full of them, so both are bounded: the oldest are forgotten.
const (
	maxCounted = 4096    // datagrams
	maxPieces  = 1 << 18 // runs of bytes of all of them
)

// fragmentCounts follows the fragments of a capture without keeping their
// bytes: only how much of a datagram has come, and its transport header, which
// may be in several fragments.
type fragmentCounts struct {
	open   map[fragmentKey]*partial
	order  []fragmentKey // those of open, the oldest first
	pieces int
}

type partial struct {
	pieces
	head  [20]byte // the first bytes after the IP header
	known uint32   // a bit for each of them that the capture has
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
	n := p.End - p.Transport
	if p.More && k.v4 {
		n &^= 7 // what is more than a multiple of 8 cannot be placed
	}
	if n < 0 || p.More && n%8 != 0 {
		return
	}
	a := f.frags.find(k)
	runs := len(a.runs)
	r := a.place(p.Offset, p.Offset+n, p.More)
	f.frags.pieces += len(a.runs) - runs
	switch r {
	case Overlap, BadFragment:
		f.frags.forget(k)
		return
	case 0:
		a.copy(b[min(p.Transport, len(b)):min(p.Transport+n, len(b))], p.Offset)
	}
	if !a.whole() {
		for f.frags.pieces > maxPieces {
			f.frags.forget(f.frags.order[0])
		}
		return
	}
	f.frags.forget(k)
	if size := a.payload(p.Proto); size >= 0 {
		p.SrcPort, p.DstPort = be16(a.head[:], 0), be16(a.head[:], 2)
		f.Statuses[packet.OK]++
		f.count(b, size)
	}
}

// copy keeps what of a fragment belongs to the transport header.
func (a *partial) copy(data []byte, offset int) {
	if offset < len(a.head) {
		n := copy(a.head[offset:], data)
		a.known |= (1<<n - 1) << offset
	}
}

// payload returns the bytes after the transport header of a whole datagram, or
// -1 where the header contradicts itself, or the capture does not have it.
func (a *partial) payload(proto uint8) int {
	has := func(n int) bool { return a.end >= n && a.known&(1<<n-1) == 1<<n-1 }
	switch {
	case proto == packet.ProtoTCP && has(13):
		if header := int(a.head[12]>>4) * 4; header >= 20 {
			return max(-1, a.end-header)
		}
	case proto == packet.ProtoUDP && has(6):
		if length := int(be16(a.head[:], 4)); length >= 8 && length <= a.end {
			return length - 8
		}
	}
	return -1
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
	a := &partial{}
	f.open[k] = a
	f.order = append(f.order, k)
	return a
}

func (f *fragmentCounts) forget(k fragmentKey) {
	f.pieces -= len(f.open[k].runs)
	delete(f.open, k)
	i := slices.Index(f.order, k)
	if i == 0 { // most often, and moving all others takes its time
		f.order = f.order[1:]
		return
	}
	f.order = slices.Delete(f.order, i, i+1)
}
