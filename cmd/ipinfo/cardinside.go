package main

import (
	"fmt"
	"net/netip"

	"onwire/ipaddr"
)

// insideFacts prints what lies inside an address, and the groups it belongs to.
func (a *app) insideFacts(in ipaddr.Input) {
	if in.Kind == ipaddr.KindRange {
		return
	}
	for _, e := range ipaddr.EmbeddedInput(in) {
		a.fact("inside", fmt.Sprintf("%s %s: %s (%s)", e.Kind, e.Value, e.Note, e.RFC))
		if e.Addr.IsValid() {
			if chain := ipaddr.Chain(e.Addr); len(chain) > 0 {
				a.fact("", fmt.Sprintf("%s is in %s %s", e.Value, chain[0].Text, chain[0].Name))
			}
		}
	}
	if m, ok := multicastOf(in); ok {
		if m.Group != "" {
			a.fact("group", fmt.Sprintf("%s (%s)", m.Group, ipaddr.RFCOf(m.RFC)))
		} else {
			a.fact("group", "not a well-known one")
		}
		a.fact("scope", m.Scope)
		if m.MAC != nil {
			a.fact("Ethernet", fmt.Sprintf("%s carries it", m.MAC))
		}
	}
	if group, ok := askedBy(in); ok {
		a.fact("asked by", fmt.Sprintf("%s, the group by which neighbours ask for its Ethernet address (RFC 4861 7.2.2)", group))
	}
}

// multicastOf describes a multicast address, or what the groups of a prefix or
// range have in common; each has an Ethernet address of its own.
func multicastOf(in ipaddr.Input) (m ipaddr.Multicast, ok bool) {
	all := in.Addrs()
	m, ok = ipaddr.MulticastOf(all.First)
	if all.First != all.Last {
		last, _ := ipaddr.MulticastOf(all.Last)
		ok = ok && m.Scope == last.Scope && m.Group == last.Group
		m.MAC = nil
	}
	return m, ok
}

// askedBy returns the solicited-node group of a single address that may be
// on an interface of a link. Others have none: those of prefixes, those not given
// out, and those of IPv4 hosts at the other end of a tunnel or translator.
func askedBy(in ipaddr.Input) (group netip.Addr, ok bool) {
	if in.Kind == ipaddr.KindPrefix || in.Kind == ipaddr.KindRange || len(ipaddr.Chain(in.Addr)) == 0 {
		return netip.Addr{}, false
	}
	for _, e := range ipaddr.EmbeddedIn(in.Addr) {
		if e.Addr.IsValid() {
			return netip.Addr{}, false
		}
	}
	return ipaddr.SolicitedNode(in.Addr.WithZone(""))
}
