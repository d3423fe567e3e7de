package lab

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// A Config says what a network is like. The zero Config is a wire without
// latency and without faults, between hosts with the TCP of the textbooks.
type Config struct {
	Seed    uint64        // of the stacks' random numbers, and of rules that hit a share of the frames
	Latency time.Duration // of the wire, one way
	MTU     int           // the largest IP packet on the wire, in bytes; 1500 where 0
	Rules   []Rule        // what the wire does to frames; all that match are applied. Dial fails while a host that one names is missing
	TCP     TCP

	// Observe is called for every frame before and after the wire's verdict,
	// in the order of the wire. The wire waits for it.
	Observe func(Event)

	// Frames bounds the life of the network: after so many frames the wire
	// is cut, and every call on a connection fails with ErrCut. 2^20 where 0.
	Frames int
}

// Bounds of what a Config may ask for.
const (
	MinMTU     = 68   // RFC 791 3.2: every link carries so much of IPv4
	MinMTU6    = 1280 // RFC 8200 5: and so much of IPv6
	MaxMTU     = 65535
	MaxLatency = time.Minute
)

// A Network is a wire with hosts on it: a cable between two, a switch between
// more.
type Network struct {
	cfg   Config
	clock *clock
	link  link

	mu     sync.Mutex
	hosts  []*Host
	open   map[*socket]bool
	closed bool
}

// New returns a network without hosts. Close it after use.
func New(cfg Config) (*Network, error) {
	if cfg.MTU == 0 {
		cfg.MTU = 1500
	}
	if cfg.Frames == 0 {
		cfg.Frames = 1 << 20
	}
	switch {
	case cfg.MTU < MinMTU || cfg.MTU > MaxMTU:
		return nil, fmt.Errorf("an MTU of %d bytes: IPv4 needs %d to %d", cfg.MTU, MinMTU, MaxMTU)
	case cfg.Latency < 0 || cfg.Latency > MaxLatency:
		return nil, fmt.Errorf("a latency of %v: want 0 to %v", cfg.Latency, MaxLatency)
	case cfg.Frames < 0:
		return nil, fmt.Errorf("a life of %d frames: want 1 or more", cfg.Frames)
	}
	if err := cfg.TCP.check(); err != nil {
		return nil, err
	}
	for _, r := range cfg.Rules {
		if err := r.check(); err != nil {
			return nil, err
		}
	}
	n := &Network{cfg: cfg, open: make(map[*socket]bool)}
	n.link.init(n)
	n.clock = newClock(n.link.flush)
	takeProcessor()
	go n.clock.run()
	return n, nil
}

// Elapsed returns the time since the network began.
func (n *Network) Elapsed() time.Duration { return n.clock.elapsed() }

// Frames returns how many frames were sent so far.
func (n *Network) Frames() int { return int(n.link.sent.Load()) }

// Idle returns the rules that have hit no frame so far.
func (n *Network) Idle() []Rule {
	var idle []Rule
	for _, r := range n.link.rules {
		if !r.met.Load() {
			idle = append(idle, r.Rule)
		}
	}
	return idle
}

// ErrCut says that the network ended because it had carried all the frames that
// its Config allows.
var ErrCut = errors.New("the wire was cut: its life was over")

// Err returns ErrCut if the wire was cut, and else nil.
func (n *Network) Err() error {
	if n.link.cut.Load() {
		return ErrCut
	}
	return nil
}

// over returns why there is no network any more.
func (n *Network) over() error {
	return cmp.Or(n.Err(), net.ErrClosed)
}

// cut ends every call on the network's sockets, one after the other: nothing
// will come any more that could.
func (n *Network) cut() {
	n.link.cut.Store(true)
	n.mu.Lock()
	defer n.mu.Unlock()
	for s := range n.open {
		n.clock.soon(s.key, s.shut)
	}
}

// strangers says which rule names a host that the network does not have.
func (n *Network) strangers() error {
	hosts := n.all()
	for _, r := range n.cfg.Rules {
		known := func(h *Host) bool { return h.name == r.From() }
		if r.From() != "" && !slices.ContainsFunc(hosts, known) {
			return fmt.Errorf("the rule %q: there is no host %q", r, r.From())
		}
	}
	return nil
}

// Close ends the network. Calls that wait on its connections return
// net.ErrClosed; no goroutine of it is left.
func (n *Network) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	hosts := slices.Clone(n.hosts)
	var open []*socket
	for s := range n.open {
		open = append(open, s)
	}
	n.mu.Unlock()

	defer giveProcessor()
	n.clock.halt()
	for _, s := range open {
		s.shut()
	}
	n.clock.release() // after that: a deadline is not why a call ends
	for _, h := range hosts {
		h.end()
	}
	return nil
}

// all returns the hosts, in the order in which they came.
func (n *Network) all() []*Host {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hosts
}
