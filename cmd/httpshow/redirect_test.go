package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"onwire/httpmsg"
	"onwire/httpmsg/server"
)

// startHandler serves what a function makes of a request and its body.
func startHandler(t testing.TB, answer func(req *httpmsg.Head, body []byte) *httpmsg.Response) string {
	t.Helper()
	l := listen(t)
	srv := &server.Server{Handler: func(req *httpmsg.Head) (*httpmsg.Response, func([]byte) *httpmsg.Response) {
		return nil, func(body []byte) *httpmsg.Response { return answer(req, body) }
	}}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

// TestRedirect: what each status code makes of the method and the body, and
// that another origin gets no secret.
func TestRedirect(t *testing.T) {
	seen := make(chan string, 10)
	report := func(req *httpmsg.Head, body []byte) *httpmsg.Response {
		auth, _ := req.Get("Authorization")
		cookie, _ := req.Get("Cookie")
		kind, _ := req.Get("Content-Type")
		host, _ := req.Host()
		seen <- fmt.Sprintf("%s %s body=%s type=%s auth=%s cookie=%s host=%v", req.Text(req.Method), req.Text(req.Target), body, kind, auth, cookie, host)
		return &httpmsg.Response{Status: 200, Body: []byte("there")}
	}
	other := startHandler(t, report)
	addr := startHandler(t, func(req *httpmsg.Head, body []byte) *httpmsg.Response {
		target := req.Text(req.Target)
		status := 0
		if _, err := fmt.Sscanf(target, "/%d", &status); err != nil {
			return report(req, body)
		}
		to := "/there?x=1"
		if strings.HasSuffix(target, "/away") {
			to = "http://user:secret@" + other + "/there"
		}
		return &httpmsg.Response{Status: status, Headers: []httpmsg.Pair{{Name: "Location", Value: to}}}
	})
	for _, tt := range []struct {
		path string
		args []string
		want string
	}{
		{"/301", nil, "GET /there?x=1 body= type= auth= cookie="},
		{"/301", []string{"-d", "a=1"}, "GET /there?x=1 body= type= auth= cookie="},
		{"/302", []string{"-d", "a=1"}, "GET /there?x=1 body= type= auth= cookie="},
		{"/303", []string{"-d", "a=1"}, "GET /there?x=1 body= type= auth= cookie="},
		{"/302", []string{"-X", "PUT", "-d", "a=1"}, "PUT /there?x=1 body=a=1 type=application/x-www-form-urlencoded auth= cookie="},
		{"/303", []string{"-X", "DELETE"}, "GET /there?x=1 body= type= auth= cookie="},
		{"/303", []string{"-I"}, "HEAD /there?x=1 body= type= auth= cookie="},
		{"/307", []string{"-d", "a=1"}, "POST /there?x=1 body=a=1 type=application/x-www-form-urlencoded auth= cookie="},
		{"/308", []string{"-d", "a=1"}, "POST /there?x=1 body=a=1 type=application/x-www-form-urlencoded auth= cookie="},
		{"/307", []string{"-u", "a:b", "-H", "Cookie: c=d"}, "GET /there?x=1 body= type= auth=Basic YTpi cookie=c=d"},
		{"/307/away", []string{"-u", "a:b", "-H", "Cookie: c=d"}, "GET /there body= type= auth= cookie= host=" + other},
	} {
		code, out, errs := run(t, t.Context(), "", append([]string{"get", "-L", "http://" + addr + tt.path}, tt.args...)...)
		got := "nothing"
		select {
		case got = <-seen:
		default:
		}
		if code != 0 || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %q: exit %d, %s\n%s", tt.path, tt.args, code, got, errs)
		}
		away := strings.HasSuffix(tt.path, "/away")
		if away != strings.Contains(out, "another origin: Authorization and Cookie is not sent") || away != strings.Contains(out, "the user in Location is not sent") {
			t.Errorf("%s: %s", tt.path, out)
		}
	}
}

// TestRedirectBounds: a circle ends, and what cannot be followed is told.
func TestRedirectBounds(t *testing.T) {
	for to, want := range map[string]string{
		"/again":          "more than 20 redirections",
		"ftp://h/":        `Location cannot be followed: "ftp://h/": the scheme is "ftp"`,
		"http://h:99999/": "Location cannot be followed",
		"http://[::1":     "cannot be followed",
	} {
		addr := startHandler(t, func(*httpmsg.Head, []byte) *httpmsg.Response {
			return &httpmsg.Response{Status: 302, Headers: []httpmsg.Pair{{Name: "Location", Value: to}}}
		})
		code, out, errs := run(t, t.Context(), "", "get", "--json", "-L", "http://"+addr+"/")
		if code != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %s", to, code, errs)
		}
		if hops := strings.Count(out, `"event":"redirect"`); to == "/again" && hops != 20 {
			t.Errorf("%d redirections", hops)
		}
	}
}

// TestOutputFull: a body that does not fit is told with what came before.
func TestOutputFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	addr := startHandler(t, func(*httpmsg.Head, []byte) *httpmsg.Response {
		return &httpmsg.Response{Status: 200, Body: []byte("hello")}
	})
	code, _, errs := run(t, t.Context(), "", "get", "-o", "/dev/full", "http://"+addr+"/")
	if code != 1 || !strings.Contains(errs, `cannot write "/dev/full" after 0 bytes: no space left on device`) {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// startStream sends the head and the pieces of a response one by one, each when
// the test says so.
func startStream(t testing.TB, head string) (addr string, say chan<- string) {
	t.Helper()
	l := listen(t)
	pieces := make(chan string)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.Read(make([]byte, 4096))
		io.WriteString(c, head)
		for p := range pieces {
			io.WriteString(c, p)
		}
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
	}()
	return l.Addr().String(), pieces
}
