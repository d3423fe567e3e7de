package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"

	"onwire/httpmsg"
	"onwire/httpmsg/client"
	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/internal/term"
	"onwire/lab"

	"github.com/spf13/cobra"
)

// A scene shows one thing on a wire of its own.
type scene struct {
	name, title string
	play        func(*story) error
	why         string
}

var scenes = []scene{
	{"login", "A login: no token, a token, done", (*story).login,
		"401 means \"I don't know who you are\"; WWW-Authenticate says how to prove it. 204 means \"done, and there is nothing to send\". A token is a secret in a header field, with the scheme Bearer before it (RFC 9110 11, RFC 6750 2.1)."},
	{"connections", "Six requests: a connection each, one kept, one pipelined", (*story).connections,
		"HTTP/1.1 keeps a connection unless one side says close (RFC 9112 9.3). A new one costs the round trip of TCP's handshake each time, so that closing takes longer and saves nothing. Pipelining sends on before the answers are here (9.3.2); browsers gave it up, HTTP/2 does it with streams."},
	{"stateless", "Stateless: the connection does not remember the user", (*story).stateless,
		"each request is understood by itself (RFC 9110 3.3). The connection does not matter: a proxy may send the requests of many users over one. So every request brings its token."},
}

// demoOptions are the flags of demo.
type demoOptions struct {
	wire   *labcli.Flags
	frames bool
	ideas  labcli.Ideas
}

func (a *app) demoCommand() *cobra.Command {
	var names []string
	long := "See a login, what a connection costs, and what stateless means: a client and the\nnotes of 'serve' on two hosts with TCP/IP stacks of their own, on a wire inside\nthis program. --frames shows the frames beneath the messages; --lose and the\nlike do something to them. The scenes:\n\n"
	for _, sc := range scenes {
		names = append(names, sc.name)
		long += fmt.Sprintf("  %-12s %s\n", sc.name, sc.title)
	}
	o := &demoOptions{}
	c := &cobra.Command{
		Use:       "demo [SCENE...]",
		Short:     "A login, a token, and what a connection costs: no network",
		Long:      strings.TrimSpace(long),
		ValidArgs: names,
		Example: `  go run ./cmd/httpshow demo
  go run ./cmd/httpshow demo login --frames
  go run ./cmd/httpshow demo login --frames --lose "data 1" --hex 6
  go run ./cmd/httpshow demo connections --latency 100ms --pcap six.pcapng`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = names
			}
			for _, name := range args {
				if !slices.Contains(names, name) {
					return cli.Misuse("the scenes are "+strings.Join(names, ", "), "there is no scene %q", name)
				}
			}
			one := len(args) == 1
			switch {
			case o.wire.Pcap != "" && !one:
				return cli.Misuse("name one scene", "--pcap: one file holds one scene")
			case len(o.wire.Hex) > 0 && !one:
				return cli.Misuse("name one scene: each counts its frames from 1", "--hex opens a frame of one scene")
			}
			if err := o.wire.Check(demoHosts); err != nil {
				return err
			}
			return a.demo(c.Context(), o, args)
		},
	}
	o.wire = labcli.AddFlags(c, a.Env)
	c.Flags().BoolVar(&o.frames, "frames", false, "show the TCP frames beneath the messages")
	return c
}

// A story is one scene being played: who talks on the wire, and what they said.
type story struct {
	*app
	*labcli.Run
	ctx            context.Context
	client, server *lab.Host
	scene          string
	token          string
	conns          int
	sent           int      // requests on the present connection
	said           []record // the messages, to be shown when the wire is quiet
	ways           []way
}

// A way is one way of sending the six requests.
type way struct {
	name  string
	ports map[uint16]bool // the client's, of its connections
}

// demo plays scenes. Each is played to its end before it is shown: on the
// lab's clock a screen that waits would look like hosts that do.
func (a *app) demo(ctx context.Context, o *demoOptions, names []string) error {
	first := true
	for _, sc := range scenes {
		if !slices.Contains(names, sc.name) {
			continue
		}
		st, ended, err := a.onWire(ctx, sc, o.wire)
		if err != nil {
			return err
		}
		if !a.JSON {
			s := a.Screen()
			if !first {
				s.Printf("\n")
			}
			s.Printf("%s\n", s.Paint(term.Bold, s.Wrap(3, "== "+sc.title)))
		}
		first = false
		if err := st.tell(); err != nil {
			return err
		}
		if err := st.ladder(ctx, o); err != nil {
			return err
		}
		if ended != nil {
			return st.failure(o, ended)
		}
		if !a.JSON {
			s := a.Screen()
			s.Printf("  %s\n", s.Wrap(2, s.Paint(term.Dim, "why: ")+sc.why))
		}
		a.Pause()
	}
	if !a.JSON {
		a.predict()
	}
	return nil
}

func (a *app) predict() {
	s := a.Screen()
	s.Printf("\n%s\n", s.Paint(term.Bold, "Predict first, then try:"))
	for _, p := range [][2]string{
		{"Which part of a URL does the server never get?", "go run ./cmd/httpshow url 'http://example.org/a?x=1#top'"},
		{"Two lengths in one request: which one counts?", `printf 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab' | go run ./cmd/httpshow parse`},
		{"HEAD / has a Content-Length. How long is its body?", "go run ./cmd/httpshow serve, and beside it: go run ./cmd/httpshow get -I http://127.0.0.1:8080/"},
	} {
		s.Printf("  %s\n      %s\n", s.Wrap(2, p[0]), p[1])
	}
}

