// Pbshow shows how an object becomes bytes: Protobuf messages, byte by byte,
// with a .proto file or without.
package main

import (
	"errors"

	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

func main() { cli.Main(newCommand) }

func newCommand(env *cli.Env) *cobra.Command {
	var in input
	root := &cobra.Command{
		Use:   "pbshow [HEX|FILE]",
		Short: "Show how an object becomes bytes: Protobuf, byte by byte",
		Long: `Show how an object becomes bytes: Protobuf, byte by byte.

With nothing but bytes, pbshow reads them without a schema, as 'pbshow raw'.
HEX may have spaces, colons or 0x; FILE holds the bytes themselves; - is stdin.
What can be read as hex is: write ./cafe for a file called cafe.

The .proto files of the course come with it, so that -p student.proto works
anywhere: bar, helloworld, kinds, map, numbers, oneof and student.`,
		Example: `  pbshow demo
  pbshow encode -p helloworld.proto '{"id": 101, "name": "hello"}'
  pbshow decode -p helloworld.proto 08 65 12 05 68 65 6c 6c 6f
  pbshow 22 02 08 05
  pbshow varint 300
  pbshow check map_no_semicolon.proto`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			err := raw(c.Context(), env, in, args)
			bad, ok := errors.AsType[*cli.Error](err)
			if hint := cli.Meant(c, args[0]); ok && bad.Code == 2 && hint != "" {
				return cli.Misuse(hint, "%q is no verb, and no bytes in hex", args[0])
			}
			return err
		},
	}
	in.flags(root)
	root.AddCommand(encodeCommand(env), decodeCommand(env), rawCommand(env), varintCommand(env),
		sizeCommand(env), checkCommand(env), demoCommand(env))
	return root
}
