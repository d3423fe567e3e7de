package portmux

// A connTable finds connected sockets by their four-tuple. It is a hash table
// with open addressing: a slot is one cache line with the whole key in it, so
// that a look-up among a million connections waits for memory once.
type connTable struct {
	seed  uint64
	slots []connSlot // a power of two; nil while empty
	used  int
}

type connSlot struct {
	key    key
	hash   uint64
	socket *Socket // nil where the slot is free
	_      uint64  // 64 bytes
}

func (t *connTable) find(k *key, hash uint64) *Socket {
	if t.used == 0 {
		return nil
	}
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := &t.slots[i]
		if slot.socket == nil {
			return nil
		}
		if slot.hash == hash && slot.key.equal(k) {
			return slot.socket
		}
	}
}

// add puts s in front of those that have the same four-tuple.
func (t *connTable) add(s *Socket) {
	if t.used*4 >= len(t.slots)*3 {
		t.grow()
	}
	h := s.conn.hash(t.seed)
	slot := t.slot(&s.conn, h)
	if slot.socket == nil {
		t.used++
	}
	s.older = slot.socket
	slot.key, slot.hash, slot.socket = s.conn, h, s
}

// slot returns the slot of a key, or the free one where it belongs.
func (t *connTable) slot(k *key, hash uint64) *connSlot {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := &t.slots[i]
		if slot.socket == nil || slot.hash == hash && slot.key.equal(k) {
			return slot
		}
	}
}

func (t *connTable) grow() {
	old := t.slots
	t.slots = make([]connSlot, max(64, 2*len(old)))
	hugePages(t.slots)
	for i := range old {
		if old[i].socket != nil {
			*t.slot(&old[i].key, old[i].hash) = old[i]
		}
	}
}

func (t *connTable) remove(s *Socket) {
	if t.used == 0 {
		return
	}
	slot := t.slot(&s.conn, s.conn.hash(t.seed))
	for at := &slot.socket; *at != nil; at = &(*at).older {
		if *at == s {
			*at = s.older
			break
		}
	}
	if slot.socket == nil {
		t.close(slot)
	}
}

// close frees a slot: those after it move up, so that no search stops short.
func (t *connTable) close(slot *connSlot) {
	t.used--
	mask := uint64(len(t.slots) - 1)
	hole := slot.hash & mask
	for &t.slots[hole] != slot {
		hole = (hole + 1) & mask
	}
	for i := (hole + 1) & mask; t.slots[i].socket != nil; i = (i + 1) & mask {
		home := t.slots[i].hash & mask
		if (i-home)&mask >= (i-hole)&mask {
			t.slots[hole] = t.slots[i]
			hole = i
		}
	}
	t.slots[hole] = connSlot{}
}
