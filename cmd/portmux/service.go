package main

import (
	"fmt"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/ipaddr"
	"onwire/portmux"

	"github.com/spf13/cobra"
)

func (a *app) serviceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "service NAME|PORT",
		Short: "Look up a port or a service in the registry",
		Long: `Look up the name that is registered for a port, or the ports of a name. The
names are those of the system's services file, then those of IANA.

A registered name says what a port is set aside for, never what runs there.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			names := services()
			if c := args[0][:min(1, len(args[0]))]; c >= "0" && c <= "9" || c == "-" {
				if port, err := portmux.ParsePort(args[0]); err == nil {
					return a.port(names, port)
				} else if len(names.Find(args[0])) == 0 {
					return cli.Misuse("there are 65,536 numbers a protocol, 0 to 65535", "%v", err)
				}
			}
			return a.service(names, args[0])
		},
	}
}

type serviceJSON struct {
	Name  string `json:"registered_name"`
	Port  uint16 `json:"port"`
	Proto string `json:"proto"`
	Range string `json:"range"`
}

func (a *app) port(names *portmux.Services, port uint16) error {
	r := portmux.RangeOf(port)
	if a.JSON {
		for _, proto := range []portmux.Proto{portmux.TCP, portmux.UDP} {
			if err := a.PrintJSON(serviceJSON{names.Name(proto, port), port, proto.String(), r.Name}); err != nil {
				return err
			}
		}
		return nil
	}
	s := a.Screen()
	s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("port %d", port)))
	for _, proto := range []portmux.Proto{portmux.TCP, portmux.UDP} {
		name := names.Name(proto, port)
		switch {
		case port == 0:
			name = "reserved"
		case name == "":
			name = "no registered name"
		default:
			name = "registered name " + name
		}
		s.Printf("  %s  %s\n", proto, name)
	}
	s.Printf("  %s\n", s.Wrap(2, fmt.Sprintf("%s, %d to %d: %s (RFC 6335 6)", r.Name, r.First, r.Last, r.Rule)))
	if port == 0 {
		s.Printf("  %s\n", s.Wrap(2, "Port 0 is reserved: nobody can be reached there, and a program that binds it asks the system to choose a free port (RFC 6335 6)."))
	} else {
		s.Printf("  %s\n", s.Wrap(2, "A registered name is no fact about what runs there: anybody may use a free port. 'portmux ports -p' shows who does on this machine."))
	}
	return nil
}

func (a *app) service(names *portmux.Services, name string) error {
	found := names.Find(name)
	if len(found) == 0 {
		if typo, right, ok := ipaddr.FindTypo(name); ok {
			return cli.Misuse("write "+right, "%q is no port and no registered name: %s", name, typo)
		}
		return cli.Failed("try a port number, or another spelling; the registry writes http and https, not HTTP/2", "%q is not a registered name", name)
	}
	rows := [][]string{{"registered name", "port", "", "range"}}
	for _, f := range found {
		r := portmux.RangeOf(f.Port)
		if a.JSON {
			if err := a.PrintJSON(serviceJSON{f.Name, f.Port, f.Proto.String(), r.Name}); err != nil {
				return err
			}
		}
		rows = append(rows, []string{f.Name, fmt.Sprint(f.Port), f.Proto.String(), r.Name})
	}
	if !a.JSON {
		a.Screen().Table(rows)
	}
	return nil
}
