package tap

import (
	"io"
	"sync"
)

// A queue hands the bytes of one direction to who takes them apart. Putting
// never waits.
type queue struct {
	mu     sync.Mutex
	more   sync.Cond
	bytes  []byte
	most   int
	ended  bool
	behind bool // bytes were lost
}

func newQueue(most int) *queue {
	q := &queue{most: most}
	q.more.L = &q.mu
	return q
}

// put adds bytes, if there is room; else the queue is of no use any more.
func (q *queue) put(p []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.behind:
	case len(q.bytes)+len(p) > q.most:
		q.behind, q.bytes = true, nil
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

// abandon says that nobody will read.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
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
	q.bytes = q.bytes[n:]
	if len(q.bytes) == 0 {
		q.bytes = nil
	}
	return n, nil
}
