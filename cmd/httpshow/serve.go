package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"onwire/httpmsg"
	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
	"onwire/internal/cli"
	"onwire/internal/serve"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

// mostConns bounds the connections where there are descriptors for more: each
// takes memory.
const mostConns = 10_000

// grace is how long requests that have begun may take when serve is to end.
const grace = 10 * time.Second

type serveOptions struct {
	idle, head, body, write time.Duration
	maxConns                int
	maxBody                 int64
	down, quiet             bool
}

func (a *app) serveCommand() *cobra.Command {
	o := &serveOptions{}
	c := &cobra.Command{
		Use:   "serve [ADDR]",
		Short: "Serve notes behind a login, until interrupted",
		Long: `Serve notes behind a login on ADDR, ` + defaultAddr + ` if none is given, until
interrupted; ":PORT" is 127.0.0.1:PORT. The page at / says what there is, and
how to get each status code. It speaks HTTP/1.1 without TLS, and is for
learning: its passwords are on the page.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			addr := defaultAddr
			if len(args) == 1 {
				addr = args[0]
			}
			return a.serve(c.Context(), o, addr)
		},
	}
	f := c.Flags()
	f.DurationVar(&o.idle, "idle", time.Minute, "close a connection with no request for so long")
	f.DurationVar(&o.head, "head-timeout", 10*time.Second, "how long the head of a request may take")
	f.DurationVar(&o.body, "body-timeout", 30*time.Second, "how long its body may take")
	f.DurationVar(&o.write, "write-timeout", 30*time.Second, "how long a client may take for a response")
	f.IntVar(&o.maxConns, "max-conns", 0, fmt.Sprintf("connections at once, 503 for more; 0 is as many as there are descriptors, %d at most", mostConns))
	f.Int64Var(&o.maxBody, "max-body", 64<<10, "bytes of a body, 413 for more")
	f.BoolVar(&o.down, "down", false, "answer everything but / with 503")
	f.BoolVar(&o.quiet, "quiet", false, "do not print a line for every request")
	return c
}

// serve runs the notes until ctx ends.
func (a *app) serve(ctx context.Context, o *serveOptions, addr string) error {
	switch {
	case o.idle <= 0 || o.head <= 0 || o.body <= 0 || o.write <= 0:
		return cli.Misuse("write a time such as 30s or 5m", "a timeout is more than 0")
	case o.maxConns < 0:
		return cli.Misuse("write a number of connections, or 0 for as many as there are descriptors", "--max-conns %d is negative", o.maxConns)
	case o.maxBody < 1 || o.maxBody > 64<<20:
		return cli.Misuse("write a number of bytes from 1 to 67108864", "--max-body %d is too small or too large", o.maxBody)
	}
	if o.maxConns == 0 {
		o.maxConns = min(serve.Descriptors(), mostConns)
	}
	l, err := serve.Listen(ctx, a.Env, addr, defaultAddr)
	if err != nil {
		return err
	}
	began := time.Now()
	srv := &server.Server{
		Handler: notes.New(notes.Options{Down: o.down}).Handle, Limits: httpmsg.Limits{Body: o.maxBody},
		IdleTimeout: o.idle, HeadTimeout: o.head, BodyTimeout: o.body, WriteTimeout: o.write, MaxConns: o.maxConns,
	}
	defer lean()()
	log := serve.NewLog(a.Env)
	log.Put(0, func() { a.welcome(l.Addr()) })
	var answered atomic.Int64
	srv.OnEvent = func(e server.Event) {
		if e.Kind == server.Answer {
			answered.Add(1)
		}
		if !o.quiet {
			log.Put(len(e.Target)+len(e.Why)+256, func() { a.serverEvent(began, e) })
		}
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	if !a.JSON {
		log.Put(0, func() {
			fmt.Fprintln(a.Stderr, "httpshow: no new connections; requests that have begun are answered")
		})
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	cut := srv.Shutdown(end)
	log.End(func() {
		if a.JSON {
			a.PrintJSON(map[string]any{"event": "end", "t_us": time.Since(began).Microseconds(), "requests": answered.Load()})
		} else {
			a.Screen().Printf("%s answered\n", term.Count(answered.Load(), "request"))
		}
	})
	switch {
	case err != nil && !errors.Is(err, server.ErrClosed):
		return cli.Failed("the listener is gone: start again", "cannot go on serving: %v", cli.NetCause(err))
	case cut != nil:
		return cli.Failed(fmt.Sprintf("they had %v", grace), "some requests did not end, and were cut off")
	}
	return nil
}

func (a *app) welcome(l net.Addr) {
	if a.JSON {
		a.PrintJSON(map[string]string{"event": "listen", "network": "tcp", "addr": l.String()})
		return
	}
	s, addr := a.Screen(), cli.Reachable(l)
	s.Printf("notes on %s; Ctrl-C ends it\n\n", s.Paint(term.Bold, "http://"+l.String()+"/"))
	s.Printf("  go run ./cmd/httpshow get http://%s/\n", addr)
	s.Printf("  curl -i http://%s/notes\n\n", addr)
}

// A serverRecord is an event of serve in --json.
type serverRecord struct {
	Event      server.Kind `json:"event"`
	T          int64       `json:"t_us"`
	Connection int64       `json:"connection"`
	Remote     string      `json:"remote"`
	Request    int         `json:"request"`
	Method     string      `json:"method"`
	Target     string      `json:"target"`
	Status     int         `json:"status"`
	Body       int         `json:"body"`
	Keep       bool        `json:"keep_alive"`
	Why        string      `json:"why"`
}

func (a *app) serverEvent(began time.Time, e server.Event) {
	if a.JSON {
		remote := ""
		if e.Remote != nil {
			remote = e.Remote.String()
		}
		a.PrintJSON(serverRecord{e.Kind, e.Time.Sub(began).Microseconds(), e.Conn, remote, e.N, e.Method, e.Target, e.Status, e.Body, e.Keep, e.Why})
		return
	}
	s := a.Screen()
	s.Printf("%s  %s\n", s.Paint(term.Dim, e.Time.Format("15:04:05.000")), s.Wrap(14, visible(e.String())))
}
