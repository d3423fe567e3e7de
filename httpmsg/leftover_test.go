package httpmsg_test

import (
	"strings"
	"testing"

	"onwire/httpmsg"
)

// TestLeftover: what follows a message and is none has a name.
func TestLeftover(t *testing.T) {
	const response = "HTTP/1.1 200 OK\r\n"
	for _, tt := range []struct{ name, in, method, want string }{
		{"nothing", post + "Content-Length: 2\r\n\r\nhi", "", ""},
		{"the next request", post + "Content-Length: 2\r\n\r\nhi" + get + "\r\n", "", ""},
		{"a part of the next", post + "Content-Length: 2\r\n\r\nhiGET / HT", "", ""},
		{"less yet", post + "Content-Length: 2\r\n\r\nhiGET", "", ""},
		{"characters counted", post + "Content-Length: 3\r\n\r\nhéllo", "", `3 bytes are left after the body: is Content-Length right? It counts bytes (6 for "héllo")`},
		{"one byte", post + "Content-Length: 4\r\n\r\nhello", "", `1 byte is left after the body: is Content-Length right? It counts bytes (5 for "hello")`},
		{"a long body", post + "Content-Length: 4\r\n\r\n" + strings.Repeat("x", 100), "", "96 bytes are left after the body: is Content-Length right? It counts bytes (100 with these)"},
		{"a line end", post + "Content-Length: 5\r\n\r\nhello\n", "", "1 byte is left after the message, of line ends"},
		{"a body without a length", post + "\r\nhello", "", "5 bytes are left after the head: a request without Content-Length and Transfer-Encoding has no body"},
		{"a body after HEAD", response + "Content-Length: 5\r\n\r\nhello", "HEAD", "5 bytes are left after the head: a response to HEAD has no body, whatever its header fields say"},
		{"a body after 204", "HTTP/1.1 204 No Content\r\n\r\nhello", "GET", "5 bytes are left after the head: a response with status 1xx, 204 or 304 has no body"},
		{"after the last chunk", te + "2\r\nhi\r\n0\r\n\r\nhello", "", "5 bytes are left after the last chunk"},
		{"a request after close", get + "Connection: close\r\n\r\n" + get + "\r\n", "", "27 bytes are left after the last request (Connection: close): a server must not process more"},
		{"a request after HTTP/1.0", "GET / HTTP/1.0\r\n\r\n" + get + "\r\n", "", "27 bytes are left after the last request (HTTP/1.0 closes"},
		{"a response after close", response + "Connection: close\r\nContent-Length: 0\r\n\r\n" + response + "\r\n", "GET", "19 bytes are left after the last response (Connection: close)"},
		{"a response after its request", get + "Connection: close\r\n\r\n" + response + "\r\n", "", ""},
		{"more than its length, and close", post + "Connection: close\r\nContent-Length: 2\r\n\r\nhi!", "", "after the last message (Connection: close) nothing more is processed"},
		{"the end of a body before a request", post + "Content-Length: 3\r\n\r\nhello" + get + "\r\n", "", `2 bytes are left after the body: is Content-Length right? It counts bytes (5 for "hello")`},
		{"a method of its own", post + "Content-Length: 0\r\n\r\nBREW / HTTP/1.1\r\nHost: h\r\n\r\n", "", ""},
		{"up to the close", response + "\r\nhello", "GET", ""},
	} {
		var m *httpmsg.Message
		var err error
		if strings.HasPrefix(tt.in, "HTTP/") {
			m, err = httpmsg.ParseResponse([]byte(tt.in), tt.method, httpmsg.Limits{})
		} else {
			m, err = httpmsg.ParseRequest([]byte(tt.in), httpmsg.Limits{})
		}
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		n, text, rfc := m.Leftover(m.Rest())
		if got := text.String(); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || (got == "") != (rfc == "") || (got == "") != (n == 0) {
			t.Errorf("%s: %q (%s)", tt.name, got, rfc)
		}
	}
}

func TestForeign(t *testing.T) {
	for in, want := range map[string]string{
		get: "", "HTTP/1.1 200 OK\r\n": "", "": "", "hello": "", "M-SEARCH * HTTP/1.1\r\n": "",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": "HTTP/2", "\x00\x00\x12\x04\x00\x00\x00\x00\x00": "HTTP/2", "\x00\x00\x00\x04\x01\x00\x00\x00\x00": "HTTP/2",
		"HTTP/2 200 \r\ndate: x\r\n": "HTTP/2 text",
		"\x16\x03\x01\x02\x00\x01":   "TLS", "\x15\x03\x03\x00\x02\x02\x28": "TLS",
		"RTSP/1.0 200 OK\r\nCSeq: 1\r\n": "RTSP", "OPTIONS rtsp://h/a RTSP/1.0\r\n": "RTSP",
		"SIP/2.0 200 OK\r\n": "SIP", "INVITE sip:bob@h SIP/2.0\r\n": "SIP", "ICY 200 OK\r\n": "ICY",
		"SSH-2.0-OpenSSH_9.2\r\n": "SSH", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n": "PROXY", "\r\n\r\n\x00\r\nQUIT\n!": "PROXY",
		"220 mail ESMTP\r\n": "SMTP", "* OK IMAP4rev2\r\n": "IMAP", "+OK ready\r\n": "POP3",
		"\x1f\x8b\x08": "gzip", "\n\r\r\n\x1c": "capture", "\xef\xbb\xbfGET / HTTP/1.1": "byte order mark",
		"<!DOCTYPE html>": "HTML", `{"a":1}`: "JSON",
	} {
		if got := httpmsg.Foreign([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
