package portmux

// A pending packet was parsed and not counted yet.
type pending struct {
	key  key
	hash uint64
	size uint64 // bytes of payload
	ref  uint64 // what its slot holds
}

const batchSize = 64 // 4 KiB: a part of the first-level cache

// A batch is packets that are counted together. With many flows each count
// waits for memory; the packets of a batch wait together, for all their slots
// are asked for first, then all their entries.
type batch struct {
	n       int
	packets [batchSize]pending
}

// manyFlows is how many flows no longer fit into the cache.
const manyFlows = 1 << 14

// countBatch adds a batch to the table.
func (f *Flows) countBatch(b *batch) {
	packets := b.packets[:b.n]
	b.n = 0
	if f.used > manyFlows {
		f.touch(packets)
	}
	for i := range packets {
		p := &packets[i]
		e := f.find(&p.key, p.hash)
		e.packets++
		e.bytes += p.size
	}
}

// touch brings what a batch needs into the cache. None of these loads waits
// for another.
func (f *Flows) touch(packets []pending) {
	mask := uint64(len(f.slots) - 1)
	for i := range packets {
		packets[i].ref = f.slots[packets[i].hash&mask]
	}
	sum := uint64(0)
	for i := range packets {
		if ref := uint32(packets[i].ref); ref != 0 {
			sum += f.entry(ref - 1).packets
		}
	}
	packets[0].ref = sum // used, so that the compiler keeps the loads
}

// flush counts what is still waiting.
func (f *Flows) flush() {
	if f.batch.n > 0 {
		f.countBatch(&f.batch)
	}
}
