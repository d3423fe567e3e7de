package lab_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"onwire/lab"
)

// repeatsVariable says how often every scene is played.
const repeatsVariable = "ONWIRE_REPEATS"

// A scene is a play whose every frame must be the same each time. It returns
// what its programs saw.
type scene struct {
	name string
	cfg  lab.Config
	play func(*world) string
}

var scenes = []scene{
	{"handshake and echo", wire(), hello("tcp")},
	{"IPv6", wire(), hello("tcp6")},
	{"lost data", wire(lab.Lose(lab.Data.Nth(1))), hello("tcp")},
	{"SYN lost twice", wire(lab.Lose(lab.SYN.Range(1, 2))), hello("tcp")},
	{"broken bit", wire(lab.Break(lab.Data.Nth(1))), hello("tcp")},
	{"dup", wire(lab.Twice(lab.TCPAny)), hello("tcp")},
	{"swap", wire(lab.Swap(lab.Data)), bulk(20_000)},
	{"delay", wire(lab.Delay(lab.Data.Nth(3), 80*time.Millisecond)), bulk(20_000)},
	{"fast retransmit", wire(lab.Lose(lab.Data.Nth(30))), bulk(200_000)},
	{"20 % lost", wire(lab.Lose(lab.Frames.Share(0.2))), bulk(50_000)},
	{"all at once", wire(lab.Lose(lab.TCPAny.Share(0.05)), lab.Twice(lab.Frames.Share(0.05)), lab.Swap(lab.Frames.Share(0.05)), lab.Break(lab.TCPAny.Share(0.05))), bulk(50_000)},
	{"SACK and RACK", tuned(lab.TCP{SACK: true, RACK: true, Nagle: true}, lab.Lose(lab.Data.Share(0.05))), bulk(100_000)},
	{"no latency", lab.Config{Seed: 1}, bulk(200_000)},
	{"closed port", wire(), closedPort},
	{"zero window", tuned(lab.TCP{Receive: 8 << 10, Send: 8 << 10}), sleepingReader},
	{"UDP", wire(lab.Lose(lab.UDP.Share(0.3)), lab.Twice(lab.UDP.Share(0.2))), datagrams("udp4")},
	{"UDP on IPv6", wire(lab.Lose(lab.UDP.Share(0.3))), datagrams("udp6")},
	{"several flows", wire(lab.Lose(lab.TCPAny.Share(0.05))), severalFlows},
}

func wire(rules ...lab.Rule) lab.Config {
	return lab.Config{Seed: 7, Latency: 10 * time.Millisecond, Rules: rules}
}

func tuned(tcp lab.TCP, rules ...lab.Rule) lab.Config {
	cfg := wire(rules...)
	cfg.TCP = tcp
	return cfg
}

// hello writes a word, reads it back, and closes.
func hello(network string) func(*world) string {
	return func(w *world) string {
		w.serve(":7", echo)
		c := w.dial(network, "server:7")
		defer c.Close()
		io.WriteString(c, "hello")
		b := make([]byte, 5)
		_, err := io.ReadFull(c, b)
		return fmt.Sprintf("%q %v", b, err)
	}
}

// bulk sends n bytes through the echo server while it reads them back.
func bulk(n int) func(*world) string {
	return func(w *world) string {
		w.serve(":7", echo)
		c := w.dial("tcp", "server:7")
		defer c.Close()
		data := pattern(n)
		back, err := exchange(c, data)
		return fmt.Sprint(bytes.Equal(data, back), err)
	}
}

func closedPort(w *world) string {
	_, err := w.client.Dial("tcp", "server:9")
	return fmt.Sprint(err)
}

// sleepingReader lets the window close: the server sleeps before it reads.
func sleepingReader(w *world) string {
	got := make(chan int, 1)
	w.serve(":7", func(c *lab.Conn) {
		w.server.Sleep(20 * time.Second)
		n, _ := io.Copy(io.Discard, c)
		got <- int(n)
	})
	c := w.dial("tcp", "server:7")
	_, err := c.Write(pattern(60_000))
	c.Close()
	return fmt.Sprint(<-got, err)
}

