package main

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"

	"onwire/internal/cli"
)

func chunk(s string) string { return string("0123456789abcdef"[len(s)]) + "\r\n" + s + "\r\n" }

// streams are responses whose length is not known: a head, and what the pieces
// look like on the wire.
var streams = []struct {
	name, head string
	wire       func(string) string
	end        string
}{
	{"events", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, "0\r\n\r\n"},
	{"chunks", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, "0\r\n\r\n"},
	{"until the close", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", func(s string) string { return s }, ""},
}

// TestGetStream: the head is shown before the body, and each piece before the
// next is sent.
func TestGetStream(t *testing.T) {
	for _, tt := range streams {
		t.Run(tt.name, func(t *testing.T) {
			addr, say := startStream(t, tt.head)
			lines, done := background(t, t.Context(), "get", "--json", "http://"+addr+"/")
			if o := next(t, lines, "head"); o["status"] != 200.0 || o["hex"] != hex.EncodeToString([]byte(tt.head)) {
				t.Errorf("%v", o)
			}
			offset := 0.0
			for _, piece := range []string{"data: 1\n\n", "data: 22\n\n"} {
				say <- tt.wire(piece)
				o := next(t, lines, "piece")
				if o["hex"] != hex.EncodeToString([]byte(piece)) || o["offset"] != offset || o["request"] != 1.0 {
					t.Errorf("%v, want %q", o, piece)
				}
				offset += float64(len(piece))
			}
			say <- tt.end
			close(say)
			if o := next(t, lines, "response"); !strings.HasPrefix(o["hex"].(string), hex.EncodeToString([]byte(tt.head))) || o["error"] != "" {
				t.Errorf("%v", o)
			}
			next(t, lines, "end")
			if code := <-done; code != 0 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// TestTapStream: the same through a tap, on a screen.
func TestTapStream(t *testing.T) {
	for _, tt := range streams {
		t.Run(tt.name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			to, say := startStream(t, tt.head)
			out := newWatched()
			done := make(chan int, 1)
			addr := listenAddr(t)
			go func() {
				env := &cli.Env{Stdin: strings.NewReader(""), Stdout: out, Stderr: io.Discard}
				done <- cli.Run(ctx, command, env, []string{"tap", "--listen", addr, "--to", to})
			}()
			out.until("Ctrl-C ends it")
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
			out.until("the body follows as it comes")
			for _, piece := range []string{"first line\n", "second line\n"} {
				say <- tt.wire(piece)
				out.until("\n      " + strings.TrimSpace(piece) + "\n")
			}
			say <- tt.end
			close(say)
			out.until("end   response 1 on connection 1 is complete")
			c.Close()
			out.until("connection 1 closed")
			interrupt()
			if code := <-done; code != 0 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// listenAddr is an address where nothing listens at the moment.
func listenAddr(t testing.TB) string {
	l := listen(t)
	defer l.Close()
	return l.Addr().String()
}
