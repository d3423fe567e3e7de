package tcpecho

import (
	"math/bits"
	"time"
)

// A Histogram counts durations in buckets that are 1/32 wide of what they
// hold: any percentile is exact to 3.2 %, from a nanosecond to hours, in
// 16 KiB. The zero Histogram is empty. It is not for several goroutines at
// once; give each its own and Merge them.
type Histogram struct {
	counts   [bucketCount]int64
	n        int64
	sum      time.Duration
	min, max time.Duration
}

// Durations below 2^subBits ns have a bucket each. Above, every power of two
// is cut into 2^subBits parts.
const (
	subBits     = 5
	bucketCount = (64 - subBits) << subBits
)

func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < 1<<subBits {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return shift<<subBits + int(v>>shift)
}

// bucketEnd returns the largest duration that falls into bucket i.
func bucketEnd(i int) time.Duration {
	if i < 1<<subBits {
		return time.Duration(i)
	}
	shift := i>>subBits - 1
	return time.Duration((uint64(i&(1<<subBits-1))|1<<subBits+1)<<shift - 1)
}

func bucketStart(i int) time.Duration {
	if i == 0 {
		return 0
	}
	return bucketEnd(i-1) + 1
}

// Add counts d; a negative duration counts as 0.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(d)]++
	if h.n == 0 || d < h.min {
		h.min = d
	}
	h.max = max(h.max, d)
	h.sum += d
	h.n++
}

// Merge adds what other counted.
func (h *Histogram) Merge(other *Histogram) {
	if other.n == 0 {
		return
	}
	for i, c := range other.counts {
		h.counts[i] += c
	}
	if h.n == 0 || other.min < h.min {
		h.min = other.min
	}
	h.max = max(h.max, other.max)
	h.sum += other.sum
	h.n += other.n
}

// Count returns how many durations were added.
func (h *Histogram) Count() int64 { return h.n }

// Min returns the smallest duration, 0 of an empty Histogram.
func (h *Histogram) Min() time.Duration { return h.min }

// Max returns the largest duration.
func (h *Histogram) Max() time.Duration { return h.max }

// Mean returns the average.
func (h *Histogram) Mean() time.Duration { return h.sum / time.Duration(max(h.n, 1)) }

// Percentile returns the duration that p percent of all do not exceed, 0 of an
// empty Histogram. p is from 0 to 100.
func (h *Histogram) Percentile(p float64) time.Duration {
	rank := int64(p / 100 * float64(h.n))
	if float64(rank) < p/100*float64(h.n) {
		rank++
	}
	rank = min(max(rank, 1), h.n)
	var seen int64
	for i, c := range h.counts {
		if seen += c; c > 0 && seen >= rank {
			return min(max(bucketEnd(i), h.min), h.max)
		}
	}
	return 0
}

// A Bar is one row of a plot: how many durations are in [From, To), as exact as
// the buckets are.
type Bar struct {
	From, To time.Duration
	Count    int64
}

// Bars returns the histogram in rows whose borders are 1, 2, 5, 10, 20, 50 ...
// microseconds, from the first that is not empty to the last.
func (h *Histogram) Bars() []Bar {
	var bars []Bar
	from, i := time.Duration(0), 0
	for step, to := 0, time.Microsecond; i < bucketCount && h.n > 0; step++ {
		bar := Bar{From: from, To: to}
		for ; i < bucketCount && bucketStart(i) < to; i++ {
			bar.Count += h.counts[i]
		}
		if bar.Count > 0 || len(bars) > 0 {
			bars = append(bars, bar)
		}
		if to > h.max {
			break
		}
		from = to
		if to = to * 2; step%3 == 1 {
			to = from * 5 / 2
		}
	}
	for len(bars) > 0 && bars[len(bars)-1].Count == 0 {
		bars = bars[:len(bars)-1]
	}
	return bars
}
