package httpmsg

import (
	"strconv"
	"strings"
)

// A Pair is a header field to be written.
type Pair struct{ Name, Value string }

// A Request is a request to be written. Nothing is added to it.
type Request struct {
	Method, Target string
	Version        string // "" is HTTP/1.1
	Headers        []Pair
	Body           []byte
}

// A Response is a response to be written. Nothing is added to it.
type Response struct {
	Version string // "" is HTTP/1.1
	Status  int
	Reason  string // "" is the one that StatusText has
	Headers []Pair
	Body    []byte
}

// SetLength adds Content-Length, unless there is one, or Transfer-Encoding.
func (r *Request) SetLength() { r.Headers = withLength(r.Headers, len(r.Body)) }

// SetLength adds Content-Length, unless there is one, or Transfer-Encoding.
func (r *Response) SetLength() { r.Headers = withLength(r.Headers, len(r.Body)) }

func withLength(headers []Pair, n int) []Pair {
	for _, p := range headers {
		if strings.EqualFold(p.Name, "Content-Length") || strings.EqualFold(p.Name, "Transfer-Encoding") {
			return headers
		}
	}
	return append(headers, Pair{"Content-Length", strconv.Itoa(n)})
}

// Append appends r to dst. It returns an *Error of kind ErrBuild, and dst as
// it was, if a part has a byte that would break the message apart: CR, LF or
// NUL in a value, a space in the target, a name that is not a token.
func (r *Request) Append(dst []byte) ([]byte, error) {
	start := len(dst)
	if r.Method == "" || notToken(r.Method) >= 0 {
		return dst, errorAt(0, 0, ErrBuild, "%q is not a method: a method is a token", r.Method)
	}
	if r.Target == "" || !printable(r.Target, false) {
		return dst, errorAt(0, 0, ErrBuild, "%q is not a target: it is not empty, and has no spaces or control characters", r.Target)
	}
	version, err := version(r.Version)
	if err != nil {
		return dst, err
	}
	out := append(dst, r.Method...)
	out = append(append(out, ' '), r.Target...)
	out = append(append(out, ' '), version...)
	return finish(out, start, r.Headers, r.Body)
}

// Append appends r to dst. It is else as Request.Append.
func (r *Response) Append(dst []byte) ([]byte, error) {
	start := len(dst)
	if r.Status < 100 || r.Status > 999 {
		return dst, errorAt(0, 0, ErrBuild, "%d is not a status code: three digits", r.Status)
	}
	reason := r.Reason
	if reason == "" {
		reason = StatusText(r.Status)
	}
	if !printable(reason, true) {
		return dst, errorAt(0, 0, ErrBuild, "%q is not a reason phrase: it has control characters", reason)
	}
	version, err := version(r.Version)
	if err != nil {
		return dst, err
	}
	out := append(append(dst, version...), ' ')
	out = strconv.AppendInt(out, int64(r.Status), 10)
	out = append(append(out, ' '), reason...)
	return finish(out, start, r.Headers, r.Body)
}

func version(v string) (string, error) {
	if v == "" {
		return "HTTP/1.1", nil
	}
	if len(v) != 8 || v[:5] != "HTTP/" || !isDigit(v[5]) || v[6] != '.' || !isDigit(v[7]) {
		return "", errorAt(0, 0, ErrBuild, "%q is not a version, like HTTP/1.1", v)
	}
	return v, nil
}

// finish writes the header fields and the body after a start line.
func finish(out []byte, start int, headers []Pair, body []byte) ([]byte, error) {
	out = append(out, "\r\n"...)
	out, err := appendPairs(out, headers)
	if err != nil {
		return out[:start], err
	}
	out = append(out, "\r\n"...)
	return append(out, body...), nil
}

func appendPairs(out []byte, pairs []Pair) ([]byte, error) {
	for _, p := range pairs {
		if p.Name == "" || notToken(p.Name) >= 0 {
			return out, errorAt(0, 0, ErrBuild, "%q is not a header field's name: a name is a token", p.Name)
		}
		if !printable(p.Value, true) || strings.Trim(p.Value, " \t") != p.Value {
			return out, errorAt(0, 0, ErrBuild, "%s: %q is not a value: it has control characters, or whitespace at an end", p.Name, p.Value)
		}
		out = append(append(out, p.Name...), ": "...)
		out = append(append(out, p.Value...), "\r\n"...)
	}
	return out, nil
}

// printable reports whether s has no control characters, and spaces and tabs
// only if they are allowed.
func printable(s string, blanks bool) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case isBlank(c):
			if !blanks {
				return false
			}
		case c < 0x20 || c == 0x7f:
			return false
		}
	}
	return true
}
