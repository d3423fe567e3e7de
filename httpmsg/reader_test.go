package httpmsg_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"onwire/httpmsg"
)

func discard(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }

// TestReaderOneAfterAnother reads messages of every framing from one stream,
// a byte at a time and all at once.
func TestReaderOneAfterAnother(t *testing.T) {
	messages := []string{
		"HTTP/1.1 100 Continue\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n6\r\n world\r\n0\r\nSum: 11\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\nup to the close",
	}
	want := []string{
		"100 none \"\" []", "200 Content-Length \"hello\" []", "204 none \"\" []",
		"200 chunked \"hello world\" [{Sum 11}]", "304 none \"\" []", "200 close \"up to the close\" []",
	}
	all := strings.Join(messages, "")
	for name, src := range map[string]io.Reader{
		"at once": strings.NewReader(all), "byte by byte": iotest.OneByteReader(strings.NewReader(all)),
		"with its end": iotest.DataErrReader(strings.NewReader(all)),
	} {
		r := httpmsg.NewReader(src, httpmsg.Limits{})
		r.Keep = 1000
		at := 0
		for i := range messages {
			if err := r.Wait(); err != nil {
				t.Fatalf("%s, %d: %v", name, i, err)
			}
			h, err := r.ReadResponse("GET")
			if err != nil {
				t.Fatalf("%s, %d: %v", name, i, err)
			}
			body, err := io.ReadAll(r.Body())
			if got := fmt.Sprintf("%d %v %q %v", h.Status, h.Body.Kind, body, r.Trailers()); got != want[i] || err != nil {
				t.Errorf("%s, %d: got %s, %v; want %s", name, i, got, err, want[i])
			}
			if raw, whole := r.Raw(); string(raw) != messages[i] || !whole {
				t.Errorf("%s, %d: raw %q", name, i, raw)
			}
			if start, used := r.Offset(); start != int64(at) || used != len(messages[i]) {
				t.Errorf("%s, %d: offset %d, %d", name, i, start, used)
			}
			at += len(messages[i])
		}
		if _, err := r.ReadResponse("GET"); err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

// TestReaderRawBody copies bodies as they stand, as a proxy does.
func TestReaderRawBody(t *testing.T) {
	body := "5;x\r\nhello\r\n0\r\nSum: 5\r\n\r\n"
	r := httpmsg.NewReader(strings.NewReader(te+body+get+"\r\n"), httpmsg.Limits{})
	if _, err := r.ReadRequest(); err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(r.RawBody()); string(raw) != body || err != nil {
		t.Errorf("%q, %v", raw, err)
	}
	if h, err := r.ReadRequest(); err != nil || h.Text(h.Method) != "GET" {
		t.Error(err)
	}
}

// TestReaderSkips reads heads only: bodies that no one read are passed over.
func TestReaderSkips(t *testing.T) {
	r := httpmsg.NewReader(strings.NewReader(te+"5\r\nhello\r\n0\r\n\r\n"+post+"Content-Length: 2\r\n\r\nhi"+get+"\r\n"), httpmsg.Limits{})
	var got []string
	for {
		h, err := r.ReadRequest()
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		got = append(got, h.Text(h.Method))
	}
	if s := strings.Join(got, " "); s != "POST POST GET" {
		t.Error(s)
	}
}

// TestReaderEndsEarly cuts messages at every byte: the Reader says so, and
// never hands on a message as whole.
func TestReaderEndsEarly(t *testing.T) {
	for _, in := range []string{
		te + "5;x\r\nhello\r\n0\r\nSum: 5\r\n\r\n",
		post + "Content-Length: 5\r\n\r\nhello",
	} {
		for n := 1; n < len(in); n++ {
			r := httpmsg.NewReader(strings.NewReader(in[:n]), httpmsg.Limits{})
			_, err := r.ReadRequest()
			if err == nil {
				_, err = discard(r.Body())
			}
			var ours *httpmsg.Error
			if !errors.As(err, &ours) || !errors.Is(err, httpmsg.ErrTruncated) || ours.Offset != int64(n) || ours.Status != 0 {
				t.Fatalf("%q: %v", in[:n], err)
			}
			if _, err := r.ReadRequest(); err == nil {
				t.Fatalf("%q: another request behind it", in[:n])
			}
			m, err := httpmsg.ParseRequest([]byte(in[:n]), httpmsg.Limits{})
			if !errors.Is(err, httpmsg.ErrTruncated) || m.End > n {
				t.Fatalf("Parse %q: %v", in[:n], err)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	many := func(n int, s string) string { return strings.Repeat(s, n) }
	for _, tt := range []struct {
		name, in string
		limits   httpmsg.Limits
		kind     error
		status   int
		offset   int64
	}{
		{"head", get + many(9, "A: b\r\n") + "\r\n", httpmsg.Limits{Head: 64}, httpmsg.ErrHead, 431, 64},
		{"request line", "GET /" + many(100, "a") + " HTTP/1.1\r\nHost: h\r\n\r\n", httpmsg.Limits{Line: 64}, httpmsg.ErrLine, 414, 64},
		{"header line", get + "A: " + many(100, "a") + "\r\n\r\n", httpmsg.Limits{Line: 64}, httpmsg.ErrLine, 431, 25 + 64},
		{"folded line", get + "A: b\r\n" + many(20, " cccc\r\n") + "\r\n", httpmsg.Limits{Line: 64}, httpmsg.ErrLine, 431, 25 + 64},
		{"headers", get + "A: b\r\nA: c\r\n\r\n", httpmsg.Limits{Headers: 2}, httpmsg.ErrHeaders, 431, 31},
		{"empty lines", many(40, "\r\n") + get + "\r\n", httpmsg.Limits{Head: 64}, httpmsg.ErrHead, 431, 64},
		{"body", post + "Content-Length: 10000000000\r\n\r\n", httpmsg.Limits{}, httpmsg.ErrBody, 413, 42},
		{"chunk digits", te + "000002\r\nhi\r\n0\r\n\r\n", httpmsg.Limits{ChunkDigits: 4}, httpmsg.ErrChunkSize, 400, 60},
		{"chunk size", te + "10000000000000000\r\n", httpmsg.Limits{ChunkDigits: 32}, httpmsg.ErrChunkSize, 400, 56},
		{"chunk data", te + "2\r\nhi\r\n3\r\nyou\r\n0\r\n\r\n", httpmsg.Limits{Body: 4}, httpmsg.ErrBody, 413, 63},
		{"chunk count", te + "1\r\nx\r\n1\r\nx\r\n0\r\n\r\n", httpmsg.Limits{Chunks: 2}, httpmsg.ErrChunkCount, 400, 68},
		{"extension", te + "1;" + many(100, "a") + "\r\nx\r\n0\r\n\r\n", httpmsg.Limits{ChunkExt: 64}, httpmsg.ErrChunkExt, 400, 56},
		{"extensions", te + many(30, "1;aa\r\nx\r\n") + "0\r\n\r\n", httpmsg.Limits{ChunkExt: 64}, httpmsg.ErrChunkExt, 400, 56 + 21*9},
		{"trailers", te + "0\r\n" + many(30, "A: b\r\n") + "\r\n", httpmsg.Limits{Trailers: 64}, httpmsg.ErrTrailers, 431, 59 + 64},
		{"trailer fields", te + "0\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", httpmsg.Limits{Headers: 2}, httpmsg.ErrTrailers, 431, 59 + 12},
		{"chunk size zz", te + "zz\r\n", httpmsg.Limits{}, httpmsg.ErrChunkSize, 400, 56},
		{"chunk size 0x2", te + "0x2\r\nhi\r\n0\r\n\r\n", httpmsg.Limits{}, httpmsg.ErrChunkSize, 400, 57},
		{"chunk too long", te + "2\r\nhi!\r\n0\r\n\r\n", httpmsg.Limits{}, httpmsg.ErrChunkEnd, 400, 61},
		{"no request", "hello\r\n\r\n", httpmsg.Limits{}, httpmsg.ErrStartLine, 400, 0},
		{"TLS", "\x16\x03\x01\x02\x00", httpmsg.Limits{}, httpmsg.ErrStartLine, 400, 0},
	} {
		r := httpmsg.NewReader(iotest.OneByteReader(strings.NewReader(tt.in)), tt.limits)
		_, err := r.ReadRequest()
		if err == nil {
			_, err = discard(r.Body())
		}
		var ours *httpmsg.Error
		if !errors.As(err, &ours) || ours.Err != tt.kind || ours.Status != tt.status {
			t.Errorf("%s: Reader: %v", tt.name, err)
		}
		if tt.name == "TLS" {
			continue // Parse waits for the end of the line
		}
		if ours != nil && ours.Offset != tt.offset {
			t.Errorf("%s: Reader: %v, want byte %d", tt.name, err, tt.offset)
		}
		_, err = httpmsg.ParseRequest([]byte(tt.in), tt.limits)
		if !errors.As(err, &ours) || ours.Err != tt.kind || ours.Status != tt.status || ours.Offset != tt.offset {
			t.Errorf("%s: Parse: %v, want byte %d", tt.name, err, tt.offset)
		}
	}
}

// TestLimitOfClose bounds a body that only the close ends.
func TestLimitOfClose(t *testing.T) {
	in := "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 100)
	r := httpmsg.NewReader(strings.NewReader(in), httpmsg.Limits{Body: 10})
	if _, err := r.ReadResponse("GET"); err != nil {
		t.Fatal(err)
	}
	if n, err := discard(r.Body()); n > 10 || !errors.Is(err, httpmsg.ErrBody) {
		t.Errorf("%d bytes, %v", n, err)
	}
	r = httpmsg.NewReader(strings.NewReader(in), httpmsg.Limits{Body: -1})
	r.ReadResponse("GET")
	if n, err := discard(r.Body()); n != 100 || err != nil {
		t.Errorf("without a limit: %d bytes, %v", n, err)
	}
}

// TestReaderLenient shows what a tap sees of a message that is refused.
func TestReaderLenient(t *testing.T) {
	in := post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"
	r := httpmsg.NewReader(strings.NewReader(in), httpmsg.Limits{})
	r.Lenient = true
	h, err := r.ReadRequest()
	if err != nil || h.Refused() == nil || h.Body.Kind != httpmsg.UnknownBody {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r.Body()); string(b) != "hi!" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if keep, _ := h.KeepAlive(); keep {
		t.Error("keep-alive behind a body whose end cannot be told")
	}
}

// TestReaderDeadline holds that a deadline of the source may pass and be moved,
// in the middle of anything.
func TestReaderDeadline(t *testing.T) {
	in := te + "5;x\r\nhello\r\n0\r\nSum: 5\r\n\r\n"
	src := &stutter{in: in}
	r := httpmsg.NewReader(src, httpmsg.Limits{})
	late := 0
	var h *httpmsg.Head
	for h == nil {
		var err error
		if err = r.Wait(); err == nil {
			src.quiet = true // a head is read as one: only Wait may be asked again
			h, err = r.ReadRequest()
			src.quiet = false
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			late++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	var body []byte
	for p := make([]byte, 2); ; {
		n, err := r.Body().Read(p)
		body = append(body, p[:n]...)
		if err == io.EOF {
			break
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			late++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if string(body) != "hello" || late < 10 {
		t.Errorf("%q, and %d times late", body, late)
	}
}

// stutter passes its deadline before every byte.
type stutter struct {
	in          string
	quiet, late bool
}

func (s *stutter) Read(p []byte) (int, error) {
	if s.late = !s.late; s.late && !s.quiet {
		return 0, os.ErrDeadlineExceeded
	}
	if s.in == "" {
		return 0, io.EOF
	}
	n := copy(p[:1], s.in)
	s.in = s.in[n:]
	return n, nil
}

// TestReaderTunnel reads a CONNECT, and hands on the first bytes behind it.
func TestReaderTunnel(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	client.SetDeadline(time.Now().Add(10 * time.Second))
	server.SetDeadline(time.Now().Add(10 * time.Second))
	go client.Write([]byte("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n\x16\x03\x01"))
	r := httpmsg.NewReader(server, httpmsg.Limits{})
	h, err := r.ReadRequest()
	if err != nil || h.Form != httpmsg.AuthorityForm || h.Body.Kind != httpmsg.TunnelBody {
		t.Fatal(err, h)
	}
	p := make([]byte, 3)
	if _, err := io.ReadFull(r.Body(), p); err != nil || p[0] != 0x16 {
		t.Errorf("% x, %v", p, err)
	}
}

func TestKeepAlive(t *testing.T) {
	for _, tt := range []struct {
		in   string
		keep bool
	}{
		{get + "\r\n", true},
		{get + "Connection: close\r\n\r\n", false},
		{get + "Connection: Upgrade, Close\r\n\r\n", false},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
		{post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
		{"HTTP/1.1 200 OK\r\n\r\n", false},
		{"HTTP/1.1 204 No Content\r\n\r\n", true},
		{"HTTP/1.1 101 Switching Protocols\r\n\r\n", false},
	} {
		m, _ := httpmsg.Parse([]byte(tt.in), httpmsg.Limits{})
		if keep, why := m.KeepAlive(); keep != tt.keep || why.IsZero() {
			t.Errorf("%q: %v, %v", tt.in, keep, why)
		}
	}
}

// TestNoAllocations reads the usual request again and again.
func TestNoAllocations(t *testing.T) {
	var h httpmsg.Head
	if n := testing.AllocsPerRun(100, func() { h.ParseRequest(usual, nil) }); n != 0 {
		t.Errorf("Head.ParseRequest: %v allocations", n)
	}
	r := httpmsg.NewReader(&endless{text: usual}, httpmsg.Limits{})
	if n := testing.AllocsPerRun(100, func() { r.ReadRequest() }); n != 0 {
		t.Errorf("Reader.ReadRequest: %v allocations", n)
	}
}
