package hpack

// A table is the dynamic table of one direction (RFC 7541 2.3.2): a queue that
// drops its oldest entries when a new one does not fit.
type table struct {
	ring  []entry // a power of two; grows as needed
	first int     // the oldest entry
	count int
	size  int // bytes, as entrySize counts
	max   int
}

// entrySize is what an entry counts: 32 bytes stand for the pointers of a
// typical implementation (RFC 7541 4.1).
func entrySize(name, value string) int { return len(name) + len(value) + 32 }

// at returns the entry with the given index in both tables.
func (t *table) at(index int) (entry, bool) {
	switch {
	case index < 1 || index > len(static)+t.count:
		return entry{}, false
	case index <= len(static):
		return static[index-1], true
	}
	age := index - len(static) // 1 is the newest
	return t.ring[(t.first+t.count-age)&(len(t.ring)-1)], true
}

// add puts an entry in front. One that is larger than the table empties it,
// which is no error (RFC 7541 4.4).
func (t *table) add(e entry) {
	size := entrySize(e.name, e.value)
	t.evict(t.max - size)
	if size > t.max {
		return
	}
	if t.count == len(t.ring) {
		bigger := make([]entry, max(16, 2*len(t.ring)))
		for i := range t.count {
			bigger[i] = t.ring[(t.first+i)&(len(t.ring)-1)]
		}
		t.ring, t.first = bigger, 0
	}
	t.ring[(t.first+t.count)&(len(t.ring)-1)] = e
	t.count++
	t.size += size
}

// resize sets the largest size.
func (t *table) resize(n int) {
	t.max = n
	t.evict(n)
}

// evict drops the oldest entries until at most n bytes are left.
func (t *table) evict(n int) {
	for t.count > 0 && t.size > n {
		e := &t.ring[t.first]
		t.size -= entrySize(e.name, e.value)
		*e = entry{}
		t.first = (t.first + 1) & (len(t.ring) - 1)
		t.count--
	}
}
