package tcpecho

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// ErrServerClosed is what Serve and ServePacket return after Shutdown or Close.
var ErrServerClosed = errors.New("the echo server is closed")

// A Server echoes: every byte that it reads from a connection it writes back
// (RFC 862). The zero Server is ready; it waits for ever and takes every
// connection. Its fields must not change once it serves.
type Server struct {
	// IdleTimeout closes a connection that has been silent for so long, at
	// most a sixteenth later. 0 never does.
	IdleTimeout time.Duration
	// WriteTimeout resets a connection whose peer has taken nothing at all for
	// so long. A peer that is slow but alive is kept. 0 waits for ever.
	WriteTimeout time.Duration
	// Linger is how long the server waits, after its own FIN, for each next
	// sign of the peer. Closing earlier would send an RST, and an RST destroys
	// echoed bytes on their way. 0 means 5 seconds.
	Linger time.Duration
	// MaxConns bounds the connections open at once; one more is closed as soon
	// as it is accepted. 0 is no bound.
	MaxConns int
	// OnEvent, if set, is told what happens, from several goroutines at once.
	OnEvent func(Event)
	// Clock is what the timeouts go by; nil is the system's.
	Clock Clock

	mu        sync.Mutex
	listeners map[closer]struct{}
	conns     list
	serving   int           // calls of Serve and ServePacket under way
	quit      chan struct{} // made by begin, closed when the server is to end
	ended     chan struct{} // made by Shutdown, closed when nothing is left
	sweeping  bool          // a sweep for idle connections is due
	stopSweep func() bool

	draining atomic.Bool // it is to end: what was read is still echoed
	closed   atomic.Bool // it is to end now; draining as well
	late     atomic.Int64
	owed     atomic.Int64 // bytes that were read and are not echoed, or never will be
	held     atomic.Int64 // buffers in which such bytes are kept

	total Stats // of connections that have ended, and of what has none; under mu
}

type closer interface{ Close() error }

// acceptGrace is how long a Server that shuts down still accepts: closing a
// listener resets the connections in its queue, which their peers believe to
// be open.
const acceptGrace = 20 * time.Millisecond

// Serve accepts connections from l and echoes each in a goroutine of its own.
// It returns ErrServerClosed after Shutdown or Close, or the error that ended
// the listener; it closes l. Running out of descriptors does not end it: it
// waits, at most a second at a time, and tries again.
func (s *Server) Serve(l net.Listener) error {
	if !s.begin(l) {
		l.Close()
		return ErrServerClosed
	}
	defer s.end(l)
	var wait time.Duration
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			s.take(nc)
		case s.draining.Load():
			return ErrServerClosed
		case !passing(err):
			return err
		default:
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.mu.Lock()
			s.total.AcceptErrors++
			s.mu.Unlock()
			s.tell(Event{Kind: AcceptError, Err: err, After: wait})
			s.pause(wait)
		}
	}
}

// begin registers something to be closed by Shutdown and Close.
func (s *Server) begin(l closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	if s.listeners == nil {
		s.listeners = map[closer]struct{}{}
		s.quit = make(chan struct{})
	}
	s.listeners[l] = struct{}{}
	s.serving++
	return true
}

func (s *Server) end(l closer) {
	l.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
	s.serving--
	s.signalEnd()
}

// signalEnd wakes Shutdown when nothing is left. s.mu is held.
func (s *Server) signalEnd() {
	if s.ended != nil && s.serving == 0 && s.conns.len == 0 {
		close(s.ended)
		s.ended = nil
	}
}

// take starts echoing on nc, or closes it where there are too many.
func (s *Server) take(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	full := s.MaxConns > 0 && s.conns.len >= s.MaxConns
	gone := s.closed.Load()
	switch {
	case gone:
	case full:
		s.total.Rejected++
	default:
		s.total.Accepted++
		s.conns.add(c)
		s.sweepLater(s.IdleTimeout)
	}
	s.mu.Unlock()
	if gone || full {
		if full {
			s.tell(Event{Kind: Reject, Remote: nc.RemoteAddr()})
		}
		nc.Close()
		return
	}
	if s.OnEvent != nil {
		s.tell(Event{Kind: Accept, Remote: nc.RemoteAddr()})
	}
	go c.serve()
}

// Shutdown ends the server without losing anything that it has read: it stops
// accepting, echoes what each connection has received so far, sends a FIN, and
// waits for the peers to end. Bytes that come after that are counted as Late.
// When ctx ends first, what is left is reset and the error of ctx returned.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.draining.Store(true)
	ended := s.ending()
	s.conns.each(func(c *conn) { c.nc.SetReadDeadline(longAgo) }) // wake them all
	s.signalEnd()
	s.mu.Unlock()
	stop := orSystem(s.Clock).AfterFunc(acceptGrace, s.closeListeners)
	defer stop()

	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		s.abort()
		<-ended
		return ctx.Err()
	}
}

// Close ends the server at once: listeners and connections are closed, and
// what is under way is lost. It returns when all of them are gone.
func (s *Server) Close() error {
	s.mu.Lock()
	ended := s.ending()
	s.mu.Unlock()
	s.abort()
	<-ended
	return nil
}

// ending stops what waits, and returns a channel that is closed when the last
// connection and the last Serve have ended. s.mu is held.
func (s *Server) ending() <-chan struct{} {
	if s.quit != nil && s.ended == nil {
		select {
		case <-s.quit:
		default:
			close(s.quit)
		}
	}
	if s.stopSweep != nil {
		s.stopSweep()
	}
	if s.ended == nil {
		s.ended = make(chan struct{})
	}
	return s.ended
}

func (s *Server) closeListeners() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.listeners {
		l.Close()
	}
}

// abort closes everything, connections with an RST.
func (s *Server) abort() {
	s.closed.Store(true)
	s.draining.Store(true)
	s.closeListeners()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns.each((*conn).reset)
	s.signalEnd()
}

// Stats returns the counts up to now, those of open connections included.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.total
	sum.Active = int64(s.conns.len)
	sum.Late = s.late.Load()
	s.conns.each(func(c *conn) { sum.In += c.in.Load() })
	sum.Out = sum.In - s.owed.Load()
	return sum
}

// tell reports an event, if anybody listens.
func (s *Server) tell(e Event) {
	if s.OnEvent != nil {
		e.Time = orSystem(s.Clock).Now()
		s.OnEvent(e)
	}
}

// pause waits by the server's clock, or until the server is to end.
func (s *Server) pause(d time.Duration) {
	passed := make(chan struct{})
	stop := orSystem(s.Clock).AfterFunc(d, func() { close(passed) })
	defer stop()
	select {
	case <-passed:
	case <-s.quit:
	}
}

func (s *Server) linger() time.Duration {
	if s.Linger == 0 {
		return 5 * time.Second
	}
	return s.Linger
}
