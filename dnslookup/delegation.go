package dnslookup

import (
	"errors"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// Limits on the servers of one zone, against zones that name hundreds of them
// to make us ask all those (NXNS, CVE-2020-12662).
const (
	maxNS      = 13 // names that we consider
	maxMissing = 3  // names without glue whose address we look for
)

// delegationOf reads a referral out of a reply from a server of the zone: the
// NS records of a zone strictly below it, at or above the name.
func delegationOf(m *dns.Msg, zone, name string, now time.Time) *delegation {
	var d *delegation
	for _, rr := range m.Ns {
		ns, ok := rr.(*dns.NS)
		if !ok || ns.Hdr.Class != dns.ClassINET {
			continue
		}
		owner := lower(ns.Hdr.Name)
		if owner == lower(zone) || !below(owner, zone) || !below(name, owner) {
			continue // sideways or upwards: not a step down
		}
		if d == nil {
			d = &delegation{zone: owner, glue: map[string][]dns.RR{}, lame: map[string]lameness{}}
			d.expires = now.Add(min(seconds(ns.Hdr.Ttl), maxTTL))
		}
		if owner == d.zone && len(d.ns) < maxNS {
			d.ns = append(d.ns, lower(ns.Ns))
		}
	}
	if d == nil {
		return nil
	}
	// Glue: addresses of these servers, and only where their names are in the
	// zone of the server that says so. About others it may be wrong, or lie.
	for _, rr := range m.Extra {
		owner := lower(rr.Header().Name)
		if t := rr.Header().Rrtype; t != dns.TypeA && t != dns.TypeAAAA || rr.Header().Class != dns.ClassINET {
			continue
		}
		for _, ns := range d.ns {
			if ns == owner && below(owner, zone) && len(d.glue[owner]) < 8 {
				d.glue[owner] = append(d.glue[owner], rr)
			}
		}
	}
	return d
}

// serversOf returns an iterator over the servers of a zone with their
// addresses: first those whose addresses are known, then those for whom they
// must be looked for, which costs queries.
func (l *lookup) serversOf(zone *delegation, q Question, depth int, missing *int, tries *[]Try) func() (Server, bool) {
	var queue []Server
	var unknown []string
	if zone.servers != nil {
		queue = append(queue, zone.servers...)
	}
	for _, ns := range zone.ns {
		servers := l.addressesOf(zone, ns)
		if len(servers) == 0 {
			unknown = append(unknown, ns)
		}
		queue = append(queue, servers...)
	}
	return func() (Server, bool) {
		for len(queue) == 0 && len(unknown) > 0 && *missing < maxMissing {
			ns := unknown[0]
			unknown = unknown[1:]
			*missing++
			hops, err := l.findAddress(ns, depth)
			if err != nil {
				*tries = append(*tries, Try{Server{Name: ns}, noAddress(err)})
				continue
			}
			for _, h := range hops {
				queue = append(queue, serversFrom(ns, h.answer)...)
			}
		}
		if len(queue) == 0 || l.ctx.Err() != nil {
			return Server{}, false
		}
		server := queue[0]
		queue = queue[1:]
		return server, true
	}
}

// noAddress makes an error of a server out of one of its address.
func noAddress(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	return &tryError{kind: e.Kind, detail: "its address cannot be had: " + e.Kind.Error(), final: true}
}

// addressesOf returns what is known about the addresses of a server: what its
// own zone has said comes before the glue that the parent gave (RFC 2181 5.4.1).
func (l *lookup) addressesOf(zone *delegation, ns string) []Server {
	var servers []Server
	for _, t := range []Type{TypeA, TypeAAAA} {
		q := Question{ns, t}
		if h := l.local[q]; h != nil {
			servers = append(servers, serversFrom(ns, h.answer)...)
		} else if h := l.cache.get(q, l.now()); h != nil && h.failed == nil && h.target == "" {
			servers = append(servers, serversFrom(ns, h.answer)...)
		}
	}
	for _, s := range serversFrom(ns, zone.glue[ns]) {
		known := false
		for _, other := range servers {
			known = known || other == s
		}
		if !known {
			servers = append(servers, s)
		}
	}
	return servers
}

// findAddress looks for the address of a server without glue: a look-up of its
// own, within this one's budget. It is not verified: a server that lies about
// what it serves is found out by its answers.
func (l *lookup) findAddress(ns string, depth int) (hops []*hop, err error) {
	reason := "the address of " + trimDot(ns)
	for _, t := range []Type{TypeA, TypeAAAA} {
		hops, err = l.follow(Question{ns, t}, depth+1, reason, false)
		if !errors.Is(err, ErrNoData) {
			break
		}
	}
	return hops, err
}

// serversFrom returns the addresses of a server: IPv4 before IPv6, since
// not every network carries that.
func serversFrom(ns string, rrs []dns.RR) []Server {
	var servers []Server
	for _, want := range []uint16{dns.TypeA, dns.TypeAAAA} {
		for _, rr := range rrs {
			if rr.Header().Rrtype != want {
				continue
			}
			var addr netip.Addr
			switch rr := rr.(type) {
			case *dns.A:
				addr, _ = netip.AddrFromSlice(rr.A.To4())
			case *dns.AAAA:
				addr, _ = netip.AddrFromSlice(rr.AAAA.To16())
			}
			if addr.IsValid() {
				servers = append(servers, Server{Name: ns, Addr: netip.AddrPortFrom(addr.Unmap(), 53)})
			}
		}
	}
	return servers
}

// lameTime is how long a server that does not answer for a zone is left alone.
const lameTime = time.Minute

// A lameness is why a server does not answer for a zone.
type lameness struct {
	why   *tryError
	until time.Time
}

// lameness returns why a server does not answer for a zone, if it has shown so.
func (c *Cache) lameness(z *delegation, server string, now time.Time) *tryError {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l, ok := z.lame[server]; ok && now.Before(l.until) {
		return l.why
	}
	return nil
}

func (c *Cache) setLame(z *delegation, server string, why *tryError, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	z.lame[server] = lameness{why, now.Add(lameTime)}
}
