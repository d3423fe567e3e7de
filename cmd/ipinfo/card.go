package main

import (
	"fmt"
	"net/netip"
	"strings"

	"onwire/internal/term"
	"onwire/ipaddr"
	"onwire/wire"
)

// labelColumns is the width of the names at the left of a card.
const labelColumns = 11

// card shows one input in a screen, or its record with --json.
func (a *app) card(in ipaddr.Input) error {
	if a.JSON {
		return a.PrintJSON(newRecord(in))
	}
	s := a.Screen()
	addr := in.Addr.WithZone("")
	s.Printf("%s  %s\n\n", s.Paint(term.Bold, in.String()), describe(in))
	a.drawBits(in)
	s.Printf("\n")
	if err := a.drawParts(in); err != nil {
		return err
	}
	a.spellings(in)
	a.notes(in.Notes)
	switch in.Kind {
	case ipaddr.KindPrefix:
		a.subnetFacts(in)
	case ipaddr.KindRange:
		a.rangeFacts(in.Range)
	case ipaddr.KindAddrPort:
		a.fact("port", fmt.Sprintf("%d: which program of the host; the address does not say", in.Port))
	}
	if in.Addr.Zone() != "" {
		a.fact("zone", in.Addr.Zone()+": the interface of this host to use; it never travels in a packet (RFC 4007)")
	}
	a.classFact(in)
	a.blockFacts(in)
	a.fact("reachable", ipaddr.ReachWhy(in.Addrs()).String())
	a.insideFacts(in)
	a.reverseFact(in)
	if c, _ := ipaddr.ClassOf(addr); in.Kind == ipaddr.KindAddr && c.Length > 0 && !addr.IsUnspecified() {
		s.Printf("\n%s\n", s.Wrap(0, fmt.Sprintf("An address alone does not say where its network ends; a prefix does. Try: ipinfo %s/24", addr)))
	}
	return nil
}

// fact prints a line of a card: a name, and a text wrapped beside it.
func (a *app) fact(label, text string) {
	s := a.Screen()
	if strings.Contains(text, " ") { // one long word is left whole, for copying
		text = s.Wrap(labelColumns, text)
	}
	s.Printf("%s%s\n", s.Paint(term.Blue, term.Pad(label, labelColumns)), text)
}

// notes prints what was read in a way worth saying.
func (a *app) notes(notes []wire.Note) {
	for _, n := range notes {
		a.fact("note", n.String())
	}
}

func describe(in ipaddr.Input) string {
	bits := in.Addr.BitLen()
	v := ipaddr.Version(in.Addr)
	switch in.Kind {
	case ipaddr.KindPrefix:
		n := in.Prefix.Bits()
		return fmt.Sprintf("an IPv%d prefix: %s, %s", v, term.Count(n, "network bit"), term.Count(bits-n, "host bit"))
	case ipaddr.KindRange:
		return fmt.Sprintf("a range of IPv%d addresses", v)
	case ipaddr.KindAddrPort:
		return fmt.Sprintf("an IPv%d address and a port", v)
	}
	return fmt.Sprintf("an IPv%d address: %d bits", v, bits)
}

// spellings prints the other spellings of the address, and for IPv6 the rules
// that led to the canonical one.
func (a *app) spellings(in ipaddr.Input) {
	addr := in.Addr.WithZone("")
	if addr.Is6() {
		a.fact("full", addr.StringExpanded())
		a.fact("canonical", in.Addr.String())
		for _, r := range ipaddr.CanonicalRules(in.Spelt, addr) {
			a.fact("", fmt.Sprintf("- %s (%s)", r.Note, r.RFC))
		}
		if in.Kind == ipaddr.KindAddrPort {
			a.fact("", "- brackets part it from the port (RFC 5952 6)")
		}
	}
	if in.Kind != ipaddr.KindRange {
		a.fact("integer", ipaddr.Integer(addr).String())
		a.fact("hex", "0x"+ipaddr.Hex(addr))
	}
}

// roleFact says what the address is in its prefix, unless it is as any other;
// of a default route the count says it.
func (a *app) roleFact(in ipaddr.Input) {
	switch role := ipaddr.RoleOf(in.Addr, in.Prefix); role.Name {
	case "host", "default route":
	default:
		a.fact("role", fmt.Sprintf("%s (%s)", role.Note, role.RFC))
	}
}

func (a *app) subnetFacts(in ipaddr.Input) {
	a.roleFact(in)
	s, zone := ipaddr.SubnetOf(in.Prefix), in.Addr.Zone()
	a.fact("network", inZone(s.Prefix, zone))
	if s.Prefix.Addr().Is4() {
		a.fact("mask", fmt.Sprintf("%s, as a wildcard mask %s", s.Mask, s.Wildcard))
	} else {
		a.fact("mask", s.Mask.String())
	}
	if s.Broadcast.IsValid() {
		a.fact("broadcast", s.Broadcast.String())
	} else {
		a.fact("broadcast", "none")
	}
	a.fact("first", s.First.WithZone(zone).String())
	a.fact("last", s.Last.WithZone(zone).String())
	if s.Usable == nil {
		a.fact("count", fmt.Sprintf("%s: %s (%s)", s.Count, s.Note, s.RFC))
		return
	}
	a.fact("usable", fmt.Sprintf("%s of %s: %s (%s)", s.Usable, s.Count, s.Note, s.RFC))
}

