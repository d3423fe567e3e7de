package tcpecho_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onwire/internal/faketime"
	"onwire/tcpecho"
)

// cycle repeats every 251 bytes, which no buffer is a multiple of.
var cycle = func() []byte {
	b := make([]byte, 128<<10)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}()

// endless returns bytes n to n+size of what every client sends.
func endless(n, size int) []byte { return cycle[n%251:][:size] }

// TestShutdownUnderLoad: clients stream while the server shuts down. Each must
// get an exact prefix of what it sent and then a FIN, never an RST; and the
// server has echoed every byte it read.
func TestShutdownUnderLoad(t *testing.T) {
	const clients = 50
	for range 3 {
		ev := newEvents()
		srv := &tcpecho.Server{WriteTimeout: 30 * time.Second, Linger: 20 * time.Second, OnEvent: ev.on}
		l := listen(t)
		served := make(chan error, 1)
		go func() { served <- srv.Serve(l) }()
		var sent, got, wrong, broken atomic.Int64
		var group sync.WaitGroup
		var running sync.WaitGroup
		running.Add(clients)
		var conns []*net.TCPConn
		for range clients {
			conns = append(conns, dial(t, l.Addr().String()))
		}
		for i, c := range conns {
			quit := make(chan struct{})
			group.Go(func() { // writes until the reader has seen the FIN
				size := 1000 + 371*i
				for n := 0; ; {
					select {
					case <-quit:
						c.CloseWrite()
						return
					default:
					}
					m, err := c.Write(endless(n, size))
					n += m
					sent.Add(int64(m))
					if err != nil {
						return
					}
				}
			})
			group.Go(func() {
				defer close(quit)
				b := make([]byte, 32<<10)
				for n := 0; ; {
					m, err := c.Read(b)
					if !bytes.Equal(b[:m], endless(n, m)) {
						wrong.Add(1)
					}
					if n == 0 {
						running.Done()
					}
					n += m
					got.Add(int64(m))
					if err != nil {
						if err != io.EOF {
							broken.Add(1)
						}
						return
					}
				}
			})
		}
		running.Wait()
		if err := srv.Shutdown(withTimeout(t, 60*time.Second)); err != nil {
			t.Errorf("Shutdown = %v", err)
		}
		group.Wait()
		if err := <-served; err != tcpecho.ErrServerClosed {
			t.Errorf("Serve = %v", err)
		}
		st := srv.Stats()
		if st.In != st.Out || got.Load() != st.Out || wrong.Load() != 0 || broken.Load() != 0 || st.Active != 0 {
			t.Errorf("%d bytes sent, %d came back, %d wrong, %d connections broken; %+v", sent.Load(), got.Load(), wrong.Load(), broken.Load(), st)
		}
		if late := sent.Load() - st.In; late != st.Late {
			t.Errorf("%d bytes came too late, %d are reported", late, st.Late)
		}
		t.Logf("%d bytes echoed, %d too late", st.Out, st.Late)
	}
}

// TestShutdownReportsLateBytes: what came before Shutdown is echoed, what comes
// after the FIN is counted.
func TestShutdownReportsLateBytes(t *testing.T) {
	srv := &tcpecho.Server{Linger: 20 * time.Second}
	l := listen(t)
	c := dial(t, l.Addr().String())
	io.WriteString(c, "in time")
	served := make(chan error, 1)
	ev := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	got := make([]byte, 7)
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
	go func() { ev <- srv.Shutdown(withTimeout(t, 30*time.Second)) }()
	if rest, err := io.ReadAll(c); err != nil || len(rest) != 0 || string(got) != "in time" {
		t.Errorf("%q and %q, %v", got, rest, err)
	}
	io.WriteString(c, "too late")
	c.Close()
	if err := <-ev; err != nil {
		t.Error(err)
	}
	<-served
	if st := srv.Stats(); st.Late != 8 || st.In != 7 {
		t.Errorf("%+v, want 8 bytes late and 7 in", st)
	}
}

// TestShutdownGivesUp: a peer that never ends is reset when the context ends.
func TestShutdownGivesUp(t *testing.T) {
	ev := newEvents()
	srv := &tcpecho.Server{Linger: time.Hour, OnEvent: ev.on}
	addr := start(t, srv)
	c := dial(t, addr)
	echo(t, c, "x")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- srv.Shutdown(ctx) }()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read %v, want the FIN", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown = %v, want the error of its context", err)
	}
	ev.next(t, tcpecho.Abort)
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Errorf("a second Shutdown = %v", err)
	}
}

// TestLingerExpires: after our FIN, a silent peer is left alone after Linger.
func TestLingerExpires(t *testing.T) {
	clock, ev := faketime.New(), newEvents()
	srv := &tcpecho.Server{IdleTimeout: time.Minute, Linger: 3 * time.Second, Clock: clock, OnEvent: ev.on}
	c := dial(t, start(t, srv))
	echo(t, c, "x")
	clock.RunUntil(t, 3*time.Second)
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("read %v, want the FIN", err)
	}
	for srv.Stats().LingerExpired == 0 {
		clock.Advance(3 * time.Second)
		time.Sleep(time.Millisecond) // the reader wakes when it wakes
	}
	ev.next(t, tcpecho.Idle)
}

