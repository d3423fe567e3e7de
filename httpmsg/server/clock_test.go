package server_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/httpmsg/server"
	"onwire/internal/faketime"
)

// TestTimes: a client that is silent is left without a word, one that stops in
// a head or a body gets 408, one that takes nothing is cut off.
func TestTimes(t *testing.T) {
	const idle, head, body, write, linger = 60 * time.Second, 10 * time.Second, 30 * time.Second, 31 * time.Second, 2 * time.Second
	for _, tt := range []struct {
		name, say string
		waits     time.Duration
		want      string // statuses
	}{
		{"silent from the start", "", idle, ""},
		{"a byte of a head", "G", head, "408"},
		{"half a head", "GET / HTTP/1.1\r\nHost: h\r\n", head, "408"},
		{"half a body", "POST /mirror HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello", body, "408"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := faketime.New()
			addr := start(t, &server.Server{Clock: clock, IdleTimeout: idle, HeadTimeout: head, BodyTimeout: body, WriteTimeout: write, Linger: linger})
			c := dial(t, addr)
			io.WriteString(c, tt.say)
			clock.WaitFor(t, tt.waits)
			clock.Advance(tt.waits - 1) // not yet
			clock.Advance(1)
			b, err := io.ReadAll(c)
			if err != nil || statusOf(string(b)) != tt.want {
				t.Errorf("%q, %v; want %q", b, err, tt.want)
			}
		})
	}
	t.Run("takes nothing", func(t *testing.T) {
		clock := faketime.New()
		closed := make(chan server.Event, 16)
		here, there := net.Pipe() // it holds nothing: a Write waits for its Read
		srv := &server.Server{Clock: clock, WriteTimeout: write, OnEvent: func(e server.Event) {
			if e.Kind == server.Closed {
				closed <- e
			}
		}}
		l := &oneListener{conn: there, done: make(chan struct{})}
		serve(t, srv, l)
		io.WriteString(here, "GET / HTTP/1.1\r\nHost: h\r\n"+end)
		clock.WaitFor(t, write)
		clock.Advance(write)
		if e := <-closed; !strings.Contains(e.Why, "did not take") {
			t.Errorf("closed: %s", e.Why)
		}
	})
}

// A oneListener accepts one connection.
type oneListener struct {
	mu   sync.Mutex
	conn net.Conn
	once sync.Once
	done chan struct{}
}

func (l *oneListener) Accept() (net.Conn, error) {
	l.mu.Lock()
	c := l.conn
	l.conn = nil
	l.mu.Unlock()
	if c != nil {
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}
func (l *oneListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *oneListener) Addr() net.Addr { return &net.TCPAddr{} }

// TestShutdown: a connection between requests is closed, a request that has
// begun is answered, and says that it is the last.
func TestShutdown(t *testing.T) {
	opened := make(chan server.Event, 16)
	clock := faketime.New()
	srv := &server.Server{Clock: clock, BodyTimeout: 17 * time.Second, OnEvent: func(e server.Event) {
		if e.Kind == server.Open {
			opened <- e
		}
	}}
	addr := start(t, srv)
	idle, busy := dial(t, addr), dial(t, addr)
	<-opened
	<-opened
	io.WriteString(busy, "POST /mirror HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
	clock.WaitFor(t, 17*time.Second) // it waits for the body
	done := make(chan error, 1)
	go func() { done <- srv.Shutdown(context.Background()) }()
	if b, err := io.ReadAll(idle); err != nil || len(b) > 0 {
		t.Errorf("the idle connection: %q, %v", b, err)
	}
	io.WriteString(busy, "llo")
	b, err := io.ReadAll(busy)
	if err != nil || statusOf(string(b)) != "200" || !strings.Contains(string(b), "Connection: close") {
		t.Errorf("the busy connection: %q, %v", b, err)
	}
	busy.Close()
	if err := <-done; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
}

// TestTooMany: one connection more than MaxConns is told so.
func TestTooMany(t *testing.T) {
	opened := make(chan bool, 16)
	addr := start(t, &server.Server{MaxConns: 1, OnEvent: func(e server.Event) {
		if e.Kind == server.Open {
			opened <- true
		}
	}})
	dial(t, addr)
	<-opened
	if got := say(t, addr, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); statusOf(got) != "503" || !strings.Contains(got, "Retry-After: 1") {
		t.Errorf("%q", got)
	}
}
