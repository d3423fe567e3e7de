package httpmsg

import (
	"bytes"

	"onwire/wire"
)

// A Chunk is one chunk of a chunked body (RFC 9112 7.1). The last has the size
// 0, no data, and no End: the trailers follow it.
//
//	5;name=value CRLF  hello  CRLF
//	^ Size             Data   End
//	 ^ Ext
type Chunk struct {
	Line  Span  // the size line, with its line ending
	Size  Span  // the digits of the size
	Ext   Span  // the extensions, from the first semicolon or space on
	Bytes int64 // what the digits say
	Data  Span
	End   Span // the line ending after the data
}

// A finder takes what is wrong with a chunk or a trailer.
type finder func(r Rule, s Span, format string, args ...any)

// chunkLine reads a size line at s, which includes its LF.
func chunkLine(b []byte, s Span, l *Limits, find finder) (Chunk, *Error) {
	c := Chunk{Line: s}
	end := s.End - 1
	if end > s.Start && b[end-1] == '\r' {
		end--
	} else {
		find(ChunkLF, Span{end, s.End}, "a chunk's size line ends with LF alone")
	}
	at := s.Start
	for ; at < end; at++ {
		d, ok := hexDigit(b[at])
		if !ok {
			break
		}
		if at-s.Start == l.ChunkDigits {
			return c, errorAt(at, 400, ErrChunkSize, "the chunk size has more than %d digits, which is the limit", l.ChunkDigits)
		}
		if c.Bytes > (1<<63-1-int64(d))>>4 {
			return c, errorAt(s.Start, 400, ErrChunkSize, "the chunk size %q is more than 2^63-1", short(b, Span{s.Start, end}))
		}
		c.Bytes = c.Bytes<<4 | int64(d)
	}
	c.Size = Span{s.Start, at}
	c.Ext = Span{at, end}
	if at == s.Start {
		return c, errorAt(at, 400, ErrChunkSize, "%q is not a chunk size: hex digits, and nothing before them", short(b, Span{s.Start, end}))
	}
	if c.Size.Len() > 1 && b[s.Start] == '0' {
		find(ChunkSizeZeros, c.Size, "the chunk size %s has zeros in front", b[s.Start:at])
	}
	if c.Ext.Len() == 0 {
		return c, nil
	}
	if ext := trim(b, c.Ext); ext.Len() > 0 && b[ext.Start] != ';' {
		return c, errorAt(at, 400, ErrChunkSize, "%q is not a chunk size: hex digits, then nothing or a semicolon", short(b, Span{s.Start, end}))
	}
	chunkExt(b, c.Ext, find)
	return c, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// parseTrailers reads the trailer section at the start of b[at:], up to and with its
// empty line. It returns ErrTruncated if that is not in b.
func parseTrailers(b []byte, at int, l *Limits, find finder) (fields []Header, end int, err *Error) {
	h := Head{Bytes: b}
	start := at
	for {
		n := bytes.IndexByte(b[at:], '\n')
		end = at + n + 1
		if n < 0 {
			end = len(b)
		}
		if end-start > l.Trailers+2 {
			return fields, at, errorAt(start+l.Trailers, 431, ErrTrailers, "the trailers have more than %d bytes, which is the limit", l.Trailers)
		}
		if n < 0 {
			return fields, at, errorAt(len(b), 0, ErrTruncated, "the message ends inside its trailers, which an empty line would end")
		}
		stop := end - 1
		if stop > at && b[stop-1] == '\r' {
			stop--
		} else {
			find(TrailerLF, Span{stop, end}, "a line of the trailers ends with LF alone")
		}
		if stop == at {
			break
		}
		if len(fields) == l.Headers {
			return fields, at, errorAt(at, 431, ErrTrailers, "trailer field %d: the limit is %d", l.Headers+1, l.Headers)
		}
		line := Span{at, stop}
		colon := indexColon(b[at:stop])
		f := Header{Line: Span{at, end}, Value: Span{stop, stop}}
		switch {
		case isBlank(b[at]) && len(fields) > 0:
			h.find(ObsFold, line, "a line that starts with whitespace goes on the trailer field before it")
			last := &fields[len(fields)-1]
			last.Line.End, last.Value.End = end, trim(b, line).End
			at = end
			continue
		case isBlank(b[at]):
			h.find(SpaceFirst, line, "whitespace before the first trailer field")
			f.Name = trim(b, line)
		default:
			f.Name = Span{at, at + colon}
			if colon <= 0 || notToken(b[at:at+colon]) >= 0 {
				f.Name = h.oddName(b, line, colon)
			}
			if colon >= 0 {
				f.Value = trim(b, Span{at + colon + 1, stop})
			}
		}
		if !plain(b[f.Value.Start:f.Value.End]) {
			h.oddValue(b, f.Value)
		}
		if name := b[f.Name.Start:f.Name.End]; forbiddenTrailer(name) {
			h.find(TrailerForbidden, f.Line, "%s in the trailers, where it must not be", name)
		}
		fields = append(fields, f)
		at = end
	}
	for _, f := range h.Findings {
		find(f.Rule, f.Span, f.What.Format, f.What.Args...)
	}
	return fields, end, nil
}

// forbiddenTrailers are those that have to be known before the body is read:
// they frame, route, authenticate, ask for something, control the response, or
// say what the body is (RFC 9110 6.5.1).
var forbiddenTrailers = [...]string{
	"Content-Length", "Transfer-Encoding", "Trailer", "TE", "Connection", "Upgrade", "Host", "Max-Forwards",
	"Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Cookie", "Set-Cookie",
	"Expect", "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
	"Age", "Cache-Control", "Date", "Expires", "Location", "Retry-After", "Vary",
	"Content-Encoding", "Content-Type", "Content-Range",
}

func forbiddenTrailer(name []byte) bool {
	for _, n := range forbiddenTrailers {
		if foldIs(name, n) {
			return true
		}
	}
	return false
}

var noteRest = wire.Notef("what could not be read, or belongs to no message")
