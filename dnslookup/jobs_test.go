package dnslookup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// recursor serves the lab behind a gate.
func recursor(t *testing.T, g *gate) *dnslookup.Recursor {
	r := lab(t).Resolver(dnslookup.Iterative)
	r.Dial, r.Repeat, r.Clock, r.Cache, r.DNSSEC = g.dial(r.Dial), false, nil, dnslookup.NewCache(0), false
	return &dnslookup.Recursor{Resolver: r}
}

// TestMerge: clients that ask at the same time share a look-up, and look-ups
// share the queries that they have in common; else each query more would be one
// more chance to guess an ID.
func TestMerge(t *testing.T) {
	for _, tt := range []struct {
		what  string
		name  func(int) string
		first int64 // queries before the first reply
		most  int64 // in all
	}{
		{"one name", func(int) string { return "a.example.cn." }, 1, 3},
		{"one name in other letters", func(i int) string { return []string{"a.example.cn.", "A.EXAMPLE.CN."}[i%2] }, 1, 3},
		{"200 names of a zone", func(i int) string { return fmt.Sprintf("n%d.example.cn.", i) }, 1, 3 * 200},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := newGate()
			s := recursor(t, g)
			s.MaxLookups = 1000
			var merged, asked atomic.Int64
			s.OnReply = func(q dnslookup.Served) {
				asked.Add(int64(q.Queries))
				if q.From == dnslookup.FromMerged {
					merged.Add(1)
				}
			}
			var clients sync.WaitGroup
			for i := range 200 {
				clients.Go(func() {
					if out := s.Reply(t.Context(), "udp", query(t, tt.name(i))); rcode(t, out) == "SERVFAIL" {
						t.Errorf("%s: client %d: SERVFAIL", tt.what, i)
					}
				})
			}
			synctest.Wait()
			if n := g.sent.Load(); n != tt.first {
				t.Errorf("%s: %d queries at once, want %d", tt.what, n, tt.first)
			}
			close(g.open)
			clients.Wait()
			if n := g.sent.Load(); n > tt.most {
				t.Errorf("%s: %d queries, want at most %d", tt.what, n, tt.most)
			}
			if tt.most == 3 && (merged.Load() != 199 || asked.Load() != 3) {
				t.Errorf("%s: %d merged, %d queries reported", tt.what, merged.Load(), asked.Load())
			}
		})
	}
}

// TestPlaces: 300 queries of one client for a zone with silent servers take
// nothing from others, and not for long from the client itself.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		close(g.open)
		g.silent = func(address string) bool { return strings.HasPrefix(address, "198.51.100.77:") } // of silent.cn
		s := recursor(t, g)
		conn := newPackets()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.ServeUDP(ctx, conn) }()
		answer := func(client, name, want string) {
			t.Helper()
			before := time.Now()
			conn.ask(t, client, name)
			for {
				select {
				case d := <-conn.out:
					if d.client.String() != client {
						continue // one of the attacker's
					}
					if got := rcode(t, d.data); got != want {
						t.Errorf("%s for %s: %s, want %s", name, client, got, want)
					}
				case <-time.After(time.Second):
					t.Errorf("%s for %s: no reply", name, client)
				}
				break
			}
			if took := time.Since(before); took > 100*time.Millisecond {
				t.Errorf("%s for %s took %v", name, client, took)
			}
		}
		answer("192.0.2.1:1", "a.example.cn.", "NOERROR")
		for i := range 300 {
			conn.ask(t, "192.0.2.66:1", fmt.Sprintf("n%d.silent.cn.", i))
		}
		answer("192.0.2.66:2", "a.example.cn.", "NOERROR")   // from the cache
		answer("192.0.2.2:1", "web.example.com.", "NOERROR") // from servers, for another client
		time.Sleep(250 * time.Millisecond)
		answer("192.0.2.66:2", "www.plain.cn.", "NOERROR") // and for the same: its oldest look-up gives way
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestPlacesOfAll: where many clients hold all places, the one with the most
// gives one away.
func TestPlacesOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		close(g.open)
		g.silent = func(address string) bool { return strings.HasPrefix(address, "198.51.100.77:") }
		s := recursor(t, g)
		s.MaxLookups = 8
		conn := newPackets()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.ServeUDP(ctx, conn) }()
		for i := range 8 { // two of each
			conn.ask(t, fmt.Sprintf("192.0.2.%d:1", i/2), fmt.Sprintf("n%d.silent.cn.", i))
		}
		time.Sleep(250 * time.Millisecond)
		conn.ask(t, "192.0.2.99:1", "a.example.cn.")
		seen := map[string]string{}
		for range 2 {
			d := <-conn.out
			seen[d.client.String()] = rcode(t, d.data)
		}
		if seen["192.0.2.99:1"] != "NOERROR" || len(seen) != 2 {
			t.Errorf("%v; want an answer for .99, and a failure for one of the others", seen)
		}
		cancel()
		<-ended
	})
}

