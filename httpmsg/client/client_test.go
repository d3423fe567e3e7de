package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"onwire/httpmsg"
	"onwire/httpmsg/client"
)

// against returns a client whose server reads one request, says the texts, and
// closes. What it read comes out of the channel.
func against(t *testing.T, limits httpmsg.Limits, says ...string) (*client.Conn, <-chan string) {
	t.Helper()
	here, there := net.Pipe()
	read := make(chan string, 1)
	go func() {
		defer there.Close()
		b := make([]byte, 4096)
		n, _ := there.Read(b)
		read <- string(b[:n])
		for _, s := range says {
			if _, err := io.WriteString(there, s); err != nil {
				return // the client has seen enough
			}
		}
	}()
	c := client.New(here, limits)
	t.Cleanup(func() { c.Close() })
	return c, read
}

var get = &httpmsg.Request{Method: "GET", Target: "/a?b", Headers: []httpmsg.Pair{{Name: "Host", Value: "h"}}}

// TestDo: every way in which a response may end, and what is left of the
// connection afterwards.
func TestDo(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		says         []string
		content      string
		interim      int
		open         bool
		err          error
	}{
		{name: "a length", says: []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}, content: "hello", open: true},
		{name: "byte by byte", says: strings.Split("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", ""), content: "hello", open: true},
		{name: "chunks", says: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n"}, content: "hello", open: true},
		{name: "up to the close", says: []string{"HTTP/1.1 200 OK\r\n\r\nhel", "lo"}, content: "hello"},
		{name: "HEAD", method: "HEAD", says: []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, open: true},
		{name: "204", says: []string{"HTTP/1.1 204 No Content\r\n\r\n"}, open: true},
		{name: "Connection: close", says: []string{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}},
		{name: "HTTP/1.0", says: []string{"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}},
		{name: "interim ones", says: []string{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"}, content: "x", interim: 2, open: true},
		{name: "nothing", err: io.EOF},
		{name: "half a head", says: []string{"HTTP/1.1 200 OK\r\nContent-"}, err: httpmsg.ErrTruncated},
		{name: "half a body", says: []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"}, content: "he", err: httpmsg.ErrTruncated},
		{name: "no HTTP", says: []string{"SSH-2.0-OpenSSH_10.0\r\n\r\n"}, err: httpmsg.ErrStartLine},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := *get
			if tt.method != "" {
				r.Method = tt.method
			}
			c, read := against(t, httpmsg.Limits{}, tt.says...)
			all, err := c.Do(t.Context(), &r)
			if !errors.Is(err, tt.err) || c.Open() != tt.open {
				t.Fatalf("error %v, open %v; want %v, %v", err, c.Open(), tt.err, tt.open)
			}
			if want := r.Method + " /a?b HTTP/1.1\r\nHost: h\r\n\r\n"; <-read != want {
				t.Errorf("the server did not read %q", want)
			}
			said, content := "", ""
			for i, m := range all {
				said += string(m.Raw)
				if i < tt.interim != m.Interim() {
					t.Errorf("response %d: %d", i, m.Status)
				}
				content = string(m.Content)
			}
			if said != strings.Join(tt.says, "") || content != tt.content {
				t.Errorf("kept %q and the content %q", said, content)
			}
		})
	}
}

// TestPipelined: the responses are told apart, in their order, and a response
// to HEAD is without a body whatever its length says.
func TestPipelined(t *testing.T) {
	const one, two = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
	c, _ := against(t, httpmsg.Limits{}, one+two)
	if err := c.Send(t.Context(), []byte("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /n HTTP/1.1\r\nHost: h\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ method, raw string }{{"HEAD", one}, {"GET", two}} {
		m, err := c.Receive(t.Context(), want.method)
		if err != nil || string(m.Raw[:m.End]) != want.raw {
			t.Fatalf("%v, %v", m, err)
		}
	}
	if m, err := c.Receive(t.Context(), "GET"); m != nil || err != io.EOF || c.Open() {
		t.Errorf("after the close: %v, %v, open %v", m, err, c.Open())
	}
}

// TestBounds: a server cannot make a client keep what it does not want to.
func TestBounds(t *testing.T) {
	for name, tt := range map[string]struct {
		limits httpmsg.Limits
		says   string
	}{
		"a body":           {httpmsg.Limits{Body: 10}, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"},
		"10 GB":            {httpmsg.Limits{}, "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"},
		"interim for ever": {httpmsg.Limits{}, strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)},
		"a head":           {httpmsg.Limits{}, "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 1000) + "\r\n"},
	} {
		c, _ := against(t, tt.limits, tt.says)
		if all, err := c.Do(t.Context(), get); err == nil || err == io.EOF || len(all) > 20 {
			t.Errorf("%s: %d responses, %v", name, len(all), err)
		}
	}
}

// TestCancel: the end of the context wakes a client that sends or waits, and
// gives its reason.
func TestCancel(t *testing.T) {
	reason := errors.New("enough")
	here, there := net.Pipe() // it holds nothing: a Write waits for its Read
	defer there.Close()
	c := client.New(here, httpmsg.Limits{})
	defer c.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Send(ctx, []byte("GET")) }()
	there.Read(make([]byte, 1)) // it is sending
	cancel(reason)
	if err := <-done; err != reason {
		t.Errorf("Send = %v", err)
	}
	other, server := net.Pipe()
	defer server.Close()
	c2 := client.New(other, httpmsg.Limits{})
	defer c2.Close()
	ctx, cancel = context.WithCancelCause(t.Context())
	go func() {
		_, err := c2.Receive(ctx, "GET")
		done <- err
	}()
	io.WriteString(server, "HTTP/1.1 200") // it is reading
	cancel(reason)
	if err := <-done; err != reason || c2.Open() {
		t.Errorf("Receive = %v, open %v", err, c2.Open())
	}
}

// TestWait: a wait that was given up loses nothing of what comes later.
func TestWait(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	c := client.New(here, httpmsg.Limits{})
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Wait(ctx); err != context.Canceled {
		t.Errorf("Wait = %v", err)
	}
	go io.WriteString(there, "HTTP/1.1 204 No Content\r\n\r\nmore")
	if err := c.Wait(t.Context()); err != nil {
		t.Errorf("Wait = %v", err)
	}
	m, err := c.Receive(t.Context(), "GET")
	if err != nil || m.Status != 204 || !c.Open() || len(c.Leftover()) != 4 {
		t.Errorf("Receive = %v, %v, %d bytes early", m, err, len(c.Leftover()))
	}
}

// TestBroken: a request that cannot be one is not sent.
func TestBroken(t *testing.T) {
	here, there := net.Pipe()
	c := client.New(here, httpmsg.Limits{})
	there.Close() // whatever is sent fails otherwise
	if _, err := c.Do(t.Context(), &httpmsg.Request{Method: "GET /x", Target: "/"}); err == nil || errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Do = %v", err)
	}
}
