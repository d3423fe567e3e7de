//go:build unix

package tcpecho_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"onwire/tcpecho"
)

func init() {
	roles["few descriptors"] = serveWithFewDescriptors
	roles["idle clients"] = beIdleClients
}

// child starts this test program again in a role.
func child(t *testing.T, role string, env ...string) (stdin io.WriteCloser, stdout *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe)
	c.Env = append(append(os.Environ(), "TCPECHO_TEST_ROLE="+role), env...)
	c.Stderr = os.Stderr
	stdin, _ = c.StdinPipe()
	out, _ := c.StdoutPipe()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close() // the child ends with its input
		if err := c.Wait(); err != nil {
			t.Errorf("the second process: %v", err)
		}
	})
	return stdin, bufio.NewScanner(out)
}

// limitDescriptors sets the soft limit on open files.
func limitDescriptors(n uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = min(n, limit.Max)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// serveWithFewDescriptors serves until its input ends, and prints its address
// and then a line for every failure of Accept.
func serveWithFewDescriptors() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		err = limitDescriptors(48)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	srv := &tcpecho.Server{OnEvent: func(e tcpecho.Event) {
		if e.Kind == tcpecho.AcceptError {
			fmt.Println(e)
		}
	}}
	go srv.Serve(l)
	fmt.Println(l.Addr())
	io.Copy(io.Discard, os.Stdin)
	srv.Close()
	return 0
}

// TestOutOfDescriptors: the server really runs out of descriptors. It must
// say so a few times, not a million, and accept again when some are free.
func TestOutOfDescriptors(t *testing.T) {
	_, out := child(t, "few descriptors")
	out.Scan()
	addr := out.Text()
	var conns []net.Conn
	for range 64 { // the queue of the listener takes what the server cannot
		conns = append(conns, dial(t, addr))
	}
	began := time.Now()
	for range 6 { // 5, 10, 20, 40, 80, 160 ms: it backs off
		if !out.Scan() || !strings.Contains(out.Text(), "too many open files") {
			t.Fatalf("the server says %q", out.Text())
		}
	}
	if spent := time.Since(began); spent < 100*time.Millisecond {
		t.Errorf("six failures within %v: it spins", spent)
	}
	for _, c := range conns {
		c.Close()
	}
	echo(t, dial(t, addr), "descriptors are free again")
}

// beIdleClients opens connections, echoes one byte on each, says so, and keeps
// them until its input ends. A line of input makes it echo on each once more.
func beIdleClients() int {
	n, _ := strconv.Atoi(os.Getenv("TCPECHO_TEST_CONNS"))
	conns := make([]net.Conn, n)
	ping := func(c net.Conn) error {
		b := []byte{'x'}
		c.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := c.Write(b); err != nil {
			return err
		}
		_, err := io.ReadFull(c, b)
		return err
	}
	for i := range conns {
		c, err := net.Dial("tcp", os.Getenv("TCPECHO_TEST_ADDR"))
		if err == nil {
			err = ping(c)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "connection %d: %v\n", i, err)
			return 1
		}
		conns[i] = c
	}
	fmt.Println("open")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		for i, c := range conns {
			if err := ping(c); err != nil {
				fmt.Fprintf(os.Stderr, "connection %d: %v\n", i, err)
				return 1
			}
		}
		fmt.Println("answered")
	}
	return 0
}

// TestManyIdleConnections: ten thousand of them, from a second process, stay
// open beside each other, and every one still answers.
func TestManyIdleConnections(t *testing.T) {
	conns := 10_000
	if testing.Short() {
		conns = 1000
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if most := int(min(limit.Cur, 1<<20)) - 200; most < conns { // Go has raised Cur to the hard limit
		t.Logf("%d connections instead of %d: the limit is %d descriptors a process", most, conns, limit.Cur)
		conns = most
	}
	srv := &tcpecho.Server{IdleTimeout: time.Hour, WriteTimeout: time.Minute}
	stdin, out := child(t, "idle clients", "TCPECHO_TEST_ADDR="+start(t, srv), fmt.Sprintf("TCPECHO_TEST_CONNS=%d", conns))
	if !out.Scan() || out.Text() != "open" {
		t.Fatalf("the clients say %q", out.Text())
	}
	if st := srv.Stats(); st.Active != int64(conns) {
		t.Errorf("%+v, want %d active", st, conns)
	}
	fmt.Fprintln(stdin, "again")
	if !out.Scan() || out.Text() != "answered" {
		t.Fatalf("the clients say %q", out.Text())
	}
	if st := srv.Stats(); st.In != int64(2*conns) || st.Out != st.In {
		t.Errorf("%+v, want %d bytes each way", st, 2*conns)
	}
}

// A narrow listener gives its connections small buffers in the kernel.
type narrow struct{ net.Listener }

func (l narrow) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		c.(*net.TCPConn).SetWriteBuffer(4096)
	}
	return c, err
}

// TestManyThatNeverRead: what the server keeps for peers that only write is
// bounded for all of them together; and it echoes for others meanwhile.
func TestManyThatNeverRead(t *testing.T) {
	const (
		peers = 1500
		bound = 32<<20 + peers*4<<10
	)
	srv := &tcpecho.Server{}
	l := narrow{listen(t)}
	serve(t, srv, l)
	addr := l.Addr().String()
	b := make([]byte, 64<<10)
	var group sync.WaitGroup
	limit := make(chan struct{}, 100)
	for range peers {
		c := dial(t, addr)
		c.SetReadBuffer(4096)
		group.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			for n, stuck := 0, 0; n < 4<<20 && stuck < 2; { // until nothing moves
				c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
				m, err := c.Write(b)
				if n += m; m == 0 && err != nil {
					stuck++
				}
			}
		})
	}
	group.Wait()
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	st := srv.Stats()
	if kept := st.In - st.Out; kept < bound/4 || kept > bound {
		t.Errorf("the server keeps %d bytes for %d peers, want %d at most", kept, peers, bound)
	}
	if m.HeapAlloc > 2*bound {
		t.Errorf("%d bytes of heap", m.HeapAlloc)
	}
	c := dial(t, addr)
	echo(t, c, "one that reads")
}

// TestSilenceHoldsNoBuffer: a connection that waits has given its buffer back.
func TestSilenceHoldsNoBuffer(t *testing.T) {
	const conns, size = 200, 64 << 10
	addr := start(t, new(tcpecho.Server))
	heap := func() int {
		var m runtime.MemStats
		runtime.GC() // the pool keeps what it has for one collection
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	b := make([]byte, size)
	for range conns {
		c := dial(t, addr)
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatal(err)
		}
	}
	if each := (heap() - before) / conns; each > size/8 { // both ends of a connection are in here
		t.Errorf("a silent connection holds %d bytes", each)
	}
}