// TestWaiting: queries that wait for one look-up are counted too, of all clients
// and of each.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := recursor(t, newGate()) // it stays closed
		s.Resolver.Timeout = time.Minute
		var mu sync.Mutex
		dropped := map[string]int{}
		s.OnReply = func(q dnslookup.Served) {
			mu.Lock()
			defer mu.Unlock()
			if q.Dropped {
				dropped[q.Client.Addr().String()]++
			}
		}
		conn := newPackets()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.ServeUDP(ctx, conn) }()
		for client := range 5 {
			for range 1100 {
				conn.ask(t, fmt.Sprintf("192.0.2.%d:1", client), "a.example.cn.")
			}
		}
		synctest.Wait()
		go func() {
			for range conn.out { // SERVFAIL, when the server ends
			}
		}()
		cancel()
		<-ended
		close(conn.out)
		want := map[string]int{"192.0.2.0": 76, "192.0.2.1": 76, "192.0.2.2": 76, "192.0.2.3": 76, "192.0.2.4": 1100} // 1024 each, and 4096
		if !maps.Equal(dropped, want) {
			t.Errorf("dropped: %v, want %v", dropped, want)
		}
	})
}

// TestDeadline: however many servers are silent, a look-up ends in ten seconds;
// and for a moment no client waits for it again.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		close(g.open)
		g.silent = func(string) bool { return true }
		s := recursor(t, g)
		s.Resolver.Servers = nil // the Internet's 13 roots, with two addresses each
		s.Resolver.Dial = g.dial(func(context.Context, string, string) (net.Conn, error) { return nil, nil })
		for _, want := range []time.Duration{10 * time.Second, 0} {
			before := time.Now()
			out := s.Reply(t.Context(), "udp", query(t, "a.example.cn."))
			if took := time.Since(before); rcode(t, out) != "SERVFAIL" || took != want {
				t.Errorf("%s after %v, want SERVFAIL after %v", rcode(t, out), took, want)
			}
		}
	})
}

// TestWalkEnds: so does a walk without a recursor, in half a minute.
func TestWalkEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		close(g.open)
		g.silent = func(string) bool { return true }
		r := &dnslookup.Resolver{Mode: dnslookup.Iterative, Dial: g.dial(func(context.Context, string, string) (net.Conn, error) { return nil, nil })}
		began := time.Now()
		_, err := r.Lookup(t.Context(), "a.example.cn")
		if took := time.Since(began); !errors.Is(err, dnslookup.ErrTimeout) || took != 30*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// TestSilentClients: connections on which nothing is asked give way, the oldest
// first, to those on which something is.
func TestSilentClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		close(g.open)
		s := recursor(t, g)
		ln := newPipes()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.ServeTCP(ctx, ln) }()
		var open atomic.Int64
		idle := func(client string) net.Conn {
			conn := ln.dial(client)
			open.Add(1)
			go func() {
				io.Copy(io.Discard, conn)
				open.Add(-1)
			}()
			synctest.Wait()
			return conn
		}
		for i := range 300 {
			idle(fmt.Sprintf("192.0.2.66:%d", i+1))
		}
		if n := open.Load(); n != 64 { // a quarter of 256
			t.Errorf("one client holds %d connections", n)
		}
		for i := range 300 {
			idle(fmt.Sprintf("192.0.2.%d:1", i%100+100))
		}
		if n := open.Load(); n != 256 {
			t.Errorf("%d connections are open", n)
		}
		for _, client := range []string{"192.0.2.66:999", "192.0.2.1:1"} {
			conn := ln.dial(client)
			conn.Write(framed(query(t, "a.example.cn.")))
			raw, err := readReply(conn)
			if err != nil || rcode(t, raw) != "NOERROR" {
				t.Errorf("%s: %v", client, err)
			}
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := open.Load(); n != 0 {
			t.Errorf("%d connections are idle for 10 s", n)
		}
		cancel()
		<-ended
	})
}

