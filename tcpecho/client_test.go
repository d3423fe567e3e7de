package tcpecho_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"onwire/internal/faketime"
	"onwire/tcpecho"

	"golang.org/x/net/nettest"
)

// tcpPipe makes both ends of a connection for nettest, one of them wrapped.
func tcpPipe(wrap func(net.Conn) net.Conn) nettest.MakePipe {
	return func() (c1, c2 net.Conn, stop func(), err error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, nil, err
		}
		defer l.Close()
		a, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return nil, nil, nil, err
		}
		b, err := l.Accept()
		if err != nil {
			a.Close()
			return nil, nil, nil, err
		}
		return wrap(a), wrap(b), func() {
			a.Close()
			b.Close()
		}, nil
	}
}

// TestConformance: every wrapper of a net.Conn behaves as a net.Conn.
func TestConformance(t *testing.T) {
	for name, wrap := range map[string]func(net.Conn) net.Conn{
		"Client": func(c net.Conn) net.Conn { return &tcpecho.Client{Conn: c} },
		"Trace":  func(c net.Conn) net.Conn { return tcpecho.NewTrace(c, nil, 1000) },
	} {
		t.Run(name, func(t *testing.T) { nettest.TestConn(t, tcpPipe(wrap)) })
	}
}

func TestSend(t *testing.T) {
	addr := start(t, &tcpecho.Server{WriteTimeout: time.Minute})
	for _, size := range []int{0, 1, 65536, 65537, 8 << 20} {
		sent := endlessly(size)
		var back bytes.Buffer
		x, err := (&tcpecho.Client{Conn: dial(t, addr)}).Send(t.Context(), bytes.NewReader(sent), &back)
		if err != nil || x.Sent != int64(size) || x.Received != int64(size) || !bytes.Equal(back.Bytes(), sent) {
			t.Errorf("%d bytes: %+v, %v", size, x, err)
		}
		if (x.First > 0) != (size > 0) || x.Total < x.First {
			t.Errorf("%d bytes: times %+v", size, x)
		}
	}
}

