// Package tap passes the bytes of HTTP connections on, unchanged and at once,
// and reports the messages in them (a tunnel, RFC 9110 3.7). The passing never
// waits for the parsing: where that cannot keep up, or where the bytes are not
// HTTP/1.1, they are passed all the same and not reported.
package tap

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"onwire/httpmsg"
)

// A Tap passes connections on to where Dial leads. Its fields must not change
// once it serves.
type Tap struct {
	// Dial connects to the server.
	Dial func(context.Context) (net.Conn, error)
	// OnEvent is called with what was said, from several goroutines at once. It may be
	// slow: up to Backlog bytes wait for it, and only a connection that is one
	// too many.
	OnEvent func(Event)
	// Backlog bounds the bytes of one connection and direction that wait to be
	// parsed, 0 is 4 MiB; Total those of all, 0 is 8 MiB. What is more is
	// passed, and not reported.
	Backlog int
	Total   int64
	// MaxConns bounds the connections open at once; 0 is DefaultMaxConns. One
	// more is closed, and reported as Refused with ErrTooMany.
	MaxConns int
	// Grace is how long a connection may go on after the end of Serve's
	// context while an answer is on its way; 0 closes it at once.
	Grace time.Duration
	// Now is the time; nil is time.Now.
	Now func() time.Time

	waiting budget
}

// DefaultMaxConns bounds what a Tap keeps in memory: beside the Total, 32 KiB
// of the message that is read in each direction of a connection.
const DefaultMaxConns = 128

// ErrTooMany says that MaxConns connections are open already.
var ErrTooMany = errors.New("too many connections are open")

// A Kind is what an Event is about.
type Kind string

const (
	Open     Kind = "open"     // a client connected, and so did the tap
	Refused  Kind = "refused"  // the server could not be reached, or there are too many
	Request  Kind = "request"  // the client said this
	Response Kind = "response" // the server said this
	Head     Kind = "head"     // the head of a response whose body does not come at once
	Piece    Kind = "piece"    // of the body of such a response; a Response follows when it is whole
	Blind    Kind = "blind"    // from here on one direction is passed, and not shown
	Closed   Kind = "closed"   // both sides are done
)

// An Event is something that went through a Tap.
type Event struct {
	Kind     Kind
	Time     time.Time
	Conn     int              // the connection's number, from 1 on
	N        int              // which request of the connection it is, or answers
	Client   net.Addr         // of the connection
	Message  *httpmsg.Message // of a Request, Response or Head
	Content  []byte           // of a Piece, without chunks
	Offset   int              // of a Piece: where it is in the body
	Streamed bool             // of a Response: its Head and Pieces were reported before
	In, Out  int64            // of Closed: bytes from the client, and to it
	Err      error            // why Refused or Blind; what is wrong with the message
}

// maxShown bounds what is kept of one message. Larger ones are passed like
// others, and reported with the start of their body.
const maxShown = 32 << 10

// patience is how long the body of a response may take before it is reported
// piece by piece. Server-sent events are at once.
const patience = 200 * time.Millisecond

// Serve passes on every connection that l accepts, until ctx or l ends, and
// returns when the last of them has ended. At the end of ctx it takes no new
// connections, and closes those that no answer is on its way for. It closes l.
// The end of ctx is no error.
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
	if t.waiting.most = t.Total; t.Total == 0 {
		t.waiting.most = 8 << 20
	}
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
	w := &watcher{tap: t, conn: n, client: client.RemoteAddr(), methods: make(chan string, maxAhead)}
	ended := make(chan struct{})
	defer close(ended)
	stop := context.AfterFunc(ctx, func() {
		w.drain(t.Grace, ended)
		client.Close()
		server.Close()
	})
	defer stop()
	backlog := t.Backlog
	if backlog == 0 {
		backlog = 4 << 20
	}
	asked, told := newQueue(backlog, &t.waiting), newQueue(backlog, &t.waiting)
	var passing, reading sync.WaitGroup
	reading.Go(func() {
		t.tell(Event{Kind: Open, Conn: n, Client: client.RemoteAddr()})
		reading.Go(func() { w.requests(asked) })
		w.responses(told)
	})
	passing.Go(func() { copyOn(server, client, asked, &w.in) })
	passing.Go(func() { copyOn(client, server, told, &w.out) })
	passing.Wait()
	reading.Wait()
	t.tell(Event{Kind: Closed, Conn: n, Client: client.RemoteAddr(), In: w.in.bytes.Load(), Out: w.out.bytes.Load()})
}

// copyOn passes bytes from src to dst as they come: a write for every read.
// What is shown is copied after it was passed.
func copyOn(dst, src net.Conn, q *queue, d *direction) {
	defer q.end()
	b := make([]byte, 32<<10)
	for {
		n, err := src.Read(b)
		if n > 0 {
			d.add(n)
			_, werr := dst.Write(b[:n])
			q.put(b[:n])
			if werr != nil {
				src.Close() // its bytes have no way to go
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
