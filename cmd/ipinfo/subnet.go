package main

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func (a *app) subnetCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "subnet (PREFIX | FILE | -)...",
		Short:   "The network, broadcast, first, last and mask of a prefix",
		Example: "  ipinfo subnet 192.168.10.77/26",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.each(c.Context(), withMasks(args), func(in ipaddr.Input) error {
				if err := needsPrefix(in); err != nil {
					return err
				}
				if a.JSON {
					return a.PrintJSON(newRecord(in))
				}
				a.fact("prefix", in.String())
				a.notes(in.Notes)
				a.subnetFacts(in)
				return nil
			})
		},
	}
}

// mostParts bounds a list on a screen. There are 2^64 networks in a /0.
const mostParts = 1 << 16

func (a *app) splitCommand() *cobra.Command {
	hosts, limit := "", mostParts
	c := &cobra.Command{
		Use:   "split PREFIX (/LENGTH | MASK | COUNT | --hosts N,N,...)",
		Short: "Cut a prefix into parts, by length, number, or hosts needed",
		Long: `Cut a prefix into parts, by the length or mask of the parts, by their number, or
by the hosts that each needs. In place of PREFIX may be a list of prefixes, one
a line: the name of a file, or - for stdin.`,
		Example: `  ipinfo split 10.0.0.0/24 /26
  ipinfo split 10.0.0.0/24 255.255.255.192
  ipinfo split 10.0.0.0/24 4
  ipinfo split 10.0.0.0/24 --hosts 50,20,10`,
		Args: cobra.RangeArgs(1, 3),
		RunE: func(c *cobra.Command, args []string) error {
			args = withMasks(args)
			if limit < 1 {
				return cli.Misuse("say how many parts to print, such as --limit 100", "--limit: %d is not a number of parts", limit)
			}
			split := func(in ipaddr.Input) error {
				if err := needsPrefix(in); err != nil {
					return err
				}
				switch {
				case hosts != "" && len(args) == 1:
					return a.splitByHosts(in, hosts)
				case hosts == "" && len(args) == 2:
					return a.splitEqually(c.Context(), in, args[1], limit)
				}
				return cli.Misuse("say one of /LENGTH, a mask, a number of parts, and --hosts", "it is not clear how to split %s", in)
			}
			in, err := a.parse(args[0])
			switch {
			case err == nil:
				a.sayNotes = true
				a.say(in.Notes)
				return split(in)
			case isList(args[0]):
				return a.each(c.Context(), args[:1], split)
			}
			return err
		},
	}
	c.Flags().StringVar(&hosts, "hosts", "", "numbers of hosts, one for each part, with commas between")
	c.Flags().IntVar(&limit, "limit", mostParts, "print at most so many parts")
	return c
}

// splitLength reads how long the parts are: /26, a mask, or the number of
// parts, which is returned too.
func splitLength(p netip.Prefix, by string) (length, count int, err error) {
	if typo, folded, ok := ipaddr.FindTypo(by); ok {
		return 0, 0, cli.Misuse("write "+wire.Escape(folded), "%q: %s", by, typo)
	}
	digits, isLength := strings.CutPrefix(by, "/")
	if strings.Contains(digits, ".") || strings.HasPrefix(digits, "0x") {
		masked, err := ipaddr.Parse(p.Addr().String()+"/"+digits, ipaddr.Strict)
		if err != nil {
			return 0, 0, cli.Misuse("a mask is ones, then zeros, such as 255.255.255.192, or its length, /26", "%q is not a mask for the parts of %s", by, p)
		}
		return masked.Prefix.Bits(), 0, nil
	}
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil || n < 0 || n == 0 && !isLength:
		return 0, 0, cli.Misuse("write /26 for parts of that length, or 4 for four parts", "%q is neither a length nor a number of parts", by)
	case isLength:
		return n, 0, nil
	}
	if length, err = ipaddr.SplitLength(p, n); err != nil {
		return 0, 0, cli.Misuse("ask for fewer parts", "%v", err)
	}
	return length, n, nil
}

