package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"onwire/greeter"
	"onwire/internal/cli"
	"onwire/internal/screens"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"grpcshow": main}) }

// TestScreens runs the screens. $SERVER is a Greeter, $CLOSED a port where
// nobody listens, $TAKEN one that is in use.
func TestScreens(t *testing.T) {
	server, closed, taken := startServer(t), screens.Closed(t, "tcp"), listen(t)
	screens.Run(t, testscript.Params{
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SERVER", server)
			env.Setenv("CLOSED", closed)
			env.Setenv("TAKEN", taken.Addr().String())
			_, port, _ := net.SplitHostPort(server)
			env.Setenv("PORT", port)
			for name, text := range sides {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(text), 0o600); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// sides are files with the bytes of one side: a preface, SETTINGS, HEADERS
// with three indexed fields, WINDOW_UPDATE; and what is broken.
var sides = map[string]string{
	"client.h2":  clientSide + update,
	"cut.h2":     clientSide + update[:12],
	"rule.h2":    clientSide[:33] + "\x00\x00\x04\x08\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00",
	"server.h2":  settings + "\x00\x00\x01\x01\x05\x00\x00\x00\x01" + "\x88",
	"cut.pcapng": "\n\r\r\n\x1c\x00\x00\x00",
}

const (
	settings   = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	ack        = "\x00\x00\x00\x04\x01\x00\x00\x00\x00"
	clientSide = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + "\x00\x00\x03\x01\x05\x00\x00\x00\x01" + "\x82\x86\x84"
	update     = "\x00\x00\x04\x08\x00\x00\x00\x00\x00" + "\x00\x00\x00\x14"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// startServer serves the Greeter on a free port until the test ends.
func startServer(t *testing.T) string {
	t.Helper()
	l := listen(t)
	srv := &greeter.Server{}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

// run runs the command in this process.
func run(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}
	code = cli.Run(ctx, newCommand, env, args)
	return code, out.String(), errs.String()
}

// A served is a command that serves with --json in this process: serve, tap.
type served struct {
	addr  string
	lines chan string // what it prints
	stop  func() int  // interrupts it, and returns its exit code
}

func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	return startCommand(t, append([]string{"serve", "127.0.0.1:0"}, args...)...)
}

func startCommand(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: w, Stderr: io.Discard}
		code <- cli.Run(ctx, newCommand, env, append([]string{"--json"}, args...))
		w.Close()
	}()
	s := &served{lines: make(chan string, 1000)}
	go func() {
		defer close(s.lines)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			s.lines <- lines.Text()
		}
	}()
	s.stop = sync.OnceValue(func() int {
		interrupt()
		return <-code
	})
	t.Cleanup(func() { s.stop() })
	s.addr = s.next(t)["addr"].(string)
	return s
}

// next returns the next object that it prints.
func (s *served) next(t *testing.T) (object map[string]any) {
	t.Helper()
	line, ok := <-s.lines
	if !ok {
		t.Fatal("serve has ended")
	}
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return object
}

// TestServe runs the whole command: it says where it listens, tells each call,
// and an interrupt ends it well.
func TestServe(t *testing.T) {
	s := startServe(t)
	for _, tt := range []struct {
		args   []string
		exit   int
		status string
		counts [2]float64
	}{
		{[]string{"SayHello", "--timeout", "1m"}, 0, "OK", [2]float64{1, 1}},
		{[]string{"LotsOfReplies"}, 0, "OK", [2]float64{1, 10}},
		{[]string{"LotsOfGreetings"}, 0, "OK", [2]float64{3, 1}},
		{[]string{"BidiHello", "--name", "A", "-H", "k: v"}, 0, "OK", [2]float64{1, 1}},
		{[]string{"SayHello", "--name", ""}, 1, "INVALID_ARGUMENT", [2]float64{1, 0}},
		{[]string{"Nope"}, 1, "UNIMPLEMENTED", [2]float64{0, 0}},
	} {
		exit, _, errs := run(t, t.Context(), append([]string{"call", "--to", s.addr}, tt.args...)...)
		o := s.next(t)
		if exit != tt.exit || o["status"] != tt.status || o["requests"] != tt.counts[0] || o["replies"] != tt.counts[1] || o["method"] != "/hello.Greeter/"+tt.args[0] {
			t.Errorf("%q: exit %d, %s%v", tt.args, exit, errs, o)
		}
		if (o["timeout_us"].(float64) > 0) != (tt.args[len(tt.args)-1] == "1m") {
			t.Errorf("%q: timeout %v", tt.args, o["timeout_us"])
		}
		if v := o["metadata"].(map[string]any)["k"]; (v != nil) != (tt.args[len(tt.args)-1] == "k: v") {
			t.Errorf("%q: metadata %v", tt.args, v)
		}
	}
	if code := s.stop(); code != 0 {
		t.Errorf("an interrupted server exits with %d", code)
	}
}

