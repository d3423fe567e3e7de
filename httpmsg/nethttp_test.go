package httpmsg_test

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"onwire/httpmsg"

	"pgregory.net/rapid"
)

// TestSameAsNetHTTP makes messages of pieces, right and wrong ones, and holds
// that what both take both read alike. The pieces are what smuggling is made of.
func TestSameAsNetHTTP(t *testing.T) {
	var (
		starts = rapid.SampledFrom([]string{"GET / HTTP/1.1", "POST /a?b HTTP/1.1", "POST / HTTP/1.0", "GET http://x/ HTTP/1.1", "GET  / HTTP/1.1", "OPTIONS * HTTP/1.1", "\r\nGET / HTTP/1.1"})
		fields = rapid.SampledFrom([]string{
			"A: b", "A:", "A: b \t", "A : b", " A: b", "\tfold", "A\tb: c", "A: \x0bc", "a: \xff",
			"Content-Length: 5", "Content-Length: 5", "Content-Length: 05", "Content-Length: 5, 5", "Content-Length: +5", "content-length:5 ", "Content-Length: 6", "Content-Length: 0", "Content-Length",
			"Transfer-Encoding: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity", "Transfer-Encoding:\x0bchunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: ,chunked",
			"Connection: close", "Trailer: A", "Connection: keep-alive",
		})
		ends   = rapid.SampledFrom([]string{"\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n"})
		bodies = rapid.SampledFrom([]string{"5\r\nhello\r\n", "0\r\n", "\r\n", "A: b\r\n", "05\r\nhello\r\n", "5;x\r\nhello\r\n", "5 \r\nhello\r\n", "5\nhello\n", "0x5\r\nhello\r\n", "5\r\nhelloX", "0;x\r\n", "000\r\n", "GET / HTTP/1.1\r\n"})
	)
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString(starts.Draw(t, "start") + ends.Draw(t, "end"))
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			b.WriteString(fields.Draw(t, "field") + ends.Draw(t, "end"))
		}
		b.WriteString("Host: h\r\n\r\n")
		for range rapid.IntRange(0, 5).Draw(t, "pieces") {
			b.WriteString(bodies.Draw(t, "piece"))
		}
		in := []byte(b.String())
		m, err := httpmsg.ParseRequest(in, httpmsg.Limits{})
		if err != nil || m.Refused() != nil {
			return
		}
		buffered := bufio.NewReader(bytes.NewReader(in))
		theirs, err := http.ReadRequest(buffered)
		if err != nil {
			return
		}
		body := new(bytes.Buffer)
		if _, err := body.ReadFrom(theirs.Body); err != nil {
			return
		}
		taken++
		if body.String() != string(m.Content) {
			t.Fatalf("%q: body %q, theirs %q", in, m.Content, body)
		}
		rest := new(bytes.Buffer)
		rest.ReadFrom(buffered)
		if m.Body.Kind != httpmsg.TunnelBody && rest.String() != string(m.Rest()) {
			t.Fatalf("%q: the next message starts at %q, theirs at %q", in, m.Rest(), rest)
		}
	})
	if taken == 0 {
		t.Error("no message was taken by both")
	}
}
