package portmux

import (
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"onwire/wire/packet"
)

// What fragments may take of a host. A stranger can send first halves for
// ever, so all of it is bounded.
const (
	MaxFragmentDatagrams = 256              // datagrams that wait at the same time
	MaxFragmentBytes     = 4 << 20          // bytes held for all of them
	MaxFragmentAge       = 30 * time.Second // from the first fragment on (RFC 1122 3.3.2 wants 60 to 120 s, Linux has 30)
)

// A fragmentKey names a datagram: fragments with the same belong together
// (RFC 791 3.2, RFC 8200 4.5).
type fragmentKey struct {
	src, dst addr
	id       uint32
	proto    uint8 // IPv4 only
	v4       bool
}

// An assembly is a datagram of which some fragments have come.
type assembly struct {
	head  []byte // the headers of the first fragment
	next  int    // IPv6: where in head stands what comes after it
	data  []byte
	have  []span // the bytes that have come, in order
	end   int    // the highest byte that is known to exist
	last  bool   // the last fragment has come: end is the length
	since time.Time
}

type span struct{ from, to int }

// fragments holds the assemblies of a host.
type fragments struct {
	mu    sync.Mutex
	now   func() time.Time
	open  map[fragmentKey]*assembly
	order []fragmentKey // the oldest first
	bytes int
}

func (m *Mux) fragment4(q *query) *Verdict {
	p, header := q.pkt, q.at
	field := be16(p, 6)
	offset, more := int(field&0x1fff)*8, field&0x2000 != 0
	data := p[header:]
	if more {
		data = data[:len(data)&^7] // what is more than a multiple of 8 cannot be placed
	}
	k := fragmentKey{q.key.remote, q.key.local, uint32(be16(p, 4)), p[9], true}
	a, r := m.frags.add(k, offset, more, data, slices.Clone(p[:header]), 0, q.trace)
	if a == nil {
		return held(q, r)
	}
	if len(a.head)+a.end > 65535 {
		return q.verdict(Drop, BadFragment)
	}
	whole := append(a.head, a.data[:a.end]...)
	binary.BigEndian.PutUint16(whole[2:], uint16(len(whole)))
	binary.BigEndian.PutUint16(whole[6:], 0)
	whole[10], whole[11] = 0, 0
	binary.BigEndian.PutUint16(whole[10:], packet.Checksum(whole[:len(a.head)], 0))
	q.pkt, q.at = whole, len(a.head)
	q.seg = whole[q.at:]
	return m.transport(q)
}

// fragment6 takes a fragment of IPv6. next is where the number 44 stands. Where
// the datagram is not whole, or broken, it is done and has a verdict; else q
// becomes the whole packet.
func (m *Mux) fragment6(q *query, next *int) (*Verdict, bool) {
	field := be16(q.seg, 2)
	offset, more := int(field&0xfff8), field&1 != 0
	data := q.seg[8:]
	switch {
	case !holdsHeaders(q.pkt):
		return m.icmp(q, packet.ICMP6Parameter, 3, 0, Incomplete), true
	case offset+len(data) > 65535:
		return m.icmp(q, packet.ICMP6Parameter, 0, uint32(q.at+2), BadFragment), true
	case more && len(data)%8 != 0:
		return m.icmp(q, packet.ICMP6Parameter, 0, 4, BadFragment), true
	}
	k := fragmentKey{src: q.key.remote, dst: q.key.local, id: binary.BigEndian.Uint32(q.seg[4:])}
	head := slices.Clone(q.pkt[:q.at])
	head[*next] = q.seg[0] // the whole has no fragment header
	a, r := m.frags.add(k, offset, more, data, head, *next, q.trace)
	if a == nil {
		return held(q, r), true
	}
	if len(a.head)-40+a.end > 65535 {
		return q.verdict(Drop, BadFragment), true
	}
	whole := append(a.head, a.data[:a.end]...)
	binary.BigEndian.PutUint16(whole[4:], uint16(len(whole)-40))
	*next = a.next
	q.pkt, q.at, q.proto = whole, len(a.head), whole[a.next]
	return nil, false
}

