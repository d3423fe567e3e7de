// Command portmux shows how ports bring each packet to its app: on a wire in
// memory, on captures, and on this machine.
package main

import (
	"os"
	"strings"

	"onwire/internal/cli"
	"onwire/portmux"

	"github.com/spf13/cobra"
)

func main() { cli.Main(command) }

// An app is one run of the command.
type app struct {
	*cli.Env
	headed bool // a heading was printed
}

func command(env *cli.Env) *cobra.Command {
	a := &app{Env: env}
	root := &cobra.Command{
		Use:   "portmux",
		Short: "Show how ports bring each packet to its app",
		Long: `One host has many apps and one wire. The port in each packet says which app it
is for. portmux shows that look-up: on packets of its own, on a capture, and on
the ports of this machine. Nothing is sent to the network.`,
		Example: `  portmux demo
  portmux why 4500001e00010000401166ba0a0900010a09000204571e61000a60a46869
  portmux why capture.pcap#12 --world host.tsv
  portmux read capture.pcapng --by port
  portmux ports -p
  portmux service 443`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return cli.Misuse("'portmux demo' shows it, 'portmux read FILE' reads a capture, 'portmux --help' lists all", "nothing is asked")
		},
	}
	root.AddCommand(a.demoCommand(), a.whyCommand(), a.readCommand(), a.portsCommand(), a.serviceCommand())
	return root
}

// worldHint says what a world file looks like.
const worldHint = `a world has a line "host 10.9.0.2/24" and lines "app NAME udp|tcp ADDR:PORT OPTIONS"`

// world reads the host of a file, or makes the demo's.
func world(path string) (*portmux.Mux, error) {
	if path == "" {
		return demoHost(false)
	}
	f, err := cli.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := portmux.ReadWorld(cli.Text(f))
	if err != nil {
		return nil, cli.Misuse(worldHint, "%s: %v", path, err)
	}
	return m, nil
}

// services returns the registry with the system's services file before it.
func services() *portmux.Services {
	s := portmux.Registry()
	for _, path := range servicesFiles() {
		if f, err := os.Open(path); err == nil {
			defer f.Close()
			return s.With(f)
		}
	}
	return s
}

// servicesFiles is where systems keep their names of ports. ONWIRE_SERVICES
// names another file; "none" is none, for output that is the same everywhere.
func servicesFiles() []string {
	if path := os.Getenv("ONWIRE_SERVICES"); path != "" {
		return []string{path}
	}
	root := strings.TrimRight(os.Getenv("SystemRoot"), `\`)
	return []string{"/etc/services", root + `\System32\drivers\etc\services`}
}
