package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"onwire/httpmsg"
	"onwire/httpmsg/client"
	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "A login, a token, and what a connection costs: no network, no set-up",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.demo(c.Context(), newMemoryNet())
		},
	}
	a.StepFlag(c)
	a.hexFlag(c)
	return c
}

// A story is one run of the demo: the notes on a network, and who talks to them.
type story struct {
	*app
	ctx   context.Context
	net   demoNet
	addr  string
	scene string
	token string
	conns int
	all   []*turnConn // of the scene
	sent  int         // requests on the present connection
}

// demo plays on a network.
func (a *app) demo(ctx context.Context, n demoNet) error {
	l, err := n.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	tokens := 0
	srv := &server.Server{
		Clock: n,
		Handler: notes.New(notes.Options{Now: n.Now, NewToken: func() string {
			tokens++
			return fmt.Sprintf("demo-token-%d", tokens)
		}}).Handle,
	}
	serving := make(chan struct{})
	go func() {
		defer close(serving)
		srv.Serve(l) // ends with Close
	}()
	defer func() {
		srv.Close()
		<-serving
	}()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	st := &story{app: a, ctx: ctx, net: n, addr: l.Addr().String()}
	for i, scene := range []struct {
		name, title string
		play        func() error
		why         string
	}{
		{"login", "A login: no token, a token, done", st.login,
			"401 says \"I do not know who asks\", and WWW-Authenticate how to say it. 204 says \"done, and there is nothing to send\". A token is a secret in a header field, with the scheme Bearer before it (RFC 9110 11, RFC 6750 2.1)."},
		{"connections", "Six requests: a connection each, one kept, one pipelined", st.connections,
			"HTTP/1.1 keeps a connection unless somebody says close (RFC 9112 9.3). A new one costs the round trip of TCP's handshake each time, so that closing takes longer and saves nothing. Pipelining sends on before the answers are here (9.3.2); browsers gave it up, HTTP/2 does it with streams."},
		{"stateless", "Stateless: the connection does not remember who asked", st.stateless,
			"each request is understood by itself (RFC 9110 3.3). That the connection is the same says nothing: a proxy may carry the requests of many people on one. Who asks is in the request, or nowhere."},
	} {
		st.scene, st.all = scene.name, nil
		if !a.JSON {
			s := a.Screen()
			if i > 0 {
				s.Printf("\n")
			}
			s.Printf("%s\n", s.Paint(term.Bold, "== "+scene.title))
		}
		if err := scene.play(); err != nil {
			if ctx.Err() != nil {
				return cli.Failed("nothing is lost: run it again", "interrupted")
			}
			return cli.Failed("this should not happen: run it again", "scene %s: %v", scene.name, err)
		}
		if !a.JSON {
			s := a.Screen()
			s.Printf("  %s\n", s.Wrap(2, s.Paint(term.Dim, "why: ")+scene.why))
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
		{"HEAD / has a Content-Length. How long is its body?", "go run ./cmd/httpshow serve, and beside it: go run ./cmd/httpshow get -X HEAD http://127.0.0.1:8080/"},
	} {
		s.Printf("  %s\n      %s\n", s.Wrap(2, p[0]), p[1])
	}
}

// connect makes a connection to the notes.
func (st *story) connect() (*client.Conn, error) {
	nc, err := st.net.DialContext(st.ctx, "tcp", st.addr)
	if err != nil {
		return nil, err
	}
	c := &turnConn{Conn: nc}
	st.all = append(st.all, c)
	st.conns++
	st.sent = 0
	return client.New(c, httpmsg.Limits{}), nil
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

// exchange sends a request and shows it and its answer.
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
	if err := st.show("client", "notes", asked); err != nil {
		return nil, err
	}
	all, err := c.Do(st.ctx, r)
	if err != nil {
		return nil, err
	}
	m := all[len(all)-1]
	return m, st.show("notes", "client", m)
}

// show draws a message in a few lines, or with --hex whole.
func (st *story) show(from, to string, m *httpmsg.Message) error {
	if st.JSON {
		return st.PrintJSON(sceneRecord{st.scene, newRecord(m.Kind.String(), st.conns, st.sent, from, to, m, nil)})
	}
	s := st.Screen()
	s.Printf("  %s\n", s.Paint(term.Blue, fmt.Sprintf("%s -> %s, %s", from, to, count(m.End, "byte"))))
	if st.hex {
		return st.draw(m)
	}
	st.storyLine(m.Text(m.Start))
	for _, h := range m.Headers {
		switch strings.ToLower(m.Text(h.Name)) {
		case "authorization", "www-authenticate", "content-type", "content-length", "location", "connection":
			st.storyLine(m.Text(h.Line))
		}
	}
	if len(m.Content) > 0 {
		st.storyLine("")
		st.storyLine(string(m.Content))
	}
	return nil
}

func (st *story) storyLine(text string) {
	s := st.Screen()
	text = visible(strings.TrimRight(text, "\r\n"))
	s.Printf("%s\n", strings.TrimRight("      "+s.Paint(term.Cyan, s.Wrap(6, text)), " "))
}

// A sceneRecord is a record with the scene that it belongs to.
type sceneRecord struct {
	scene string
	record
}

// MarshalJSON puts the scene before the other keys.
func (r sceneRecord) MarshalJSON() ([]byte, error) {
	b, err := r.record.MarshalJSON()
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(r.scene)
	if err != nil {
		return nil, err
	}
	return append(append(append([]byte(`{"scene":`), name...), ','), b[1:]...), nil
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
	_, err = st.exchange(c, st.request("DELETE", "/notes/1", "", true))
	return err
}

// connections asks six times in three ways, and counts.
func (st *story) connections() error {
	const requests = 6
	rows := [][]string{{"way", "connections", "round trips", "", "sent", "received"}}
	for _, way := range []string{"a connection each", "one kept", "one pipelined"} {
		st.all = nil
		if err := st.ask(way, requests); err != nil {
			return err
		}
		turns, out, in := 0, 0, 0
		for _, c := range st.all {
			turns += c.turns
			out += c.out
			in += c.in
		}
		n := len(st.all)
		if st.JSON {
			st.PrintJSON(map[string]any{"scene": st.scene, "event": "count", "way": way, "requests": requests, "connections": n,
				"round_trips": n + turns, "handshakes": n, "bytes_out": out, "bytes_in": in})
		}
		rows = append(rows, []string{way, fmt.Sprint(n), fmt.Sprint(n + turns),
			fmt.Sprintf("%d TCP + %d HTTP", n, turns), fmt.Sprint(out), fmt.Sprint(in)})
	}
	if !st.JSON {
		for i, r := range rows {
			rows[i] = append([]string{" "}, r...)
		}
		st.Screen().Table(rows)
		s := st.Screen()
		s.Printf("  %s\n", s.Wrap(2, "HTTP's round trips were seen: how often the client waited. TCP's are inferred, one a handshake (RFC 9293 3.5)."))
	}
	return nil
}

// ask sends n requests in one of the three ways.
func (st *story) ask(way string, n int) error {
	r := st.request("GET", "/media/json", "", false)
	switch way {
	case "a connection each":
		r = st.request("GET", "/media/json", "", false, httpmsg.Pair{Name: "Connection", Value: "close"})
		for range n {
			c, err := st.connect()
			if err != nil {
				return err
			}
			_, err = c.Do(st.ctx, r)
			c.Close()
			if err != nil {
				return err
			}
		}
		return nil
	case "one kept":
		c, err := st.connect()
		if err != nil {
			return err
		}
		defer c.Close()
		for range n {
			if _, err := c.Do(st.ctx, r); err != nil {
				return err
			}
		}
		return nil
	}
	c, err := st.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	var b []byte
	for range n {
		if b, err = r.Append(b); err != nil {
			return err
		}
	}
	if err := c.Send(st.ctx, b); err != nil {
		return err
	}
	for range n {
		if _, err := c.Final(st.ctx, r.Method); err != nil {
			return err
		}
	}
	return nil
}

// stateless sends two requests on one connection, the second without the token.
func (st *story) stateless() error {
	c, err := st.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	for _, withToken := range []bool{true, false} {
		if _, err := st.exchange(c, st.request("GET", "/me", "", withToken)); err != nil {
			return err
		}
	}
	return nil
}
