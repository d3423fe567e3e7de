package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"onwire/greeter"
	"onwire/greeter/frames"
	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// sceneTime bounds a scene. Nothing in it takes as long.
const sceneTime = 10 * time.Second

// A scene of the demo shows one thing about calls.
type scene struct {
	name, title string
	play        func(*stage) error
	why, where  string
}

func scenes() []scene {
	return []scene{
		{
			"kinds", "Four kinds of call: which side is a stream?", kindsScene,
			"A call is one stream of HTTP/2: HEADERS with the method, DATA with messages, trailers with the status. The kinds differ in who may send more than one message.",
			"RFC 9113 8.1; gRPC over HTTP2",
		},
		{
			"bytes", "One call, byte by byte", bytesScene,
			"Five bytes stand before each message: is it compressed, and how long is it. HTTP/2 would not keep messages apart.",
			"gRPC over HTTP2, Length-Prefixed-Message",
		},
		{
			"second", "The second call: the headers shrink", secondScene,
			"Both ends keep a table of the header fields that were said. What is in it needs one byte.",
			"RFC 7541 2.3.2",
		},
		{
			"late", "A reader that comes late", lateScene,
			"Replies wait for their reader, in order. Each stream has a window; when it is used up the server stops, until the reader has read and says so.",
			"RFC 9113 5.2",
		},
		{
			"ends", "Three ways to end early: deadline, cancellation, error", endsScene,
			"The deadline goes with the call, so that the server can stop too. A client that gives up resets its stream, and the connection lives on. An error is a status in the trailers: HTTP's own says 200.",
			"RFC 9113 5.4.2; gRPC, Status codes",
		},
	}
}

var predictions = []struct{ question, command string }{
	{"How many bytes are the headers of the third call?", "go run ./cmd/grpcshow call -n 3 --wire"},
	{"Nobody listens. How soon do you know, and with which status?", "go run ./cmd/grpcshow call --to 127.0.0.1:1"},
	{"The server has no such method. What does HTTP's status say?", "go run ./cmd/grpcshow call Nope --wire"},
}

func demoCommand(env *cli.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "See calls as frames: four kinds, bytes, a late reader, early ends",
		Args:  atMost(0, "arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			for i, sc := range scenes() {
				if i > 0 {
					env.Pause()
				}
				if err := sc.show(c.Context(), env, i+1); err != nil {
					return err
				}
			}
			if env.JSON {
				return nil
			}
			env.Pause()
			s := env.Screen()
			s.Printf("\n%s\n", s.Paint(term.Bold, "Predict first, then try"))
			s.Printf("  beside a server in another terminal: go run ./cmd/grpcshow serve\n")
			for _, p := range predictions {
				s.Printf("  %s\n      %s\n", s.Wrap(4, p.question), p.command)
			}
			return nil
		},
	}
	env.StepFlag(c)
	return c
}

func (sc scene) show(ctx context.Context, env *cli.Env, n int) error {
	s := env.Screen()
	if !env.JSON {
		if n > 1 {
			s.Printf("\n")
		}
		s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("%d. %s", n, sc.title)))
	}
	// Not a deadline: that would go into every call's headers.
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(sceneTime, cancel).Stop()
	st := &stage{env: env, ctx: bounded, scene: sc.name, listen: listenLoopback, dial: dial}
	err := sc.play(st)
	st.close()
	switch {
	case ctx.Err() != nil:
		return cli.Failed("nothing is lost: run it again", "interrupted")
	case err != nil:
		return cli.Failed("the demo uses loopback only: is there one here?", "scene %s: %v", sc.name, err)
	}
	if !env.JSON {
		s.Printf("%s\n", s.Paint(term.Green, s.Wrap(0, sc.why+" ("+sc.where+")")))
	}
	return nil
}

func listenLoopback(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", "127.0.0.1:0")
}

// A stage is where a scene plays: a network, on it a server, and a client
// whose connection is recorded.
type stage struct {
	env    *cli.Env
	ctx    context.Context
	scene  string
	listen func(context.Context) (net.Listener, error)
	dial   dialFunc

	*recorder
	client *greeter.Client
	server *greeter.Server
}

// start starts a server and a client of it. Both keep their windows, so that
// neither sends PINGs to measure the way.
func (st *stage) start(srv *greeter.Server) error {
	st.close()
	l, err := st.listen(st.ctx)
	if err != nil {
		return err
	}
	srv.Window = 65535
	st.server, st.recorder = srv, newRecorder()
	go srv.Serve(l)
	st.client, err = greeter.NewClient(l.Addr().String(), greeter.ClientOptions{Dial: st.recorder.dialer(st.dial), Window: 65535})
	return err
}

func (st *stage) close() {
	if st.client != nil {
		st.client.Close()
		st.server.Close()
		st.client, st.server = nil, nil
	}
}

// call makes a call, and waits until its last frame was seen.
func (st *stage) call(ctx context.Context, method string, names ...string) error {
	_, err := st.client.Call(ctx, method, names, func(string) {})
	if werr := st.await(st.ctx, ends); werr != nil {
		return werr
	}
	return err
}

// calls returns the frames of calls since the last time. What the connection
// says of itself (SETTINGS, PING, its own WINDOW_UPDATE) comes at times that
// differ from run to run.
func (st *stage) calls() (list []recorded) {
	for _, r := range st.take() {
		if r.frame.Stream > 0 {
			list = append(list, r)
		}
	}
	return list
}

// draw draws frames as a ladder.
func (st *stage) draw(list []recorded) error {
	if !st.env.JSON {
		ladderHead(st.env.Screen())
	}
	return st.more(list)
}

// more goes on with a ladder.
func (st *stage) more(list []recorded) error {
	for _, r := range list {
		if st.env.JSON {
			if err := st.env.PrintJSON(cli.SceneEvent{Scene: st.scene, Event: r.frame.Event(r.t)}); err != nil {
				return err
			}
			continue
		}
		ladder(st.env.Screen(), r.frame)
	}
	return nil
}

// say tells what a program does, between the frames.
func (st *stage) say(who, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if st.env.JSON {
		return st.env.PrintJSON(cli.SceneEvent{Scene: st.scene, Event: wire.Event{
			T: time.Since(st.began), From: who, Layer: "program", Label: text, Evidence: wire.Seen,
		}})
	}
	s := st.env.Screen()
	s.Printf("  %s\n", s.Wrap(4, s.Paint(term.Blue, who+":")+" "+text))
	return nil
}

// title heads a part of a scene.
func (st *stage) title(format string, args ...any) {
	if s := st.env.Screen(); !st.env.JSON {
		s.Printf("%s\n", s.Paint(term.Dim, fmt.Sprintf("-- "+format, args...)))
	}
}

// whole shows frames with a row for each thing that they say.
func (st *stage) whole(list []recorded) error {
	if st.env.JSON {
		return st.more(list)
	}
	for _, r := range list {
		if err := showFrame(st.env, 0, r.t, r.frame, rows); err != nil {
			return err
		}
	}
	return nil
}

func isRequest(f *frames.Frame) bool { return f.Part == frames.Request }
