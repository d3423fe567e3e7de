package tcpecho_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"net"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"onwire/internal/faketime"
	"onwire/tcpecho"
)

// both runs a test on the kernel's connections and on such that have nothing
// of the kernel's, where the server takes its other path.
func both(t *testing.T, test func(t *testing.T, start func(*tcpecho.Server) string)) {
	t.Run("kernel", func(t *testing.T) {
		test(t, func(s *tcpecho.Server) string { return start(t, s) })
	})
	t.Run("own", func(t *testing.T) {
		test(t, func(s *tcpecho.Server) string {
			l := listen(t)
			serve(t, s, hiddenListener{l})
			return l.Addr().String()
		})
	})
}

// TestHalfClose: 8 MiB and a FIN, while nothing is read before the FIN is on
// its way. All of it must come back, and then the server's FIN.
func TestHalfClose(t *testing.T) {
	both(t, func(t *testing.T, start func(*tcpecho.Server) string) {
		ev := newEvents()
		c := dial(t, start(&tcpecho.Server{WriteTimeout: 30 * time.Second, OnEvent: ev.on}))
		sent := make([]byte, 8<<20)
		rand.New(rand.NewSource(1)).Read(sent)
		go func() {
			c.Write(sent)
			c.CloseWrite()
		}()
		got, err := io.ReadAll(c)
		if err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("%d of %d bytes, %v", len(got), len(sent), err)
		}
		if e := ev.next(t, tcpecho.FIN); e.In != int64(len(sent)) || e.Out != e.In {
			t.Errorf("event %v", e)
		}
	})
}

// TestDataWithFIN: the FIN may lie in the queue right behind the data. A
// server that trusts a short read to have emptied the queue then waits for
// ever for the edge that it has already had.
func TestDataWithFIN(t *testing.T) {
	both(t, func(t *testing.T, start func(*tcpecho.Server) string) {
		addr := start(new(tcpecho.Server))
		for i := range 1000 {
			c := dial(t, addr)
			io.WriteString(c, "hello")
			c.CloseWrite()
			got, err := io.ReadAll(c)
			if err != nil || string(got) != "hello" {
				t.Fatalf("connection %d: %q, %v", i, got, err)
			}
			c.Close()
		}
	})
}

// fill writes until the buffers of both sides are full, and returns how much
// that took. It ends when the write deadline passes without a byte moved.
func fill(t *testing.T, c *net.TCPConn) int64 {
	t.Helper()
	b := make([]byte, 64<<10)
	var total int64
	for {
		c.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		n, err := c.Write(b)
		total += int64(n)
		if err != nil {
			c.SetWriteDeadline(time.Now().Add(30 * time.Second))
			return total
		}
	}
}

// TestNeverReads: a peer that only writes is reset after WriteTimeout, and
// costs one buffer until then.
func TestNeverReads(t *testing.T) {
	both(t, func(t *testing.T, start func(*tcpecho.Server) string) {
		const limit = 7 * time.Second
		clock, ev := faketime.New(), newEvents()
		srv := &tcpecho.Server{WriteTimeout: limit, Clock: clock, OnEvent: ev.on}
		c := dial(t, start(srv))
		fill(t, c)
		// The clock stands still, so the timer of the write that is stuck is
		// the only one. More than once, since the kernels may still have moved
		// bytes after the first look.
		stop := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			for {
				clock.Advance(limit)
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
		e := ev.next(t, tcpecho.Stall)
		close(stop)
		group.Wait()
		if held := e.In - e.Out; held <= 0 || held > 64<<10 {
			t.Errorf("the server held %d bytes, want 1 to 65536", held)
		}
		if n := srv.Stats().Stalled; n != 1 {
			t.Errorf("Stalled = %d, want 1", n)
		}
		if _, err := io.Copy(io.Discard, c); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the peer reads %v, want a reset", err)
		}
	})
}

// A pipeListener accepts one end of a net.Pipe, which notes how it is closed.
type pipeListener struct {
	net.Listener
	conns chan net.Conn
}

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	default:
		return l.Listener.Accept()
	}
}

type lingerer struct {
	net.Conn
	linger chan int
}

func (c lingerer) SetLinger(sec int) error {
	c.linger <- sec
	return nil
}

