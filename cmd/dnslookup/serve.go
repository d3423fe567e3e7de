package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"onwire/dnslookup"
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

func serveVerb(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "serve [ADDRESS:PORT]",
		Short: "A recursor for other programs; with --lab, of the lab's world",
		Long: `serve answers DNS queries over UDP and TCP until it is interrupted. It walks
from the root by itself, remembers, and verifies with DNSSEC. Without an
address it listens on 127.0.0.1:5353.

  dnslookup serve --lab 127.0.0.1:5353 &
  dig @127.0.0.1 -p 5353 www.example.cn`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			address := "127.0.0.1:5353"
			if len(args) == 1 {
				address = args[0]
			}
			return o.serve(c.Context(), address)
		},
	}
}

func (o *options) serve(ctx context.Context, address string) error {
	if addr, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
		address = netip.AddrPortFrom(addr, 5353).String()
	} else if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return cli.Misuse("such as 127.0.0.1:5353 or [::1]:5353", "%q is not an address with a port", address)
	}
	r, err := o.resolver(ctx, dnslookup.Iterative, "")
	if err != nil {
		return err
	}
	r.Cache, r.DNSSEC = dnslookup.NewCache(0), true
	if o.world != nil {
		o.world.Live()
	}
	// The same port for both; if the system chose it, another one may hold it
	// for UDP.
	var ln net.Listener
	var conn net.PacketConn
	for range 10 {
		ln, err = net.Listen("tcp", at.String())
		if err != nil {
			break
		}
		conn, err = net.ListenPacket("udp", ln.Addr().String())
		if err == nil {
			break
		}
		ln.Close()
		if at.Port() != 0 {
			break
		}
	}
	if err != nil {
		return cannotListen(at, err)
	}
	bound := netip.MustParseAddrPort(ln.Addr().String())
	if o.env.JSON {
		o.env.PrintJSON(map[string]any{"address": bound.String(), "lab": o.world != nil})
	} else {
		s := o.env.Screen()
		s.Printf("listening on %s, UDP and TCP; Ctrl-C ends it\n", bound)
		s.Printf("try: dig @%s -p %d www.example.cn +dnssec\n", bound.Addr(), bound.Port())
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	recursor := &dnslookup.Recursor{Resolver: r}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cancel(recursor.ServeTCP(ctx, ln))
	}()
	err = recursor.ServeUDP(ctx, conn)
	cancel(err)
	<-done
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return &cli.Error{Code: 3, Message: "serve: " + cause.Error()}
	}
	return nil
}

func cannotListen(at netip.AddrPort, err error) error {
	hint := "choose another address with a port of your own, such as 127.0.0.1:5353"
	switch {
	case errors.Is(err, syscall.EACCES):
		hint = "ports below 1024 need a right that you do not have: take 5353, and 'dig -p 5353'"
	case errors.Is(err, syscall.EADDRINUSE):
		hint = "another program listens there: choose another port, or port 0 for any"
	}
	return &cli.Error{Code: 1, Message: "cannot listen on " + at.String() + ": " + err.Error(), Hint: hint}
}
