package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"onwire/greeter"
	"onwire/greeter/frames"
	"onwire/greeter/hello"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func kindsScene(st *stage) error {
	if err := st.start(&greeter.Server{}); err != nil {
		return err
	}
	kinds := []struct{ method, kind string }{
		{"SayHello", "unary: one request, one reply"},
		{"LotsOfReplies", "server streaming: one request, ten replies"},
		{"LotsOfGreetings", "client streaming: many requests, one reply"},
		{"BidiHello", "bidirectional streaming: a reply to each request"},
	}
	for _, k := range kinds {
		st.title("%s", k.kind)
		if err := st.call(st.ctx, k.method, "Alice", "Bob"); err != nil {
			return err
		}
		if err := st.draw(st.calls()); err != nil {
			return err
		}
	}
	return nil
}

func bytesScene(st *stage) error {
	if err := st.start(&greeter.Server{}); err != nil {
		return err
	}
	if err := st.call(st.ctx, "SayHello", "Alice"); err != nil {
		return err
	}
	return st.whole(st.calls())
}

func secondScene(st *stage) error {
	if err := st.start(&greeter.Server{}); err != nil {
		return err
	}
	var sizes []string
	var text int
	for i := range 3 {
		if err := st.call(st.ctx, "SayHello", "Alice"); err != nil {
			return err
		}
		for _, r := range st.calls() {
			if !isRequest(r.frame) {
				continue
			}
			var size int
			size, text = r.frame.HeaderSize()
			sizes = append(sizes, fmt.Sprint(size))
			if i == 1 {
				if err := st.whole([]recorded{r}); err != nil {
					return err
				}
			}
		}
	}
	return st.say("client", "bytes of headers in calls 1, 2, 3: %s; as text they would be %d each time", strings.Join(sizes, ", "), text)
}

// lateNames is how many names of MaxName bytes fill a window of 65,535 bytes
// more than once, and still fit into what the server may hold back.
const lateNames = 100

func lateScene(st *stage) error {
	if err := st.start(&greeter.Server{}); err != nil {
		return err
	}
	st.title("ten replies wait")
	st.network.align()
	replies, err := st.client.LotsOfReplies(st.ctx, &hello.HelloRequest{Name: "Alice"})
	if err != nil {
		return err
	}
	if err := st.await(st.ctx, callOver()); err != nil {
		return err
	}
	if err := st.draw(st.calls()); err != nil {
		return err
	}
	var read []string
	for {
		m, err := replies.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		read = append(read, m.GetReply()[len("Hello, Alice! "):])
	}
	if err := st.say("client", "comes now, and reads the replies %s", strings.Join(read, " ")); err != nil {
		return err
	}
	return lateWindow(st)
}

// lateWindow fills the window of a stream that nobody reads.
func lateWindow(st *stage) error {
	st.title("%d replies of %d bytes: the window closes", lateNames, greeter.MaxName+len("Hello, !"))
	st.take()
	st.network.align()
	stream, err := st.client.BidiHello(st.ctx)
	if err != nil {
		return err
	}
	for range lateNames {
		if err := stream.Send(&hello.HelloRequest{Name: strings.Repeat("x", greeter.MaxName)}); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	closed := func(f *frames.Frame) bool {
		return f.Type == frames.DATA && f.From == frames.Server && f.Window.Stream == 0
	}
	if err := st.await(st.ctx, closed); err != nil {
		return err
	}
	sent := 0
	for _, r := range st.calls() {
		if r.frame.Type == frames.DATA && r.frame.From == frames.Server {
			sent += r.frame.Length
		}
	}
	if err := st.say("server", "has sent %d bytes of DATA; it may send 0 more on this stream, and waits", sent); err != nil {
		return err
	}
	count := 0
	for {
		_, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		count++
	}
	var opened int64
	for _, r := range st.calls() {
		f := r.frame
		if f.Type == frames.WINDOW_UPDATE && f.From == frames.Client && opened == 0 {
			opened = f.Window.Stream
			if err := st.draw([]recorded{r}); err != nil {
				return err
			}
		}
	}
	return st.say("client", "reads on; each WINDOW_UPDATE opens the window again: %d replies of %d are here", count, lateNames)
}

// A gate is a Wait that lets the first replies through, and then lasts until
// it is opened.
type gate struct {
	replies int
	open    chan struct{}
}

func newGate(replies int) *gate { return &gate{replies, make(chan struct{})} }

// wait heeds the context only once the gate is open, so that no status of the
// server's is on its way when the client ends the call.
func (g *gate) wait(ctx context.Context, _ time.Duration) error {
	if g.replies > 0 {
		g.replies--
		return nil
	}
	<-g.open
	<-ctx.Done()
	return ctx.Err()
}

func endsScene(st *stage) error {
	st.title("a deadline of 5 s, and a server that takes longer")
	if err := st.early(0, "SayHello", func(context.CancelFunc) {}, 5*time.Second); err != nil {
		return err
	}
	st.title("the client has enough after two replies of ten")
	if err := st.early(2, "LotsOfReplies", func(cancel context.CancelFunc) {
		st.await(st.ctx, func(f *frames.Frame) bool { // the second reply
			return f.From == frames.Server && len(f.Messages) > 0 && f.Messages[0].Number == 1
		})
		cancel()
	}, 0); err != nil {
		return err
	}
	st.title("an error: the name is empty")
	if err := st.start(&greeter.Server{}); err != nil {
		return err
	}
	err := st.call(st.ctx, "SayHello", "")
	if derr := st.draw(st.calls()); derr != nil {
		return derr
	}
	return st.told(err)
}

// early makes a call that ends before the server has answered it all.
func (st *stage) early(replies int, method string, end func(context.CancelFunc), deadline time.Duration) error {
	g := newGate(replies)
	if err := st.start(&greeter.Server{Delay: 1, Wait: g.wait}); err != nil {
		return err
	}
	defer close(g.open) // the server's handlers must end before it can
	st.network.align()  // the deadline counts from here
	parent := st.ctx
	if deadline > 0 {
		parent = st.network.withTimeout(parent, deadline)
	}
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	go end(cancel)
	err := st.call(ctx, method, "Alice")
	if _, ok := status.FromError(err); !ok || err == nil {
		return fmt.Errorf("the call ends with %v", err)
	}
	if derr := st.draw(st.calls()); derr != nil {
		return derr
	}
	return st.told(err)
}

// told says with which status a call ended for the program. The text of one
// that no server has sent is the library's own, and varies.
func (st *stage) told(err error) error {
	s := status.Convert(err)
	text := fmt.Sprintf("%v (%d)", frames.Status(s.Code()), s.Code())
	if s.Code() == codes.InvalidArgument {
		text += ": " + s.Message()
	}
	return st.say("client", "%s", text)
}
