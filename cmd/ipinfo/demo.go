package main

import (
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "A tour: what an address says, and what it hides",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.demo() },
	}
	a.StepFlag(c)
	return c
}

// The scenes of the tour, each one input and what to look at.
var scenes = []struct{ title, input, look string }{
	{"An address is 32 bits", "202.108.249.134", "The dots are for people. A router sees one number."},
	{"A prefix says where the network ends", "192.168.10.77/26", "The AND keeps the network bits; what is left names the host."},
	{"The same address, shorter", "2031:0000:130F:0000:0000:09C0:876A:130B", "128 bits, and rules for writing them in one way only."},
	{"An address inside an address", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo packs the IPv4 server and client into the IPv6 address."},
	{"Not every address is somewhere", "100.64.0.1", "A provider's NAT, not the Internet: look at \"reachable\"."},
}

func (a *app) demo() error {
	s := a.Screen()
	for i, scene := range scenes {
		in, err := a.parse(scene.input)
		if err != nil {
			return err
		}
		if a.JSON {
			if err := a.PrintJSON(newRecord(in)); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			a.Pause()
			s.Printf("\n")
		}
		s.Printf("%s\n%s\n\n", s.Paint(term.Bold, "== "+scene.title), s.Wrap(0, scene.look))
		if err := a.card(in); err != nil {
			return err
		}
	}
	if !a.JSON {
		s.Printf(`
Predict first, then try:
  How many hosts fit in a /29? And in a /31?    ipinfo 192.0.2.8/29 192.0.2.8/31
  What does "ping 127.1" reach?                 ipinfo convert 127.1
  Who may use ff02::fb, and how far does it go? ipinfo ff02::fb
`)
	}
	return nil
}
