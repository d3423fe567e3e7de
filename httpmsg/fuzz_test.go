package httpmsg_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"onwire/httpmsg"
	"onwire/wire"
)

// seeds are messages of every kind, right and wrong.
var seeds = []string{
	"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
	"GET / HTTP/1.1\nHost: h\n\n",
	"\r\nPOST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nX: y\r\n\r\nrest",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n",
	"GET  /  HTTP/1.1 \r\n X: y\r\nHost : h\r\nA: b\r\n c\r\n\td\r\nnocolon\r\n: x\r\n\r\n",
	"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n\x16\x03",
	"OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"GET http://u@h:80/p HTTP/1.9\r\nHost: x\r\nHost: y\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2, 3\r\n\r\nhi!",
	"HTTP/1.1 204\r\nContent-Length: 2\r\n\r\nhi",
	"HTTP/1.0 200 \r\nA: \x00\x01\xff\r\n\r\nall of it",
	"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"GET /", "get\t/", "HTTP/2 999 x\r\n\r\n",
	"\x1b]0;x\x07 y HTTP/1.1\r\n\x1b\r\nHost: \x1b\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff;\x1b[31m\r\n",
}

// FuzzMessage holds: fields cover every byte; parsing then writing gives the
// same bytes; and the Reader, fed a byte at a time, sees what Parse sees.
func FuzzMessage(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := httpmsg.Parse(in, httpmsg.Limits{})
		fields := m.Fields()
		if err := wire.Check(fields, 8*len(in)); err != nil {
			t.Fatalf("fields: %v", err)
		}
		wire.View{Notes: true}.Write(io.Discard, in, fields)
		if got := m.Append(nil); !bytes.Equal(got, in[:m.End]) {
			t.Fatalf("written: %q\n   read: %q", got, in[:m.End])
		}
		for _, found := range m.Findings {
			if found.Start < 0 || found.End < found.Start || found.End > len(in) {
				t.Fatalf("finding %v outside the message", found)
			}
			plain(t, found.What.String())
			if found.Rule.String() == "" || found.Rule.RFC() == "" || found.Rule.Parsers() == "" || found.What.IsZero() {
				t.Fatalf("finding %v says nothing", found)
			}
		}
		var ours *httpmsg.Error
		if err != nil {
			plain(t, err.Error())
		}
		if err != nil && (!errors.As(err, &ours) || ours.Offset < 0 || ours.Offset > int64(len(in))) {
			t.Fatalf("error %v", err)
		}

		r := httpmsg.NewReader(iotest.OneByteReader(bytes.NewReader(in)), httpmsg.Limits{})
		r.Lenient, r.Keep = true, len(in)
		var h *httpmsg.Head
		var headErr error
		if m.Kind == httpmsg.RequestKind {
			h, headErr = r.ReadRequest()
		} else {
			h, headErr = r.ReadResponse("")
		}
		if headErr != nil || m.Body.Kind == httpmsg.UnknownBody {
			if headErr != nil && err == nil {
				t.Fatalf("the Reader says %v, Parse nothing", headErr)
			}
			return
		}
		if got := h.Text(httpmsg.Span{End: len(h.Bytes)}); got != string(m.Bytes) {
			t.Fatalf("the Reader's head: %q, Parse's: %q", got, m.Bytes)
		}
		content, bodyErr := io.ReadAll(r.Body())
		if !bytes.Equal(content, m.Content) {
			t.Fatalf("the Reader's body: %q, Parse's: %q", content, m.Content)
		}
		if (bodyErr == nil) != (err == nil) {
			t.Fatalf("the Reader says %v, Parse %v", bodyErr, err)
		}
		if raw, all := r.Raw(); err == nil && (!all || !bytes.Equal(raw, in[:m.End])) {
			t.Fatalf("the Reader kept %q of %q", raw, in[:m.End])
		}
	})
}

// plain holds that a text about a message can go to a terminal: nothing in it
// moves the cursor, whatever the message has.
func plain(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if !unicode.IsPrint(r) {
			t.Fatalf("the text %q has %q", text, r)
		}
	}
}

// FuzzNetHTTP holds that where net/http and this package both take a request,
// they read the same one.
func FuzzNetHTTP(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := httpmsg.ParseRequest(in, httpmsg.Limits{})
		if err == nil && m.Refused() == nil {
			theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(in)))
			if err == nil {
				sameRequest(t, m, theirs)
			}
		}
		m, err = httpmsg.ParseResponse(in, "GET", httpmsg.Limits{})
		if err == nil && m.Refused() == nil {
			theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(in)), nil)
			if err == nil {
				if theirs.StatusCode != m.Status {
					t.Fatalf("status %d, theirs %d", m.Status, theirs.StatusCode)
				}
				sameHeaders(t, m, theirs.Header)
				if m.Body.Kind != httpmsg.TunnelBody {
					sameBody(t, m, theirs.Body)
				}
			}
		}
	})
}

