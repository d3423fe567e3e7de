package main

import (
	"strings"
	"testing"
)

// TestGetLeft: what a server sends after its response is named.
func TestGetLeft(t *testing.T) {
	for _, tt := range []struct{ says, flag, want string }{
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhéllo", "--json=false", `3 bytes are left after the body: is Content-Length right? It counts bytes (6 for "héllo")`},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nhello", "--json=false", `2 bytes are left after the body: is Content-Length right? It counts bytes (5 for "hello"); after the last message (Connection: close)`},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "-I", "5 bytes are left after the head: a response to HEAD has no body"},
		{"HTTP/1.1 204 No Content\r\n\r\nhello", "--json=false", "5 bytes are left after the head: a response with status 1xx, 204 or 304 has no body"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nhello", "--json=false", "5 bytes are left after the last chunk"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "--json=false", "38 bytes came after the last response, and no request was waiting for them (RFC 9112 9.2)"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello", "--json", `"event":"left","connection":1,"after":1,"bytes":2,"hex":"6c6f","text":"2 bytes are left after the body`},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "--json=false", ""},
	} {
		code, out, errs := run(t, t.Context(), "", "get", tt.flag, "http://"+startRaw(t, tt.says)+"/")
		flat := strings.Join(strings.Fields(out), " ") // lines are wrapped
		if code != 0 || !strings.Contains(flat, tt.want) || (tt.want == "") != !strings.Contains(flat, "left") && !strings.Contains(flat, "came after") {
			t.Errorf("%q: exit %d\n%s%s", tt.says, code, out, errs)
		}
	}
}
