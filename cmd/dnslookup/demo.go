package main

import (
	"context"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func demoVerb(o *options) *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "The whole walk in the lab: no network, no set-up",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return o.demo(c.Context()) },
	}
	o.env.StepFlag(c)
	return c
}

// demo walks, remembers and verifies in the lab.
func (o *options) demo(ctx context.Context) error {
	o.lab = true
	s := o.env.Screen()
	title := func(text string) {
		if !o.env.JSON {
			s.Printf("%s\n", s.Paint(term.Bold, text))
		}
	}
	gap := func() {
		if !o.env.JSON {
			s.Printf("\n")
		}
		o.env.Pause()
	}
	title("1. Nobody knows all names. Ask the root, and go where it points:")
	if err := o.trace(ctx, []string{"www.example.cn", "A"}, ""); err != nil {
		return err
	}
	gap()
	title("2. What was learned is kept, for as long as its TTL allows:")
	if err := o.replay(ctx, strings.NewReader("0s www.example.cn\n1s www.example.cn\n301s www.example.cn\n"), false); err != nil {
		return err
	}
	gap()
	title("3. Can it be trusted? www.broken.cn was changed on the way:")
	r, err := o.resolver(ctx, dnslookup.Iterative, "")
	if err != nil {
		return err
	}
	r.DNSSEC = true
	res, err := r.Lookup(ctx, "www.broken.cn", dnslookup.TypeA)
	if o.env.JSON {
		for _, link := range res.Trust {
			o.env.PrintJSON(link)
		}
		return nil
	}
	o.links(res.Trust)
	s.Printf("%s\n", s.Wrap(0, "So: "+err.Error()))
	gap()
	title("Predict first, then try:")
	for _, line := range []string{
		"Which servers are asked for a name whose server's address nobody has told?\n  dnslookup trace --lab www.glueless.cn",
		"How many queries does an answer need that is too large for one datagram?\n  dnslookup trace --lab big.example.cn TXT",
		"How long is it remembered that a name does not exist?\n  dnslookup cache",
	} {
		s.Printf("- %s\n", line)
	}
	return ctx.Err()
}
