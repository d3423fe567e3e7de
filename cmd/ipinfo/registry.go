package main

import (
	"fmt"
	"strings"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func (a *app) registryCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "registry",
		Short: "The special blocks that ipinfo knows, with their source",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.registry() },
	}
	c.AddCommand(&cobra.Command{
		Use:   "compare FILE",
		Short: "What a newer registry (CSV) of IANA changes; exit 1 if anything",
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return a.compare(args[0]) },
	})
	return c
}

func (a *app) registry() error {
	s := a.Screen()
	source := ""
	for _, b := range ipaddr.Builtin() {
		if a.JSON {
			if err := a.PrintJSON(newBlockRecord(b)); err != nil {
				return err
			}
			continue
		}
		if b.Registry != source {
			source = b.Registry
			s.Printf("%s\n", s.Paint(term.Bold, s.Wrap(2, source)))
		}
		s.Printf("  %-20s %-5s  %s\n", b.Text, b.GloballyReachable, s.Wrap(30, fmt.Sprintf("%s (%s)", b.Name, strings.Join(b.References, "; "))))
	}
	if !a.JSON {
		s.Printf("%s\n", s.Wrap(0, "The middle column is \"globally reachable\"; \"-\" is blank in the registry."))
	}
	return nil
}

func (a *app) compare(name string) error {
	f, err := cli.OpenFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	newer, err := ipaddr.ParseRegistry(cli.Text(f))
	if err != nil {
		return cli.Failed("it must be the CSV of an IANA special-purpose address registry", "%q: %v", name, cli.Cause(err))
	}
	changes := ipaddr.Builtin().Compare(newer)
	for _, c := range changes {
		if a.JSON {
			err = a.PrintJSON(c)
		} else {
			a.Screen().Printf("%s\n", wire.Escape(c.String()))
		}
		if err != nil {
			return err
		}
	}
	if len(changes) > 0 {
		return cli.Exit(1)
	}
	if !a.JSON {
		a.Screen().Printf("no difference: the %d rows of the file are those that ipinfo knows\n", len(newer))
	}
	return nil
}
