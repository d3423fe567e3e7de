package server_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
	"onwire/internal/faketime"
)

// serve runs srv on l until the test ends.
func serve(t testing.TB, srv *server.Server, l net.Listener) {
	t.Helper()
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
}

// listen listens on loopback.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start runs srv on loopback until the test ends, and returns its address.
func start(t testing.TB, srv *server.Server) string {
	t.Helper()
	l := listen(t)
	serve(t, srv, l)
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
		{"coding behind chunked", "POST /mirror HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "400"},
		{"tunnel", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", "501"},
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

// TestTLS: a client that speaks TLS is answered, and the answer says so.
func TestTLS(t *testing.T) {
	got := say(t, start(t, &server.Server{}), "\x16\x03\x01\x02\x00\x01")
	if statusOf(got) != "400" || !strings.Contains(got, "TLS starts here, which is not HTTP/1.1") {
		t.Errorf("%q", got)
	}
}

// TestAnswered: what a server must take, it takes.
func TestAnswered(t *testing.T) {
	addr := start(t, &server.Server{})
	for _, tt := range []struct{ name, request, status, contains string }{
		{"HTTP/1.0 without Host closes", "GET /media/text HTTP/1.0\r\n\r\n", "200", "Connection: close"},
		{"HTTP/1.0 keep-alive", "GET /media/text HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", "200 200", "Connection: keep-alive"},
		{"HTTP/1.0 gets no chunks", "GET /chunked HTTP/1.0\r\n\r\n", "200", "was not known when"},
		{"chunks and a trailer", "GET /chunked HTTP/1.1\r\nHost: h\r\n" + end, "200", "0\r\nX-Parts: 3\r\n\r\n"},
		{"an absolute target", "GET http://h/media/text HTTP/1.1\r\nHost: h\r\n" + end, "200", "Content-Length: 81"},
		{"an empty line first", "\r\nGET /media/text HTTP/1.1\r\nHost: h\r\n" + end, "200", ""},
		{"a method that nobody knows", "BREW / HTTP/1.1\r\nHost: h\r\n" + end, "501", ""},
		{"a method in small letters", "get / HTTP/1.1\r\nHost: h\r\n" + end, "501", ""},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n" + end, "204", "Allow: GET, HEAD"},
		{"a body in chunks", "POST /mirror HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + end + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "200", "\r\n\r\nhello world"},
		{"a crash", "GET /crash HTTP/1.1\r\nHost: h\r\n" + end, "500", ""},
		{"down", "GET /down HTTP/1.1\r\nHost: h\r\n" + end, "503", "Retry-After: 30"},
		{"pipelined", "GET /media/text HTTP/1.1\r\nHost: h\r\n\r\nHEAD /media/text HTTP/1.1\r\nHost: h\r\n\r\nGET /nothing HTTP/1.1\r\nHost: h\r\n" + end, "200 200 404", ""},
		{"a body that nobody wants", "DELETE /notes/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /media/text HTTP/1.1\r\nHost: h\r\n" + end, "401 200", ""},
		{"100 Continue is not for a body that is here", "POST /mirror HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + end + "hi", "200", ""},
	} {
		got := say(t, addr, tt.request)
		if codes := statusOf(got); codes != tt.status || !strings.Contains(got, tt.contains) {
			t.Errorf("%s: %s, want %s and %q\n%s", tt.name, codes, tt.status, tt.contains, got)
		}
	}
}

// TestHead: HEAD has the header fields of GET and no body (RFC 9110 9.3.2).
func TestHead(t *testing.T) {
	addr := start(t, &server.Server{Clock: faketime.New()}) // one Date
	get := say(t, addr, "GET /media/png HTTP/1.1\r\nHost: h\r\n"+end)
	head := say(t, addr, "HEAD /media/png HTTP/1.1\r\nHost: h\r\n"+end)
	if fields, _, ok := strings.Cut(get, "\r\n\r\n"); !ok || head != fields+"\r\n\r\n" {
		t.Errorf("GET %q\nHEAD %q", get, head)
	}
}

// TestContinue: the body is asked for before it is waited for; and it is not
// asked for when the head alone decides.
func TestContinue(t *testing.T) {
	addr := start(t, &server.Server{})
	c := dial(t, addr)
	io.WriteString(c, "POST /mirror HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"+end)
	const asked = "HTTP/1.1 100 Continue\r\n\r\n"
	b := make([]byte, len(asked))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != asked {
		t.Fatalf("%q, %v; want %q", b, err, asked)
	}
	io.WriteString(c, "hello")
	if rest, err := io.ReadAll(c); err != nil || statusOf(string(rest)) != "200" || !strings.HasSuffix(string(rest), "hello") {
		t.Errorf("%q, %v", rest, err)
	}
	for _, tt := range []struct{ head, want string }{
		{"POST /notes HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 5", "401"},
		{"POST /login HTTP/1.1\r\nContent-Type: image/png\r\nContent-Length: 5", "415"},
		{"POST /mirror HTTP/1.1\r\nContent-Length: 100000", "413"},
	} {
		if got := say(t, addr, tt.head+"\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"); statusOf(got) != tt.want {
			t.Errorf("%s: %s, want %s alone", tt.head, statusOf(got), tt.want)
		}
	}
}
