package tap_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"onwire/httpmsg/tap"
)

// startEcho sends back what it is sent, and returns how to dial it.
func startEcho(t *testing.T) func(context.Context) (net.Conn, error) {
	t.Helper()
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { echo.Close() })
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
				c.(*net.TCPConn).CloseWrite()
			}()
		}
	}()
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", echo.Addr().String())
	}
}

// TestPassesWhileBlocked: a screen that takes nothing holds up no byte, and
// bytes that are no HTTP are passed as they are.
func TestPassesWhileBlocked(t *testing.T) {
	dial := startEcho(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	blocked := make(chan struct{})
	tp := &tap.Tap{Backlog: 1000, Dial: dial, OnEvent: func(tap.Event) { <-blocked }}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tp.Serve(ctx, l) }()
	for _, said := range [][]byte{
		bytes.Repeat([]byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 10000),
		bytes.Repeat([]byte{0, 0xff, '\n', '\r'}, 100000),
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(30 * time.Second))
		go func() {
			c.Write(said)
			c.(*net.TCPConn).CloseWrite()
		}()
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, said) {
			t.Errorf("%d bytes of %d came back, %v", len(got), len(said), err)
		}
		c.Close()
	}
	close(blocked)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// TestTLS: what starts as TLS is passed, and called that; nobody looks for HTTP
// in it.
func TestTLS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan tap.Event, 10)
	tp := &tap.Tap{Dial: startEcho(t), OnEvent: func(e tap.Event) { events <- e }}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tp.Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	said := []byte("\x16\x03\x01\x00\x05hello\n\n")
	c.Write(said)
	c.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, said) {
		t.Errorf("%q came back, %v", got, err)
	}
	c.Close()
	blind := 0
	for e := range events {
		if e.Kind == tap.Request || e.Kind == tap.Response {
			t.Errorf("%v was read in TLS", e)
		}
		if e.Kind == tap.Blind {
			blind++
		}
		if e.Kind == tap.Closed {
			break
		}
	}
	if blind != 2 {
		t.Errorf("%d directions of 2 are blind", blind)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// TestTooMany: one connection more than MaxConns is closed and told of, and
// when one has ended there is room again.
func TestTooMany(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan tap.Event, 100)
	tp := &tap.Tap{MaxConns: 2, Dial: startEcho(t), OnEvent: func(e tap.Event) { events <- e }}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tp.Serve(ctx, l) }()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(30 * time.Second))
		return c
	}
	next := func(kind tap.Kind) tap.Event {
		for e := range events {
			if e.Kind == kind {
				return e
			}
		}
		panic("unreachable")
	}
	one := dial()
	next(tap.Open)
	dial()
	next(tap.Open)
	third := dial()
	if n, err := third.Read(make([]byte, 1)); err == nil {
		t.Errorf("the third connection reads %d bytes", n)
	}
	if e := next(tap.Refused); e.Err != tap.ErrTooMany || e.Conn != 3 {
		t.Errorf("%+v", e)
	}
	one.Close()
	next(tap.Closed)
	for { // the slot is free a moment after the event
		c := dial()
		e := <-events
		for e.Kind != tap.Open && e.Kind != tap.Refused {
			e = <-events
		}
		if e.Kind == tap.Open {
			break
		}
		c.Close()
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
}
