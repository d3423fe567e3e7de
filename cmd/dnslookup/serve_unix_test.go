//go:build unix

package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"onwire/internal/cli"

	"github.com/miekg/dns"
)

// ask asks a server for an address, over a connection of its own.
func ask(t *testing.T, network, at, name string) error {
	t.Helper()
	conn, err := net.Dial(network, at)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	c := &dns.Conn{Conn: conn}
	m := new(dns.Msg)
	m.SetQuestion(name, dns.TypeA)
	if err := c.WriteMsg(m); err != nil {
		return err
	}
	reply, err := c.ReadMsg()
	if err == nil && reply.Rcode != dns.RcodeSuccess {
		err = fmt.Errorf("%s", dns.RcodeToString[reply.Rcode])
	}
	return err
}

// process starts a serving process, under a limit of file descriptors, and
// returns it with its address.
func process(t *testing.T, descriptors int, flags string) (*exec.Cmd, string) {
	t.Helper()
	server := exec.Command("sh", "-c", fmt.Sprintf("ulimit -n %d && exec dnslookup serve --json %s 127.0.0.1:0", descriptors, flags))
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill() })
	var line struct{ Address string }
	if err := json.NewDecoder(out).Decode(&line); err != nil {
		t.Fatal(err)
	}
	return server, line.Address // the rest of its output is not read
}

// TestServeFewDescriptors: 200 idle clients, and descriptors for 64, keep no
// other client out.
func TestServeFewDescriptors(t *testing.T) {
	for _, flags := range []string{"--lab", "--lab --max-conns 1000"} {
		server, at := process(t, 64, flags)
		for range 200 {
			conn, err := net.Dial("tcp", at)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
		for _, name := range []string{"a.example.cn.", "web.example.com."} {
			for _, network := range []string{"tcp", "udp"} {
				if err := ask(t, network, at, name); err != nil {
					t.Errorf("serve %s: %s over %s: %v", flags, name, network, err)
				}
			}
		}
		server.Process.Signal(syscall.SIGTERM)
		if err := server.Wait(); err != nil {
			t.Errorf("serve %s: %v", flags, err)
		}
	}
}

// TestServeStalled: a stdout that takes nothing keeps no client waiting, and
// not the end either.
func TestServeStalled(t *testing.T) {
	server, at := process(t, 1024, "--lab")
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	m := new(dns.Msg)
	m.SetQuestion(strings.Repeat("x.", 100)+"test.", dns.TypeA)
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	go func() {
		for range 5000 { // far more lines than a pipe holds
			conn.Write(framed)
		}
	}()
	buf := make([]byte, 64<<10)
	for replies := range 5000 {
		if _, err := io.ReadFull(conn, buf[:2]); err != nil {
			t.Fatalf("after %d replies: %v", replies, err)
		}
		if _, err := io.ReadFull(conn, buf[:binary.BigEndian.Uint16(buf)]); err != nil {
			t.Fatal(err)
		}
	}
	conn.Close()
	began := time.Now()
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil || time.Since(began) > 8*time.Second {
		t.Errorf("after SIGTERM: %v, %v", err, time.Since(began))
	}
}

// TestServeNotes: what serve prints: who asked what, and where the answer came
// from; names of strangers with nothing that a terminal obeys.
func TestServeNotes(t *testing.T) {
	out, in := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	var stderr strings.Builder
	ended := make(chan int, 1)
	go func() {
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: in, Stderr: &stderr}
		ended <- cli.Run(ctx, command, env, []string{"serve", "--lab", "127.0.0.1:0"})
		in.Close()
	}()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		all, buf := "", make([]byte, 1000)
		for {
			n, err := out.Read(buf)
			all += string(buf[:n])
			for {
				line, rest, ok := strings.Cut(all, "\n")
				if !ok {
					break
				}
				lines <- line
				all = rest
			}
			if err != nil {
				return
			}
		}
	}()
	first := <-lines
	port := first[strings.LastIndexByte(strings.TrimSuffix(first, ", UDP and TCP; Ctrl-C ends it"), ':')+1:]
	port, _, _ = strings.Cut(port, ",")
	<-lines
	for _, name := range []string{"a.example.cn.", "a.example.cn.", "\\027]0;x\\007.test."} {
		if err := ask(t, "udp", "127.0.0.1:"+port, name); err != nil && !strings.Contains(name, "test") {
			t.Error(err)
		}
	}
	cancel()
	var rest []string
	for line := range lines {
		rest = append(rest, line)
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit %d", code)
	}
	text := strings.Join(rest, "\n")
	for _, want := range []string{"a.example.cn A  NOERROR, ", " queries, ", "a.example.cn A  NOERROR, from the cache", "answered", "RFC 6761 6.2", "queries: 3 (looked up: 1, merged with an equal one: 0, from the cache: 1, answered here: 1, dropped: 0)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if strings.ContainsAny(text, "\x1b\x07") {
		t.Errorf("a name reaches the terminal raw: %q", text)
	}
	if stderr.String() != "" {
		t.Errorf("stderr %q", stderr.String())
	}
}

// TestServeRoots: below a root of one's own nothing can be verified, unless its
// keys are given.
func TestServeRoots(t *testing.T) {
	anchor := t.TempDir() + "/anchor"
	if err := os.WriteFile(anchor, []byte(". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for args, noted := range map[string]bool{
		"--root 127.0.0.2": true, "--root ::1": true, "--root 10.0.0.1": true,
		"--root 127.0.0.2 --anchor " + anchor: false, "--root 127.0.0.2 --dnssec": false, "--root 198.41.0.4": false, "--lab": false, "": false,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var stderr strings.Builder
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: firstLine(cancel), Stderr: &stderr}
		code := cli.Run(ctx, command, env, append([]string{"serve", "127.0.0.1:0"}, strings.Fields(args)...))
		if code != 0 || strings.HasPrefix(stderr.String(), "note: nothing is verified") != noted {
			t.Errorf("serve %s: exit %d, stderr %q", args, code, &stderr)
		}
	}
}

// firstLine is a stdout that ends a command as soon as it prints.
type firstLine func()

func (f firstLine) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}
