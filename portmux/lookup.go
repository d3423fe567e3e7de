package portmux

import (
	"math/bits"

	"onwire/wire"
)

// lookup finds the one socket for a packet to one host, or nil: first among
// those connected to its sender, then among those bound to its port.
func (m *Mux) lookup(q *query) (*Socket, Reason) {
	var hash uint64
	if m.conns.used > 0 {
		hash = q.key.hash(m.conns.seed)
		if s := m.conns.find(&q.key, hash); s != nil {
			if q.trace != nil {
				m.explainPort(q, s)
			}
			return s, ByFourTuple
		}
	}
	p := m.ports[q.key.proto().index()].get(q.key.localPort())
	if p == nil {
		if q.trace != nil {
			m.explainPort(q, nil)
		}
		return nil, 0
	}
	// The last bound comes first, and only a better one takes its place.
	var best *Socket
	bestRank := rank(0)
	for i := len(p.bound) - 1; i >= 0; i-- {
		if r := p.bound[i].rank(q); r > bestRank {
			best, bestRank = p.bound[i], r
		}
	}
	reason := ByWildcard
	if bestRank >= rankAddress {
		reason = ByAddress
	}
	if best != nil && best.ReusePort {
		if hash == 0 {
			hash = q.key.hash(m.conns.seed)
		}
		best = q.share(p.bound, best, hash)
	}
	if q.trace != nil {
		m.explainPort(q, best)
	}
	return best, reason
}

// A rank says how well a socket fits a packet; 0 is not at all. A bound
// address counts before everything else, then the family.
type rank int

const (
	rankNone    rank = 0
	rankDual    rank = 1 // a dual-stack socket, for an IPv4 packet
	rankFamily  rank = 2
	rankAddress rank = 4 // and the local address is this one, not the wildcard
)

func (s *Socket) rank(q *query) rank {
	r := rankFamily
	if s.local != (addr{}) {
		if s.local != q.key.local {
			return rankNone
		}
		r += rankAddress
	}
	if q.v4 {
		if s.is6 {
			if s.V6Only {
				return rankNone
			}
			r-- // rankDual
		}
	} else if !s.is6 {
		return rankNone
	}
	return r
}

// share chooses one of the SO_REUSEPORT group that s belongs to: those with
// the same address and family. The hash of the four-tuple chooses, so that a
// sender always reaches the same one.
func (q *query) share(bound []*Socket, s *Socket, hash uint64) *Socket {
	if len(bound) > 64 {
		bound = sameGroup(bound, s)
	}
	var mask uint64
	for i, o := range bound {
		if s.sharesWith(o) {
			mask |= 1 << i
		}
	}
	n := bits.OnesCount64(mask)
	if n < 2 {
		return s
	}
	nth, _ := bits.Mul64(hash, uint64(n))
	rest := mask
	for range nth {
		rest &= rest - 1
	}
	q.group, q.mask = bound, mask
	return bound[bits.TrailingZeros64(rest)]
}

func (s *Socket) sharesWith(o *Socket) bool {
	return o.ReusePort && o.local == s.local && o.is6 == s.is6 && o.only6() == s.only6()
}

// sameGroup picks the first 64 members of a group out of a longer list.
func sameGroup(bound []*Socket, s *Socket) []*Socket {
	var group []*Socket
	for _, o := range bound {
		if s.sharesWith(o) && len(group) < 64 {
			group = append(group, o)
		}
	}
	return group
}

// udpMany delivers a datagram for many: every socket on the port that matches
// gets a copy (RFC 1122 4.1.3.3). On Linux a wildcard socket gets what is sent
// to any group that somebody on the host has joined (IP_MULTICAST_ALL).
func (m *Mux) udpMany(q *query, payload []byte) *Verdict {
	var list []*Socket
	if p := m.ports[UDP.index()].get(q.key.localPort()); p != nil {
		list = p.bound
	}
	if len(list) > 64 {
		var all []*Socket
		for _, s := range list {
			if s.takesMany(q) {
				all = append(all, s)
			}
		}
		list = all
	}
	var mask uint64
	n, last := 0, 0
	for i, s := range list {
		if s.takesMany(q) {
			mask |= 1 << (i & 63)
			n, last = n+1, i
		}
	}
	if q.trace != nil {
		m.explainMany(q)
	}
	if n == 0 {
		return q.verdict(Drop, NobodyInGroup)
	}
	v := q.verdict(Deliver, ByGroup)
	v.Payload = payload
	if n == 1 {
		v.Socket = list[last]
	} else {
		v.sockets, v.mask = list, mask
	}
	return v
}

func (s *Socket) takesMany(q *query) bool {
	if s.rank(q) == rankNone || q.v4 && q.multi && s.is6 && !s.joined(q.key.local) {
		return false // an IPv6 socket gets of IPv4's groups only what it joined itself
	}
	return !s.Connected() || makeAddr(s.Remote.Addr()) == q.key.remote && s.Remote.Port() == q.key.remotePort()
}

func (s *Socket) joined(group addr) bool {
	for _, g := range s.Join {
		if makeAddr(g) == group {
			return true
		}
	}
	return false
}

