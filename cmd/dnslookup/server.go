package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"
)

func (o *options) ownRoots(r *dnslookup.Resolver) error {
	for i, text := range o.roots {
		s, err := dnslookup.ParseServer(text, dnslookup.UDP)
		if err != nil || !s.Addr.Addr().IsValid() {
			return cli.Misuse("give its address: --root 192.0.2.1", "--root: %q is not an address", text)
		}
		if i == 0 {
			r.Servers = nil
		}
		r.Servers = append(r.Servers, s)
	}
	return nil
}

// servers chooses the recursors to ask: the one that was named, the lab's, or
// the system's.
func (o *options) servers(ctx context.Context, r *dnslookup.Resolver, server string) error {
	transport := r.Transport
	if o.world == nil {
		config, err := dnslookup.System(ctx)
		if err == nil {
			config.Apply(r)
			for i, s := range r.Servers {
				r.Servers[i].Addr = netip.AddrPortFrom(s.Addr.Addr(), defaultPort(r.Transport))
			}
		}
		if err != nil && server == "" {
			return &cli.Error{Code: 3, Message: err.Error(), Hint: "name a server: 'dnslookup NAME @9.9.9.9'; " + labHint}
		}
		r.Locate = locate(r)
	} else {
		for i, s := range r.Servers {
			r.Servers[i].Addr = netip.AddrPortFrom(s.Addr.Addr(), defaultPort(r.Transport))
		}
	}
	if server == "" {
		if o.port != 0 {
			return cli.Misuse("name the server too: @SERVER", "--server-port is of a server, and none is named")
		}
		return nil
	}
	s, err := dnslookup.ParseServer(server, r.Transport)
	if err != nil {
		hint := "such as @9.9.9.9, @[2620:fe::fe]:53, @dns.quad9.net"
		if strings.Contains(server, "://") && !o.https {
			hint = "add --https"
		}
		return cli.Misuse(hint, "%v", err)
	}
	if o.port != 0 {
		s.Addr = netip.AddrPortFrom(s.Addr.Addr(), o.port)
	}
	// Who names a server means it: for names of multicast DNS too, and whatever
	// the system says about its own servers.
	r.Servers, r.Search, r.Hosts = []dnslookup.Server{s}, nil, nil
	r.Options, r.Transport = dnslookup.Options{}, transport
	r.NotLocal = append(r.NotLocal, notLocal...)
	return nil
}

// notLocal are the zones of multicast DNS. Some networks serve them by unicast
// all the same; a server that is named with @ is asked.
var notLocal = []string{"local.", "254.169.in-addr.arpa.", "8.e.f.ip6.arpa.", "9.e.f.ip6.arpa.", "a.e.f.ip6.arpa.", "b.e.f.ip6.arpa."}

func defaultPort(t dnslookup.Transport) uint16 {
	return map[dnslookup.Transport]uint16{dnslookup.UDP: 53, dnslookup.TCP: 53, dnslookup.TLS: 853, dnslookup.HTTPS: 443}[t]
}

// locate finds the address of a server that is given by its name, with the
// system's own servers.
func locate(r *dnslookup.Resolver) func(context.Context, string) (netip.Addr, error) {
	helper := &dnslookup.Resolver{Dial: r.Dial, Servers: r.Servers, Hosts: r.Hosts, Source: r.Source, Cache: dnslookup.NewCache(100)}
	return func(ctx context.Context, name string) (netip.Addr, error) {
		if len(helper.Servers) == 0 {
			return netip.Addr{}, errors.New("the system names no server")
		}
		for i, s := range helper.Servers {
			helper.Servers[i].Addr = netip.AddrPortFrom(s.Addr.Addr(), 53)
		}
		res, err := helper.Lookup(ctx, name)
		if err != nil {
			return netip.Addr{}, err
		}
		return res.Addrs[0].Addr, nil
	}
}

// source tells which of our addresses the system would send from. Connecting a
// datagram socket sends nothing.
func source(to netip.Addr) netip.Addr {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
