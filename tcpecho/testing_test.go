package tcpecho_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"onwire/tcpecho"
)

// TestMain also is the second process of the tests that need one, and looks
// for goroutines that were left behind.
func TestMain(m *testing.M) {
	if role := os.Getenv("TCPECHO_TEST_ROLE"); role != "" {
		os.Exit(roles[role]())
	}
	code := m.Run()
	if code == 0 {
		if left := goroutinesOfOurs(); left != "" {
			fmt.Fprintln(os.Stderr, "goroutines left behind:\n"+left)
			code = 1
		}
	}
	os.Exit(code)
}

// roles are what the second process can be.
var roles = map[string]func() int{}

// goroutinesOfOurs returns the stacks of goroutines that run this package. One
// that is just returning gets a moment.
func goroutinesOfOurs() (left string) {
	for range 200 {
		left = ""
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		for i, stack := range strings.Split(string(stacks), "\n\n") {
			if i > 0 && strings.Contains(stack, "onwire/tcpecho") {
				left += stack + "\n\n"
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(5 * time.Millisecond)
	}
	return left
}

// listen listens on loopback.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs srv on l until the test ends.
func serve(t testing.TB, srv *tcpecho.Server, l net.Listener) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; err != tcpecho.ErrServerClosed {
			t.Errorf("Serve = %v, want ErrServerClosed", err)
		}
	})
}

// start runs srv on loopback and returns its address.
func start(t testing.TB, srv *tcpecho.Server) string {
	t.Helper()
	l := listen(t)
	serve(t, srv, l)
	return l.Addr().String()
}

// dial connects, and gives the connection a deadline so that no test hangs.
func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c.(*net.TCPConn)
}

// echo sends text and wants it back.
func echo(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, len(text))
	if _, err := io.ReadFull(c, back); err != nil || string(back) != text {
		t.Fatalf("%q came back as %q, %v", text, back, err)
	}
}

// events collects what a server tells.
type events chan tcpecho.Event

func newEvents() events { return make(events, 1<<16) }

func (e events) on(ev tcpecho.Event) {
	select {
	case e <- ev:
	default:
	}
}

// next waits for an event of that kind, and skips the others.
func (e events) next(t testing.TB, kind tcpecho.Kind) tcpecho.Event {
	t.Helper()
	timeout := time.After(30 * time.Second)
	var others []string
	for {
		select {
		case ev := <-e:
			if ev.Kind == kind {
				return ev
			}
			others = append(others, ev.String())
		case <-timeout:
			t.Fatalf("no event %q; there were %q", kind, others)
		}
	}
}

func withTimeout(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// hidden is a net.Conn with nothing of the kernel's: no descriptor, and
// half-close only. A listener of hiddens stands for one that is not the
// kernel's.
type hidden struct {
	net.Conn
	half interface{ CloseWrite() error }
}

func (h hidden) CloseWrite() error { return h.half.CloseWrite() }

type hiddenListener struct{ net.Listener }

func (l hiddenListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return hidden{c, c.(*net.TCPConn)}, nil
}
