package main

import (
	"context"
	"net"

	"onwire/internal/serve"
)

// openAll opens the TCP listeners of an address and, for UDP, a socket beside
// each, on the same port. A name such as localhost may have an address in each
// family: all of them are opened.
func openAll(ctx context.Context, addr string, udp bool) (ls []net.Listener, ps []net.PacketConn, err error) {
	_, port, _ := net.SplitHostPort(addr)
	for range 10 { // a port that the system chose for TCP may be taken for UDP
		if ls, ps, err = open(ctx, addr, udp); err == nil || port != "0" {
			break
		}
	}
	return ls, ps, err
}

func open(ctx context.Context, addr string, udp bool) (ls []net.Listener, ps []net.PacketConn, err error) {
	host, port, _ := net.SplitHostPort(addr)
	hosts := []string{host}
	if net.ParseIP(host) == nil && host != "" {
		if found, err := net.DefaultResolver.LookupHost(ctx, host); err == nil {
			hosts = found
		}
	}
	var lc net.ListenConfig
	for _, h := range hosts {
		var l net.Listener
		at := net.JoinHostPort(h, port)
		if l, err = lc.Listen(ctx, serve.Network("tcp", at), at); err != nil {
			continue
		}
		ls = append(ls, l)
		_, port, _ = net.SplitHostPort(l.Addr().String()) // the same for all, if it was 0
		if udp {
			var p net.PacketConn
			at = net.JoinHostPort(h, port)
			if p, err = lc.ListenPacket(ctx, serve.Network("udp", at), at); err != nil {
				break
			}
			ps = append(ps, p)
		}
	}
	if len(ls) == 0 || udp && len(ps) < len(ls) {
		for _, l := range ls {
			l.Close()
		}
		for _, p := range ps {
			p.Close()
		}
		return nil, nil, cannotListen(addr, err)
	}
	return ls, ps, nil // one family may be missing; the other serves
}
