package lab_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"onwire/lab"

	"golang.org/x/net/nettest"
)

// TestConn holds our connections to what the net package's own are held to.
func TestConn(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6"} {
		t.Run(network, func(t *testing.T) {
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				w := makeWorld(t, lab.Config{Seed: 1})
				l := w.listen(":7")
				if c1, err = w.client.Dial(network, "server:7"); err == nil {
					c2, err = l.Accept()
				}
				return c1, c2, w.end, err
			})
		})
	}
}

// pair returns the two ends of a connection.
func pair(t *testing.T, w *world) (client, server *lab.Conn) {
	t.Helper()
	l := w.listen(":7")
	c := w.dial("tcp", "server:7")
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c.(*lab.Conn), s.(*lab.Conn)
}

// within runs a call that is to block, lets it come to rest, does something
// about it, and returns the error of the call.
func within(w *world, call func() error, then func()) error {
	got := make(chan error, 1)
	go func() { got <- call() }()
	w.client.Sleep(time.Millisecond) // lab time passes only once call waits
	then()
	return <-got
}

func read(c net.Conn) func() error {
	return func() error {
		_, err := c.Read(make([]byte, 100))
		return err
	}
}

func write(c net.Conn) func() error {
	return func() error {
		_, err := c.Write(make([]byte, 100<<20)) // more than any buffer holds
		return err
	}
}

// blackhole loses every TCP segment after the first n.
func blackhole(n int) lab.Config { return wire(lab.Lose(lab.TCPAny.Range(n+1, 1<<30))) }

// TestErrors: errors.Is finds what it finds in the net package's errors.
func TestErrors(t *testing.T) {
	dial := func(network, address string) func(*testing.T, *world) error {
		return func(_ *testing.T, w *world) error {
			_, err := w.client.Dial(network, address)
			return err
		}
	}
	for _, c := range []struct {
		name string
		cfg  lab.Config
		call func(*testing.T, *world) error
		want error
	}{
		{"closed port", wire(), dial("tcp", "server:9"), syscall.ECONNREFUSED},
		{"closed port on IPv6", wire(), dial("tcp6", "server:9"), syscall.ECONNREFUSED},
		{"nobody there", wire(), dial("tcp", "10.0.0.99:9"), syscall.EHOSTUNREACH},
		{"nobody there on IPv6", wire(), dial("tcp", "[fd00::99]:9"), syscall.EHOSTUNREACH},
		{"no route", wire(), dial("tcp", "192.0.2.1:9"), syscall.ENETUNREACH},
		{"every SYN lost", blackhole(0), dial("tcp", "server:9"), syscall.ETIMEDOUT},
		{"a host that a rule wants is missing", wire(lab.Lose(lab.Data.From("severe"))), dial("tcp", "server:9"), nil},
		{"no such name", wire(), dial("tcp", "severe:9"), &net.DNSError{}},
		{"no such network", wire(), dial("sctp", "server:9"), net.UnknownNetworkError("sctp")},
		{"UDP to a closed port", wire(), func(_ *testing.T, w *world) error {
			u := w.dial("udp", "server:9")
			u.Write([]byte("hello"))
			return read(u)()
		}, syscall.ECONNREFUSED},
		{"UDP on IPv6 to a closed port", wire(), func(_ *testing.T, w *world) error {
			u := w.dial("udp6", "server:9")
			u.Write([]byte("hello"))
			return read(u)()
		}, syscall.ECONNREFUSED},
		{"too long for UDP", wire(), func(_ *testing.T, w *world) error {
			_, err := w.dial("udp", "server:9").Write(make([]byte, 70_000))
			return err
		}, syscall.EMSGSIZE},
		{"a connected socket sends to its peer only", wire(), func(_ *testing.T, w *world) error {
			u := w.dial("udp", "server:9")
			_, err := u.(net.PacketConn).WriteTo([]byte("hello"), u.RemoteAddr())
			return err
		}, net.ErrWriteToConnected},
		{"reset", wire(), func(t *testing.T, w *world) error {
			c, s := pair(t, w)
			return within(w, read(c), func() { s.SetLinger(0); s.Close() })
		}, syscall.ECONNRESET},
		{"the peer vanishes", blackhole(3), func(t *testing.T, w *world) error {
			c, _ := pair(t, w)
			c.SetDeadline(time.Time{})
			c.Write([]byte("hello"))
			return read(c)()
		}, syscall.ETIMEDOUT},
		{"end of file", wire(), func(t *testing.T, w *world) error {
			c, s := pair(t, w)
			return within(w, read(c), func() { s.Close() })
		}, io.EOF},
		{"half-close", wire(), func(t *testing.T, w *world) error {
			c, s := pair(t, w)
			return within(w, read(c), func() { s.CloseWrite() })
		}, io.EOF},
		{"write after half-close", wire(), func(t *testing.T, w *world) error {
			c, _ := pair(t, w)
			c.CloseWrite()
			return write(c)()
		}, syscall.EPIPE},
		{"port in use", wire(), func(_ *testing.T, w *world) error {
			w.listen(":7")
			_, err := w.server.Listen("tcp", ":7")
			return err
		}, syscall.EADDRINUSE},
		{"UDP port in use", wire(), func(_ *testing.T, w *world) error {
			w.servePackets(":7")
			_, err := w.server.ListenPacket("udp", ":7")
			return err
		}, syscall.EADDRINUSE},
		{"the address of another", wire(), func(_ *testing.T, w *world) error {
			_, err := w.server.Listen("tcp", "10.0.0.1:7")
			return err
		}, syscall.EADDRNOTAVAIL},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.call(t, newWorld(t, c.cfg))
			var op *net.OpError
			if c.want != io.EOF && !errors.As(err, &op) {
				t.Fatalf("%v is no *net.OpError", err)
			}
			if dns := (*net.DNSError)(nil); errors.As(c.want, &dns) {
				if !errors.As(err, &dns) || !dns.IsNotFound {
					t.Errorf("got %v, want that the name is not found", err)
				}
			} else if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			t.Log(err)
		})
	}
}

