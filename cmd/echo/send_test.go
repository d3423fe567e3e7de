package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// fake serves every connection with f until the test ends.
func fake(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l := listenTCP(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	return l.Addr().String()
}

// Servers that are no echo servers, by what they do.
var (
	oneLine = func(c net.Conn) {
		line, _ := bufio.NewReaderSize(c, 16).ReadString('\n')
		io.WriteString(c, line)
	}
	closes   = func(net.Conn) {}
	sendsFIN = func(c net.Conn) { c.(*net.TCPConn).CloseWrite(); io.Copy(io.Discard, c) }
	isSilent = func(c net.Conn) { io.Copy(io.Discard, c); io.Copy(io.Discard, neverEnds{}) }
	reads    = func(c net.Conn) { io.Copy(io.Discard, c) }
)

// neverEnds is an input that stays open: a terminal at which nothing is typed.
type neverEnds struct{}

func (neverEnds) Read([]byte) (int, error) { select {} }

// TestSendIsToldTheTruth: exit 0 means that all was sent and came back. Else
// send says how much was not, in --json too, whatever the input does.
func TestSendIsToldTheTruth(t *testing.T) {
	many := strings.Repeat("x", 300_000)
	for _, tt := range []struct {
		name   string
		server func(net.Conn)
		stdin  io.Reader
		args   []string
		says   string // on stderr
		total  float64
	}{
		{"one line of two", oneLine, strings.NewReader("one\ntwo\n"), nil, "after 4 of 8 bytes had come back|reset the connection", 8},
		{"one line of two, as arguments", oneLine, nil, []string{"one\ntwo\n"}, "of 8 bytes had come back", 8},
		{"one line, and stdin stays open", oneLine, io.MultiReader(strings.NewReader("one\n"), neverEnds{}), nil, "the input had not ended", 4},
		{"closes", closes, nil, []string{"hello"}, "closed the connection before anything was sent; 5 bytes|after 0 of 5 bytes had come back", 5},
		{"closes, and stdin stays open", closes, neverEnds{}, nil, "closed the connection before anything was sent; the input had not ended", 0},
		{"FIN", sendsFIN, strings.NewReader(many), nil, "bytes were not sent|after 0 of 300000 bytes had come back", 300_000},
		{"FIN after all is sent", reads, nil, []string{"hello"}, "after 0 of 5 bytes had come back", 5},
		{"writes to one that closes", closes, nil, []string{"--writes", "10", "--size", "100"}, "closed the connection before|after 0 of", 1000},
		{"writes to one that swallows", reads, nil, []string{"--writes", "10", "--size", "100"}, "after 0 of 1000 bytes had come back", 1000},
		{"many writes to one that closes", sendsFIN, nil, []string{"--writes", "10", "--size", "1000000"}, "bytes were not sent|after 0 of", 10_000_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"send", "--to", fake(t, tt.server)}, tt.args...)
			code, objects := runJSON(t, tt.stdin, args...)
			if o := objects[0]; code != 1 || o["equal"] != false || o["sent"].(float64)+o["not_sent"].(float64) != tt.total || o["error"] == "" {
				t.Errorf("exit %d, %v; want sent and not_sent to be %v", code, o, tt.total)
			}
			stdin := tt.stdin
			if r, ok := stdin.(*strings.Reader); ok {
				r.Seek(0, io.SeekStart)
			} else if tt.total > 0 && stdin != nil {
				stdin = io.MultiReader(strings.NewReader("one\n"), neverEnds{})
			}
			code, out, errs := run(t, t.Context(), stdin, args...)
			said := false
			for _, s := range strings.Split(tt.says, "|") {
				said = said || strings.Contains(errs, s)
			}
			if code != 1 || out != "" || !said || strings.Contains(errs, "endpoint") || strings.Contains(errs, "broken pipe") {
				t.Errorf("exit %d, %q, %q; want %q", code, out, errs, tt.says)
			}
		})
	}
}

