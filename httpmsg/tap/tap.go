// Package tap passes the bytes of HTTP connections on, unchanged and at once,
// and takes them apart beside that (a tunnel that listens, RFC 9110 3.7). The
// passing never waits for the taking apart: where that cannot keep up, or where
// the bytes are no HTTP, they are passed all the same and shown no more.
package tap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"onwire/httpmsg"
)

// A Tap passes connections on to where Dial leads. Its fields must not change
// once it serves.
type Tap struct {
	// Dial connects to the server.
	Dial func(context.Context) (net.Conn, error)
	// OnEvent is told what was said, from several goroutines at once. It may be
	// slow: up to Backlog bytes wait for it, and only a connection that is one
	// too many.
	OnEvent func(Event)
	// Backlog bounds the bytes of one connection and direction that wait to be
	// taken apart; 0 is 4 MiB. What is more is passed, and not shown.
	Backlog int
	// MaxConns bounds the connections open at once; 0 is DefaultMaxConns. One
	// more is closed, and told of as Refused with ErrTooMany.
	MaxConns int
	// Now is the time; nil is time.Now.
	Now func() time.Time
}

// DefaultMaxConns times two directions times the Backlog is what a Tap keeps in
// memory at most, beside the messages that OnEvent holds.
const DefaultMaxConns = 256

// ErrTooMany says that MaxConns connections are open already.
var ErrTooMany = errors.New("too many connections are open")

// A Kind is what an Event is about.
type Kind string

const (
	Open     Kind = "open"     // a client connected, and so did the tap
	Refused  Kind = "refused"  // the server could not be reached, or there are too many
	Request  Kind = "request"  // the client said this
	Response Kind = "response" // the server said this
	Blind    Kind = "blind"    // from here on one direction is passed, and not shown
	Closed   Kind = "closed"   // both sides are done
)

// An Event is something that went through a Tap.
type Event struct {
	Kind    Kind
	Time    time.Time
	Conn    int              // the connection's number, from 1 on
	N       int              // which request of the connection it is, or answers
	Client  net.Addr         // of the connection
	Message *httpmsg.Message // of a Request or Response
	In, Out int64            // of Closed: bytes from the client, and to it
	Err     error            // why Refused or Blind; what is wrong with the message
}

// maxShown bounds what is kept of one message. Larger ones are passed like
// others, and shown with the start of their body.
const maxShown = 1 << 20

// Serve passes on every connection that l accepts, until ctx or l ends, and
// returns when the last of them has ended. It closes l. The end of ctx is no
// error.
func (t *Tap) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer l.Close()
	var group sync.WaitGroup
	defer group.Wait()
	// Of its own name: ctx has ended before l is closed, this one perhaps not.
	passing, cancel := context.WithCancel(ctx)
	defer cancel()
	most := t.MaxConns
	if most == 0 {
		most = DefaultMaxConns
	}
	free := make(chan struct{}, most)
	for n := 1; ; n++ {
		client, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case free <- struct{}{}:
			group.Go(func() {
				defer func() { <-free }()
				t.pass(passing, n, client)
			})
		default:
			client.Close()
			t.tell(Event{Kind: Refused, Conn: n, Client: client.RemoteAddr(), Err: ErrTooMany})
		}
	}
}

func (t *Tap) tell(e Event) {
	e.Time = t.now()
	t.OnEvent(e)
}

func (t *Tap) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

// pass serves one connection.
func (t *Tap) pass(ctx context.Context, n int, client net.Conn) {
	defer client.Close()
	server, err := t.Dial(ctx)
	if err != nil {
		t.tell(Event{Kind: Refused, Conn: n, Client: client.RemoteAddr(), Err: err})
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})
	defer stop()
	backlog := t.Backlog
	if backlog == 0 {
		backlog = 4 << 20
	}
	asked, told := newQueue(backlog), newQueue(backlog)
	var in, out atomic.Int64
	var passing, reading sync.WaitGroup
	w := &watcher{tap: t, conn: n, client: client.RemoteAddr(), methods: make(chan string, maxAhead)}
	reading.Go(func() {
		t.tell(Event{Kind: Open, Conn: n, Client: client.RemoteAddr()})
		reading.Go(func() { w.requests(asked) })
		w.responses(told)
	})
	passing.Go(func() { copyOn(server, client, asked, &in) })
	passing.Go(func() { copyOn(client, server, told, &out) })
	passing.Wait()
	reading.Wait()
	t.tell(Event{Kind: Closed, Conn: n, Client: client.RemoteAddr(), In: in.Load(), Out: out.Load()})
}

