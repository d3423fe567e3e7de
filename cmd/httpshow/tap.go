package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"onwire/httpmsg/tap"
	"onwire/internal/cli"
	"onwire/internal/serve"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) tapCommand() *cobra.Command {
	var listen, to string
	var most int
	c := &cobra.Command{
		Use:   "tap --listen ADDR --to ADDR",
		Short: "Show what a client and a server say, in between",
		Long: `Pass every byte between any client and any server on as it comes, and show what
they say. Tell the client to connect to --listen; --to is the server. Nothing is
changed, so Host still names what the client believes. A response whose length
is not known is shown as it comes. Of a long message the first 32 KiB are shown.
What is inside TLS cannot be shown.`,
		Example: `  go run ./cmd/httpshow serve &
  go run ./cmd/httpshow tap --listen 127.0.0.1:8081 --to 127.0.0.1:8080
  curl http://127.0.0.1:8081/        in another terminal`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.tap(c.Context(), listen, to, most) },
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8081", "where clients connect")
	c.Flags().StringVar(&to, "to", defaultAddr, "the server")
	c.Flags().IntVar(&most, "max-conns", 0, fmt.Sprintf("connections at once, one more is closed; 0 is %d, or half as many as there are descriptors", tap.DefaultMaxConns))
	a.hexFlag(c)
	return c
}

func (a *app) tap(ctx context.Context, listen, to string, most int) error {
	to, err := cli.Addr(to, defaultAddr)
	switch {
	case err != nil:
		return err
	case most < 0:
		return cli.Misuse("write a number of connections, or 0 for the default", "--max-conns %d is negative", most)
	case most == 0: // each takes two descriptors
		most = max(1, min(tap.DefaultMaxConns, serve.Descriptors()/2))
	}
	l, err := serve.Listen(ctx, a.Env, listen, "127.0.0.1:8081")
	if err != nil {
		return err
	}
	began := time.Now()
	defer lean()()
	log := serve.NewLog(a.Env)
	v := &tapView{app: a, began: began, to: to}
	t := &tap.Tap{
		MaxConns: most, Grace: grace,
		Dial: func(ctx context.Context) (net.Conn, error) {
			d := net.Dialer{Timeout: 10 * time.Second}
			return d.DialContext(ctx, "tcp", to)
		},
		OnEvent: func(e tap.Event) {
			bytes := 256 + len(e.Content)
			if e.Message != nil {
				bytes += 2 * len(e.Message.Raw) // and the content of its chunks
			}
			log.Put(bytes, func() { v.event(e) })
		},
	}
	log.Put(0, func() {
		if a.JSON {
			a.PrintJSON(map[string]string{"event": "listen", "network": "tcp", "addr": l.Addr().String(), "to": to})
			return
		}
		s := a.Screen()
		s.Printf("tap on %s, to %s; Ctrl-C ends it\n", s.Paint(term.Bold, l.Addr().String()), visible(to))
	})
	err = t.Serve(ctx, l)
	log.End(nil)
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

// A tapView shows the events of a tap.
type tapView struct {
	*app
	began time.Time
	to    string
}

func (v *tapView) event(e tap.Event) {
	client, at := e.Client.String(), e.Time.Sub(v.began)
	var left *tap.LeftoverError
	switch {
	case e.Kind == tap.Head:
		v.showHead(e.Conn, e.N, v.to, client, at, e.Message)
	case e.Kind == tap.Piece:
		v.showPiece(e.Conn, e.N, e.Offset, at, e.Content)
	case e.Message != nil:
		v.message(e, client, at)
	case errors.As(e.Err, &left):
		v.showLeft(e.Conn, left.After, 0, left.Bytes, left.Text.String(), left.RFC)
	default:
		v.connection(e, client, at)
	}
}

// message shows a request or a response.
func (v *tapView) message(e tap.Event, client string, at time.Duration) {
	from, dest := client, v.to
	if e.Kind == tap.Response {
		from, dest = v.to, client
	}
	if v.JSON {
		r := newRecord(string(e.Kind), e.Conn, e.N, from, dest, e.Message, e.Err)
		r.T = at
		v.PrintJSON(r)
		return
	}
	s := v.Screen()
	title := fmt.Sprintf("%s %d on connection %d", e.Kind, e.N, e.Conn)
	if e.Streamed {
		what := title + " is complete"
		if e.Err != nil {
			what = title + " is not complete"
		}
		v.endOfStream(what, e.Message)
	} else {
		s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, visible(fmt.Sprintf("%s, %s, %s > %s", title, term.Count(e.Message.End, "byte"), from, dest)))))
		v.draw(e.Message) // an output that has ended ends the command by itself
	}
	v.findings(e.Message)
}

// connection shows what became of a connection.
func (v *tapView) connection(e tap.Event, client string, at time.Duration) {
	text := ""
	if e.Err != nil {
		text = cli.NetCause(e.Err).Error()
	}
	var foreign *tap.ForeignError
	if errors.As(e.Err, &foreign) {
		text = foreignText(foreign.Protocol) + "; " + foreignHints[foreign.Protocol]
	}
	if v.JSON {
		v.PrintJSON(tapRecord{e.Kind, at.Microseconds(), e.Conn, client, e.In, e.Out, text})
		return
	}
	s := v.Screen()
	line := fmt.Sprintf("connection %d %s", e.Conn, e.Kind)
	switch e.Kind {
	case tap.Open:
		line = fmt.Sprintf("connection %d from %s", e.Conn, client)
	case tap.Refused:
		line = fmt.Sprintf("connection %d: %s cannot be reached: %s", e.Conn, v.to, text)
		if errors.Is(e.Err, tap.ErrTooMany) {
			line = fmt.Sprintf("connection %d closed: %s", e.Conn, text)
		}
	case tap.Blind:
		line = fmt.Sprintf("connection %d: this direction is passed on, and not shown any more: %s", e.Conn, text)
	case tap.Closed:
		line = fmt.Sprintf("connection %d closed: %s from the client, %d to it", e.Conn, term.Count(e.In, "byte"), e.Out)
	}
	s.Printf("\n%s  %s\n", s.Paint(term.Blue, "conn"), s.Wrap(6, visible(line)))
}
