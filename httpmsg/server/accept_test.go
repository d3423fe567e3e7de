package server_test

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"onwire/httpmsg/server"
	"onwire/internal/faketime"
)

// A scarceListener fails a few times before it accepts.
type scarceListener struct {
	net.Listener
	fails []error
}

func (l *scarceListener) Accept() (net.Conn, error) {
	if len(l.fails) > 0 {
		err := l.fails[0]
		l.fails = l.fails[1:]
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: err}
	}
	return l.Listener.Accept()
}

// TestAcceptErrors: what passes ends no server, and Windows has numbers of its
// own for it. The server waits longer each time, a second at most.
func TestAcceptErrors(t *testing.T) {
	l := listen(t)
	const winsockNoDescriptors, winsockReset, winsockNoBuffers = syscall.Errno(10024), syscall.Errno(10054), syscall.Errno(10055)
	fails := []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED,
		winsockNoDescriptors, winsockReset, winsockNoBuffers, syscall.EMFILE, syscall.EMFILE,
	}
	clock := faketime.New()
	failed := make(chan server.Event, len(fails))
	serve(t, &server.Server{Clock: clock, OnEvent: func(e server.Event) {
		if e.Kind == server.Failed {
			failed <- e
		}
	}}, &scarceListener{l, fails})
	wait := 5 * time.Millisecond
	for range fails {
		<-failed
		clock.WaitFor(t, wait)
		clock.Advance(wait)
		wait = min(2*wait, time.Second)
	}
	if got := statusOf(say(t, l.Addr().String(), "GET / HTTP/1.1\r\nHost: h\r\n"+end)); got != "200" {
		t.Errorf("afterwards: %q, want 200", got)
	}
}

// TestServeReturnsTheErrorOfItsListener: what does not pass ends it at once.
func TestServeReturnsTheErrorOfItsListener(t *testing.T) {
	l := &scarceListener{listen(t), []error{syscall.EINVAL}}
	if err := new(server.Server).Serve(l); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Serve = %v, want EINVAL", err)
	}
}