// copyOn passes bytes from src to dst as they come: a write for every read.
// What is shown is copied after it was passed.
func copyOn(dst, src net.Conn, q *queue, total *atomic.Int64) {
	defer q.end()
	b := make([]byte, 32<<10)
	for {
		n, err := src.Read(b)
		if n > 0 {
			total.Add(int64(n))
			_, werr := dst.Write(b[:n])
			q.put(b[:n])
			if werr != nil {
				src.Close() // nobody takes what it says
				return
			}
		}
		if err != nil {
			if half, ok := dst.(interface{ CloseWrite() error }); ok && err == io.EOF {
				half.CloseWrite() // a FIN is passed as a FIN
			} else {
				dst.Close()
			}
			return
		}
	}
}

// maxAhead bounds the requests whose answers are still to come.
const maxAhead = 1024

// A watcher takes one connection apart.
type watcher struct {
	tap     *Tap
	conn    int
	client  net.Addr
	methods chan string // of the requests, for their answers
}

var (
	errBehind = errors.New("more came than could be shown")
	errTLS    = errors.New("TLS starts here: what is inside it cannot be shown")
	errTunnel = errors.New("the connection has become a tunnel: what follows is no HTTP/1.1")
)

// requests shows what the client says.
func (w *watcher) requests(q *queue) {
	defer close(w.methods)
	defer q.abandon()
	r := newReader(q)
	if startsTLS(r) {
		w.blind(errTLS)
		return
	}
	for n := 1; ; n++ {
		h, err := r.ReadRequest()
		if h == nil || err != nil && len(h.Bytes) == 0 {
			w.blind(err)
			return
		}
		method := h.Text(h.Method)
		if err == nil { // the answer may come before the body is whole
			select {
			case w.methods <- method:
			default:
				w.blind(errBehind)
				return
			}
		}
		if err == nil && h.Body.Kind != httpmsg.TunnelBody {
			_, err = io.Copy(io.Discard, r.RawBody())
		}
		raw, _ := r.Raw()
		m := parse(raw, func(b []byte) (*httpmsg.Message, error) { return httpmsg.ParseRequest(b, unlimited) })
		w.tap.tell(Event{Kind: Request, Conn: w.conn, N: n, Client: w.client, Message: m, Err: err})
		if h.Body.Kind == httpmsg.TunnelBody {
			w.blind(errTunnel)
			return
		}
		if err != nil {
			w.blind(err)
			return
		}
	}
}

// responses shows what the server says. An answer needs the method of its
// request: one to HEAD has no body.
func (w *watcher) responses(q *queue) {
	defer q.abandon()
	r := newReader(q)
	if startsTLS(r) {
		w.blind(errTLS)
		return
	}
	for n := 1; ; n++ {
		if err := r.Wait(); err != nil {
			return
		}
		method := <-w.methods // "" if what was asked is not known
		for {
			h, err := r.ReadResponse(method)
			if h == nil {
				w.blind(err)
				return
			}
			if err == nil && h.Body.Kind != httpmsg.TunnelBody {
				_, err = io.Copy(io.Discard, r.RawBody())
			}
			raw, _ := r.Raw()
			m := parse(raw, func(b []byte) (*httpmsg.Message, error) { return httpmsg.ParseResponse(b, method, unlimited) })
			w.tap.tell(Event{Kind: Response, Conn: w.conn, N: n, Client: w.client, Message: m, Err: err})
			if h.Body.Kind == httpmsg.TunnelBody {
				w.blind(errTunnel)
				return
			}
			if err != nil {
				w.blind(err)
				return
			}
			if !h.Interim() {
				break
			}
		}
	}
}

// startsTLS waits for the first byte, and reports whether it is that of a TLS
// record: a handshake, or an alert in answer to one (RFC 8446 5.1).
func startsTLS(r *httpmsg.Reader) bool {
	if r.Wait() != nil {
		return false
	}
	first := r.Buffered()[0]
	return first == 21 || first == 22
}

// blind tells why nothing more is shown, unless it is just the end.
func (w *watcher) blind(err error) {
	if err == nil || err == io.EOF {
		return
	}
	w.tap.tell(Event{Kind: Blind, Conn: w.conn, Client: w.client, Err: err})
}

// unlimited is for bytes that are in memory already.
var unlimited = httpmsg.Limits{Body: -1}

func newReader(q *queue) *httpmsg.Reader {
	r := httpmsg.NewReader(q, unlimited)
	r.Lenient, r.Keep = true, maxShown
	return r
}

// parse makes the message of its bytes. Of one that was not kept whole the body
// is what was kept.
func parse(raw []byte, read func([]byte) (*httpmsg.Message, error)) *httpmsg.Message {
	m, _ := read(bytes.Clone(raw)) // what is wrong is in the Event
	return m
}
