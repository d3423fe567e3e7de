package dnslookup

import (
	"errors"
	"net/netip"
	"slices"
)

// maxSecond is how often one look-up asks another server because an answer is
// not genuine.
const maxSecond = 5

// A zoneServer is a server in its part as a server of one zone.
type zoneServer struct {
	zone   string
	server netip.AddrPort
}

// genuine verifies a hop. One server may forge, or be out of date, and the
// next one be right: so others are asked before the answer counts as bogus.
func (l *lookup) genuine(h *hop, depth int, reason string) (*hop, error) {
	links := len(l.trust)
	l.blame = nil
	bogus := l.validate(h, depth)
	if bogus == nil {
		return h, nil
	}
	chain := slices.Clone(l.trust) // up to where it breaks
	for err := bogus; errors.Is(err, ErrBogus) && l.blame != nil; {
		if !l.askAnother(l.blame, depth) {
			break
		}
		l.forget(h)
		l.trust, l.blame = l.trust[:links], nil
		var next *hop
		if next, err = l.hop(h.question, depth, reason); err != nil {
			break
		}
		if err = l.validate(next, depth); err == nil {
			return next, nil
		}
		h = next
	}
	l.trust = chain
	return h, bogus
}

// askAnother takes care that a hop that is not genuine comes from another
// server next time. It reports whether there is one.
func (l *lookup) askAnother(h *hop, depth int) bool {
	if l.second == maxSecond || l.memory {
		return false
	}
	l.second++
	l.forget(h)
	note := "bogus, but from the cache: asked again"
	source := zoneServer{h.zone, h.server.Addr}
	if !h.cached || l.distrusted[source] || l.stale[source] {
		zone, server := h.zone, h.server
		note = "bogus: another server of " + zoneName(zone) + " is asked"
		if l.r.Mode == Stub {
			note = "bogus: another server is asked"
		}
		for !l.spare(zone, server) {
			// All servers of the zone: then it may be the wrong ones, and the
			// zone above has to say again which they are.
			d := l.cache.forgetZone(zone)
			if d == nil {
				return false
			}
			note = "bogus: another server of " + zoneName(d.parent) + " is asked for the servers of " + zoneName(d.zone)
			zone, server = d.parent, d.from
		}
	}
	l.stale[source] = true
	step := Step{Depth: depth, Start: l.now().Sub(l.start), Server: h.server, Zone: h.zone, Transport: h.via, Question: h.question}
	l.tell(step, Forged, "%s", note)
	return true
}

// spare notes that a server forges a zone, and reports whether the zone has
// another.
func (l *lookup) spare(zone string, server Server) bool {
	l.distrusted[zoneServer{zone, server.Addr}] = true
	d := l.cache.zone(zone)
	if zone == "." {
		d = l.root()
	}
	if d == nil {
		return true // its servers are asked for again anyway
	}
	servers := d.servers
	for _, ns := range d.ns {
		known := l.addressesOf(d, ns)
		if len(known) == 0 {
			return true
		}
		servers = append(servers, known...)
	}
	return slices.ContainsFunc(servers, func(s Server) bool {
		return !l.distrusted[zoneServer{zone, s.Addr}] && (d.servers != nil || l.outOfReach(s) == nil)
	})
}

// forget removes a hop from what this look-up and the cache know.
func (l *lookup) forget(h *hop) {
	delete(l.local, h.question)
	l.cache.drop(h)
}

// zone returns the servers of a zone, if they are known.
func (c *Cache) zone(name string) *delegation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.zones[name]
}

// forgetZone forgets the servers of a zone, and returns them.
func (c *Cache) forgetZone(name string) *delegation {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.zones[name]
	c.dropZone(name)
	return d
}
