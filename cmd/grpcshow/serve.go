package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"onwire/greeter"
	"onwire/greeter/frames"
	"onwire/internal/cli"
	"onwire/internal/term"

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
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			addr := defaultAddr
			if len(args) == 1 {
				addr = args[0]
			}
			if err := cli.CheckAddr(addr, defaultAddr); err != nil {
				return err
			}
			if delay < 0 || delay > time.Hour {
				return cli.Misuse("write a time such as 1s, which the lecture's server takes", "--delay %v is not from 0 to 1h", delay)
			}
			var lc net.ListenConfig
			l, err := lc.Listen(c.Context(), "tcp", addr)
			if err != nil {
				return cli.CannotListen(addr, err, defaultAddr)
			}
			return serve(c.Context(), env, l, delay, quiet)
		},
	}
	c.Flags().DurationVar(&delay, "delay", 0, "how long each reply takes; the lecture's server takes 1s")
	c.Flags().BoolVar(&quiet, "quiet", false, "do not print a line for every call")
	return c
}

func serve(ctx context.Context, env *cli.Env, l net.Listener, delay time.Duration, quiet bool) error {
	srv := &greeter.Server{Delay: delay}
	welcome(env, l.Addr())
	shown := make(chan struct{})
	calls := &callQueue{queue: make(chan greeter.Call, maxQueued)}
	if !quiet {
		srv.OnCall = calls.put
	}
	go func() {
		defer close(shown)
		calls.show(env.Stderr, func(call greeter.Call) { showServed(env, call) })
	}()
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case <-ctx.Done():
	case err := <-failed:
		return cli.Failed("the listener is gone: start again", "cannot go on serving: %v", cli.NetCause(err))
	}
	if !env.JSON {
		fmt.Fprintf(env.Stderr, "grpcshow: no new calls; those under way have %v, or until Ctrl-C again\n", drainTime)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := srv.Shutdown(end)
	calls.close()
	select {
	case <-shown:
	case <-end.Done(): // nobody reads what we print
	}
	if err != nil {
		return cli.Failed(fmt.Sprintf("they had %v", drainTime), "calls under way were broken off")
	}
	return nil
}

// maxQueued bounds the calls that wait to be shown.
const maxQueued = 1000

// A callQueue keeps calls from waiting for a terminal that is stopped, or a
// pipe that nobody reads: what does not fit is counted instead.
type callQueue struct {
	queue chan greeter.Call

	mu      sync.Mutex
	dropped int
	closed  bool
}

func (q *callQueue) put(call greeter.Call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	select {
	case q.queue <- call:
	default:
		q.dropped++
	}
}

func (q *callQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	close(q.queue)
}

// show shows the calls, one after the other, until the queue is closed, and
// says how many are not among them.
func (q *callQueue) show(stderr io.Writer, one func(greeter.Call)) {
	for call := range q.queue {
		one(call)
		q.mu.Lock()
		dropped := 0
		if len(q.queue) == 0 {
			dropped, q.dropped = q.dropped, 0
		}
		q.mu.Unlock()
		if dropped > 0 {
			fmt.Fprintf(stderr, "grpcshow: %s not shown: nobody read what was printed\n", count(dropped, "call", "calls"))
		}
	}
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
	s.Printf("%s\n", s.Wrap(2, plain(line)))
	if own := ownMetadata(call.Metadata); own != "" {
		s.Printf("  %s\n", s.Wrap(2, s.Paint(term.Dim, own)))
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// plain keeps what a stranger wrote from moving the cursor or colouring the
// screen.
func plain(text string) string {
	if strings.IndexFunc(text, isControl) < 0 {
		return text
	}
	quoted := fmt.Sprintf("%q", text)
	return quoted[1 : len(quoted)-1]
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 }

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
	return strings.Join(lines, "; ")
}
