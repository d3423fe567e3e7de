package tap_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/internal/tap"
	"onwire/portmux"
	"onwire/wire/tcpstream"

	"github.com/google/go-cmp/cmp"
)

// start serves a tap before an echo server, and returns its address and what
// ends it and returns all events.
func start(t *testing.T, p *tap.Proxy) (string, func() []tap.Event) {
	t.Helper()
	server := listen(t)
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	if p.Dial == nil {
		p.Dial = func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", server.Addr().String())
		}
	}
	var events []tap.Event
	on := p.On
	p.On = func(e tap.Event) {
		e.Bytes = bytes.Clone(e.Bytes)
		events = append(events, e)
		if on != nil {
			on(e)
		}
	}
	l := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Serve(ctx, l) }()
	return l.Addr().String(), func() []tap.Event {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		return events
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// TestBytesPass sends random bytes through, on several connections: they come
// back unchanged, and the events have all of them in order.
func TestBytesPass(t *testing.T) {
	addr, stop := start(t, &tap.Proxy{Patience: time.Minute})
	var all sync.WaitGroup
	sent := make([][]byte, 4)
	for i := range sent {
		r := rand.New(rand.NewPCG(5, uint64(i)))
		sent[i] = make([]byte, 1<<20)
		for k := range sent[i] {
			sent[i][k] = byte(r.Uint32())
		}
		c := dial(t, addr)
		all.Go(func() {
			c.Write(sent[i])
			c.CloseWrite()
		})
		all.Go(func() {
			back, err := io.ReadAll(c)
			if err != nil || !bytes.Equal(back, sent[i]) {
				t.Errorf("connection %d: %d bytes come back of %d: %v", i, len(back), len(sent[i]), err)
			}
		})
	}
	all.Wait()
	heard := map[[2]int][]byte{}
	ends := 0
	for _, e := range stop() {
		key := [2]int{e.Conn, int(e.From)}
		switch e.Kind {
		case tap.Data:
			heard[key] = append(heard[key], e.Bytes...)
		case tap.End:
			ends++
			if e.Err != nil {
				t.Errorf("%v ends with %v", key, e.Err)
			}
		case tap.Gap, tap.Refused:
			t.Errorf("%+v", e)
		}
	}
	for key, b := range heard {
		found := false
		for _, s := range sent {
			found = found || bytes.Equal(s, b)
		}
		if !found {
			t.Errorf("%v: what was heard is not what was sent", key)
		}
	}
	if len(heard) != 8 || ends != 8 {
		t.Errorf("%d directions, %d ends, want 8 of both", len(heard), ends)
	}
}

// TestSlowListener holds On up until the bytes have come back: they pass
// unseen, and the events say how many.
func TestSlowListener(t *testing.T) {
	hold := make(chan struct{})
	addr, stop := start(t, &tap.Proxy{Queue: 2, Patience: time.Millisecond, On: func(tap.Event) { <-hold }})
	c := dial(t, addr)
	text := strings.Repeat("x", 100)
	buf := make([]byte, 100)
	for range 20 {
		if _, err := io.WriteString(c, text); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil || string(buf) != text {
			t.Fatal("the bytes do not come back:", err)
		}
	}
	close(hold)
	c.CloseWrite()
	io.ReadAll(c)
	seen, unseen := 0, 0
	for _, e := range stop() {
		seen += len(e.Bytes)
		if e.Kind == tap.Gap {
			unseen += int(e.N)
		}
	}
	if seen+unseen != 2*20*100 || unseen == 0 {
		t.Errorf("%d bytes seen and %d not, of 4000", seen, unseen)
	}
}

func TestRefused(t *testing.T) {
	no := errors.New("no server")
	addr, stop := start(t, &tap.Proxy{Dial: func(context.Context) (net.Conn, error) { return nil, no }})
	if c, err := net.Dial("tcp", addr); err == nil { // or the reset is there before Dial returns
		defer c.Close()
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a connection without a server stays open")
		}
	}
	if events := stop(); len(events) != 1 || events[0].Kind != tap.Refused || events[0].Err != no {
		t.Errorf("%+v", events)
	}
}

// TestReset breaks a connection off: the other side learns of it.
func TestReset(t *testing.T) {
	heard := make(chan struct{}, 100)
	addr, stop := start(t, &tap.Proxy{On: func(e tap.Event) {
		if e.Kind == tap.End {
			heard <- struct{}{}
		}
	}})
	c := dial(t, addr)
	c.SetLinger(0)
	c.Close()
	<-heard
	<-heard
	ends := 0
	for _, e := range stop() {
		if e.Kind == tap.End && e.Err != nil {
			ends++
		}
	}
	if ends == 0 {
		t.Error("a reset is told as a quiet end")
	}
}

// TestStop ends a tap whose connections are open.
func TestStop(t *testing.T) {
	addr, stop := start(t, &tap.Proxy{})
	c := dial(t, addr)
	io.WriteString(c, "x")
	io.ReadFull(c, make([]byte, 1))
	stop()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open after the end")
	}
}

