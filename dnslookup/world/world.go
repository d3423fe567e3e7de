// Package world is an Internet of name servers in one process: a root, the
// zones below it with their servers, signed by DNSSEC (RFC 4033 to 4035,
// RFC 5155, RFC 8080), and a recursor. Nothing in it touches the network.
//
//	w, err := world.New(1)
//	r := w.Resolver(dnslookup.Iterative)
//	result, err := r.Lookup(ctx, "www.example.cn")
//
// The servers keep their addresses in zones and traces; Dial carries a query
// to them through memory. The clock is the world's own: it starts at Epoch and
// moves on by each server's round-trip time, or by the whole timeout where
// nobody answers, so that a walk takes milliseconds and repeats exactly.
//
// # What each name shows
//
//	name                       what it shows
//	www.example.cn             an alias into another zone: web.example.com
//	a.example.cn               one address of each kind
//	web.example.com            several addresses, in the order of RFC 6724
//	big.example.cn TXT         an answer too large for UDP
//	nope.example.cn            a name that does not exist (remembered for 1 min)
//	b.ent.example.cn MX        a name without that type
//	ent.example.cn             an empty name between two others
//	any.wild.example.cn        an answer made by a wildcard
//	gone.example.cn            an alias to a name that does not exist
//	www.old.example.cn         a whole subtree with an alias (DNAME)
//	example.cn MX, TXT, CAA    mail, text, certificate issuers
//	www.glueless.cn            servers whose address must be looked for first
//	www.lame.cn                a server that does not know the zone it should
//	www.halflame.cn            the same, but a second server does
//	www.silent.cn              a server that never answers
//	www.slow.cn                the same, but a second server does
//	www.loopa.cn               two zones whose servers need each other
//	loop1.example.com          two aliases in a circle
//	www.plain.cn               a zone that is not signed
//	www.清华大学.cn             an international name (xn--xkry9kk1bz66a.cn)
//	www.broken.cn              an address that somebody has changed on the way
//	www.expired.cn             signatures that are out of date
//	www.wrongds.cn             a key that the zone above does not vouch for
//	www.example.org            a zone that proves gaps with hashes (NSEC3)
//	nope.example.org           such a proof
//	www.unsigned.org           an unsigned zone that opt-out leaves out
//	192.0.2.80                 the name of an address (PTR), in a zone with its
//	                           parent on the same server
package world

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

//go:embed zones/*.zone
var zones embed.FS

// Epoch is when every world begins.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Addresses that do not belong to a zone.
var (
	RecursorAddr = netip.MustParseAddr("198.51.100.53")    // the recursor that the world's computers ask
	clientAddr4  = netip.MustParseAddr("192.0.2.200")      // the computer that asks
	clientAddr6  = netip.MustParseAddr("2001:db8:0:c::c8") //
)

// recursorRTT is short: the recursor is in the same building.
const (
	recursorRTT = 2 * time.Millisecond
	defaultRTT  = 20 * time.Millisecond
)

// A World is a set of zones with their servers. It may be used by any number
// of goroutines; walks repeat exactly if one uses it at a time.
type World struct {
	// Tamper, if set, may change what a server sends: it gets the query and
	// the reply, and returns what arrives, in order; nothing is silence.
	Tamper func(server netip.AddrPort, network string, query, reply []byte) [][]byte
	// Refuse, if set, says which connections fail, and why.
	Refuse func(network string, server netip.AddrPort) error

	zones    map[string]*zone
	servers  map[netip.Addr][]*zone // by address; a lame server has none
	rtts     map[netip.Addr]time.Duration
	anchor   string
	recursor *dnslookup.Recursor
	since    func() time.Duration // of a world whose clock runs by itself

	mu      sync.Mutex
	elapsed time.Duration // since Epoch, beside what since says
}

// New returns the world of the package's own zones.
func New(seed uint64) (*World, error) {
	sub, err := fs.Sub(zones, "zones")
	if err != nil {
		return nil, err
	}
	return Load(sub, seed)
}

