// Command httpshow shows HTTP/1.1 as it is on the wire: URLs, requests,
// responses, and the connections that carry them.
package main

import (
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

func main() { cli.Main(command) }

// defaultAddr is where serve listens, and what the examples talk to.
const defaultAddr = "127.0.0.1:8080"

// An app is one run of the command.
type app struct {
	*cli.Env
	hex bool // --hex: all bytes beside their names
}

func command(env *cli.Env) *cobra.Command {
	a := &app{Env: env}
	root := &cobra.Command{
		Use:   "httpshow",
		Short: "Show HTTP/1.1: URLs, requests, responses, connections",
		Long: `Show HTTP/1.1 (RFC 9110, RFC 9112) as it is on the wire: every byte of a
request and its response with a name, and the connections that carry them.`,
		Example: `  go run ./cmd/httpshow demo
  go run ./cmd/httpshow url 'http://example.org:8080/a?x=1#top'
  go run ./cmd/httpshow serve                      a small service; beside it
  go run ./cmd/httpshow get http://127.0.0.1:8080/ -n 2
  printf 'GET / HTTP/1.1\r\n\r\n' | go run ./cmd/httpshow parse
  go run ./cmd/httpshow tap --listen 127.0.0.1:8081 --to 127.0.0.1:8080`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(a.urlCommand(), a.getCommand(), a.parseCommand(), a.rulesCommand(), a.serveCommand(), a.tapCommand(), a.demoCommand())
	return root
}

// hexFlag gives a command the flag --hex.
func (a *app) hexFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.hex, "hex", false, "show all bytes, beside the names of their parts")
}
