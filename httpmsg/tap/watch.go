package tap

import (
	"bytes"
	"errors"
	"io"
	"net"

	"onwire/httpmsg"
	"onwire/httpmsg/stream"
	"onwire/wire"
)

// maxAhead bounds the requests whose answers are still to come.
const maxAhead = 1024

// A watcher reads the messages of one connection.
type watcher struct {
	tap     *Tap
	conn    int
	client  net.Addr
	methods chan string // of the requests, for their answers
	exchange
}

// Why a direction is not reported any more.
var (
	errBehind = errors.New("more came than could be shown")
	errTunnel = errors.New("the connection has become a tunnel: what follows is no HTTP/1.1")
)

// A ForeignError says that a direction starts with another protocol.
type ForeignError struct{ Protocol string } // as httpmsg.Foreign has it

func (e *ForeignError) Error() string { return e.Protocol + " starts here, which is not HTTP/1.1" }

// A LeftoverError says that bytes follow a message that start no other.
type LeftoverError struct {
	After int // the number of the message
	Bytes []byte
	Text  wire.Note
	RFC   string
}

func (e *LeftoverError) Error() string { return e.Text.String() + " (" + e.RFC + ")" }

// requests reports what the client says.
func (w *watcher) requests(q *queue) {
	defer close(w.methods)
	defer q.abandon()
	r := newReader(q)
	if name := foreign(r); name != "" {
		w.blind(&ForeignError{name})
		return
	}
	var last *httpmsg.Message
	for n := 1; ; n++ {
		if w.afterClose(r, last, n-1) {
			return
		}
		h, err := r.ReadRequest()
		if h == nil || noStart(h, err) {
			w.ends(r, last, n-1, err)
			return
		}
		method := h.Text(h.Method)
		w.asked.Add(1)
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
		last = m
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

// responses reports what the server says. An answer needs the method of its
// request: one to HEAD has no body.
func (w *watcher) responses(q *queue) {
	defer q.abandon()
	r := newReader(q)
	if name := foreign(r); name != "" {
		w.blind(&ForeignError{name})
		return
	}
	var last *httpmsg.Message
	for n := 1; ; n++ {
		if err := r.Wait(); err != nil || w.afterClose(r, last, n-1) {
			return
		}
		method := <-w.methods // "" if what was asked is not known
		for {
			h, err := r.ReadResponse(method)
			if h == nil || noStart(h, err) {
				w.ends(r, last, n-1, err)
				return
			}
			streamed := false
			if err == nil && h.Body.Kind != httpmsg.TunnelBody {
				streamed, err = w.body(r, h, method, n)
			}
			raw, _ := r.Raw()
			m := parse(raw, func(b []byte) (*httpmsg.Message, error) { return httpmsg.ParseResponse(b, method, unlimited) })
			last = m
			w.tap.tell(Event{Kind: Response, Conn: w.conn, N: n, Client: w.client, Message: m, Streamed: streamed, Err: err})
			if h.Body.Kind == httpmsg.TunnelBody {
				w.blind(errTunnel)
				return
			}
			if err != nil {
				w.blind(err)
				return
			}
			if !h.Interim() {
				w.answered.Add(1)
				break
			}
		}
	}
}

// body reads the body of a response, and reports it piece by piece if its head
// does not say how long it is, and it does not come at once.
func (w *watcher) body(r *httpmsg.Reader, h *httpmsg.Head, method string, n int) (bool, error) {
	var s stream.Stream
	if h.Body.Kind == httpmsg.ChunkedBody || h.Body.Kind == httpmsg.CloseBody {
		head := parse(h.Bytes, func(b []byte) (*httpmsg.Message, error) { return httpmsg.ParseResponse(b, method, unlimited) })
		offset := 0
		s = stream.Stream{
			Patience: patience, Most: maxShown,
			Begin: func() {
				w.tap.tell(Event{Kind: Head, Conn: w.conn, N: n, Client: w.client, Message: head})
			},
			Piece: func(b []byte) {
				w.tap.tell(Event{Kind: Piece, Conn: w.conn, N: n, Client: w.client, Content: bytes.Clone(b), Offset: offset})
				offset += len(b)
			},
		}
		if kind, _ := h.Get("Content-Type"); httpmsg.ParseMedia(kind).Type == "text/event-stream" {
			s.Patience, s.Most = 0, 0
		}
	}
	return s.Read(r.Body())
}

// foreign waits for the first bytes, and names what they are if they are no
// HTTP/1.1. An alert alone is an answer to TLS.
func foreign(r *httpmsg.Reader) string {
	if r.Wait() != nil {
		return ""
	}
	b := r.Buffered()
	if b[0] == 21 || b[0] == 22 { // of TLS; the first segment may be one byte
		return "TLS"
	}
	return httpmsg.Foreign(b)
}

// noStart reports whether reading failed in the first line already.
func noStart(h *httpmsg.Head, err error) bool {
	return errors.Is(err, httpmsg.ErrStartLine) || errors.Is(err, httpmsg.ErrTruncated) && h.Start.Len() == 0
}

// ends reports why no further message is read: what is there may follow a
// message whose length is wrong.
func (w *watcher) ends(r *httpmsg.Reader, last *httpmsg.Message, after int, err error) {
	raw, _ := r.Raw()
	if left := leftover(last, after, append(bytes.Clone(raw), r.Buffered()...)); left != nil && err != io.EOF {
		err = left
	}
	w.blind(err)
}

// afterClose waits for the next bytes where the last message was to be the last
// one, and reports what they are.
func (w *watcher) afterClose(r *httpmsg.Reader, last *httpmsg.Message, after int) bool {
	if last == nil {
		return false
	}
	if keep, _ := last.KeepAlive(); keep || r.Wait() != nil {
		return false
	}
	left := leftover(last, after, bytes.Clone(r.Buffered()))
	if left == nil {
		return false
	}
	w.blind(left)
	return true
}

// leftover returns what bytes after a message are, if they start no other.
func leftover(last *httpmsg.Message, after int, rest []byte) error {
	if last == nil || len(bytes.Trim(rest, "\r\n")) == 0 {
		return nil
	}
	n, text, rfc := last.Leftover(rest)
	if n == 0 {
		return nil
	}
	return &LeftoverError{after, rest[:n], text, rfc}
}

// blind reports why nothing more is reported, unless it is just the end.
func (w *watcher) blind(err error) {
	w.unread.Store(true)
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
