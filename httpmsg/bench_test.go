package httpmsg_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"onwire/httpmsg"
)

// usual is the request that a browser sends: 20 header fields.
var usual = []byte(strings.ReplaceAll(`GET /courses/networks/lesson/6?lang=en&page=2&from=mail HTTP/1.1
Host: www.example.org
Connection: keep-alive
Cache-Control: max-age=0
sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"
sec-ch-ua-mobile: ?0
sec-ch-ua-platform: "Linux"
Upgrade-Insecure-Requests: 1
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: navigate
Sec-Fetch-User: ?1
Sec-Fetch-Dest: document
Referer: https://www.example.org/courses/networks/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-GB,en;q=0.9,zh-CN;q=0.8
Cookie: session=5f2b9c1e7a8d4036b1c2d3e4f5a69788; theme=dark; seen=1,2,3,4,5
If-None-Match: "66f0c1d2-1a2b"
If-Modified-Since: Tue, 22 Sep 2026 07:28:00 GMT
DNT: 1

`, "\n", "\r\n"))

// BenchmarkHead reads the usual request: from memory, and from a connection
// as net/http.ReadRequest does.
func BenchmarkHead(b *testing.B) {
	b.Run("Head", func(b *testing.B) {
		b.SetBytes(int64(len(usual)))
		b.ReportAllocs()
		var h httpmsg.Head
		for b.Loop() {
			if err := h.ParseRequest(usual, nil); err != nil {
				b.Fatal(err)
			}
		}
		if len(h.Headers) != 20 || len(h.Findings) != 0 {
			b.Fatal(len(h.Headers), h.Findings)
		}
	})
	b.Run("Reader", func(b *testing.B) {
		b.SetBytes(int64(len(usual)))
		b.ReportAllocs()
		r := httpmsg.NewReader(&endless{text: usual}, httpmsg.Limits{})
		for b.Loop() {
			if _, err := r.ReadRequest(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("nethttp", func(b *testing.B) {
		b.SetBytes(int64(len(usual)))
		b.ReportAllocs()
		r := bufio.NewReader(&endless{text: usual})
		for b.Loop() {
			if _, err := http.ReadRequest(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// endless is a connection on which one message follows another.
type endless struct {
	text []byte
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

func BenchmarkChunked(b *testing.B) {
	var in bytes.Buffer
	in.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	w := httpmsg.NewChunkWriter(&in)
	for range 256 {
		w.Write(make([]byte, 4096))
	}
	w.Close()
	b.Run("Reader", func(b *testing.B) {
		b.SetBytes(int64(in.Len()))
		b.ReportAllocs()
		for b.Loop() {
			r := httpmsg.NewReader(bytes.NewReader(in.Bytes()), httpmsg.Limits{})
			if _, err := r.ReadResponse("GET"); err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r.Body()); n != 1<<20 || err != nil {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("nethttp", func(b *testing.B) {
		b.SetBytes(int64(in.Len()))
		b.ReportAllocs()
		for b.Loop() {
			r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(in.Bytes())), nil)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r.Body); n != 1<<20 || err != nil {
				b.Fatal(n, err)
			}
		}
	})
}
