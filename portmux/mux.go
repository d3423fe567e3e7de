// Package portmux is the port demultiplexer of a host: given an IP packet, it
// finds the app that the packet is for, by the rules of RFC 768, RFC 9293 and
// RFC 1122 as Linux applies them, or the reply that the host sends instead.
//
//	m, err := portmux.New("10.9.0.2/24")
//	m.Bind("game", portmux.UDP, ":7777")
//	m.Bind("web", portmux.TCP, ":80")
//	v := m.Deliver(packet)         // v.String() is "deliver:game"
//	steps := m.Explain(packet)     // the same look-up, step by step
//
// The rules in one place:
//
//   - A packet with a wrong length, offset or checksum is dropped, and a packet
//     for another host too. Fragments are held until the datagram is whole.
//   - TCP and UDP have a space of ports each.
//   - A socket connected to exactly this sender, address and port, comes first.
//   - Then sockets bound to this local address and port, then those bound to
//     the port on any address; an IPv4 socket before a dual-stack IPv6 one.
//   - Among equals the one bound last wins; members of a SO_REUSEPORT group
//     share by a hash of the four-tuple.
//   - Multicast and broadcast UDP go to every socket that matches.
//   - ICMP errors go to the socket that sent the packet they quote.
//   - If there is nobody, UDP is answered with ICMP port unreachable, TCP with
//     RST.
package portmux

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"onwire/wire"
)

// A Proto is a transport protocol with ports, by its number in IP.
type Proto uint8

const (
	TCP Proto = 6
	UDP Proto = 17
)

func (p Proto) String() string {
	switch p {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

func (p Proto) index() int {
	if p == TCP {
		return 0
	}
	return 1
}

// A Mux is one host: its addresses and its sockets. All methods may be called
// at the same time from several goroutines. Create one with New.
type Mux struct {
	mu     sync.RWMutex
	host   host
	ports  [2]portTable // of TCP and UDP: sockets by local port
	conns  connTable    // connected sockets by four-tuple
	groups map[addr]int // multicast groups that a socket has joined, and how many have
	bound  int          // sockets bound so far, for their order
	frags  fragments
	secret uint64 // of the initial sequence numbers
}

// New returns the Mux of a host with the given addresses, each with the length
// of its prefix: "10.9.0.2/24", "fd09::2/64". The prefix tells the broadcast
// address. The loopback addresses are not among them: nothing comes from a
// wire for those (RFC 1122 3.2.1.3).
func New(addrs ...string) (*Mux, error) {
	m := &Mux{groups: map[addr]int{}, secret: rand.Uint64()}
	m.conns.seed = rand.Uint64()
	m.frags.now = time.Now
	for _, s := range addrs {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not an address with a prefix length, such as 10.9.0.2/24", s)
		}
		if a := prefix.Addr(); a.Is4In6() || a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() {
			return nil, fmt.Errorf("%q cannot be an address of a host on a wire", s)
		}
		m.host.add(prefix)
	}
	return m, nil
}

// Addrs returns the addresses of the host.
func (m *Mux) Addrs() []netip.Prefix {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return append([]netip.Prefix(nil), m.host.prefixes...)
}

// SetClock sets the clock by which fragments grow old, and the secret of the
// initial sequence numbers: with the same of both, a Mux repeats itself.
func (m *Mux) SetClock(now func() time.Time, secret uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.frags.now, m.secret = now, secret
}

// Deliver says what the host does with an IP packet, which starts with its IP
// header. The Verdict points into pkt. For a packet that is no fragment
// Deliver does not allocate, but for a group of more than 64 sockets.
func (m *Mux) Deliver(pkt []byte) Verdict {
	q := query{pkt: pkt}
	m.mu.RLock()
	m.deliver(&q)
	m.mu.RUnlock()
	return q.v
}

// Explain does what Deliver does and returns every step of it. A fragment is
// held by it as by Deliver.
func (m *Mux) Explain(pkt []byte) (Verdict, []Step) { return m.ExplainRecord(pkt, len(pkt)) }

// ExplainRecord is Explain for a packet of length bytes of which a capture has
// kept only the beginning, pkt. The verdict is then Unknown, but for a packet
// that the host drops for what is there; a step says what the host does if the
// rest is right.
func (m *Mux) ExplainRecord(pkt []byte, length int) (Verdict, []Step) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var t trace
	q := query{pkt: pkt, trace: &t, missing: max(0, length-len(pkt))}
	if q.missing > 0 {
		t.pass("capture", "", "it kept %d of the packet's %d bytes", len(pkt), length)
	}
	m.deliver(&q)
	// Whether an answer may be sent depends on what is in the rest.
	if q.missing > 0 && q.v.Kind != Unknown && (q.v.Kind != Drop || q.v.Reason == NoAnswerToSource) {
		if q.v.Kind != Drop {
			t.steps = append(t.steps, Step{Rule: "if the rest is right", Socket: q.v.Socket, Result: Kept, Note: wire.Notef("%s", q.v)})
		}
		q.v = Verdict{Kind: Unknown, Version: q.v.Version, Reason: CutByCapture, Packet: q.v.Packet, transport: q.v.transport}
	}
	t.verdict(q.v)
	return q.v, t.steps
}
