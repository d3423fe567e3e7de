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
	"os/exec"
	"os/user"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/internal/cli"
	"onwire/internal/interop"
	"onwire/internal/screens"
	"onwire/tcpecho"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/net/nettest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"echo": main}) }

// TestScripts runs the screens. $SERVER is an echo server, $SILENT one that
// accepts and says nothing, $CLOSED a port where nobody listens, $CLOSED_UDP one
// for datagrams.
func TestScripts(t *testing.T) {
	server := startServer(t, "tcp")
	udp := startUDP(t)
	closed := screens.Closed(t, "tcp")
	taken := listenTCP(t)
	screens.Run(t, testscript.Params{
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SERVER", server)
			env.Setenv("UDP", udp)
			env.Setenv("CLOSED", closed)
			env.Setenv("CLOSED_UDP", screens.Closed(t, "udp"))
			env.Setenv("TAKEN", taken.Addr().String())
			return nil
		},
	})
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// startServer serves echo on a free port until the test ends.
func startServer(t *testing.T, network string) string {
	t.Helper()
	l := listenTCP(t)
	srv := &tcpecho.Server{WriteTimeout: time.Minute}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

func startUDP(t *testing.T) string {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &tcpecho.Server{}
	go srv.ServePacket(pc)
	t.Cleanup(func() { srv.Close() })
	return pc.LocalAddr().String()
}

// run runs the command in this process.
func run(t *testing.T, ctx context.Context, stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: stdin, Stdout: &out, Stderr: &errs}
	code = cli.Run(ctx, command, env, args)
	return code, out.String(), errs.String()
}

// runJSON runs the command with --json and decodes what it prints.
func runJSON(t *testing.T, stdin io.Reader, args ...string) (code int, objects []map[string]any) {
	t.Helper()
	code, out, errs := run(t, t.Context(), stdin, append([]string{"--json"}, args...)...)
	for lines := bufio.NewScanner(strings.NewReader(out)); lines.Scan(); {
		var object map[string]any
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
			t.Fatalf("%q is not a JSON object: %v", lines.Text(), err)
		}
		objects = append(objects, object)
	}
	if len(objects) == 0 {
		t.Fatalf("%q prints no object, exits with %d and says %s", args, code, errs)
	}
	return code, objects
}

func TestLoadJSON(t *testing.T) {
	server := startServer(t, "tcp")
	for _, args := range [][]string{
		{"--mode", "ping"},
		{"--mode", "ping", "--rate", "500"},
		{"--mode", "stream", "--size", "10000"},
	} {
		code, objects := runJSON(t, nil, append([]string{"load", server, "--duration", "100ms", "--conns", "3", "--tcpinfo"}, args...)...)
		o := objects[0]
		if code != 0 || len(objects) != 1 {
			t.Errorf("%q: exit %d, %d objects", args, code, len(objects))
		}
		for _, key := range []string{"requests", "bytes", "rps", "p50_us", "p99_us", "cpu_us_per_request"} {
			if n, ok := o[key].(float64); !ok || n <= 0 {
				t.Errorf("%q: %s is %v, want a number above 0", args, key, o[key])
			}
		}
		if o["errors"] != 0.0 || o["bytes"].(float64) != o["requests"].(float64)*o["size"].(float64) || o["p50_us"].(float64) > o["p99_us"].(float64) {
			t.Errorf("%q: %v", args, o)
		}
	}
}

