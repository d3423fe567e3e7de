package serve_test

import (
	"errors"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"onwire/internal/cli"
	"onwire/internal/serve"

	"github.com/spf13/cobra"
)

// run runs a command that does one thing, writing to stdout.
func run(t *testing.T, stdout io.Writer, do func(*cli.Env) error, args ...string) (code int, stderr string) {
	t.Helper()
	var errs strings.Builder
	env := &cli.Env{Stdin: strings.NewReader(""), Stdout: stdout, Stderr: &errs}
	code = cli.Run(t.Context(), func(env *cli.Env) *cobra.Command {
		return &cobra.Command{Use: "tool", RunE: func(*cobra.Command, []string) error { return do(env) }}
	}, env, args)
	return code, errs.String()
}

// TestListen: a port alone is this machine's, and an open address is announced.
func TestListen(t *testing.T) {
	for addr, open := range map[string]bool{":0": false, "127.0.0.1:0": false, "localhost:0": false, "0.0.0.0:0": true} {
		code, stderr := run(t, io.Discard, func(env *cli.Env) error {
			l, err := serve.Listen(t.Context(), env, addr, "127.0.0.1:1")
			if err != nil {
				return err
			}
			defer l.Close()
			if ip := l.Addr().(*net.TCPAddr).IP; ip.IsLoopback() == open || open && !strings.HasPrefix(addr, ip.String()) {
				t.Errorf("%s listens on %v", addr, ip)
			}
			return nil
		})
		if code != 0 || strings.Contains(stderr, "open to every machine") != open {
			t.Errorf("%s: exit %d, stderr %q; open %v", addr, code, stderr, open)
		}
	}
}

// A scarce listener has no descriptors for some calls of Accept.
type scarce struct {
	net.Listener
	fail int // how often
	with error
	last func() (net.Conn, error)
}

func (s *scarce) Accept() (net.Conn, error) {
	if s.fail--; s.fail >= 0 {
		return nil, &net.OpError{Op: "accept", Err: s.with}
	}
	return s.last()
}

func (s *scarce) Close() error { return nil }

func TestPatient(t *testing.T) {
	gone := errors.New("gone")
	c, _ := net.Pipe()
	defer c.Close()
	for _, tt := range []struct {
		with error
		last func() (net.Conn, error)
		want error
	}{
		{syscall.EMFILE, func() (net.Conn, error) { return c, nil }, nil},
		{syscall.ECONNABORTED, func() (net.Conn, error) { return c, nil }, nil},
		{syscall.ENFILE, func() (net.Conn, error) { return nil, gone }, gone},
		{net.ErrClosed, nil, net.ErrClosed},
	} {
		l := serve.Patient(&scarce{fail: 3, with: tt.with, last: tt.last})
		got, err := l.Accept()
		if !errors.Is(err, tt.want) || (err == nil) != (got == c) {
			t.Errorf("after %v: %v, %v; want %v", tt.with, got, err, tt.want)
		}
	}
}

// TestPatientCloses: Close ends a wait for descriptors that do not come.
func TestPatientCloses(t *testing.T) {
	l := serve.Patient(&scarce{fail: 1 << 30, with: syscall.EMFILE})
	ended := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	l.Close()
	if err := <-ended; !errors.Is(err, syscall.EMFILE) {
		t.Error(err)
	}
}

// A terminal takes nothing until it is let go.
type terminal struct {
	stalled chan struct{}
	strings.Builder
}

func (w *terminal) Write(p []byte) (int, error) {
	<-w.stalled
	return w.Builder.Write(p)
}

// TestLogStalled puts far more than fits: no call waits, and once the terminal
// takes output again it shows what fitted, and how many events did not.
func TestLogStalled(t *testing.T) {
	const events = 10000
	for _, args := range [][]string{nil, {"--json"}} {
		w := &terminal{stalled: make(chan struct{})}
		var printed atomic.Int64
		kept := 0
		run(t, w, func(env *cli.Env) error {
			log := serve.NewLog(env)
			for i := range events {
				if log.Put(10, func() {
					printed.Add(1)
					env.PrintJSON(i)
				}) {
					kept++
				}
			}
			close(w.stalled)
			log.End(func() { env.PrintJSON("end") })
			return nil
		}, args...)
		said := regexp.MustCompile(`(?m)^(\d+) events? not shown`)
		if args != nil {
			said = regexp.MustCompile(`(?m)^{"event":"dropped","events":(\d+)}$`)
		}
		got, lost := w.String(), 0
		for _, m := range said.FindAllStringSubmatch(got, -1) {
			n, _ := strconv.Atoi(m[1])
			lost += n
		}
		if lost == 0 || int(printed.Load()) != kept || kept+lost != events || !strings.HasSuffix(got, "\"end\"\n") {
			t.Errorf("%v: kept %d, printed %d, lost %d of %d; the output ends %q", args, kept, printed.Load(), lost, events, got[max(0, len(got)-200):])
		}
	}
}

// TestLogBytes: a few large events are as bad as many small ones.
func TestLogBytes(t *testing.T) {
	w := &terminal{stalled: make(chan struct{})}
	kept := 0
	run(t, w, func(env *cli.Env) error {
		log := serve.NewLog(env)
		log.Put(0, func() { env.PrintJSON("first") })
		for range 100 {
			if log.Put(1<<20, func() {}) {
				kept++
			}
		}
		close(w.stalled)
		log.End(nil)
		return nil
	})
	if kept == 0 || kept > 17 {
		t.Errorf("%d MiB wait", kept)
	}
}

// TestLogEnds: the end of a server does not wait for its terminal.
func TestLogEnds(t *testing.T) {
	w := &terminal{stalled: make(chan struct{})}
	code, _ := run(t, w, func(env *cli.Env) error {
		log := serve.NewLog(env)
		log.Put(0, func() { env.PrintJSON("first") })
		log.End(func() { env.PrintJSON("last") })
		return nil
	})
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	close(w.stalled)
}
