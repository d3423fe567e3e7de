package lab_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"onwire/lab"
)

// busyVariable turns the test binary into a process that only burns a core.
const busyVariable = "ONWIRE_BUSY"

func TestMain(m *testing.M) {
	if os.Getenv(busyVariable) != "" {
		go func() {
			io.Copy(io.Discard, os.Stdin) // ends with the parent, however that ends
			os.Exit(0)
		}()
		for {
		}
	}
	os.Exit(m.Run())
}

// loadCores keeps every core busy until the test is over. The load is other
// processes: the clock waits until every goroutine of its own has come to rest.
func loadCores(t *testing.T, cores int) {
	t.Helper()
	for range cores {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), busyVariable+"=1")
		in, err := c.StdinPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			in.Close()
			c.Wait()
		})
	}
}

// variable returns a number from the environment, or the usual one.
func variable(t *testing.T, name string, usual int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// A world is a network with two hosts, each with an address of both families.
type world struct {
	*lab.Network
	t              testing.TB
	client, server *lab.Host
	apps           sync.WaitGroup
}

func newWorld(t testing.TB, cfg lab.Config) *world {
	t.Helper()
	w := makeWorld(t, cfg)
	t.Cleanup(w.end)
	return w
}

// makeWorld is newWorld for tests that play many: they end each themselves.
func makeWorld(t testing.TB, cfg lab.Config) *world {
	t.Helper()
	n, err := lab.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Network: n, t: t}
	w.client = w.host("client", "10.0.0.1/24", "fd00::1/64")
	w.server = w.host("server", "10.0.0.2/24", "fd00::2/64")
	return w
}

// end closes the network and waits for the programs on it: they must not hang.
func (w *world) end() {
	w.Close()
	w.apps.Wait()
}

func (w *world) host(name string, prefixes ...string) *lab.Host {
	w.t.Helper()
	var list []netip.Prefix
	for _, p := range prefixes {
		list = append(list, netip.MustParsePrefix(p))
	}
	h, err := w.Host(name, list...)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

func (w *world) listen(address string) net.Listener {
	w.t.Helper()
	l, err := w.server.Listen("tcp", address)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// serve runs a program for every connection to the server's port.
func (w *world) serve(address string, program func(*lab.Conn)) {
	w.t.Helper()
	l := w.listen(address)
	w.apps.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.apps.Go(func() {
				defer c.Close()
				program(c.(*lab.Conn))
			})
		}
	})
}

func echo(c *lab.Conn) { io.Copy(c, c) }

// servePackets echoes datagrams.
func (w *world) servePackets(address string) {
	w.t.Helper()
	c, err := w.server.ListenPacket("udp", address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.apps.Go(func() {
		b := make([]byte, 64<<10)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			c.WriteTo(b[:n], from)
		}
	})
}

// dial connects the client with the server, and gives the connection a
// deadline on the lab's clock, so that nothing waits for ever.
func (w *world) dial(network, address string) net.Conn {
	w.t.Helper()
	c, err := w.client.Dial(network, address)
	if err != nil {
		w.t.Fatal(err)
	}
	c.SetDeadline(w.client.Now().Add(time.Hour))
	return c
}

// pattern returns n bytes that repeat nowhere near.
func pattern(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// exchange sends data and half-closes while it reads what comes back, to the end.
func exchange(c net.Conn, data []byte) ([]byte, error) {
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(data)
		sent <- errors.Join(err, c.(*lab.Conn).CloseWrite())
	}()
	back, err := io.ReadAll(c)
	return back, errors.Join(err, <-sent)
}
