package tap

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A Proxy passes every connection on to one server. Its fields must not be
// changed once it serves.
type Proxy struct {
	Dial func(ctx context.Context) (net.Conn, error) // connects to the server
	On   func(Event)                                 // is told everything, by one goroutine, in order
	Idle func()                                      // if set, is called by that goroutine when no event waits
	Now  func() time.Time                            // the clock; nil is time.Now

	MaxConns int           // at a time, more wait; 0 is 1000
	Queue    int           // reads that may wait for On, of 8 KiB at most; 0 is 2048
	Patience time.Duration // how long bytes wait for room in the queue before they go by unseen; 0 is 20 ms

	queue  chan item
	number int
}

// An item is an Event, with the buffer that its Bytes are in.
type item struct {
	Event
	buf *[]byte
}

// chunk is how much is read at once, and what each direction of a connection
// keeps in memory. A read takes what is there, so it is a bound and no delay.
const chunk = 8 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, chunk); return &b }}

// Serve takes connections from l until the context ends or l fails. All it
// started has ended, and On has been told everything, when it returns. It
// closes l.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	if p.Now == nil {
		p.Now = time.Now
	}
	set(&p.MaxConns, 1000)
	set(&p.Queue, 2048)
	set(&p.Patience, 20*time.Millisecond)
	p.queue = make(chan item, p.Queue)

	var told, conns sync.WaitGroup
	told.Go(p.tell)
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	live, cancel := context.WithCancel(ctx) // of the connections
	places := make(chan struct{}, p.MaxConns)
	var err error
	for {
		places <- struct{}{}
		var c net.Conn
		if c, err = l.Accept(); err != nil {
			break
		}
		p.number++
		number := p.number
		conns.Go(func() {
			p.serve(live, number, c)
			<-places
		})
	}
	if ctx.Err() != nil {
		err = nil
	}
	l.Close()
	cancel()
	conns.Wait()
	close(p.queue)
	told.Wait()
	return err
}

func set[T int | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

// tell tells On.
func (p *Proxy) tell() {
	for it := range p.queue {
		p.On(it.Event)
		if it.buf != nil {
			buffers.Put(it.buf)
		}
		if len(p.queue) == 0 && p.Idle != nil {
			p.Idle()
		}
	}
}

// serve passes one connection on.
func (p *Proxy) serve(ctx context.Context, number int, client net.Conn) {
	defer client.Close()
	server, err := p.Dial(ctx)
	open := Event{Kind: Open, Conn: number, T: p.Now(), Client: addr(client.RemoteAddr()), Whole: true}
	if err != nil {
		open.Kind, open.Err = Refused, err
		p.queue <- item{Event: open}
		reset(client) // as the server's own port would do
		return
	}
	defer server.Close()
	open.Server = addr(server.RemoteAddr())
	p.queue <- item{Event: open}
	stop := context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { p.pass(number, Client, client, server) })
	both.Go(func() { p.pass(number, Server, server, client) })
	both.Wait()
}

func addr(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// pass passes on what one side sends, until it ends. It tells of bytes before
// it passes them on: so an answer is never told before its question.
func (p *Proxy) pass(number int, from Side, src, dst net.Conn) {
	skipped := int64(0)
	buf := make([]byte, chunk)
	for {
		n, err := src.Read(buf)
		if b := buf[:n]; n > 0 {
			if skipped > 0 && p.offer(item{Event: Event{Kind: Gap, Conn: number, T: p.Now(), From: from, N: skipped}}) {
				skipped = 0
			}
			seen := buffers.Get().(*[]byte) // On's copy: it may take its time
			copy(*seen, b)
			if skipped > 0 || !p.offer(item{Event{Kind: Data, Conn: number, T: p.Now(), From: from, Bytes: (*seen)[:n]}, seen}) {
				buffers.Put(seen)
				skipped += int64(n)
			}
			if _, werr := dst.Write(b); werr != nil && err == nil {
				err = werr
			}
		}
		if err == nil {
			continue
		}
		end := Event{Kind: End, Conn: number, T: p.Now(), From: from, Err: err}
		if skipped > 0 {
			p.queue <- item{Event: Event{Kind: Gap, Conn: number, T: end.T, From: from, N: skipped}}
		}
		if errors.Is(err, io.EOF) {
			end.Err = nil
			closeWrite(dst)
		} else { // broken off: the other side must not wait for more
			reset(dst)
			reset(src)
		}
		p.queue <- item{Event: end}
		return
	}
}

// offer puts an event in the queue, if there is room within Patience.
func (p *Proxy) offer(it item) bool {
	select {
	case p.queue <- it:
		return true
	default:
	}
	t := time.NewTimer(p.Patience)
	defer t.Stop()
	select {
	case p.queue <- it:
		return true
	case <-t.C:
		return false
	}
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
		return
	}
	c.Close()
}

// reset ends a connection with RST rather than FIN.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}
