//go:build unix

package screens

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Process starts the command of this test program as a process of its own, for
// what a test cannot do to itself: signals, limits, a stalled terminal. name is
// that of the command, whose TestMain has called testscript.Main. limit is a
// command of the shell before it, such as "ulimit -n 30". ADDR in the args
// becomes the address where the server is to listen, which is returned when it
// does.
func Process(t *testing.T, name, limit string, stdout, stderr *os.File, args ...string) (c *exec.Cmd, addr string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), name) // by this name the test program is the command
	if err := os.Symlink(exe, program); err != nil {
		t.Fatal(err)
	}
	addr = net.JoinHostPort("127.0.0.1", FreePort(t))
	words := []string{"-c", limit + `; exec "$0" "$@"`, program}
	for _, a := range args {
		words = append(words, strings.ReplaceAll(a, "ADDR", addr))
	}
	c = exec.Command("sh", words...)
	c.Stdout, c.Stderr = stdout, stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	for range 500 { // until it listens
		if nc, err := net.Dial("tcp", addr); err == nil {
			nc.Close()
			return c, addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it does not listen")
	return nil, ""
}

// Ends sends SIGTERM and wants the process to end by itself, with the code.
func Ends(t *testing.T, c *exec.Cmd, code int) {
	t.Helper()
	c.Process.Signal(syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("SIGTERM did not end it")
	}
	if got := c.ProcessState.ExitCode(); got != code {
		t.Errorf("it ended with %v, want exit %d", c.ProcessState, code)
	}
}

// FullPipe returns the end of a pipe that takes nothing: a stalled terminal.
func FullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	w.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	w.Write(make([]byte, 4<<20))
	return w
}
