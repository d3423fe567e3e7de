package httpmsg

import "bytes"

// A Message is a whole message in memory. All spans count from its start.
type Message struct {
	Head
	Raw      []byte   // the message and all that was given after it
	Content  []byte   // the body without its chunks; of one chunk or none a part of Raw
	BodySpan Span     // the body as it is in Raw, chunks and trailers included
	Chunks   []Chunk  // of a chunked body: the first 1024, and the last one, of size 0
	More     Span     // the chunks between these, which are not kept one by one
	MoreN    int      // how many they are
	Trailers []Header // after the last chunk
	TrailEnd Span     // the empty line after the trailers
	End      int      // the first byte after the message, or after what could be read
}

// maxChunks bounds the chunks that a Message keeps: a body of a million bytes
// may have a million of them.
const maxChunks = 1024

// ParseRequest reads a request from the start of b, which it keeps. What is
// wrong goes to Findings. Where nothing more can be read it returns an *Error,
// and beside it the message as far as it was read.
func ParseRequest(b []byte, limits Limits) (*Message, error) {
	m := &Message{Raw: b}
	err := m.Head.ParseRequest(b, &limits)
	return m.body(limits, err)
}

// ParseResponse reads a response to a request with the given method; "" is not
// known. It is else as ParseRequest. A body that only the close of the
// connection ends takes all of b.
func ParseResponse(b []byte, method string, limits Limits) (*Message, error) {
	m := &Message{Raw: b}
	err := m.Head.ParseResponse(b, method, &limits)
	return m.body(limits, err)
}

// Parse reads a request or a response: one that starts with HTTP/ is a response.
func Parse(b []byte, limits Limits) (*Message, error) {
	if rest := bytes.TrimLeft(b, "\r\n"); len(rest) >= 5 && looksLikeVersion(rest) {
		return ParseResponse(b, "", limits)
	}
	return ParseRequest(b, limits)
}

// Rest returns the bytes after the message.
func (m *Message) Rest() []byte { return m.Raw[m.End:] }

// Trailer returns the value of the first trailer field of that name.
func (m *Message) Trailer(name string) (string, bool) { return find(m.Raw, m.Trailers, name) }

// body reads what follows the head.
func (m *Message) body(limits Limits, err error) (*Message, error) {
	l := limits.filled()
	at := len(m.Bytes)
	m.End = at
	m.BodySpan = Span{at, at}
	if err != nil {
		return m, err
	}
	left := int64(len(m.Raw) - at)
	switch m.Body.Kind {
	case LengthBody:
		if l.Body >= 0 && m.Body.Length > l.Body {
			return m, m.tooLong(m.lengthAt(), m.Body.Length, &l)
		}
		n := min(m.Body.Length, left)
		m.take(at + int(n))
		if n < m.Body.Length {
			return m, errorAt(m.End, 0, ErrTruncated, "Content-Length says %d, only %d bytes are here", m.Body.Length, n)
		}
	case CloseBody, TunnelBody:
		if m.Body.Kind == CloseBody && l.Body >= 0 && left > l.Body {
			m.take(at + int(l.Body))
			return m, m.tooLong(m.End, left, &l)
		}
		m.take(len(m.Raw))
	case ChunkedBody:
		if err := m.chunked(&l); err != nil {
			return m, err
		}
	}
	return m, nil
}

func (m *Message) take(end int) {
	m.BodySpan.End, m.End = end, end
	m.Content = m.BodySpan.In(m.Raw)
}

// lengthAt returns where the number of Content-Length is.
func (m *Message) lengthAt() int { return m.Headers[m.seen.lengthAt].Value.Start }

func (m *Message) tooLong(at int, n int64, l *Limits) *Error {
	return errorAt(at, 413, ErrBody, "a body of %d bytes: the limit is %d", n, l.Body)
}