// A gatedListener accepts nothing until its gate opens: connections wait in the
// queue of the system, and believe that they are open.
type gatedListener struct {
	net.Listener
	gate chan struct{}
}

func (l gatedListener) Accept() (net.Conn, error) {
	<-l.gate
	return l.Listener.Accept()
}

// TestShutdownTakesTheQueue: connections that wait to be accepted when Shutdown
// comes are still taken, and what they have sent is echoed. To close the
// listener at once would reset them.
func TestShutdownTakesTheQueue(t *testing.T) {
	clock := faketime.New()
	srv := &tcpecho.Server{Clock: clock}
	l := gatedListener{listen(t), make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	var conns []*net.TCPConn
	for range 3 {
		c := dial(t, l.Addr().String())
		io.WriteString(c, "in the queue")
		conns = append(conns, c)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Shutdown(withTimeout(t, 30*time.Second)) }()
	clock.WaitFor(t, 20*time.Millisecond) // for so long it accepts
	close(l.gate)
	for _, c := range conns {
		if got, err := io.ReadAll(c); err != nil || string(got) != "in the queue" {
			t.Errorf("%q came back, %v", got, err)
		}
		c.Close()
	}
	clock.Advance(20 * time.Millisecond)
	if err := <-done; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	if err := <-served; err != tcpecho.ErrServerClosed {
		t.Errorf("Serve = %v", err)
	}
	if st := srv.Stats(); st.Accepted != 3 || st.In != 3*12 || st.Out != st.In || st.Late != 0 {
		t.Errorf("%+v", st)
	}
}

// TestLingerBesideSweeps: other connections make the server look for idle ones
// again and again. That does not prolong Linger.
func TestLingerBesideSweeps(t *testing.T) {
	clock, ev := faketime.New(), newEvents()
	srv := &tcpecho.Server{IdleTimeout: time.Second, Linger: 5 * time.Second, Clock: clock, OnEvent: ev.on}
	addr := start(t, srv)
	c := dial(t, addr)
	clock.WaitFor(t, time.Second) // it is accepted
	clock.Advance(time.Second)
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("read %v, want the FIN", err)
	}
	clock.WaitFor(t, 5*time.Second)
	for left := 4 * time.Second; left > 0; left -= time.Second {
		clock.Advance(time.Second) // a sweep, which wakes it
		clock.WaitFor(t, left)
	}
	if n := srv.Stats().LingerExpired; n != 0 {
		t.Errorf("LingerExpired = %d, too early", n)
	}
	for srv.Stats().LingerExpired == 0 {
		clock.Advance(time.Second)
		time.Sleep(time.Millisecond) // the reader wakes when it wakes
	}
	ev.next(t, tcpecho.Idle)
}

// TestLingerForSlowReader: after our FIN, a peer that still takes what it was
// sent is there, though it says nothing.
func TestLingerForSlowReader(t *testing.T) {
	const size, step = 1 << 20, 128 << 10
	clock := faketime.New()
	srv := &tcpecho.Server{IdleTimeout: time.Minute, Linger: 3 * time.Second, Clock: clock}
	l := recordingListener{listen(t), make(chan *net.TCPConn, 1)}
	serve(t, srv, l)
	c := dial(t, l.Addr().String())
	c.SetReadBuffer(64 << 10)
	if _, err := c.Write(endlessly(size)); err != nil {
		t.Fatal(err)
	}
	for srv.Stats().Out < size { // most of it waits in the server's system
		time.Sleep(time.Millisecond)
	}
	clock.RunUntil(t, 3*time.Second)
	server := <-l.accepted
	b := make([]byte, step)
	for got := 0; got < size; got += step {
		owed := tcpecho.Unacked(server) // not more than the server knows of
		if owed == 0 && got == 0 {
			t.Skip("this system does not tell what the peer has not taken")
		}
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatalf("after %d bytes: %v", got, err)
		}
		if got+step < size/2 { // the rest may already be in our own queue
			for i := 0; i < 10_000 && tcpecho.Unacked(server) >= owed; i++ {
				time.Sleep(time.Millisecond) // until the server's system has heard of it
			}
			clock.Advance(3 * time.Second)
			clock.WaitFor(t, 3*time.Second)
		}
	}
	if n := srv.Stats().LingerExpired; n != 0 {
		t.Error("a slow reader was given up")
	}
}

// TestCloseUnderLoad: Close ends connections that are never at rest.
func TestCloseUnderLoad(t *testing.T) {
	srv := new(tcpecho.Server)
	addr := start(t, srv)
	var group sync.WaitGroup
	for range 4 {
		c := dial(t, addr)
		group.Go(func() { io.Copy(c, rand.New(rand.NewSource(1))) })
		group.Go(func() { io.Copy(io.Discard, c) })
	}
	for srv.Stats().Out < 1<<20 {
		runtime.Gosched()
	}
	srv.Close()
	group.Wait()
}