// TestSendJSON sends what is larger than all buffers together, from stdin.
func TestSendJSON(t *testing.T) {
	server := startServer(t, "tcp")
	sent := strings.Repeat("0123456789abcdef", 1<<19)
	code, objects := runJSON(t, strings.NewReader(sent), "send", "--to", server)
	o := objects[0]
	if code != 0 || o["sent"] != float64(len(sent)) || o["received"] != o["sent"] || o["equal"] != true {
		t.Errorf("exit %d, %v", code, o)
	}
	code, objects = runJSON(t, strings.NewReader(""), "send", "--to", server, "héllo")
	if o := objects[0]; code != 0 || o["hex"] != "68c3a96c6c6f" || o["received"] != 6.0 {
		t.Errorf("exit %d, %v", code, o)
	}
	code, objects = runJSON(t, strings.NewReader(""), "send", "--to", server)
	if o := objects[0]; code != 0 || o["sent"] != 0.0 || o["received"] != 0.0 {
		t.Errorf("nothing sent: exit %d, %v", code, o)
	}
	code, out, _ := run(t, t.Context(), strings.NewReader(sent), "send", "--to", server, "--raw")
	if code != 0 || out != sent {
		t.Errorf("--raw: exit %d, %d bytes, want %d", code, len(out), len(sent))
	}
}

// TestSendWritesJSON: what the calls moved adds up, and the segments are never
// claimed to have been seen.
func TestSendWritesJSON(t *testing.T) {
	server := startServer(t, "tcp")
	for _, extra := range [][]string{nil, {"--nodelay"}} {
		code, objects := runJSON(t, nil, append([]string{"send", "--to", server, "--writes", "20", "--size", "10"}, extra...)...)
		o := objects[0]
		sum := map[string]float64{}
		for _, c := range o["calls"].([]any) {
			call := c.(map[string]any)
			sum[call["call"].(string)] += call["bytes"].(float64)
		}
		if code != 0 || o["writes"] != 20.0 || sum["write"] != 200 || sum["read"] != 200 || o["equal"] != true {
			t.Errorf("%v: exit %d, %v", extra, code, o)
		}
		segments := o["segments"].(float64)
		switch {
		case segments < 0: // not told here
			if o["segments_evidence"] != "" {
				t.Errorf("segments that are not known come from %v", o["segments_evidence"])
			}
		case o["segments_evidence"] != "kernel":
			t.Errorf("the segments come from %v", o["segments_evidence"])
		case segments < 1 || segments > 20:
			t.Errorf("%v segments for 20 writes", segments)
		}
	}
}

// TestServe runs the whole command: it says where it listens, echoes over TCP
// and UDP, and an interrupt ends it with all counts told.
func TestServe(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r, w := io.Pipe()
	var errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: w, Stderr: &errs}
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, command, env, []string{"--json", "serve", "127.0.0.1:0", "--udp"})
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	next := func(event string) map[string]any {
		for lines.Scan() {
			var o map[string]any
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			if o["event"] == event {
				return o
			}
		}
		t.Fatalf("no event %q; stderr: %s", event, errs.String())
		return nil
	}
	tcp, udp := next("listen"), next("listen")
	if udp["network"] != "udp" || udp["addr"] != tcp["addr"] {
		t.Errorf("%v and %v: want the same port for both", tcp, udp)
	}
	var group sync.WaitGroup
	var udpCode, tcpCode int
	group.Go(func() {
		udpCode, _, _ = run(t, ctx, nil, "send", "--udp", "--to", udp["addr"].(string), "datagram")
		tcpCode, _, _ = run(t, ctx, nil, "send", "--to", tcp["addr"].(string), "hello")
	})
	fin := next("fin")
	group.Wait()
	if tcpCode != 0 || udpCode != 0 || fin["in"] != 5.0 || fin["out"] != 5.0 {
		t.Errorf("send exits with %d and %d; %v", tcpCode, udpCode, fin)
	}
	interrupt()
	if end := next("end"); end["in"] != 13.0 || end["datagrams"] != 1.0 || end["accepted"] != 1.0 {
		t.Errorf("%v", end)
	}
	go io.Copy(io.Discard, r)
	if c := <-code; c != 0 {
		t.Errorf("an interrupted server exits with %d: %s", c, errs.String())
	}
}

