package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"onwire/internal/term"
	"onwire/lab"
	"onwire/wire/packet"
)

// checksum shows the sums of the first segment with a broken bit.
func (st *labStage) checksum() {
	s := st.Screen()
	for _, f := range st.Recording.Frames() {
		var p packet.Packet
		p.Parse(packet.LinkEthernet, f.Bytes)
		if f.Layer != "TCP" || !slices.ContainsFunc(f.Verdict.Bits, func(bit int) bool { return bit/8 >= p.Transport }) {
			continue
		}
		sent, came := sums(f.Bytes), sums(f.Delivered())
		s.Printf("\n  %s\n", s.Wrap(2, fmt.Sprintf("What the receiver adds up of frame %d, in 16-bit words:", f.Number)))
		var rows [][]string
		rows = append(rows, []string{"  ", "as sent", "as it arrived"})
		for _, part := range []string{"pseudo-header", "TCP header and data", "sum, ends carried round"} {
			rows = append(rows, []string{"  " + part, sent[part], came[part]})
		}
		s.Table(rows)
		verdict := "ffff is right. Any other sum, and the segment is thrown away."
		if sum := "sum, ends carried round"; sent[sum] == came[sum] {
			verdict = "ffff is right, so the receiver takes it: the faults cancel each other out."
		}
		s.Printf("  %s\n\n", s.Wrap(2, verdict))
		return
	}
}

// sums are the parts of the checksum's sum over a TCP segment in a frame.
func sums(frame []byte) map[string]string {
	var p packet.Packet
	if p.Parse(packet.LinkEthernet, frame) != packet.OK {
		return map[string]string{"sum, ends carried round": "not even a segment"}
	}
	segment := frame[p.Transport:min(p.End, len(frame))] // a broken length may reach further
	pseudo := packet.PseudoSum(p.Src(frame), p.Dst(frame), p.Proto, len(segment))
	return map[string]string{
		"pseudo-header":           fmt.Sprintf("%04x", packet.Fold(pseudo)),
		"TCP header and data":     fmt.Sprintf("%04x", packet.Fold(packet.Sum(segment, 0))),
		"sum, ends carried round": fmt.Sprintf("%04x", packet.Fold(packet.Sum(segment, pseudo))),
	}
}

// A sample is what the sender's TCP knew at a time.
type sample struct {
	at   time.Duration
	cwnd int // the congestion window, in segments
}

// watch looks at the congestion window once a round trip, until the returned
// function is called.
func (st *labStage) watch(c *lab.Conn) (end func()) {
	over := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for range 10000 {
			if info, err := c.Info(); err == nil {
				st.plotted = append(st.plotted, sample{st.Elapsed(), info.CongestionWindow})
			}
			st.client.Sleep(max(2*st.latency, time.Millisecond))
			select {
			case <-over:
				return
			default:
			}
		}
	})
	return func() {
		close(over)
		watching.Wait()
	}
}

// plot draws the congestion window over time.
func (st *labStage) plot() {
	s := st.Screen()
	if len(st.plotted) == 0 {
		return
	}
	most := 0
	for _, p := range st.plotted {
		most = max(most, p.cwnd)
	}
	room := s.Width - 22
	s.Printf("      ms  segments  the congestion window, once a round trip\n")
	for _, p := range st.plotted {
		bar := strings.Repeat("#", max(1, p.cwnd*room/most))
		s.Printf("%8.0f  %8d  %s\n", float64(p.at.Microseconds())/1000, p.cwnd, s.Paint(term.Green, bar))
	}
}
