package httpmsg_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"onwire/httpmsg"
	"onwire/internal/interop"
)

// trials are what the table of rules claims about parsers in use: what each
// answers to a request that breaks the rule. 0 is no answer in HTTP/1.1.
var trials = []struct {
	rule                    httpmsg.Rule
	in                      string
	goes, node, nginx, pyth int
}{
	{httpmsg.EmptyLineFirst, "\r\n" + get + "\r\n", 400, 200, 200, 0},
	{httpmsg.BareLF, "GET / HTTP/1.1\nHost: h\n\n", 200, 400, 200, 200},
	{httpmsg.BareCR, get + "A: b\rc\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.RequestLineSpace, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, 200, 200, 200},
	{httpmsg.RequestLineSpace, "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.RequestLineSpace, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.RequestLineParts, "GET /\r\n\r\n", 400, 200, 0, 0},
	{httpmsg.MethodToken, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, 400, 400, 501},
	{httpmsg.MethodCase, "get / HTTP/1.1\r\nHost: h\r\n\r\n", 200, 400, 400, 501},
	{httpmsg.TargetBytes, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400, 400, 400, 400},
	{httpmsg.TargetBytes, "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.TargetUnsafe, "GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.TargetUnsafe, "GET /é HTTP/1.1\r\nHost: h\r\n\r\n", 200, 400, 200, 200},
	{httpmsg.TargetUnsafe, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400, 200, 400, 200},
	{httpmsg.TargetFragment, "GET /p#f HTTP/1.1\r\nHost: h\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.TargetFormat, "GET p HTTP/1.1\r\nHost: h\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.TargetFormat, "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 200, 200, 400, 200},
	{httpmsg.TargetAuthority, "GET http://h:x/p HTTP/1.1\r\nHost: h\r\n\r\n", 400, 200, 400, 200},
	{httpmsg.TargetUser, "GET http://u:p@h/p HTTP/1.1\r\nHost: h\r\n\r\n", 200, 200, 400, 200},
	{httpmsg.TargetNoHost, "GET http:///p HTTP/1.1\r\nHost:\r\n\r\n", 200, 200, 400, 200},
	{httpmsg.AbsoluteTarget, "GET http://x/p HTTP/1.1\r\nHost: h\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.VersionFormat, "GET / http/1.1\r\nHost: h\r\n\r\n", 400, 400, 400, 0},
	{httpmsg.VersionFormat, "GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.VersionUnknown, "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, 200, 505, 0},
	{httpmsg.VersionMinor, "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 200, 400, 200, 200},
	{httpmsg.SpaceFirst, "GET / HTTP/1.1\r\n X: y\r\nHost: h\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.ObsFold, get + "A: b\r\n c\r\n\r\n", 200, 400, 400, 200},
	{httpmsg.SpaceBeforeColon, get + "A : b\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.NoColon, get + "Ab\r\nB: c\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.NameToken, get + "A(: b\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.ValueBytes, get + "A: b\x01\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.ValueNUL, get + "A: b\x00c\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.ValueObsText, get + "A: \xe9\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.NoHost, "GET / HTTP/1.1\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.TwoHosts, get + "Host: i\r\n\r\n", 400, 200, 400, 200},
	{httpmsg.HostFormat, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, 200, 400, 200},
	{httpmsg.HostFormat, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, 200, 400, 200},
	{httpmsg.HostFormat, "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400, 200, 200, 200},
	{httpmsg.TwoLengths, post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 200, 400, 400, 200},
	{httpmsg.TwoLengths, post + "Content-Length: 2, 2\r\n\r\nhi", 400, 400, 400, 0},
	{httpmsg.UnequalLengths, post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", 400, 400, 400, 200},
	{httpmsg.LengthFormat, post + "Content-Length: +2\r\n\r\nhi", 400, 400, 400, 200},
	{httpmsg.LengthFormat, post + "Content-Length: 0x2\r\n\r\nhi", 400, 400, 400, 0},
	{httpmsg.LengthFormat, post + "Content-Length: 9223372036854775808\r\n\r\nhi", 400, 400, 400, 0},
	{httpmsg.EmptyElement, post + "Content-Length: 5,\r\n\r\nhello", 400, 400, 400, 0},
	{httpmsg.EmptyElement, post + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 501, 200, 501, 200},
	{httpmsg.LengthWithTE, post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, 400, 400, 200},
	{httpmsg.TENotChunked, post + "Transfer-Encoding: gzip\r\n\r\n", 501, 400, 501, 200},
	{httpmsg.TEChunkedTwice, post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, 400, 400, 200},
	{httpmsg.TEChunkedTwice, post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501, 400, 501, 200},
	{httpmsg.TEOldVersion, "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200, 200, 400, 200},
	{httpmsg.TECoded, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, 200, 501, 200},
	{httpmsg.TEUnknown, post + "Transfer-Encoding: xchunked\r\n\r\n", 501, 400, 501, 200},
	{httpmsg.TEFormat, post + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", 501, 400, 501, 200},
	{httpmsg.TEFormat, post + "Transfer-Encoding: \r\n\r\n", 501, 200, 501, 200},
	{httpmsg.ChunkSizeZeros, te + "0002\r\nhi\r\n0\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.ChunkSizeZeros, te + "00000000000000000002\r\nhi\r\n0\r\n\r\n", 400, 200, 200, 200},
	{httpmsg.ChunkExtension, te + "2;a=b\r\nhi\r\n0\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.ChunkExtSpace, te + "2 ;a=b\r\nhi\r\n0\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.ChunkExtSpace, te + "2; a=b\r\nhi\r\n0\r\n\r\n", 200, 400, 200, 200},
	{httpmsg.ChunkExtFormat, te + "2;\r\nhi\r\n0\r\n\r\n", 200, 400, 200, 200},
	{httpmsg.ChunkExtFormat, te + "5;a=\"b\";c=\"d; e\r\nhello\r\n0\r\n\r\n", 200, 400, 200, 200},
	{httpmsg.ChunkExtFormat, te + "2   \r\nhi\r\n0\r\n\r\n", 200, 400, 200, 200},
	{httpmsg.ChunkExtFormat, te + "2;a\x01b\r\nhi\r\n0\r\n\r\n", 200, 400, 200, 200},
	{httpmsg.ChunkExtFormat, te + "2;=b\r\nhi\r\n0\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.ChunkExtFormat, te + "2;a=\r\nhi\r\n0\r\n\r\n", 200, 200, 200, 200},
	{httpmsg.ChunkExtFormat, te + "2;a\rb\r\nhi\r\n0\r\n\r\n", 400, 400, 400, 200},
	{httpmsg.ChunkLF, te + "2\nhi\r\n0\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.ChunkLF, te + "2\r\nhi\n0\r\n\r\n", 400, 400, 200, 200},
	{httpmsg.TrailerLF, te + "2\r\nhi\r\n0\r\nA: b\n\r\n", 400, 400, 200, 200},
	{httpmsg.TrailerForbidden, te + "2\r\nhi\r\n0\r\nContent-Length: 5\r\n\r\n", 200, 400, 200, 200},
}

// TestTrials: every trial breaks the rule that it is for.
func TestTrials(t *testing.T) {
	for _, tt := range trials {
		m, err := httpmsg.ParseRequest([]byte(tt.in), httpmsg.Limits{ChunkDigits: 32})
		if err != nil || !strings.Contains(text(m.Findings), tt.rule.String()) {
			t.Errorf("%q: %s, not %v", tt.in, text(m.Findings), tt.rule)
		}
	}
}

// answer sends a request, and returns the status of the first response.
func answer(t *testing.T, addr, in string) int {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, in)
	c.(*net.TCPConn).CloseWrite()
	b, _ := io.ReadAll(c) // a reset ends it as well
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return 0
	}
	return resp.StatusCode
}

// try compares the answers of one server with the claims.
func try(t *testing.T, addr string, claim func(i int) int) {
	for i, tt := range trials {
		if got := answer(t, addr, tt.in); got != claim(i) {
			t.Errorf("%v: %q is answered with %d, the table says %d", tt.rule, tt.in, got, claim(i))
		}
	}
}

// TestParsersGo tries net/http. Of another version the table says nothing.
func TestParsersGo(t *testing.T) {
	if !strings.HasPrefix(runtime.Version(), "go1.26") {
		t.Skip("the table is about Go 1.26")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(400)
		}
	})}
	go srv.Serve(l)
	defer srv.Close()
	try(t, l.Addr().String(), func(i int) int { return trials[i].goes })
}

// version skips the test unless the program is of the version in the table.
func version(t *testing.T, want string, program string, args ...string) {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Skipf("the table is about %s, this is %.40q (%v)", want, out, err)
	}
}

// startScript runs a program that prints its port.
func startScript(t *testing.T, program string, args ...string) string {
	t.Helper()
	c := exec.Command(program, args...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return "127.0.0.1:" + strings.TrimSpace(port)
}

func TestInteropParsersNode(t *testing.T) {
	node := interop.Find(t, "node", "nodejs")
	version(t, "v20.", node, "--version")
	addr := startScript(t, node, "-e", `const s=require('http').createServer((q,r)=>{q.resume();q.on('end',()=>r.end())});s.listen(0,'127.0.0.1',()=>console.log(s.address().port))`)
	try(t, addr, func(i int) int { return trials[i].node })
}

func TestInteropParsersPython(t *testing.T) {
	python := interop.Find(t, "python3", "python3")
	version(t, "Python 3.11.", python, "--version")
	addr := startScript(t, python, "-c", `
import http.server
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def any(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
    do_GET = do_POST = any
    def log_message(self, *a): pass
class S(http.server.ThreadingHTTPServer):
    def handle_error(self, *a): pass
s = S(('127.0.0.1', 0), H)
print(s.server_port, flush=True)
s.serve_forever()`)
	try(t, addr, func(i int) int { return trials[i].pyth })
}

// TestInteropParsersNginx tries nginx before a server that takes everything.
func TestInteropParsersNginx(t *testing.T) {
	nginx := interop.Find(t, "nginx", "nginx-light")
	version(t, "nginx/1.22.", nginx, "-v")
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	go func() {
		for {
			c, err := backend.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 4096))
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				io.Copy(io.Discard, c)
			}()
		}
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr; events {}
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
 server { listen %[2]s; location / { proxy_ignore_client_abort on; proxy_http_version 1.1; proxy_pass http://%[3]s; } } }`, dir, addr, backend.Addr())
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(nginx, "-p", dir, "-c", file)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	for range 500 { // until it listens
		if probe, err := net.Dial("tcp", addr); err == nil {
			probe.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	try(t, addr, func(i int) int { return trials[i].nginx })
}
