package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"onwire/httpmsg"
	"onwire/httpmsg/server"
)

const benchBody = `{"user":"alice","notes":["buy milk","read RFC 9110"]}`

// BenchmarkServe answers small requests on kept connections, as this server
// does and as net/http does: one at a time on each, and 16 pipelined. The
// clients are the same, and a part of each figure.
func BenchmarkServe(b *testing.B) {
	servers := []struct {
		name  string
		start func(b *testing.B, l net.Listener)
	}{
		{"onwire", func(b *testing.B, l net.Listener) {
			serve(b, &server.Server{Handler: func(*httpmsg.Head) (*httpmsg.Response, func([]byte) *httpmsg.Response) {
				return &httpmsg.Response{Status: 200, Headers: []httpmsg.Pair{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(benchBody)}, nil
			}}, l)
		}},
		{"nethttp", func(b *testing.B, l net.Listener) {
			srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, benchBody)
			})}
			go srv.Serve(l)
			b.Cleanup(func() { srv.Close() })
		}},
	}
	for _, way := range []struct {
		name  string
		depth int
	}{{"One", 1}, {"Pipelined", 16}} {
		for _, s := range servers {
			b.Run(way.name+"/"+s.name, func(b *testing.B) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				s.start(b, l)
				askAll(b, l.Addr().String(), way.depth)
			})
		}
	}
}

// askAll asks b.N times over 16 connections a core, with so many requests on
// their way on each.
func askAll(b *testing.B, addr string, depth int) {
	request := strings.Repeat("GET /notes HTTP/1.1\r\nHost: h\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n", depth)
	b.SetParallelism(16)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		answer := make([]byte, 64<<10)
		for length := 0; ; {
			n := 0
			for n < depth && pb.Next() {
				n++
			}
			if n == 0 {
				return
			}
			if _, err := io.WriteString(c, request[:len(request)/depth*n]); err != nil {
				b.Error(err)
				return
			}
			if length == 0 { // all answers are as long as the first
				m, err := io.ReadAtLeast(c, answer, 1)
				for err == nil && !strings.Contains(string(answer[:m]), benchBody) {
					var more int
					more, err = c.Read(answer[m:])
					m += more
				}
				if err != nil {
					b.Error(err)
					return
				}
				length = strings.Index(string(answer[:m]), benchBody) + len(benchBody)
				if m < n*length {
					_, err = io.ReadFull(c, answer[:n*length-m])
				}
				if err != nil {
					b.Error(err)
					return
				}
				continue
			}
			if _, err := io.ReadFull(c, answer[:n*length]); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