// TestStalledClients: those that ask and do not read give way too, after those
// that are idle.
func TestStalledClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := recursor(t, newGate())
		s.MaxConns = 16 // 4 for each client
		ln := newPipes()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.ServeTCP(ctx, ln) }()
		for i := range 4 {
			conn := ln.dial(fmt.Sprintf("192.0.2.66:%d", i+1))
			defer conn.Close()
			conn.Write(framed(query(t, "x.test.")))
			synctest.Wait()
		}
		for _, want := range []string{"EOF", "NXDOMAIN"} {
			conn := ln.dial("192.0.2.66:99")
			conn.Write(framed(query(t, "x.test.")))
			raw, err := readReply(conn)
			got := "EOF"
			if err == nil {
				got = rcode(t, raw)
			}
			if got != want {
				t.Errorf("%s (%v), want %s", got, err, want)
			}
			conn.Close()
			time.Sleep(300 * time.Millisecond)
		}
		cancel()
		<-ended
	})
}

// TestSlowQuery: a query that comes byte by byte does not hold a connection.
func TestSlowQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := recursor(t, newGate())
		here, there := net.Pipe()
		go s.ServeConn(t.Context(), there)
		began := time.Now()
		for _, b := range framed(query(t, "a.example.cn.")) {
			if _, err := here.Write([]byte{b}); err != nil {
				break
			}
			time.Sleep(9 * time.Second)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("the connection is open for %v", took)
		}
	})
}

// TestNoReader: a client that asks on and on and never reads costs one reply,
// sixteen look-ups and ten seconds.
func TestNoReader(t *testing.T) {
	for _, known := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			g := newGate()
			close(g.open)
			s := recursor(t, g)
			var replies atomic.Int64
			s.OnReply = func(dnslookup.Served) { replies.Add(1) }
			if known {
				s.Reply(t.Context(), "udp", query(t, "a.example.cn."))
				replies.Store(0)
			}
			here, there := net.Pipe()
			ended := make(chan struct{})
			go func() {
				s.ServeConn(t.Context(), there)
				close(ended)
			}()
			var asked atomic.Int64
			began := time.Now()
			go func() {
				for i := range 1000 {
					name := "a.example.cn."
					if !known {
						name = fmt.Sprintf("n%d.example.cn.", i)
					}
					if _, err := here.Write(framed(query(t, name))); err != nil {
						return
					}
					asked.Add(1)
				}
			}()
			synctest.Wait()
			if n := asked.Load(); n > 18 || replies.Load() > 0 {
				t.Errorf("known %v: %d queries are read, %d replies are written", known, n, replies.Load())
			}
			<-ended
			if took := time.Since(began); took != 10*time.Second {
				t.Errorf("known %v: the connection is open for %v", known, took)
			}
			here.Close()
		})
	}
}

