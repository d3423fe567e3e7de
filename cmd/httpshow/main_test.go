package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
	"onwire/internal/cli"
	"onwire/internal/screens"
	"onwire/wire"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"httpshow": main}) }

// TestScripts runs the screens. $SERVER is the notes, $CLOSED a port where
// nobody listens, $WRONG a server whose responses break the rules, $MORE
// one that redirects and then says more than it was asked, $NOISE one that speaks
// no HTTP, $MUTE one that says nothing.
func TestScripts(t *testing.T) {
	addr := startNotes(t, nil)
	closed := screens.Closed(t, "tcp")
	wrong := startRaw(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc")
	early := startRaw(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
	more := startRaw(t, "HTTP/1.1 302 Found\r\nLocation: ../b?c\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
	noise := startRaw(t, "\x15\x03\x01\x00\x02\x02\x16")
	mute := startRaw(t, "")
	screens.Run(t, testscript.Params{
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SERVER", addr)
			env.Setenv("CLOSED", closed)
			env.Setenv("WRONG", wrong)
			env.Setenv("EARLY", early)
			env.Setenv("MORE", more)
			env.Setenv("NOISE", noise)
			env.Setenv("MUTE", mute)
			return nil
		},
	})
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// A stillClock stands still.
type stillClock struct{}

func (stillClock) Now() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }

// AfterFunc never calls f.
func (stillClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

func startNotes(t testing.TB, on func(server.Event)) string {
	t.Helper()
	l := listen(t)
	srv := &server.Server{Handler: notes.New(notes.Options{NewToken: func() string { return "some-token" }}).Handle, OnEvent: on, Clock: stillClock{}}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

// startRaw answers every connection with the same bytes, and closes it.
func startRaw(t testing.TB, text string) string {
	t.Helper()
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 4096))
				io.WriteString(c, text)
				c.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, c)
			}()
		}
	}()
	return l.Addr().String()
}

// run runs the command in this process.
func run(t testing.TB, ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs}
	code = cli.Run(ctx, command, env, args)
	return code, out.String(), errs.String()
}

// objects decodes what --json printed.
func objects(t testing.TB, text string) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%q is no JSON object: %v", line, err)
		}
		list = append(list, o)
	}
	return list
}

// hostile has what changes a screen without being seen: C0 and C1 controls, a
// change of the clipboard, bidirectional text, no width, a line separator, and a
// byte that is not UTF-8.
const hostile = "\x1b]52;c;aGk=\x07\u009b2J\u202ea\u200b\u2028\u2066\x9b\x7f"

// clean reports whether nothing hidden is in what was printed.
func clean(t *testing.T, what, out string) {
	t.Helper()
	for i, r := range out {
		if r == utf8.RuneError && !strings.HasPrefix(out[i:], "\ufffd") || r != '\n' && wire.Hidden(r) {
			t.Errorf("%s: %U in %q", what, r, out[max(0, i-40):min(len(out), i+40)])
			return
		}
	}
	if !strings.Contains(out, "]52;c;") && !strings.HasSuffix(what, "--json") {
		t.Errorf("%s: the text is not shown at all: %q", what, out)
	}
}

