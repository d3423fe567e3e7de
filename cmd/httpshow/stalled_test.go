package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/internal/cli"
)

// TestServeStalled: a terminal that takes nothing holds up no answer.
func TestServeStalled(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r, w := io.Pipe() // it holds nothing: a Write waits for its Read
	done := make(chan int, 1)
	go func() {
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: w, Stderr: io.Discard}
		done <- cli.Run(ctx, command, env, []string{"serve", "--json", "127.0.0.1:0"})
		w.Close()
	}()
	out := bufio.NewScanner(r)
	addr := next(t, out, "listen")["addr"].(string)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	answers := bufio.NewReader(c)
	const asked = 50
	for i := range asked { // nobody reads the lines of serve
		io.WriteString(c, "HEAD /media/text HTTP/1.1\r\nHost: h\r\n\r\n")
		for line := ""; line != "\r\n"; {
			if line, err = answers.ReadString('\n'); err != nil {
				t.Fatalf("answer %d: %v", i+1, err)
			}
		}
	}
	c.Close()
	interrupt()
	if end := next(t, out, "end"); end["requests"] != float64(asked) {
		t.Errorf("%v", end)
	}
	if code := <-done; code != 0 {
		t.Errorf("exit %d", code)
	}
}

// A watched is an output that a test waits for.
type watched struct {
	mu   sync.Mutex
	more sync.Cond
	text strings.Builder
}

func newWatched() *watched {
	w := new(watched)
	w.more.L = &w.mu
	return w
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.more.Broadcast()
	return w.text.Write(p)
}

// until returns when the text was written; the time limit of the test is its
// own.
func (w *watched) until(text string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !strings.Contains(w.text.String(), text) {
		w.more.Wait()
	}
	return w.text.String()
}
