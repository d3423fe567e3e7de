package frames

import (
	"errors"
	"strings"

	"onwire/greeter/frames/hpack"
)

// A block is a header block that is being put together. Between its first
// frame and its last nothing else comes from that side (RFC 9113 4.3).
type block struct {
	open     bool
	stream   uint32 // that its frames carry
	target   uint32 // that it is about: of PUSH_PROMISE the promised one
	promise  bool
	ends     bool // END_STREAM
	bytes    []byte
	held     []*Frame
	tooLarge bool
}

// fragment takes a frame that has a part of a header block.
func (c *Conn) fragment(h *half, f *Frame) {
	l, code, reason := f.layout()
	if reason != "" {
		f.breaks(code, f.Type.RFC(), "%s", reason)
		h.lost = true // where the block starts is not known
	}
	b := &h.block
	switch {
	case f.Type == CONTINUATION && !b.open:
		f.breaks(PROTOCOL_ERROR, "RFC 9113 6.10", "CONTINUATION, and no header block is open")
		h.lost = true
		c.emit(f)
		return
	case f.Type != CONTINUATION:
		*b = block{stream: f.Stream, target: f.Stream, ends: f.Type == HEADERS && f.Flags&EndStream != 0, bytes: b.bytes[:0], held: b.held[:0]}
		if f.Type == PUSH_PROMISE {
			b.promise = true
			if b.target = 0; l.promised > 0 {
				b.target = f.word(l.promised-headerLen) & maxWindow
			}
		}
	}
	part := f.Bytes[l.from:l.to]
	f.BlockAt = len(b.bytes)
	if f.Cut > 0 || len(b.bytes)+len(part) > c.opts.MaxBlock || len(b.held) >= maxBlockFrames {
		b.tooLarge = true
	}
	if f.Flags&EndHeaders != 0 && !b.open { // the usual case: one frame, nothing to copy
		f.Block = part
		c.whole(h, f)
		c.emit(f)
		return
	}
	if b.tooLarge { // what follows is shown as it comes
		c.flush(h, nil)
		b.open, b.tooLarge = f.Flags&EndHeaders == 0, true
		h.lost = true
		f.fail(ENHANCE_YOUR_CALM, 0, 0, "RFC 9113 10.5.1", ErrBound, "a header block of more than %d bytes or %d frames", c.opts.MaxBlock, maxBlockFrames)
		if !b.open {
			c.whole(h, f)
		}
		c.emit(f)
		return
	}
	b.bytes = append(b.bytes, part...)
	if f.Flags&EndHeaders == 0 {
		b.open = true
		b.held = append(b.held, f.Clone())
		return
	}
	b.open = false
	f.Block = b.bytes
	c.whole(h, f)
	for _, held := range b.held {
		held.Block, held.Headers = f.Block, f.Headers
		held.Path, held.GRPC = f.Path, f.GRPC
		c.emit(held)
	}
	b.held = b.held[:0]
	c.emit(f)
}

// flush emits the frames of a header block that is not going to be whole. by
// is the frame that came instead.
func (c *Conn) flush(h *half, by *Frame) {
	b := &h.block
	if by != nil {
		by.breaks(PROTOCOL_ERROR, "RFC 9113 6.10", "%v on stream %d inside the header block of stream %d", by.Type, by.Stream, b.stream)
	}
	if b.open {
		h.lost = true
	}
	for _, held := range b.held {
		c.emit(held)
	}
	b.open, b.held, b.bytes = false, b.held[:0], b.bytes[:0]
}

// whole reads the header block that ends in f, and what it means for its
// stream.
func (c *Conn) whole(h *half, f *Frame) {
	b := &h.block
	if h.lost || b.tooLarge {
		h.lost = true
		f.fail(COMPRESSION_ERROR, 0, headerLen, "RFC 9113 4.3", ErrHeaders, "a header block before this one could not be read: the tables are not known any more")
	} else {
		var err error
		f.Headers, err = h.headers.Decode(f.Headers[:0], f.Block)
		if bad, ok := errors.AsType[*hpack.Error](err); ok {
			h.lost = true
			from, _ := f.fragment()
			f.fail(COMPRESSION_ERROR, 0, from+bad.Offset-f.BlockAt, bad.RFC, ErrHeaders, "%s", bad.Reason)
		}
	}
	c.place(h, f)
}

