package greeter_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onwire/greeter"
	"onwire/greeter/hello"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// TestThousandStreams keeps a thousand calls open on one connection, and then
// uses each of them.
func TestThousandStreams(t *testing.T) {
	var connections atomic.Int32
	c := dial(t, serve(t, &greeter.Server{}), greeter.ClientOptions{
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			connections.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	})
	ctx := inTime(t)
	var streams []grpc.BidiStreamingClient[hello.HelloRequest, hello.HelloReply]
	for range 1000 {
		s, err := c.BidiHello(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(named("A")); err != nil {
			t.Fatal(err)
		}
		streams = append(streams, s)
	}
	for round := range 2 {
		for i, s := range streams {
			if r, err := s.Recv(); err != nil || r.Reply != "Hello, A!" {
				t.Fatalf("stream %d, round %d: %v, %v", i, round, r, err)
			}
			if round == 0 {
				if err := s.Send(named("A")); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 1000 streams", n)
	}
}

// TestTooManyStreams: a call above the bound waits until another has ended.
func TestTooManyStreams(t *testing.T) {
	c := dial(t, serve(t, &greeter.Server{MaxStreams: 2}), greeter.ClientOptions{})
	ctx := inTime(t)
	var cancels []context.CancelFunc
	for range 2 {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		s, err := c.BidiHello(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(named("A")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Recv(); err != nil { // the server's SETTINGS have come with it
			t.Fatal(err)
		}
		cancels = append(cancels, cancel)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err := c.SayHello(short, named("A"))
	wantCode(t, "a third call", err, codes.DeadlineExceeded)
	cancels[0]()
	if _, err := c.SayHello(ctx, named("A")); err != nil {
		t.Errorf("after one of two has ended: %v", err)
	}
}

// A lostDialer connects, and keeps the last connection.
type lostDialer struct{ conn atomic.Pointer[lostConn] }

func (d *lostDialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &lostConn{Conn: nc}
	d.conn.Store(c)
	return c, nil
}

// A lostConn can stop to say anything, as when a cable is pulled out.
type lostConn struct {
	net.Conn
	silent atomic.Bool
}

func (c *lostConn) Write(p []byte) (int, error) {
	if c.silent.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// TestClientVanishes: a client that is gone, with an RST or without a word,
// ends its calls on the server.
func TestClientVanishes(t *testing.T) {
	for name, vanish := range map[string]func(*lostConn){
		"reset": func(c *lostConn) {
			c.Conn.(*net.TCPConn).SetLinger(0)
			c.Conn.Close()
		},
		"silent": func(c *lostConn) { c.silent.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			calls := make(chan greeter.Call, 2)
			g := newGate()
			// A second is the least that gRPC takes.
			srv := &greeter.Server{
				Delay: 1, Wait: g.wait, OnCall: func(c greeter.Call) { calls <- c },
				PingAfter: time.Second, PingTimeout: 50 * time.Millisecond,
			}
			addr := serve(t, srv)
			var d lostDialer
			c := dial(t, addr, greeter.ClientOptions{Dial: d.dial})
			go c.SayHello(inTime(t), named("A"))
			<-g.reached
			vanish(d.conn.Load())
			if call := <-calls; call.Status.Code() != codes.Canceled {
				t.Errorf("the server's call ends with %v", call.Status)
			}
			// The others do not notice.
			close(g.open)
			if _, err := dial(t, addr, greeter.ClientOptions{}).SayHello(inTime(t), named("B")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestShutdownDrains: a call under way is answered, a new one is not taken.
func TestShutdownDrains(t *testing.T) {
	g := newGate()
	srv := &greeter.Server{Delay: 1, Wait: g.wait}
	addr := serve(t, srv)
	c := dial(t, addr, greeter.ClientOptions{})
	answer := make(chan error, 1)
	go func() {
		_, err := c.SayHello(inTime(t), named("A"))
		answer <- err
	}()
	<-g.reached
	ended := make(chan error, 1)
	go func() { ended <- srv.Shutdown(inTime(t)) }()
	for { // until the listener is closed
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		nc.Close()
	}
	_, err := dial(t, addr, greeter.ClientOptions{}).SayHello(inTime(t), named("B"))
	wantCode(t, "a new call", err, codes.Unavailable)
	select {
	case err := <-ended:
		t.Fatalf("Shutdown ends before the call: %v", err)
	default:
	}
	close(g.open)
	if err := <-answer; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// TestShutdownIsBounded: a call that does not end is broken off.
func TestShutdownIsBounded(t *testing.T) {
	g := newGate()
	srv := &greeter.Server{Delay: 1, Wait: g.wait}
	c := dial(t, serve(t, srv), greeter.ClientOptions{})
	answer := make(chan error, 1)
	go func() {
		_, err := c.SayHello(inTime(t), named("A"))
		answer <- err
	}()
	<-g.reached
	ctx, cancel := context.WithCancel(inTime(t))
	cancel()
	if err := srv.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	wantCode(t, "the call under way", <-answer, codes.Unavailable)
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// TestNeverServed: a Server that is closed before it serves does not serve.
func TestNeverServed(t *testing.T) {
	srv := &greeter.Server{}
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Serve(l); err != greeter.ErrServerClosed {
		t.Errorf("Serve: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is left open: %v", err)
	}
}

// A countedListener counts the connections that are open, and their most.
type countedListener struct {
	net.Listener
	open, most atomic.Int64
}

func (l *countedListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if n := l.open.Add(1); n > l.most.Load() {
		l.most.Store(n) // Accept is called by one goroutine
	}
	return &countedConn{Conn: nc, l: l}, nil
}

type countedConn struct {
	net.Conn
	l    *countedListener
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.l.open.Add(-1) })
	return c.Conn.Close()
}

// TestMaxConns: clients beyond the bound wait, and are served when others have
// gone.
func TestMaxConns(t *testing.T) {
	const bound, clients = 2, 8
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &countedListener{Listener: inner}
	srv := &greeter.Server{MaxConns: bound}
	go srv.Serve(l)
	defer srv.Close()
	var all, connected sync.WaitGroup
	connected.Add(clients)
	for range clients {
		all.Go(func() {
			var once sync.Once
			c := dial(t, inner.Addr().String(), greeter.ClientOptions{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				nc, err := new(net.Dialer).DialContext(ctx, network, addr)
				once.Do(connected.Done)
				connected.Wait() // all are in the queue before one is served
				return nc, err
			}})
			defer c.Close()
			if _, err := c.SayHello(inTime(t), named("A"), grpc.WaitForReady(true)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most := l.most.Load(); most != bound {
		t.Errorf("%d connections at a time, want %d", most, bound)
	}
}
