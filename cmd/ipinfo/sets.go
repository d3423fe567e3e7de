package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"

	"onwire/internal/cli"
	"onwire/ipaddr"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// printPrefixes prints prefixes of a zone, one a line.
func (a *app) printPrefixes(prefixes []netip.Prefix, zone string) error {
	for _, p := range prefixes {
		if a.JSON {
			if err := a.PrintJSON(map[string]string{"prefix": inZone(p, zone), "count": ipaddr.RangeOf(p).Count().String()}); err != nil {
				return err
			}
			continue
		}
		a.Screen().Printf("%s\n", inZone(p, zone))
	}
	return nil
}

func (a *app) sumCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "sum (ADDR | FILE | -)...",
		Short: "The fewest prefixes that hold all the addresses and no others",
		Long: `The fewest prefixes that hold all the addresses and no others: what a router
does to keep its table short. The addresses of each zone are a set of their
own. FILE is a list, one address a line; - is stdin.`,
		Example: "  ipinfo sum 10.0.0.0/25 10.0.0.128/25 192.0.2.1-192.0.2.6\n  ipinfo sum prefixes.txt",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a.sayNotes = true
			t := tally{}
			all, err := a.gather(c.Context(), withMasks(args), &t)
			if err != nil {
				return err
			}
			if t.args { // a sum without one of them is another sum
				return t.exit()
			}
			for _, zone := range all.zones() {
				if err := a.printPrefixes(all.of(zone).Prefixes(), zone); err != nil {
					return err
				}
			}
			return t.exit()
		},
	}
}

func (a *app) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff (ADDR | FILE | -) TAKEN...",
		Short: "Subtract the other prefixes from the first",
		Long: `Subtract the other prefixes from the first: what is left of it. FILE is a list,
one address a line; - is stdin. Of a list alone the first line is ADDR.
Addresses with a zone are subtracted from those of that zone, addresses without
one from all.`,
		Example: "  ipinfo diff 10.0.0.0/24 10.0.0.64/26\n  ipinfo diff 10.0.0.0/8 used.txt",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a.sayNotes = true
			t := tally{}
			from, taken, err := a.firstAndRest(c.Context(), withMasks(args), &t)
			if err != nil || t.args {
				return cmp.Or(err, t.exit())
			}
			some := false
			for _, zone := range from.zones() {
				left := from.of(zone).Difference(taken.of(zone)).Difference(taken.of("")).Prefixes()
				some = some || len(left) > 0
				if err := a.printPrefixes(left, zone); err != nil {
					return err
				}
			}
			if !some {
				fmt.Fprintf(a.Stderr, "ipinfo: nothing is left of %s\n", wire.Escape(args[0]))
			}
			return t.exit()
		},
	}
}

// firstAndRest reads what to subtract from, and what to subtract: the first
// argument and the others, or the first line of a single list and the others.
func (a *app) firstAndRest(ctx context.Context, args []string, t *tally) (first, rest pile, err error) {
	if err := stdinOnce(args); err != nil {
		return nil, nil, err
	}
	if len(args) > 1 {
		if first, err = a.gather(ctx, args[:1], t); err == nil {
			rest, err = a.gather(ctx, args[1:], t)
		}
		return first, rest, err
	}
	if !isList(args[0]) {
		return nil, nil, cli.Misuse("write what to subtract after it", "there is nothing to subtract from %q", args[0])
	}
	first, rest = pile{}, pile{}
	to := first
	err = a.walk(ctx, args, t, func(in ipaddr.Input) error {
		to.add(in)
		to = rest
		return nil
	})
	return first, rest, err
}

func (a *app) rangeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "range (ADDR | FILE | -)...",
		Short:   "The first and last address, and the prefixes in between",
		Example: "  ipinfo range 10.0.0.5-10.0.0.20 192.0.2.0/26",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			list := withMasks(args)
			if len(list) == 2 && isAddr(list[0]) && isAddr(list[1]) {
				fmt.Fprintf(a.Stderr, "ipinfo: these are two addresses; the range from one to the other is written %s-%s\n", wire.Escape(list[0]), wire.Escape(list[1]))
			}
			return a.each(c.Context(), list, func(in ipaddr.Input) error {
				r, zone := in.Addrs(), in.Addr.Zone()
				if a.JSON {
					return a.PrintJSON(newRecord(ipaddr.Input{Kind: ipaddr.KindRange, Text: in.Text, Spelt: in.Spelt, Addr: r.First.WithZone(zone), Range: r, Notes: in.Notes}))
				}
				a.notes(in.Notes)
				a.fact("range", r.String())
				if zone != "" {
					a.fact("zone", zone)
				}
				a.fact("count", r.Count().String())
				for i, p := range r.Prefixes() {
					label := ""
					if i == 0 {
						label = "prefixes"
					}
					a.fact(label, inZone(p, zone))
				}
				return nil
			})
		},
	}
}

func (a *app) reverseCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "reverse (ADDR | FILE | -)...",
		Short:   "The name or zones under which DNS has its names; asks no server",
		Example: "  ipinfo reverse 192.0.2.1 10.0.0.0/20",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a.sayNotes = true
			return a.each(c.Context(), withMasks(args), func(in ipaddr.Input) error {
				names := []string{ipaddr.ReverseName(in.Addr.WithZone(""))}
				switch in.Kind {
				case ipaddr.KindPrefix:
					names = ipaddr.ReverseZones(in.Prefix)
				case ipaddr.KindRange:
					return cli.Misuse("give a prefix", "%q is a range; reverse zones belong to prefixes", in.Text)
				}
				if a.JSON {
					object := map[string]any{"input": in.Text, "names": names}
					if zone := in.Addr.Zone(); zone != "" {
						object["zone"] = zone
					}
					return a.PrintJSON(object)
				}
				for _, name := range names {
					a.Screen().Printf("%s\n", name)
				}
				return nil
			})
		},
	}
}
