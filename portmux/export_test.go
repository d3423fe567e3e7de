package portmux

import (
	"net/netip"
	"sync"
	"testing"

	"onwire/wire/packet"
)

// What tests from outside need to see of the inside.

// Quick counts a frame by the quick way, and reports whether it could.
func (f *Flows) Quick(b []byte) bool { return f.quick(b, len(b)) }

// Pieces returns how many fragments of datagrams that are not whole Flows
// remembers.
func (f *Flows) Pieces() int {
	n := 0
	for _, a := range f.frags.open {
		n += len(a.runs)
	}
	return n
}

// keys parses packets beforehand, for the benchmarks of the look-up alone.
func keys(packets [][]byte) []key {
	all := make([]key, len(packets))
	for i, b := range packets {
		var p packet.Packet
		p.ParseIP(b)
		all[i] = key{makeAddr(p.Dst(b)), makeAddr(p.Src(b)), makePorts(p.DstPort, p.SrcPort, p.Proto)}
	}
	return all
}

func local() addr { return makeAddr(netip.MustParseAddr("10.9.0.2")) }

// BenchLookup finds n connections in a connTable under a lock.
func BenchLookup(b *testing.B, packets [][]byte, n int, remote func(int) netip.AddrPort) {
	var mu sync.RWMutex
	t := connTable{seed: 1}
	for i := range n {
		r := remote(i)
		t.add(&Socket{conn: key{local(), makeAddr(r.Addr()), makePorts(443, r.Port(), packet.ProtoTCP)}})
	}
	wanted := keys(packets)
	for i := 0; b.Loop(); i++ {
		mu.RLock()
		k := &wanted[i%len(wanted)]
		s := t.find(k, k.hash(t.seed))
		mu.RUnlock()
		if s == nil {
			b.Fatal("not found")
		}
	}
}

// BenchMap finds them in a Go map of the same keys under the same lock.
func BenchMap(b *testing.B, packets [][]byte, n int, remote func(int) netip.AddrPort) {
	var mu sync.RWMutex
	t := map[key]*Socket{}
	for i := range n {
		r := remote(i)
		k := key{local(), makeAddr(r.Addr()), makePorts(443, r.Port(), packet.ProtoTCP)}
		t[k] = &Socket{conn: k}
	}
	wanted := keys(packets)
	for i := 0; b.Loop(); i++ {
		mu.RLock()
		s := t[wanted[i%len(wanted)]]
		mu.RUnlock()
		if s == nil {
			b.Fatal("not found")
		}
	}
}
