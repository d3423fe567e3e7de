package tcpecho

import "time"

// A list holds the open connections. The links stand in the connections
// themselves: ten thousand of them then need no table beside them.
type list struct {
	first *conn
	len   int
}

func (l *list) add(c *conn) {
	c.next = l.first
	if l.first != nil {
		l.first.prev = c
	}
	l.first = c
	l.len++
}

func (l *list) remove(c *conn) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.next, c.prev = nil, nil
	l.len--
}

func (l *list) each(f func(*conn)) {
	for c := l.first; c != nil; c = c.next {
		f(c)
	}
}

// Idle connections are found by one timer for the whole server, not by one
// each: a connection that reads then only notes the time, which costs a
// hundredth of moving a timer, and a silent one costs no memory for it.

// sweepLater makes a sweep due in d, if none is. s.mu is held.
func (s *Server) sweepLater(d time.Duration) {
	if s.IdleTimeout <= 0 || s.sweeping || s.draining.Load() {
		return
	}
	s.sweeping = true
	s.stopSweep = orSystem(s.Clock).AfterFunc(d, s.sweep)
}

// sweep wakes the connections that have been silent for too long, which then
// end by themselves, and comes back when the next one may be due.
func (s *Server) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweeping = false
	if s.conns.len == 0 || s.draining.Load() {
		return // the next connection starts it again
	}
	next := s.IdleTimeout
	s.conns.each(func(c *conn) {
		left := s.IdleTimeout - c.silence()
		if left <= 0 {
			c.nc.SetReadDeadline(longAgo)
			return
		}
		next = min(next, left)
	})
	s.sweepLater(max(next, s.IdleTimeout/16))
}