func endlessly(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

// answer serves one connection with what f makes of it.
func answer(t *testing.T, f func(net.Conn)) *tcpecho.Client {
	t.Helper()
	l := listen(t)
	t.Cleanup(func() { l.Close() })
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			f(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { <-done })
	return &tcpecho.Client{Conn: dial(t, l.Addr().String())}
}

func TestSendMeetsOtherServers(t *testing.T) {
	var diff *tcpecho.DifferenceError
	upper := answer(t, func(c net.Conn) {
		b, _ := io.ReadAll(c)
		c.Write(bytes.ToUpper(b))
	})
	if _, err := upper.Send(t.Context(), strings.NewReader("12hello"), io.Discard); !errors.As(err, &diff) || diff.Offset != 2 || diff.Sent != 'h' || diff.Received != 'H' {
		t.Errorf("a server in capitals: %v", err)
	}
	greeter := answer(t, func(c net.Conn) {
		io.WriteString(c, "220 welcome")
		io.Copy(io.Discard, c)
	})
	if _, err := greeter.Send(t.Context(), strings.NewReader(""), io.Discard); err == nil || !strings.Contains(err.Error(), "never sent") {
		t.Errorf("a server that speaks first: %v", err)
	}
}

// A server that ends early is an error, whatever of the input it has read; and
// the input, of which nobody knows whether it goes on, holds nothing up.
func TestSendWhenTheServerEnds(t *testing.T) {
	const whole = 300_000
	release := make(chan struct{}) // ends the server that reads nothing
	line := func(c net.Conn) {     // echoes one line, and ends
		text, _ := bufio.NewReaderSize(c, 16).ReadString('\n')
		io.WriteString(c, text)
	}
	for _, tt := range []struct {
		name     string
		server   func(net.Conn)
		input    string
		open     bool  // the input does not end
		received int64 // at most
	}{
		{"one line", line, "one\ntwo\n", false, 4},
		{"one line of many bytes", line, "one\n" + strings.Repeat("x", whole), false, 4},
		{"one line, and we might say more", line, "one\n", true, 4},
		{"close after accept", func(net.Conn) {}, "hello", false, 0},
		{"close after accept, many bytes", func(net.Conn) {}, strings.Repeat("x", whole), false, 0},
		{"close after accept, and we say nothing yet", func(net.Conn) {}, "", true, 0},
		{"FIN after accept", func(c net.Conn) {
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
		}, strings.Repeat("x", whole), false, 0},
		{"FIN after accept, reads nothing", func(c net.Conn) {
			c.(*net.TCPConn).CloseWrite()
			<-release
		}, strings.Repeat("x", 64<<20), false, 0},
		{"RST after a byte", func(c net.Conn) {
			c.Read(make([]byte, 1))
			c.(*net.TCPConn).SetLinger(0)
		}, "hello", false, 0},
		{"echoes three bytes of five", func(c net.Conn) {
			b, _ := io.ReadAll(c)
			c.Write(b[:3])
		}, "hello", false, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var in io.Reader = strings.NewReader(tt.input)
			if tt.open {
				r, w := io.Pipe()
				defer w.Close()
				in = io.MultiReader(in, r)
			}
			client := answer(t, tt.server)
			if !tt.open {
				client.Clock = faketime.New() // counts what is left to its end, however busy the machine is
			}
			x, err := client.Send(t.Context(), in, io.Discard)
			if strings.HasSuffix(tt.name, "reads nothing") {
				close(release)
			}
			var end *tcpecho.EndedError
			if !errors.As(err, &end) {
				t.Fatalf("%+v, %v; want an EndedError", x, err)
			}
			if end.Sent+end.Unsent != int64(len(tt.input)) || end.More != tt.open {
				t.Errorf("%d sent and %d not, more: %v; want %d in all, more: %v", end.Sent, end.Unsent, end.More, len(tt.input), tt.open)
			}
			if end.Received > tt.received || end.Received != x.Received || end.Sent != x.Sent {
				t.Errorf("%+v, %+v; want %d back at most", x, end, tt.received)
			}
			if strings.Contains(err.Error(), "endpoint") || strings.Contains(err.Error(), "pipe") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestSendWhenTheServerIsRight: a server that echoes all that it can know of
// and then ends is no error, though our FIN comes after its own.
func TestSendWhenTheServerIsRight(t *testing.T) {
	r, w := io.Pipe()
	c := answer(t, func(c net.Conn) {
		io.CopyN(c, c, 5)
		w.Close()
	})
	x, err := c.Send(t.Context(), io.MultiReader(strings.NewReader("hello"), r), io.Discard)
	if err != nil || x.Sent != 5 || x.Received != 5 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestEndedError(t *testing.T) {
	for want, e := range map[string]tcpecho.EndedError{
		"the server closed the connection before anything was sent; 5 bytes were not sent":                       {Unsent: 5, Err: syscall.ENOTCONN},
		"the server closed the connection before anything was sent; the input had not ended":                     {More: true, Err: io.ErrUnexpectedEOF},
		"the server sent a FIN after 4 of 8 bytes had come back":                                                 {Sent: 8, Received: 4, Err: io.ErrUnexpectedEOF},
		"the server sent a FIN after 4 of 8 bytes had come back; 1 byte was not sent":                            {Sent: 8, Received: 4, Unsent: 1, Err: io.ErrUnexpectedEOF},
		"the server reset the connection (RST) after 4 of 8 bytes had come back; at least 2 bytes were not sent": {Sent: 8, Received: 4, Unsent: 2, More: true, Err: syscall.EPIPE},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}

// TestSendEndsWithItsContext: a server that never answers does not hold Send.
func TestSendEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	silent := answer(t, func(c net.Conn) {
		io.Copy(io.Discard, c) // until the client's FIN
		cancel()
		<-release
	})
	if _, err := silent.Send(ctx, strings.NewReader("hello"), io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("Send = %v", err)
	}
	close(release)
	// Nor does an input that never ends.
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel = context.WithCancel(t.Context())
	c := answer(t, func(c net.Conn) {
		cancel()
		io.Copy(io.Discard, c)
	})
	if _, err := c.Send(ctx, r, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("Send = %v", err)
	}
	c.Close()
}

// TestEcho sends more than both sides' buffers hold, with no goroutine of the
// caller's.
func TestEcho(t *testing.T) {
	c := &tcpecho.Client{Conn: dial(t, start(t, new(tcpecho.Server)))}
	if err := c.Echo(endlessly(16 << 20)); err != nil {
		t.Error(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Error(err)
	}
	if err := c.Echo([]byte("after FIN")); err == nil {
		t.Error("an echo after our FIN")
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if err := (&tcpecho.Client{Conn: a}).CloseWrite(); err != tcpecho.ErrNoHalfClose {
		t.Errorf("CloseWrite of a pipe: %v", err)
	}
}

func TestTrace(t *testing.T) {
	tr := tcpecho.NewTrace(dial(t, start(t, new(tcpecho.Server))), nil, 3)
	for range 2 {
		echo(t, tr, "hello")
	}
	calls := tr.Calls()
	if len(calls) != 3 || !calls[0].Write || calls[0].Bytes != 5 || calls[1].Write || !calls[2].Write {
		t.Errorf("calls %+v", calls)
	}
	info, err := tcpecho.ReadInfo(tr)
	if err == tcpecho.ErrNoInfo {
		t.Skip("this system does not tell")
	}
	if err != nil || info.State != "ESTABLISHED" || info.RTT <= 0 || info.MSS <= 0 {
		t.Errorf("%+v, %v", info, err)
	}
	if a, _ := net.Pipe(); true {
		if _, err := tcpecho.ReadInfo(a); err != tcpecho.ErrNoInfo {
			t.Errorf("ReadInfo of a pipe: %v", err)
		}
	}
}

// eagerConn answers a Write before it returns.
type eagerConn struct {
	net.Conn
	back chan []byte
}

func (c eagerConn) Write(p []byte) (int, error) {
	c.back <- p
	c.back <- nil // taken once the reader has had p
	return len(p), nil
}

func (c eagerConn) Read(p []byte) (int, error) { return copy(p, <-c.back), nil }

// TestTraceOrder: a Write stands before the Read of what it wrote, whichever
// returned first.
func TestTraceOrder(t *testing.T) {
	c := eagerConn{back: make(chan []byte)}
	tr := tcpecho.NewTrace(c, nil, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tr.Read(make([]byte, 10))
		<-c.back
	}()
	io.WriteString(tr, "hello")
	<-done
	if calls := tr.Calls(); len(calls) != 2 || !calls[0].Write || calls[1].Write || calls[1].Bytes != 5 || calls[1].At.Before(calls[0].At) {
		t.Errorf("%+v", calls)
	}
}

func ExampleServer() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	srv := &tcpecho.Server{IdleTimeout: 5 * time.Minute, WriteTimeout: 30 * time.Second}
	go srv.Serve(l)
	defer srv.Shutdown(context.Background())

	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	defer nc.Close()
	client := &tcpecho.Client{Conn: nc}
	var back strings.Builder
	x, err := client.Send(context.Background(), strings.NewReader("hello"), &back)
	if err != nil {
		panic(err)
	}
	fmt.Println(x.Sent, "bytes sent,", x.Received, "back:", back.String())
	// Output: 5 bytes sent, 5 back: hello
}
