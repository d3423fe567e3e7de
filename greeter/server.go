package greeter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"runtime"
	"sync"
	"time"

	"onwire/greeter/hello"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // a client may compress its requests, and is answered in kind
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("the gRPC server is closed")

// A Server answers calls of hello.Greeter, without TLS. The zero Server is
// ready. Its fields must not change once it serves.
type Server struct {
	// Delay is how long each reply of SayHello, LotsOfReplies and BidiHello
	// takes; the lecture's server takes a second. 0 is at once.
	Delay time.Duration
	// Wait is how Delay passes; it returns the error of a context that ends
	// first. nil is the system's clock.
	Wait func(context.Context, time.Duration) error
	// MaxConns bounds the connections; more wait in the system's queue until
	// one ends. 0 is 1,000.
	MaxConns int
	// MaxStreams bounds the calls under way on one connection, and is announced
	// to clients: more wait there (RFC 9113 5.1.2). 0 announces no bound, and
	// MaxCalls is the bound of one connection too.
	MaxStreams uint32
	// MaxCalls bounds the calls under way on all connections together; more are
	// refused with RESOURCE_EXHAUSTED. 0 is 1,000.
	MaxCalls int
	// MaxMemory bounds the bytes in use, as the last garbage collection found
	// them: above it calls are refused, and streams end, with
	// RESOURCE_EXHAUSTED. It is what clients that do not read their replies run
	// into. 0 is 20 MiB.
	MaxMemory uint64
	// Window fixes how many bytes a stream, and a connection, may send before
	// the server has read them, from 65,535 on, which is what 0 stands for.
	Window int32
	// PingAfter is after how much silence the server asks whether the other
	// end is still there, and PingTimeout how long that may take; then the
	// calls of the connection are cancelled. 0 is 20 s, and 10 s; less than a
	// second is a second.
	PingAfter, PingTimeout time.Duration
	// MaxIdle is how long a connection without a call is kept. 0 is 5 minutes.
	MaxIdle time.Duration
	// OnCall, if set, is told of every call that has ended, from several
	// goroutines at once. The status goes out when it returns.
	OnCall func(Call)

	mu     sync.Mutex
	memory *memory
	server *grpc.Server
	closed bool
}

// Serve answers calls on connections from l. It returns ErrServerClosed after
// Shutdown or Close, or the error that ended the listener; it closes l.
func (s *Server) Serve(l net.Listener) error {
	server := s.start()
	if server == nil {
		l.Close()
		return ErrServerClosed
	}
	err := server.Serve(limit(l, or(s.MaxConns, 1000)))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && (err == nil || errors.Is(err, grpc.ErrServerStopped)) {
		return ErrServerClosed
	}
	return err
}

// start returns the gRPC server, made by the first call, or nil where the
// Server is closed.
func (s *Server) start() *grpc.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if s.server == nil {
		s.memory = newMemory(or(s.MaxMemory, 20<<20))
		s.server = grpc.NewServer(s.options()...)
		w := s.Wait
		if w == nil {
			w = wait
		}
		hello.RegisterGreeterServer(s.server, &service{delay: s.Delay, wait: w, memory: s.memory})
		reflection.Register(s.server)
	}
	return s.server
}

// Buffers of a connection, in bytes. A message of the Greeter is shorter, and a
// thousand connections have them all.
const bufferSize = 4 << 10

// options bound what strangers may make the server keep: the connections, the
// calls, and for each of them the bytes that come in, wait, and go out.
func (s *Server) options() []grpc.ServerOption {
	calls := &callCount{most: int64(or(s.MaxCalls, 1000)), memory: s.memory}
	window := or(s.Window, 65535)
	options := []grpc.ServerOption{
		grpc.MaxConcurrentStreams(or(s.MaxStreams, math.MaxUint32)),
		grpc.InTapHandle(calls.begin),
		grpc.MaxRecvMsgSize(64 << 10), // no name is as long
		grpc.MaxHeaderListSize(16 << 10),
		grpc.StaticStreamWindowSize(window), // gRPC would let it grow to 16 MiB
		grpc.StaticConnWindowSize(window),
		grpc.ReadBufferSize(bufferSize),
		grpc.WriteBufferSize(bufferSize),
		grpc.NumStreamWorkers(uint32(runtime.GOMAXPROCS(0))), // whose stacks have grown already
		grpc.ConnectionTimeout(3 * time.Second),              // for the preface; Shutdown waits for it too
		grpc.KeepaliveParams(keepalive.ServerParameters{
			Time:              or(s.PingAfter, 20*time.Second),
			Timeout:           or(s.PingTimeout, 10*time.Second),
			MaxConnectionIdle: or(s.MaxIdle, 5*time.Minute),
		}),
		grpc.WaitForHandlers(true),
		grpc.UnknownServiceHandler(unknown),
	}
	if s.OnCall != nil {
		options = append(options, grpc.UnaryInterceptor(s.tellUnary), grpc.StreamInterceptor(s.tellStream))
	}
	return options
}

// unknown answers what no service has.
func unknown(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	return status.Errorf(codes.Unimplemented, "there is no method %s here", method)
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Shutdown ends the server without breaking a call: it takes no more of them,
// tells the clients so (GOAWAY, RFC 9113 6.8), and waits for those under way.
// When ctx ends first, they are broken off and the error of ctx is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	server := s.end()
	if server == nil {
		return nil
	}
	drained := make(chan struct{})
	go func() {
		server.GracefulStop()
		close(drained)
	}()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		server.Stop()
		<-drained
		return fmt.Errorf("calls were under way: %w", ctx.Err())
	}
}

// Close ends the server and the calls under way at once.
func (s *Server) Close() error {
	if server := s.end(); server != nil {
		server.Stop()
	}
	return nil
}

// end marks the Server as closed; it returns nil where nothing was started.
func (s *Server) end() *grpc.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.server
}