// TestStallResets: what a stalled peer has not taken is not left to the system,
// which would go on trying: SO_LINGER 0 makes the close an RST.
func TestStallResets(t *testing.T) {
	const limit = 7 * time.Second
	clock := faketime.New()
	client, server := net.Pipe()
	defer client.Close()
	l := pipeListener{listen(t), make(chan net.Conn, 1)}
	c := lingerer{server, make(chan int, 1)}
	l.conns <- c
	serve(t, &tcpecho.Server{WriteTimeout: limit, Clock: clock}, l)
	io.WriteString(client, "nobody will read this")
	clock.WaitFor(t, limit)
	clock.Advance(limit)
	if sec := <-c.linger; sec != 0 {
		t.Errorf("SO_LINGER %d, want 0", sec)
	}
}

// A recordingListener tells which connections it has accepted.
type recordingListener struct {
	net.Listener
	accepted chan *net.TCPConn
}

func (l recordingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.accepted <- c.(*net.TCPConn)
	}
	return c, err
}

// TestSlowReader: a peer that reads slowly is alive, though the kernel lets
// the server write again only when a third of the send buffer is free. While
// the server is stuck its clock runs WriteTimeout for every few bytes that the
// peer takes.
func TestSlowReader(t *testing.T) {
	const limit = 7 * time.Second
	clock := faketime.New()
	srv := &tcpecho.Server{WriteTimeout: limit, Clock: clock}
	l := recordingListener{listen(t), make(chan *net.TCPConn, 1)}
	serve(t, srv, l)
	c := dial(t, l.Addr().String())
	c.SetReadBuffer(64 << 10)
	sent := fill(t, c)
	c.CloseWrite()
	server := <-l.accepted
	// settled returns what the server has written and what of it is on its way,
	// once the kernels have done what they do in the background.
	settled := func() (out int64, way int) {
		for same := 0; same < 3; same++ {
			time.Sleep(2 * time.Millisecond)
			if o, w := srv.Stats().Out, tcpecho.Unacked(server); o != out || w != way {
				out, way, same = o, w, 0
			}
		}
		return out, way
	}
	b := make([]byte, 256<<10)
	spells := 0
	out, way := settled()
	for got := int64(0); got < sent; {
		n, err := io.ReadAtLeast(c, b, int(min(128<<10, sent-got)))
		got += int64(n)
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v; %+v", got, sent, err, srv.Stats())
		}
		o, w := settled()
		if o == out && w < way && got < sent { // nothing could be written, but something was taken
			spells++
			clock.Forget()
			clock.Advance(limit)
			clock.WaitFor(t, limit) // it goes on
		}
		out, way = settled()
	}
	if _, err := c.Read(b); err != io.EOF {
		t.Errorf("after all: %v, want EOF", err)
	}
	if st := srv.Stats(); st.Stalled != 0 {
		t.Errorf("%+v: a live peer was given up", st)
	}
	if spells == 0 && runtime.GOOS == "linux" {
		t.Error("the server was never stuck")
	}
}

// TestResetInMidWrite: peers that send an RST while the server writes to them
// leave nothing behind, and it serves on.
func TestResetInMidWrite(t *testing.T) {
	both(t, func(t *testing.T, start func(*tcpecho.Server) string) {
		const peers = 100
		ev := newEvents()
		srv := &tcpecho.Server{WriteTimeout: time.Minute, OnEvent: ev.on}
		addr := start(srv)
		var group sync.WaitGroup
		for range peers {
			c := dial(t, addr)
			group.Go(func() {
				b := make([]byte, 64<<10)
				for n := 0; n < 2<<20; n += len(b) { // more than it will take
					c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
					if _, err := c.Write(b); err != nil {
						break
					}
				}
				c.SetLinger(0)
				c.Close()
			})
		}
		group.Wait()
		for range peers {
			ev.next(t, tcpecho.Reset)
		}
		echo(t, dial(t, addr), "still here")
	})
}

// TestIdle: silence ends a connection with a FIN, and traffic puts that off.
func TestIdle(t *testing.T) {
	both(t, func(t *testing.T, start func(*tcpecho.Server) string) {
		const limit, linger = time.Minute, 7 * time.Second
		clock, ev := faketime.New(), newEvents()
		srv := &tcpecho.Server{IdleTimeout: limit, Linger: linger, Clock: clock, OnEvent: ev.on}
		c := dial(t, start(srv))
		for range 5 { // each time most of the limit passes
			echo(t, c, "x")
			clock.Advance(limit - time.Second)
		}
		echo(t, c, "still here")
		if n := srv.Stats().Idle; n != 0 {
			t.Fatalf("Idle = %d before the limit", n)
		}
		clock.RunUntil(t, linger) // armed behind the FIN
		if n, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("read %d bytes, %v; want EOF", n, err)
		}
		c.Close()
		ev.next(t, tcpecho.Idle)
	})
}

