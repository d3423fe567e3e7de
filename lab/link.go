package lab

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"onwire/wire/packet"
)

// A link carries frames between the hosts. Hosts send from any goroutine; the
// rest happens in the clock's, one frame after the other.
type link struct {
	net  *Network
	sent atomic.Int64
	cut  atomic.Bool

	mu    sync.Mutex
	batch []outgoing // sent at this instant

	rules []*counter
	held  map[*Host]*flight // swapped: waits for the next frame of that host
}

type outgoing struct {
	from *Host
	flow []byte
	data []byte
}

func (l *link) init(n *Network) {
	l.net = n
	l.held = make(map[*Host]*flight)
	for i, r := range n.cfg.Rules {
		l.rules = append(l.rules, &counter{Rule: r, random: rand.New(rand.NewPCG(n.cfg.Seed, uint64(i)))})
	}
}

// send takes a frame from a host. It goes on the wire when every goroutine has
// come to rest: a stack calls this with its locks held.
func (l *link) send(from *Host, data []byte) {
	o := outgoing{from, flow(data), data}
	l.mu.Lock()
	l.batch = append(l.batch, o)
	l.mu.Unlock()
	l.net.clock.poke()
}

// flush puts the frames of one step on the wire. Which of two hosts, or of two
// flows, came first within the step is the scheduler's whim, so they are sorted.
func (l *link) flush() bool {
	l.mu.Lock()
	batch := l.batch
	l.batch = nil
	l.mu.Unlock()
	slices.SortStableFunc(batch, func(a, b outgoing) int {
		return cmp.Or(cmp.Compare(a.from.id, b.from.id), bytes.Compare(a.flow, b.flow))
	})
	for _, o := range batch {
		l.transmit(o.from, o.data)
	}
	return len(batch) > 0
}

// flow returns what the frames of one flow have in common: the protocol, the
// addresses and the ports. ARP comes first: its flow is empty.
func flow(frame []byte) []byte {
	var p packet.Packet
	switch p.Parse(packet.LinkEthernet, frame) {
	case packet.OK:
		src, dst := p.Src(frame), p.Dst(frame)
		return slices.Concat([]byte{p.Proto}, src.AsSlice(), dst.AsSlice(), frame[p.Transport:p.Transport+4])
	case packet.Other, packet.Fragment:
		if p.Version != 0 {
			return slices.Concat([]byte{p.Proto}, p.Src(frame).AsSlice(), p.Dst(frame).AsSlice())
		}
	}
	return nil
}

// A flight is a frame on its way, with the verdict on it.
type flight struct {
	frame   Frame
	verdict Verdict
	from    *Host
	timer   *timer // of a swapped frame that waits
}

// transmit gives one frame its number and its verdict, and sends it on.
func (l *link) transmit(from *Host, data []byte) {
	if l.sent.Load() == int64(l.net.cfg.Frames) {
		if !l.cut.Load() {
			l.net.cut()
		}
		return
	}
	f := &flight{from: from, frame: Frame{
		Number: int(l.sent.Add(1)),
		Sent:   l.net.clock.elapsed(),
		From:   from.name,
		To:     "all",
		Bytes:  data,
	}}
	for _, h := range l.net.all() {
		if h.card.address == [6]byte(data) {
			f.frame.To = h.name
		}
	}
	f.verdict = l.judge(f.frame)
	l.tell(Event{Sent, f.frame.Sent, from.name, f.frame, data, f.verdict})

	before := l.held[from]
	switch {
	case f.verdict.Lost:
		l.tell(Event{Lost, f.frame.Sent, from.name, f.frame, data, f.verdict})
	case f.verdict.Swapped && before == nil:
		l.held[from] = f
		f.timer = l.net.clock.after(holdFor, wireTimer, "", func() { l.release(f) })
		return
	default:
		l.carry(f)
	}
	if before != nil && before.timer.Stop() {
		l.release(before)
	}
}

// holdFor bounds the wait of a frame that is to be swapped with the next: a
// host that waits for an answer to it sends no next.
const holdFor = 100 * time.Millisecond

func (l *link) release(f *flight) {
	delete(l.held, f.from)
	l.carry(f)
}

// carry lets the frame arrive, after the latency, as often as the verdict says.
func (l *link) carry(f *flight) {
	data := f.verdict.on(f.frame.Bytes)
	for range 1 + f.verdict.Copies {
		l.net.clock.after(l.net.cfg.Latency+f.verdict.Delay, wireTimer, "", func() { l.arrive(f, data) })
	}
}

// arrive hands the frame to the hosts that it is addressed to.
func (l *link) arrive(f *flight, data []byte) {
	for _, h := range l.net.all() {
		if h != f.from && h.card.wants(data) {
			l.tell(Event{Arrived, l.net.clock.elapsed(), h.name, f.frame, data, f.verdict})
			h.card.receive(data)
		}
	}
}

func (l *link) tell(e Event) {
	if l.net.cfg.Observe != nil {
		l.net.cfg.Observe(e)
	}
}

// judge asks every rule about the frame.
func (l *link) judge(f Frame) Verdict {
	var v Verdict
	for _, r := range l.rules {
		r.apply(f, &v)
	}
	return v
}
