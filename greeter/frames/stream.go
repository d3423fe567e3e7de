package frames

import (
	"onwire/pbwire"
)

// A stream is a request and its response; with gRPC, a call.
type stream struct {
	id      uint32
	path    string
	grpc    bool
	begun   [2]bool // a final header list has come: what follows are trailers
	ended   [2]bool // END_STREAM
	closed  bool    // both ended, or RST_STREAM
	sent    [2]int64
	granted [2]int64
	inbox   [2]inbox
	body    [2]body
	schema  [2]pbwire.Schema
	method  string // of the request, and what it accepts
	accepts string
}

// find returns the stream of a frame, or nil if it is not known.
func (c *Conn) find(id uint32) *stream { return c.streams[id] }

// openStream makes a stream, unless there are too many.
func (c *Conn) openStream(id uint32) *stream {
	if c.open >= c.opts.MaxStreams {
		return nil
	}
	var s *stream
	if n := len(c.spare); n > 0 {
		s, c.spare = c.spare[n-1], c.spare[:n-1]
		*s = stream{id: id}
	} else {
		s = &stream{id: id}
	}
	s.body[Client].length, s.body[Server].length = -1, -1
	c.open++
	c.opened[opener(id)]++
	c.streams[id] = s
	return s
}

// end notes that a side has said all on a stream.
func (c *Conn) end(s *stream, side Side) {
	s.ended[side] = true
	c.discard(&s.inbox[side])
	if s.ended[0] && s.ended[1] {
		c.close(s)
	}
}

// close closes a stream. It is remembered for a while: frames for it may be on
// their way.
func (c *Conn) close(s *stream) {
	if s.closed {
		return
	}
	s.closed = true
	c.open--
	c.opened[opener(s.id)]--
	c.discard(&s.inbox[Client])
	c.discard(&s.inbox[Server])
	if len(c.closed) < maxClosed {
		c.closed = append(c.closed, s.id)
		return
	}
	oldest := c.closed[c.closedAt]
	c.closed[c.closedAt] = s.id
	c.closedAt = (c.closedAt + 1) % maxClosed
	if old := c.streams[oldest]; old != nil {
		delete(c.streams, oldest)
		c.spare = append(c.spare, old)
	}
}

// opener returns which side opens streams with this number: odd ones the
// client, even ones the server (RFC 9113 5.1.1).
func opener(id uint32) Side {
	if id%2 == 1 {
		return Client
	}
	return Server
}

// idle reports whether nobody has opened the stream yet, as far as is known.
func (c *Conn) idle(id uint32) bool {
	side := opener(id)
	return id > c.halves[side].last && !c.unheard(side)
}

// unheard reports whether nothing is known any more of what a side says.
func (c *Conn) unheard(side Side) bool {
	h := &c.halves[side]
	return h.dead != nil || c.opts.OneSided && !h.started
}

// window returns what a side may send on a stream, and on all together.
func (c *Conn) window(side Side, s *stream) Window {
	h := &c.halves[side]
	if c.alone(side) || c.alone(side.Other()) {
		return Window{}
	}
	w := Window{Set: true, Of: side, Conn: defaultWindow + h.granted - h.sent}
	if s != nil {
		w.Stream = c.halves[side.Other()].own.allowed()[windowSize] + s.granted[side] - s.sent[side]
	}
	return w
}

// A schemaKey is what Options.Schema is asked.
type schemaKey struct {
	path string
	side Side
}

type schemaOf struct{ pbwire.Schema }

// schema asks Options.Schema, and remembers the answers of a few paths.
func (c *Conn) schema(path string, side Side) pbwire.Schema {
	if c.opts.Schema == nil || path == "" {
		return nil
	}
	key := schemaKey{path, side}
	known, ok := c.schemas[key]
	if !ok {
		known = schemaOf{c.opts.Schema(path, side)}
		if len(c.schemas) < maxClosed {
			c.schemas[key] = known
		}
	}
	return known.Schema
}