// chunked reads the chunks and the trailers.
func (m *Message) chunked(l *Limits) *Error {
	b, ext := m.Raw, 0
	var total int64
	for {
		at := m.End
		n := bytes.IndexByte(b[at:], '\n')
		if err := chunkLineLimit(b, at, n, l, ext); err != nil {
			return err
		}
		c, err := chunkLine(b, Span{at, at + n + 1}, l, m.find)
		if err != nil {
			return err
		}
		if ext += c.Ext.Len(); ext > l.ChunkExt {
			return errorAt(at, 400, ErrChunkExt, "more than %d bytes of chunk extensions, which is the limit", l.ChunkExt)
		}
		if len(m.Chunks)+m.MoreN == l.Chunks {
			return errorAt(at, 400, ErrChunkCount, "chunk %d: the limit is %d", l.Chunks+1, l.Chunks)
		}
		if l.Body >= 0 && c.Bytes > l.Body-total {
			return errorAt(at, 413, ErrBody, "a chunk of %d bytes after %d: the limit is %d", c.Bytes, total, l.Body)
		}
		at = c.Line.End
		c.Data, c.End = Span{at, at}, Span{at, at}
		if c.Bytes == 0 {
			m.Chunks = append(m.Chunks, c)
			m.BodySpan.End, m.End = at, at
			break
		}
		here := int(min(c.Bytes, int64(len(b)-at)))
		c.Data = Span{at, at + here}
		m.addContent(c.Data)
		total += int64(here)
		at += here
		c.End = Span{at, at}
		end, err := chunkEnd(b, at, int64(here) < c.Bytes, m.find)
		c.End.End = end
		m.keep(c)
		m.BodySpan.End, m.End = end, end
		if err != nil {
			return err
		}
	}
	fields, end, err := parseTrailers(b, m.End, l, m.find)
	m.Trailers = fields
	m.TrailEnd = Span{end, end}
	if len(fields) > 0 {
		m.End = fields[len(fields)-1].Line.End
		m.BodySpan.End = m.End
	}
	if err != nil {
		return err
	}
	m.TrailEnd.Start = m.End
	m.BodySpan.End, m.End = end, end
	return nil
}

// keep adds a chunk to the message.
func (m *Message) keep(c Chunk) {
	if len(m.Chunks) < maxChunks {
		m.Chunks = append(m.Chunks, c)
		return
	}
	if m.MoreN++; m.MoreN == 1 {
		m.More.Start = c.Line.Start
	}
	m.More.End = c.End.End
}

// addContent appends a chunk's data to the content. The first is not copied.
func (m *Message) addContent(data Span) {
	if m.Content == nil {
		m.Content = data.In(m.Raw)
		return
	}
	m.Content = append(m.Content, data.In(m.Raw)...) // cap is len: the first append copies
}

// chunkLineLimit says what is wrong if no LF was found, at at+n, or one too far
// off for the digits and extensions that are still allowed.
func chunkLineLimit(b []byte, at, n int, l *Limits, ext int) *Error {
	allowed := l.ChunkDigits + l.ChunkExt - ext + 2
	switch {
	case n < 0 && len(b)-at <= allowed:
		return errorAt(len(b), 0, ErrTruncated, "the message ends inside its chunks, which one of size 0 would end")
	case n < 0 || n > allowed:
		return errorAt(at, 400, ErrChunkExt, "a chunk's size line has more than %d bytes, which is the limit", allowed)
	}
	return nil
}

// chunkEnd reads the line ending after a chunk's data.
func chunkEnd(b []byte, at int, short bool, find finder) (int, *Error) {
	switch {
	case !short && at+1 < len(b) && b[at] == '\r' && b[at+1] == '\n':
		return at + 2, nil
	case !short && at < len(b) && b[at] == '\n':
		find(ChunkLF, Span{at, at + 1}, "a chunk's data is followed by LF alone")
		return at + 1, nil
	case short || at == len(b) || at+1 == len(b) && b[at] == '\r':
		return at, errorAt(len(b), 0, ErrTruncated, "the message ends inside a chunk")
	}
	return at, errorAt(at, 400, ErrChunkEnd, "a chunk's data is followed by %s, not by CRLF", byteText(b[at]))
}
