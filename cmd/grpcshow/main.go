// Command grpcshow serves, calls and shows gRPC: what a call is made of, frame
// by frame and byte by byte.
package main

import (
	"io"

	"onwire/internal/cli"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/grpclog"
)

func main() {
	// gRPC's own log would print between our lines, what a peer says too.
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
	cli.Main(newCommand)
}

// defaultAddr is where the course's server listens.
const defaultAddr = "127.0.0.1:8888"

func newCommand(env *cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "grpcshow",
		Short: "Serve, call and see gRPC, frame by frame",
		Long: `A gRPC call is an HTTP/2 stream: a HEADERS frame that names the method, DATA
frames with Protobuf messages, and trailers with a status. grpcshow is both
ends of the course's Greeter, and shows what goes between them.`,
		Example: `  go run ./cmd/grpcshow demo
  go run ./cmd/grpcshow serve
  go run ./cmd/grpcshow call SayHello --name Alice
  go run ./cmd/grpcshow tap --listen :8889 --to :8888
  go run ./cmd/grpcshow frames capture.pcapng`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.AddCommand(
		serveCommand(env),
		callCommand(env),
		tapCommand(env),
		framesCommand(env),
		demoCommand(env),
	)
	return root
}
