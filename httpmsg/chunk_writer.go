package httpmsg

import (
	"io"
	"strconv"
)

// AppendChunk appends data to dst as one chunk. Empty data writes nothing: a
// chunk of size 0 would end the body.
func AppendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = strconv.AppendInt(dst, int64(len(data)), 16)
	dst = append(dst, "\r\n"...)
	dst = append(dst, data...)
	return append(dst, "\r\n"...)
}

// AppendLastChunk writes the end of a chunked body, with trailers. It returns
// an *Error of kind ErrBuild for a trailer that cannot be written.
func AppendLastChunk(dst []byte, trailers ...Pair) ([]byte, error) {
	out, err := appendPairs(append(dst, "0\r\n"...), trailers)
	if err != nil {
		return dst, err
	}
	return append(out, "\r\n"...), nil
}

// A ChunkWriter writes a chunked body: every Write is one chunk.
type ChunkWriter struct {
	w   io.Writer
	buf []byte
}

// NewChunkWriter returns a ChunkWriter that writes to w.
func NewChunkWriter(w io.Writer) *ChunkWriter { return &ChunkWriter{w: w} }

// Write writes p as one chunk, in one call of the writer below.
func (c *ChunkWriter) Write(p []byte) (int, error) {
	c.buf = AppendChunk(c.buf[:0], p)
	if len(c.buf) > 0 {
		if _, err := c.w.Write(c.buf); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Close writes the last chunk and the trailers. It does not close the writer
// below.
func (c *ChunkWriter) Close(trailers ...Pair) error {
	out, err := AppendLastChunk(c.buf[:0], trailers...)
	if err != nil {
		return err
	}
	_, err = c.w.Write(out)
	return err
}