// TestServeOnLoopback: a port alone is this machine's, over TCP and UDP.
func TestServeOnLoopback(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r, w := io.Pipe()
	var errs bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, command, &cli.Env{Stdin: strings.NewReader(""), Stdout: w, Stderr: &errs}, []string{"--json", "serve", ":0", "--udp"})
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	for range 2 {
		if !lines.Scan() || !strings.Contains(lines.Text(), `"addr":"127.0.0.1:`) {
			t.Errorf("%s", lines.Text())
		}
	}
	interrupt()
	for lines.Scan() {
	}
	if c := <-code; c != 0 || errs.Len() > 0 {
		t.Errorf("exit %d, %s", c, errs.String())
	}
}

// TestDemoRepeats: every scene ends well, twice, and its JSON has the keys of
// an event and a known evidence.
func TestDemoRepeats(t *testing.T) {
	for range 2 {
		code, objects := runJSON(t, nil, "demo", "all")
		if code != 0 {
			t.Errorf("exit %d", code)
		}
		played := map[any]bool{}
		for _, o := range objects {
			played[o["scene"]] = true
			switch o["evidence"] {
			case "seen", "kernel", "inferred", "lab":
			default:
				t.Errorf("evidence %v in scene %v", o["evidence"], o["scene"])
			}
			for _, key := range []string{"t_us", "from", "to", "layer", "label", "hex", "fields"} {
				if _, ok := o[key]; !ok {
					t.Errorf("no key %q in scene %v", key, o["scene"])
				}
			}
		}
		for _, sc := range scenes() {
			if !played[sc.name] {
				t.Errorf("scene %s said nothing", sc.name)
			}
		}
		for _, sc := range labScenes() {
			if !played[sc.name] {
				t.Errorf("scene %s said nothing", sc.name)
			}
		}
	}
}

// A silent server accepts and never answers.
func TestSendGivesUp(t *testing.T) {
	l := listenTCP(t)
	code, _, errs := run(t, t.Context(), nil, "send", "--to", l.Addr().String(), "--timeout", "500ms", "hello")
	if code != 1 || !strings.Contains(errs, "sent no FIN in time") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestPatience: --timeout counts while the server owes us something; while we
// wait for our own input only if it was asked for.
func TestPatience(t *testing.T) {
	const limit = 20 * time.Millisecond
	ctx, p := newPatience(t.Context(), limit, false)
	defer p.close()
	in := p.input(readerFunc(func(b []byte) (int, error) {
		select {
		case <-ctx.Done():
			t.Error("it ran out while we waited for our own input")
		case <-time.After(5 * limit): // that nothing happens takes time to see
		}
		return copy(b, "typed"), nil
	}))
	b := make([]byte, 10)
	for range 2 {
		if n, err := in.Read(b); n != 5 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
		p.output().Write(b[:5]) // all of it is back
	}
	in.Read(b)
	<-ctx.Done() // the server is silent now
	if err := context.Cause(ctx); err != context.DeadlineExceeded {
		t.Errorf("it ended with %v", err)
	}
	strict, p := newPatience(t.Context(), limit, true)
	defer p.close()
	<-strict.Done() // nothing is owed, and nothing was typed
	_, forever := newPatience(t.Context(), 0, true)
	forever.output().Write(b)
	forever.close()
}

// TestLastWord: load --tcpinfo wraps a connection, which is still one.
func TestLastWord(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		l := listenTCP(t)
		defer l.Close()
		a, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return nil, nil, nil, err
		}
		b, err := l.Accept()
		if err != nil {
			return nil, nil, nil, err
		}
		wrap := func(c net.Conn) net.Conn {
			return &lastWord{Conn: c, first: make(chan net.Conn, 1), info: new(*infoRecord)}
		}
		return wrap(a), wrap(b), func() {
			a.Close()
			b.Close()
		}, nil
	})
}

