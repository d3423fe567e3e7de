package httpmsg_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"onwire/httpmsg"
	"onwire/wire"

	"github.com/google/go-cmp/cmp"
)

// TestMessageDrawn has every part that a message can have, at its place.
func TestMessageDrawn(t *testing.T) {
	in := "POST /a?b HTTP/1.1\r\nHost:h\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\nmore"
	m, err := httpmsg.ParseRequest([]byte(in), httpmsg.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	wire.View{}.Write(&out, m.Raw, m.Fields())
	want := `byte  bytes                    field                  value
   0                           request line
   0  50 4f 53 54                method               "POST"
   4  20                         space                " "
   5  2f 61 3f 62                target               "/a?b"
   9  20                         space                " "
  10  48 54 54 50 2f 31 2e 31    version              "HTTP/1.1"
  18  0d 0a                      line end             "\r\n"
  20                           header field           Host: h
  20  48 6f 73 74                name                 "Host"
  24  3a                         colon                ":"
  25  68                         value                "h"
  26  0d 0a                      line end             "\r\n"
  28                           header field           Transfer-Encoding: chunked
  28  54 72 61 6e 73 66 65 72    name                 "Transfer-Encoding"
      2d 45 6e 63 6f 64 69 6e
      67
  45  3a                         colon                ":"
  46  20                         space                " "
  47  63 68 75 6e 6b 65 64       value                "chunked"
  54  0d 0a                      line end             "\r\n"
  56  0d 0a                    empty line             "\r\n"
  58                           body                   5 bytes in 2 chunks
  58                             chunk                5 bytes
  58  35                           size               5 = 5
  59  3b 78                        extension          ";x"
  61  0d 0a                        line end           "\r\n"
  63  68 65 6c 6c 6f               data               5 bytes
  68  0d 0a                        line end           "\r\n"
  70                             last chunk           0 bytes
  70  30                           size               0 = 0
  71  0d 0a                        line end           "\r\n"
  73                             trailers
  73                               trailer field      A: b
  73  41                             name             "A"
  74  3a                             colon            ":"
  75  20                             space            " "
  76  62                             value            "b"
  77  0d 0a                          line end         "\r\n"
  79  0d 0a                      empty line           "\r\n"
  81  6d 6f 72 65              rest                   4 bytes
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestFraming has the rules of RFC 9112 6.3, in their order.
func TestFraming(t *testing.T) {
	const length, chunked = "Content-Length: 2\r\n", "Transfer-Encoding: chunked\r\n"
	for _, tt := range []struct{ start, fields, method, want string }{
		{"HTTP/1.1 200 OK", length, "HEAD", `none ""`},
		{"HTTP/1.1 200 OK", chunked, "HEAD", `none ""`},
		{"HTTP/1.1 100 Continue", "", "POST", `none ""`},
		{"HTTP/1.1 103 Early Hints", "", "GET", `none ""`},
		{"HTTP/1.1 101 Switching Protocols", "", "GET", `tunnel "2\r\nhi\r\n0\r\n\r\n"`},
		{"HTTP/1.1 204 No Content", length, "GET", `none ""`},
		{"HTTP/1.1 304 Not Modified", length, "GET", `none ""`},
		{"HTTP/1.1 304 Not Modified", chunked, "GET", `none ""`},
		{"HTTP/1.1 200 OK", length, "CONNECT", `tunnel "2\r\nhi\r\n0\r\n\r\n"`},
		{"HTTP/1.1 403 Forbidden", length, "CONNECT", `Content-Length "2\r"`},
		{"HTTP/1.1 200 OK", chunked, "GET", `chunked "hi"`},
		{"HTTP/1.1 200 OK", length + chunked, "GET", `chunked "hi"`},
		{"HTTP/1.1 200 OK", "Transfer-Encoding: chunked, gzip\r\n", "GET", `close "2\r\nhi\r\n0\r\n\r\n"`},
		{"HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked\r\n", "GET", `chunked "hi"`},
		{"HTTP/1.1 200 OK", length, "GET", `Content-Length "2\r"`},
		{"HTTP/1.1 200 OK", length + length, "GET", `Content-Length "2\r"`},
		{"HTTP/1.1 200 OK", length + "Content-Length: 3\r\n", "GET", `unknown ""`},
		{"HTTP/1.1 200 OK", "", "GET", `close "2\r\nhi\r\n0\r\n\r\n"`},
		{"HTTP/1.1 500 No", "", "", `close "2\r\nhi\r\n0\r\n\r\n"`},
		{"GET / HTTP/1.1", "", "", `none ""`},
		{"GET / HTTP/1.1", length, "", `Content-Length "2\r"`},
		{"POST / HTTP/1.1", "", "", `none ""`},
		{"POST / HTTP/1.1", chunked, "", `chunked "hi"`},
		{"CONNECT h:1 HTTP/1.1", "", "", `tunnel "2\r\nhi\r\n0\r\n\r\n"`},
	} {
		in := []byte(tt.start + "\r\nHost: h\r\n" + tt.fields + "\r\n2\r\nhi\r\n0\r\n\r\n")
		var m *httpmsg.Message
		var err error
		if strings.HasPrefix(tt.start, "HTTP/") {
			m, err = httpmsg.ParseResponse(in, tt.method, httpmsg.Limits{})
		} else {
			m, err = httpmsg.ParseRequest(in, httpmsg.Limits{})
		}
		if got := fmt.Sprintf("%v %q", m.Body.Kind, m.Content); got != tt.want || err != nil {
			t.Errorf("%s, %q, to %s: %s, %v; want %s", tt.start, tt.fields, tt.method, got, err, tt.want)
		}
		if m.Body.Why.IsZero() || m.Body.RFC == "" {
			t.Errorf("%s: no reason", tt.start)
		}
	}
}

func TestHeadAccess(t *testing.T) {
	m, err := httpmsg.ParseRequest([]byte("GET /p HTTP/1.1\r\nhost: h:80\r\nA:  one \r\n  two\r\n\t\r\n three\t\r\nB: x, \"y,z\" , W\r\na: last\r\n\r\n"), httpmsg.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := m.Get("a"); v != "one two three" || !ok {
		t.Errorf("%q", v)
	}
	if v := m.Values("A"); len(v) != 2 || v[1] != "last" {
		t.Errorf("%q", v)
	}
	if _, ok := m.Get("c"); ok {
		t.Error("a field that is not there")
	}
	if !m.HasToken("b", "w") || m.HasToken("b", "y") || m.HasToken("b", "z\"") {
		t.Error("tokens of B")
	}
	if host, at := m.Host(); host != "h:80" || at.Start != 23 {
		t.Errorf("%q %v", host, at)
	}
	for in, want := range map[string]string{
		"GET http://u@x:8/p?q HTTP/1.1\r\nHost: h\r\n\r\n": "x:8",
		"GET http://x HTTP/1.1\r\nHost: h\r\n\r\n":         "x",
		"CONNECT x:443 HTTP/1.1\r\nHost: h\r\n\r\n":        "x:443",
		"GET / HTTP/1.0\r\n\r\n":                           "",
	} {
		m, _ := httpmsg.ParseRequest([]byte(in), httpmsg.Limits{})
		if host, _ := m.Host(); host != want {
			t.Errorf("%q: host %q", in, host)
		}
	}
}

// TestBuildIsParsedBack builds messages, and builds them again from their parts.
func TestBuildIsParsedBack(t *testing.T) {
	req := httpmsg.Request{Method: "POST", Target: "/login", Headers: []httpmsg.Pair{{Name: "Host", Value: "h"}, {Name: "X", Value: ""}}, Body: []byte(`{"a":1}`)}
	req.SetLength()
	req.SetLength() // once is enough
	got, err := req.Append([]byte("before "))
	if want := "before POST /login HTTP/1.1\r\nHost: h\r\nX: \r\nContent-Length: 7\r\n\r\n{\"a\":1}"; string(got) != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	resp := httpmsg.Response{Version: "HTTP/1.0", Status: 404, Headers: []httpmsg.Pair{{Name: "A", Value: "b"}}}
	got, err = resp.Append(nil)
	if want := "HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n"; string(got) != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	resp = httpmsg.Response{Status: 299}
	if got, _ = resp.Append(nil); string(got) != "HTTP/1.1 299 \r\n\r\n" {
		t.Errorf("%q", got)
	}
}

// TestBuildRefuses has what would make two messages of one.
func TestBuildRefuses(t *testing.T) {
	ok := httpmsg.Request{Method: "GET", Target: "/"}
	for name, r := range map[string]httpmsg.Request{
		"no method":          {Target: "/"},
		"a space in it":      {Method: "G T", Target: "/"},
		"no target":          {Method: "GET"},
		"a space in target":  {Method: "GET", Target: "/ x"},
		"a line in target":   {Method: "GET", Target: "/\r\n"},
		"a version":          {Method: "GET", Target: "/", Version: "HTTP/1.1\r\nA: b"},
		"a name":             {Method: "GET", Target: "/", Headers: []httpmsg.Pair{{Name: "A:", Value: "b"}}},
		"no name":            {Method: "GET", Target: "/", Headers: []httpmsg.Pair{{Name: "", Value: "b"}}},
		"a line in a value":  {Method: "GET", Target: "/", Headers: []httpmsg.Pair{{Name: "A", Value: "b\nC: d"}}},
		"NUL in a value":     {Method: "GET", Target: "/", Headers: []httpmsg.Pair{{Name: "A", Value: "\x00"}}},
		"a space around one": {Method: "GET", Target: "/", Headers: []httpmsg.Pair{{Name: "A", Value: " b"}}},
	} {
		if out, err := r.Append([]byte("x")); err == nil || string(out) != "x" {
			t.Errorf("%s: %q", name, out)
		}
	}
	if _, err := ok.Append(nil); err != nil {
		t.Error(err)
	}
	for _, r := range []httpmsg.Response{{Status: 99}, {Status: 1000}, {Status: 200, Reason: "a\r\nB: c"}, {Status: 200, Version: "x"}} {
		if out, err := r.Append(nil); err == nil {
			t.Errorf("%q", out)
		}
	}
	if _, err := httpmsg.AppendLastChunk(nil, httpmsg.Pair{Name: "A", Value: "\n"}); err == nil {
		t.Error("a line in a trailer")
	}
}

// TestManyChunks: a million chunks of a byte are read, every byte has a name,
// and what is kept of them is bounded.
func TestManyChunks(t *testing.T) {
	const n = 1_000_000
	in := []byte(te + strings.Repeat("1\r\nx\r\n", n) + "0\r\nA: b\r\n\r\nGET")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := httpmsg.ParseRequest(in, httpmsg.Limits{})
	runtime.ReadMemStats(&after)
	if err != nil || len(m.Content) != n || string(m.Rest()) != "GET" || len(m.Trailers) != 1 {
		t.Fatalf("%d bytes, %v, %d bytes left", len(m.Content), err, len(m.Rest()))
	}
	if len(m.Chunks)+m.MoreN != n+1 || len(m.Chunks) > 1100 {
		t.Errorf("%d chunks and %d more", len(m.Chunks), m.MoreN)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
		t.Errorf("%d MiB were allocated", got>>20)
	}
	fields := m.Fields()
	if err := wire.Check(fields, 8*len(in)); err != nil {
		t.Error(err)
	}
	if got := m.Append(nil); string(got) != string(in[:m.End]) {
		t.Errorf("%d bytes written back of %d", len(got), m.End)
	}
	// Cut in one of the chunks that are not kept.
	cut := in[:len(te)+6*5000+4]
	m, err = httpmsg.ParseRequest(cut, httpmsg.Limits{})
	if err == nil {
		t.Error("no error")
	}
	if err := wire.Check(m.Fields(), 8*len(cut)); err != nil {
		t.Error(err)
	}
}
