package greeter_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/greeter"
	"onwire/greeter/hello"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
)

func ten(name string) (list []string) {
	for i := range 10 {
		list = append(list, fmt.Sprintf("Hello, %s! %d", name, i))
	}
	return list
}

// TestCall makes calls of the four kinds, and some that the server refuses.
func TestCall(t *testing.T) {
	c := dial(t, serve(t, &greeter.Server{}), greeter.ClientOptions{})
	long := strings.Repeat("x", greeter.MaxName)
	for _, tt := range []struct {
		method string
		names  []string
		want   []string
		code   codes.Code
	}{
		{"SayHello", []string{"Alice"}, []string{"Hello, Alice!"}, codes.OK},
		{"/hello.Greeter/SayHello", []string{"MyName!"}, []string{"Hello, MyName!!"}, codes.OK},
		{"SayHello", []string{"你好"}, []string{"Hello, 你好!"}, codes.OK},
		{"SayHello", []string{long}, []string{"Hello, " + long + "!"}, codes.OK},
		{"SayHello", nil, nil, codes.InvalidArgument},
		{"SayHello", []string{long + "x"}, nil, codes.InvalidArgument},
		{"SayHello", []string{"\xff"}, nil, codes.Internal},
		{"SayHello", []string{strings.Repeat("x", 1<<17)}, nil, codes.ResourceExhausted},
		{"LotsOfReplies", []string{"Alice"}, ten("Alice"), codes.OK},
		{"LotsOfReplies", []string{""}, nil, codes.InvalidArgument},
		{"LotsOfGreetings", []string{"A", "B"}, []string{"Hello, A! Hello, B! "}, codes.OK},
		{"LotsOfGreetings", nil, []string{""}, codes.OK},
		{"LotsOfGreetings", []string{"A", "", "B"}, nil, codes.InvalidArgument},
		{"LotsOfGreetings", slices.Repeat([]string{long}, greeter.MaxReply/greeter.MaxName), nil, codes.ResourceExhausted},
		{"BidiHello", []string{"A", "B"}, []string{"Hello, A!", "Hello, B!"}, codes.OK},
		{"BidiHello", nil, nil, codes.OK},
		{"BidiHello", []string{"A", "", "B"}, []string{"Hello, A!"}, codes.InvalidArgument},
		{"Nope", []string{"A"}, nil, codes.Unimplemented},
		{"other.Greeter/SayHello", []string{"A"}, nil, codes.Unimplemented},
	} {
		var got []string
		x, err := c.Call(inTime(t), tt.method, tt.names, func(reply string) { got = append(got, reply) })
		if status.Code(err) != tt.code || !slices.Equal(got, tt.want) || x.Replies != len(got) {
			t.Errorf("%s %.60q: %.60q, %v, %d replies; want %.60q, %v", tt.method, tt.names, got, err, x.Replies, tt.want, tt.code)
		}
	}
}

// TestStubs calls the four methods as the generated code has them.
func TestStubs(t *testing.T) {
	c := dial(t, serve(t, &greeter.Server{}), greeter.ClientOptions{})
	ctx := inTime(t)
	one, err := c.SayHello(ctx, named("Alice"))
	if err != nil || one.Reply != "Hello, Alice!" {
		t.Errorf("SayHello: %v, %v", one, err)
	}
	replies, err := c.LotsOfReplies(ctx, named("Alice"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range ten("Alice") {
		if r, err := replies.Recv(); err != nil || r.Reply != want {
			t.Errorf("LotsOfReplies: %v, %v; want %q", r, err, want)
		}
	}
	greetings, err := c.LotsOfGreetings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Alice", "Bob", "Cindy"} {
		if err := greetings.Send(named(name)); err != nil {
			t.Error(err)
		}
	}
	if all, err := greetings.CloseAndRecv(); err != nil || all.Reply != "Hello, Alice! Hello, Bob! Hello, Cindy! " {
		t.Errorf("LotsOfGreetings: %v, %v", all, err)
	}
}

// TestDelay counts the waits of each method.
func TestDelay(t *testing.T) {
	var mu sync.Mutex
	var waits []time.Duration
	c := dial(t, serve(t, &greeter.Server{Delay: time.Hour, Wait: func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, d)
		return nil
	}}), greeter.ClientOptions{})
	for method, want := range map[string]int{"SayHello": 1, "LotsOfReplies": 10, "LotsOfGreetings": 0, "BidiHello": 2} {
		waits = nil
		if _, err := c.Call(inTime(t), method, []string{"A", "B"}, func(string) {}); err != nil {
			t.Error(err)
		}
		if want := slices.Repeat([]time.Duration{time.Hour}, want); !slices.Equal(waits, want) {
			t.Errorf("%s waits %v, want %v", method, waits, want)
		}
	}
}

