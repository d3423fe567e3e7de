package portmux

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Socket is where an app meets the network: a protocol, a local address and
// port, and for a connected one a remote address and port. It is made by Bind
// or Connect and never changes.
type Socket struct {
	App    string
	Proto  Proto
	Local  netip.AddrPort // an unspecified address is the wildcard
	Remote netip.AddrPort // invalid where the socket is not connected
	Options

	local addr // zero for the wildcard
	conn  key  // of a connected one
	is6   bool // made for IPv6: a wildcard one takes IPv4 too unless V6Only
	many  bool // the local address is a multicast or broadcast address
	seq   int  // which was bound first
	place int  // in the list of its port, where it is connected
	older *Socket
}

// Options are the socket options that the look-up depends on.
type Options struct {
	ReuseAddr bool         // SO_REUSEADDR: others may have the port too
	ReusePort bool         // SO_REUSEPORT: share the port's packets with a group
	V6Only    bool         // IPV6_V6ONLY: no IPv4 for this IPv6 socket
	Join      []netip.Addr // multicast groups that the socket has joined
}

// String returns the socket as one writes it down: "game udp 0.0.0.0:7777".
func (s *Socket) String() string {
	text := fmt.Sprintf("%s %s %s", s.App, s.Proto, s.Local)
	if s.Connected() {
		text += " <- " + s.Remote.String()
	}
	for _, o := range []struct {
		on   bool
		name string
	}{{s.ReuseAddr, "reuse"}, {s.ReusePort, "reuseport"}, {s.V6Only, "v6only"}} {
		if o.on {
			text += " " + o.name
		}
	}
	for _, g := range s.Join {
		text += " join=" + g.String()
	}
	return text
}

// Connected reports whether the socket takes packets of one sender only.
func (s *Socket) Connected() bool { return s.Remote.IsValid() }

// The errors of Bind and Connect, for errors.Is.
var (
	ErrInUse    = errors.New("address already in use")             // EADDRINUSE
	ErrNotLocal = errors.New("not an address of this host")        // EADDRNOTAVAIL
	ErrAddress  = errors.New("not an address and a port")          // nothing that the kernel would see
	ErrFamily   = errors.New("IPv4 and IPv6 cannot talk directly") // EAFNOSUPPORT
)

// Bind gives an app a port: "10.9.0.2:5004", "[fd09::2]:80", or ":7777", which
// is 0.0.0.0:7777. The address [::] takes IPv6 and IPv4 unless V6Only is set.
func (m *Mux) Bind(app string, proto Proto, local string, options ...Options) (*Socket, error) {
	return m.add(app, proto, local, "", options)
}

// Connect gives an app the packets that one remote address and port sends to a
// local one. For TCP it is a connection that stands: what accept returns. A
// wildcard as the local address means the first one of the right family.
func (m *Mux) Connect(app string, proto Proto, local, remote string, options ...Options) (*Socket, error) {
	return m.add(app, proto, local, remote, options)
}

func (m *Mux) add(app string, proto Proto, local, remote string, options []Options) (*Socket, error) {
	s := &Socket{App: app, Proto: proto}
	if proto != TCP && proto != UDP {
		return nil, fmt.Errorf("%s has no ports", proto)
	}
	for _, o := range options {
		s.Options = o
	}
	var err error
	if s.Local, err = parseAddrPort(local); err != nil {
		return nil, err
	}
	if s.Local.Port() == 0 {
		return nil, fmt.Errorf("%q: %w: port 0 is none, it asks a system to choose one", local, ErrAddress)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if remote != "" {
		if s.Remote, err = parseAddrPort(remote); err != nil {
			return nil, err
		}
		if err := m.chooseLocal(s); err != nil {
			return nil, err
		}
	}
	s.is6 = s.Local.Addr().Is6()
	s.local = makeAddr(s.Local.Addr())
	s.many = s.Local.Addr().IsMulticast() || m.host.isBroadcast(s.local)
	if err := m.check(s); err != nil {
		return nil, fmt.Errorf("%s: %w", s, err)
	}
	m.bound++
	s.seq = m.bound
	for _, g := range s.Join {
		m.groups[makeAddr(g)]++
	}
	port := m.ports[proto.index()].make(s.Local.Port())
	if s.Connected() && !s.many {
		s.conn = key{s.local, makeAddr(s.Remote.Addr()), makePorts(s.Local.Port(), s.Remote.Port(), uint8(proto))}
		m.conns.add(s)
		port.connect(s)
		return s, nil
	}
	// Look-ups go from the last to the first: what was bound last is found
	// first. Linux puts a SO_REUSEPORT socket of IPv6 at the other end.
	if s.ReusePort && s.is6 {
		port.bound = append([]*Socket{s}, port.bound...)
	} else {
		port.bound = append(port.bound[:len(port.bound):len(port.bound)], s)
	}
	return s, nil
}

// parseAddrPort reads an address with a port; an empty address is 0.0.0.0.
func parseAddrPort(s string) (netip.AddrPort, error) {
	if port, ok := strings.CutPrefix(s, ":"); ok {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			return netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(n)), nil
		}
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return ap, fmt.Errorf("%q: %w, such as 10.9.0.2:80, [fd09::2]:80 or :80", s, ErrAddress)
	}
	return ap, nil
}

