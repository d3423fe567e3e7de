package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"onwire/internal/cli"
	"onwire/internal/interop"
	"onwire/internal/screens"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"dnslookup": main}) }

func TestScripts(t *testing.T) {
	screens.Run(t, testscript.Params{
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits CODE COMMAND...: runs the command, expects that exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := err.(*exec.ExitError); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("%v exits with %d, want %s", args[1:], code, args[0])
	}
}

// keyboard is a stdin that nobody types at: an interrupt comes instead.
type keyboard struct {
	*io.PipeReader
	interrupt func()
}

func (k keyboard) Read(p []byte) (int, error) {
	k.interrupt()
	return k.PipeReader.Read(p)
}

// TestInterrupted: the wait for a line ends with the first interrupt.
func TestInterrupted(t *testing.T) {
	for _, args := range [][]string{{"cache", "--lab", "-"}, {"explain", "--hex", "-"}, {"batch", "--lab", "-"}} {
		ctx, cancel := context.WithCancel(t.Context())
		stdin, typist := io.Pipe()
		var errs bytes.Buffer
		env := &cli.Env{Stdin: keyboard{stdin, cancel}, Stdout: io.Discard, Stderr: &errs}
		code := cli.Run(ctx, command, env, args)
		if code != 3 || !strings.HasPrefix(errs.String(), "dnslookup: interrupted") {
			t.Errorf("%s: exit %d, %q", args, code, &errs)
		}
		typist.Close()
	}
}

// TestTraceBroken: a walk that a broken reply ends is not told to ask another
// server, which no walk can.
func TestTraceBroken(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			buf[2] |= 0x80                           // a reply,
			server.WriteTo(append(buf[:n], 0), from) // with an octet too many
		}
	}()
	code, _, stderr := run(t, "", "trace", "--root", server.LocalAddr().String(), "www.example.cn")
	if code != 3 || !strings.Contains(stderr, "breaks the rules") || !strings.HasSuffix(stderr, "\nhint: the steps above show where it ends\n") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// TestReplayLines: a line without end is told as one, and a late time is
// written as it was meant.
func TestReplayLines(t *testing.T) {
	code, _, stderr := run(t, "0s a.example.cn\n"+strings.Repeat("x", 1<<17), "cache", "--lab", "-")
	if code != 2 || !strings.HasPrefix(stderr, "dnslookup: line 2: is far longer than any name\nhint: ") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	code, stdout, stderr := run(t, "2000000h a.example.cn\n", "cache", "--lab", "-")
	if code != 0 || !strings.HasPrefix(stdout, "7200000000s  a.example.cn A: miss") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

// run runs the command in this process.
func run(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("COLUMNS", "80")
	var out, errs bytes.Buffer
	env := &cli.Env{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs}
	code = cli.Run(t.Context(), command, env, args)
	return code, out.String(), errs.String()
}

// TestJSON: every verb prints one object a line, with the same keys each time.
func TestJSON(t *testing.T) {
	keys := func(object map[string]any) string {
		names := make([]string, 0, len(object))
		for name := range object {
			if strings.ToLower(name) != name || strings.ContainsAny(name, " -") {
				t.Errorf("the key %q is not snake_case", name)
			}
			names = append(names, name)
		}
		return fmt.Sprint(len(names))
	}
	for _, tt := range []struct {
		code int
		args string
	}{
		{0, "www.example.cn"}, {1, "nope.example.cn"}, {1, "ent.example.cn MX"}, {3, "www.lame.cn"}, {4, "--dnssec www.broken.cn A"},
		{0, "trace www.example.cn"}, {1, "trace nope.example.cn"}, {0, "explain www.example.cn"}, {0, "reverse 192.0.2.80"},
		{0, "cache --entries"}, {4, "dnssec www.broken.cn"}, {0, "dnssec www.example.cn"}, {0, "demo"}, {0, `a\"b\\c.wild.example.cn`},
	} {
		code, out, stderr := run(t, "", append([]string{"--lab", "--json"}, strings.Fields(tt.args)...)...)
		if code != tt.code {
			t.Errorf("%s: exit %d, want %d: %s", tt.args, code, tt.code, stderr)
		}
		seen := map[string]string{}
		n := 0
		lines := bufio.NewScanner(strings.NewReader(out))
		for lines.Buffer(nil, 1<<20); lines.Scan(); n++ {
			var object map[string]any
			if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
				t.Fatalf("%s: %q is not JSON: %v", tt.args, lines.Text(), err)
			}
			kind := "other"
			for _, mark := range []string{"opcode", "depth", "key_tag", "public_suffix", "hit"} {
				if _, ok := object[mark]; ok {
					kind = mark
				}
			}
			if before, ok := seen[kind]; ok && before != keys(object) {
				t.Errorf("%s: two objects of a kind have different keys: %v", tt.args, object)
			}
			seen[kind] = keys(object)
		}
		if n == 0 {
			t.Errorf("%s prints nothing", tt.args)
		}
	}
}

