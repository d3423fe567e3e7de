package main

import (
	"fmt"
	"slices"

	"onwire/httpmsg"
	"onwire/internal/term"
)

// sixRequests is how many requests each way sends.
const sixRequests = 6

// connections asks six times in three ways.
func (st *story) connections() error {
	for _, w := range []struct {
		name string
		ask  func() error
	}{
		{"a connection each", st.closing},
		{"one kept", st.kept},
		{"one pipelined", st.pipelined},
	} {
		st.ways = append(st.ways, way{w.name, make(map[uint16]bool)})
		st.Say(st.client, "sends %d requests: %s", sixRequests, w.name)
		if err := w.ask(); err != nil {
			return err
		}
	}
	return nil
}

// closing takes a connection for each request.
func (st *story) closing() error {
	r := st.request("GET", "/media/json", "", false, httpmsg.Pair{Name: "Connection", Value: "close"})
	for range sixRequests {
		c, err := st.connect()
		if err != nil {
			return err
		}
		_, err = c.Do(st.ctx, r)
		c.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// kept sends all on one connection, one after the other.
func (st *story) kept() error {
	c, err := st.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	r := st.request("GET", "/media/json", "", false)
	for range sixRequests {
		if _, err := c.Do(st.ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// pipelined sends all at once, and then reads the answers.
func (st *story) pipelined() error {
	c, err := st.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	r := st.request("GET", "/media/json", "", false)
	var b []byte
	for range sixRequests {
		if b, err = r.Append(b); err != nil {
			return err
		}
	}
	if err := c.Send(st.ctx, b); err != nil {
		return err
	}
	for range sixRequests {
		if _, err := c.Final(st.ctx, r.Method); err != nil {
			return err
		}
	}
	return nil
}

// costs shows what each way cost on the wire.
func (st *story) costs() error {
	// A scene that ended early may have connected in none of them.
	st.ways = slices.DeleteFunc(st.ways, func(w way) bool { return len(w.ports) == 0 })
	if len(st.ways) == 0 {
		return nil
	}
	s := st.Screen()
	rows := [][]string{{" ", "way", "conns", "round trips", "frames", "bytes", "ms"}}
	for _, w := range st.ways {
		t := st.count(w.ports)
		took := t.last - t.first
		if st.JSON {
			if err := st.PrintJSON(map[string]any{"scene": st.scene, "event": "count", "way": w.name, "requests": sixRequests,
				"connections": len(w.ports), "handshakes": t.handshakes, "round_trips": t.trips(), "frames": t.frames,
				"bytes": t.bytes, "took_us": took.Microseconds(), "evidence": "lab"}); err != nil {
				return err
			}
			continue
		}
		trips := fmt.Sprintf("%d = %d TCP + %d HTTP", t.trips(), t.handshakes, t.turns)
		ms := fmt.Sprint(took.Milliseconds())
		if s.Width < 78 {
			s.Printf("  %s\n", s.Wrap(2, fmt.Sprintf("%s: %s, round trips %s, %s of %s, %s ms", w.name,
				term.Count(len(w.ports), "connection"), trips, term.Count(t.frames, "frame"), term.Count(t.bytes, "byte"), ms)))
		}
		rows = append(rows, []string{" ", w.name, fmt.Sprint(len(w.ports)), trips, fmt.Sprint(t.frames), fmt.Sprint(t.bytes), ms})
	}
	if st.JSON {
		return nil
	}
	if s.Width >= 78 {
		s.Table(rows)
	}
	s.Printf("  %s\n", s.Wrap(2, "Counted from the frames on the lab's wire: a round trip is a SYN and the SYN-ACK, or a request and the first data after it. The ms are the lab's, from the first SYN to the last answer."))
	return nil
}