func (a *app) splitEqually(ctx context.Context, in ipaddr.Input, by string, limit int) error {
	p := in.Prefix
	length, count, err := splitLength(p, by)
	if err != nil {
		return err
	}
	parts, err := ipaddr.Split(p, length)
	if err != nil {
		return cli.Misuse("the parts are longer prefixes of the same address", "%v", err)
	}
	all := new(big.Int).Lsh(big.NewInt(1), uint(length-p.Bits()))
	done := 0
	list := &list{app: a, zone: in.Addr.Zone()}
	for part := range parts {
		if done++; done > limit {
			break
		}
		if err := list.add(part, nil); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return cli.Failed("", "interrupted; parts printed: %d", done)
		}
	}
	if left := new(big.Int).Sub(all, big.NewInt(int64(done))); left.Sign() > 0 {
		left.Add(left, big.NewInt(1))
		fmt.Fprintf(a.Stderr, "ipinfo: %s more parts are not printed\nhint: --limit prints more\n", left)
	}
	if !a.JSON && count > 0 && all.Cmp(big.NewInt(int64(count))) != 0 {
		a.Screen().Printf("%s\n", a.Screen().Wrap(0, fmt.Sprintf("%d parts were asked for; every bit doubles their number, so there are %s", count, all)))
		if count > p.Bits() && count <= in.Addr.BitLen() {
			fmt.Fprintf(a.Stderr, "hint: /%d makes parts of that length\n", count)
		}
	}
	return nil
}

func (a *app) splitByHosts(in ipaddr.Input, hosts string) error {
	p := in.Prefix
	if typo, folded, ok := ipaddr.FindTypo(hosts); ok {
		return cli.Misuse("write --hosts "+wire.Escape(folded), "--hosts: %s", typo)
	}
	var needs []*big.Int
	for _, s := range strings.Split(hosts, ",") {
		n, ok := new(big.Int).SetString(strings.TrimSpace(s), 10)
		if !ok || n.Sign() <= 0 || len(s) > 40 {
			return cli.Misuse("write numbers with commas between: --hosts 50,20,10", "--hosts: %q is no number of hosts", s)
		}
		needs = append(needs, n)
	}
	found, free, err := ipaddr.Allocate(p, needs)
	if err != nil {
		hint := "take a shorter prefix, or fewer hosts"
		if p.Addr().IsMulticast() {
			hint = "take a unicast prefix, such as 10.0.0.0/8"
		}
		return cli.Failed(hint, "%v", err)
	}
	list := &list{app: a, zone: in.Addr.Zone()}
	for _, f := range found {
		if err := list.add(f.Prefix, f.Hosts); err != nil {
			return err
		}
	}
	for _, f := range free {
		if err := list.addFree(f); err != nil {
			return err
		}
	}
	return nil
}

// A list prints prefixes, one a line: in columns on the screen, as objects
// with --json.
type list struct {
	app    *app
	zone   string
	headed bool
}

type partRecord struct {
	Prefix string `json:"prefix"`
	First  string `json:"first"`
	Last   string `json:"last"`
	Usable string `json:"usable,omitempty"`
	Count  string `json:"count"`
	Hosts  string `json:"hosts,omitempty"` // asked for
	Free   bool   `json:"free"`
}

func (l *list) add(p netip.Prefix, hosts *big.Int) error {
	need := ""
	if hosts != nil {
		need = hosts.String()
	}
	return l.print(p, need, false)
}

func (l *list) addFree(p netip.Prefix) error { return l.print(p, "", true) }

func (l *list) print(p netip.Prefix, hosts string, free bool) error {
	s := ipaddr.SubnetOf(p)
	prefix, first, last, usable := inZone(p, l.zone), s.First.WithZone(l.zone).String(), s.Last.WithZone(l.zone).String(), ""
	if s.Usable != nil { // a default route has none
		usable = s.Usable.String()
	}
	if l.app.JSON {
		return l.app.PrintJSON(partRecord{prefix, first, last, usable, s.Count.String(), hosts, free})
	}
	screen := l.app.Screen()
	note := ""
	switch {
	case free:
		note = "  left over"
	case hosts != "":
		note = "  for " + hosts
	}
	row := []string{prefix, first, last, cmp.Or(usable, "-") + note}
	head := []string{"prefix", "first", "last", "usable"}
	width := []int{18, 15, 15, 0}
	if p.Addr().Is6() { // its numbers are too long for a column
		row = []string{prefix, last, fmt.Sprintf("2^%d%s", 128-p.Bits(), note)}
		head = []string{"prefix", "last", "addresses"}
		width = []int{24, 39, 0}
	}
	if !l.headed {
		screen.Printf("%s\n", screen.Paint(term.Dim, columns(head, width)))
		l.headed = true
	}
	screen.Printf("%s\n", columns(row, width))
	return l.app.OutErr()
}

// columns sets cells side by side. The rows come one by one, perhaps without
// end, so the widths cannot wait for the widest.
func columns(cells []string, width []int) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(term.Pad(cell, width[i]))
	}
	return b.String()
}
