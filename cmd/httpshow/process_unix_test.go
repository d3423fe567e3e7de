//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process is the command in a process of its own.
type process struct {
	*exec.Cmd
	done chan error
}

// spawn starts the command, with so many descriptors if that is not 0.
func spawn(t *testing.T, descriptors int, stdout *os.File, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "httpshow") // TestMain is the command under this name
	if err := os.Symlink(exe, name); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(name, args...)
	if descriptors > 0 {
		c = exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, descriptors), name}, args...)...)
	}
	c.Stdout = stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{c, make(chan error, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.done <- c.Wait()
	}()
	t.Cleanup(func() {
		c.Process.Kill()
		<-ended
	})
	return p
}

// end asks the process to end, and checks that it does.
func (p *process) end(t *testing.T) {
	t.Helper()
	began := time.Now()
	p.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.done:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
		t.Logf("ended in %v", time.Since(began).Round(time.Millisecond))
	case <-time.After(20 * time.Second):
		t.Error("it has not ended after 20 s")
	}
}

// reach connects as soon as the process listens.
func reach(t *testing.T, addr string) net.Conn {
	t.Helper()
	for range 1000 {
		if c, err := net.Dial("tcp", addr); err == nil {
			t.Cleanup(func() { c.Close() })
			c.SetDeadline(time.Now().Add(30 * time.Second))
			return c
		}
		time.Sleep(10 * time.Millisecond) // until it listens
	}
	t.Fatalf("nothing listens on %s", addr)
	return nil
}

// TestFewDescriptors: more clients than there are descriptors end neither serve
// nor tap, and when they have gone there is room again.
func TestFewDescriptors(t *testing.T) {
	to := startNotes(t, nil)
	for _, args := range [][]string{{"serve"}, {"tap", "--to", to, "--listen"}} {
		t.Run(args[0], func(t *testing.T) {
			addr := listenAddr(t)
			p := spawn(t, 64, nil, append(args, addr)...)
			var idle []net.Conn
			for range 200 {
				idle = append(idle, reach(t, addr))
			}
			for _, c := range idle {
				c.Close()
			}
			answer := ""
			for range 100 { // its turn comes when the others are closed
				c := reach(t, addr)
				io.WriteString(c, "GET /media/text HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
				b, _ := io.ReadAll(c)
				c.Close()
				if answer = string(b); strings.HasPrefix(answer, "HTTP/1.1 200") {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			if !strings.HasPrefix(answer, "HTTP/1.1 200") {
				t.Errorf("the answer is %.60q", answer)
			}
			p.end(t)
		})
	}
}

// fullPipe returns the end of a pipe that takes nothing more.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	if err := syscall.SetNonblock(fds[1], true); err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 4096); ; {
		if _, err := syscall.Write(fds[1], b); err != nil {
			break
		}
	}
	if err := syscall.SetNonblock(fds[1], false); err != nil {
		t.Fatal(err)
	}
	r, w := os.NewFile(uintptr(fds[0]), "reader"), os.NewFile(uintptr(fds[1]), "writer")
	t.Cleanup(func() { r.Close(); w.Close() })
	return w
}

// TestBlockedStdout: a screen that takes nothing stalls no client and no end,
// and what was read when the signal came is answered.
func TestBlockedStdout(t *testing.T) {
	to := startNotes(t, nil)
	for _, args := range [][]string{{"serve"}, {"tap", "--to", to, "--listen"}} {
		t.Run(args[0], func(t *testing.T) {
			addr := listenAddr(t)
			p := spawn(t, 0, fullPipe(t), append(args, addr)...)
			c := reach(t, addr)
			const times = 50
			io.WriteString(c, strings.Repeat("HEAD /media/text HTTP/1.1\r\nHost: h\r\n\r\n", times))
			got := ""
			for b := make([]byte, 4096); strings.Count(got, "HTTP/1.1 200") < times; {
				n, err := c.Read(b)
				if err != nil {
					t.Fatalf("%d answers, then %v", strings.Count(got, "HTTP/1.1 200"), err)
				}
				got += string(b[:n])
			}
			if args[0] == "serve" {
				io.WriteString(c, "POST /mirror HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
				if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))); err != nil {
					t.Fatal(err)
				}
				ended := make(chan bool)
				go func() {
					defer close(ended)
					p.end(t)
				}()
				for { // it no longer listens: the signal has come
					probe, err := net.Dial("tcp", addr)
					if err != nil {
						break
					}
					probe.Close()
					time.Sleep(5 * time.Millisecond)
				}
				io.WriteString(c, "hello")
				if b, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 200") || !strings.HasSuffix(string(b), "hello") {
					t.Errorf("%q, %v", b, err)
				}
				<-ended
				return
			}
			p.end(t)
		})
	}
}

// TestClosedStdout: a reader of the output that has gone ends serve as a signal
// does, with its requests answered.
func TestClosedStdout(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	addr := listenAddr(t)
	p := spawn(t, 0, w, "serve", addr)
	w.Close()
	c := reach(t, addr)
	io.WriteString(c, "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
	for lines := bufio.NewReader(r); ; { // up to the event of this request: all that comes at the start is before it
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "/nothing") {
			break
		}
	}
	r.Close()
	io.WriteString(c, "GET /media/text HTTP/1.1\r\nHost: h\r\n\r\nGET /media/json HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if b, err := io.ReadAll(c); err != nil || strings.Count(string(b), "HTTP/1.1 200") != 2 {
		t.Errorf("%.200q, %v", b, err)
	}
	select {
	case err := <-p.done:
		if p.ProcessState.ExitCode() != 1 {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it has not ended after 20 s")
	}
}
