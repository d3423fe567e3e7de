package httpmsg

import (
	"bytes"
	"mime"
)

// A FormPart is one part of a multipart body (RFC 2046 5.1).
type FormPart struct {
	Headers  []Header // in the body's bytes
	Span              // of its content
	Name     string   // of Content-Disposition: the form's field
	FileName string   // and the name of the file, if it is one
	Type     string   // the value of Content-Type
}

// Parts takes a multipart body apart, at most max parts of it. It returns an
// *Error where the body is not what the boundary says, and the parts before.
func Parts(body []byte, boundary string, max int) ([]FormPart, error) {
	if boundary == "" || len(boundary) > 70 {
		return nil, errorAt(0, 0, ErrMultipart, "a boundary has 1 to 70 characters, and this one %d", len(boundary))
	}
	mark := []byte("--" + boundary)
	at := nextMark(body, 0, mark)
	if at < 0 {
		return nil, errorAt(0, 0, ErrMultipart, "the boundary %q is not in the body", clip(boundary))
	}
	limits := Limits{}.filled()
	var parts []FormPart
	for {
		at += len(mark)
		if bytes.HasPrefix(body[at:], []byte("--")) {
			return parts, nil
		}
		n := bytes.IndexByte(body[at:], '\n')
		end := nextMark(body, at, mark)
		if n < 0 || end < 0 {
			return parts, errorAt(len(body), 0, ErrTruncated, "the body ends, and no %q closed it", "--"+clip(boundary)+"--")
		}
		if len(parts) == max {
			return parts, errorAt(at, 0, ErrMultipart, "part %d: the limit is %d", max+1, max)
		}
		p, err := part(body[:end], at+n+1, &limits)
		if err != nil {
			return parts, err
		}
		parts = append(parts, p)
		at = end
	}
}

// nextMark returns the first place from at on where a boundary starts a line.
func nextMark(body []byte, at int, mark []byte) int {
	for at <= len(body) {
		i := bytes.Index(body[at:], mark)
		if i < 0 {
			return -1
		}
		if at += i; at == 0 || body[at-1] == '\n' {
			return at
		}
		at += len(mark)
	}
	return -1
}

// part reads the part that starts at at and ends at the end of body, with a
// line ending that is the boundary's.
func part(body []byte, at int, l *Limits) (FormPart, error) {
	if at > len(body) {
		return FormPart{}, errorAt(len(body), 0, ErrMultipart, "a boundary right after another")
	}
	fields, start, err := parseTrailers(body, at, l, func(Rule, Span, string, ...any) {})
	if err != nil {
		return FormPart{}, errorAt(int(err.Offset), 0, ErrMultipart, "the head of a part is not one: no empty line ends it, or it is too long")
	}
	end := len(body)
	if end > start && body[end-1] == '\n' {
		end--
	}
	if end > start && body[end-1] == '\r' {
		end--
	}
	p := FormPart{Headers: fields, Span: Span{start, end}}
	p.Type, _ = find(body, fields, "Content-Type")
	if v, ok := find(body, fields, "Content-Disposition"); ok {
		if _, params, err := mime.ParseMediaType(v); err == nil {
			p.Name, p.FileName = params["name"], params["filename"]
		}
	}
	return p, nil
}
