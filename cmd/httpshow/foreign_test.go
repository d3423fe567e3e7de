package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestGetForeign: a server that speaks something else is named at once, though
// it keeps the connection open.
func TestGetForeign(t *testing.T) {
	for says, want := range map[string]string{
		"SSH-2.0-OpenSSH_9.2\r\n":                                      "this is SSH, not HTTP/1.1",
		"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64": "this is HTTP/2, not HTTP/1.1",
		"220 mail ESMTP\r\n":                                           "this is SMTP, not HTTP/1.1",
		"ICY 200 OK\r\nicy-br:128\r\n":                                 "this is ICY, not HTTP/1.1",
		"\x15\x03\x01\x00\x02\x02\x28":                                 "this is TLS, not HTTP/1.1",
		"hello there\r\n":                                              `"hello there" is not a status line`,
	} {
		l := listen(t)
		hold := make(chan bool)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, says)
			<-hold
			c.Close()
		}()
		began := time.Now()
		code, _, errs := run(t, t.Context(), "", "get", "--timeout", "20s", "http://"+l.Addr().String()+"/")
		if code != 1 || !strings.Contains(errs, want) || !strings.Contains(errs, "\nhint: ") || time.Since(began) > 15*time.Second {
			t.Errorf("%q: exit %d after %v, %s", says, code, time.Since(began), errs)
		}
		close(hold)
	}
}
