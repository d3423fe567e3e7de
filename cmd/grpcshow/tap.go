package main

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"strings"
	"time"

	"onwire/greeter/frames"
	"onwire/internal/cli"
	"onwire/internal/serve"
	"onwire/internal/tap"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

const defaultTap = "127.0.0.1:8889"

// A tapOptions is what tap was asked to do.
type tapOptions struct {
	listen, to   string
	hex          bool
	record, pcap string
	command      []string
}

func tapCommand(env *cli.Env) *cobra.Command {
	var o tapOptions
	c := &cobra.Command{
		Use:   "tap --listen ADDR --to ADDR [-- COMMAND ARGS]",
		Short: "Stand between any client and any server, and show their frames",
		Long: `Stand between any client and any server, pass every byte on as it comes, and
show the frames that they are. The client has to be told to talk to --listen;
--to is the server. What is inside TLS cannot be shown.

An address without a host, :8889, is one of this machine alone. For the others
to reach it write 0.0.0.0:8889.

With a COMMAND, that is run as the client, {} in it standing for the address,
and tap ends when it does.`,
		Example: `  go run ./cmd/grpcshow serve &
  go run ./cmd/grpcshow tap --listen :8889 --to :8888
  python3 greeter/clients/python/client.py 127.0.0.1:8889   in another terminal

  go run ./cmd/grpcshow tap --listen :0 -- go run ./cmd/grpcshow call --to {}`,
		RunE: func(c *cobra.Command, args []string) error {
			if dash := c.ArgsLenAtDash(); len(args) > 0 && dash != 0 {
				return cli.Misuse("put the command after --", "%q is no option of tap", args[0])
			}
			o.command = args
			return runTap(c.Context(), env, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", defaultTap, "where clients connect")
	f.StringVar(&o.to, "to", defaultAddr, "the server")
	f.BoolVar(&o.hex, "hex", false, "show the headers and messages of each frame byte by byte")
	f.StringVar(&o.record, "record", "", "write all that is said to this `FILE`, for frames")
	f.StringVar(&o.pcap, "pcap", "", "write it as a capture to this `FILE` (pcapng, for Wireshark)")
	return c
}

// check puts the host in, and says what is wrong with the options.
func (o *tapOptions) check() (err error) {
	if o.listen, err = cli.Addr(o.listen, defaultTap); err != nil {
		return err
	}
	if o.to, err = cli.Addr(o.to, defaultAddr); err != nil {
		return err
	}
	if o.listen == o.to {
		return cli.Misuse("give it a port of its own, and tell the client that one", "tap cannot listen where the server does, at %q", o.to)
	}
	if sameFile(o.record, o.pcap) {
		return cli.Misuse("name two files", "--record and --pcap are the same file, %q", o.pcap)
	}
	return nil
}

// The bounds of a tap. A connection needs two descriptors, and what is kept of
// each is bounded by tapFrames.
const maxTapped = 500

// tapFrames bounds what is kept to understand one connection.
var tapFrames = frames.Options{
	Schema: helloSchema, MaxFrame: 64 << 10, MaxBlock: 64 << 10, MaxList: 64 << 10, MaxTable: 64 << 10,
	MaxStreams: 1000, MaxBuffered: 256 << 10,
}

func runTap(ctx context.Context, env *cli.Env, o tapOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	limitMemory()
	log := serve.NewLog(env)
	defer log.End(nil)
	files, err := createFiles(o, func(err error) { log.Put(0, func() { env.Report("grpcshow", err) }) })
	if err != nil {
		return err
	}
	l, err := serve.Listen(ctx, env, o.listen, defaultTap)
	if err != nil {
		files.close()
		return err
	}
	log.Put(0, func() { tapWelcome(env, l.Addr(), o) })

	p := &notePrinter{env: env}
	if o.hex {
		p.detail = rows
	}
	w := watcher{options: tapFrames, tell: func(n note) {
		if n.frame != nil {
			n.frame = n.frame.Clone()
		}
		log.Put(size(n.frame), func() { p.print(n) }) // the Env keeps its error, and ends the context
	}}
	open := newOpenConns()
	proxy := &tap.Proxy{
		Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "tcp", o.to) },
		On: func(e tap.Event) {
			files.add(e)
			w.watch(e)
			open.see(e)
		},
		Idle:     files.idle,
		MaxConns: min(maxTapped, max(serve.Descriptors()/2, 1)),
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	if len(o.command) > 0 {
		go func() {
			ended <- runClient(ctx, env, o.command, cli.Reachable(l.Addr()))
			open.await(ctx) // the server still has to close its end
			stop()
		}()
	} else {
		ended <- nil
	}
	err = proxy.Serve(serving, l)
	stop()
	w.close()
	whole := files.close()
	if err != nil {
		return cli.Failed("the listener is gone: start again", "cannot go on: %v", cli.NetCause(err))
	}
	if err := <-ended; err != nil {
		return err
	}
	if !whole {
		return cli.Exit(1) // it was told when it happened
	}
	return nil
}

func tapWelcome(env *cli.Env, addr net.Addr, o tapOptions) {
	if env.JSON {
		env.PrintJSON(map[string]string{"event": "listen", "addr": addr.String(), "to": o.to})
	} else if s := env.Screen(); len(o.command) == 0 {
		s.Printf("tap on %s, to %s; Ctrl-C ends it\n\n", s.Paint(term.Bold, addr.String()), wire.Escape(o.to))
	}
}

// openConns counts the connections that have not ended.
type openConns struct {
	sides map[int]int // that have not, by connection
	none  chan bool   // the last word on whether there are none
}

func newOpenConns() *openConns { return &openConns{map[int]int{}, make(chan bool, 1)} }

// see takes the next event.
func (o *openConns) see(e tap.Event) {
	switch e.Kind {
	case tap.Open:
		o.sides[e.Conn] = 2
	case tap.End:
		if o.sides[e.Conn]--; o.sides[e.Conn] == 0 {
			delete(o.sides, e.Conn)
		}
	default:
		return
	}
	select {
	case <-o.none:
	default:
	}
	o.none <- len(o.sides) == 0
}

// await waits a second at most for the connections to end.
func (o *openConns) await(ctx context.Context) {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	for {
		select {
		case none := <-o.none:
			if none {
				return
			}
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// runClient runs a command with {} replaced by an address. What it prints is
// no result of ours.
func runClient(ctx context.Context, env *cli.Env, command []string, addr string) error {
	args := make([]string, len(command))
	for i, arg := range command {
		args[i] = strings.ReplaceAll(arg, "{}", addr)
	}
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Stdout, c.Stderr, c.WaitDelay = env.Stderr, env.Stderr, time.Second
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return cli.Exit(1)
	case errors.As(err, &exit):
		return cli.Failed("it is what it says itself that counts", "%q ended with: %v", args[0], exit)
	}
	return cli.Failed("look at the spelling", "cannot run %q: %v", args[0], cli.Cause(err))
}
