package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
)

// start runs srv on loopback until the test ends, and returns its address.
func start(t testing.TB, srv *server.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if srv.Handler == nil {
		srv.Handler = notes.New(notes.Options{}).Handle
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; err != server.ErrClosed {
			t.Errorf("Serve = %v, want ErrClosed", err)
		}
	})
	return l.Addr().String()
}

// dial connects, with a deadline so that no test hangs.
func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c.(*net.TCPConn)
}

// say sends text and returns all that comes back up to the server's FIN.
func say(t testing.TB, addr, text string) string {
	t.Helper()
	c := dial(t, addr)
	go io.WriteString(c, text) // a server may stop reading
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("%.60q: %v after %q", text, err, b)
	}
	return string(b)
}

// statusOf cuts the status codes out of what a server said.
func statusOf(text string) string {
	var codes []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "HTTP/1.1 "); ok {
			codes = append(codes, rest[:3])
		}
	}
	return strings.Join(codes, " ")
}

const end = "Connection: close\r\n\r\n"

// TestRefused: what two parsers may read differently is 400, and ends the
// connection, so that the request hidden behind it is never answered.
func TestRefused(t *testing.T) {
	addr := start(t, &server.Server{})
	hidden := "GET /media/text HTTP/1.1\r\nHost: h\r\n\r\n"
	for _, tt := range []struct{ name, request, want string }{
		{"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
		{"two lengths", "POST /mirror HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "400"},
		{"length beside chunks", "POST /mirror HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		{"space before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400"},
		{"broken request line", "GET\r\nHost: h\r\n\r\n", "400"},
		{"negative length", "POST /mirror HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400"},
		{"chunk size", "POST /mirror HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
		{"version 2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
		{"coding", "POST /mirror HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: br, chunked\r\n\r\n", "501"},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00", "400"},
		{"long target", "GET /" + strings.Repeat("a", 20000) + " HTTP/1.1\r\nHost: h\r\n\r\n", "414"},
		{"long head", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 70) + "\r\n", "431"},
		{"10 GB", "POST /mirror HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000000\r\n\r\n", "413"},
		{"chunks without end", "POST /mirror HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1000\r\n"+strings.Repeat("x", 4096)+"\r\n", 20), "413"},
		{"expectation", "POST /mirror HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: cake\r\n\r\n", "417"},
	} {
		got := say(t, addr, tt.request+hidden)
		if codes := statusOf(got); codes != tt.want {
			t.Errorf("%s: %s, want %s and the end\n%s", tt.name, codes, tt.want, got)
		}
		if !strings.Contains(got, "Connection: close\r\n") {
			t.Errorf("%s: does not say that it closes", tt.name)
		}
	}
}

var _ = bytes.Equal
var _ = context.Background
var _ = fmt.Sprint
