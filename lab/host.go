package lab

import (
	"errors"
	"fmt"
	"math/rand"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

// A Host is a computer on the network: a card, a TCP/IP stack, and the calls of
// the net package to use it.
type Host struct {
	net   *Network
	id    int
	name  string
	card  *card
	stack *stack.Stack
	addrs []netip.Addr

	mu       sync.Mutex
	nextPort uint16
}

// MaxHosts is how many hosts a network holds.
const MaxHosts = 250

// nic is the number of a host's only card.
const nic tcpip.NICID = 1

// Host adds a host. It has the given addresses, and reaches what its prefixes
// cover. The hosts' names are known to all, as if from a hosts file.
func (n *Network) Host(name string, prefixes ...netip.Prefix) (*Host, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.closed:
		return nil, errors.New("the network is closed")
	case name == "" || name == "all":
		return nil, fmt.Errorf("%q is no name for a host", name)
	case len(n.hosts) == MaxHosts:
		return nil, fmt.Errorf("the network holds %d hosts", MaxHosts)
	}
	for _, h := range n.hosts {
		if h.name == name {
			return nil, fmt.Errorf("there is a host %q already", name)
		}
	}
	h := &Host{net: n, id: len(n.hosts) + 1, name: name, nextPort: firstDynamicPort}
	h.card = &card{host: h, mtu: uint32(n.cfg.MTU), address: [6]byte{2, 0, 0, 0, 0, byte(h.id)}} // 2: locally administered
	random := rand.NewSource(int64(n.cfg.Seed) ^ int64(h.id)<<32).(rand.Source64)
	h.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
		Clock:              n.clock,
		HandleLocal:        true,
		RandSource:         &lockedSource{source: random},
		SecureRNG:          &secret{seed: int64(random.Uint64())},
	})
	if err := h.setUp(prefixes); err != nil {
		h.end()
		return nil, fmt.Errorf("host %s: %w", name, err)
	}
	n.hosts = append(n.hosts[:len(n.hosts):len(n.hosts)], h) // a new array: others may be reading the old one
	return h, nil
}

func (h *Host) setUp(prefixes []netip.Prefix) error {
	for _, option := range h.net.cfg.TCP.options() {
		if err := h.stack.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return errors.New(err.String())
		}
	}
	if err := h.stack.CreateNIC(nic, h.card); err != nil {
		return errors.New(err.String())
	}
	for _, p := range prefixes {
		if !p.IsValid() || p.Addr().Is4In6() || p.Addr().Zone() != "" {
			return fmt.Errorf("%v is no address with a prefix length", p)
		}
		proto := ipv4.ProtocolNumber
		if p.Addr().Is6() {
			proto = ipv6.ProtocolNumber
			if h.net.cfg.MTU < MinMTU6 {
				return fmt.Errorf("%v: IPv6 needs an MTU of %d, the wire has %d (RFC 8200 5)", p.Addr(), MinMTU6, h.net.cfg.MTU)
			}
		}
		a := tcpip.AddressWithPrefix{Address: tcpip.AddrFromSlice(p.Addr().AsSlice()), PrefixLen: p.Bits()}
		if err := h.stack.AddProtocolAddress(nic, tcpip.ProtocolAddress{Protocol: proto, AddressWithPrefix: a}, stack.AddressProperties{}); err != nil {
			return fmt.Errorf("%v: %s", p, err)
		}
		h.stack.AddRoute(tcpip.Route{Destination: a.Subnet(), NIC: nic})
		h.addrs = append(h.addrs, p.Addr())
	}
	return nil
}

// end ends the stack and waits for its goroutines. The wait is bounded: an
// endpoint that is closing already when the stack ends may never say that it
// has closed.
func (h *Host) end() {
	h.stack.Close()
	done := make(chan struct{})
	go func() {
		h.stack.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

// Name returns the name of the host.
func (h *Host) Name() string { return h.name }

// MAC returns the address of the host's card.
func (h *Host) MAC() [6]byte { return h.card.address }

// Addrs returns the IP addresses of the host, in the order they were given.
func (h *Host) Addrs() []netip.Addr { return h.addrs }

// Now returns the time of the network's clock, which begins at midnight of
// 1 January 2000, UTC.
func (h *Host) Now() time.Time { return h.net.clock.Now() }

// AfterFunc calls f in a goroutine of its own once d has passed on the
// network's clock. stop reports whether it came before that.
func (h *Host) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return h.net.clock.after(d, caller, h.name, func() { go f() }).Stop
}

// Sleep waits until d has passed on the network's clock, or until the network
// is closed.
func (h *Host) Sleep(d time.Duration) {
	done := make(chan struct{})
	h.net.clock.after(d, caller, h.name, func() { close(done) })
	<-done
}

// A secret is what a stack takes its random bytes from. Long reads are of keys,
// and give the same bytes whoever comes first. Short ones are of the
// identifications of packets, and count on: the fragments of two datagrams must
// not be taken for those of one (RFC 6864 4).
type secret struct {
	seed int64
	ids  atomic.Uint32
}

func (s *secret) Read(b []byte) (int, error) {
	n, err := rand.New(rand.NewSource(s.seed)).Read(b)
	if len(b) <= 4 {
		sum := s.ids.Add(1) - 1
		for i := range b {
			sum += uint32(b[i])
			b[i] = byte(sum)
			sum >>= 8
		}
	}
	return n, err
}

// A lockedSource is a source of random numbers for many goroutines.
type lockedSource struct {
	mu     sync.Mutex
	source rand.Source64
}

func (s *lockedSource) Uint64() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.Uint64()
}

func (s *lockedSource) Int63() int64 { return int64(s.Uint64() >> 1) }

// Seed does nothing: the network's seed was set when the host was made.
func (s *lockedSource) Seed(int64) {}
