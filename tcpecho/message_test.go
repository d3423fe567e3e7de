package tcpecho_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"onwire/tcpecho"
)

// TestLoadSeesEveryChange: whatever a server changes in what it sends back, a
// load of any size notices.
func TestLoadSeesEveryChange(t *testing.T) {
	for name, change := range map[string]func(byte) byte{
		"upper case":    func(b byte) byte { return bytes.ToUpper([]byte{b})[0] },
		"lower case":    func(b byte) byte { return bytes.ToLower([]byte{b})[0] },
		"7 bits":        func(b byte) byte { return b & 0x7f },
		"ends of lines": func(b byte) byte { return map[bool]byte{true: '\r', false: b}[b == '\n'] },
		"text only":     func(b byte) byte { return max(b, 1) },
	} {
		l := listen(t)
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					b := make([]byte, 64<<10)
					for {
						n, err := c.Read(b)
						if err != nil {
							return
						}
						for i := range n {
							b[i] = change(b[i])
						}
						c.Write(b[:n])
					}
				}()
			}
		}()
		for _, mode := range []tcpecho.Mode{tcpecho.Ping, tcpecho.Stream} {
			for _, size := range []int{1, 2, 5, 64, 1000, 100_000} {
				r, err := tcpecho.Load(t.Context(), tcpecho.LoadConfig{
					Dial: dialer(l.Addr().String()), Size: size, Mode: mode, Duration: time.Minute,
				})
				if diff := new(tcpecho.DifferenceError); err != nil || !errors.As(r.Err, &diff) {
					t.Errorf("%s, %s of %d bytes: %v, %v after %d messages", name, mode, size, err, r.Err, r.Requests)
				}
			}
		}
	}
}

// TestLoadSeed: the same seed sends the same bytes, another seed others.
func TestLoadSeed(t *testing.T) {
	first := func(seed uint64) []byte {
		a, b := net.Pipe()
		defer b.Close()
		got := make(chan []byte, 1)
		go func() {
			p := make([]byte, 64)
			io.ReadFull(b, p)
			got <- p
			b.Close()
		}()
		tcpecho.Load(t.Context(), tcpecho.LoadConfig{Dial: pipe(a), Seed: seed})
		return <-got
	}
	if a, b, c := first(1), first(1), first(2); !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Errorf("seeds 1, 1, 2 send %x, %x, %x", a, b, c)
	}
}

// TestLoadWithNothing: where no message comes back there is nothing to measure.
func TestLoadWithNothing(t *testing.T) {
	a, b := net.Pipe()
	b.Close()
	r, err := tcpecho.Load(t.Context(), tcpecho.LoadConfig{Dial: pipe(a)})
	if err != nil || r.Requests != 0 || r.Latency.Count() != 0 || r.Elapsed <= 0 || r.Errors != 1 {
		t.Errorf("%d requests in %v, %d errors, %v", r.Requests, r.Elapsed, r.Errors, err)
	}
}
