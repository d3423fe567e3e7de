package httpmsg

import (
	"bytes"
	"errors"
	"io"
)

// A body is the state of reading one.
type body struct {
	r        *Reader
	kind     BodyKind
	left     int64 // of a LengthBody, or of the chunk
	total    int64 // content bytes so far
	ext      int   // bytes of chunk extensions so far
	chunks   int
	at       int // in a ChunkedBody: one of the places below
	piece    []byte
	data     bool // piece is content
	trailers []Pair
	err      error
}

// The places in a chunked body.
const (
	atLine = iota
	atData
	atEnd
	atTrailers
	atDone
)

func (b *body) start(h *Head) {
	b.kind, b.left = h.Body.Kind, h.Body.Length
}

// A bodyReader reads the content of a body, or its bytes with all chunks.
type bodyReader struct {
	b   *body
	raw bool
}

func (br bodyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b := br.b
	for len(b.piece) == 0 || !b.data && !br.raw {
		if err := b.advance(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.piece)
	b.piece = b.piece[n:]
	return n, nil
}

// advance puts the next bytes of the body into b.piece. An error of the source
// other than its end may pass: a deadline can be moved. All others stay.
func (b *body) advance() error {
	if b.err != nil {
		return b.err
	}
	var err error
	if b.piece, b.data, err = b.next(); err == nil {
		return nil
	}
	b.piece = nil
	if err == io.EOF {
		b.err = err
	} else if _, ours := err.(*Error); ours {
		b.err, b.r.ended = err, true
	}
	return err
}

// next returns the next bytes of the body, and whether they are content. They
// are valid until the source is read again.
func (b *body) next() (piece []byte, data bool, err error) {
	switch b.kind {
	case LengthBody:
		if b.left == 0 {
			return nil, false, io.EOF
		}
		piece, err = b.content()
		if err == io.EOF {
			err = errorAt(b.r.used, 0, ErrTruncated, "the connection ends %d bytes before the body does", b.left)
		}
		return piece, true, err
	case ChunkedBody:
		return b.chunk()
	case NoBody:
		return nil, false, io.EOF
	}
	b.left = 1 << 62 // up to the close
	limit := b.r.limits.Body
	if b.kind == TunnelBody {
		limit = -1
	}
	if piece, err = b.content(); err != nil {
		return nil, false, err
	}
	if limit >= 0 && b.total > limit {
		return nil, false, errorAt(b.r.used, 413, ErrBody, "the body goes on after %d bytes, which is the limit", limit)
	}
	return piece, true, nil
}

// content returns some of the next b.left bytes.
func (b *body) content() ([]byte, error) {
	if err := b.need(1); err != nil {
		return nil, err
	}
	n := int(min(b.left, int64(b.r.w-b.r.r)))
	b.left -= int64(n)
	b.total += int64(n)
	return b.r.use(n), nil
}

// need waits until n bytes are in the buffer.
func (b *body) need(n int) error {
	for b.r.w-b.r.r < n {
		if err := b.r.fill(n); err != nil {
			return err
		}
	}
	return nil
}

// find is the finder for what is wrong in a body: it refuses unless the Reader
// is lenient. Spans are those of the buffer, and base moves them.
func (b *body) find(refused **Error, base int) finder {
	h := &b.r.head
	return func(r Rule, s Span, format string, args ...any) {
		n := len(h.Findings)
		h.find(r, Span{s.Start + base, s.End + base}, format, args...)
		if n < len(h.Findings) && *refused == nil && !b.r.Lenient {
			if f := h.Findings[n]; f.Refuse() {
				*refused = errorAt(f.Start, f.Status, ErrRefused, "%v (%s)", f.What, f.Rule.RFC())
			}
		}
	}
}

// chunk returns the next bytes of a chunked body.
func (b *body) chunk() ([]byte, bool, error) {
	switch b.at {
	case atLine:
		piece, err := b.chunkLine()
		return piece, false, err
	case atData:
		piece, err := b.content()
		if err == io.EOF {
			err = b.truncated()
		}
		if b.left == 0 {
			b.at = atEnd
		}
		return piece, true, err
	case atEnd:
		piece, err := b.chunkEnd()
		return piece, false, err
	case atTrailers:
		piece, err := b.readTrailers()
		return piece, false, err
	}
	return nil, false, io.EOF
}

func (b *body) truncated() error {
	return errorAt(b.r.used+b.r.w-b.r.r, 0, ErrTruncated, "the connection ends inside a chunked body, which a chunk of size 0 would end")
}

// more reads on where the buffer ends inside the framing of a chunked body.
func (b *body) more() error {
	err := b.r.fill(b.r.w - b.r.r + 1)
	if err == io.EOF {
		return b.truncated()
	}
	return err
}

func (b *body) chunkLine() ([]byte, error) {
	r, l := b.r, &b.r.limits
	for {
		buf := r.buf[r.r:r.w]
		n := bytes.IndexByte(buf, '\n')
		err := chunkLineLimit(buf, 0, n, l, b.ext)
		if n < 0 && err != nil && errors.Is(err, ErrTruncated) {
			if err := b.more(); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, moved(err, r.used)
		}
		var refused *Error
		c, err := chunkLine(buf, Span{0, n + 1}, l, b.find(&refused, r.used))
		if err != nil {
			return nil, moved(err, r.used)
		}
		if refused != nil {
			return nil, refused
		}
		b.chunks++
		b.ext += c.Ext.Len()
		switch {
		case b.ext > l.ChunkExt:
			return nil, errorAt(r.used, 400, ErrChunkExt, "more than %d bytes of chunk extensions, which is the limit", l.ChunkExt)
		case b.chunks > l.Chunks:
			return nil, errorAt(r.used, 400, ErrChunkCount, "chunk %d: the limit is %d", b.chunks, l.Chunks)
		case l.Body >= 0 && c.Bytes > l.Body-b.total:
			return nil, errorAt(r.used, 413, ErrBody, "a chunk of %d bytes after %d: the limit is %d", c.Bytes, b.total, l.Body)
		}
		b.at, b.left = atData, c.Bytes
		if c.Bytes == 0 {
			b.at = atTrailers
		}
		return r.use(n + 1), nil
	}
}

func (b *body) chunkEnd() ([]byte, error) {
	r := b.r
	err := b.need(1)
	if err == nil && r.buf[r.r] == '\r' {
		err = b.need(2)
	}
	if err == io.EOF {
		return nil, b.truncated()
	}
	if err != nil {
		return nil, err
	}
	var refused *Error
	n, bad := chunkEnd(r.buf[r.r:r.w], 0, false, b.find(&refused, r.used))
	if bad != nil {
		return nil, moved(bad, r.used)
	}
	if refused != nil {
		return nil, refused
	}
	b.at = atLine
	return r.use(n), nil
}

func (b *body) readTrailers() ([]byte, error) {
	r := b.r
	for {
		buf := r.buf[r.r:r.w]
		var refused *Error
		kept := len(r.head.Findings)
		fields, end, err := parseTrailers(buf, 0, &r.limits, b.find(&refused, r.used))
		if err != nil && errors.Is(err, ErrTruncated) {
			r.head.Findings = r.head.Findings[:kept] // they will be found again
			if err := b.more(); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, moved(err, r.used)
		}
		if refused != nil {
			return nil, refused
		}
		for _, f := range fields {
			b.trailers = append(b.trailers, Pair{string(f.Name.In(buf)), unfold(buf, f.Value)})
		}
		b.at = atDone
		return r.use(end), nil
	}
}

// moved returns err with its offset counted from the start of the message.
func moved(err *Error, base int) *Error {
	err.Offset += int64(base)
	return err
}
