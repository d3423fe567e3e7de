package portmux

import (
	"math/rand/v2"
	"net/netip"

	"onwire/wire/packet"
)

// A Flow is one direction of a conversation, and what was counted of it.
type Flow struct {
	Proto    Proto
	Src, Dst netip.AddrPort
	Packets  uint64
	Bytes    uint64 // of payload
}

// Flows counts the packets of a capture by flow. Its memory grows with the
// flows, 72 bytes and a little for each, and not with the packets. The zero
// Flows is not usable; call NewFlows.
//
// A datagram that came in fragments counts once, when it is whole.
type Flows struct {
	Packets   uint64 // all that was added
	Statuses  [5]uint64
	Protocols [256]uint64 // those without ports, by their number in IP
	Types     map[uint16]uint64
	Unread    map[string]uint64 // what is not looked into, by name: a link type, an encrypted frame
	Cut       uint64            // packets of which the capture kept only the beginning

	seed    uint64
	slots   []uint64 // the upper half of the hash, and the number of the entry + 1
	entries []*[entryPage]flowEntry
	used    int
	parsed  packet.Packet
	batch   batch
	frags   fragmentCounts
}

const maxUnread = 256 // names of what is not looked into; a capture chooses them

// Entries stand in pages, so that growing copies none of them.
const entryPage = 1024

type flowEntry struct {
	key     key
	packets uint64
	bytes   uint64
}

// NewFlows returns an empty count.
func NewFlows() *Flows {
	return &Flows{seed: rand.Uint64(), slots: make([]uint64, 4096), Types: map[uint16]uint64{}, Unread: map[string]uint64{}}
}

// Add counts a packet, which it does not keep.
func (f *Flows) Add(link packet.LinkType, b []byte) { f.AddRecord(link, b, 0) }

// AddRecord counts a packet of which a capture may have kept only the
// beginning: length is how many bytes it had on the wire, or 0 where that is
// not known. An IEEE 802.11 frame that holds several packets counts as several.
func (f *Flows) AddRecord(link packet.LinkType, b []byte, length int) {
	f.Packets++
	if length > len(b) {
		f.Cut++
	}
	if link == packet.LinkEthernet && f.quick(b, length) {
		f.Statuses[packet.OK]++
		return
	}
	p := &f.parsed
	f.parsedAs(b, p.ParseRecord(link, b, length))
	for {
		status, ok := p.Next(b)
		if !ok {
			return
		}
		f.Packets++
		f.parsedAs(b, status)
	}
}

// parsedAs counts the packet that was parsed.
func (f *Flows) parsedAs(b []byte, status packet.Status) {
	p := &f.parsed
	f.Statuses[status]++
	switch status {
	case packet.OK:
		f.count(b, p.Length)
	case packet.Other:
		f.other(p)
	case packet.Fragment:
		if p.Proto == packet.ProtoTCP || p.Proto == packet.ProtoUDP {
			f.fragment(b)
		} else {
			f.Protocols[p.Proto]++
		}
	}
}

// count puts the packet that was parsed into the batch.
func (f *Flows) count(b []byte, size int) {
	p := &f.parsed
	w := &f.batch.packets[f.batch.n]
	if p.Version == 4 {
		h := b[p.IP : p.IP+20]
		w.key.remote, w.key.local = addr4(h[12:]), addr4(h[16:])
	} else {
		h := b[p.IP : p.IP+40]
		w.key.remote, w.key.local = addr16(h[8:]), addr16(h[24:])
	}
	w.key.ports = makePorts(p.DstPort, p.SrcPort, p.Proto)
	if p.Version == 6 {
		w.key.ports |= overIPv6
	}
	w.size = uint64(size)
	w.hash = w.key.hash(f.seed)
	if f.batch.n++; f.batch.n == batchSize {
		f.countBatch(&f.batch)
	}
}

func (f *Flows) entry(ref uint32) *flowEntry {
	return &f.entries[ref/entryPage][ref%entryPage]
}

// find returns the entry of a key, a new one if there is none.
func (f *Flows) find(k *key, hash uint64) *flowEntry {
	mask := uint64(len(f.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := f.slots[i]
		if slot == 0 {
			return f.insert(k, hash, i)
		}
		if slot>>32 == hash>>32 {
			if e := f.entry(uint32(slot) - 1); e.key.equal(k) {
				return e
			}
		}
	}
}

func (f *Flows) insert(k *key, hash, at uint64) *flowEntry {
	if f.used%entryPage == 0 {
		f.entries = append(f.entries, new([entryPage]flowEntry))
	}
	f.used++
	f.slots[at] = hash>>32<<32 | uint64(f.used)
	e := f.entry(uint32(f.used - 1))
	e.key = *k
	if f.used*2 > len(f.slots) {
		f.grow()
	}
	return e
}

// grow makes four times the slots. The hashes are computed again from the
// entries, which stand in order, so that this runs through memory once.
func (f *Flows) grow() {
	f.slots = make([]uint64, 4*len(f.slots))
	hugePages(f.slots)
	mask := uint64(len(f.slots) - 1)
	for n := range f.used {
		hash := f.entry(uint32(n)).key.hash(f.seed)
		i := hash & mask
		for f.slots[i] != 0 {
			i = (i + 1) & mask
		}
		f.slots[i] = hash>>32<<32 | uint64(n+1)
	}
}

// lookup returns the number of the entry of a key.
func (f *Flows) lookup(k *key) (int, bool) {
	hash := k.hash(f.seed)
	mask := uint64(len(f.slots) - 1)
	for i := hash & mask; f.slots[i] != 0; i = (i + 1) & mask {
		if f.slots[i]>>32 == hash>>32 && f.entry(uint32(f.slots[i])-1).key.equal(k) {
			return int(uint32(f.slots[i]) - 1), true
		}
	}
	return 0, false
}

// Len returns the number of flows.
func (f *Flows) Len() int { f.flush(); return f.used }

// All yields the flows in the order of their first packets.
func (f *Flows) All(yield func(Flow) bool) {
	f.flush()
	for n := range f.used {
		if !yield(f.entry(uint32(n)).flow()) {
			return
		}
	}
}

func (e *flowEntry) flow() Flow {
	address := addr.netip
	if e.key.ports&overIPv6 != 0 {
		address = addr.netip6
	}
	return Flow{
		Proto: e.key.proto(), Packets: e.packets, Bytes: e.bytes,
		Src: netip.AddrPortFrom(address(e.key.remote), e.key.remotePort()),
		Dst: netip.AddrPortFrom(address(e.key.local), e.key.localPort()),
	}
}

// other notes what a packet without ports is.
func (f *Flows) other(p *packet.Packet) {
	switch {
	case p.Version != 0:
		f.Protocols[p.Proto]++
	case p.Unread != "":
		name := p.Unread
		if _, known := f.Unread[name]; !known && len(f.Unread) >= maxUnread {
			name = "and more" // a link type has 32 bits inside of PPI
		}
		f.Unread[name]++
	default:
		f.Types[p.Type]++
	}
}
