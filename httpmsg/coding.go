package httpmsg

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What DecodeContent can meet, for errors.Is.
var (
	ErrCoding = errors.New("a content coding that is not known here")
	ErrCoded  = errors.New("the body is not what its Content-Encoding says")
)

const maxCodings = 4 // on top of each other; more than one is rare

// DecodeContent takes the content codings off a body (RFC 9110 8.4), as the value of
// Content-Encoding names them: gzip, deflate with its zlib wrapping or without,
// identity. It returns at most max bytes, and whether there was more: a small
// body may be made of a very large one. For a coding that is not known the
// error is ErrCoding, for a body that is not coded so ErrCoded, with what could
// be read before.
func DecodeContent(encoding string, body []byte, max int) (out []byte, more bool, err error) {
	codings := strings.Split(encoding, ",")
	if len(codings) > maxCodings {
		return nil, false, fmt.Errorf("%w: %d of them on top of each other", ErrCoding, len(codings))
	}
	var r io.Reader = bytes.NewReader(body)
	for i := len(codings) - 1; i >= 0; i-- { // the last one was applied last
		if i < len(codings)-1 { // what is between two of them is bounded, too
			r = io.LimitReader(r, 2*int64(max)+1<<16)
		}
		name := strings.ToLower(strings.TrimSpace(codings[i]))
		switch name {
		case "", "identity":
			continue
		case "gzip", "x-gzip":
			r, err = gzip.NewReader(r)
		case "deflate":
			r, err = inflate(r)
		default:
			return nil, false, fmt.Errorf("%w: %q", ErrCoding, clip(name))
		}
		if err != nil {
			return nil, false, fmt.Errorf("%w: %s: %w", ErrCoded, name, err)
		}
	}
	out, err = io.ReadAll(io.LimitReader(r, int64(max)+1))
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrCoded, err)
	}
	if len(out) > max {
		return out[:max], true, err
	}
	return out, false, err
}

// inflate reads deflate. The RFC wraps it in zlib; some servers do not, so that
// the first two bytes have to tell.
func inflate(r io.Reader) (io.Reader, error) {
	var two [2]byte
	if _, err := io.ReadFull(r, two[:]); err != nil {
		return nil, err
	}
	r = io.MultiReader(bytes.NewReader(two[:]), r)
	if two[0]&15 == 8 && (int(two[0])<<8|int(two[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}
