package frames

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"
)

// A body counts what a side sends on a stream, against what its headers say.
type body struct {
	length   int64  // the content-length, -1 for none
	sent     int64  // bytes of DATA, without padding
	encoding string // grpc-encoding
}

// begin notes what the request or response on a stream says of its body.
func (s *stream) begin(side Side, f *Frame) {
	b := &s.body[side]
	b.length, _ = f.contentLength()
	b.encoding = f.Get("grpc-encoding")
	switch {
	case side == Client:
		s.method, s.accepts = f.Get(":method"), f.Get("grpc-accept-encoding")
	case s.method == "HEAD", s.method == "CONNECT", f.Get(":status") == "304": // their length is of what is not sent
		b.length = -1
	}
}

// count notes n bytes of DATA, and at the end of the stream judges their sum
// (RFC 9113 8.1.1).
func (s *stream) count(side Side, f *Frame, n int, last bool) {
	b := &s.body[side]
	b.sent += int64(n)
	if !s.begun[side] || b.length < 0 || b.sent <= b.length && !(last && b.sent < b.length) {
		return
	}
	what := "so far"
	if last {
		what = "in all"
	}
	f.fail(PROTOCOL_ERROR, s.id, 0, "RFC 9113 8.1.1", ErrMalformed, "content-length is %d, but the DATA has %d bytes %s", b.length, b.sent, what)
	b.length = -1 // once is enough
}

// inflate returns what gzip has compressed, nil if that is longer than a message
// that is kept, or broken.
func (c *Conn) inflate(b []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	plain, err := io.ReadAll(io.LimitReader(r, int64(c.opts.MaxMessage)+1))
	if err != nil || len(plain) > c.opts.MaxMessage {
		return nil
	}
	return plain
}

// tooMany judges a new stream against what the other side allows at a time
// (RFC 9113 5.1.2).
func (c *Conn) tooMany(h *half, f *Frame) {
	most := c.halves[h.side.Other()].own.allowed()[maxStreams]
	if n := int64(c.opened[h.side]); n > most && !c.alone(h.side) {
		f.fail(PROTOCOL_ERROR, h.block.target, 0, "RFC 9113 5.1.2", ErrFrame, "%d streams of the %v are open, and the %v allows %d at a time", n, h.side, h.side.Other(), most)
	}
}

// checkResponse judges what came back for a gRPC call.
func (c *Conn) checkResponse(s *stream, f *Frame) {
	const mapping = "gRPC, HTTP to gRPC Status Code Mapping"
	typ, status := f.Get("content-type"), f.Get(":status")
	switch encoding := s.body[Server].encoding; {
	case isGRPC(typ):
		if encoding != "" && encoding != "identity" && encoding != s.body[Client].encoding && !c.alone(Server) && !listed(s.accepts, encoding) {
			f.fail(INTERNAL_ERROR, s.id, 0, "gRPC, Compression", ErrMalformed, "grpc-encoding %s, and the client accepts %s", quote(encoding), quote(s.accepts))
		}
	case status == "200" && typ == "":
		f.fail(PROTOCOL_ERROR, s.id, 0, grpcResponses, ErrMalformed, "the answer to a gRPC call has no content-type")
	case status == "200":
		f.fail(PROTOCOL_ERROR, s.id, 0, grpcResponses, ErrMalformed, "the answer to a gRPC call has the content-type %s: a web server or a proxy answered", quote(typ))
	default:
		f.fail(PROTOCOL_ERROR, s.id, 0, mapping, ErrMalformed, "HTTP status %s, not 200: a proxy or a web server answered, and a gRPC client takes it for %v", quote(status), statusOfHTTP(status))
	}
}

// listed reports whether a list such as "gzip, deflate" has a name.
func listed(list, name string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == name })
}