// TestSlowReaderIsNotIdle: while the server waits for a slow reader it reads
// nothing, and that is not the peer's silence. What the peer has sent meanwhile
// is still echoed.
func TestSlowReaderIsNotIdle(t *testing.T) {
	clock := faketime.New()
	srv := &tcpecho.Server{IdleTimeout: time.Minute, Clock: clock}
	c := dial(t, start(t, srv))
	sent := fill(t, c)
	clock.Advance(2 * time.Minute)
	c.CloseWrite()
	if got, err := io.Copy(io.Discard, c); err != nil || got != sent {
		t.Errorf("%d of %d bytes came back, %v", got, sent, err)
	}
	if st := srv.Stats(); st.Idle != 0 || st.In != sent {
		t.Errorf("%+v", st)
	}
}

func TestMaxConns(t *testing.T) {
	ev := newEvents()
	srv := &tcpecho.Server{MaxConns: 2, OnEvent: ev.on}
	addr := start(t, srv)
	a, b := dial(t, addr), dial(t, addr)
	echo(t, a, "a")
	echo(t, b, "b")
	third := dial(t, addr)
	if _, err := third.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the third connection reads %v, want EOF", err)
	}
	ev.next(t, tcpecho.Reject)
	a.Close()
	ev.next(t, tcpecho.FIN)
	for srv.Stats().Active == 2 { // the event comes just before the place is free
		time.Sleep(time.Millisecond)
	}
	echo(t, dial(t, addr), "a place is free")
	if st := srv.Stats(); st.Rejected != 1 || st.Accepted != 3 || st.Active != 2 {
		t.Errorf("%+v", st)
	}
}

// A brokenListener fails a few times before it accepts.
type brokenListener struct {
	net.Listener
	fails atomic.Int64
	err   error
}

func (l *brokenListener) Accept() (net.Conn, error) {
	if l.fails.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: l.err}
	}
	return l.Listener.Accept()
}

// TestAcceptBacksOff: no descriptor is left, ten times in a row. The server
// waits longer each time, a second at most, and then accepts.
func TestAcceptBacksOff(t *testing.T) {
	clock, ev := faketime.New(), newEvents()
	srv := &tcpecho.Server{Clock: clock, OnEvent: ev.on}
	l := &brokenListener{Listener: listen(t), err: syscall.EMFILE}
	l.fails.Store(10)
	serve(t, srv, l)
	want := 5 * time.Millisecond
	for i := range 10 {
		e := ev.next(t, tcpecho.AcceptError)
		if e.After != want || !errors.Is(e.Err, syscall.EMFILE) {
			t.Errorf("failure %d: %v, want to wait %v", i, e, want)
		}
		clock.WaitFor(t, want)
		clock.Advance(want)
		want = min(2*want, time.Second)
	}
	echo(t, dial(t, l.Addr().String()), "again")
	if st := srv.Stats(); st.AcceptErrors != 10 {
		t.Errorf("%+v, want 10 accept errors", st)
	}
}

// TestShutdownWhileBackingOff: a server that waits for a descriptor ends
// without waiting for the time to pass.
func TestShutdownWhileBackingOff(t *testing.T) {
	clock, ev := faketime.New(), newEvents()
	srv := &tcpecho.Server{Clock: clock, OnEvent: ev.on}
	l := &brokenListener{Listener: listen(t), err: syscall.EMFILE}
	l.fails.Store(1 << 40)
	serve(t, srv, l)
	ev.next(t, tcpecho.AcceptError)
	clock.WaitFor(t, 5*time.Millisecond)
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
}

func TestServeReturnsTheErrorOfItsListener(t *testing.T) {
	l := listen(t)
	l.Close()
	if err := new(tcpecho.Server).Serve(l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v, want net.ErrClosed", err)
	}
	srv := new(tcpecho.Server)
	srv.Close()
	if err := srv.Serve(listen(t)); err != tcpecho.ErrServerClosed {
		t.Errorf("Serve after Close = %v", err)
	}
}

// TestDualStack: one socket for both families, as net.Listen makes it for
// ":port".
func TestDualStack(t *testing.T) {
	l, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Skip("no IPv6 here: ", err)
	}
	serve(t, new(tcpecho.Server), l)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "::1"} {
		echo(t, dial(t, net.JoinHostPort(host, port)), host)
	}
}

// TestUnixSocket: where the kernel does not say how much is left to read, the
// server looks.
func TestUnixSocket(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "echo"))
	if err != nil {
		t.Skip(err)
	}
	serve(t, &tcpecho.Server{}, l)
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	for range 3 {
		echo(t, c, "hello")
	}
	c.(*net.UnixConn).CloseWrite()
	if n, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read %d bytes, %v; want EOF", n, err)
	}
}
