package greeter

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
)

// limit returns a listener that has at most n connections open: Accept waits
// until one is closed. A *net.TCPConn stays one, as gRPC reads from it without
// a buffer for each connection that says nothing.
func limit(l net.Listener, n int) net.Listener {
	return &limited{Listener: l, places: make(chan struct{}, n), closed: make(chan struct{})}
}

type limited struct {
	net.Listener
	places chan struct{}
	close  sync.Once
	closed chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	leave := sync.OnceFunc(func() { <-l.places })
	if tcp, ok := c.(*net.TCPConn); ok {
		return &limitedTCP{TCPConn: tcp, leave: leave}, nil
	}
	return &limitedConn{c, leave}, nil
}

func (l *limited) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedTCP struct {
	*net.TCPConn
	leave func()
	ended atomic.Bool
}

// Close sends a FIN after what was written. Bytes that were not read would make
// the system send an RST instead, and the client could lose the GOAWAY that
// says why: so what has come is read, for a moment and up to a bound.
func (c *limitedTCP) Close() error {
	if c.ended.Swap(true) {
		return net.ErrClosed
	}
	if err := c.TCPConn.CloseWrite(); err != nil {
		defer c.leave()
		return c.TCPConn.Close()
	}
	c.SetReadDeadline(time.Now().Add(lingerTime))
	go func() {
		defer c.leave()
		io.CopyN(io.Discard, struct{ io.Reader }{c.TCPConn}, lingerBytes)
		c.TCPConn.Close()
	}()
	return nil
}

// The bounds of what is read after the end of a connection.
const (
	lingerTime  = 50 * time.Millisecond
	lingerBytes = 256 << 10
)

type limitedConn struct {
	net.Conn
	leave func()
}

func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// A callCount bounds the calls whose handlers run, on all connections together.
type callCount struct {
	most   int64
	now    atomic.Int64
	memory *memory
}

// begin is called for the headers of every call.
func (c *callCount) begin(ctx context.Context, _ *tap.Info) (context.Context, error) {
	if err := c.memory.check(); err != nil {
		return ctx, err
	}
	if c.now.Add(1) > c.most {
		c.now.Add(-1)
		return ctx, status.Errorf(codes.ResourceExhausted, "%d calls are under way here: try again later", c.most)
	}
	context.AfterFunc(ctx, func() { c.now.Add(-1) })
	return ctx, nil
}