// TestOvertaking: a reply that is known does not wait for one that is not
// (RFC 7766 6.2.1.1); all are sent to a client that has closed its side.
func TestOvertaking(t *testing.T) {
	g := newGate()
	s := recursor(t, g)
	if raw := s.Reply(t.Context(), "udp", query(t, "x.test.")); rcode(t, raw) != "NXDOMAIN" {
		t.Fatal("x.test exists")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.ServeTCP(t.Context(), ln)
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write(framed(query(t, "a.example.cn.")))
	conn.Write(framed(query(t, "x.test.")))
	conn.(*net.TCPConn).CloseWrite()
	for _, want := range []string{"NXDOMAIN", "NOERROR"} {
		raw, err := readReply(conn)
		if err != nil || rcode(t, raw) != want {
			t.Errorf("%v; want %s", err, want)
		}
		if want == "NXDOMAIN" {
			close(g.open)
		}
	}
	if _, err := readReply(conn); err != io.EOF {
		t.Errorf("after the replies: %v", err)
	}
}

// TestDrain: a server that ends answers what has come, over UDP and TCP.
func TestDrain(t *testing.T) {
	const clients = 50
	g := newGate()
	g.held = make(chan struct{}, 10*clients)
	s := recursor(t, g)
	s.MaxLookups = 1000
	s.Resolver.Timeout = time.Minute
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- s.ServeTCP(ctx, ln) }()
	go func() { ended <- s.ServeUDP(ctx, packets) }()
	begun := make(chan struct{}, 2*clients)
	var mu sync.Mutex
	replies := map[string]int{}
	var done sync.WaitGroup
	for i := range 2 * clients {
		done.Go(func() {
			network, at := "tcp", ln.Addr()
			if i%2 == 1 {
				network, at = "udp", packets.LocalAddr()
			}
			conn, err := net.Dial(network, at.String())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			// Each asks in a zone of its own, so that nothing is shared.
			raw := query(t, fmt.Sprintf("n%d.", i))
			if network == "tcp" {
				raw = framed(raw)
			}
			conn.Write(raw)
			begun <- struct{}{}
			got := ""
			if network == "tcp" {
				reply, err := readReply(conn)
				if err == nil {
					got = rcode(t, reply)
				}
				if _, err := readReply(conn); err != io.EOF {
					t.Errorf("after the reply: %v, not a FIN", err)
				}
			} else {
				buf := make([]byte, 1500)
				if n, err := conn.Read(buf); err == nil {
					got = rcode(t, buf[:n])
				}
			}
			mu.Lock()
			replies[network+" "+got]++
			mu.Unlock()
		})
	}
	for range 2 * clients {
		<-begun
		<-g.held
	}
	cancel()
	close(g.open)
	done.Wait()
	if replies["tcp NXDOMAIN"] != clients || replies["udp NXDOMAIN"] != clients {
		t.Errorf("%v; want NXDOMAIN %d times over each", replies, clients)
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestDrainEnds: a look-up that does not end is answered with SERVFAIL five
// seconds after the server begins to end.
func TestDrainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := recursor(t, newGate()) // it never opens
		s.Resolver.Timeout = time.Minute
		ctx, cancel := context.WithCancel(t.Context())
		here, there := net.Pipe()
		ended := make(chan struct{})
		go func() {
			s.ServeConn(ctx, there)
			close(ended)
		}()
		here.Write(framed(query(t, "a.example.cn.")))
		synctest.Wait()
		cancel()
		began := time.Now()
		raw, err := readReply(here)
		if err != nil || rcode(t, raw) != "SERVFAIL" || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := readReply(here); err != io.EOF {
			t.Error(err)
		}
		<-ended
	})
}

// TestAcceptErrors: a lack of descriptors does not end a server; it closes an
// idle connection.
func TestAcceptErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := recursor(t, newGate())
		ln := newPipes()
		for range 10 {
			ln.fail = append(ln.fail, syscall.EMFILE)
		}
		idle, there := net.Pipe()
		go s.ServeConn(t.Context(), there)
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.ServeTCP(ctx, ln) }()
		if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the idle connection: %v", err)
		}
		conn := ln.dial("192.0.2.1:1")
		conn.Write(framed(query(t, "x.test.")))
		if raw, err := readReply(conn); err != nil || rcode(t, raw) != "NXDOMAIN" {
			t.Error(err)
		}
		cancel()
		<-ended
		ln = newPipes()
		ln.fail = []error{syscall.EINVAL}
		if err := s.ServeTCP(t.Context(), ln); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("a broken listener: %v", err)
		}
	})
}

// TestLongQuery: a query that is far longer than any question is refused before
// it is read.
func TestLongQuery(t *testing.T) {
	s := recursor(t, newGate())
	long := append(query(t, "x.test."), make([]byte, 4096)...)
	if out := s.Reply(t.Context(), "udp", long); rcode(t, out) != "FORMERR" {
		t.Errorf("over UDP: %s", rcode(t, out))
	}
	here, there := net.Pipe()
	go s.ServeConn(t.Context(), there)
	here.Write([]byte{0xFF, 0xFF})
	if _, err := here.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("over TCP: %v", err)
	}
	var m dns.Msg
	if m.Unpack(long) == nil && len(m.Question) != 1 {
		t.Error("the long query is malformed anyway")
	}
}
