package greeter_test

import (
	"context"
	"net"
	"testing"
	"time"

	"onwire/greeter"
	"onwire/greeter/hello"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// serve runs srv on a free port until the test ends, and returns its address.
func serve(t *testing.T, srv *greeter.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-ended; err != greeter.ErrServerClosed {
			t.Errorf("Serve ends with %v", err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, addr string, o greeter.ClientOptions) *greeter.Client {
	t.Helper()
	c, err := greeter.NewClient(addr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// inTime bounds a test that would hang.
func inTime(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func wantCode(t *testing.T, what string, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s: %v (%v), want %v", what, got, err, want)
	}
}

func named(name string) *hello.HelloRequest { return &hello.HelloRequest{Name: name} }

// A gate is a Wait that says when it is reached and lasts until it is opened
// or the call ends.
type gate struct{ reached, open chan struct{} }

func newGate() gate { return gate{make(chan struct{}, 100), make(chan struct{})} }

func (g gate) wait(ctx context.Context, _ time.Duration) error {
	g.reached <- struct{}{}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