// TestEscapes: nothing of a message moves the cursor, wherever it stands and by
// whatever way it comes.
func TestEscapes(t *testing.T) {
	requests := []string{
		hostile + " /" + hostile + " HTTP/1.1\r\n\r\n", "GET /" + hostile + " " + hostile + "\r\n\r\n", hostile,
		"GET / HTTP/1.1\r\nHost: " + hostile + "\r\n" + hostile + ": " + hostile + "\r\n " + hostile + "\r\n\r\n" + hostile,
		te("2;" + hostile + "\r\nhi\r\n0\r\n" + hostile + ": " + hostile + "\r\n\r\n"), te(hostile + "\r\n"),
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + hostile + "\r\nTransfer-Encoding: " + hostile + "\r\n\r\n",
	}
	var responses []string
	for _, kind := range []string{"text/plain", "application/json", "application/x-www-form-urlencoded", "image/" + hostile, "multipart/form-data; boundary=x", hostile} {
		for _, coding := range []string{hostile, "gzip, " + hostile, "identity"} {
			responses = append(responses, "HTTP/1.1 200 "+hostile+"\r\nServer: "+hostile+"\r\nContent-Encoding: "+coding+"\r\nContent-Type: "+kind+
				"\r\n\r\n--x\r\nContent-Disposition: form-data; name="+hostile+"\r\n\r\n"+hostile+"\r\n--x--\r\n"+hostile)
		}
	}
	responses = append(responses, "HTTP/1.1 "+hostile+"\r\n\r\n", hostile, "HTTP/1.1 302 Found\r\nLocation: "+hostile+"\r\nContent-Length: 0\r\n\r\n"+hostile)
	for _, flag := range []string{"--json=false", "--hex", "--json"} {
		for _, in := range append(requests, responses...) {
			_, out, errs := run(t, t.Context(), in, "parse", flag)
			clean(t, "parse "+flag, out+errs)
		}
		for _, in := range responses {
			_, out, errs := run(t, t.Context(), "", "get", flag, "http://"+startRaw(t, in)+"/")
			clean(t, "get "+flag, out+errs)
		}
		for _, u := range []string{"http://" + hostile + "/", hostile, "http://h/" + hostile, "http://u" + hostile + "@h/?a=" + hostile + "#" + hostile, "x" + hostile + "://h"} {
			_, out, errs := run(t, t.Context(), "", "url", flag, u)
			clean(t, "url "+flag, out+errs)
			_, out, errs = run(t, t.Context(), "", "get", flag, u)
			clean(t, "get "+flag, out+errs)
		}
	}
	clean(t, "an argument", func() string { _, out, errs := run(t, t.Context(), "", "rules", hostile); return out + errs }())
}

func te(body string) string {
	return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body
}

// TestEscapesOfServers: the same for what clients say to serve, and through tap.
func TestEscapesOfServers(t *testing.T) {
	to := startRaw(t, "HTTP/1.1 200 "+hostile+"\r\nA: "+hostile+"\r\nContent-Length: 1\r\n\r\n"+hostile)
	for _, args := range [][]string{{"serve", "127.0.0.1:0"}, {"tap", "--listen", "127.0.0.1:0", "--to", to}} {
		for _, flag := range []string{"--json=false", "--json"} {
			ctx, interrupt := context.WithCancel(t.Context())
			out, done := newWatched(), make(chan int, 1)
			go func() {
				env := &cli.Env{Stdin: strings.NewReader(""), Stdout: out, Stderr: io.Discard}
				done <- cli.Run(ctx, command, env, append(args, flag))
			}()
			addr := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(out.until("127.0.0.1:"))
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			c.SetDeadline(time.Now().Add(30 * time.Second))
			io.WriteString(c, "GET /]52;c;\u009b2J\u202e\u200b\u2028\x9b HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nA: "+hostile+"\r\n\r\n")
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
			c.Close()
			out.until("closed")
			interrupt()
			<-done
			clean(t, args[0]+" "+flag, out.until(""))
		}
	}
}

// TestGetConnections: one connection for many requests, one for each, and all
// sent at once; the hex of the requests is what was sent.
func TestGetConnections(t *testing.T) {
	addr := startNotes(t, nil)
	for _, tt := range []struct {
		flags       []string
		connections float64
		trips       float64
	}{
		{nil, 1, 4}, {[]string{"--close"}, 3, 6}, {[]string{"--pipeline"}, 1, 2},
	} {
		args := append([]string{"get", "--json", "-n", "3", "http://" + addr + "/media/text"}, tt.flags...)
		code, out, errs := run(t, t.Context(), "", args...)
		list := objects(t, out)
		end := list[len(list)-1]
		if code != 0 || end["requests"] != 3.0 || end["connections"] != tt.connections || end["round_trips"] != tt.trips {
			t.Errorf("%v: exit %d, %v; %s", tt.flags, code, end, errs)
		}
		for _, o := range list {
			if o["event"] == "response" && (o["status"] != 200.0 || len(o["hex"].(string)) < 100) {
				t.Errorf("%v: %v", tt.flags, o)
			}
		}
	}
}

