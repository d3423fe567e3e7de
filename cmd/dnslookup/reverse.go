package main

import (
	"errors"
	"net/netip"

	"onwire/dnslookup"
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

func reverseVerb(o *options) *cobra.Command {
	c := &cobra.Command{
		Use:   "reverse ADDRESS [@SERVER]",
		Short: "The names of an address (PTR)",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			names, _, server, err := o.parseArgs(args)
			if err != nil {
				return err
			}
			if len(names) != 1 {
				return cli.Misuse("'dnslookup reverse 192.0.2.1'", "reverse takes one address, not %d", len(names))
			}
			addr, err := netip.ParseAddr(names[0])
			if err != nil {
				return notAddress(names[0], "", "an address such as 192.0.2.1 or 2001:db8::1; for a name leave 'reverse' out")
			}
			r, err := o.resolver(c.Context(), dnslookup.Stub, server)
			if err != nil {
				return err
			}
			res, err := r.Reverse(c.Context(), addr)
			if !o.env.JSON && !o.short && !errors.Is(err, dnslookup.ErrNetwork) && !errors.Is(err, dnslookup.ErrNotDNS) {
				o.env.Screen().Printf("%s is asked for as %s\n", addr, dnslookup.ReverseName(addr))
			}
			return o.show(res, err, names[0])
		},
	}
	c.Flags().BoolVar(&o.short, "short", false, "the names alone, one a line")
	return c
}
