package tcpecho_test

import (
	"fmt"
	"io"
	"testing"

	"onwire/tcpecho"
)

// BenchmarkEcho is one message there and back on one connection. bench/echo
// measures many connections, beside other servers.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{64, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := dial(b, start(b, new(tcpecho.Server)))
			out, in := make([]byte, size), make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Write(out); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
