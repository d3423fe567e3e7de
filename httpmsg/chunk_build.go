package httpmsg

import "strconv"

// AppendChunk writes data behind dst as one chunk (RFC 9112 7.1). No data is no
// chunk: an empty one would end the body.
func AppendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = strconv.AppendInt(dst, int64(len(data)), 16)
	dst = append(append(dst, "\r\n"...), data...)
	return append(dst, "\r\n"...)
}

// AppendLastChunk ends a body of chunks, with the trailers that belong to it.
// The error is of kind ErrBuild, as that of Request.Append.
func AppendLastChunk(dst []byte, trailers []Pair) ([]byte, error) {
	out, err := appendPairs(append(dst, "0\r\n"...), trailers)
	if err != nil {
		return dst, err
	}
	return append(out, "\r\n"...), nil
}