// datagrams sends some and counts what comes back within a second each.
func datagrams(network string) func(*world) string {
	return func(w *world) string {
		w.servePackets(":7")
		c := w.dial(network, "server:7")
		defer c.Close()
		b, back := make([]byte, 100), 0
		for i := range 20 {
			c.Write(pattern(10 + i))
			c.SetReadDeadline(w.client.Now().Add(time.Second))
			if _, err := c.Read(b); err == nil {
				back++
			}
		}
		return fmt.Sprint(back, " of 20")
	}
}

// severalFlows runs five clients at once, each on a port of its own, one
// millisecond after the other.
func severalFlows(w *world) string {
	w.serve(":7", echo)
	said := make([]string, 5)
	var clients sync.WaitGroup
	for i := range said {
		w.client.Sleep(time.Millisecond)
		clients.Go(func() {
			c, err := w.client.DialFrom(context.Background(), "tcp", fmt.Sprintf(":%d", 50000+i), "server:7")
			if err != nil {
				said[i] = err.Error()
				return
			}
			defer c.Close()
			data := pattern(10_000 * (i + 1))
			back, err := exchange(c, data)
			said[i] = fmt.Sprint(bytes.Equal(data, back), err)
		})
	}
	clients.Wait()
	return fmt.Sprint(said)
}

// perform plays a scene to its end, and returns the transcript: every event
// with its time and its bytes, and what the programs saw.
func (sc scene) perform(t *testing.T, disturb bool) []string {
	var lines []string
	cfg := sc.cfg
	cfg.Observe = func(e lab.Event) {
		lines = append(lines, fmt.Sprintf("%v %v at %s: frame %d, %s to %s, %d bytes %x, %q", e.T, e.Stage, e.At,
			e.Frame.Number, e.Frame.From, e.Frame.To, len(e.Bytes), sha256.Sum256(e.Bytes), e.Verdict.Why))
		if disturb {
			for range rand.IntN(4) { // work that the scheduler mixes with the stacks'
				go burn(rand.IntN(20_000))
			}
		}
	}
	w := makeWorld(t, cfg)
	defer w.end()
	saw := sc.play(w)
	w.client.Sleep(5 * time.Minute) // every timer of TCP has its say
	at := w.Elapsed()
	w.end()
	return append(lines, fmt.Sprintf("%s at %v", saw, at))
}

func burn(n int) {
	for i := range n {
		if i%1000 == 0 {
			runtime.Gosched()
		}
	}
}

// TestRepeats: the same seed gives the same frames at the same times with the
// same bytes, while other processes load every core and other goroutines run
// between the frames.
func TestRepeats(t *testing.T) {
	repeats := variable(t, repeatsVariable, 20)
	if testing.Short() {
		repeats = 3
	}
	loadCores(t, runtime.NumCPU())
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			first := sc.perform(t, false)
			if len(first) < 4 {
				t.Fatalf("too few events for a scene: %q", first)
			}
			t.Logf("%d events, %s", len(first)-1, first[len(first)-1])
			for i := range repeats - 1 {
				again := sc.perform(t, i%2 == 0)
				for j := range max(len(first), len(again)) {
					if j >= len(first) || j >= len(again) || first[j] != again[j] {
						t.Fatalf("run %d differs from the first in line %d:\n%s\n%s", i+2, j, line(first, j), line(again, j))
					}
				}
			}
		})
	}
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(no more)"
}

// TestSeeds: another seed, another run, where chance has a say.
func TestSeeds(t *testing.T) {
	sc := scene{"", wire(lab.Lose(lab.Data.Share(0.2))), bulk(50_000)}
	one := sc.perform(t, false)
	sc.cfg.Seed++
	two := sc.perform(t, false)
	if fmt.Sprint(one) == fmt.Sprint(two) {
		t.Error("two seeds, one transcript")
	}
}