// place finds out which header list of its stream this is.
func (c *Conn) place(h *half, f *Frame) {
	b := &h.block
	s := c.find(b.target)
	if b.promise {
		c.checkPromise(h, f)
	}
	switch {
	case b.target == 0:
		return
	case s == nil && h.side == Server && !b.promise && opener(b.target) == Client && c.unheard(Client):
		if s = c.openStream(b.target); s == nil { // by a request that was not heard
			return
		}
		s.grpc, s.ended[Client] = isGRPC(f.Get("content-type")), true
	case s == nil && !c.idle(b.target):
		// A stream that was closed long ago, or was one too many. But only one
		// request opens it.
		switch {
		case h.side == Client && opener(b.target) != Client:
			c.wrongOpener(h, f)
		case h.side == Client && f.Get(":method") != "":
			f.fail(PROTOCOL_ERROR, 0, 0, "RFC 9113 5.1.1", ErrFrame, "a request on stream %d after one on stream %d: the numbers go up", b.target, h.last)
		}
		return
	case s == nil && (opener(b.target) != h.side || b.promise != (h.side == Server)):
		c.wrongOpener(h, f)
		return
	case s == nil:
		h.last = b.target
		if s = c.openStream(b.target); s == nil {
			f.fail(NO_ERROR, b.target, 0, "RFC 9113 5.1.2", ErrBound, "%d streams are open: this one is not followed", c.open)
			return
		}
		s.ended[h.side.Other()] = c.unheard(h.side.Other())
		if !b.promise {
			c.tooMany(h, f)
		}
	case s.ended[h.side]:
		f.fail(STREAM_CLOSED, b.target, 0, "RFC 9113 5.1", ErrFrame, "HEADERS on stream %d, which the %v has ended", b.target, h.side)
	}
	f.Part = s.part(h.side, f, b)
	switch f.Part {
	case Request, Promise:
		s.path = f.Get(":path")
		s.grpc = isGRPC(f.Get("content-type"))
		s.schema[Client], s.schema[Server] = c.schema(s.path, Client), c.schema(s.path, Server)
		s.begin(h.side, f)
	case Response, TrailersOnly:
		s.begin(Server, f)
		if s.grpc && !h.lost {
			defer c.checkResponse(s, f) // after what the list itself breaks
		}
		s.grpc = s.grpc && (f.Get("content-type") == "" || isGRPC(f.Get("content-type")))
	}
	if f.Part != Interim && f.Part != Promise {
		s.begun[h.side] = true
	}
	f.Path, f.GRPC = s.path, s.grpc
	if !h.lost {
		f.checkList(c.rawMetadata(h.side))
	}
	switch {
	case f.Part == Trailers && !b.ends:
		f.fail(PROTOCOL_ERROR, s.id, 0, "RFC 9113 8.1", ErrMalformed, "trailers without END_STREAM")
	case f.Part == Interim && b.ends:
		f.fail(PROTOCOL_ERROR, s.id, 0, "RFC 9113 8.1", ErrMalformed, "END_STREAM on an interim response: the true one must follow")
	}
	if b.promise {
		s.ended[Client] = true // the request has no more
	}
	if b.ends {
		s.count(h.side, f, 0, true)
		if in := &s.inbox[h.side]; !s.closed && in.partial() && s.grpc {
			f.fail(INTERNAL_ERROR, s.id, 0, "gRPC Length-Prefixed-Message", ErrMessage, "the stream ends inside message %d", in.number)
		}
		c.end(s, h.side)
	}
}

func (c *Conn) wrongOpener(h *half, f *Frame) {
	f.fail(PROTOCOL_ERROR, 0, 0, "RFC 9113 5.1.1", ErrFrame, "the %v cannot open stream %d: the client opens odd ones, the server promises even ones", h.side, h.block.target)
}

// checkPromise judges what a server promises to answer unasked (RFC 9113 8.4).
func (c *Conn) checkPromise(h *half, f *Frame) {
	b := &h.block
	switch s := c.find(b.target); {
	case b.target == 0 || s != nil:
		f.fail(PROTOCOL_ERROR, 0, 0, "RFC 9113 5.1.1", ErrFrame, "stream %d is promised: it must be a new one", b.target)
	case c.idle(b.stream):
		f.fail(PROTOCOL_ERROR, 0, 0, "RFC 9113 6.6", ErrFrame, "a promise on stream %d, which is idle: it belongs to a request", b.stream)
	case !c.alone(h.side) && c.halves[h.side.Other()].own.allowed()[canPush] == 0:
		f.fail(PROTOCOL_ERROR, 0, 0, "RFC 9113 8.4", ErrFrame, "PUSH_PROMISE, and ENABLE_PUSH of the %v is 0", h.side.Other())
	}
}

// part says which header list of the stream f holds.
func (s *stream) part(side Side, f *Frame, b *block) Part {
	switch {
	case b.promise:
		return Promise
	case s.begun[side]:
		return Trailers
	case side == Client:
		return Request
	case strings.HasPrefix(f.Get(":status"), "1"):
		return Interim
	case b.ends && s.grpc:
		return TrailersOnly
	}
	return Response
}

// isGRPC reports whether a content-type is that of gRPC: "application/grpc",
// also with "+proto" or another format behind it. gRPC-Web is another
// protocol.
func isGRPC(contentType string) bool {
	rest, ok := strings.CutPrefix(contentType, "application/grpc")
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';')
}
