package main

import (
	"fmt"
	"net/netip"

	"onwire/internal/cli"
	"onwire/ipaddr"

	"github.com/spf13/cobra"
)

// printPrefixes prints prefixes, one a line.
func (a *app) printPrefixes(prefixes []netip.Prefix) error {
	for _, p := range prefixes {
		if a.JSON {
			if err := a.PrintJSON(map[string]string{"prefix": p.String(), "count": ipaddr.RangeOf(p).Count().String()}); err != nil {
				return err
			}
			continue
		}
		a.Screen().Printf("%s\n", p)
	}
	return nil
}

func setOf(all []ipaddr.Input) ipaddr.Set {
	var ranges []ipaddr.Range
	for _, in := range all {
		ranges = append(ranges, in.Addrs())
	}
	return ipaddr.NewSet(ranges...)
}

func (a *app) sumCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "sum ADDR...",
		Short:   "The fewest prefixes that hold all the addresses and no others",
		Example: "  ipinfo sum 10.0.0.0/25 10.0.0.128/25 192.0.2.1-192.0.2.6",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := a.parseAll(args)
			if err != nil {
				return err
			}
			return a.printPrefixes(setOf(all).Prefixes())
		},
	}
}

func (a *app) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "diff ADDR TAKEN...",
		Short:   "What is left of the first when the others are taken away",
		Example: "  ipinfo diff 10.0.0.0/24 10.0.0.64/26",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := a.parseAll(args)
			if err != nil {
				return err
			}
			left := setOf(all[:1]).Difference(setOf(all[1:])).Prefixes()
			if len(left) == 0 {
				fmt.Fprintf(a.Stderr, "ipinfo: nothing is left of %s\n", args[0])
			}
			return a.printPrefixes(left)
		},
	}
}

func (a *app) containsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "contains PREFIX ADDR...",
		Short:   "Whether the first holds the others; exit 1 if it does not hold one",
		Example: "  ipinfo contains 10.0.0.0/8 10.1.2.3 192.0.2.1",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := a.parseAll(args)
			if err != nil {
				return err
			}
			no := false
			for _, in := range all[1:] {
				yes, why := contains(all[0], in)
				no = no || !yes
				if a.JSON {
					err = a.PrintJSON(map[string]any{"in": args[0], "input": in.Text, "contains": yes, "why": why})
				} else {
					answer := "no "
					if yes {
						answer = "yes"
					}
					s := a.Screen()
					s.Printf("%s  %s: %s\n", answer, in.Text, s.Wrap(7+len(in.Text), why))
				}
				if err != nil {
					return err
				}
			}
			if no {
				return cli.Exit(1)
			}
			return nil
		},
	}
}

// contains tells whether one input holds another, and why.
func contains(outer, inner ipaddr.Input) (bool, string) {
	o, i := outer.Addrs(), inner.Addrs()
	ov, iv := ipaddr.Version(o.First), ipaddr.Version(i.First)
	both := ipaddr.NewSet(o).Intersection(ipaddr.NewSet(i))
	switch {
	case ov != iv && inner.Addr.Is4In6():
		return false, "it is an IPv4-mapped IPv6 address, and IPv6 to a router; the IPv4 address is inside it"
	case ov != iv:
		return false, fmt.Sprintf("one is IPv%d and the other IPv%d", ov, iv)
	case o == i && o.First == o.Last:
		return true, "it is the same address"
	case outer.Kind == ipaddr.KindPrefix && outer.Prefix.Bits() == 0:
		return true, fmt.Sprintf("%s holds every IPv%d address", outer.Prefix.Masked(), ov)
	case o.Contains(i) && outer.Kind == ipaddr.KindPrefix:
		return true, fmt.Sprintf("its first %d bits are those of %s", outer.Prefix.Bits(), outer.Prefix.Masked())
	case o.Contains(i):
		return true, fmt.Sprintf("it lies between %s and %s", o.First, o.Last)
	case len(both.Ranges()) > 0:
		return false, fmt.Sprintf("only %s of its %s addresses", both.Count(), i.Count())
	case o.First == o.Last:
		return false, "it is another address"
	case outer.Kind == ipaddr.KindPrefix:
		cover := ipaddr.NewSet(o, i).Ranges()
		shared := ipaddr.Range{First: cover[0].First, Last: cover[len(cover)-1].Last}.Cover().Bits()
		if shared == 0 {
			return false, "they differ in the very first bit"
		}
		return false, fmt.Sprintf("only its first %d bits are those of %s, not %d", shared, outer.Prefix.Masked(), outer.Prefix.Bits())
	}
	return false, fmt.Sprintf("it does not lie between %s and %s", o.First, o.Last)
}

func (a *app) rangeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "range ADDR...",
		Short:   "The first and last address, and the prefixes in between",
		Example: "  ipinfo range 10.0.0.5-10.0.0.20 192.0.2.0/26",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.each(args, func(in ipaddr.Input) error {
				r := in.Addrs()
				if a.JSON {
					return a.PrintJSON(newRecord(ipaddr.Input{Kind: ipaddr.KindRange, Text: in.Text, Spelt: in.Spelt, Addr: r.First, Range: r, Notes: in.Notes}))
				}
				a.fact("range", r.String())
				a.fact("count", r.Count().String())
				for i, p := range r.Prefixes() {
					label := ""
					if i == 0 {
						label = "prefixes"
					}
					a.fact(label, p.String())
				}
				return nil
			})
		},
	}
}

func (a *app) reverseCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "reverse ADDR...",
		Short:   "The name or zones under which DNS has its names; nobody is asked",
		Example: "  ipinfo reverse 192.0.2.1 10.0.0.0/20",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.each(args, func(in ipaddr.Input) error {
				names := []string{ipaddr.ReverseName(in.Addr.WithZone(""))}
				switch in.Kind {
				case ipaddr.KindPrefix:
					names = ipaddr.ReverseZones(in.Prefix)
				case ipaddr.KindRange:
					return cli.Misuse("give a prefix", "%q is a range; reverse zones belong to prefixes", in.Text)
				}
				if a.JSON {
					return a.PrintJSON(map[string]any{"input": in.Text, "names": names})
				}
				for _, name := range names {
					a.Screen().Printf("%s\n", name)
				}
				return nil
			})
		},
	}
}