// TestWrongBytes: a server that changes a byte is told apart from one that
// echoes, with the place.
func TestWrongBytes(t *testing.T) {
	l := listenTCP(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b, _ := io.ReadAll(c)
			c.Write(bytes.ToUpper(b))
			c.Close()
		}
	}()
	code, _, errs := run(t, t.Context(), nil, "send", "--to", l.Addr().String(), "12hello")
	if code != 1 || !strings.Contains(errs, "byte 2 came back as 48, not 68") {
		t.Errorf("exit %d: %s", code, errs)
	}
	code, _, errs = run(t, t.Context(), nil, "load", l.Addr().String(), "--conns", "1", "--duration", "50ms")
	if code != 1 || !strings.Contains(errs, "1 of 1 connections failed") {
		t.Errorf("load: exit %d: %s", code, errs)
	}
}

// eightMiB is what the interop tests send: more than the buffers hold.
func eightMiB() []byte {
	b := make([]byte, 8<<20)
	for i := range b {
		b[i] = byte(i * 7 % 251)
	}
	return b
}

// TestInteropClients: other people's clients get 8 MiB back, byte for byte.
func TestInteropClients(t *testing.T) {
	for _, tt := range []struct {
		name, pkg string
		args      []string
	}{
		{"ncat", "ncat", []string{"HOST", "PORT"}},
		{"socat", "socat", []string{"-t", "30", "STDIO", "TCP:HOST:PORT"}},
		{"nc.openbsd", "netcat-openbsd", []string{"-N", "HOST", "PORT"}},
		{"nc.traditional", "netcat-traditional", []string{"-q", "-1", "HOST", "PORT"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program := interop.Find(t, tt.name, tt.pkg)
			server := startServer(t, "tcp")
			if tt.name == "nc.traditional" { // it cannot half-close: the server's FIN must end it
				server = startIdleServer(t)
			}
			host, port, _ := net.SplitHostPort(server)
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			args := strings.NewReplacer("HOST", host, "PORT", port)
			var words []string
			for _, a := range tt.args {
				words = append(words, args.Replace(a))
			}
			sent := eightMiB()
			c := exec.CommandContext(ctx, program, words...)
			c.Stdin = bytes.NewReader(sent)
			got, err := c.Output()
			if err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%d of %d bytes came back, equal: %v; %v", len(got), len(sent), bytes.Equal(got, sent), err)
			}
		})
	}
}

func startIdleServer(t *testing.T) string {
	t.Helper()
	l := listenTCP(t)
	srv := &tcpecho.Server{IdleTimeout: 500 * time.Millisecond, WriteTimeout: time.Minute}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return l.Addr().String()
}

// TestInteropServers: our send gets 8 MiB back from other people's servers.
func TestInteropServers(t *testing.T) {
	// ncat -e is no peer here: it ends its child at the client's FIN, before
	// the echo is back.
	for _, name := range []string{"xinetd", "socat"} {
		t.Run(name, func(t *testing.T) {
			program := interop.Find(t, name, name)
			port := screens.FreePort(t)
			var c *exec.Cmd
			switch name {
			case "xinetd":
				me, err := user.Current()
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				conf := fmt.Sprintf("service echo\n{\n type = INTERNAL UNLISTED\n id = echo-stream\n socket_type = stream\n protocol = tcp\n port = %s\n bind = 127.0.0.1\n wait = no\n user = %s\n}\n", port, me.Username)
				if err := os.WriteFile(dir+"/xinetd.conf", []byte(conf), 0o600); err != nil {
					t.Fatal(err)
				}
				c = exec.Command(program, "-dontfork", "-f", dir+"/xinetd.conf", "-pidfile", dir+"/pid")
			default:
				c = exec.Command(program, "-t", "30", "TCP-LISTEN:"+port+",bind=127.0.0.1,fork,reuseaddr", "EXEC:cat")
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				c.Process.Kill()
				c.Wait()
			})
			addr := net.JoinHostPort("127.0.0.1", port)
			for range 200 { // until it listens
				probe, err := net.Dial("tcp", addr)
				if err == nil {
					probe.Close()
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			code, objects := runJSON(t, bytes.NewReader(eightMiB()), "send", "--to", addr)
			if o := objects[0]; code != 0 || o["received"] != float64(8<<20) || o["equal"] != true {
				t.Errorf("exit %d, %v", code, o)
			}
		})
	}
}