var sample = []tap.Event{
	{Kind: tap.Open, Conn: 1, T: time.UnixMicro(0), Client: netip.MustParseAddrPort("127.0.0.1:4000"), Server: netip.MustParseAddrPort("127.0.0.1:8888"), Whole: true},
	{Kind: tap.Data, Conn: 1, T: time.UnixMicro(1500), From: tap.Client, Bytes: []byte("hello")},
	{Kind: tap.Data, Conn: 1, T: time.UnixMicro(1700), From: tap.Server, Bytes: []byte("hel")},
	{Kind: tap.Gap, Conn: 1, T: time.UnixMicro(1701), From: tap.Server, N: 2},
	{Kind: tap.Data, Conn: 1, T: time.UnixMicro(1702), From: tap.Server, Bytes: []byte("!")},
	{Kind: tap.End, Conn: 1, T: time.UnixMicro(1800), From: tap.Client},
	{Kind: tap.End, Conn: 1, T: time.UnixMicro(1900), From: tap.Server},
	{Kind: tap.Refused, Conn: 2, T: time.UnixMicro(2000), Client: netip.MustParseAddrPort("[::1]:4001"), Err: errors.New("refused")},
}

func TestRecording(t *testing.T) {
	var b bytes.Buffer
	r := tap.NewRecorder(&b)
	for _, e := range sample {
		if err := r.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	var got []tap.Event
	if err := tap.Replay(&b, func(e tap.Event) error { got = append(got, e); return nil }); err != nil {
		t.Fatal(err)
	}
	same := cmp.Comparer(func(a, b error) bool { return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error()) })
	empty := cmp.Transformer("bytes", func(b []byte) string { return string(b) })
	if d := cmp.Diff(sample, got, same, empty, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

func TestReplayFaults(t *testing.T) {
	for text, want := range map[string]string{
		"{}":                                    "line 1: from \"\" is neither",
		"\n{\"from\":\"client\",\"hex\":\"0\"}": "line 2: hex",
		"nonsense":                              "line 1: no JSON",
		`{"event":"party"}`:                     `line 1: event "party"`,
		`{"event":"open","client":"somewhere"}`: "line 1:",
		`{"from":"client","hex":"` + strings.Repeat("0", 17<<20): "line 1: longer than 16 MiB",
	} {
		if err := tap.Replay(strings.NewReader(text), func(tap.Event) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

// A joiner is told of the connections in a capture.
type joiner struct{ strings.Builder }

func (j *joiner) Open(*tcpstream.Conn, time.Time) { j.WriteString("open ") }
func (j *joiner) Data(_ *tcpstream.Conn, t time.Time, server bool, b []byte) {
	if t.UnixMicro() == 0 {
		j.WriteString("at the wrong time ")
	}
	j.WriteString(map[bool]string{false: ">", true: "<"}[server] + string(b) + " ")
}
func (j *joiner) Gap(_ *tcpstream.Conn, _ time.Time, _ bool, n int64) {
	j.WriteString(strings.Repeat("?", int(n)) + " ")
}
func (j *joiner) End(_ *tcpstream.Conn, _ time.Time, server, reset bool) {
	j.WriteString(map[bool]string{false: "end ", true: "reset "}[reset])
}

// TestCapture writes the events as a capture, and reads that.
func TestCapture(t *testing.T) {
	var b bytes.Buffer
	c, err := tap.NewCapture(&b, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range sample {
		if err := c.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	r, err := portmux.NewCapture(&b)
	if err != nil {
		t.Fatal(err)
	}
	j := &joiner{}
	a := tcpstream.New(j)
	for {
		data, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		when, _ := r.Time()
		a.Add(r.Link, data, when)
	}
	a.Close()
	if got, want := j.String(), "open >hello <hel end open reset reset ?? <! "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCaptureReset: a side that breaks off does not cut what the other one
// sends after that; the RST comes when both have ended.
func TestCaptureReset(t *testing.T) {
	var b bytes.Buffer
	c, err := tap.NewCapture(&b, "test")
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMicro(1000)
	for _, e := range []tap.Event{
		{Kind: tap.Open, Conn: 1, T: at, Whole: true},
		{Kind: tap.Data, Conn: 1, T: at, From: tap.Client, Bytes: []byte("ask")},
		{Kind: tap.End, Conn: 1, T: at, From: tap.Client, Err: errors.New("reset")},
		{Kind: tap.Data, Conn: 1, T: at, From: tap.Server, Bytes: []byte("answer")},
		{Kind: tap.End, Conn: 1, T: at, From: tap.Server},
	} {
		if err := c.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	c.Flush()
	r, err := portmux.NewCapture(&b)
	if err != nil {
		t.Fatal(err)
	}
	j := &joiner{}
	a := tcpstream.New(j)
	for {
		data, err := r.Next()
		if err != nil {
			break
		}
		when, _ := r.Time()
		a.Add(r.Link, data, when)
	}
	a.Close()
	if got := j.String(); !strings.HasPrefix(got, "open >ask <answer end reset") {
		t.Errorf("%q", got)
	}
}

// TestFile: a record that is not ended is not in the file, and what is kept is
// written when there is much of it.
func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	f, err := tap.CreateFile(name)
	if err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	for range 2000 {
		io.WriteString(f, strings.Repeat("x", 63)+"\n")
		f.End()
	}
	if size() < 64<<10 {
		t.Errorf("%d bytes of 128000 are written", size())
	}
	io.WriteString(f, "half")
	if err := f.Close(); err != nil || size() != 128000 {
		t.Errorf("%d bytes, %v", size(), err)
	}
	if err := f.Flush(); err != nil {
		t.Error("nothing is left to write, and that fails:", err)
	}
}
