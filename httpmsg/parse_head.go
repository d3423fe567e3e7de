package httpmsg

import (
	"bytes"

	"onwire/wire"
)

// seen is what the header fields said that the framing depends on.
type seen struct {
	hosts, lengths, te int
	length             int64 // of the first Content-Length
	host               int   // index of the first Host
	lengthAt, teAt     int   // index of the first of each
	goodLength         bool  // length is one
	badLength          bool
	unequal            bool
	chunked            int  // times that chunked is named
	chunkedLast        bool // and it is the last coding
	close, keepAlive   bool
}

// maxFindings bounds what is said about one message.
const maxFindings = 256

// ParseRequest reads the head of a request from the start of b. It is lenient:
// what is wrong goes to h.Findings, and h.Refused says whether a server may
// take the request. It returns an *Error if b ends before the empty line
// (ErrTruncated), if there is no request line at all, or if a limit is passed;
// h then holds what was read. len(h.Bytes) is where the body starts.
func (h *Head) ParseRequest(b []byte, limits *Limits) error {
	h.reset(RequestKind, b)
	if err := h.parse(limits); err != nil {
		return err
	}
	h.requestFraming()
	return nil
}

// ParseResponse reads the head of a response to a request with the given
// method, which decides whether there is a body: "" is not known, and taken as
// GET. It is else as ParseRequest.
func (h *Head) ParseResponse(b []byte, method string, limits *Limits) error {
	h.reset(ResponseKind, b)
	if err := h.parse(limits); err != nil {
		return err
	}
	h.responseFraming(method)
	return nil
}

func (h *Head) reset(kind Kind, b []byte) {
	*h = Head{Kind: kind, Bytes: b, Headers: h.Headers[:0], Findings: h.Findings[:0]}
}

func (h *Head) find(r Rule, s Span, format string, args ...any) {
	if len(h.Findings) >= maxFindings {
		return // it is refused, or shown, for those that it has
	}
	h.Findings = append(h.Findings, Finding{r, s, wire.Notef(format, args...), r.duty(h.Kind).status, h.Kind})
}

// parse reads the lines of the head, and cuts h.Bytes after the empty one.
func (h *Head) parse(limits *Limits) error {
	var filled Limits
	if limits != nil {
		filled = *limits
	}
	filled = filled.filled()
	b := h.Bytes
	at := 0
	for at < len(b) && (b[at] == '\n' || b[at] == '\r' && at+1 < len(b) && b[at+1] == '\n') {
		if b[at] == '\r' {
			at++
		}
		if at++; at > filled.Head {
			return h.fail(b, at, errorAt(filled.Head, 431, ErrHead, "the head goes on after %d bytes, which is the limit", filled.Head))
		}
	}
	if at > 0 {
		h.Lead = Span{0, at}
		h.find(EmptyLineFirst, h.Lead, "%d bytes of empty lines before the first line", at)
	}

	end := bytes.IndexByte(b[at:], '\n')
	if end < 0 {
		return h.fail(b, at, h.cut(b, at, &filled))
	}
	end += at + 1
	h.Start = Span{at, end}
	if end-at > filled.Line {
		return h.fail(b, at, h.tooLong(at, end-at, &filled))
	}
	var err *Error
	if h.Kind == RequestKind {
		err = h.requestLine(h.line(b, h.Start))
	} else {
		err = h.statusLine(h.line(b, h.Start))
	}
	if err != nil {
		return h.fail(b, end, err)
	}

	for at = end; ; at = end {
		end = bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			return h.fail(b, at, h.cut(b, at, &filled))
		}
		end += at + 1
		if end > filled.Head {
			return h.fail(b, at, errorAt(filled.Head, 431, ErrHead, "the head goes on after %d bytes, which is the limit", filled.Head))
		}
		// The usual line first: ends in CRLF, and starts with a name.
		stop := end - 1
		if stop > at && b[stop-1] == '\r' {
			stop--
		} else {
			h.bareLF(Span{stop, end})
		}
		if stop == at {
			h.Bytes = b[:end:end]
			if h.folded {
				h.reparse(b)
			}
			return nil
		}
		if isBlank(b[at]) {
			if err := h.fold(b, Span{at, end}, stop, &filled); err != nil {
				return h.fail(b, at, err)
			}
			continue
		}
		if end-at > filled.Line {
			return h.fail(b, at, h.tooLong(at, end-at, &filled))
		}
		if len(h.Headers) == filled.Headers {
			return h.fail(b, at, errorAt(at, 431, ErrHeaders, "header field %d: the limit is %d", filled.Headers+1, filled.Headers))
		}
		colon := indexColon(b[at:stop])
		f := Header{Line: Span{at, end}, Name: Span{at, at + colon}}
		if colon <= 0 || notToken(b[at:at+colon]) >= 0 {
			f.Name = h.oddName(b, Span{at, stop}, colon)
		}
		if colon >= 0 {
			f.Value = trim(b, Span{at + colon + 1, stop})
		} else {
			f.Value = Span{stop, stop}
		}
		if !plain(b[f.Value.Start:f.Value.End]) {
			h.oddValue(b, f.Value)
		}
		h.Headers = append(h.Headers, f)
		switch f.Name.Len() {
		case 4, 10, 14, 17:
			h.recordField(b, len(h.Headers)-1)
		}
	}
}

