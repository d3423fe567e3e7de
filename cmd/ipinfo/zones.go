package main

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"onwire/ipaddr"
)

// inZone writes a prefix with the zone before its length: fe80::%eth0/64
// (RFC 4007 11.7). A prefix and its zone are one thing: fe80::/64 exists on
// every link.
func inZone(p netip.Prefix, zone string) string {
	if zone == "" {
		return p.String()
	}
	addr, length, _ := strings.Cut(p.String(), "/")
	return addr + "%" + zone + "/" + length
}

// A pile gathers addresses, apart for each zone; "" holds those without one.
type pile map[string]*zonePile

type zonePile struct {
	set    ipaddr.Set
	merged int // ranges that were put into the set, of which it has at most as many
	added  []ipaddr.Range
}

// add puts the addresses of an input on the pile. The ranges are merged from
// time to time, so that a long list of neighbours needs little memory.
func (p pile) add(in ipaddr.Input) {
	z := p[in.Addr.Zone()]
	if z == nil {
		z = new(zonePile)
		p[in.Addr.Zone()] = z
	}
	const some = 1 << 16
	if z.added = append(z.added, in.Addrs()); len(z.added) >= max(some, z.merged) {
		z.merge()
	}
}

func (z *zonePile) merge() {
	z.set = ipaddr.NewSet(append(z.added, z.set.Ranges()...)...)
	z.merged, z.added = z.merged+len(z.added), nil
}

// zones returns the zones of the pile in order; "" is the first.
func (p pile) zones() []string { return slices.Sorted(maps.Keys(p)) }

// of returns the set of a zone.
func (p pile) of(zone string) ipaddr.Set {
	z := p[zone]
	if z == nil {
		return ipaddr.Set{}
	}
	if len(z.added) > 0 {
		z.merge()
	}
	return z.set
}

// gather puts all arguments, and the lines of lists, on one pile.
func (a *app) gather(ctx context.Context, args []string, t *tally) (pile, error) {
	p := pile{}
	err := a.walk(ctx, args, t, func(in ipaddr.Input) error {
		p.add(in)
		return nil
	})
	return p, err
}
