package tap_test

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
	"onwire/httpmsg/tap"
)

// BenchmarkRequest asks one thing after the other, straight and through a tap,
// and reports the median. The difference is what the tap adds.
func BenchmarkRequest(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &server.Server{Handler: notes.New(notes.Options{}).Handle}
	go srv.Serve(l)
	defer srv.Close()
	through, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	t := &tap.Tap{OnEvent: func(tap.Event) {}, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}}
	go t.Serve(ctx, through)
	for name, addr := range map[string]string{"straight": l.Addr().String(), "tap": through.Addr().String()} {
		b.Run(name, func(b *testing.B) {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			answer := make([]byte, 4096)
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				io.WriteString(c, "GET /media/text HTTP/1.1\r\nHost: h\r\n\r\n")
				if _, err := c.Read(answer); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-us")
		})
	}
}
