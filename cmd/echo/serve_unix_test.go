//go:build unix

package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"onwire/internal/screens"
)

func talk(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 5)
	io.WriteString(c, "hello")
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello" {
		t.Fatalf("%q, %v", b, err)
	}
	return c.(*net.TCPConn)
}

// TestServeStalled: a terminal that takes no output stalls no client, and not
// the end; nor does its stderr, which is the same terminal.
func TestServeStalled(t *testing.T) {
	for _, json := range []string{"--json=false", "--json"} {
		pipe := screens.FullPipe(t)
		c, addr := screens.Process(t, "echo", "true", pipe, pipe, "serve", "ADDR", json)
		var last *net.TCPConn
		for range 300 { // two events each
			if last != nil {
				last.Close()
			}
			last = talk(t, addr)
		}
		io.WriteString(last, "and this")
		go last.CloseWrite()
		screens.Ends(t, c, 0)
		if b, err := io.ReadAll(last); err != nil || string(b) != "and this" {
			t.Errorf("what was sent before SIGTERM came back as %q, %v", b, err)
		}
	}
}

// TestServeClosedStdout: where the reader of its output has gone, as head has
// after a line, the server ends as if interrupted: with a FIN, and exit code 1.
func TestServeClosedStdout(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	c, addr := screens.Process(t, "echo", "true", w, nil, "serve", "ADDR")
	w.Close()
	first := talk(t, addr)
	for lines := bufio.NewReader(r); ; { // up to its event, which follows all that comes at the start
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, first.LocalAddr().String()) {
			break
		}
	}
	r.Close()
	if nc, err := net.Dial("tcp", addr); err == nil { // an event, which finds no reader
		nc.Close()
	}
	first.SetDeadline(time.Now().Add(20 * time.Second))
	if b, err := io.ReadAll(first); err != nil || len(b) > 0 {
		t.Errorf("%q came, %v; want a FIN", b, err)
	}
	first.Close()
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != 1 {
		t.Errorf("%v, want exit 1", c.ProcessState)
	}
}

// TestServeFewDescriptors: with 30 it takes several clients, closes what is too
// many, and lives.
func TestServeFewDescriptors(t *testing.T) {
	c, addr := screens.Process(t, "echo", "ulimit -n 30", nil, nil, "serve", "ADDR")
	const several = 8
	var taken []net.Conn
	for range several {
		taken = append(taken, talk(t, addr))
	}
	for range 60 {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
	}
	for _, nc := range taken {
		io.WriteString(nc, "x")
		if _, err := io.ReadFull(nc, make([]byte, 1)); err != nil {
			t.Errorf("one of the first %d clients: %v", several, err)
		}
		nc.Close()
	}
	screens.Ends(t, c, 0)
}

// TestLoadFewDescriptors: a load that may not open so many connections uses
// those that it has, and says what to type.
func TestLoadFewDescriptors(t *testing.T) {
	server := startServer(t, "tcp")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	echo := filepath.Join(t.TempDir(), "echo")
	if err := os.Symlink(exe, echo); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-c", `ulimit -n 30; exec "$0" load "$1" --conns 50 --duration 50ms`, echo, server)
	var errs strings.Builder
	c.Stderr = &errs
	out, _ := c.Output()
	hint := regexp.MustCompile(`^echo: \d+ of 50 connections failed; the first: too many open files\nhint: this process may not open so many: try --conns [1-9]\d*, or raise 'ulimit -n'\n$`)
	if c.ProcessState.ExitCode() != 1 || !hint.MatchString(errs.String()) || !strings.Contains(string(out), "50 %: ") {
		t.Errorf("%v, %s%s", c.ProcessState, out, errs.String())
	}
}
