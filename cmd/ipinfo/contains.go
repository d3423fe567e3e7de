package main

import (
	"cmp"
	"context"
	"fmt"

	"onwire/internal/cli"
	"onwire/ipaddr"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func (a *app) containsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "contains (PREFIX | FILE) (ADDR | FILE | -)...",
		Short: "Whether the first holds the others; exit 1 if it does not hold one",
		Long: `Whether the first holds the others; exit 1 if it does not hold one. FILE is a
list, one address a line, and - is stdin; a list in the first place holds what
its prefixes hold together. Of a list alone the first line is PREFIX.`,
		Example: "  ipinfo contains 10.0.0.0/8 10.1.2.3 192.0.2.1\n  cat addresses.txt | ipinfo contains 10.0.0.0/8 -",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			args = withMasks(args)
			a.sayNotes = true
			var holds holder
			t, name, no := tally{}, wire.Escape(args[0]), false
			switch err := stdinOnce(args); {
			case err != nil:
				return err
			case len(args) > 1:
				if holds, err = a.holder(c.Context(), args[0], &t); err != nil || t.args {
					return cmp.Or(err, t.exit())
				}
				args = args[1:]
			case !isList(args[0]):
				example := "10.0.0.0/8 10.1.2.3"
				switch in, err := a.parse(args[0]); {
				case err == nil && in.Kind == ipaddr.KindAddr:
					example = "10.0.0.0/8 " + shortest(name)
				case err == nil:
					example = shortest(name) + " 10.1.2.3"
				}
				return cli.Misuse("write the prefix first, then the addresses: ipinfo contains "+example, "contains needs a prefix, and an address to look for in it")
			}
			err := a.walk(c.Context(), args, &t, func(in ipaddr.Input) error {
				if holds == nil { // the first line
					holds, name = holderOf(in), in.Text
					return nil
				}
				yes, why := holds(in)
				no = no || !yes
				if a.JSON {
					return a.PrintJSON(map[string]any{"in": name, "input": in.Text, "contains": yes, "why": why})
				}
				answer := "no "
				if yes {
					answer = "yes"
				}
				s := a.Screen()
				s.Printf("%s  %s: %s\n", answer, in.Text, s.Wrap(7+min(len(in.Text), 40), why))
				return a.OutErr()
			})
			switch {
			case err != nil:
				return err
			case t.args || t.bad > 0:
				return t.exit()
			case no:
				return cli.Exit(1)
			}
			return nil
		},
	}
}

// shortest keeps a long argument out of a hint.
func shortest(text string) string {
	if len(text) > 60 {
		return "ADDR"
	}
	return text
}

// A holder says whether it holds an input, and why.
type holder func(ipaddr.Input) (bool, string)

func holderOf(outer ipaddr.Input) holder {
	return func(inner ipaddr.Input) (bool, string) { return contains(outer, inner) }
}

// holder reads the first argument of contains.
func (a *app) holder(ctx context.Context, text string, t *tally) (holder, error) {
	if in, err := a.parse(text); err == nil {
		a.say(in.Notes)
		return holderOf(in), nil
	}
	all, err := a.gather(ctx, []string{text}, t)
	return func(inner ipaddr.Input) (bool, string) {
		zone, r := inner.Addr.Zone(), inner.Addrs()
		if all.of(zone).Contains(r) || all.of("").Contains(r) {
			return true, "it is in the list"
		}
		return false, "it is not in the list"
	}, err
}

// contains reports whether one input holds another, and why.
func contains(outer, inner ipaddr.Input) (bool, string) {
	o, i := outer.Addrs(), inner.Addrs()
	ov, iv := ipaddr.Version(o.First), ipaddr.Version(i.First)
	both := ipaddr.NewSet(o).Intersection(ipaddr.NewSet(i))
	oz, iz := outer.Addr.Zone(), inner.Addr.Zone()
	switch {
	case oz != "" && iz != "" && oz != iz:
		return false, fmt.Sprintf("it is on another link: its zone is %s, not %s", iz, oz)
	case ov != iv && inner.Addr.Is4In6():
		return false, "it is an IPv4-mapped IPv6 address, and IPv6 to a router; the IPv4 address is inside it"
	case ov != iv:
		return false, fmt.Sprintf("one is IPv%d and the other IPv%d", ov, iv)
	case o == i && o.First == o.Last:
		return true, "it is the same address"
	case outer.Kind == ipaddr.KindPrefix && outer.Prefix.Bits() == 0:
		return true, fmt.Sprintf("%s holds every IPv%d address", outer.Prefix.Masked(), ov)
	case o.Contains(i) && outer.Kind == ipaddr.KindPrefix:
		return true, fmt.Sprintf("its first %d bits are those of %s", outer.Prefix.Bits(), inZone(outer.Prefix.Masked(), oz))
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