// Load makes a world of the zone files (NAME.zone, and root.zone) in a folder.
// See the comment in zone.go for what directives they may hold.
func Load(fsys fs.FS, seed uint64) (*World, error) {
	files, err := fs.Glob(fsys, "*.zone")
	if err != nil {
		return nil, err
	}
	w := &World{zones: map[string]*zone{}, servers: map[netip.Addr][]*zone{}, rtts: map[netip.Addr]time.Duration{}}
	for _, file := range files {
		z, err := loadZone(fsys, path.Clean(file))
		if err != nil {
			return nil, err
		}
		z.ksk, z.zsk = newKey(seed, z.origin, "KSK"), newKey(seed, z.origin, "ZSK")
		w.zones[z.origin] = z
		for _, addr := range z.lame {
			w.servers[addr] = nil
			w.rtts[addr] = z.rtt
		}
	}
	if w.zones["."] == nil {
		return nil, errors.New("a world needs a root.zone")
	}
	w.sign()
	w.recursor = &dnslookup.Recursor{Resolver: w.Resolver(dnslookup.Iterative)}
	w.recursor.Resolver.DNSSEC = true
	w.recursor.Resolver.Cache = dnslookup.NewCache(0)
	return w, nil
}

// sign finishes the zones, those at the bottom first: a DS record is part of
// the zone above.
func (w *World) sign() {
	var names []string
	for name := range w.zones {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := dns.CountLabel(names[i]), dns.CountLabel(names[j])
		return a > b || a == b && names[i] < names[j]
	})
	for _, name := range names {
		z := w.zones[name]
		z.finish()
		for _, addr := range z.servers {
			w.servers[addr] = append(w.servers[addr], z)
			if z.rtt > w.rtts[addr] {
				w.rtts[addr] = z.rtt
			}
		}
		if z.proofs == unsigned || z.ds == "no" {
			continue
		}
		ds := z.dsRecord()
		if name == "." {
			w.anchor = strings.Join(strings.Fields(ds.String()), " ")
			continue
		}
		up := parent(name)
		for w.zones[up] == nil {
			up = parent(up)
		}
		w.zones[up].add(ds)
	}
}

// Now is the world's clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := Epoch.Add(w.elapsed)
	if w.since != nil {
		now = now.Add(w.since())
	}
	return now
}

// Advance moves the clock on, as if nothing happened for a while.
func (w *World) Advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.elapsed += max(0, d)
}

// Live lets the clock run with the real one, for a world that is served to
// other programs. Call it before use.
func (w *World) Live() {
	began := time.Now()
	w.Follow(func() time.Duration { return time.Since(began) })
}

// Follow lets the clock run with another one, which tells how long the world
// has existed. Call it before use.
func (w *World) Follow(since func() time.Duration) { w.since = since }

// Root returns the servers of the root zone.
func (w *World) Root() []dnslookup.Server {
	var servers []dnslookup.Server
	z := w.zones["."]
	name := ""
	if ns := z.records["."][dns.TypeNS]; len(ns) > 0 {
		name = dns.CanonicalName(ns[0].(*dns.NS).Ns)
	}
	for _, addr := range z.servers {
		servers = append(servers, dnslookup.Server{Name: name, Addr: netip.AddrPortFrom(addr, 53)})
	}
	return servers
}

// Anchors returns the DS record of the root's key.
func (w *World) Anchors() []string { return []string{w.anchor} }

// Servers returns the addresses of all servers, the recursor not among them.
func (w *World) Servers() []netip.Addr {
	var addrs []netip.Addr
	for addr := range w.servers {
		addrs = append(addrs, addr)
	}
	sort.Slice(addrs, func(i, j int) bool { return addrs[i].Less(addrs[j]) })
	return addrs
}

// Name returns the name of a server: of those that zones give its address,
// the one that most zones are delegated to; "" if there is none.
func (w *World) Name(server netip.Addr) string {
	zones := map[string]int{} // by the name of a server
	for _, z := range w.zones {
		for _, sets := range z.records {
			for _, ns := range sets[dns.TypeNS] {
				if name := dns.CanonicalName(ns.(*dns.NS).Ns); w.has(name, server) {
					zones[name]++
				}
			}
		}
	}
	best := ""
	for name, n := range zones {
		if best == "" || n > zones[best] || n == zones[best] && name < best {
			best = name
		}
	}
	return best
}

