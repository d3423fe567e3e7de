package main

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"

	"onwire/greeter/frames"
	"onwire/lab"
	"onwire/wire/packet"
)

const (
	labLatency = 10 * time.Millisecond // of the lab's wire, one way
	labFrames  = 20000                 // bounds the demo, which sends fewer than a thousand
	labServer  = "server:8888"
)

// A network is the lab's wire between a client and a server, and what is read
// off it as the client's card sees it.
//
// Time on the wire is the lab's. gRPC's own timers (keepalive, backoff, what a
// deadline leaves to the server) are on this machine's clock and cannot be
// moved: no scene waits for one. Which frames of HTTP/2 share a segment is up
// to the goroutines of gRPC, so segments and their times may differ between
// runs where the frames in them do not.
type network struct {
	*lab.Network
	client, server *lab.Host
	recording      lab.Recording

	mu    sync.Mutex
	taps  map[uint16]*wiretap // by the client's port
	parse packet.Packet
}

// A wiretap puts a connection's bytes together again, for a recorder.
type wiretap struct {
	recorder *recorder
	next     [2]uint32 // the sequence number that a side comes to
	begun    [2]bool
}

func newNetwork(seed uint64) (n *network, err error) {
	n = &network{recording: lab.Recording{At: "client"}, taps: make(map[uint16]*wiretap)}
	n.Network, err = lab.New(lab.Config{Seed: seed, Latency: labLatency, Frames: labFrames, Observe: n.observe})
	if err != nil {
		return nil, err
	}
	n.client, err = n.Host("client", netip.MustParsePrefix("10.0.0.1/24"))
	if err == nil {
		n.server, err = n.Host("server", netip.MustParsePrefix("10.0.0.2/24"))
	}
	if err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// dialer makes the client's connections, and lets r read along.
func (n *network) dialer(r *recorder) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := n.client.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.taps[uint16(nc.LocalAddr().(*net.TCPAddr).Port)] = &wiretap{recorder: r}
		return nc, nil
	}
}

// observe reads a frame as it leaves or reaches the client's card. This wire
// loses nothing, so bytes out of their place are bytes that come again.
func (n *network) observe(e lab.Event) {
	n.recording.Observe(e)
	if e.At != "client" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := &n.parse
	if p.Parse(packet.LinkEthernet, e.Bytes) != packet.OK || p.Proto != packet.ProtoTCP || p.Length < 1 {
		return
	}
	from, port := frames.Client, p.SrcPort
	if e.Frame.From != "client" {
		from, port = frames.Server, p.DstPort
	}
	t := n.taps[port]
	if t == nil {
		return
	}
	seq := binary.BigEndian.Uint32(e.Bytes[p.Transport+4:])
	if t.begun[from] && seq != t.next[from] {
		return
	}
	t.begun[from], t.next[from] = true, seq+uint32(p.Length)
	t.recorder.feed(from, e.Bytes[p.Payload:p.Payload+p.Length])
}

// settle lets what is on its way arrive, so that one connection has ended
// before the next begins.
func (n *network) settle() { n.client.Sleep(time.Second) }

// align lets time pass up to the next half second: a call then begins at the
// same time in every run, however soon gRPC's goroutines were done with the
// one before.
func (n *network) align() {
	const step = 500 * time.Millisecond
	if past := n.Elapsed() % step; past > 0 {
		n.client.Sleep(step - past)
	}
}

// withTimeout is context.WithTimeout on the lab's clock: gRPC reads the time
// that is left, and writes it into the headers; the lab says when it is over.
// So the client's clock always comes before the server's, which is real.
func (n *network) withTimeout(parent context.Context, d time.Duration) context.Context {
	c := &labContext{Context: parent, end: time.Now().Add(d), over: make(chan struct{})}
	n.client.AfterFunc(d, func() { close(c.over) })
	return c
}

// A labContext is over at a time of the lab's clock.
type labContext struct {
	context.Context
	end  time.Time // by this machine's clock, from where time stands still
	over chan struct{}
}

func (c *labContext) Deadline() (time.Time, bool) { return c.end, true }
func (c *labContext) Done() <-chan struct{}       { return c.over }

func (c *labContext) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
