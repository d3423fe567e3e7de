package greeter

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A memory says when the server keeps too much. gRPC holds the replies that a
// client does not read, on each stream up to 64 KiB, and counts a call as ended
// before they are written: so many clients that never read add up. Above the
// bound no call begins, and none sends more.
type memory struct {
	most    uint64
	live    func() uint64 // bytes that the last garbage collection found in use
	collect func()        // collects garbage now

	asks atomic.Uint64
	full atomic.Bool

	mu        sync.Mutex
	collected time.Time
}

const (
	everyAsk   = 32          // after how many questions the bytes are read anew
	collecting = time.Second // between two collections that a full memory asks for
)

func newMemory(most uint64) *memory {
	return &memory{most: most, live: liveHeap, collect: runtime.GC}
}

// check returns an error with RESOURCE_EXHAUSTED while too much is kept.
func (m *memory) check() error {
	full := m.full.Load()
	if full || m.asks.Add(1)%everyAsk == 1 {
		full = m.live() > m.most
		if full {
			full = m.again()
		}
		m.full.Store(full)
	}
	if full {
		return status.Errorf(codes.ResourceExhausted, "more than %d MiB are kept for clients here: try again later", m.most>>20)
	}
	return nil
}

// again looks whether the memory is still full: after the clients have gone it
// may be long until garbage is collected by itself.
func (m *memory) again() bool {
	if !m.mu.TryLock() {
		return true // another call is at it
	}
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.collected) >= collecting {
		m.collect()
		m.collected = now
	}
	return m.live() > m.most
}

// liveHeap returns the bytes that the last garbage collection found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
