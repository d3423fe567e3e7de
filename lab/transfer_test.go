package lab_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"onwire/lab"
)

// seedsVariable says how many seeds carry a transfer.
const seedsVariable = "ONWIRE_SEEDS"

// TestTransfer: ten megabytes arrive as they were sent, whatever the wire does.
func TestTransfer(t *testing.T) {
	const size = 10_000_000
	seeds := variable(t, seedsVariable, 12)
	if testing.Short() {
		seeds = 1
	}
	data := pattern(size)
	want := sha256.Sum256(data)
	for seed := range seeds {
		network := "tcp4"
		if seed%8 == 1 {
			network = "tcp6"
		}
		t.Run(fmt.Sprintf("seed %d %s", seed, network), func(t *testing.T) {
			var lost, broken, copied, swapped int
			w := newWorld(t, lab.Config{
				Seed:    uint64(seed),
				Latency: time.Millisecond,
				TCP:     lab.TCP{SACK: seed%4 != 3},
				Rules: []lab.Rule{
					lab.Lose(lab.Frames.Share(0.05)),
					lab.Twice(lab.Frames.Share(0.01)),
					lab.Swap(lab.Frames.Share(0.01)),
					lab.Break(lab.Frames.Share(0.005)),
				},
				Observe: func(e lab.Event) {
					if e.Stage != lab.Sent {
						return
					}
					count(&lost, e.Verdict.Lost)
					count(&broken, len(e.Verdict.Bits) > 0)
					count(&copied, e.Verdict.Copies > 0)
					count(&swapped, e.Verdict.Swapped)
				},
			})
			type result struct {
				sum [sha256.Size]byte
				n   int64
				err error
			}
			got := make(chan result, 1)
			w.serve(":7", func(c *lab.Conn) {
				h := sha256.New()
				n, err := io.Copy(h, c)
				got <- result{[sha256.Size]byte(h.Sum(nil)), n, err}
			})
			c := w.dial(network, "server:7")
			if _, err := c.Write(data); err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			r := <-got
			if r.err != nil || r.n != size || r.sum != want {
				t.Errorf("%d bytes arrived with the sum %x, %v; sent were %d, %x", r.n, r.sum, r.err, size, want)
			}
			// With so many frames the shares are near what was asked for.
			if n := w.Frames(); lost < n/25 || lost > n/15 || copied < n/200 || swapped < n/200 || broken < n/500 {
				t.Errorf("of %d frames %d lost, %d broken, %d copied, %d swapped", n, lost, broken, copied, swapped)
			}
			t.Logf("%d frames in %v: %d lost, %d broken, %d copied, %d swapped", w.Frames(), w.Elapsed(), lost, broken, copied, swapped)
		})
	}
}

func count(n *int, is bool) {
	if is {
		*n++
	}
}
