package tap_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"onwire/httpmsg/tap"
)

// through sends text through a tap to a server that answers with another text,
// and returns the events.
func through(t *testing.T, says, answers string) []tap.Event {
	t.Helper()
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	go func() {
		c, err := backend.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.Copy(io.Discard, c)
		io.WriteString(c, answers)
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan tap.Event, 100)
	tp := &tap.Tap{OnEvent: func(e tap.Event) { events <- e }, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", backend.Addr().String())
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tp.Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(c, says)
	c.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(c); err != nil || string(got) != answers {
		t.Errorf("%.100q came back, %v", got, err)
	}
	c.Close()
	var list []tap.Event
	for e := range events {
		if list = append(list, e); e.Kind == tap.Closed {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
	return list
}

const (
	ask = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	ok  = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
)

// TestNamed: what is no HTTP/1.1, and what follows a message and is none, is
// named, and passed all the same.
func TestNamed(t *testing.T) {
	for _, tt := range []struct{ name, says, answers, want string }{
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00", "HTTP/2 starts here, which is not HTTP/1.1"},
		{"TLS", "\x16\x03\x01\x00\x05hello", "", "TLS starts here"},
		{"RTSP", "OPTIONS rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", "RTSP starts here"},
		{"SSH", "SSH-2.0-x\r\n", "SSH-2.0-y\r\n", "SSH starts here"},
		{"a length too small", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nhéllo", ok, `3 bytes are left after the body: is Content-Length right? It counts bytes (6 for "héllo")`},
		{"a body without a length", "POST / HTTP/1.1\r\nHost: h\r\n\r\nhello there", ok, "11 bytes are left after the head"},
		{"a request after close", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + ask, ok, "27 bytes are left after the last request (Connection: close): a server must not process more"},
		{"a body after HEAD", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", ok, "2 bytes are left after the head: a response to HEAD has no body"},
		{"a response too long", ask, ok + " there", `6 bytes are left after the body: is Content-Length right? It counts bytes (8 for "hi there")`},
		{"a line end", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi\r\n", ok, ""},
		{"two requests", ask + ask, ok + ok, ""},
	} {
		got := ""
		for _, e := range through(t, tt.says, tt.answers) {
			if e.Kind == tap.Blind {
				got += e.Err.Error() + "; "
				var left *tap.LeftoverError
				if errors.As(e.Err, &left) && (left.After != 1 || len(left.Bytes) == 0 || left.RFC == "") {
					t.Errorf("%s: %+v", tt.name, left)
				}
			}
		}
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestGrace: an answer that is on its way when the tap is to end still comes; a
// connection that is idle is closed at once.
func TestGrace(t *testing.T) {
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	asked, answer := make(chan bool), make(chan bool)
	go func() {
		for {
			c, err := backend.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if n, _ := c.Read(make([]byte, 4096)); n > 0 {
					asked <- true
					<-answer
					io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
					<-answer
					io.WriteString(c, "0\r\n\r\n")
				}
				io.Copy(io.Discard, c)
			}()
		}
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open := make(chan bool, 2)
	tp := &tap.Tap{Grace: 20 * time.Second, OnEvent: func(e tap.Event) {
		if e.Kind == tap.Open {
			open <- true
		}
	}, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", backend.Addr().String())
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tp.Serve(ctx, l) }()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(15 * time.Second))
		<-open
		return c
	}
	idle, busy := dial(), dial()
	io.WriteString(busy, ask)
	<-asked
	cancel()
	if b, err := io.ReadAll(idle); err != nil || len(b) > 0 {
		t.Errorf("the idle connection: %q, %v", b, err)
	}
	answer <- true
	head := make([]byte, 47)
	if _, err := io.ReadFull(busy, head); err != nil {
		t.Fatal(err)
	}
	answer <- true
	if b, err := io.ReadAll(busy); err != nil || !strings.HasSuffix(string(head)+string(b), "2\r\nhi\r\n0\r\n\r\n") {
		t.Errorf("the busy connection: %q and %q, %v", head, b, err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// TestTotal: what waits to be parsed is bounded over all connections, while
// every byte is passed on.
func TestTotal(t *testing.T) {
	dial := startEcho(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const clients, size, total = 32, 3 << 20, 8 << 20
	blocked := make(chan struct{})
	tp := &tap.Tap{Total: total, Dial: dial, OnEvent: func(tap.Event) { <-blocked }}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tp.Serve(ctx, l) }()
	before := inUse()
	said := "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3145728\r\n\r\n" + strings.Repeat("x", size)
	for range clients { // one after another: without a bound each would leave 6 MiB
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(30 * time.Second))
		go func() {
			io.WriteString(c, said)
			c.(*net.TCPConn).CloseWrite()
		}()
		if n, err := io.Copy(io.Discard, c); err != nil || n != int64(len(said)) {
			t.Errorf("%d bytes came back, %v", n, err)
		}
		c.Close()
	}
	if used := int64(inUse()) - int64(before); used > 2*total || used < total/4 {
		t.Errorf("%d MiB are held, and the bound is %d", used>>20, total>>20)
	} else {
		t.Logf("%d MiB are held", used>>20)
	}
	close(blocked)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// inUse returns the bytes of the heap after a collection.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
