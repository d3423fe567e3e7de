package httpmsg

import (
	"bytes"
	"errors"
	"io"
)

// A Reader reads messages from a connection, one after another: for a server,
// a client, or something between them.
//
//	r := httpmsg.NewReader(conn, httpmsg.Limits{})
//	for {
//		h, err := r.ReadRequest() // io.EOF: the other side is done
//		io.Copy(dst, r.Body())
//		keep, _ := h.KeepAlive()
//		...
//	}
//
// It is not safe for use by several goroutines. It never reads further in the
// stream than it must for the message, but for what arrives with it.
type Reader struct {
	// Lenient accepts messages that are refused otherwise, to show them. A body
	// whose end is unknown is then all up to the close. Limits hold.
	Lenient bool
	// Keep is how many bytes of each message Raw returns at most.
	Keep int

	src     io.Reader
	limits  Limits
	buf     []byte
	r, w    int   // buf[r:w] is read from src, and not yet used
	srcErr  error // what src returned last
	start   int64 // where the message starts in the stream
	used    int   // bytes of the message that are used
	raw     []byte
	head    Head
	bytes   []byte // of the head: buf is used again while the head is still held
	body    body
	ended   bool // no further message can follow
	started bool // a message was read
}

const smallBuffer, largeBuffer = 4 << 10, 64 << 10

// NewReader returns a Reader of the messages in src.
func NewReader(src io.Reader, limits Limits) *Reader {
	return &Reader{src: src, limits: limits.filled()}
}

// Wait returns when a byte of the next message is here, or with the error of
// the source: io.EOF if the other side closed. A server waits so with one
// deadline, and reads the head with another. It passes over what is left of
// the body of the message before.
func (r *Reader) Wait() error {
	if err := r.finish(); err != nil {
		return err
	}
	if r.r == r.w && len(r.buf) > smallBuffer { // idle: hold little
		r.buf, r.r, r.w = nil, 0, 0
	}
	for r.r == r.w {
		if err := r.fill(1); err != nil {
			return err
		}
	}
	return nil
}

// ReadRequest reads the head of the next request. It returns io.EOF if the
// source ended before it. An error is final. A request that is refused is
// returned with an *Error, whose Status a server answers before it closes, unless
// r is lenient; so is one that passes a limit. The Head is valid until the next
// message is read.
func (r *Reader) ReadRequest() (*Head, error) { return r.next(RequestKind, "") }

// ReadResponse reads the head of the next response, to a request with the given
// method. Interim responses are responses too: see Head.Interim. It is else as
// ReadRequest.
func (r *Reader) ReadResponse(method string) (*Head, error) { return r.next(ResponseKind, method) }

// Body returns the body of the message whose head was read last, without its
// chunks. It returns an *Error where the body is wrong, ends early or passes a
// limit.
func (r *Reader) Body() io.Reader { return bodyReader{&r.body, false} }

// RawBody is Body with the chunks and trailers as they are. A message's body
// is read by one of the two, not both.
func (r *Reader) RawBody() io.Reader { return bodyReader{&r.body, true} }

// Trailers returns the trailer fields, once the body was read to its end.
func (r *Reader) Trailers() []Pair { return r.body.trailers }

// Raw returns the bytes of the message as they were used so far, at most Keep
// of them, and whether that is all.
func (r *Reader) Raw() (raw []byte, all bool) { return r.raw, len(r.raw) == r.used }

// Offset returns where the message is in the stream, and how many of its
// bytes are used.
func (r *Reader) Offset() (start int64, used int) { return r.start, r.used }

// Buffered returns what has been read from the source and not been used: when
// a tunnel starts, its first bytes; between messages, what was pipelined. It is
// valid until the next read.
func (r *Reader) Buffered() []byte { return r.buf[r.r:r.w] }

// finish passes over what is left of the message before. Behind a body that
// only the close ends there is nothing, and a tunnel is not for reading here.
func (r *Reader) finish() error {
	if !r.started {
		return nil
	}
	var err error
	for err == nil && !r.ended {
		err = r.body.advance()
	}
	switch {
	case r.body.err != nil && r.body.err != io.EOF:
		return r.body.err
	case r.ended:
		return io.EOF
	case err != io.EOF: // a deadline: it may be moved
		return err
	}
	return nil
}

