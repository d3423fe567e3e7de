package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// A demoNet is the network that the demo plays on: where the notes listen, how
// the client gets there, and what time it is. The real one and one that is
// simulated differ here only.
type demoNet interface {
	Listen(network, addr string) (net.Listener, error)
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// A memoryNet has one listener, and pipes in memory for wires. Its clock stands
// still, so that every run gives the same bytes.
type memoryNet struct {
	queue chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newMemoryNet() *memoryNet {
	return &memoryNet{queue: make(chan net.Conn), done: make(chan struct{})}
}

func (m *memoryNet) Listen(string, string) (net.Listener, error) { return m, nil }

func (m *memoryNet) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.queue <- there:
		return here, nil
	case <-m.done:
		return nil, errors.New("nobody listens")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memoryNet) Now() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }

// AfterFunc never calls f: this clock stands still.
func (m *memoryNet) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

// Accept, Close and Addr make it a net.Listener.
func (m *memoryNet) Accept() (net.Conn, error) {
	select {
	case c := <-m.queue:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

func (m *memoryNet) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

func (m *memoryNet) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "notes.example:80" }

// A turnConn counts how often its owner, having said something, waits for the
// other side: each time is a round trip.
type turnConn struct {
	net.Conn
	mu    sync.Mutex
	spoke bool
	turns int
	out   int
	in    int
}

func (c *turnConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.spoke = true
	c.out += len(p)
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *turnConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	if c.spoke {
		c.spoke = false
		c.turns++
	}
	c.mu.Unlock()
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	c.in += n
	c.mu.Unlock()
	return n, err
}