// TestGetExpect: a server that does not know 100 Continue gets the body all the
// same.
func TestGetExpect(t *testing.T) {
	l := listen(t)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for got := ""; !strings.HasSuffix(got, "hello"); {
			b := make([]byte, 4096)
			n, err := c.Read(b)
			if err != nil {
				return
			}
			got += string(b[:n])
		}
		io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		io.Copy(io.Discard, c)
	}()
	code, out, errs := run(t, t.Context(), "", "get", "http://"+l.Addr().String()+"/", "-d", "hello", "-H", "Expect: 100-continue")
	if code != 0 || !strings.Contains(out, "nothing came within 1s") || !strings.Contains(out, "204 No Content") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

// TestServe runs the whole command: it says where it listens, answers, and an
// interrupt ends it with the requests counted.
func TestServe(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	lines, done := background(t, ctx, "serve", "--json", "127.0.0.1:0")
	addr := next(t, lines, "listen")["addr"].(string)
	got := make(chan int, 1)
	go func() { // beside the reading of what the server prints
		code, _, _ := run(t, ctx, "", "get", "http://"+addr+"/", "-n", "2")
		got <- code
	}()
	first, second := next(t, lines, "answer"), next(t, lines, "answer")
	if first["request"] != 1.0 || second["request"] != 2.0 || second["connection"] != first["connection"] || second["status"] != 200.0 {
		t.Errorf("%v and %v", first, second)
	}
	next(t, lines, "closed")
	if code := <-got; code != 0 {
		t.Errorf("get: exit %d", code)
	}
	interrupt()
	if end := next(t, lines, "end"); end["requests"] != 2.0 {
		t.Errorf("%v", end)
	}
	if code := <-done; code != 0 {
		t.Errorf("an interrupted server exits with %d", code)
	}
}

// TestPortAlone: a port without an address is this machine's.
func TestPortAlone(t *testing.T) {
	for _, args := range [][]string{{"serve", "--json", ":0"}, {"tap", "--json", "--listen", ":0", "--to", ":1"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		lines, done := background(t, ctx, args...)
		o := next(t, lines, "listen")
		if addr, to := o["addr"].(string), o["to"]; !strings.HasPrefix(addr, "127.0.0.1:") || to != nil && to != "127.0.0.1:1" {
			t.Errorf("%q: %v", args, o)
		}
		interrupt()
		for lines.Scan() {
		}
		if code := <-done; code != 0 {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}

// background runs a command that goes on, and hands out its lines.
func background(t *testing.T, ctx context.Context, args ...string) (*bufio.Scanner, <-chan int) {
	t.Helper()
	r, w := io.Pipe()
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: w, Stderr: io.Discard}
	done := make(chan int, 1)
	go func() {
		done <- cli.Run(ctx, command, env, args)
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	return lines, done
}

// next returns the next object with that event.
func next(t *testing.T, lines *bufio.Scanner, event string) map[string]any {
	t.Helper()
	for closed := false; !closed && lines.Scan(); {
		var o map[string]any
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		if o["event"] == event {
			return o
		}
	}
	t.Fatalf("no event %q", event)
	return nil
}

// TestTap: what client and server said is shown with every byte, both get
// theirs unchanged, and what is no HTTP is passed too.
func TestTap(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	to := startNotes(t, nil)
	lines, done := background(t, ctx, "tap", "--json", "--listen", "127.0.0.1:0", "--to", to)
	addr := next(t, lines, "listen")["addr"].(string)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	said := "HEAD /media/text HTTP/1.1\r\nHost: h\r\n\r\nPOST /mirror HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
	io.WriteString(c, said)
	heard := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(c)
		c.Close()
		heard <- b
	}()
	asked, told := "", ""
	for closed := false; !closed && lines.Scan(); {
		var o map[string]any
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		switch o["event"] {
		case "request":
			asked += o["hex"].(string)
		case "response":
			told += o["hex"].(string)
		case "refused":
			t.Fatal(o) // it is not followed by "closed"
		}
		closed = o["event"] == "closed"
	}
	got := <-heard
	if asked != hexOf([]byte(said)) || told != hexOf(got) || !bytes.HasSuffix(got, []byte("hello")) {
		t.Errorf("asked %s\ntold %s\nheard %x", asked, told, got)
	}
	interrupt()
	for lines.Scan() {
	}
	if code := <-done; code != 0 {
		t.Errorf("an interrupted tap exits with %d", code)
	}
}
