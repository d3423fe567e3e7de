package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"onwire/internal/cli"
)

// TestLines: what is put while printing stalls waits in its order, up to the
// bounds; what is more is counted where it is missing.
func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name              string
		bytes, put, shown int
	}{
		{"few", 100, 10, 10},
		{"many", 0, maxLines + 7, maxLines},
		{"large", 4 << 20, 10, 4},
		{"one too large", maxLineBytes + 1, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			lost := 0
			l := newLines(func(n int) {
				lost += n
				got = append(got, -n)
			})
			stalled, stall := make(chan bool), make(chan bool)
			l.put(0, func() { stalled <- true; <-stall })
			<-stalled
			for i := range tt.put {
				l.put(tt.bytes, func() { got = append(got, i) })
			}
			close(stall)
			l.end()
			var want []int
			for i := range tt.shown {
				want = append(want, i)
			}
			if missing := tt.put - tt.shown; missing > 0 {
				want = append(want, -missing)
			}
			if !slices.Equal(got, want) {
				t.Errorf("printed %d, lost %d of %d", len(got), lost, tt.put)
			}
		})
	}
}

// TestLinesAgain: when the screen takes lines again, the count stands between
// what came before and after.
func TestLinesAgain(t *testing.T) {
	got := make(chan int, 10)
	l := newLines(func(n int) { got <- -n })
	stalled, stall := make(chan bool), make(chan bool)
	l.put(0, func() { stalled <- true; <-stall })
	<-stalled
	l.put(maxLineBytes, func() { got <- 1 })
	l.put(1, func() { got <- 2 })
	l.put(1, func() { got <- 3 })
	close(stall)
	if first := <-got; first != 1 {
		t.Fatal(first)
	}
	l.put(1, func() { got <- 4 })
	l.end()
	if a, b := <-got, <-got; a != -2 || b != 4 {
		t.Errorf("%d, %d", a, b)
	}
}

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
