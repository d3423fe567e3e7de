package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// peak returns the most memory that a process has had, in kB.
func peak(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		t.Skip("/proc has no VmHWM here")
	}
	kb, _ := strconv.Atoi(string(m[1]))
	return kb
}

// TestClientsThatNeverRead: a thousand clients that pipeline requests, and two
// hundred that ask for a large note 47 times, leave serve and tap under 100 MiB.
// The package httpmsg/server has the test that fails without the bounds; this
// is the whole process.
func TestClientsThatNeverRead(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a thousand connections")
	}
	note := "POST /notes HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer some-token\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n" + strings.Repeat("x", 60000)
	login := "POST /login HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 30\r\n\r\nuser=alice&password=wonderland"
	for _, tt := range []struct {
		name, request  string
		clients, times int
	}{
		{"pipelined", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1000, 60},
		{"a large note", "GET /notes/3 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer some-token\r\n\r\n", 200, 47},
	} {
		for _, command := range []string{"serve", "tap"} {
			t.Run(tt.name+"/"+command, func(t *testing.T) {
				addr := listenAddr(t)
				p := spawn(t, 0, nil, "serve", "--quiet", addr)
				token := ""
				first := reach(t, addr)
				io.WriteString(first, login)
				b := make([]byte, 4096)
				n, err := first.Read(b)
				if m := regexp.MustCompile(`access_token":"(\w+)"`).FindSubmatch(b[:n]); err == nil && m != nil {
					token = string(m[1])
				} else {
					t.Fatalf("%q, %v", b[:n], err)
				}
				io.WriteString(first, strings.ReplaceAll(note, "some-token", token))
				if n, err = first.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), "HTTP/1.1 201") {
					t.Fatalf("%.60q, %v", b[:n], err)
				}
				if command == "tap" {
					to := addr
					addr = listenAddr(t)
					p = spawn(t, 0, fullPipe(t), "tap", "--to", to, "--listen", addr)
					reach(t, addr).Close()
				}
				all := strings.Repeat(strings.ReplaceAll(tt.request, "some-token", token), tt.times)
				var clients []net.Conn
				for range tt.clients {
					c := reach(t, addr)
					c.(*net.TCPConn).SetReadBuffer(4 << 10) // the kernel is to keep little
					clients = append(clients, c)
					go io.WriteString(c, all) // it may never be taken
				}
				for _, c := range clients { // each has been served, or turned away
					c.Read(b[:1])
				}
				if command == "serve" { // it goes on serving others
					c := reach(t, addr)
					io.WriteString(c, "GET /media/text HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
					if b, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 200") {
						t.Errorf("%.60q, %v", b, err)
					}
				}
				if kb := peak(t, p.Process.Pid); kb > 100<<10 {
					t.Errorf("%d kB at the peak", kb)
				} else {
					t.Logf("%d kB at the peak", kb)
				}
			})
		}
	}
}