// chooseLocal gives a connected socket a local address of the remote's family.
func (m *Mux) chooseLocal(s *Socket) error {
	remote, local := s.Remote.Addr(), s.Local.Addr()
	if local.IsUnspecified() {
		for _, p := range m.host.prefixes {
			if p.Addr().Is4() == remote.Unmap().Is4() {
				s.Local = netip.AddrPortFrom(p.Addr(), s.Local.Port())
				return nil
			}
		}
		return fmt.Errorf("%s has no address to reach %s from: %w", s.App, remote, ErrFamily)
	}
	if local.Unmap().Is4() != remote.Unmap().Is4() {
		return fmt.Errorf("%s to %s: %w", local, remote, ErrFamily)
	}
	return nil
}

// check refuses what the kernel would refuse.
func (m *Mux) check(s *Socket) error {
	a := s.Local.Addr()
	if s.local != (addr{}) && !m.host.has(s.local) && !m.host.isBroadcast(s.local) && !a.IsMulticast() {
		return ErrNotLocal
	}
	for _, g := range s.Join {
		if !g.IsMulticast() {
			return fmt.Errorf("%s is not a multicast group", g)
		}
	}
	port := m.ports[s.Proto.index()].get(s.Local.Port())
	if port == nil {
		return nil
	}
	if s.Connected() && s.Proto == TCP {
		k := key{s.local, makeAddr(s.Remote.Addr()), makePorts(s.Local.Port(), s.Remote.Port(), uint8(s.Proto))}
		if c := m.conns.find(&k, k.hash(m.conns.seed)); c != nil {
			return fmt.Errorf("%w by %s", ErrInUse, c.App)
		}
		return nil // what a listener accepts shares the listener's port
	}
	others := port.bound
	if s.Proto == UDP && !(s.ReuseAddr && port.notAddr == 0) && !(s.ReusePort && port.notPort == 0) {
		others = append(others[:len(others):len(others)], port.connected...)
	}
	for _, o := range others {
		shared := o.ReusePort && s.ReusePort || s.Proto == UDP && o.ReuseAddr && s.ReuseAddr
		if !shared && o.overlaps(s) {
			return fmt.Errorf("%w by %s", ErrInUse, o.App)
		}
	}
	return nil
}

// overlaps reports whether there are packets that both sockets could take.
func (s *Socket) overlaps(o *Socket) bool {
	if s.local != (addr{}) && o.local != (addr{}) {
		return s.local == o.local
	}
	return s.takes(true) && o.takes(true) || s.takes(false) && o.takes(false)
}

// only6 reports whether no IPv4 packet can reach the socket.
func (s *Socket) only6() bool {
	return s.is6 && (s.V6Only || s.local != (addr{}) && !s.local.is4())
}

// takes reports whether the socket's family takes packets of a version.
func (s *Socket) takes(v4 bool) bool {
	if v4 {
		return !s.only6()
	}
	return s.is6 && !s.local.is4()
}

// Close takes a socket away. Closing it again does nothing.
func (m *Mux) Close(s *Socket) {
	m.mu.Lock()
	defer m.mu.Unlock()
	port := m.ports[s.Proto.index()].get(s.Local.Port())
	if port == nil {
		return
	}
	if s.Connected() && !s.many {
		if !port.disconnect(s) {
			return
		}
		m.conns.remove(s)
	} else {
		i := slices.Index(port.bound, s)
		if i < 0 {
			return
		}
		// A copy: a Verdict may still look at the old list.
		port.bound = append(port.bound[:i:i], port.bound[i+1:]...)
	}
	for _, g := range s.Join {
		if m.groups[makeAddr(g)]--; m.groups[makeAddr(g)] == 0 {
			delete(m.groups, makeAddr(g))
		}
	}
}

// Sockets returns all sockets in the order in which they were bound.
func (m *Mux) Sockets() []*Socket {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []*Socket
	for i := range m.ports {
		m.ports[i].each(func(p *port) {
			all = append(append(all, p.bound...), p.connected...)
		})
	}
	sortSockets(all)
	return all
}