// TestSendInputHoldsNothingUp: the timeout and the interrupt end send, though
// its stdin stays open, over TCP and over UDP.
func TestSendInputHoldsNothingUp(t *testing.T) {
	silent, echo := fake(t, isSilent), startServer(t, "tcp")
	half := func() io.Reader { return io.MultiReader(strings.NewReader("half a line"), neverEnds{}) }
	for _, args := range [][]string{
		{"--to", echo, "--timeout", "100ms"},
		{"--to", silent, "--timeout", "100ms"},
		{"--udp", "--to", echo, "--timeout", "100ms"},
	} {
		for _, in := range []io.Reader{neverEnds{}, half()} {
			code, _, errs := run(t, t.Context(), in, append([]string{"send"}, args...)...)
			if code != 1 || !strings.Contains(errs, "in time") && !strings.Contains(errs, "stdin did not end") {
				t.Errorf("%q: exit %d, %q", args, code, errs)
			}
		}
	}
	for _, args := range [][]string{{"--to", echo}, {"--to", silent}, {"--udp", "--to", echo}, {"--to", silent, "--writes", "3"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, interrupt) // whether it waits already or not
		code, _, errs := run(t, ctx, half(), append([]string{"send"}, args...)...)
		if code != 1 || !strings.Contains(errs, "interrupted") && !strings.Contains(errs, "stdin did not end") {
			t.Errorf("%q, interrupted: exit %d, %q", args, code, errs)
		}
	}
}

// TestSendUDPInJSON: a datagram that does not come back is an object too.
func TestSendUDPInJSON(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	go func() { // in capitals; some say nothing
		b := make([]byte, 100)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			if b[0] != '-' {
				pc.WriteTo(bytes.ToUpper(b[:n]), from)
			}
		}
	}()
	for text, want := range map[string]string{"hello": "sent other bytes back", "- no": "no datagram came back|in time"} {
		code, objects := runJSON(t, nil, "send", "--udp", "--timeout", "300ms", "--to", pc.LocalAddr().String(), "--", text)
		said, _ := objects[0]["error"].(string)
		a, b, _ := strings.Cut(want, "|")
		if code != 1 || objects[0]["equal"] != false || !strings.Contains(said, a) && (b == "" || !strings.Contains(said, b)) {
			t.Errorf("%q: exit %d, %v", text, code, objects[0])
		}
	}
}

// TestTimeoutHint names the address, not a place for it.
func TestTimeoutHint(t *testing.T) {
	addr := fake(t, isSilent)
	_, _, errs := run(t, t.Context(), nil, "send", "--to", addr, "--timeout", "100ms", "hello")
	if want := "hint: --timeout waits longer; is " + addr + " an echo server?\n"; !strings.HasSuffix(errs, want) {
		t.Errorf("%q, want %q", errs, want)
	}
}

// TestLoadWithNothing: no message came back, so there are no percentiles, and
// the exit code is 1.
func TestLoadWithNothing(t *testing.T) {
	addr := fake(t, closes)
	code, objects := runJSON(t, nil, "load", addr, "--conns", "2", "--duration", "50ms")
	o := objects[0]
	for _, key := range []string{"min_us", "mean_us", "p50_us", "p90_us", "p99_us", "p999_us", "max_us", "uncorrected_p99_us", "cpu_us_per_request"} {
		if v, ok := o[key]; !ok || v != nil {
			t.Errorf("%s is %v, want null", key, v)
		}
	}
	if code != 1 || o["requests"] != 0.0 {
		t.Errorf("exit %d, %v", code, o)
	}
	code, out, errs := run(t, t.Context(), nil, "load", addr, "--conns", "2", "--duration", "50ms")
	if code != 1 || strings.Contains(out, "50 %") || strings.Contains(out, "own CPU") || !strings.Contains(out, "none came back") || !strings.Contains(errs, "2 of 2 connections failed") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
}
