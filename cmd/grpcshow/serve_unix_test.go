//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"onwire/internal/cli"
	"onwire/internal/screens"
	"onwire/internal/tap"
	"onwire/portmux"
)

// both are serve and tap, the latter before a Greeter.
func both(t *testing.T) map[string][]string {
	return map[string][]string{"serve": {"serve", "ADDR"}, "tap": {"tap", "--listen", "ADDR", "--to", startServer(t)}}
}

// calls makes so many calls, all of which must succeed.
func calls(t *testing.T, addr string, n int) {
	t.Helper()
	if code, _, errs := run(t, t.Context(), "call", "--to", addr, "-n", fmt.Sprint(n)); code != 0 {
		t.Errorf("%d calls of %s: exit %d, %s", n, addr, code, errs)
	}
}

// TestStalledTerminal: one that takes no output stalls no call, and not the
// end; nor does stderr, which is the same terminal.
func TestStalledTerminal(t *testing.T) {
	for name, args := range both(t) {
		for _, json := range []string{"--json=false", "--json"} {
			pipe := screens.FullPipe(t)
			c, addr := screens.Process(t, "grpcshow", "true", pipe, pipe, append(args, json)...)
			for range 6 {
				calls(t, addr, 1000)
			}
			screens.Ends(t, c, 0)
			if t.Failed() {
				t.Fatalf("%s %s", name, json)
			}
		}
	}
}

// TestClosedStdout: where the reader of its output has gone, as head has after
// a line, a server ends as if interrupted.
func TestClosedStdout(t *testing.T) {
	for name, args := range both(t) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c, addr := screens.Process(t, "grpcshow", "true", w, nil, args...)
		w.Close()
		if _, err := bufio.NewReader(r).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		r.Close()
		run(t, t.Context(), "call", "--to", addr) // an event, which finds no reader
		ended := make(chan struct{})
		go func() {
			c.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s does not end", name)
		}
		if code := c.ProcessState.ExitCode(); code != 1 {
			t.Errorf("%s: %v, want exit 1", name, c.ProcessState)
		}
	}
}

// TestFewDescriptors: 200 clients that say nothing do not end a server that has
// 64 descriptors, and when they have gone others are served.
func TestFewDescriptors(t *testing.T) {
	for name, args := range both(t) {
		c, addr := screens.Process(t, "grpcshow", "ulimit -n 64", nil, nil, args...)
		var idle []net.Conn
		for range 200 {
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			idle = append(idle, nc)
		}
		for _, nc := range idle {
			nc.Close()
		}
		calls(t, addr, 10)
		screens.Ends(t, c, 0)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestPortAlone: ":PORT" is this machine's, in every place; an address that is
// open to others is announced in one line.
func TestPortAlone(t *testing.T) {
	server := startServer(t)
	_, port, _ := net.SplitHostPort(server)
	for _, args := range [][]string{{"serve", ":0"}, {"tap", "--listen", ":0", "--to", ":" + port}} {
		s := startCommand(t, args...)
		if host, _, _ := net.SplitHostPort(s.addr); host != "127.0.0.1" {
			t.Errorf("%q listens on %s", args, s.addr)
		}
		if args[0] == "tap" {
			calls(t, s.addr, 1)
		}
		s.stop()
	}
	calls(t, ":"+port, 1)
}

// TestFullDisk: a file that takes no more is told at once and once, and the
// calls go on.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	for _, flag := range []string{"--record", "--pcap"} {
		code, _, errs := run(t, t.Context(), "tap", "--listen", ":0", "--to", startServer(t), flag, "/dev/full", "--", "true")
		if flag == "--pcap" { // its head is written at the start
			if code != 1 || !strings.Contains(errs, "--pcap /dev/full: no space left on device") || strings.Count(errs, "no space") != 1 {
				t.Errorf("%s: exit %d, %s", flag, code, errs)
			}
			continue
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c, addr := screens.Process(t, "grpcshow", "true", nil, w, "tap", "--listen", "ADDR", "--to", startServer(t), flag, "/dev/full")
		w.Close()
		calls(t, addr, 5)
		stderr := bufio.NewReader(r)
		line, err := stderr.ReadString('\n') // while it serves
		if want := "grpcshow: --record /dev/full: no space left on device; the file ends after its last whole line, and the calls go on\n"; err != nil || line != want {
			t.Errorf("%q, %v", line, err)
		}
		calls(t, addr, 5)
		screens.Ends(t, c, 1)
		if rest, _ := io.ReadAll(stderr); bytes.Contains(rest, []byte("no space")) {
			t.Errorf("told twice: %s", rest)
		}
	}
}

// TestStalledPipe: a named pipe whose reader has stalled is a file that takes
// no more: it stalls neither the calls nor the end.
func TestStalledPipe(t *testing.T) {
	for _, flag := range []string{"--record", "--pcap"} {
		name := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Skip(err)
		}
		reader, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		c, addr := screens.Process(t, "grpcshow", "true", nil, w, "tap", "--listen", "ADDR", "--to", startServer(t), flag, name)
		w.Close()
		calls(t, addr, 1000) // more than a pipe holds
		r.SetReadDeadline(time.Now().Add(20 * time.Second))
		if line, err := bufio.NewReader(r).ReadString('\n'); err != nil || !strings.Contains(line, "its reader takes nothing") {
			t.Errorf("%s: %q, %v", flag, line, err)
		}
		screens.Ends(t, c, 1)
	}
}

// TestFileSizeLimit: a file that reaches a limit inside a line or packet ends
// with the whole one before it.
func TestFileSizeLimit(t *testing.T) {
	for _, flag := range []string{"--record", "--pcap"} {
		file := filepath.Join(t.TempDir(), "said")
		// In blocks of 512 or 1024 bytes, which depends on the shell.
		c, addr := screens.Process(t, "grpcshow", "ulimit -f 20", nil, nil, "tap", "--listen", "ADDR", "--to", startServer(t), flag, file)
		calls(t, addr, 300)
		screens.Ends(t, c, 1)
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.Size() < 5<<10 || info.Size() > 20<<10 {
			t.Fatalf("%s: %d bytes, %v", flag, info.Size(), err)
		}
		if flag == "--record" {
			err = tap.Replay(f, func(tap.Event) error { return nil })
		} else {
			var r *portmux.Capture
			for r, err = portmux.NewCapture(f); err == nil; {
				_, err = r.Next()
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
		}
		if err != nil {
			t.Errorf("%s: the file is cut inside a record: %v", flag, err)
		}
	}
}

// TestTermAnswers: a call whose first replies have come before SIGTERM gets all
// of them.
func TestTermAnswers(t *testing.T) {
	c, addr := screens.Process(t, "grpcshow", "true", nil, nil, "serve", "ADDR", "--delay", "50ms")
	r, w := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: w, Stderr: io.Discard}
		exit <- cli.Run(t.Context(), newCommand, env, []string{"call", "LotsOfReplies", "--to", addr})
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != "Hello, Alice! 0" {
		t.Fatalf("%q, %v", lines.Text(), lines.Err())
	}
	go func() { // or its rest would not be read while we wait for the server
		for lines.Scan() {
		}
	}()
	screens.Ends(t, c, 0)
	if code := <-exit; code != 0 {
		t.Errorf("a call under way ends with %d", code)
	}
}
