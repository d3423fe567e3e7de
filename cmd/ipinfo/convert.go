package main

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// A form is one way to write an address.
type form struct{ Name, Text string }

// forms returns all the ways to write an address.
func forms(in ipaddr.Input) []form {
	a := in.Addr.WithZone("")
	all := []form{
		{"canonical", a.String()},
		{"full", a.StringExpanded()},
		{"integer", ipaddr.Integer(a).String()},
		{"hex", "0x" + ipaddr.Hex(a)},
		{"bits", strings.Join(ipaddr.Groups(a), "")},
		{"reverse", ipaddr.ReverseName(a)},
	}
	if a.Is4() {
		b := a.As4()
		sixToFour := netip.AddrFrom16([16]byte{0x20, 0x02, b[0], b[1], b[2], b[3]})
		return append(all,
			form{"octal", fmt.Sprintf("0%o.0%o.0%o.0%o", b[0], b[1], b[2], b[3])},
			form{"mapped", "::ffff:" + a.String()},
			form{"nat64", netip.MustParseAddr("64:ff9b::" + a.String()).String()},
			form{"6to4", netip.PrefixFrom(sixToFour, 48).String()})
	}
	for _, e := range ipaddr.EmbeddedIn(a) {
		if e.Addr.IsValid() {
			all = append(all, form{strings.ToLower(strings.ReplaceAll(e.Kind, " ", "_")), e.Value})
		}
	}
	return all
}

// fromOurForms reads those of the forms that Parse does not know: bits, with or
// without dots between the octets, and reverse names.
func fromOurForms(text string) (in ipaddr.Input, ok bool) {
	name := strings.ToLower(strings.TrimSuffix(text, "."))
	if addr, ok := ipaddr.AddrOfReverseName(name); ok {
		return ipaddr.Input{Kind: ipaddr.KindAddr, Text: text, Spelt: addr.String(), Addr: addr}, true
	}
	digits := text
	if octets := strings.Split(text, "."); len(octets) == 4 && len(text) == 4*8+3 {
		digits = strings.Join(octets, "")
	}
	if len(digits) != 32 && len(digits) != 128 || strings.Trim(digits, "01") != "" {
		return ipaddr.Input{}, false
	}
	n, _ := new(big.Int).SetString(digits, 2)
	addr, _ := netip.AddrFromSlice(n.FillBytes(make([]byte, len(digits)/8)))
	return ipaddr.Input{
		Kind: ipaddr.KindAddr, Text: text, Spelt: addr.String(), Addr: addr,
		Notes: []wire.Note{wire.Notef("%d digits 0 and 1 are read as bits: %s", len(digits), addr)},
	}, true
}

func (a *app) convertCommand() *cobra.Command {
	to := ""
	c := &cobra.Command{
		Use:   "convert ADDR|INTEGER...",
		Short: "Write an address in every form, from any form",
		Long: `Write an address in every form. The input may be any address, an integer, a hex
number, one of inet_aton's forms, 32 or 128 bits, or a reverse name; what was
read is said where it is not plain.`,
		Example: `  ipinfo convert 2130706433
  ipinfo convert --to integer 202.108.249.134`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			a.lenient, a.ourForms = true, true // that is what the verb is for
			return a.each(args, func(in ipaddr.Input) error { return a.convert(in, to) })
		},
	}
	c.Flags().StringVar(&to, "to", "", "print this form alone: canonical, full, integer, hex, bits, reverse, ...")
	return c
}

func (a *app) convert(in ipaddr.Input, to string) error {
	if in.Kind != ipaddr.KindAddr {
		return cli.Misuse("give the address alone", "%q is %s, not an address", in.Text, article(in.Kind))
	}
	all := forms(in)
	if to != "" {
		i := slices.IndexFunc(all, func(f form) bool { return f.Name == to })
		if i < 0 {
			var names []string
			for _, f := range all {
				names = append(names, f.Name)
			}
			return cli.Misuse("the forms of this address are "+strings.Join(names, ", "), "%q is not a form of %s", to, in.Addr)
		}
		all = all[i : i+1]
	}
	if a.JSON {
		object := map[string]string{"input": in.Text}
		for _, f := range all {
			object[f.Name] = f.Text
		}
		return a.PrintJSON(object)
	}
	if to != "" {
		a.Screen().Printf("%s\n", all[0].Text)
		return nil
	}
	for _, n := range in.Notes {
		a.fact("note", n.String())
	}
	if zone := in.Addr.Zone(); zone != "" {
		a.fact("note", fmt.Sprintf("the zone %s is left out: it is no part of the 128 bits", zone))
	}
	names := labelColumns
	for _, f := range all {
		names = max(names, len(f.Name)+2)
	}
	for _, f := range all {
		a.Screen().Printf("%s%s\n", a.Screen().Paint(term.Blue, term.Pad(f.Name, names)), f.Text)
	}
	return nil
}
