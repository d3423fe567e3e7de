package httpmsg_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"onwire/httpmsg"
	"onwire/internal/interop"
)

// TestInteropCurl answers curl, and has the same bytes as curl's own trace.
func TestInteropCurl(t *testing.T) {
	curl := interop.Find(t, "curl", "curl")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	type result struct {
		raws []string // the requests, as they came
		sent string   // the responses
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var res result
		defer func() { done <- res }()
		conn, err := ln.Accept()
		if err != nil {
			res.err = err
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		r := httpmsg.NewReader(conn, httpmsg.Limits{})
		r.Keep = 1 << 16
		for range 3 { // all on one connection
			h, err := r.ReadRequest()
			if err != nil {
				res.err = err
				return
			}
			body, err := io.ReadAll(r.Body())
			if err != nil || len(h.Findings) > 0 {
				res.err = err
				return
			}
			raw, _ := r.Raw()
			res.raws = append(res.raws, string(raw))
			answer := httpmsg.Response{Status: 200, Headers: []httpmsg.Pair{{Name: "Transfer-Encoding", Value: "chunked"}}}
			answer.Body, _ = httpmsg.AppendLastChunk(httpmsg.AppendChunk(nil, body), httpmsg.Pair{Name: "Sum", Value: "1"})
			out, err := answer.Append(nil)
			if err != nil {
				res.err = err
				return
			}
			res.sent += string(out)
			if _, res.err = conn.Write(out); res.err != nil {
				return
			}
		}
	}()
	base := "http://" + ln.Addr().String()
	// Three transfers in one run, with one trace of all; -: forgets the options.
	cmd := exec.Command(curl, "-sS", "--http1.1", "--trace", "-", "-o", "/dev/null", base+"/a?b=c#top",
		"-:", "-sS", "--http1.1", "-o", "/dev/null", "-d", "x=1&y=2", base+"/form",
		"-:", "-sS", "--http1.1", "-o", "/dev/null", "-H", "Transfer-Encoding: chunked", "-H", "Content-Type: text/plain", "--data-binary", "hello", base+"/chunks")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	res := <-done
	if res.err != nil || len(res.raws) != 3 {
		t.Fatalf("%d requests, %v", len(res.raws), res.err)
	}
	sent, received := trace(t, out)
	if got := strings.Join(res.raws, ""); got != sent {
		t.Errorf("read %q\ncurl sent %q", got, sent)
	}
	if received != res.sent {
		t.Errorf("wrote %q\ncurl received %q", res.sent, received)
	}
	if strings.Contains(sent, "top") {
		t.Error("curl sent the fragment")
	}
	for i, raw := range res.raws {
		m, err := httpmsg.ParseRequest([]byte(raw), httpmsg.Limits{})
		if want := []string{"", "x=1&y=2", "hello"}[i]; err != nil || string(m.Content) != want {
			t.Errorf("request %d: %q, %v", i, m.Content, err)
		}
	}
}

// trace returns the bytes both ways in a trace of curl.
func trace(t *testing.T, out []byte) (sent, received string) {
	t.Helper()
	var to *string
	for line := range bytes.Lines(out) {
		switch s := string(line); {
		case strings.HasPrefix(s, "=> Send"):
			to = &sent
		case strings.HasPrefix(s, "<= Recv"):
			to = &received
		case len(s) > 6 && s[4] == ':' && to != nil:
			b, err := hex.DecodeString(strings.ReplaceAll(s[6:min(6+16*3, len(s))], " ", ""))
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			*to += string(b)
		default:
			to = nil
		}
	}
	return sent, received
}
