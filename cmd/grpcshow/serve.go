package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"onwire/greeter"
	"onwire/greeter/frames"
	"onwire/internal/cli"
	"onwire/internal/serve"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// drainTime is how long the calls under way have when the server is to end.
const drainTime = 10 * time.Second

func serveCommand(env *cli.Env) *cobra.Command {
	var delay time.Duration
	var quiet bool
	c := &cobra.Command{
		Use:   "serve [ADDR]",
		Short: "Serve the Greeter on ADDR (" + defaultAddr + ") until interrupted",
		Long: `Serve the Greeter on ADDR until interrupted. An address without a host, :8888,
is one of this machine alone; 0.0.0.0:8888 is open to others.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			addr := defaultAddr
			if len(args) == 1 {
				addr = args[0]
			}
			if delay < 0 || delay > time.Hour {
				return cli.Misuse("write a time such as 1s, which the lecture's server takes", "--delay %v is not from 0 to 1h", delay)
			}
			l, err := serve.Listen(c.Context(), env, addr, defaultAddr)
			if err != nil {
				return err
			}
			return serveGreeter(c.Context(), env, l, delay, quiet)
		},
	}
	c.Flags().DurationVar(&delay, "delay", 0, "how long each reply takes; the lecture's server takes 1s")
	c.Flags().BoolVar(&quiet, "quiet", false, "do not print a line for every call")
	return c
}

// maxServed bounds the connections; descriptors may bound them further.
const maxServed = 1000

func serveGreeter(ctx context.Context, env *cli.Env, l net.Listener, delay time.Duration, quiet bool) error {
	limitMemory()
	log := serve.NewLog(env)
	defer log.End(nil)
	log.Put(0, func() { welcome(env, l.Addr()) })
	srv := &greeter.Server{Delay: delay, MaxConns: min(maxServed, serve.Descriptors())}
	if !quiet {
		srv.OnCall = func(call greeter.Call) { log.Put(callSize(call), func() { showServed(env, call) }) }
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case <-ctx.Done():
	case err := <-failed:
		return cli.Failed("the listener is gone: start again", "cannot go on serving: %v", cli.NetCause(err))
	}
	if !env.JSON {
		log.Put(0, func() {
			fmt.Fprintf(env.Stderr, "grpcshow: no new calls; those under way have %v, or until Ctrl-C again\n", drainTime)
		})
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := srv.Shutdown(end); err != nil {
		return cli.Failed(fmt.Sprintf("they had %v", drainTime), "calls under way were broken off")
	}
	return nil
}

// callSize returns about how much memory a call holds until it is shown.
func callSize(call greeter.Call) int {
	n := 512 + len(call.Method) + len(call.Status.Message())
	for key, values := range call.Metadata {
		for _, v := range values {
			n += len(key) + len(v)
		}
	}
	return n
}

func welcome(env *cli.Env, addr net.Addr) {
	if env.JSON {
		env.PrintJSON(map[string]string{"event": "listen", "addr": addr.String()})
		return
	}
	s := env.Screen()
	to, arg := cli.Reachable(addr), ""
	if to != defaultAddr {
		arg = " --to " + to
	}
	s.Printf("gRPC: hello.Greeter on %s, without TLS\n\n", s.Paint(term.Bold, addr.String()))
	s.Table([][]string{nil,
		{"  go run ./cmd/grpcshow call" + arg, "say hello"},
		{"  python3 greeter/clients/python/client.py " + to, "so does Python"},
		{"  grpcurl -plaintext " + to + " list", "what is here? (reflection)"},
		{"  Ctrl-C", "ends it"},
	})
	s.Printf("\n")
}

// A servedRecord is a call in serve --json.
type servedRecord struct {
	Event    string              `json:"event"`
	Method   string              `json:"method"`
	Peer     string              `json:"peer"`
	Metadata map[string][]string `json:"metadata"`
	Timeout  int64               `json:"timeout_us"` // 0 is none
	Requests int                 `json:"requests"`
	Replies  int                 `json:"replies"`
	Took     int64               `json:"took_us"`
	Code     uint32              `json:"code"`
	Status   string              `json:"status"`
	Message  string              `json:"message"`
}

func showServed(env *cli.Env, call greeter.Call) {
	peer := "?"
	if call.Peer != nil {
		peer = call.Peer.String()
	}
	status := frames.Status(call.Status.Code()).String()
	if env.JSON {
		env.PrintJSON(servedRecord{
			"call", call.Method, peer, call.Metadata, call.Timeout.Microseconds(), call.Requests, call.Replies,
			call.Took.Microseconds(), uint32(call.Status.Code()), status, call.Status.Message(),
		})
		return
	}
	s := env.Screen()
	line := fmt.Sprintf("%s  %s  %s in, %s out  %s", peer, call.Method, count(call.Requests, "message", "messages"), count(call.Replies, "message", "messages"), status)
	if text := call.Status.Message(); text != "" {
		line += ": " + text
	}
	s.Printf("%s\n", s.Wrap(2, wire.Escape(line)))
	if own := ownMetadata(call.Metadata); own != "" {
		s.Printf("  %s\n", s.Paint(term.Dim, s.Wrap(2, own)))
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// ownMetadata returns metadata without what every call carries.
func ownMetadata(md map[string][]string) string {
	var lines []string
	for key, values := range md {
		switch key {
		case ":authority", "content-type", "user-agent", "grpc-accept-encoding", "accept-encoding":
			continue
		}
		for _, v := range values {
			lines = append(lines, key+": "+metadataValue(key, v))
		}
	}
	slices.Sort(lines)
	return wire.Escape(strings.Join(lines, "; "))
}