func held(q *query, r Reason) *Verdict {
	if r == WaitsForRest {
		return q.verdict(Held, r)
	}
	return q.verdict(Drop, r)
}

// holdsHeaders reports whether a fragment holds all headers up to that of the
// transport, as RFC 8200 4.5 wants of the first one.
func holdsHeaders(pkt []byte) bool {
	proto, at, fragment, ok := upper6(pkt)
	if !ok || fragment&^7 != 0 {
		return true
	}
	switch proto {
	case packet.ProtoTCP:
		at += 20
	case packet.ProtoUDP, packet.ProtoICMPv6:
		at += 8
	default:
		at++
	}
	return at <= len(pkt)
}

// add puts a fragment to those of its datagram. It returns the assembly when
// that makes the datagram whole, and otherwise why there is none yet.
func (f *fragments) add(k fragmentKey, offset int, more bool, data, head []byte, next int, t *trace) (*assembly, Reason) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.expire(now)
	a := f.open[k]
	if a == nil {
		if len(f.open) >= MaxFragmentDatagrams || f.bytes+offset+len(data) > MaxFragmentBytes {
			return nil, TooManyFragments
		}
		if f.open == nil {
			f.open = map[fragmentKey]*assembly{}
		}
		a = &assembly{since: now}
		f.open[k] = a
		f.order = append(f.order, k)
	}
	if r := f.place(a, offset, more, data); r != 0 {
		if r == Overlap || r == BadFragment {
			f.forget(k)
		}
		return nil, r
	}
	if offset == 0 {
		a.head, a.next = head, next
	}
	if t != nil {
		missing := "the end is not known yet"
		if a.last {
			missing = "the end is known"
		}
		t.pass("fragment", "RFC 791 3.2", "bytes %d to %d of a datagram; in all %d pieces are here, and %s", offset, offset+len(data), len(a.have), missing)
	}
	if !a.last || len(a.have) != 1 || a.have[0] != (span{0, a.end}) {
		return nil, WaitsForRest
	}
	f.forget(k)
	return a, 0
}

// place copies a fragment to where it belongs, by the rules of Linux: one that
// is there already is dropped, one that overlaps ends the whole datagram.
func (f *fragments) place(a *assembly, offset int, more bool, data []byte) Reason {
	end := offset + len(data)
	switch {
	case end == offset, end > 65535:
		return BadFragment
	case !more && (end < a.end || a.last && end != a.end):
		return BadFragment
	case more && a.last && end > a.end:
		return BadFragment
	}
	i, _ := slices.BinarySearchFunc(a.have, offset, func(s span, at int) int { return s.to - at - 1 })
	// a.have[i] is the first span that ends after offset.
	if i < len(a.have) && a.have[i].from < end {
		if s := a.have[i]; s.from <= offset && end <= s.to {
			return BadFragmentTwice
		}
		return Overlap
	}
	grow := max(0, end-len(a.data))
	if f.bytes+grow > MaxFragmentBytes {
		return TooManyFragments
	}
	f.bytes += grow
	a.data = append(a.data, make([]byte, grow)...)
	copy(a.data[offset:], data)
	a.have = slices.Insert(a.have, i, span{offset, end})
	if i+1 < len(a.have) && a.have[i].to == a.have[i+1].from {
		a.have[i].to = a.have[i+1].to
		a.have = slices.Delete(a.have, i+1, i+2)
	}
	if i > 0 && a.have[i-1].to == a.have[i].from {
		a.have[i-1].to = a.have[i].to
		a.have = slices.Delete(a.have, i, i+1)
	}
	a.end, a.last = max(a.end, end), a.last || !more
	return 0
}

// expire forgets datagrams that are too old.
func (f *fragments) expire(now time.Time) {
	for len(f.order) > 0 {
		a := f.open[f.order[0]]
		if now.Sub(a.since) < MaxFragmentAge {
			return
		}
		f.forget(f.order[0])
	}
}

func (f *fragments) forget(k fragmentKey) {
	if a := f.open[k]; a != nil {
		f.bytes -= len(a.data)
		delete(f.open, k)
		f.order = slices.DeleteFunc(f.order, func(o fragmentKey) bool { return o == k })
	}
}