// TestDeadline: the deadline goes with the call, and ends it on both sides.
func TestDeadline(t *testing.T) {
	calls := make(chan greeter.Call, 1)
	g := newGate()
	c := dial(t, serve(t, &greeter.Server{Delay: 1, Wait: g.wait, OnCall: func(c greeter.Call) { calls <- c }}), greeter.ClientOptions{})
	ctx, cancel := context.WithTimeout(inTime(t), time.Second)
	defer cancel()
	_, err := c.SayHello(ctx, named("A"))
	wantCode(t, "client", err, codes.DeadlineExceeded)
	call := <-calls
	if call.Timeout <= 0 || call.Timeout > time.Second {
		t.Errorf("the server was told of %v", call.Timeout)
	}
	// Its own clock or the client's RST_STREAM: whichever is first.
	if code := call.Status.Code(); code != codes.DeadlineExceeded && code != codes.Canceled {
		t.Errorf("the server's call ends with %v", call.Status)
	}
	// One that is over already does not go out.
	past, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	_, err = c.SayHello(past, named("A"))
	wantCode(t, "a deadline in the past", err, codes.DeadlineExceeded)
}

// TestCancel: a client that gives up ends the work of the server.
func TestCancel(t *testing.T) {
	calls := make(chan greeter.Call, 1)
	g := newGate()
	c := dial(t, serve(t, &greeter.Server{Delay: 1, Wait: g.wait, OnCall: func(c greeter.Call) { calls <- c }}), greeter.ClientOptions{})
	ctx, cancel := context.WithCancel(inTime(t))
	stream, err := c.LotsOfReplies(ctx, named("A"))
	if err != nil {
		t.Fatal(err)
	}
	<-g.reached
	cancel()
	_, err = stream.Recv()
	wantCode(t, "client", err, codes.Canceled)
	if call := <-calls; call.Status.Code() != codes.Canceled || call.Requests != 1 || call.Replies != 0 {
		t.Errorf("server: %+v", call)
	}
}

// TestMetadata: what goes with a call is seen by the server, and the request
// ID comes back; without one nothing does.
func TestMetadata(t *testing.T) {
	calls := make(chan greeter.Call, 1)
	c := dial(t, serve(t, &greeter.Server{OnCall: func(c greeter.Call) { calls <- c }}), greeter.ClientOptions{})
	for _, method := range greeter.Methods() {
		ctx := metadata.AppendToOutgoingContext(inTime(t), greeter.RequestID, "7", "a-bin", "\x00\xff")
		x, err := c.Call(ctx, method, []string{"A"}, func(string) {})
		call := <-calls
		if err != nil || call.Method != greeter.Path(method) || call.Peer == nil || call.Requests != 1 || call.Replies != x.Replies || call.Timeout <= 0 {
			t.Errorf("%s: %v; %+v", method, err, call)
		}
		if d := cmp.Diff([]string{"\x00\xff"}, call.Metadata["a-bin"]); d != "" {
			t.Errorf("%s: a-bin: %s", method, d)
		}
		if d := cmp.Diff([]string{"7"}, x.Header[greeter.RequestID]); d != "" {
			t.Errorf("%s: %s", method, d)
		}
		if x, _ = c.Call(inTime(t), method, []string{"A"}, func(string) {}); x.Header[greeter.RequestID] != nil {
			t.Errorf("%s: a request ID from nowhere: %v", method, x.Header)
		}
		<-calls
	}
}

// TestReflection: the server says what it has.
func TestReflection(t *testing.T) {
	c := dial(t, serve(t, &greeter.Server{}), greeter.ClientOptions{})
	stream, err := reflection.NewServerReflectionClient(c.Conn()).ServerReflectionInfo(inTime(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range answer.GetListServicesResponse().GetService() {
		names = append(names, s.Name)
	}
	if !slices.Contains(names, hello.Greeter_ServiceDesc.ServiceName) {
		t.Errorf("reflection lists %q", names)
	}
}

// TestClosedPort: the status comes at once, and the reason with it.
func TestClosedPort(t *testing.T) {
	refuse := func(context.Context, string, string) (net.Conn, error) { return nil, errRefused }
	c := dial(t, "192.0.2.1:8888", greeter.ClientOptions{Dial: refuse})
	if err := c.DialError(); err != nil {
		t.Errorf("before a call: %v", err)
	}
	_, err := c.SayHello(inTime(t), named("A"))
	wantCode(t, "a closed port", err, codes.Unavailable)
	if err := c.DialError(); err != errRefused {
		t.Errorf("DialError is %v", err)
	}
	if _, err := greeter.NewClient("no port", greeter.ClientOptions{}); err == nil {
		t.Error("an address without a port is accepted")
	}
}

var errRefused = fmt.Errorf("nobody there")