// connect makes a connection to the notes.
func (st *story) connect() (*client.Conn, error) {
	nc, err := st.client.DialContext(st.ctx, "tcp", "server:80")
	if err != nil {
		if st.ctx.Err() != nil {
			err = context.Cause(st.ctx)
		}
		return nil, err
	}
	if n := len(st.ways); n > 0 {
		st.ways[n-1].ports[nc.LocalAddr().(*net.TCPAddr).AddrPort().Port()] = true
	}
	st.conns++
	st.sent = 0
	return client.New(nc, httpmsg.Limits{}), nil
}

// request makes a request to the notes. The token is brought if withToken.
func (st *story) request(method, target, body string, withToken bool, more ...httpmsg.Pair) *httpmsg.Request {
	r := &httpmsg.Request{Method: method, Target: target, Body: []byte(body), Headers: []httpmsg.Pair{{Name: "Host", Value: "notes.example"}}}
	if withToken {
		r.Headers = append(r.Headers, httpmsg.Pair{Name: "Authorization", Value: "Bearer " + st.token})
	}
	r.Headers = append(r.Headers, more...)
	if body != "" {
		r.Headers = append(r.Headers, httpmsg.Pair{Name: "Content-Type", Value: "application/json"})
		r.SetLength()
	}
	return r
}

// exchange sends a request, and notes it and its answer.
func (st *story) exchange(c *client.Conn, r *httpmsg.Request) (*httpmsg.Message, error) {
	b, err := r.Append(nil)
	if err != nil {
		return nil, err
	}
	asked, err := httpmsg.ParseRequest(b, httpmsg.Limits{})
	if err != nil {
		return nil, err
	}
	st.sent++
	st.note("client", "server", asked)
	st.Say(st.client, "asks: %s %s", r.Method, r.Target)
	all, err := c.Do(st.ctx, r)
	if err != nil {
		return nil, err
	}
	m := all[len(all)-1]
	st.note("server", "client", m)
	st.Say(st.client, "has the whole answer: %d", m.Status)
	return m, nil
}

// note keeps a message for when it is shown, at the lab's time.
func (st *story) note(from, to string, m *httpmsg.Message) {
	r := newRecord(m.Kind.String(), st.conns, st.sent, from, to, m, nil)
	r.T = st.Elapsed()
	st.said = append(st.said, r)
}

// tell shows what was said, and what it cost.
func (st *story) tell() error {
	for _, r := range st.said {
		if st.JSON {
			if err := st.PrintJSON(sceneRecord{st.scene, r}); err != nil {
				return err
			}
			continue
		}
		st.show(r)
	}
	return st.costs()
}

// show draws a message: every byte of it, or what is left out.
func (st *story) show(r record) {
	s, m := st.Screen(), r.message
	s.Printf("  %s\n", s.Paint(term.Blue, fmt.Sprintf("%s -> %s, %s", r.From, r.To, term.Count(m.End, "byte"))))
	st.storyLine(m.Text(m.Start))
	var hidden []string
	for _, h := range m.Headers {
		if name := m.Text(h.Name); name == "Date" { // the one part that a slow wire changes
			hidden = append(hidden, name)
			continue
		}
		st.storyLine(m.Text(h.Line))
	}
	if len(hidden) > 0 {
		st.storyLine(fmt.Sprintf("(%s: %s)", more(len(hidden), "field"), strings.Join(hidden, ", ")))
	}
	if len(m.Content) > 0 {
		st.storyLine("")
		st.storyLine(string(m.Content))
	}
}

func (st *story) storyLine(text string) {
	s := st.Screen()
	text = visible(strings.TrimRight(text, "\r\n"))
	s.Printf("%s\n", strings.TrimRight("      "+s.Paint(term.Cyan, s.Wrap(6, text)), " "))
}

// logIn gets a token.
func (st *story) logIn(c *client.Conn) error {
	m, err := st.exchange(c, st.request("POST", "/login", `{"user":"alice","password":"wonderland"}`, false))
	if err != nil {
		return err
	}
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(m.Content, &got); err != nil {
		return err
	}
	st.token = got.Token
	return nil
}

// login plays the login story: 401, 200 with a token, 204.
func (st *story) login() error {
	c, err := st.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := st.exchange(c, st.request("DELETE", "/notes/1", "", false)); err != nil {
		return err
	}
	if err := st.logIn(c); err != nil {
		return err
	}
	_, err = st.exchange(c, st.request("DELETE", "/notes/1", "", true))
	return err
}

// stateless sends two requests on one connection, the second without the token.
func (st *story) stateless() error {
	c, err := st.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := st.logIn(c); err != nil {
		return err
	}
	for _, withToken := range []bool{true, false} {
		if _, err := st.exchange(c, st.request("GET", "/me", "", withToken)); err != nil {
			return err
		}
	}
	return nil
}
