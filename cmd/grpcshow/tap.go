package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/tap"
	"onwire/internal/term"

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
				return cli.Misuse("a command stands behind --", "%q is no option of tap", args[0])
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
func (o *tapOptions) check() error {
	for _, addr := range []*string{&o.listen, &o.to} {
		if _, err := strconv.ParseUint(*addr, 10, 16); err == nil {
			return cli.Misuse("for a port of this machine write :"+*addr, "%q is not an address and a port", *addr)
		}
		if strings.HasPrefix(*addr, ":") {
			*addr = "127.0.0.1" + *addr
		}
		if err := cli.CheckAddr(*addr, defaultTap); err != nil {
			return err
		}
	}
	if o.listen == o.to {
		return cli.Misuse("give it a port of its own, and tell the client that one", "tap cannot listen where the server does, at %q", o.to)
	}
	if o.record != "" && o.record == o.pcap {
		return cli.Misuse("name two files", "--record and --pcap are the same file, %q", o.pcap)
	}
	return nil
}

func runTap(ctx context.Context, env *cli.Env, o tapOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	files, err := createFiles(o)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", o.listen)
	if err != nil {
		files.close()
		return cli.CannotListen(o.listen, err, defaultTap)
	}
	if env.JSON {
		env.PrintJSON(map[string]string{"event": "listen", "addr": l.Addr().String(), "to": o.to})
	} else if s := env.Screen(); len(o.command) == 0 {
		s.Printf("tap on %s, to %s; Ctrl-C ends it\n\n", s.Paint(term.Bold, l.Addr().String()), o.to)
	}

	p := &notePrinter{env: env}
	if o.hex {
		p.detail = rows
	}
	screen := newNoteQueue(func(n note) error {
		env.Hold() // a write for each line would take longer than the line
		return p.print(n)
	}, env.Release)
	w := watcher{tell: screen.put}
	open := newOpenConns()
	proxy := &tap.Proxy{
		Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "tcp", o.to) },
		On: func(e tap.Event) {
			files.write(e)
			w.watch(e)
			open.see(e)
		},
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
	screen.close()
	failed := files.close()
	if err != nil {
		return cli.Failed("the listener is gone: start again", "cannot go on: %v", cli.NetCause(err))
	}
	if err := <-ended; err != nil {
		return err
	}
	return failed
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

// tapFiles are the files that a tap writes. A file that takes no more is left,
// and told of at the end: the bytes must go on passing.
type tapFiles struct{ list []*tapFile }

type tapFile struct {
	flag  string
	file  *os.File
	write func(tap.Event) error
	flush func() error
	err   error
}

func createFiles(o tapOptions) (*tapFiles, error) {
	all := &tapFiles{}
	for _, f := range []*tapFile{{flag: "--record " + o.record}, {flag: "--pcap " + o.pcap}} {
		_, name, _ := strings.Cut(f.flag, " ")
		if name == "" {
			continue
		}
		var err error
		if f.file, err = os.Create(name); err == nil {
			all.list = append(all.list, f)
			err = f.start(name == o.pcap)
		}
		if err != nil {
			all.close()
			return nil, f.failed(err)
		}
	}
	return all, nil
}

func (f *tapFile) start(pcap bool) error {
	if !pcap {
		r := tap.NewRecorder(f.file)
		f.write, f.flush = r.Write, r.Flush
		return nil
	}
	c, err := tap.NewCapture(f.file, "onwire grpcshow tap")
	if err != nil {
		f.flush = func() error { return nil }
		return err
	}
	f.write, f.flush = c.Write, c.Flush
	return nil
}

func (f *tapFile) failed(err error) error {
	return cli.Failed("choose a place where you may write, and where there is room", "%s: %v", f.flag, cli.Cause(err))
}

func (t *tapFiles) write(e tap.Event) {
	for _, f := range t.list {
		if f.err == nil {
			f.err = f.write(e)
		}
	}
}

// close writes out what is held back, and returns the first error.
func (t *tapFiles) close() (first error) {
	for _, f := range t.list {
		if err := f.flush(); f.err == nil {
			f.err = err
		}
		if err := f.file.Close(); f.err == nil {
			f.err = err
		}
		if f.err != nil && first == nil {
			first = f.failed(fmt.Errorf("not all was written: %w", f.err))
		}
	}
	return first
}
