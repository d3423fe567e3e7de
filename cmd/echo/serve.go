package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"onwire/internal/cli"
	"onwire/internal/serve"
	"onwire/internal/term"
	"onwire/tcpecho"

	"github.com/spf13/cobra"
)

type serveOptions struct {
	idle, write time.Duration
	maxConns    int
	udp, quiet  bool
}

func (o *serveOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.DurationVar(&o.idle, "idle", 5*time.Minute, "close a connection that is silent for so long; 0 never")
	f.DurationVar(&o.write, "write-timeout", 30*time.Second, "reset a peer that takes nothing for so long; 0 never")
	f.IntVar(&o.maxConns, "max-conns", 0, "connections at once; 0 is what this process has descriptors for")
	f.BoolVar(&o.udp, "udp", false, "echo datagrams too, on the same port")
	f.BoolVar(&o.quiet, "quiet", false, "do not print a line for every connection")
}

func (a *app) serveCommand() *cobra.Command {
	o := &serveOptions{}
	c := &cobra.Command{
		Use:   "serve [ADDR]",
		Short: "Serve echo on ADDR until interrupted",
		Args:  cobra.MaximumNArgs(1),
		RunE:  func(c *cobra.Command, args []string) error { return a.serve(c.Context(), o, args) },
	}
	o.flags(c)
	return c
}

func (a *app) serve(ctx context.Context, o *serveOptions, args []string) error {
	if len(args) > 1 || len(args) == 1 && isWord(args[0]) {
		return cli.Misuse("the verbs are serve, send, load and demo; your shell has an echo of its own", "%q is no verb and no address", args[0])
	}
	addr, err := address(args)
	switch {
	case err != nil:
		return err
	case o.idle < 0 || o.write < 0:
		return cli.Misuse("write a time such as 30s or 5m, or 0 for never", "a timeout cannot be negative")
	case o.maxConns < 0:
		return cli.Misuse("write a number of connections, or 0 for as many as there are descriptors", "--max-conns %d is negative", o.maxConns)
	case o.maxConns == 0:
		o.maxConns = serve.Descriptors()
	}
	if err := needsKernel(); err != nil {
		return err
	}
	listeners, packets, err := openAll(ctx, addr, o.udp)
	if err != nil {
		return err
	}

	for _, l := range listeners {
		serve.Open(a.Env, l.Addr())
	}
	began := time.Now()
	log := serve.NewLog(a.Env) // no client, and no end, waits for a terminal
	srv := &tcpecho.Server{IdleTimeout: o.idle, WriteTimeout: o.write, MaxConns: o.maxConns}
	if !o.quiet {
		srv.OnEvent = func(e tcpecho.Event) {
			log.Put(eventBytes, func() { a.serverEvent(began, e) })
		}
	}
	log.Put(eventBytes, func() { a.welcome(listeners, packets) })

	failed := make(chan error, len(listeners)+len(packets))
	for _, l := range listeners {
		go func() { failed <- srv.Serve(l) }()
	}
	for _, p := range packets {
		go func() { failed <- srv.ServePacket(p) }()
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	log.Put(eventBytes, func() {
		if !a.JSON {
			fmt.Fprintln(a.Stderr, "echo: no new connections; what was read is echoed, then FIN")
		}
	})
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	cut := srv.Shutdown(end)
	after := time.Since(began)
	log.End(func() { a.farewell(srv.Stats(), after) })
	switch {
	case err != nil && !errors.Is(err, tcpecho.ErrServerClosed):
		return cli.Failed("the listener is gone: start again", "cannot go on serving: %v", cli.NetCause(err))
	case cut != nil:
		return cli.Failed("they had "+grace.String(), "some peers did not end, and were reset")
	}
	return nil
}

// grace is how long the peers have to end once the server is told to.
const grace = 10 * time.Second

// eventBytes is about what an event that waits to be printed keeps in memory.
const eventBytes = 500

// isWord reports whether an argument looks like a mistyped verb.
func isWord(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && r != '-' {
			return false
		}
	}
	return s != ""
}

func (a *app) welcome(ls []net.Listener, ps []net.PacketConn) {
	if a.JSON {
		for _, l := range ls {
			a.PrintJSON(map[string]string{"event": "listen", "network": "tcp", "addr": l.Addr().String()})
		}
		for _, p := range ps {
			a.PrintJSON(map[string]string{"event": "listen", "network": "udp", "addr": p.LocalAddr().String()})
		}
		return
	}
	s := a.Screen()
	for _, l := range ls {
		s.Printf("echo (RFC 862) on %s, TCP\n", s.Paint(term.Bold, l.Addr().String()))
	}
	for _, p := range ps {
		s.Printf("echo (RFC 862) on %s, UDP\n", s.Paint(term.Bold, p.LocalAddr().String()))
	}
	to, arg := cli.Reachable(ls[0].Addr()), ""
	if to != defaultAddr {
		arg = " --to " + to
	}
	host, port, _ := net.SplitHostPort(to)
	rows := [][]string{nil,
		{"  go run ./cmd/echo send" + arg + " hello", "what came back, and when"},
		{"  ncat " + host + " " + port, "or nc: type a line, see it twice"},
	}
	if len(ps) > 0 {
		rows = append(rows, []string{"  go run ./cmd/echo send --udp" + arg + " hello", "one datagram there, one back"})
	}
	rows = append(rows, []string{"  Ctrl-C", "ends it"})
	s.Printf("\n")
	s.Table(rows)
	s.Printf("\n")
}

// A serverRecord is an event in --json.
type serverRecord struct {
	Event  tcpecho.Kind `json:"event"`
	T      int64        `json:"t_us"`
	Remote string       `json:"remote"`
	In     int64        `json:"in"`
	Out    int64        `json:"out"`
	Late   int64        `json:"late"`
	After  int64        `json:"after_us"`
	Error  string       `json:"error"`
}

func (a *app) serverEvent(began time.Time, e tcpecho.Event) {
	if a.JSON {
		r := serverRecord{e.Kind, e.Time.Sub(began).Microseconds(), "", e.In, e.Out, e.Late, e.After.Microseconds(), ""}
		if e.Remote != nil {
			r.Remote = e.Remote.String()
		}
		if e.Err != nil {
			r.Error = e.Err.Error()
		}
		a.PrintJSON(r)
		return
	}
	s := a.Screen()
	s.Printf("%s  %s\n", s.Paint(term.Dim, e.Time.Format("15:04:05.000")), e)
}

func (a *app) farewell(st tcpecho.Stats, after time.Duration) {
	if a.JSON {
		a.PrintJSON(struct {
			Event string `json:"event"`
			T     int64  `json:"t_us"`
			tcpecho.Stats
		}{"end", after.Microseconds(), st})
		return
	}
	a.Screen().Printf("connections: %d (idle: %d, stalled: %d, one too many: %d); datagrams: %d; bytes: %d in, %d out, %d too late\n",
		st.Accepted, st.Idle, st.Stalled, st.Rejected, st.Datagrams, st.In, st.Out, st.Late)
}
