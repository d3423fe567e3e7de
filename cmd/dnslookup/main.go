// Command dnslookup finds what a name stands for, and shows how.
package main

import (
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

func main() { cli.Main(command) }

// command builds the command with its verbs.
func command(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	root := &cobra.Command{
		Use:   "dnslookup NAME... [TYPE...] [@SERVER]",
		Short: "From a name to an address, byte by byte and server by server",
		Long: `dnslookup answers what a name stands for, in words. Its verbs show how:

  dnslookup www.example.com            its addresses, in the order to try them
  dnslookup example.com MX TXT @9.9.9.9  other records, from that server
  dnslookup demo                       the whole walk, without a network
  dnslookup --lab www.example.cn       in the lab, a small Internet in memory
  dnslookup example.com AXFR @SERVER   a whole zone, a record a line

Arguments come in any order, as for dig: 'dnslookup @9.9.9.9 mx example.com',
'dnslookup CH TXT version.bind @SERVER', 'dnslookup -x 192.0.2.1'. A name below
.local belongs to multicast DNS (RFC 6762) and is asked for only with @SERVER.
Put a name that is also a verb after "--": dnslookup -- demo

Exit codes: 0 an answer, 1 the name or type does not exist, 2 asked wrongly,
3 the network or the servers failed, 4 the answer is not genuine (bogus). Of
several names the highest counts.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return o.lookup(c.Context(), args) },
	}
	o.flags(root)
	o.digFlags(root)
	root.AddCommand(traceVerb(o), explainVerb(o), reverseVerb(o), cacheVerb(o), dnssecVerb(o), batchVerb(o), serveVerb(o), demoVerb(o))
	return root
}
