package main

import (
	"context"
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"

	"github.com/spf13/cobra"
)

func (a *app) subnetCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "subnet PREFIX...",
		Short:   "The network, broadcast, first, last and mask of a prefix",
		Example: "  ipinfo subnet 192.168.10.77/26",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.each(args, func(in ipaddr.Input) error {
				if in.Kind != ipaddr.KindPrefix {
					_, err := a.parsePrefix(in.Text)
					return err
				}
				if a.JSON {
					return a.PrintJSON(newRecord(in))
				}
				a.fact("prefix", in.String())
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
		Use:   "split PREFIX (/LENGTH | COUNT | --hosts N,N,...)",
		Short: "Cut a prefix into parts, by length, number, or hosts needed",
		Example: `  ipinfo split 10.0.0.0/24 /26
  ipinfo split 10.0.0.0/24 4
  ipinfo split 10.0.0.0/24 --hosts 50,20,10`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := a.parsePrefix(args[0])
			if err != nil {
				return err
			}
			switch {
			case limit < 1:
				return cli.Misuse("say how many parts to print, such as --limit 100", "--limit: %d is not a number of parts", limit)
			case hosts != "" && len(args) == 1:
				return a.splitByHosts(in.Prefix, hosts)
			case hosts == "" && len(args) == 2:
				return a.splitEqually(c.Context(), in.Prefix, args[1], limit)
			}
			return cli.Misuse("say one of /LENGTH, a number of parts, and --hosts", "it is not clear how to split %s", args[0])
		},
	}
	c.Flags().StringVar(&hosts, "hosts", "", "numbers of hosts, one for each part, with commas between")
	c.Flags().IntVar(&limit, "limit", mostParts, "print at most so many parts")
	return c
}

func (a *app) splitEqually(ctx context.Context, p netip.Prefix, by string, limit int) error {
	var length int
	digits, isLength := strings.CutPrefix(by, "/")
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil || n < 0 || n == 0 && !isLength:
		return cli.Misuse("write /26 for parts of that length, or 4 for four parts", "%q is neither a length nor a number of parts", by)
	case isLength:
		length = n
	default:
		if length, err = ipaddr.SplitLength(p, n); err != nil {
			return cli.Misuse("ask for fewer parts", "%v", err)
		}
	}
	parts, err := ipaddr.Split(p, length)
	if err != nil {
		return cli.Misuse("the parts are longer prefixes of the same address", "%v", err)
	}
	all := new(big.Int).Lsh(big.NewInt(1), uint(length-p.Bits()))
	done := 0
	list := a.newList()
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
	if !a.JSON && !isLength && all.Cmp(big.NewInt(int64(n))) != 0 {
		a.Screen().Printf("%s\n", a.Screen().Wrap(0, fmt.Sprintf("%d parts were asked for; every bit doubles their number, so there are %s", n, all)))
	}
	return nil
}

func (a *app) splitByHosts(p netip.Prefix, hosts string) error {
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
	list := a.newList()
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
	headed bool
}

func (a *app) newList() *list { return &list{app: a} }

type partRecord struct {
	Prefix string `json:"prefix"`
	First  string `json:"first"`
	Last   string `json:"last"`
	Usable string `json:"usable"`
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
	if l.app.JSON {
		return l.app.PrintJSON(partRecord{p.String(), s.First.String(), s.Last.String(), s.Usable.String(), s.Count.String(), hosts, free})
	}
	screen := l.app.Screen()
	note := ""
	switch {
	case free:
		note = "  left over"
	case hosts != "":
		note = "  for " + hosts
	}
	row := []string{p.String(), s.First.String(), s.Last.String(), s.Usable.String() + note}
	head := []string{"prefix", "first", "last", "usable"}
	width := []int{18, 15, 15, 0}
	if p.Addr().Is6() { // its numbers are too long for a column
		row = []string{p.String(), s.Last.String(), fmt.Sprintf("2^%d%s", 128-p.Bits(), note)}
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
