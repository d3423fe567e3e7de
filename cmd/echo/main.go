// Command echo serves, uses, loads and shows the echo service of RFC 862.
//
// Run it as "go run ./cmd/echo"; the shell has an echo of its own.
package main

import (
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

func main() { cli.Main(command) }

// defaultAddr recalls port 7, which RFC 862 gives to echo and which only root
// may open on some systems.
const defaultAddr = "127.0.0.1:7007"

// An app is one run of the command.
type app struct {
	*cli.Env
}

func command(env *cli.Env) *cobra.Command {
	a := &app{Env: env}
	serve, opts := a.serveCommand(), &serveOptions{}
	root := &cobra.Command{
		Use:   "echo [ADDR]",
		Short: "Serve, use, load and see the echo service (RFC 862)",
		Long: `Echo sends back every byte that it receives. It is the smallest service that
shows what TCP promises, and what it does not.

Without a verb it serves, as the verb serve does. ADDR is host:port or :port,
and ` + defaultAddr + ` if none is given. ':7007' is 127.0.0.1:7007, which only
this machine can reach; 0.0.0.0:7007, or [::]:7007 with IPv6, is open to others.

Your shell has an echo of its own: write go run ./cmd/echo.`,
		Example: `  go run ./cmd/echo                        serve on ` + defaultAddr + `
  go run ./cmd/echo send hello             and in a second terminal, use it
  go run ./cmd/echo send --writes 20 --size 10 --nodelay
  go run ./cmd/echo load --conns 50        how fast it is
  go run ./cmd/echo demo                   a tour, with no server and no network`,
		Args: cobra.ArbitraryArgs,
		// Usage lines are copied into a shell, where echo is another program.
		Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: "go run ./cmd/echo"},
		RunE:        func(c *cobra.Command, args []string) error { return a.serve(c.Context(), opts, args) },
	}
	opts.flags(root)
	root.AddCommand(serve, a.sendCommand(), a.loadCommand(), a.demoCommand())
	return root
}