// TestClosed: every call on what is closed fails with net.ErrClosed, as do
// those that wait when it is closed.
func TestClosed(t *testing.T) {
	w := newWorld(t, wire())
	c, _ := pair(t, w)
	l := w.listen(":8")
	u, err := w.client.ListenPacket("udp", ":8")
	if err != nil {
		t.Fatal(err)
	}
	accept := func() error {
		_, err := l.Accept()
		return err
	}
	readFrom := func() error {
		_, _, err := u.ReadFrom(make([]byte, 1))
		return err
	}
	check := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: got %v, want %v", name, err, net.ErrClosed)
		}
	}
	check("Accept that waits", within(w, accept, func() { l.Close() }))
	check("ReadFrom that waits", within(w, readFrom, func() { u.Close() }))
	check("Write that waits", within(w, write(c), func() {
		check("Read that waits", within(w, read(c), func() {
			if err := c.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}))
	}))
	for name, call := range map[string]func() error{
		"Read":             read(c),
		"Write":            write(c),
		"CloseRead":        c.CloseRead,
		"CloseWrite":       c.CloseWrite,
		"SetDeadline":      func() error { return c.SetDeadline(time.Time{}) },
		"SetReadDeadline":  func() error { return c.SetReadDeadline(time.Time{}) },
		"SetWriteDeadline": func() error { return c.SetWriteDeadline(time.Time{}) },
		"SetLinger":        func() error { return c.SetLinger(0) },
		"SetNoDelay":       func() error { return c.SetNoDelay(true) },
		"SetReadBuffer":    func() error { return c.SetReadBuffer(1 << 16) },
		"SetWriteBuffer":   func() error { return c.SetWriteBuffer(1 << 16) },
		"Close again":      c.Close,
		"Accept":           accept,
		"listener's Close": l.Close,
		"ReadFrom":         readFrom,
		"WriteTo": func() error {
			_, err := u.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 7})
			return err
		},
		"packets' Close": u.Close,
	} {
		check(name, call())
	}
}