func (a *app) rangeFacts(r ipaddr.Range) {
	a.fact("first", r.First.String())
	a.fact("last", r.Last.String())
	a.fact("count", r.Count().String())
	var all []string
	for _, p := range r.Prefixes() {
		all = append(all, p.String())
	}
	a.fact("prefixes", strings.Join(all, " "))
}

func (a *app) classFact(in ipaddr.Input) {
	c, ok := ipaddr.ClassOfRange(in.Addrs())
	if !ok {
		return
	}
	was := fmt.Sprintf("was %s (first bits %s), so its network was the first %d bits", c.Letter, c.First, c.Length)
	if c.Length == 0 {
		was = fmt.Sprintf("was %s (first bits %s), for no network", c.Letter, c.First)
	}
	a.fact("class", was+"; CIDR ended classes in 1993 (RFC 4632)")
}

func (a *app) blockFacts(in ipaddr.Input) {
	whole, part := ipaddr.Blocks(in.Addrs())
	for i, b := range whole {
		if i == 0 {
			a.fact("block", fmt.Sprintf("%s %s (%s): %s", b.Text, b.Name, ipaddr.RFCOf(b.RFC()), b.Meaning))
			a.registryFact(b)
		} else {
			a.fact("", fmt.Sprintf("inside %s %s (%s)", b.Text, b.Name, ipaddr.RFCOf(b.RFC())))
		}
	}
	switch {
	case len(whole) > 0:
	case len(part) > 0:
		a.fact("block", "no block holds all of it")
	case in.Addr.Is4():
		a.fact("block", "none: an ordinary unicast address, given to some network (RFC 791)")
	default:
		a.fact("block", "none: a part of IPv6 that IANA has not given out (RFC 4291 2.4)")
	}
	if use := oldUse(in); use != "" {
		a.fact("", use)
	}
	const most = 4
	for i, b := range part {
		if i == most {
			a.fact("", fmt.Sprintf("... and %d more, in 'ipinfo registry'", len(part)-most))
			break
		}
		a.fact("", fmt.Sprintf("a part of it is in %s %s", b.Text, b.Name))
	}
}

// oldUse names what a part of IPv6 was for before it was given back.
func oldUse(in ipaddr.Input) string {
	for prefix, use := range map[string]string{
		"fec0::/10": "once site-local, deprecated (RFC 3879)",
		"3ffe::/16": "once the 6bone, a network for tests, given back in 2006 (RFC 3701)",
		"200::/7":   "once mapped from OSI's addresses, deprecated (RFC 4048)",
	} {
		if ipaddr.RangeOf(netip.MustParsePrefix(prefix)).Contains(in.Addrs()) {
			return use
		}
	}
	return ""
}

// registryFact prints the registry's columns, and says which are blank.
func (a *app) registryFact(b ipaddr.Block) {
	word := map[ipaddr.Flag]string{ipaddr.True: "yes", ipaddr.False: "no", ipaddr.NotApplicable: "n/a"}
	var known, blank []string
	for _, c := range []struct {
		name string
		flag ipaddr.Flag
	}{
		{"source", b.Source}, {"destination", b.Destination}, {"forwardable", b.Forwardable},
		{"global", b.GloballyReachable}, {"reserved by protocol", b.Reserved},
	} {
		if w, ok := word[c.flag]; ok {
			known = append(known, c.name+" "+w)
		} else {
			blank = append(blank, c.name)
		}
	}
	if b.Allocated != "" {
		known = append(known, "allocated "+b.Allocated)
	}
	if b.Terminated != "" && b.Terminated != "N/A" {
		known = append(known, "ended "+b.Terminated)
	}
	text := strings.Join(known, ", ")
	if len(blank) > 0 {
		if text != "" {
			text += "; "
		}
		text += "blank, since no source says: " + strings.Join(blank, ", ")
	}
	for _, footnote := range b.FootnoteTexts() {
		text += "; footnote: " + footnote
	}
	a.fact("registry", text)
}

func (a *app) reverseFact(in ipaddr.Input) {
	switch in.Kind {
	case ipaddr.KindRange:
	case ipaddr.KindPrefix:
		zones := ipaddr.ReverseZones(in.Prefix)
		text := zones[0]
		if n := len(zones); n > 1 {
			text = fmt.Sprintf("%d zones, %s to %s", n, zones[0], zones[n-1])
		}
		a.fact("reverse", text)
	default:
		a.fact("reverse", ipaddr.ReverseName(in.Addr.WithZone("")))
	}
}
