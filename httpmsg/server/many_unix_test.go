//go:build unix

package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"onwire/httpmsg"
	"onwire/httpmsg/server"
)

// TestMain also is the second process of TestManyIdle.
func TestMain(m *testing.M) {
	if os.Getenv("SERVER_TEST_ADDR") != "" {
		os.Exit(beIdleClients())
	}
	os.Exit(m.Run())
}

// beIdleClients opens connections, asks once on each, says so, and asks once
// more on each for every line of input.
func beIdleClients() int {
	n, _ := strconv.Atoi(os.Getenv("SERVER_TEST_CONNS"))
	conns := make([]net.Conn, n)
	answer := make([]byte, 4096)
	ask := func(c net.Conn) error {
		c.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.WriteString(c, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
			return err
		}
		got := 0
		for {
			m, err := c.Read(answer[got:])
			if err != nil {
				return err
			}
			if got += m; got > 4 && string(answer[got-4:got]) == "\r\n\r\n" {
				return nil
			}
		}
	}
	for i := range conns {
		c, err := net.Dial("tcp", os.Getenv("SERVER_TEST_ADDR"))
		if err == nil {
			err = ask(c)
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
			if err := ask(c); err != nil {
				fmt.Fprintf(os.Stderr, "connection %d: %v\n", i, err)
				return 1
			}
		}
		fmt.Println("answered")
	}
	return 0
}

// TestManyIdle: ten thousand connections, from a second process, stay open
// beside each other for a few KiB each, and every one is still answered.
func TestManyIdle(t *testing.T) {
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
	srv := &server.Server{IdleTimeout: time.Hour, Handler: func(*httpmsg.Head) (*httpmsg.Response, func([]byte) *httpmsg.Response) {
		return &httpmsg.Response{Status: 200}, nil
	}}
	addr := start(t, srv)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	before := inUse()
	child := exec.Command(exe)
	child.Env = append(os.Environ(), "SERVER_TEST_ADDR="+addr, fmt.Sprintf("SERVER_TEST_CONNS=%d", conns))
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close() // the child ends with its input
		if err := child.Wait(); err != nil {
			t.Errorf("the second process: %v", err)
		}
	})
	out := bufio.NewScanner(stdout)
	if !out.Scan() || out.Text() != "open" {
		t.Fatalf("the clients say %q", out.Text())
	}
	if n := srv.Conns(); n != conns {
		t.Errorf("%d connections, want %d", n, conns)
	}
	each := (inUse() - before) / int64(conns)
	t.Logf("%d bytes a connection", each)
	if each > 16<<10 && !testing.Short() { // the race detector makes stacks larger
		t.Errorf("%d bytes a connection, want a few KiB", each)
	}
	fmt.Fprintln(stdin, "again")
	if !out.Scan() || out.Text() != "answered" {
		t.Fatalf("the clients say %q", out.Text())
	}
}