func plural(n int) string {
	if n == 1 {
		return "socket has"
	}
	return "sockets have"
}

const maxExplained = 32 // connected sockets of one port that Explain lists

// explainPort tells about every socket on the packet's port why it was kept or
// rejected; winner was chosen.
func (m *Mux) explainPort(q *query, winner *Socket) {
	t, proto := q.trace, q.key.proto()
	p := m.ports[proto.index()].get(q.key.localPort())
	if p == nil {
		t.pass("candidates", "", "no %s socket has port %d", proto, q.key.localPort())
		m.explainOther(q)
		return
	}
	n := len(p.bound) + len(p.connected)
	t.pass("candidates", "", "%d %s %s port %d", n, proto, plural(n), q.key.localPort())
	connected := p.connected
	if len(connected) > maxExplained {
		t.pass("candidates", "", "%d of them are connected; only %d are looked at here, a hash table finds the right one at once", len(connected), maxExplained)
		connected = connected[:maxExplained]
		if winner != nil && winner.Connected() && winner.place >= maxExplained {
			connected = append(connected[:maxExplained:maxExplained], winner)
		}
	}
	for _, s := range connected {
		switch {
		case s == winner:
			t.candidate(s, Won, "connected to this sender: address and port, here and there, are the same")
		case s.conn == q.key:
			t.candidate(s, Kept, "connected to this sender too, but another one came later")
		case s.local != q.key.local:
			t.candidate(s, Rejected, "its local address is %s, the packet is for %s", s.Local.Addr(), q.key.local.netip())
		default:
			t.candidate(s, Rejected, "connected to %s; the packet is from %s port %d", s.Remote, q.key.remote.netip(), q.key.remotePort())
		}
	}
	for i := len(p.bound) - 1; i >= 0; i-- {
		s := p.bound[i]
		result := Kept
		if s == winner {
			result = Won
		}
		why := s.why(q, winner)
		if s.rank(q) == rankNone {
			result = Rejected
		}
		t.steps = append(t.steps, Step{Rule: "candidate", Socket: s, Result: result, Note: why})
	}
}

// why says why a socket fits, or why it does not, or why another fits better.
func (s *Socket) why(q *query, winner *Socket) wire.Note {
	switch mine := s.rank(q); {
	case s.local != (addr{}) && s.local != q.key.local:
		return wire.Notef("bound to %s, the packet is for %s", s.Local.Addr(), q.key.local.netip())
	case mine == rankNone && q.v4:
		return wire.Notef("for IPv6 only, and this is IPv4")
	case mine == rankNone:
		return wire.Notef("an IPv4 socket, and this is IPv6")
	case s == winner && s.local != (addr{}):
		return wire.Notef("bound to exactly this address and port")
	case s == winner:
		return wire.Notef("has this port on every address, and nobody fits better")
	case winner == nil:
		return wire.Notef("fits")
	case winner.Connected():
		return wire.Notef("fits, but a socket connected to the sender comes first")
	case winner.rank(q) >= rankAddress && mine < rankAddress:
		return wire.Notef("fits, but a socket bound to the very address comes first")
	case winner.rank(q) > mine:
		return wire.Notef("fits, but an IPv4 socket comes before a dual-stack one")
	case s.ReusePort && winner.sharesWith(s):
		return wire.Notef("fits as well: SO_REUSEPORT, and the hash of the four-tuple chose another")
	}
	return wire.Notef("fits as well, but another was bound later")
}

// explainOther says where the port is taken in the other protocol.
func (m *Mux) explainOther(q *query) {
	other := TCP + UDP - q.key.proto()
	if p := m.ports[other.index()].get(q.key.localPort()); p != nil {
		for _, s := range append(p.bound[:len(p.bound):len(p.bound)], p.connected[:min(len(p.connected), maxExplained)]...) {
			q.trace.candidate(s, Rejected, "has the port in %s; ports of %s are others", other, q.key.proto())
		}
	}
}

// explainMany tells which sockets get a copy.
func (m *Mux) explainMany(q *query) {
	p := m.ports[UDP.index()].get(q.key.localPort())
	if p == nil {
		q.trace.pass("candidates", "", "no udp socket has port %d", q.key.localPort())
		return
	}
	n := len(p.bound) + len(p.connected)
	q.trace.pass("candidates", "", "%d udp %s port %d, and every one that matches gets a copy", n, plural(n), q.key.localPort())
	for _, s := range p.connected[:min(len(p.connected), maxExplained)] {
		q.trace.candidate(s, Rejected, "its local address is %s, the packet is for %s", s.Local.Addr(), q.key.local.netip())
	}
	for _, s := range p.bound {
		switch {
		case s.takesMany(q):
			q.trace.candidate(s, Won, "matches")
		case s.rank(q) == rankNone:
			q.trace.steps = append(q.trace.steps, Step{Rule: "candidate", Socket: s, Result: Rejected, Note: s.why(q, nil)})
		case q.v4 && s.is6 && !s.joined(q.key.local):
			q.trace.candidate(s, Rejected, "an IPv6 socket, which has not joined this group of IPv4 itself")
		default:
			q.trace.candidate(s, Rejected, "connected to %s; the packet is from another", s.Remote)
		}
	}
}
