package portmux

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// An addr is an address as two words, as they are loaded from a packet. IPv4
// stands in it as in an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2), so that
// one key serves both. The zero addr is the wildcard.
type addr [2]uint64

// addr4 makes an addr of four bytes.
func addr4(b []byte) addr {
	return addr{0, 0xffff<<16 | uint64(binary.LittleEndian.Uint32(b))<<32}
}

// addr16 makes an addr of sixteen bytes.
func addr16(b []byte) addr {
	return addr{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
}

// makeAddr returns the addr of a; unspecified and invalid ones are the wildcard.
func makeAddr(a netip.Addr) addr {
	if !a.IsValid() || a.IsUnspecified() {
		return addr{}
	}
	b := a.As16()
	return addr16(b[:])
}

func (a addr) is4() bool { return a[0] == 0 && uint32(a[1]) == 0xffff<<16 }

// netip returns the address for printing.
func (a addr) netip() netip.Addr { return a.netip6().Unmap() }

// netip6 returns the address as one of IPv6, which an IPv4-mapped one may be in
// a packet.
func (a addr) netip6() netip.Addr {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], a[0])
	binary.LittleEndian.PutUint64(b[8:], a[1])
	return netip.AddrFrom16(b)
}

// A Key names one direction of a flow, or a connection as its host sees it:
// two addresses, two ports, one protocol.
type key struct {
	local, remote addr
	ports         uint64 // local, remote << 16, protocol << 32, and overIPv6
}

// overIPv6 marks a flow of a capture whose packets are IPv6: an IPv4-mapped
// address in one is not the IPv4 address.
const overIPv6 = 1 << 40

func makePorts(local, remote uint16, proto uint8) uint64 {
	return uint64(local) | uint64(remote)<<16 | uint64(proto)<<32
}

func (k *key) localPort() uint16  { return uint16(k.ports) }
func (k *key) remotePort() uint16 { return uint16(k.ports >> 16) }
func (k *key) proto() Proto       { return Proto(k.ports >> 32) }

// reverse returns the key of the other direction.
func (k *key) reverse() key {
	return key{k.remote, k.local, makePorts(k.remotePort(), k.localPort(), uint8(k.proto())) | k.ports&overIPv6}
}

// equal is ==, which calls a function for a key of this size.
func (k *key) equal(o *key) bool {
	return k.ports == o.ports && k.remote[1] == o.remote[1] && k.local[1] == o.local[1] && k.remote[0] == o.remote[0] && k.local[0] == o.local[0]
}

// hash mixes all of k with a seed that strangers do not know, so that nobody
// can choose packets that fall on one place of a table. The multiplications
// are those of the wyhash family: the upper half of a 128-bit product depends
// on every bit of both factors.
func (k *key) hash(seed uint64) uint64 {
	const a, b, c = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9
	h1, l1 := bits.Mul64(k.local[0]^k.remote[1]^a, k.local[1]^seed)
	h2, l2 := bits.Mul64(k.remote[0]^k.ports^b, k.remote[1]^seed^c)
	h3, l3 := bits.Mul64(h1^l2^k.ports^seed, h2^l1^a)
	return h3 ^ l3
}

// A host is the addresses of a host, ready for the look at every packet.
type host struct {
	prefixes []netip.Prefix
	local    []addr
	bcast    []addr          // the broadcast addresses of its subnets
	groups   map[addr]string // groups that every host is in, and why
}

func (h *host) add(p netip.Prefix) {
	h.prefixes = append(h.prefixes, p)
	a := p.Addr()
	h.local = append(h.local, makeAddr(a))
	if h.groups == nil {
		h.groups = map[addr]string{}
	}
	if a.Is4() {
		h.groups[makeAddr(netip.AddrFrom4([4]byte{224, 0, 0, 1}))] = "all hosts (RFC 1112)"
		if p.Bits() < 31 { // RFC 3021: a link of two has no broadcast address
			b := a.As4()
			last := binary.BigEndian.Uint32(b[:]) | uint32(1<<(32-p.Bits())-1)
			binary.BigEndian.PutUint32(b[:], last)
			h.bcast = append(h.bcast, makeAddr(netip.AddrFrom4(b)))
		}
		return
	}
	for _, scope := range []byte{1, 2} {
		h.groups[makeAddr(netip.AddrFrom16([16]byte{0xff, scope, 15: 1}))] = "all nodes (RFC 4291)"
	}
	// Solicited-node: how neighbours ask for this address (RFC 4291 2.7.1).
	b, s := a.As16(), [16]byte{0xff, 2, 11: 1, 12: 0xff}
	copy(s[13:], b[13:])
	h.groups[makeAddr(netip.AddrFrom16(s))] = "solicited node (RFC 4291)"
}

func (h *host) has(a addr) bool {
	for _, l := range h.local {
		if l == a {
			return true
		}
	}
	return false
}

func (h *host) isBroadcast(a addr) bool {
	if a == limitedBroadcast {
		return true
	}
	for _, b := range h.bcast {
		if b == a {
			return true
		}
	}
	return false
}

var (
	limitedBroadcast = addr4([]byte{255, 255, 255, 255})
	unspecified4     = addr4([]byte{0, 0, 0, 0})
	unspecified6     = addr{}
	loopback6        = addr16([]byte{15: 1})
)