func sameRequest(t *testing.T, m *httpmsg.Message, theirs *http.Request) {
	t.Helper()
	if method := m.Text(m.Method); method != theirs.Method {
		t.Fatalf("method %q, theirs %q", method, theirs.Method)
	}
	if target := m.Text(m.Target); target != theirs.RequestURI {
		t.Fatalf("target %q, theirs %q", target, theirs.RequestURI)
	}
	if host, _ := m.Host(); m.Form == httpmsg.OriginForm && host != theirs.Host {
		t.Fatalf("host %q, theirs %q", host, theirs.Host)
	}
	sameHeaders(t, m, theirs.Header)
	sameBody(t, m, theirs.Body)
}

// sameHeaders compares the header fields that net/http leaves in its map.
func sameHeaders(t *testing.T, m *httpmsg.Message, theirs http.Header) {
	t.Helper()
	for _, f := range m.Findings {
		if f.Rule == httpmsg.SpaceBeforeColon {
			return // in a response they make the space a part of the name
		}
	}
	n := 0
	for _, values := range theirs {
		n += len(values)
	}
	seen := 0
	for _, f := range m.Headers {
		name := textproto.CanonicalMIMEHeaderKey(m.Text(f.Name))
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer", "Pragma", "Cache-Control":
			continue // moved elsewhere, merged or added
		}
		ours := m.Values(name)
		if strings.Join(ours, "\n") != strings.Join(theirs[name], "\n") {
			t.Fatalf("%s: %q, theirs %q", name, ours, theirs[name])
		}
		seen++
	}
	if seen > n {
		t.Fatalf("%d header fields, theirs %d", seen, n)
	}
}

func sameBody(t *testing.T, m *httpmsg.Message, theirs io.Reader) {
	t.Helper()
	body, err := io.ReadAll(theirs)
	if err != nil {
		return // they stop where we do not
	}
	if m.Body.Kind != httpmsg.TunnelBody && !bytes.Equal(body, m.Content) {
		t.Fatalf("body %q, theirs %q", m.Content, body)
	}
}

// FuzzChunks holds that reading chunks is bounded by the limits, whatever they
// say, and that what a ChunkWriter writes comes back.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\n"), 3)
	f.Add([]byte("ffffffffffffffff\r\n"), 1)
	f.Add([]byte("1;a\r\nx\r\n1\r\ny\r\n0\r\nT: u\r\n\r\n"), 2)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		limits := httpmsg.Limits{Body: 64, Chunks: 8, ChunkExt: 16, ChunkDigits: 4, Trailers: 32}
		head := "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
		r := httpmsg.NewReader(io.MultiReader(strings.NewReader(head), bytes.NewReader(in)), limits)
		if _, err := r.ReadRequest(); err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r.Body())
		if n > 64 {
			t.Fatalf("%d bytes, and %v", n, err)
		}
		if _, used := r.Offset(); used > len(head)+64+8*(4+2+2)+16+32+8 {
			t.Fatalf("%d bytes of the stream were used", used)
		}

		var out bytes.Buffer
		out.WriteString(head)
		w := httpmsg.NewChunkWriter(&out)
		size = 1 + size&15
		for at := 0; at < len(in); at += size {
			w.Write(in[at:min(at+size, len(in))])
		}
		if err := w.Close(httpmsg.Pair{Name: "Sum", Value: "x"}); err != nil {
			t.Fatal(err)
		}
		m, err := httpmsg.ParseRequest(out.Bytes(), httpmsg.Limits{})
		sum, _ := m.Trailer("sum")
		if err != nil || !bytes.Equal(m.Content, in) || sum != "x" || len(m.Rest()) != 0 {
			t.Fatalf("%v %q %q %q", err, m.Content, sum, m.Rest())
		}
	})
}

// FuzzBuild holds that what can be built is one message with those parts, and
// nothing else: no value makes a second header field.
func FuzzBuild(f *testing.F) {
	f.Add("GET", "/", "X", "y", []byte("body"))
	f.Add("GET", "/ HTTP/1.1\r\nA: b", "X\r\nY", "a\r\nB: c", []byte(nil))
	f.Fuzz(func(t *testing.T, method, target, name, value string, body []byte) {
		req := httpmsg.Request{Method: method, Target: target, Body: body, Headers: []httpmsg.Pair{{Name: "Host", Value: "h"}, {Name: name, Value: value}}}
		req.SetLength()
		out, err := req.Append(nil)
		if err != nil {
			if len(out) != 0 || !errors.Is(err, httpmsg.ErrBuild) {
				t.Fatalf("%q, %v", out, err)
			}
			return
		}
		if len(out) > 1<<14 {
			return // past the parser's limits
		}
		m, err := httpmsg.ParseRequest(out, httpmsg.Limits{})
		if m.Text(m.Method) != method || m.Text(m.Target) != target || len(m.Headers) != len(req.Headers) {
			t.Fatalf("%q: %v", out, err)
		}
		for i, p := range req.Headers {
			if m.Text(m.Headers[i].Name) != p.Name || m.Text(m.Headers[i].Value) != p.Value {
				t.Fatalf("%q: header field %d", out, i)
			}
		}
	})
}