// TestDeadlines run on the lab's clock, to the nanosecond.
func TestDeadlines(t *testing.T) {
	w := newWorld(t, wire())
	c, _ := pair(t, w)
	late := func(name string, call func() error, want time.Duration) {
		t.Helper()
		start := w.Elapsed()
		err := call()
		var timeout net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%s: got %v, want %v", name, err, os.ErrDeadlineExceeded)
		}
		if took := w.Elapsed() - start; took != want {
			t.Errorf("%s: took %v, want %v", name, took, want)
		}
	}
	in := func(d time.Duration) time.Time { return w.client.Now().Add(d) }

	c.SetReadDeadline(in(time.Minute))
	late("Read", read(c), time.Minute)
	late("Read after that", read(c), 0)
	c.SetReadDeadline(time.Now().Add(time.Hour).Add(time.Millisecond))
	late("Read, by this machine's clock", read(c), time.Hour)
	c.SetReadDeadline(time.Time{})
	late("Read that waits already", func() error {
		return within(w, read(c), func() { c.SetReadDeadline(in(time.Second)) })
	}, time.Second+time.Millisecond)
	late("Read whose deadline is moved on", func() error {
		c.SetReadDeadline(in(time.Second))
		return within(w, read(c), func() { c.SetReadDeadline(in(time.Hour)) })
	}, time.Hour+time.Millisecond)
	late("Read whose deadline is moved into the past", func() error {
		c.SetReadDeadline(in(time.Second))
		return within(w, read(c), func() { c.SetReadDeadline(time.Unix(1, 0)) })
	}, time.Millisecond)
	c.SetWriteDeadline(in(3 * time.Second))
	late("Write", write(c), 3*time.Second)

	l := w.listen(":8")
	l.(interface{ SetDeadline(time.Time) error }).SetDeadline(in(time.Second))
	late("Accept", func() error { _, err := l.Accept(); return err }, time.Second)
}

// TestDialContext: a context ends a Dial, for its own reason.
func TestDialContext(t *testing.T) {
	w := newWorld(t, blackhole(0))
	dial := func(ctx context.Context) error {
		_, err := w.client.DialContext(ctx, "tcp", "server:9")
		return err
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	err := within(w, func() error { return dial(ctx) }, func() { cancel(io.ErrNoProgress) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	start := w.Elapsed()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := dial(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timed out: got %v", err)
	}
	if took := w.Elapsed() - start; took != time.Minute {
		t.Errorf("the time-out of a minute took %v", took)
	}
}

func TestListenerAddr(t *testing.T) {
	w := newWorld(t, wire())
	only4 := w.host("old", "10.0.0.3/24")
	for _, c := range []struct {
		host             *lab.Host
		network, address string
		want             string
	}{
		{w.server, "tcp", ":7", "[::]:7"},
		{w.server, "tcp4", ":8", "0.0.0.0:8"},
		{w.server, "tcp6", ":8", "[::]:8"},
		{w.server, "tcp", "0.0.0.0:9", "0.0.0.0:9"},
		{w.server, "tcp", "server:10", "10.0.0.2:10"},
		{w.server, "tcp", "[fd00::2]:11", "[fd00::2]:11"},
		{w.server, "tcp", ":0", "[::]:49152"},
		{only4, "tcp", ":7", "0.0.0.0:7"},
	} {
		l, err := c.host.Listen(c.network, c.address)
		if err != nil {
			t.Errorf("%s %s: %v", c.network, c.address, err)
			continue
		}
		if got := l.Addr().String(); got != c.want {
			t.Errorf("%s %s: the address is %s, want %s", c.network, c.address, got, c.want)
		}
	}
}
