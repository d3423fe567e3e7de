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

// forms returns all the ways to write an address or a prefix.
func forms(in ipaddr.Input) []form {
	if in.Kind == ipaddr.KindPrefix {
		return prefixForms(in)
	}
	a := in.Addr.WithZone("")
	all := []form{
		{"canonical", in.Addr.String()},
		{"full", a.StringExpanded()},
		{"integer", ipaddr.Integer(a).String()},
		{"hex", "0x" + ipaddr.Hex(a)},
		{"bits", strings.Join(ipaddr.Groups(a), "")},
		{"reverse", ipaddr.ReverseName(a)},
	}
	if a.Is4() {
		b := a.As4()
		return append(all,
			form{"octal", fmt.Sprintf("0%o.0%o.0%o.0%o", b[0], b[1], b[2], b[3])},
			form{"mapped", "::ffff:" + a.String()},
			form{"nat64", nat64Of(a).String()},
			form{"6to4", sixToFourOf(a).String()})
	}
	for _, e := range ipaddr.EmbeddedIn(a) {
		if e.Addr.IsValid() {
			all = append(all, form{strings.ToLower(strings.ReplaceAll(e.Kind, " ", "_")), e.Value})
		}
	}
	return all
}

func prefixForms(in ipaddr.Input) []form {
	s, zone := ipaddr.SubnetOf(in.Prefix), in.Addr.Zone()
	all := []form{
		{"canonical", in.String()},
		{"network", inZone(s.Prefix, zone)},
		{"mask", s.Mask.String()},
		{"wildcard", s.Wildcard.String()},
		{"range", ipaddr.RangeOf(s.Prefix).String()},
	}
	if s.Mask.Is6() { // nothing writes wildcard masks of IPv6
		all = slices.Delete(all, 3, 4)
	}
	return append(all, form{"reverse", strings.Join(ipaddr.ReverseZones(in.Prefix), " ")})
}

func nat64Of(a netip.Addr) netip.Addr { return netip.MustParseAddr("64:ff9b::" + a.String()) }

func sixToFourOf(a netip.Addr) netip.Prefix {
	b := a.As4()
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x02, b[0], b[1], b[2], b[3]}), 48)
}

// warnings are what must not be done with a form of an address: an IPv4
// address that is not global has no place in NAT64 or 6to4.
func warnings(in ipaddr.Input, to string) []wire.Note {
	var all []wire.Note
	a := in.Addr.WithZone("")
	switch {
	case in.Kind != ipaddr.KindAddr:
	case a.Is6():
		if blocks := ipaddr.Chain(a); len(blocks) == 0 || blocks[0].GloballyReachable == ipaddr.False || ipaddr.Reach(a) != "false" {
			break // the registry decides, for the whole block
		}
		inside := ipaddr.EmbeddedIn(a)
		e := inside[len(inside)-1] // the client, of Teredo's two
		all = append(all, wire.Notef("do not use this address: the IPv4 address inside, %s, is not global (%s)", e.Value, e.RFC))
	default:
		if (to == "" || to == "nat64") && ipaddr.Reach(nat64Of(a)) == "false" {
			all = append(all, wire.Notef("do not use the nat64 form: %s is not global, and translators must drop such packets (RFC 6052 3.1)", a))
		}
		if (to == "" || to == "6to4") && ipaddr.Reach(sixToFourOf(a).Addr()) == "false" {
			all = append(all, wire.Notef("do not use the 6to4 form: %s is not global, and relays must drop such packets (RFC 3056 9)", a))
		}
	}
	return all
}

// fromOurForms reads those of the forms that Parse does not know: bits, with or
// without dots between the octets, and reverse names.
func fromOurForms(text string) (in ipaddr.Input, ok bool) {
	if prefix, ok := ipaddr.PrefixOfReverseName(text); ok {
		return fromReverse(text, prefix), true
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

func fromReverse(text string, prefix netip.Prefix) ipaddr.Input {
	in := ipaddr.Input{Kind: ipaddr.KindPrefix, Text: text, Spelt: prefix.Addr().String(), Addr: prefix.Addr(), Prefix: prefix}
	delegated := strings.ContainsAny(text, "/-") && !strings.HasPrefix(text, "in-addr")
	switch {
	case prefix.IsSingleIP():
		in.Kind, in.Prefix = ipaddr.KindAddr, netip.Prefix{}
		if delegated && strings.Count(text, ".") > 5 {
			in.Notes = append(in.Notes, wire.Notef("%q is the name of %s in a part of its zone, as RFC 2317 delegates it", text, in.Addr))
		}
	case delegated && strings.Count(text, ".") >= 5:
		in.Notes = append(in.Notes, wire.Notef("%q is the name by which RFC 2317 delegates %s, a part of a zone", text, prefix))
	default:
		in.Notes = append(in.Notes, wire.Notef("%q is the zone with the reverse names of %s", text, prefix))
	}
	return in
}

func (a *app) convertCommand() *cobra.Command {
	to := ""
	c := &cobra.Command{
		Use:   "convert (ADDR | INTEGER | FILE | -)...",
		Short: "Write an address in every form, from any form",
		Long: `Write an address or a prefix in every form. The input may be any of these, an
integer, a hex number, one of inet_aton's forms, 32 or 128 bits, or a reverse
name; what was read is said where it is not plain. FILE is a list, one a line;
- is stdin.`,
		Example: `  ipinfo convert 2130706433
  ipinfo convert --to integer 202.108.249.134
  ipinfo convert 128/26.2.0.192.in-addr.arpa`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a.lenient, a.ourForms = true, true // that is what the verb is for
			return a.each(c.Context(), args, func(in ipaddr.Input) error { return a.convert(in, to) })
		},
	}
	c.Flags().StringVar(&to, "to", "", "print this form alone: canonical, full, integer, hex, bits, reverse, ...")
	return c
}

func (a *app) convert(in ipaddr.Input, to string) error {
	if in.Kind != ipaddr.KindAddr && in.Kind != ipaddr.KindPrefix {
		return cli.Misuse("give the address alone", "%q is %s, not an address", in.Text, article(in.Kind))
	}
	all, warned := forms(in), warnings(in, to)
	if to != "" {
		i := slices.IndexFunc(all, func(f form) bool { return f.Name == to })
		if i < 0 {
			var names []string
			for _, f := range all {
				names = append(names, f.Name)
			}
			return cli.Misuse("its forms are "+strings.Join(names, ", "), "%q is not a form of %s", to, in)
		}
		all = all[i : i+1]
	}
	if a.JSON {
		object := map[string]any{"input": in.Text, "notes": append(append([]wire.Note{}, in.Notes...), warned...)}
		if zone := in.Addr.Zone(); zone != "" {
			object["zone"] = zone
		}
		for _, f := range all {
			object[f.Name] = f.Text
		}
		return a.PrintJSON(object)
	}
	if to != "" {
		a.Screen().Printf("%s\n", all[0].Text)
		for _, n := range warned {
			fmt.Fprintf(a.Stderr, "ipinfo: %s\n", n)
		}
		return nil
	}
	a.notes(in.Notes)
	if zone := in.Addr.Zone(); zone != "" {
		a.fact("zone", fmt.Sprintf("%s: it is no part of the 128 bits, so only the canonical form has it", zone))
	}
	names := labelColumns
	for _, f := range all {
		names = max(names, len(f.Name)+2)
	}
	for _, f := range all {
		a.Screen().Printf("%s%s\n", a.Screen().Paint(term.Blue, term.Pad(f.Name, names)), f.Text)
	}
	for _, n := range warned {
		a.fact("warning", n.String())
	}
	return a.OutErr()
}
