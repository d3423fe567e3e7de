package main

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"onwire/dnslookup"
	"onwire/dnslookup/world"
	"onwire/lab"
)

// The computer that asks. It is on the same switch as all servers: on the
// Internet there would be routers between them, which change none of this.
const clientName = "client"

var clientPrefix = netip.MustParsePrefix("198.51.100.200/24")

// settle is how long the wire is watched after the look-up: a connection may
// still be closing.
const settle = time.Second

// A walk is a look-up over the wires of a lab.
type walk struct {
	net      *lab.Network
	resolver *dnslookup.Resolver
	client   *lab.Host
}

// newWalk puts a world's servers on the hosts of a network, each under its own
// name and address, and a resolver on a host of its own. The network carries
// IPv4 alone, so that one server is one address.
func newWalk(ctx context.Context, w *world.World, cfg lab.Config) (*walk, error) {
	network, err := lab.New(cfg)
	if err != nil {
		return nil, err
	}
	bits := clientPrefix.Bits()
	for _, server := range w.Servers() {
		if server.Is4() && !clientPrefix.Contains(server) {
			bits = 0 // a world of one's own: every address is on the switch
		}
	}
	client, err := network.Host(clientName, netip.PrefixFrom(clientPrefix.Addr(), bits))
	if err == nil {
		err = addServers(ctx, network, w, bits)
	}
	if err != nil {
		network.Close()
		return nil, err
	}
	w.Follow(network.Elapsed)
	r := w.Resolver(dnslookup.Iterative)
	r.Dial, r.After = client.DialContext, client.AfterFunc
	r.Source = func(netip.Addr) netip.Addr { return clientPrefix.Addr() }
	r.Servers = slices.DeleteFunc(r.Servers, func(s dnslookup.Server) bool { return s.Addr.Addr().Is6() })
	return &walk{network, r, client}, nil
}

// addServers makes a host of every server with an IPv4 address.
func addServers(ctx context.Context, n *lab.Network, w *world.World, bits int) error {
	addrs := map[string][]netip.Prefix{} // by the server's name
	var names []string
	for _, server := range w.Servers() {
		if server.Is6() {
			continue
		}
		name := strings.TrimSuffix(w.Name(server), ".")
		if name == "" {
			name = server.String() // no zone names it
		}
		if addrs[name] == nil {
			names = append(names, name)
		}
		addrs[name] = append(addrs[name], netip.PrefixFrom(server, bits))
	}
	for _, name := range names {
		host, err := n.Host(name, addrs[name]...)
		if err != nil {
			return err
		}
		for _, server := range host.Addrs() {
			at := netip.AddrPortFrom(server, dnsPort).String()
			ln, err := host.Listen("tcp", at)
			if err != nil {
				return err
			}
			conn, err := host.ListenPacket("udp", at)
			if err != nil {
				return err // the network closes what is open
			}
			w.Serve(ctx, server, ln, conn)
		}
	}
	return nil
}

// lookup looks a name up and lets the wire come to rest.
func (w *walk) lookup(ctx context.Context, name string, types ...dnslookup.Type) (*dnslookup.Result, error) {
	res, err := w.resolver.Lookup(ctx, name, types...)
	w.client.Sleep(settle)
	return res, err
}