// TestCallJSON: one object a call, whatever becomes of it.
func TestCallJSON(t *testing.T) {
	server := startServer(t)
	code, out, _ := run(t, t.Context(), "--json", "call", "--to", server, "-n", "2", "--name", "A", "--name", "B", "-H", "x-request-id: 7")
	var names []string
	for line := range strings.Lines(out) {
		var o struct {
			Names, Replies []string
			Code           int
			Status         string
			Header         map[string][]string
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		names = append(names, o.Names...)
		if len(o.Replies) != 1 || o.Replies[0] != "Hello, "+o.Names[0]+"!" || o.Status != "OK" || o.Header["x-request-id"][0] != "7" {
			t.Errorf("%+v", o)
		}
	}
	if code != 0 || strings.Join(names, " ") != "A B A B" {
		t.Errorf("exit %d, names %q", code, names)
	}
	code, out, errs := run(t, t.Context(), "--json", "call", "--to", server, "--name", "")
	if code != 1 || !strings.Contains(out, `"code":3,"status":"INVALID_ARGUMENT"`) || !strings.Contains(errs, "INVALID_ARGUMENT (3)") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
}

// TestWireDeadline: the frame with which a deadline ends a call is shown.
func TestWireDeadline(t *testing.T) {
	l, g := listen(t), newGate(0) // a server that only resets
	srv := &greeter.Server{Delay: 1, Wait: g.wait}
	go srv.Serve(l)
	defer srv.Close()
	defer close(g.open)
	for range 5 {
		code, out, errs := run(t, t.Context(), "call", "--to", l.Addr().String(), "--timeout", "30ms", "--wire")
		if code != 1 || !strings.Contains(errs, "DEADLINE_EXCEEDED (4)") || !strings.Contains(out, "RST_STREAM CANCEL") {
			t.Errorf("exit %d, %s%s", code, errs, out)
		}
	}
}

// TestWireCalls: each call's frames stand under its own heading.
func TestWireCalls(t *testing.T) {
	code, out, errs := run(t, t.Context(), "--color", "never", "call", "BidiHello", "--to", startServer(t), "-n", "20", "--wire")
	calls := strings.Split(out, "== call ")
	if code != 0 || len(calls) != 21 {
		t.Fatalf("exit %d, %d calls, %s", code, len(calls)-1, errs)
	}
	for i, call := range calls[1:] {
		for _, id := range regexp.MustCompile(`stream (\d+)`).FindAllStringSubmatch(call, -1) {
			if id[1] != fmt.Sprint(2*i+1) {
				t.Errorf("a frame of stream %s stands under call %d", id[1], i+1)
			}
		}
		if strings.Count(call, "END_STREAM") != 2 {
			t.Errorf("call %d does not end:\n%s", i+1, call)
		}
	}
}

// TestForeignServers: what listens is no gRPC server. The status says what it
// looks like.
func TestForeignServers(t *testing.T) {
	for _, tt := range []struct{ name, says, want string }{
		{"HTTP/1.1", "HTTP/1.1 400 Bad Request\r\n\r\n", "it looks like an answer in HTTP/1"},
		{"TLS", "\x15\x03\x01\x00\x02\x02\x46", "it looks like TLS, whose inside cannot be seen"},
		{"an echo", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "it looks like a client's preface"},
		{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", `it starts with "SSH-2.0-"`},
		{"nothing", "", "it took the connection and said nothing"},
	} {
		l := listen(t)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				io.ReadFull(c, make([]byte, 24)) // the preface; or a RST would overtake what we say
				io.WriteString(c, tt.says)
				c.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, c)
				c.Close()
			}
		}()
		for _, wire := range []string{"", "--wire"} {
			args := []string{"call", "--to", l.Addr().String()}
			if wire != "" {
				args = append(args, wire)
			}
			code, _, errs := run(t, t.Context(), args...)
			if want := fmt.Sprintf("grpcshow: UNAVAILABLE (14): %q is no gRPC server", l.Addr()); code != 1 || !strings.HasPrefix(errs, want) || !strings.Contains(errs, tt.want) {
				t.Errorf("%s %s: exit %d\n%s", tt.name, wire, code, errs)
			}
		}
	}
}
