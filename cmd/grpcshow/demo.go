package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"onwire/greeter"
	"onwire/greeter/frames"
	"onwire/internal/cli"
	"onwire/internal/labcli"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
)

// sceneTime bounds a scene, on this machine's clock. Nothing in it takes as
// long.
const sceneTime = 30 * time.Second

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

type prediction struct{ question, command string }

var predictions = []prediction{
	{"How many bytes are the headers of the third call?", "go run ./cmd/grpcshow call -n 3 --wire"},
	{"Nobody listens. How soon do you know, and with which status?", "go run ./cmd/grpcshow call --to 127.0.0.1:1"},
	{"The server has no such method. What does HTTP's status say?", "go run ./cmd/grpcshow call Nope --wire"},
}

func demoCommand(env *cli.Env) *cobra.Command {
	var names []string
	long := "See calls as frames, on a wire between two hosts inside this program:\n\n"
	for _, sc := range scenes() {
		names = append(names, sc.name)
		long += fmt.Sprintf("  %-8s %s\n", sc.name, sc.title)
	}
	var seed uint64
	var pcap string
	c := &cobra.Command{
		Use:       "demo [SCENE...]",
		Short:     "See calls as frames: four kinds, bytes, a late reader, early ends",
		Long:      strings.TrimSpace(long),
		ValidArgs: names,
		Example: `  grpcshow demo
  grpcshow demo second
  grpcshow demo kinds --pcap calls.pcapng`,
		RunE: func(c *cobra.Command, args []string) error {
			for _, name := range args {
				if !slices.Contains(names, name) {
					return cli.Misuse("the scenes are "+strings.Join(names, ", "), "there is no scene %q", name)
				}
			}
			return demo(c.Context(), env, args, seed, pcap)
		},
	}
	c.Flags().Uint64Var(&seed, "seed", 1, "of the hosts' random numbers: where their TCP begins to count")
	c.Flags().StringVar(&pcap, "pcap", "", "write the frames of the wire to this file (pcapng, for Wireshark); - is stdout, without the screen")
	env.StepFlag(c)
	return c
}

// demo plays the named scenes, all if there is none, one after the other on
// one wire: a capture holds them all.
func demo(ctx context.Context, env *cli.Env, names []string, seed uint64, pcap string) error {
	if err := labcli.PcapOnStdout(env, pcap); err != nil {
		return err
	}
	n, err := newNetwork(seed)
	if err != nil {
		return err
	}
	defer n.Close()
	played := 0
	for _, sc := range scenes() {
		if len(names) > 0 && !slices.Contains(names, sc.name) {
			continue
		}
		if played++; played > 1 {
			env.Pause()
		}
		if err := sc.show(ctx, env, n, played); err != nil {
			return err
		}
	}
	n.Close()
	if err := labcli.WritePcap(env, pcap, &n.recording); err != nil {
		return err
	}
	if env.JSON {
		return nil
	}
	env.Pause()
	s := env.Screen()
	s.Printf("\n%s\n", s.Paint(term.Bold, "Predict first, then try"))
	for _, p := range append([]prediction{{"In another terminal, for the server:", "go run ./cmd/grpcshow serve"}}, predictions...) {
		s.Printf("  %s\n      %s\n", s.Wrap(4, p.question), p.command)
	}
	return nil
}

func (sc scene) show(ctx context.Context, env *cli.Env, net *network, n int) error {
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
	st := &stage{env: env, ctx: bounded, scene: sc.name, network: net}
	err := sc.play(st)
	st.close()
	switch {
	case ctx.Err() != nil:
		return cli.Failed("nothing is lost: run it again", "interrupted")
	case err != nil:
		return cli.Failed("is the machine very busy? run it again", "scene %s: %v", sc.name, err)
	}
	if !env.JSON {
		s.Printf("%s\n", s.Paint(term.Green, s.Wrap(0, sc.why+" ("+sc.where+")")))
	}
	return nil
}

// A stage is where a scene plays: a network, on it a server, and a client
// whose connection is recorded.
type stage struct {
	env     *cli.Env
	ctx     context.Context
	scene   string
	network *network

	*recorder
	client *greeter.Client
	server *greeter.Server
}

// start starts a server and a client of it. Both keep their windows, so that
// neither sends PINGs to measure the way.
func (st *stage) start(srv *greeter.Server) error {
	st.close()
	l, err := st.network.server.Listen("tcp", labServer)
	if err != nil {
		return err
	}
	srv.Window = 65535
	st.server, st.recorder = srv, newRecorder(st.network.Elapsed)
	go srv.Serve(l)
	st.client, err = greeter.NewClient(labServer, greeter.ClientOptions{Dial: steady(st.network.dialer(st.recorder)), Window: 65535})
	return err
}

func (st *stage) close() {
	if st.client != nil {
		st.client.Close()
		st.network.settle() // the server has heard of it, and need not reset the connection
		st.server.Close()
		st.network.settle()
		st.client, st.server = nil, nil
	}
}

// call makes a call, and waits until its last frame was seen.
func (st *stage) call(ctx context.Context, method string, names ...string) error {
	st.network.align()
	_, err := st.client.Call(ctx, method, names, func(string) {})
	if werr := st.await(st.ctx, callOver()); werr != nil {
		return werr
	}
	return err
}

// calls returns the frames of calls since the last time. What the connection
// says of itself (SETTINGS, PING, its own WINDOW_UPDATE) comes at times that
// differ from run to run.
func (st *stage) calls() (list []recorded) {
	kept, _ := st.take()
	for _, r := range kept {
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
			e := r.frame.Event(r.t)
			e.Evidence = wire.Lab
			if err := st.env.PrintJSON(cli.SceneEvent{Scene: st.scene, Event: e}); err != nil {
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
			T: st.network.Elapsed(), From: who, Layer: "program", Label: text, Evidence: wire.Seen,
		}})
	}
	s := st.env.Screen()
	s.Printf("  %s\n", s.Wrap(4, s.Paint(term.Blue, who+":")+" "+text))
	return nil
}

// title heads a part of a scene.
func (st *stage) title(format string, args ...any) {
	if s := st.env.Screen(); !st.env.JSON {
		s.Printf("-- "+format+"\n", args...)
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
