package dnslookup

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Limits of one TCP connection.
const (
	idleTime     = 10 * time.Second // without a whole query, or for one reply to be taken
	maxPipelined = 16               // queries in work
	writeBuffer  = 64 << 10         // bytes that the system keeps for a client that does not read
)

// ServeTCP answers the queries on the connections that ln accepts, until ctx
// ends; then those that have come are answered, within 5 seconds. It closes ln.
// Too many connections make the oldest idle one close, or else the one that has
// not read its reply for the longest; a client may have a quarter of MaxConns. A
// lack of file descriptors ends nothing. With a TLS listener this is DNS over
// TLS.
func (s *Recursor) ServeTCP(ctx context.Context, ln net.Listener) error {
	defer ln.Close()
	// Connections in the listener's queue would be reset if it closed at once.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(drainRead, func() { ln.Close() }) })()
	var conns sync.WaitGroup
	defer conns.Wait()
	var wait pause
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			wait = 0
			if c := s.admit(conn); c != nil { // here, so that the oldest is the one that came first
				conns.Go(func() { s.serve(ctx, c) })
			}
		case ctx.Err() != nil:
			return ctx.Err()
		case !passing(err):
			return err
		default:
			s.clients.closeIdle(nil) // it has a descriptor that others need more
			wait.longer(ctx)
		}
	}
}

// passing reports whether Accept may work again later.
func passing(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR,
		syscall.Errno(10024), syscall.Errno(10054), syscall.Errno(10055)} { // the last three are Winsock's
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// ServeConn answers the queries on one connection (RFC 7766) until it or ctx
// ends, and closes it. A reply may overtake another.
func (s *Recursor) ServeConn(ctx context.Context, conn net.Conn) {
	if c := s.admit(conn); c != nil {
		s.serve(ctx, c)
	}
}

// admit takes a connection as a client, or closes it and returns nil where there
// are too many.
func (s *Recursor) admit(conn net.Conn) *client {
	c := &client{conn: conn, addr: addrPort(conn.RemoteAddr()), turn: make(chan struct{}, 1)}
	if !s.clients.add(c, orDefault(s.MaxConns, defaultClients)) {
		conn.Close()
		return nil
	}
	return c
}

func (s *Recursor) serve(ctx context.Context, c *client) {
	conn := c.conn
	defer s.clients.remove(c)
	defer conn.Close()
	if tcp, ok := conn.(interface{ SetWriteBuffer(int) error }); ok {
		tcp.SetWriteBuffer(writeBuffer) // else it may be megabytes
	}
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Now().Add(drainRead)) })()
	work, cancel := draining(ctx)
	defer cancel()
	defer context.AfterFunc(work, func() { conn.SetWriteDeadline(time.Now().Add(drainWrite)) })()

	slots := make(chan struct{}, maxPipelined)
	var queries sync.WaitGroup
	for {
		raw, err := c.read(ctx)
		if err != nil {
			if errors.Is(err, syscall.ECONNRESET) {
				cancel() // the client has gone, and with it its questions
			}
			break
		}
		in := s.receive(raw, c.addr, c.transport())
		if in == nil {
			break
		}
		s.clients.busy(c, 1)
		if s.recall(in) {
			c.reply(work, s, in)
			continue
		}
		slots <- struct{}{}
		queries.Go(func() {
			s.find(work, in)
			c.reply(work, s, in)
			<-slots
		})
	}
	queries.Wait()
	if ctx.Err() != nil {
		c.linger()
	}
}

// read reads one query, with its length before it. All of it has to come in
// time, so that a client cannot hold a connection with a byte now and then.
func (c *client) read(ctx context.Context) ([]byte, error) {
	c.conn.SetReadDeadline(time.Now().Add(idleTime))
	if ctx.Err() != nil {
		c.conn.SetReadDeadline(time.Now().Add(drainRead))
	}
	var length [2]byte
	if _, err := io.ReadFull(c.conn, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint16(length[:])
	if n > maxQuery {
		return nil, errLongQuery
	}
	query := make([]byte, n)
	_, err := io.ReadFull(c.conn, query)
	return query, err
}

// reply writes the reply to a query. It is made only when its turn has come: a
// client that reads nothing costs the memory of one reply.
func (c *client) reply(work context.Context, s *Recursor, in *inquiry) {
	c.turn <- struct{}{}
	raw := in.pack()
	c.conn.SetWriteDeadline(time.Now().Add(idleTime))
	if work.Err() != nil {
		c.conn.SetWriteDeadline(time.Now().Add(drainWrite))
	}
	if raw != nil {
		s.clients.writes(c, time.Now())
		framed := net.Buffers{binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw} // one write, and no copy
		if _, err := framed.WriteTo(c.conn); err != nil {
			c.conn.Close() // no reply after half of one
		}
		s.clients.writes(c, time.Time{})
	}
	<-c.turn
	s.clients.busy(c, -1)
	s.report(in)
}

// linger closes a connection so that the client gets all its replies: with a
// FIN, and not before the client has closed too. What it still sends would
// else be answered by a reset, which discards replies on their way.
func (c *client) linger() {
	half, ok := c.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.conn.SetReadDeadline(time.Now().Add(drainWrite))
	io.CopyN(io.Discard, c.conn, 1<<20)
}

// A client is a TCP connection.
type client struct {
	conn net.Conn
	addr netip.AddrPort
	turn chan struct{} // holds one while a reply is written

	// Under the lock of clients.
	work  int       // queries without a reply
	since time.Time // that there is none
	wrote time.Time // when a write began that has not ended
}

func (c *client) transport() Transport {
	if _, ok := c.conn.(interface{ HandshakeContext(context.Context) error }); ok {
		return TLS
	}
	return TCP
}

// clients are the TCP connections of a Recursor.
type clients struct {
	mu   sync.Mutex
	open map[*client]bool
	of   map[share]int
}

// add makes room for a connection, and reports whether there was any. Where
// there is none the connection closes that has been idle for the longest: of
// the same client if that has its share, else of the one with the most.
func (cs *clients) add(c *client, most int) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.open == nil {
		cs.open, cs.of = map[*client]bool{}, map[share]int{}
	}
	own := shareOf(c.addr)
	from, full := noPlace(cs.of, own, len(cs.open), most)
	if full && !cs.evict(&from) {
		return false
	}
	c.since = time.Now()
	cs.open[c] = true
	cs.of[own]++
	return true
}

// closeIdle closes the connection that has been idle for the longest.
func (cs *clients) closeIdle(of *share) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.evict(of)
}

func (cs *clients) evict(of *share) bool {
	var oldest, stalled *client
	for c := range cs.open {
		switch {
		case of != nil && shareOf(c.addr) != *of:
		case c.work == 0 && (oldest == nil || c.since.Before(oldest.since)):
			oldest = c
		case !c.wrote.IsZero() && time.Since(c.wrote) >= minTime && (stalled == nil || c.wrote.Before(stalled.wrote)):
			stalled = c
		}
	}
	if oldest == nil {
		oldest = stalled
	}
	if oldest == nil {
		return false
	}
	oldest.conn.Close()
	cs.drop(oldest)
	return true
}

func (cs *clients) drop(c *client) {
	if cs.open[c] {
		delete(cs.open, c)
		less(cs.of, shareOf(c.addr))
	}
}

func (cs *clients) remove(c *client) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.drop(c)
}

// busy counts the queries of a connection that have no reply yet.
func (cs *clients) busy(c *client, n int) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.work += n
	c.since = time.Now()
}

// writes notes when a reply began to be written, or that it is.
func (cs *clients) writes(c *client, began time.Time) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.wrote = began
}
