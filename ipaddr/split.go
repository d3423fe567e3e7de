package ipaddr

import (
	"fmt"
	"iter"
	"math/big"
	"math/bits"
	"net/netip"
	"slices"
)

// Split cuts a prefix into all its parts of the given length, in order. There
// may be a great many; the sequence makes them one by one.
func Split(p netip.Prefix, length int) (iter.Seq[netip.Prefix], error) {
	w := width(p.Addr())
	if length < p.Bits() || length > w {
		return nil, fmt.Errorf("%s cannot be cut into /%d: the length must be from %d to %d", p, length, p.Bits(), w)
	}
	last := valueOf(LastAddr(p))
	return func(yield func(netip.Prefix) bool) {
		for at := valueOf(p.Masked().Addr()); ; {
			part := netip.PrefixFrom(at.addr(w), length)
			end := valueOf(LastAddr(part))
			if !yield(part) || !end.less(last) {
				return
			}
			at = end.add(one)
		}
	}, nil
}

// SplitLength returns the length of the parts when a prefix is cut into at
// least n equal parts: their number is the next power of two, since each bit
// that the prefix grows by doubles it.
func SplitLength(p netip.Prefix, n int) (int, error) {
	if n < 1 {
		return 0, fmt.Errorf("%d parts cannot be made", n)
	}
	length := p.Bits() + bits.Len(uint(n-1))
	if w := width(p.Addr()); length > w {
		return 0, fmt.Errorf("%s has only 2^%d addresses, too few for %d parts", p, w-p.Bits(), n)
	}
	return length, nil
}

// An Allocation is the subnet that was found for a number of hosts.
type Allocation struct {
	Hosts  *big.Int
	Prefix netip.Prefix
}

// Allocate finds the smallest subnet for each number of hosts, all inside p
// and none overlapping, and the prefixes that are left over. It places the
// largest first, so that no gap is made by alignment, and returns the
// allocations in the order asked. A LAN is meant: two hosts in IPv4 get a /30.
func Allocate(p netip.Prefix, hosts []*big.Int) (found []Allocation, free []netip.Prefix, err error) {
	w := width(p.Addr())
	if usable := SubnetOf(p).Usable; usable != nil && usable.Sign() == 0 {
		return nil, nil, fmt.Errorf("%s has multicast addresses only, and no host has one as its own", p)
	}
	found = make([]Allocation, len(hosts))
	order := make([]int, len(hosts))
	for i, n := range hosts {
		if n.Sign() <= 0 {
			return nil, nil, fmt.Errorf("a subnet for %s hosts cannot be made", n)
		}
		order[i] = i
		host := hostBits(n, w)
		if host > w {
			return nil, nil, fmt.Errorf("no prefix of %d bits is large enough for %s", w, inWords(n))
		}
		if w-host < p.Bits() {
			return nil, nil, fmt.Errorf("%s is too small for %s: a /%d is needed", p, inWords(n), w-host)
		}
		found[i] = Allocation{n, netip.PrefixFrom(p.Addr(), w-host)}
	}
	slices.SortStableFunc(order, func(i, j int) int { return found[i].Prefix.Bits() - found[j].Prefix.Bits() })
	at, last, full := valueOf(p.Masked().Addr()), valueOf(LastAddr(p)), false
	for _, i := range order {
		part := netip.PrefixFrom(at.addr(w), found[i].Prefix.Bits())
		if full {
			return nil, nil, fmt.Errorf("%s is too small for all of them: no room is left for %s", p, inWords(hosts[i]))
		}
		found[i].Prefix = part
		end := valueOf(LastAddr(part))
		full = !end.less(last)
		at = end.add(one)
	}
	if !full {
		free = Range{at.addr(w), last.addr(w)}.Prefixes()
	}
	return found, free, nil
}

func inWords(hosts *big.Int) string {
	if hosts.IsInt64() && hosts.Int64() == 1 {
		return "1 host"
	}
	return hosts.String() + " hosts"
}

// hostBits returns how many host bits n hosts need, beside the addresses that
// a subnet keeps for itself: two in IPv4, one in IPv6. It may be more than w.
func hostBits(n *big.Int, w int) int {
	kept := int64(2)
	if w == 128 {
		kept = 1
	}
	last := new(big.Int).Add(n, big.NewInt(kept-1))
	return max(2, last.BitLen())
}