// TestNoNetwork: without a network every verb says so at once, in one line,
// with a hint. An address that nothing can reach stands in for it: 240.0.0.1
// on most systems; where it can be sent to, the test cannot tell.
func TestNoNetwork(t *testing.T) {
	if source(netip.MustParseAddr("240.0.0.1")).IsValid() && os.Getenv("ONWIRE_NETNS") == "" {
		if runtime.GOOS != "linux" || os.Getuid() != 0 {
			t.Skip("this system would send to 240.0.0.1; run as root on Linux for a network namespace")
		}
		again := exec.Command("unshare", "-n", os.Args[0], "-test.run=^TestNoNetwork$", "-test.v")
		again.Env = append(os.Environ(), "ONWIRE_NETNS=1")
		if out, err := again.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "Operation not permitted") {
				t.Skip("no network namespace can be made here")
			}
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	names := t.TempDir() + "/names"
	if err := os.WriteFile(names, []byte("www.example.com\nwww.example.org\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	replay := t.TempDir() + "/replay"
	if err := os.WriteFile(replay, []byte("0s www.example.com\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"www.example.com @240.0.0.1", "--tcp www.example.com @240.0.0.1", "--tls www.example.com @240.0.0.1", "--https www.example.com @240.0.0.1",
		"trace --root 240.0.0.1 www.example.com", "trace --diagram --root 240.0.0.1 www.example.com", "trace --diagram=mermaid --root 240.0.0.1 www.example.com", "explain www.example.com @240.0.0.1", "reverse 192.0.2.1 @240.0.0.1",
		"dnssec --root 240.0.0.1 www.example.com", "batch " + names + " @240.0.0.1", "cache --root 240.0.0.1 " + replay,
	} {
		code, out, stderr := run(t, "", strings.Fields(args)...)
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		if code != 3 || out != "" || len(lines) != 2 || !strings.HasPrefix(lines[0], "dnslookup: ") || !strings.HasPrefix(lines[1], "hint: ") || !strings.Contains(lines[1], "--lab") {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want exit 3, one line, and a hint of --lab", args, code, out, stderr)
		}
	}
	if _, out, _ := run(t, "", "--json", "www.example.com", "@240.0.0.1"); !strings.Contains(out, `"rcode":"",`) {
		t.Errorf("nobody answered, and yet there is an rcode: %s", out)
	}
}

// serving starts "serve --lab" on a free port and returns the port.
func serving(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: in, Stderr: io.Discard}
		ended <- cli.Run(ctx, command, env, []string{"serve", "--lab", "--json", "127.0.0.1:0"})
		in.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve exits with %d after an interrupt", code)
		}
	})
	var line struct{ Address string }
	if err := json.NewDecoder(out).Decode(&line); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, out)
	return netip.MustParseAddrPort(line.Address).String()
}

// TestServe asks a serving recursor with our own command.
func TestServe(t *testing.T) {
	at := serving(t)
	for _, tt := range []struct {
		code int
		args string
		want string
	}{
		{0, "--short www.example.cn A", "192.0.2.80\n192.0.2.81\n"},
		{0, "--short --tcp www.example.cn A", "192.0.2.80\n192.0.2.81\n"},
		{1, "--short nope.example.cn", ""},
		{4, "--short www.broken.cn", ""},
	} {
		code, out, stderr := run(t, "", append(strings.Fields(tt.args), "@"+at)...)
		if code != tt.code || out != tt.want {
			t.Errorf("%s: exit %d, %q; want %d, %q (%s)", tt.args, code, out, tt.code, tt.want, stderr)
		}
	}
}

// TestInteropClients: dig and kdig, asking a serving recursor.
func TestInteropClients(t *testing.T) {
	for program, debian := range map[string]string{"dig": "bind9-dnsutils", "kdig": "knot-dnsutils"} {
		t.Run(program, func(t *testing.T) {
			path := interop.Find(t, program, debian)
			host, port, _ := strings.Cut(serving(t), ":")
			for _, tt := range []struct {
				args string
				want []string
			}{
				{"www.example.cn +short", []string{"web.example.com.\n", "192.0.2.80\n", "192.0.2.81\n"}},
				{"www.example.cn +dnssec", []string{"NOERROR", " ad", "RRSIG"}},
				{"www.example.cn +tcp", []string{"192.0.2.80"}},
				{"www.example.cn +noedns", []string{"192.0.2.80"}},
				{"big.example.cn TXT", []string{"record 20 of 20"}},
				{"nope.example.cn", []string{"NXDOMAIN", "SOA"}},
				{"-x 192.0.2.80", []string{"web.example.com."}},
				{"www.broken.cn", []string{"SERVFAIL"}},
				{"www.broken.cn +cdflag", []string{"NOERROR", "192.0.2.12"}},
				{"www.old.example.cn", []string{"DNAME", "192.0.2.80"}},
			} {
				args := append([]string{"@" + host, "-p", port}, strings.Fields(tt.args)...)
				out, err := exec.Command(path, args...).CombinedOutput()
				if err != nil {
					t.Errorf("%s %v: %v\n%s", program, args, err, out)
				}
				for _, want := range tt.want {
					if !strings.Contains(strings.ToLower(string(out)), strings.ToLower(want)) {
						t.Errorf("%s %v: no %q in\n%s", program, args, want, out)
					}
				}
			}
		})
	}
}
