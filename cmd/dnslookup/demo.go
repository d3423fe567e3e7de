package main

import (
	"context"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func demoVerb(o *options) *cobra.Command {
	frames := false
	var flags *labcli.Flags
	c := &cobra.Command{
		Use:   "demo | demo --frames [NAME [TYPE]]",
		Short: "The whole walk in the lab: no network, no set-up",
		Long: `The whole walk in the lab: no network, no set-up.

With --frames one look-up goes over a wire inside this program, between hosts
with real TCP/IP stacks: the client and each name server on one switch. Every
frame is shown, and the wire loses, breaks, delays, copies and swaps what it is
told to.`,
		Example: `  go run ./cmd/dnslookup demo --frames --lose "udp 1"
  go run ./cmd/dnslookup demo --frames big.example.cn TXT --pcap dns.pcapng
  go run ./cmd/dnslookup demo --frames --hex 4`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			o.seed = flags.Seed // the demo's own flag hides the one of all verbs
			switch {
			case frames:
				return o.frames(c.Context(), args, flags)
			case len(args) > 0:
				return cli.Misuse("'dnslookup demo --frames "+args[0]+"' looks it up frame by frame", "the demo takes no name: %q", args[0])
			case flags.OnWire(c, "seed"):
				return cli.Misuse("add --frames", "only the demo's frames can be lost, changed, opened or written to a file")
			}
			return o.demo(c.Context())
		},
	}
	c.Flags().BoolVar(&frames, "frames", false, "one look-up, frame by frame, between hosts on a wire")
	flags = labcli.AddFlags(c, o.env)
	return c
}

// demo walks, remembers and verifies in the lab.
func (o *options) demo(ctx context.Context) error {
	o.lab = true
	s := o.env.Screen()
	title := func(text string) {
		if !o.env.JSON {
			s.Printf("%s\n", s.Wrap(0, s.Paint(term.Bold, text)))
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
		"Which servers are asked for a name if the address of its server is not known?\ndnslookup trace --lab www.glueless.cn",
		"How many queries does an answer need that is too large for one datagram?\ndnslookup trace --lab big.example.cn TXT",
		"How long is it remembered that a name does not exist?\ndnslookup cache",
	} {
		question, try, _ := strings.Cut(line, "\n")
		s.Printf("- %s\n  %s\n", s.Wrap(2, question), try)
	}
	return ctx.Err()
}
