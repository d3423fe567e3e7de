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

	"onwire/internal/cli"
	"onwire/ipaddr"

	"github.com/spf13/cobra"
)

func main() { cli.Main(command) }

// An app is one run of the command.
type app struct {
	*cli.Env
	lenient  bool
	ourForms bool           // also read what convert prints
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
the slash), a range a-b, an IPv4 address with a port, or [IPv6]:port. Nothing
is ever sent to the network.`,
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
			return a.each(args, func(in ipaddr.Input) error {
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

// parse reads an argument, and tells a fault as a command does.
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

// each shows every argument. One that is wrong is told on stderr, or as an
// object with --json, and does not stop the others; the exit code is then 2.
func (a *app) each(args []string, show func(ipaddr.Input) error) error {
	wrong := false
	for _, text := range args {
		in, err := a.parse(text)
		if err == nil {
			err = show(in)
		}
		if err == nil {
			continue
		}
		wrong = true
		if a.JSON {
			if err := a.PrintJSON(faultJSON(text, err)); err != nil {
				return err
			}
		} else {
			a.Report("ipinfo", err)
		}
	}
	if wrong {
		return cli.Exit(2)
	}
	return nil
}

// parseAll reads all arguments of a verb about sets of addresses, and stops at
// the first that is wrong. Prefixes have no zones, which is said.
func (a *app) parseAll(args []string) ([]ipaddr.Input, error) {
	var all []ipaddr.Input
	for _, text := range args {
		in, err := a.parse(text)
		if err != nil {
			return nil, err
		}
		if zone := in.Addr.Zone(); zone != "" {
			fmt.Fprintf(a.Stderr, "ipinfo: %q: the zone %s does not count here, the bits alone do\n", text, zone)
		}
		all = append(all, in)
	}
	return all, nil
}

// parsePrefix reads an argument that must be a prefix.
func (a *app) parsePrefix(text string) (ipaddr.Input, error) {
	in, err := a.parse(text)
	if err == nil && in.Kind != ipaddr.KindPrefix {
		length := "/24"
		if in.Addr.Is6() {
			length = "/64"
		}
		err = cli.Misuse("write the prefix length, such as "+in.Addr.WithZone("").String()+length, "%q is %s, not a prefix", text, article(in.Kind))
	}
	return in, err
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
