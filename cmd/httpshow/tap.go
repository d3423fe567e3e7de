package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"onwire/httpmsg/tap"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) tapCommand() *cobra.Command {
	var listen, to string
	var most int
	c := &cobra.Command{
		Use:   "tap --listen ADDR --to ADDR",
		Short: "Stand between a client and a server, and show what they say",
		Long: `Stand between any client and any server, pass every byte on as it comes, and
show what they say. The client has to be told to talk to --listen; the server at
--to is what it talks to. Nothing is changed, so that Host still names what the
client believes. What is inside TLS cannot be shown.`,
		Example: `  go run ./cmd/httpshow serve &
  go run ./cmd/httpshow tap --listen 127.0.0.1:8081 --to 127.0.0.1:8080
  curl http://127.0.0.1:8081/        in another terminal`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.tap(c.Context(), listen, to, most) },
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8081", "where clients connect")
	c.Flags().StringVar(&to, "to", defaultAddr, "the server")
	c.Flags().IntVar(&most, "max-conns", tap.DefaultMaxConns, "connections at once; one more is closed")
	a.hexFlag(c)
	return c
}

func (a *app) tap(ctx context.Context, listen, to string, most int) error {
	for _, addr := range []string{listen, to} {
		if err := cli.CheckAddr(addr, defaultAddr); err != nil {
			return err
		}
	}
	if most < 1 {
		return cli.Misuse("write a number of connections from 1 up", "--max-conns %d is less than 1", most)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return cli.CannotListen(listen, err, "127.0.0.1:8081")
	}
	began := time.Now()
	shown := newLines(a.lost)
	t := &tap.Tap{
		MaxConns: most,
		Dial: func(ctx context.Context) (net.Conn, error) {
			d := net.Dialer{Timeout: 10 * time.Second}
			return d.DialContext(ctx, "tcp", to)
		},
		OnEvent: func(e tap.Event) {
			bytes := 256
			if e.Message != nil {
				bytes += 2 * len(e.Message.Raw) // and the content of its chunks
			}
			shown.put(bytes, func() { a.tapEvent(began, to, e) })
		},
	}
	if a.JSON {
		a.PrintJSON(map[string]string{"event": "listen", "network": "tcp", "addr": l.Addr().String(), "to": to})
	} else {
		s := a.Screen()
		s.Printf("tap on %s, to %s; Ctrl-C ends it\n", s.Paint(term.Bold, l.Addr().String()), to)
	}
	err = t.Serve(ctx, l)
	shown.end()
	if err != nil {
		return cli.Failed("the listener is gone: start again", "cannot go on: %v", cli.NetCause(err))
	}
	return nil
}

// A tapRecord is an event of tap in --json that has no message.
type tapRecord struct {
	Event      tap.Kind `json:"event"`
	T          int64    `json:"t_us"`
	Connection int      `json:"connection"`
	Client     string   `json:"client"`
	In         int64    `json:"in"`
	Out        int64    `json:"out"`
	Error      string   `json:"error"`
}

func (a *app) tapEvent(began time.Time, to string, e tap.Event) {
	client := e.Client.String()
	if e.Message != nil {
		from, dest := client, to
		if e.Kind == tap.Response {
			from, dest = to, client
		}
		if a.JSON {
			r := newRecord(string(e.Kind), e.Conn, e.N, from, dest, e.Message, e.Err)
			r.T = e.Time.Sub(began)
			a.PrintJSON(r)
			return
		}
		s := a.Screen()
		s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, fmt.Sprintf("%s %d on connection %d, %s, %s > %s", e.Kind, e.N, e.Conn, term.Count(e.Message.End, "byte"), from, dest))))
		a.draw(e.Message) // a screen that is gone ends the command by itself
		a.findings(e.Message)
		return
	}
	text := ""
	if e.Err != nil {
		text = cli.NetCause(e.Err).Error()
	}
	if a.JSON {
		a.PrintJSON(tapRecord{e.Kind, e.Time.Sub(began).Microseconds(), e.Conn, client, e.In, e.Out, text})
		return
	}
	s := a.Screen()
	line := fmt.Sprintf("connection %d %s", e.Conn, e.Kind)
	switch e.Kind {
	case tap.Open:
		line = fmt.Sprintf("connection %d from %s", e.Conn, client)
	case tap.Refused:
		line = fmt.Sprintf("connection %d: %s cannot be reached: %s", e.Conn, to, text)
		if errors.Is(e.Err, tap.ErrTooMany) {
			line = fmt.Sprintf("connection %d closed: %s", e.Conn, text)
		}
	case tap.Blind:
		line = fmt.Sprintf("connection %d: passed on, and shown no more in this direction: %s", e.Conn, text)
	case tap.Closed:
		line = fmt.Sprintf("connection %d closed: %d bytes from the client, %d to it", e.Conn, e.In, e.Out)
	}
	s.Printf("\n%s  %s\n", s.Paint(term.Blue, "conn"), s.Wrap(6, visible(line)))
}