// has reports whether some zone gives a name this address.
func (w *World) has(name string, addr netip.Addr) bool {
	for _, z := range w.zones {
		for _, rr := range z.records[name][dns.TypeA] {
			if a, _ := netip.AddrFromSlice(rr.(*dns.A).A.To4()); a == addr {
				return true
			}
		}
		for _, rr := range z.records[name][dns.TypeAAAA] {
			if a, _ := netip.AddrFromSlice(rr.(*dns.AAAA).AAAA.To16()); a == addr {
				return true
			}
		}
	}
	return false
}

// Resolver returns a resolver of a computer in this world.
func (w *World) Resolver(mode dnslookup.Mode) *dnslookup.Resolver {
	r := &dnslookup.Resolver{
		Mode: mode, Dial: w.Dial, Clock: w.Now, Repeat: true, Anchors: w.Anchors(), Source: source, Locate: w.locate,
		Servers: []dnslookup.Server{{Addr: netip.AddrPortFrom(RecursorAddr, 53)}},
		TLS:     w.tlsConfig(), NotLocal: w.zoneNames(),
	}
	if mode == dnslookup.Iterative {
		r.Servers = w.Root()
	}
	return r
}

// zoneNames returns the names of the zones, with those that are delegated to a
// server that is not there.
func (w *World) zoneNames() []string {
	names := map[string]bool{}
	for _, z := range w.zones {
		for name, sets := range z.records {
			if len(sets[dns.TypeNS]) > 0 {
				names[name] = true
			}
		}
		names[z.origin] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// source is which address of the world's computer a packet would carry.
func source(to netip.Addr) netip.Addr {
	switch {
	case to.IsLoopback():
		return to
	case to.Is4():
		return clientAddr4
	}
	return clientAddr6
}

// locate finds the address of a server by its name, in the zones themselves.
func (w *World) locate(_ context.Context, name string) (netip.Addr, error) {
	for n := name; ; n = parent(n) {
		if z := w.zones[n]; z != nil {
			for _, rr := range z.records[name][dns.TypeA] {
				addr, _ := netip.AddrFromSlice(rr.(*dns.A).A.To4())
				return addr, nil
			}
			return netip.Addr{}, &dnslookup.Error{Question: dnslookup.Question{Name: name, Type: dnslookup.TypeA}, Kind: dnslookup.ErrNXDomain}
		}
	}
}

// Reply is what a server sends back for a query over "udp" or "tcp"; nil if
// nobody is there, or if the server stays silent.
func (w *World) Reply(ctx context.Context, server netip.Addr, network string, query []byte) []byte {
	if server == RecursorAddr {
		return w.recursor.Reply(ctx, network, query)
	}
	served, ok := w.servers[server]
	if !ok {
		return nil
	}
	return authoritative(served, network, query)
}

// replies is Reply, and the further messages of a zone transfer.
func (w *World) replies(ctx context.Context, server netip.Addr, network string, query []byte) [][]byte {
	if network == "tcp" {
		if zone := w.transfer(server, query); zone != nil {
			return zone
		}
	}
	if reply := w.Reply(ctx, server, network, query); reply != nil {
		return [][]byte{reply}
	}
	return nil
}

// there reports whether a computer has the address.
func (w *World) there(addr netip.Addr) bool {
	_, ok := w.servers[addr]
	return ok || addr == RecursorAddr
}

func (w *World) rtt(addr netip.Addr) time.Duration {
	if addr == RecursorAddr {
		return recursorRTT
	}
	if rtt := w.rtts[addr]; rtt > 0 {
		return rtt
	}
	return defaultRTT
}

var _ dnslookup.DialFunc = (*World)(nil).Dial

// Dial connects to a server of this world over memory, as
// net.Dialer.DialContext does over the network.
func (w *World) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	server, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	return w.dial(ctx, network, server)
}
