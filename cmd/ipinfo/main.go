// Command ipinfo explains an IP address or a prefix: its bits, its network,
// the block it lies in, what is hidden inside it.
//
// Run it as "go run ./cmd/ipinfo ADDR"; ipinfo.io has a command of the same
// name.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"onwire/internal/cli"
	"onwire/ipaddr"
	"onwire/wire"

	"github.com/spf13/cobra"
)

func main() { cli.Main(command) }

// An app is one run of the command.
type app struct {
	*cli.Env
	lenient  bool
	ourForms bool           // also read what convert prints
	sayNotes bool           // the notes on an argument go to stderr: the verb's output has no place for them
	root     *cobra.Command // where a word may stand for a verb; nil after one
}

func command(env *cli.Env) *cobra.Command {
	a := &app{Env: env}
	root := &cobra.Command{
		Use:   "ipinfo ADDR...",
		Short: "Explain an IP address or a prefix: bits, network, block, reach",
		Long: `Explain IP addresses: their bits, their network, the special block that they
lie in, whether the Internet reaches them, what is hidden inside them.

ADDR is an address, a prefix (a length, a netmask or a wildcard mask may follow
the slash, or a netmask as a word of its own), a range a-b, an IPv4 address
with a port, or [IPv6]:port; or a list of these, one a line: the name of a file,
or - for stdin. Nothing is ever sent to the network.`,
		Example: `  ipinfo 202.108.249.134/20
  ipinfo 2031:0000:130F:0000:0000:09C0:876A:130B
  ipinfo --json fe80::1%eth0 192.0.2.1:80
  ipinfo split 10.0.0.0/24 --hosts 50,20,10
  ipinfo classify addresses.txt
  ipinfo demo`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Misuse("ipinfo 192.0.2.1/24 explains a prefix, 'ipinfo demo' shows a tour, 'ipinfo --help' lists all", "no address is given")
			}
			a.root = c
			shown := 0
			return a.each(c.Context(), withMasks(args), func(in ipaddr.Input) error {
				if shown++; shown > 1 && !a.JSON {
					a.Screen().Printf("\n")
				}
				return a.card(in)
			})
		},
	}
	root.PersistentFlags().BoolVar(&a.lenient, "lenient", false, "also read inet_aton's forms and integers (127.1, 0x7f000001)")
	root.AddCommand(a.explainCommand(), a.convertCommand(), a.subnetCommand(), a.splitCommand(),
		a.sumCommand(), a.diffCommand(), a.containsCommand(), a.rangeCommand(), a.reverseCommand(),
		a.classifyCommand(), a.ifacesCommand(), a.registryCommand(), a.demoCommand())
	return root
}

// parse reads an argument, and makes a fault the error of a command.
func (a *app) parse(text string) (ipaddr.Input, error) {
	if a.ourForms {
		if in, ok := fromOurForms(text); ok {
			return in, nil
		}
	}
	mode := ipaddr.Strict
	if a.lenient {
		mode = ipaddr.Lenient
	}
	in, err := ipaddr.Parse(text, mode)
	if err != nil {
		return in, a.misuse(err)
	}
	return in, nil
}

// misuse turns a ParseError into the error of a command, with a hint.
func (a *app) misuse(err error) error {
	var fault *ipaddr.ParseError
	if !errors.As(err, &fault) {
		return err
	}
	told := &cli.Error{Code: 2, Message: fault.Error(), Hint: hint(fault), Cause: fault}
	if typo, folded, ok := ipaddr.FindTypo(fault.Input); ok && typo.Offset == 0 && strings.HasPrefix(folded, "-") {
		told.Hint = "a flag starts with two hyphens: --" + wire.Escape(strings.TrimLeft(folded, "-"))
	}
	if a.root != nil && len(fault.Input) > 2 {
		told.Hint = cmp.Or(cli.Meant(a.root, fault.Input), told.Hint)
	}
	return told
}

// hint is what to do about a fault, and what others would have read.
func hint(fault *ipaddr.ParseError) string {
	h := fault.Hint
	if h == "" {
		h = "an address looks like 192.0.2.1 or 2001:db8::1, a prefix like 192.0.2.0/24"
	}
	for i, r := range fault.Readings {
		sep := "; it is"
		if i > 0 {
			sep = ","
		}
		h += fmt.Sprintf("%s %s to %s", sep, r.Means, r.Parser)
	}
	return h
}

// needsPrefix is the error for an input that must be a prefix and is not.
func needsPrefix(in ipaddr.Input) error {
	if in.Kind == ipaddr.KindPrefix {
		return nil
	}
	if len(in.Notes) > 0 && in.Kind == ipaddr.KindAddr && in.Addr.Is4() && strings.HasPrefix(in.Text, "255.") {
		return cli.Misuse("write the address before it, as in 192.0.2.1/"+in.Text, "%q is a netmask, not a prefix", in.Text)
	}
	length := "/24"
	if in.Addr.Is6() {
		length = "/64"
	}
	return cli.Misuse("write the prefix length, such as "+in.Addr.String()+length, "%q is %s, not a prefix", in.Text, article(in.Kind))
}

func article(k ipaddr.Kind) string {
	switch k {
	case ipaddr.KindAddr:
		return "an address"
	case ipaddr.KindAddrPort:
		return "an address with a port"
	}
	return "a " + k.String()
}
