package greeter

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestMemory: above the bound every call is refused, and once a collection
// finds less, the next one is taken.
func TestMemory(t *testing.T) {
	var live, after uint64
	collections := 0
	m := &memory{most: 10 << 20, live: func() uint64 { return live }, collect: func() { collections++; live = after }}
	ask := func(want codes.Code) {
		t.Helper()
		for range 2 * everyAsk {
			if got := status.Code(m.check()); got != want {
				t.Fatalf("%v with %d bytes in use, want %v", got, live, want)
			}
		}
	}
	ask(codes.OK)
	live, after = 10<<20, 10<<20
	ask(codes.OK)
	live, after = 11<<20, 11<<20
	m.asks.Store(0) // the next question reads the bytes
	ask(codes.ResourceExhausted)
	if collections != 1 {
		t.Errorf("%d collections within a second", collections)
	}
	after = 1 << 20
	m.collected = m.collected.Add(-collecting)
	ask(codes.OK)
}
