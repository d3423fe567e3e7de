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

// TestPassesWhileBlocked: a screen that takes nothing holds up no byte, and
// bytes that are no HTTP are passed as they are.
func TestPassesWhileBlocked(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	blocked := make(chan struct{})
	tp := &tap.Tap{Backlog: 1000, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", echo.Addr().String())
	}, OnEvent: func(e tap.Event) {
		if e.Message != nil || e.Kind == tap.Blind {
			<-blocked
		}
	}}
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
