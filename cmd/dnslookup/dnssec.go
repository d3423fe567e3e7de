package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func dnssecVerb(o *options) *cobra.Command {
	c := &cobra.Command{
		Use:   "dnssec NAME [TYPE] [@SERVER]",
		Short: "The chain of trust from the root's key on, and where it breaks",
		Args:  cobra.ArbitraryArgs,
		RunE:  func(c *cobra.Command, args []string) error { return o.chain(c.Context(), args) },
	}
	o.env.StepFlag(c)
	o.digFlags(c)
	return c
}

// chain verifies a name and shows every link. Without a server it walks from
// the root; with one, that server fetches the records, and we verify them.
func (o *options) chain(ctx context.Context, args []string) error {
	name, types, server, err := o.oneName("dnssec", args)
	if err != nil {
		return err
	}
	o.verifies = true
	mode := dnslookup.Iterative
	if server != "" {
		mode = dnslookup.Stub
	}
	r, err := o.resolver(ctx, mode, server)
	if err != nil {
		return err
	}
	r.DNSSEC, r.Search, r.Hosts = true, nil, nil
	res, err := r.Lookup(ctx, name, types...)
	if o.env.JSON {
		for _, link := range res.Trust {
			o.env.PrintJSON(link)
		}
	} else {
		o.links(res.Trust)
	}
	negative := errors.Is(err, dnslookup.ErrNXDomain) || errors.Is(err, dnslookup.ErrNoData)
	if err != nil && !negative {
		switch {
		case o.env.JSON:
			o.env.PrintJSON(o.resultJSON(res, err))
		case len(res.Chain) > 0:
			o.env.Screen().Printf("\n")
			o.screen(res, err)
		}
		return o.dnssecTold(err, name)
	}
	if o.env.JSON {
		o.env.PrintJSON(o.resultJSON(res, err))
	} else {
		s := o.env.Screen()
		title := headline(res, err)
		if len(res.Records) > 1 {
			var data []string
			for _, rr := range res.Records {
				data = append(data, rr.Data)
			}
			title = fmt.Sprintf("%s: %s", show(res.Name), strings.Join(data, ", "))
		}
		s.Printf("\n%s\n", s.Wrap(0, s.Paint(term.Bold, title)))
		s.Printf("%s\n", s.Wrap(0, "Genuine? "+security(res.Security)))
	}
	if negative {
		return cli.Exit(1)
	}
	return nil
}

func (o *options) dnssecTold(err error, name string) error {
	if errors.Is(err, dnslookup.ErrBogus) {
		return &cli.Error{Code: 4, Message: err.Error(), Hint: "the last line above with a cross is where the chain breaks; a resolver that verifies must not use this answer"}
	}
	return o.told(err, name)
}

// links tells the chain, zone by zone.
func (o *options) links(links []dnslookup.Link) {
	s := o.env.Screen()
	zone := ""
	for i, l := range links {
		if i > 0 {
			o.env.Pause()
		}
		title := show(l.Zone)
		switch {
		case l.Type != dnslookup.TypeDS && l.Type != dnslookup.TypeDNSKEY || l.Name != l.Zone:
			title = fmt.Sprintf("%s %s", show(l.Name), l.Type)
		case l.Zone == ".":
			title = "the root"
		}
		if title != zone {
			zone = title
			s.Printf("%s\n", s.Paint(term.Bold, title))
		}
		mark := map[dnslookup.Security]string{
			dnslookup.Secure: s.Paint(term.Green, "ok"), dnslookup.Insecure: s.Paint(term.Yellow, "--"), dnslookup.Bogus: s.Paint(term.Red, "x "),
		}[l.Security]
		s.Printf("  %s  %s\n", mark, s.Wrap(6, l.Detail))
	}
}
