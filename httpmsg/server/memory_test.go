package server_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"onwire/httpmsg"
	"onwire/httpmsg/server"
)

// smallBuffers lets the kernel hold little of what a client does not read.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		c.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return c, err
}

// TestMemoryIsBounded: clients that send many requests at once and read nothing
// hold neither small responses nor large ones in the server, and bodies that
// never become whole are counted too.
func TestMemoryIsBounded(t *testing.T) {
	for _, tt := range []struct {
		name           string
		clients, times int
		response       int    // bytes of its body
		request        string // sent so many times
		most           int64
	}{
		// Without a bound 96, 282 and 83 MB.
		{"small responses", 200, 400, 1200, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 32 << 20},
		{"large responses", 100, 47, 60 << 10, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 64 << 20},
		{"bodies", 1000, 1, 1, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 65000\r\n\r\n" + strings.Repeat("x", 60000), 48 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var asked atomic.Int64
			first, closed := make(chan bool, tt.clients), make(chan bool, tt.clients)
			srv := &server.Server{
				WriteTimeout: time.Hour, BodyTimeout: time.Hour, Linger: time.Millisecond,
				Handler: func(req *httpmsg.Head) (*httpmsg.Response, func([]byte) *httpmsg.Response) {
					asked.Add(1)
					r := &httpmsg.Response{Status: 200, Body: make([]byte, tt.response)}
					if req.Body.Kind == httpmsg.LengthBody {
						first <- true
						return nil, func([]byte) *httpmsg.Response { return r }
					}
					return r, nil
				},
				OnEvent: func(e server.Event) {
					if e.Kind == server.Answer && e.N == 1 {
						first <- true
					}
					if e.Kind == server.Closed {
						closed <- true
					}
				},
			}
			serve(t, srv, smallBuffers{l})
			before := inUse()
			for range tt.clients {
				c := dial(t, l.Addr().String())
				c.SetReadBuffer(4 << 10)
				go io.WriteString(c, strings.Repeat(tt.request, tt.times))
			}
			for range tt.clients {
				<-first
			}
			if used := inUse() - before; used > tt.most {
				t.Errorf("%d clients hold %d MiB, want at most %d", tt.clients, used>>20, tt.most>>20)
			} else {
				t.Logf("%d clients: %d MiB, %d requests handled", tt.clients, used>>20, asked.Load())
			}
		})
	}
}

// TestFull: a request for which no memory is left is answered with 503, and the
// next one is served when the client has taken what was kept for it.
func TestFull(t *testing.T) {
	body := []byte(strings.Repeat("x", 8<<10-1) + "\n")
	addr := start(t, &server.Server{MaxMemory: 20 << 10, Handler: func(req *httpmsg.Head) (*httpmsg.Response, func([]byte) *httpmsg.Response) {
		if req.Body.Kind == httpmsg.NoBody {
			return &httpmsg.Response{Status: 200, Body: body}, nil
		}
		return nil, func([]byte) *httpmsg.Response { return &httpmsg.Response{Status: 204} }
	}})
	ask := "GET / HTTP/1.1\r\nHost: h\r\n"
	if got := statusOf(say(t, addr, ask+"\r\n"+ask+end)); got != "200 503" { // both wait to be sent
		t.Errorf("two pipelined: %s", got)
	}
	for range 3 {
		if got := statusOf(say(t, addr, ask+end)); got != "200" {
			t.Errorf("one: %s", got)
		}
	}
	post := fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n", 11<<10)
	if got := statusOf(say(t, addr, post+"\r\n"+strings.Repeat("x", 11<<10))); got != "503" {
		t.Errorf("a body of 11 KiB: %s", got)
	}
	if got := statusOf(say(t, addr, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n"+end+strings.Repeat("x", 5000))); got != "204" {
		t.Errorf("a body of 5000 bytes: %s", got)
	}
}

// inUse returns the bytes of the heap and the stacks after a collection.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
