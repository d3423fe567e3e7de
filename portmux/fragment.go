package portmux

import (
	"encoding/binary"
	"fmt"
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
	MaxFragmentAge       = 30 * time.Second // of IPv4, from the first fragment on (RFC 1122 3.3.2 wants 60 to 120 s, Linux has 30)
	MaxFragmentAge6      = 60 * time.Second // of IPv6 (RFC 8200 4.5)
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
	pieces
	head  []byte // the headers of the first fragment
	next  int    // IPv6: where in head stands what comes after it
	data  []byte
	ecn   uint8 // a bit for each ECN field that a fragment had: 1 << field
	since time.Time
}

// A fragment is one part of a datagram.
type fragment struct {
	key    fragmentKey
	offset int
	more   bool
	data   []byte
	head   []byte // the headers before it, as they are in the whole
	next   int
	ecn    uint8 // the ECN field, 0 to 3
}

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
	a, r := m.frags.add(fragment{k, offset, more, data, slices.Clone(p[:header]), 0, p[1] & 3}, q.trace)
	if a == nil {
		return held(q, r)
	}
	if len(a.head)+a.end > 65535 {
		return q.verdict(Drop, BadFragment)
	}
	a.head[1] |= a.congestion()
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
	a, r := m.frags.add(fragment{k, offset, more, data, head, *next, q.pkt[1] >> 4 & 3}, q.trace)
	if a == nil {
		return held(q, r), true
	}
	if len(a.head)-40+a.end > 65535 {
		return q.verdict(Drop, BadFragment), true
	}
	a.head[1] |= a.congestion() << 4
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

const congested = 3 // the ECN field of a packet that a full router has marked (CE)

// mixedECN reports whether some fragments say that their sender knows ECN and
// others that it does not. If one of the first is marked, the mark would be
// lost with the others, so the datagram is dropped (RFC 3168 5.3); Linux does
// so without a mark too.
func (a *assembly) mixedECN() bool { return a.ecn&1 != 0 && a.ecn != 1 }

// congestion is the ECN field of the whole where one fragment was marked, else 0.
func (a *assembly) congestion() byte {
	if a.ecn>>congested != 0 {
		return congested
	}
	return 0
}

// add puts a fragment to those of its datagram. It returns the assembly when
// that makes the datagram whole, and otherwise why there is none yet.
func (f *fragments) add(in fragment, t *trace) (*assembly, Reason) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.expire(now)
	a := f.open[in.key]
	end := in.offset + len(in.data)
	if a == nil {
		if len(f.open) >= MaxFragmentDatagrams || f.bytes+end > MaxFragmentBytes {
			return nil, TooManyFragments
		}
		if f.open == nil {
			f.open = map[fragmentKey]*assembly{}
		}
		a = &assembly{since: now}
		f.open[in.key] = a
		f.order = append(f.order, in.key)
	}
	grow := max(0, end-len(a.data))
	if f.bytes+grow > MaxFragmentBytes {
		return nil, TooManyFragments
	}
	if r := a.place(in.offset, end, in.more); r != 0 {
		if r == Overlap || r == BadFragment {
			f.forget(in.key)
		}
		return nil, r
	}
	f.bytes += grow
	a.data = append(a.data, make([]byte, grow)...)
	copy(a.data[in.offset:], in.data)
	a.ecn |= 1 << in.ecn
	if in.offset == 0 {
		a.head, a.next = in.head, in.next
	}
	if t != nil {
		missing := "the end is not known yet"
		if a.last {
			missing = fmt.Sprintf("it has %d", a.end)
		}
		rfc := "RFC 8200 4.5"
		if in.key.v4 {
			rfc = "RFC 791 3.2"
		}
		t.pass("fragment", rfc, "bytes %d to %d of a datagram; %d bytes of it are here, and %s", in.offset, end-1, a.got, missing)
	}
	if !a.whole() {
		return nil, WaitsForRest
	}
	f.forget(in.key)
	if a.mixedECN() {
		return nil, MixedECN
	}
	return a, 0
}

// expire forgets datagrams that are too old.
func (f *fragments) expire(now time.Time) {
	for i := 0; i < len(f.order); {
		k := f.order[i]
		age, limit := now.Sub(f.open[k].since), MaxFragmentAge6
		if k.v4 {
			limit = MaxFragmentAge
		}
		switch {
		case age < MaxFragmentAge: // and all after it are younger
			return
		case age < limit:
			i++
		default:
			f.forget(k)
		}
	}
}

func (f *fragments) forget(k fragmentKey) {
	if a := f.open[k]; a != nil {
		f.bytes -= len(a.data)
		delete(f.open, k)
		f.order = slices.DeleteFunc(f.order, func(o fragmentKey) bool { return o == k })
	}
}
