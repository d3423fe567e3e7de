package server

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"onwire/httpmsg"
)

// ErrClosed is what Serve returns after Shutdown or Close.
var ErrClosed = errors.New("the server is closed")

// A Handler answers a request from its head, or returns a function that does so
// from its body. Only one of the two results is not nil. The head is valid
// until that function returns. Length, Date and Connection are added for it.
type Handler func(req *httpmsg.Head) (*httpmsg.Response, func(body []byte) *httpmsg.Response)

// A Server answers requests. Only Handler must be set. Its fields must not
// change once it serves.
type Server struct {
	Handler Handler

	// Limits of a request. Here a Head of 0 is 16384 bytes, a Line of 0 8192, a
	// Body of 0 65536.
	Limits httpmsg.Limits
	// IdleTimeout is how long a connection may be silent between requests, and
	// before the first; 0 is 60 s. HeadTimeout is how long a head may take from
	// its first byte on, 0 is 10 s; BodyTimeout a body, 0 is 30 s; WriteTimeout
	// a response to be taken, 0 is 30 s. Negative ones have no limit.
	IdleTimeout, HeadTimeout, BodyTimeout, WriteTimeout time.Duration
	// Linger is how long the server, having closed its side, reads on. To close
	// at once would send an RST, which destroys the response on its way (RFC
	// 9112 9.6). 0 is 2 s.
	Linger time.Duration
	// MaxConns bounds the connections open at once. One more is answered with
	// 503. 0 is no bound.
	MaxConns int
	// MaxMemory bounds the bytes of request bodies, and of responses that
	// clients have not taken, over all connections. A request for which nothing
	// is left is answered with 503. 0 is 16 MiB, or four times Limits.Body if
	// that is more.
	MaxMemory int64
	// OnEvent, if set, is called with what happens, from several goroutines at once.
	OnEvent func(Event)
	// Clock is what times go by; nil is the system's.
	Clock Clock

	budget    budget
	mu        sync.Mutex
	listeners map[net.Listener]bool
	conns     map[*conn]bool
	accepted  int64
	turned    int           // connections being answered that there are too many
	serving   int           // calls of Serve under way
	draining  bool          // Shutdown or Close was called
	closed    bool          // Close was called, or Shutdown's time is over
	quit      chan struct{} // closed with draining
	ended     chan struct{} // made by Shutdown, closed when nothing is left
}

// maxTurned bounds the connections that are answered that there are too many.
// More are closed without an answer.
const maxTurned = 64

// Serve accepts connections from l and answers each in a goroutine of its own.
// It closes l. It returns ErrClosed after Shutdown or Close, or the error that
// ended the listener. Running out of descriptors does not end it: it waits, at
// most a second at a time, and tries again.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.draining {
		s.mu.Unlock()
		l.Close()
		return ErrClosed
	}
	if s.listeners == nil {
		s.listeners, s.conns, s.quit = map[net.Listener]bool{}, map[*conn]bool{}, make(chan struct{})
		s.budget.most = s.MaxMemory
		if s.MaxMemory == 0 {
			s.budget.most = max(16<<20, 4*s.limits().Body)
		}
	}
	s.listeners[l] = true
	s.serving++
	s.mu.Unlock()
	defer func() {
		l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, l)
		s.serving--
		s.signalEnd()
	}()
	var wait time.Duration
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			s.take(nc)
		case s.isDraining():
			return ErrClosed
		case !temporary(err):
			return err
		default:
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.tell(Event{Kind: Failed, Why: err.Error()})
			s.pause(wait)
		}
	}
}

// temporary reports whether Accept may succeed later: the peer has gone already,
// or there are no descriptors at the moment.
func temporary(err error) bool {
	for _, e := range []error{syscall.ECONNABORTED, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EINTR,
		syscall.Errno(10024), syscall.Errno(10054), syscall.Errno(10055)} { // the last three are Winsock's
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// take starts serving nc, or turns it away where there are too many.
func (s *Server) take(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	s.accepted++
	c.number = s.accepted
	full := s.MaxConns > 0 && len(s.conns)-s.turned >= s.MaxConns
	gone := s.closed || full && s.turned >= maxTurned
	if !gone {
		s.conns[c] = true
		if c.busy = full; full {
			s.turned++
		}
	}
	s.mu.Unlock()
	switch {
	case gone:
		nc.Close()
	default:
		go c.serve()
	}
}

// leave removes a connection from the server's list.
func (s *Server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if c.busy {
		s.turned--
	}
	s.signalEnd()
}

// Shutdown ends the server: it stops accepting, closes connections between
// their requests, and lets every request that has begun be answered. When ctx
// ends first, what is left is closed and the error of ctx returned.
func (s *Server) Shutdown(ctx context.Context) error {
	ended := s.drain(false)
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		<-s.drain(true)
		return ctx.Err()
	}
}

// Close ends the server at once. It returns when nothing of it is left.
func (s *Server) Close() error {
	<-s.drain(true)
	return nil
}

// drain starts the end, and returns a channel that is closed with the last
// connection and the last Serve.
func (s *Server) drain(now bool) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining && s.quit != nil {
		close(s.quit)
	}
	s.draining = true
	s.closed = s.closed || now
	if s.ended == nil {
		s.ended = make(chan struct{})
	}
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		if s.closed {
			c.nc.Close()
		} else {
			c.wakeIfIdle()
		}
	}
	s.signalEnd()
	return s.ended
}

// signalEnd wakes the caller that waits for the end. mu is held.
func (s *Server) signalEnd() {
	if s.ended == nil || s.serving > 0 || len(s.conns) > 0 {
		return
	}
	select {
	case <-s.ended:
	default:
		close(s.ended)
	}
}

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// Conns returns how many connections are open.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// tell reports an event, if there is an OnEvent.
func (s *Server) tell(e Event) {
	if s.OnEvent != nil {
		e.Time = s.clock().Now()
		s.OnEvent(e)
	}
}

// pause waits by the server's clock, or until the server is to end.
func (s *Server) pause(d time.Duration) {
	passed := make(chan struct{})
	stop := s.clock().AfterFunc(d, func() { close(passed) })
	defer stop()
	select {
	case <-passed:
	case <-s.quit:
	}
}

func (s *Server) clock() Clock {
	if s.Clock == nil {
		return systemClock{}
	}
	return s.Clock
}

// limits returns the limits of a request.
func (s *Server) limits() httpmsg.Limits {
	l := s.Limits
	if l.Head == 0 {
		l.Head = 16 << 10
	}
	if l.Line == 0 {
		l.Line = 8 << 10
	}
	if l.Body == 0 {
		l.Body = 64 << 10
	}
	return l
}

// or returns d, or the default for 0.
func or(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}
