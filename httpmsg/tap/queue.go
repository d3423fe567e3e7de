package tap

import (
	"io"
	"sync"
	"sync/atomic"
)

// A queue hands the bytes of one direction to the goroutine that parses them.
// Putting never waits.
type queue struct {
	mu     sync.Mutex
	more   sync.Cond
	bytes  []byte
	most   int
	total  *budget // of all queues
	ended  bool
	behind bool // bytes were lost
}

// A budget bounds the bytes in all queues of a Tap.
type budget struct {
	most int64
	used atomic.Int64
}

func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) <= b.most {
		return true
	}
	b.give(n)
	return false
}

func (b *budget) give(n int) { b.used.Add(-int64(n)) }

func newQueue(most int, total *budget) *queue {
	q := &queue{most: most, total: total}
	q.more.L = &q.mu
	return q
}

// put adds bytes, if there is room; else the queue is of no use any more.
func (q *queue) put(p []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.behind:
	case len(q.bytes)+len(p) > q.most || !q.total.take(len(p)):
		q.lose()
	default:
		q.bytes = append(q.bytes, p...)
	}
	q.more.Signal()
}

func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.more.Signal()
}

// abandon ends the reading: what comes later is not kept.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lose()
}

// lose drops what waits, and all that comes later. mu is held.
func (q *queue) lose() {
	q.total.give(len(q.bytes))
	q.behind, q.bytes = true, nil
}

// Read waits for bytes.
func (q *queue) Read(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.bytes) == 0 && !q.ended && !q.behind {
		q.more.Wait()
	}
	switch {
	case q.behind:
		return 0, errBehind
	case len(q.bytes) == 0:
		return 0, io.EOF
	}
	n := copy(p, q.bytes)
	q.total.give(n)
	q.bytes = q.bytes[n:]
	if len(q.bytes) == 0 {
		q.bytes = nil
	}
	return n, nil
}
