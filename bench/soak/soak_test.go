package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGoroutines counts those of the last trace that is whole, without the
// runtime's own and without those that have ended.
func TestGoroutines(t *testing.T) {
	const text = `SCHED 0ms: gomaxprocs=2 idleprocs=0
  P0: status=1 schedtick=0
  M0: p=0 curg=1
  G1: status=1() m=nil lockedm=0
SCHED 1000ms: gomaxprocs=2 idleprocs=2
  P0: status=0 schedtick=5
  G1: status=4(chan receive) m=nil lockedm=nil
  G2: status=4(force gc (idle)) m=nil lockedm=nil
note: a line of the server's
  G3: status=4(GC worker (idle)) m=nil lockedm=nil
  G7: status=4(IO wait) m=nil lockedm=nil
  G8: status=6() m=nil lockedm=nil
SCHED 2000ms: gomaxprocs=2 idleprocs=2
  G1: status=4(chan rec`
	c := &child{stderr: filepath.Join(t.TempDir(), "stderr")}
	if err := os.WriteFile(c.stderr, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, traces := c.goroutines(); n != 2 || traces != 2 {
		t.Errorf("%d goroutines after %d traces, want 2 after 2", n, traces)
	}
	if said := c.said(); said != "note: a line of the server's" {
		t.Errorf("the server said %q", said)
	}
}

// TestRequests: the requests of a seed are the same each time, and n of them are
// one after the other.
func TestRequests(t *testing.T) {
	for _, s := range servers() {
		if s.command == "dnslookup" {
			continue // each query asks for another name
		}
		if one, again, two := s.request(1), s.request(1), s.request(2); !bytes.Equal(one, again) || len(two) <= len(one) {
			t.Errorf("%s: %d, %d and %d bytes", s.name, len(one), len(again), len(two))
		}
	}
	a, b := newClient(server{}, "", 1, 3), newClient(server{}, "", 1, 3)
	for range 100 {
		if a.rng.Uint64() != b.rng.Uint64() {
			t.Fatal("the same seed, another client")
		}
	}
}