// next reads a head.
func (r *Reader) next(kind Kind, method string) (*Head, error) {
	if err := r.finish(); err != nil {
		return nil, err
	}
	r.start += int64(r.used)
	r.used, r.raw = 0, r.raw[:0]
	r.started = true
	r.body = body{r: r}
	r.head.reset(kind, nil)
	end, err := r.headEnd(kind)
	if err != nil {
		r.ended = true
		return nil, err
	}
	r.bytes = append(r.bytes[:0], r.buf[r.r:r.r+end]...)
	if kind == RequestKind {
		err = r.head.ParseRequest(r.bytes, &r.limits)
	} else {
		err = r.head.ParseResponse(r.bytes, method, &r.limits)
	}
	if err != nil {
		r.use(end)
		r.ended = true
		return &r.head, err
	}
	r.use(len(r.head.Bytes))
	r.body.start(&r.head)
	switch r.head.Body.Kind {
	case CloseBody, TunnelBody, UnknownBody:
		r.ended = true
	}
	if f := r.head.Refused(); f != nil && !r.Lenient {
		r.ended, r.body = true, body{r: r}
		return &r.head, errorAt(f.Start, f.Status, ErrRefused, "%v (%s)", f.What, f.Rule.RFC())
	}
	if h := &r.head; h.Body.Kind == LengthBody && r.limits.Body >= 0 && h.Body.Length > r.limits.Body {
		r.ended, r.body = true, body{r: r}
		return h, errorAt(h.Headers[h.seen.lengthAt].Value.Start, 413, ErrBody, "a body of %d bytes: the limit is %d", h.Body.Length, r.limits.Body)
	}
	return &r.head, nil
}

// headEnd returns the length of the head at the start of the buffer; or of all
// that there is if the source ended or a limit is passed, which the parser will
// find as well.
func (r *Reader) headEnd(kind Kind) (int, error) {
	lead, scanned := 0, 0 // neither is looked at twice
	for {
		b := r.buf[r.r:r.w]
		for lead < len(b) && (b[lead] == '\r' || b[lead] == '\n') {
			lead++
		}
		if lead < len(b) {
			if c := b[lead]; kind == RequestKind && !r.Lenient && !isToken[c] && !isBlank(c) {
				name := Foreign(b[lead:])
				if c == 22 { // a TLS handshake, of which a byte is here
					name = "TLS"
				}
				if name != "" {
					return 0, errorAt(lead, 400, ErrStartLine, "%s starts here, which is not HTTP/1.1", name)
				}
				return 0, errorAt(lead, 400, ErrStartLine, "a request starts with its method, not with %s", byteText(c))
			}
			if kind == ResponseKind && !mayBeVersion(b[lead:]) {
				return len(b), nil // waiting for the end of a head would never end
			}
			if end := headEnd(b, max(lead, scanned)); end > 0 {
				return end, nil
			}
			scanned = max(lead, len(b)-3)
		}
		if len(b) > r.limits.Head {
			return len(b), nil
		}
		err := r.fill(len(b) + 1)
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && len(b) > lead:
			return len(b), nil
		default:
			return 0, err
		}
	}
}

// mayBeVersion reports whether b is HTTP/ as far as it goes.
func mayBeVersion(b []byte) bool {
	n := min(len(b), len("HTTP/"))
	return foldIs(b[:n], "HTTP/"[:n])
}

// headEnd returns the index after the first empty line of b, or 0. It follows
// an LF, which is not before from.
func headEnd(b []byte, from int) int {
	end := 0
	if i := bytes.Index(b[from:], crlfEnd); i >= 0 {
		end = from + i + len(crlfEnd)
		b = b[:end-1]
	}
	if i := bytes.Index(b[from:], lfEnd); i >= 0 {
		end = from + i + len(lfEnd)
	}
	return end
}

var crlfEnd, lfEnd = []byte("\n\r\n"), []byte("\n\n")

// fill reads once from the source, so that the buffer can hold n bytes.
func (r *Reader) fill(n int) error {
	if r.srcErr != nil {
		return r.srcErr
	}
	if r.r == r.w {
		r.r, r.w = 0, 0
	}
	full := r.w == len(r.buf) && r.w > 0
	if r.r > 0 && (full || r.r+n > len(r.buf)) {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	if size := len(r.buf); n > size || r.w == size {
		size = max(smallBuffer, 2*size, n)
		r.buf = append(make([]byte, 0, size), r.buf[r.r:r.w]...)[:size]
		r.r, r.w = 0, r.w-r.r
	}
	for range 100 { // a source may return nothing for a while
		m, err := r.src.Read(r.buf[r.w:])
		r.w += m
		if err != nil {
			if errors.Is(err, io.EOF) {
				r.srcErr = err // for good; a deadline may be moved
			}
			if m == 0 {
				return err
			}
		}
		if m > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// use takes n bytes from the buffer into the message.
func (r *Reader) use(n int) []byte {
	b := r.buf[r.r : r.r+n]
	if room := r.Keep - len(r.raw); room > 0 {
		r.raw = append(r.raw, b[:min(n, room)]...)
	}
	r.r += n
	r.used += n
	return b
}