// fail keeps in h.Bytes what was read, up to at.
func (h *Head) fail(b []byte, at int, err *Error) error {
	h.Bytes = b[:at:at]
	h.Body = Framing{Kind: UnknownBody, Why: wire.Notef("the head could not be read")}
	return err
}

// cut is the error for a line at the given place that has no end: a limit if it
// is too long already, else that the message ends.
func (h *Head) cut(b []byte, at int, l *Limits) *Error {
	switch {
	case len(b)-at > l.Line:
		return h.tooLong(at, len(b)-at, l)
	case len(b) > l.Head:
		return errorAt(l.Head, 431, ErrHead, "the head goes on after %d bytes, which is the limit", l.Head)
	}
	return errorAt(len(b), 0, ErrTruncated, "the message ends inside its head, which an empty line would end")
}

func (h *Head) tooLong(at, n int, l *Limits) *Error {
	status, what := 431, "a header field"
	if at == h.Lead.End {
		status, what = 400, "the start line"
		if h.Kind == RequestKind {
			status = 414
		}
	}
	return errorAt(at+l.Line, status, ErrLine, "%s has more than %d bytes, which is the limit", what, l.Line)
}

// line returns s without its line ending.
func (h *Head) line(b []byte, s Span) Span {
	s.End--
	if s.End > s.Start && b[s.End-1] == '\r' {
		s.End--
	} else {
		h.bareLF(Span{s.End, s.End + 1})
	}
	return s
}

func (h *Head) bareLF(s Span) {
	for _, f := range h.Findings {
		if f.Rule == BareLF { // once is enough: the whole head will be like that
			return
		}
	}
	h.find(BareLF, s, "a line ends with LF alone")
}

// fold adds a line that starts with whitespace to the header field before it.
func (h *Head) fold(b []byte, line Span, stop int, l *Limits) *Error {
	if !plain(b[line.Start:stop]) {
		h.oddValue(b, Span{line.Start, stop})
	}
	if len(h.Headers) == 0 {
		if line.Len() > l.Line {
			return h.tooLong(line.Start, line.Len(), l)
		}
		h.find(SpaceFirst, line, "whitespace before the first header field")
		h.Headers = append(h.Headers, Header{Line: line, Name: trim(b, Span{line.Start, stop}), Value: Span{stop, stop}})
		return nil
	}
	f := &h.Headers[len(h.Headers)-1]
	if line.End-f.Line.Start > l.Line {
		return h.tooLong(f.Line.Start, line.End-f.Line.Start, l)
	}
	h.find(ObsFold, line, "a line that starts with whitespace goes on the header field before it")
	f.Line.End = line.End
	if more := trim(b, Span{line.Start, stop}); more.Len() > 0 {
		if f.Value.Len() == 0 {
			f.Value.Start = more.Start
		}
		f.Value.End = more.End
	}
	h.folded = true
	return nil
}

// oddName says what is wrong with the name of a header field, and returns it.
func (h *Head) oddName(b []byte, line Span, colon int) Span {
	if colon < 0 {
		h.find(NoColon, line, "a header line without a colon: %q", short(b, line))
		return line
	}
	name := Span{line.Start, line.Start + colon}
	for name.End > name.Start && isBlank(b[name.End-1]) {
		name.End--
	}
	if name.End < line.Start+colon {
		h.find(SpaceBeforeColon, Span{name.End, line.Start + colon}, "whitespace between %q and its colon", short(b, name))
	}
	if name.Len() == 0 {
		h.find(NameToken, Span{line.Start, line.Start + colon + 1}, "a header field without a name")
	} else if i := notToken(b[name.Start:name.End]); i >= 0 {
		at := name.Start + i
		h.find(NameToken, Span{at, at + 1}, "the name %q has the byte %s", short(b, name), byteText(b[at]))
	}
	return name
}

// oddValue says which bytes of a value are not for a field value.
func (h *Head) oddValue(b []byte, s Span) {
	var told [3]bool
	for i := s.Start; i < s.End; i++ {
		rule := ValueObsText
		switch c := b[i]; {
		case c >= 0x80:
		case c == 0:
			rule = ValueNUL
		case c == '\r':
			rule = BareCR
		case c < 0x20 && c != '\t' || c == 0x7f:
			h.find(ValueBytes, Span{i, i + 1}, "the control character %s in a value", byteText(c))
			return
		default:
			continue
		}
		switch k := map[Rule]int{ValueObsText: 0, ValueNUL: 1, BareCR: 2}[rule]; {
		case told[k]:
		case rule == ValueObsText:
			told[k] = true
			h.find(rule, Span{i, i + 1}, "the byte %s, which is not ASCII, in a value", byteText(b[i]))
		case rule == ValueNUL:
			told[k] = true
			h.find(rule, Span{i, i + 1}, "a NUL byte in a value")
		default:
			told[k] = true
			h.find(rule, Span{i, i + 1}, "a CR that no LF follows, in a value")
		}
	}
}
