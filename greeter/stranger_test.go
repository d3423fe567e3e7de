package greeter_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"onwire/greeter"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
)

// asked returns what a client sends for so many calls of a method at once, each
// with so many names of MaxName bytes.
func asked(method string, calls, names int) []byte {
	var b, block bytes.Buffer
	b.WriteString(http2.ClientPreface)
	f, enc := http2.NewFramer(&b, nil), hpack.NewEncoder(&block)
	f.WriteSettings()
	f.WriteSettingsAck()
	name := append([]byte{0x0a, greeter.MaxName&0x7f | 0x80, greeter.MaxName >> 7}, strings.Repeat("x", greeter.MaxName)...)
	message := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(name))), name...)
	for i := range uint32(calls) {
		block.Reset()
		for _, h := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", "/hello.Greeter/" + method}, {":authority", "x"}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
			enc.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]})
		}
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, EndHeaders: true, BlockFragment: block.Bytes()})
		for n := range names {
			f.WriteData(2*i+1, n == names-1, message)
		}
	}
	return b.Bytes()
}

// TestNeverRead: clients that ask for much and read nothing of it do not make
// the server keep more than its bound, and when they have gone it serves again.
func TestNeverRead(t *testing.T) {
	const most = 16 << 20
	for method, sent := range map[string][]byte{
		"SayHello": asked("SayHello", 60, 1), "LotsOfReplies": asked("LotsOfReplies", 60, 1), "BidiHello": asked("BidiHello", 1, 60),
	} {
		addr := serve(t, &greeter.Server{MaxMemory: most})
		var conns []net.Conn
		var writes sync.WaitGroup
		for range 300 {
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			nc.(*net.TCPConn).SetReadBuffer(4096)
			conns = append(conns, nc)
			writes.Go(func() { nc.Write(sent) })
		}
		writes.Wait() // all fits into the windows
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		// Without the bound it is 180 MiB. Between two collections the heap
		// doubles.
		if m.HeapAlloc > 3*most {
			t.Errorf("%s: %d MiB are in use", method, m.HeapAlloc>>20)
		}
		for _, nc := range conns {
			nc.Close()
		}
		c := dial(t, addr, greeter.ClientOptions{})
		for ctx := inTime(t); ; {
			_, err := c.SayHello(ctx, named("A"), grpc.WaitForReady(true))
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				t.Fatalf("after they have gone: %v", err)
			}
		}
	}
}

// TestMaxCalls: calls above the bound are refused, whatever connection they
// come on, and others are taken when one has ended.
func TestMaxCalls(t *testing.T) {
	g := newGate()
	addr := serve(t, &greeter.Server{Delay: 1, Wait: g.wait, MaxCalls: 2})
	ctx, cancel := context.WithCancel(inTime(t))
	var calls sync.WaitGroup
	defer calls.Wait()
	for range 2 {
		c := dial(t, addr, greeter.ClientOptions{})
		calls.Go(func() { c.SayHello(ctx, named("A")) })
		<-g.reached
	}
	c := dial(t, addr, greeter.ClientOptions{})
	_, err := c.SayHello(inTime(t), named("B"))
	wantCode(t, "a third call", err, codes.ResourceExhausted)
	cancel()
	close(g.open)
	for again := inTime(t); err != nil; { // the server hears of it in its own time
		if _, err = c.SayHello(again, named("B")); again.Err() != nil {
			t.Fatal(err)
		}
	}
}

// TestIdle: a connection without a call is told to go (GOAWAY, RFC 9113 6.8),
// for others may wait for its place.
func TestIdle(t *testing.T) {
	nc, err := net.Dial("tcp", serve(t, &greeter.Server{MaxIdle: 1}))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Write(asked("SayHello", 0, 0)); err != nil {
		t.Fatal(err)
	}
	for f := http2.NewFramer(nil, nc); ; {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := frame.(*http2.GoAwayFrame); ok {
			return
		}
	}
}

// TestLongHeaders: a header list above the bound does not reach a handler.
func TestLongHeaders(t *testing.T) {
	c := dial(t, serve(t, &greeter.Server{}), greeter.ClientOptions{})
	ctx := inTime(t)
	if _, err := c.SayHello(metadata.AppendToOutgoingContext(ctx, "x-long", strings.Repeat("x", 17<<10)), named("A")); err == nil {
		t.Error("17 KiB of metadata are taken")
	}
	if _, err := c.SayHello(metadata.AppendToOutgoingContext(ctx, "x-long", strings.Repeat("x", 8<<10)), named("A")); err != nil {
		t.Errorf("8 KiB of metadata: %v", err)
	}
}

// TestGzip: a client that compresses is served, and what it compresses is
// bounded too.
func TestGzip(t *testing.T) {
	c := dial(t, serve(t, &greeter.Server{}), greeter.ClientOptions{})
	r, err := c.SayHello(inTime(t), named("A"), grpc.UseCompressor(gzip.Name))
	if err != nil || r.Reply != "Hello, A!" {
		t.Errorf("%v, %v", r, err)
	}
	_, err = c.SayHello(inTime(t), named(strings.Repeat("x", 65<<10)), grpc.UseCompressor(gzip.Name))
	wantCode(t, "65 KiB in a few bytes of gzip", err, codes.ResourceExhausted)
}
