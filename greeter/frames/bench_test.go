package frames_test

import (
	"bytes"
	"strings"
	"testing"

	"onwire/greeter/frames"

	"golang.org/x/net/http2"
)

// BenchmarkCalls reads unary calls on one connection: five frames each, most
// headers from the tables.
func BenchmarkCalls(b *testing.B) {
	c, s := newSide(), newSide()
	conn := frames.New(frames.Options{}, func(f *frames.Frame) {
		if f.Err != nil {
			b.Fatal(f.Err)
		}
	})
	c.WriteString(preface)
	c.WriteSettings()
	s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
	s.WriteWindowUpdate(0, 1<<30)
	conn.Feed(frames.Client, c.take())
	conn.Feed(frames.Server, s.take())
	c.WriteSettingsAck()
	c.WriteWindowUpdate(0, 1<<30)
	conn.Feed(frames.Client, c.take())
	id := uint32(1)
	frameCount := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		var turns [2][]byte
		for range 100 {
			h(c, id, request(c))
			c.WriteData(id, true, message("\x0a\x05Alice"))
			h(s, id, s.headers(":status", "200", "content-type", "application/grpc"))
			s.WriteData(id, false, message("\x0a\x0dHello, Alice!"))
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: true, BlockFragment: s.headers("grpc-status", "0", "grpc-message", "")})
			id += 2
		}
		turns[0], turns[1] = c.take(), s.take()
		frameCount += 500
		b.StartTimer()
		conn.Feed(frames.Client, turns[0])
		conn.Feed(frames.Server, turns[1])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frameCount), "ns/frame")
}

// BenchmarkData reads frames of 16 KiB that hold four messages, and gives the
// sender its window back.
func BenchmarkData(b *testing.B) {
	c, s := newSide(), newSide()
	c.WriteData(1, false, bytes.Repeat(message("\x0a\x9c\x1f"+strings.Repeat("x", 3996)), 4))
	frame := c.take()
	s.WriteWindowUpdate(0, uint32(len(frame)-9))
	s.WriteWindowUpdate(1, uint32(len(frame)-9))
	update := s.take()
	quiet := frames.New(frames.Options{}, func(f *frames.Frame) {
		if f.Err != nil {
			b.Fatal(f.Err)
		}
	})
	c.WriteString(preface)
	c.WriteSettings()
	h(c, 1, newSide().headers(":method", "POST", ":path", "/a.B/C", "content-type", "application/grpc"))
	s.WriteSettings()
	quiet.Feed(frames.Client, c.take())
	quiet.Feed(frames.Server, s.take())
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		quiet.Feed(frames.Client, frame)
		quiet.Feed(frames.Server, update)
	}
}

// BenchmarkFields draws the first request.
func BenchmarkFields(b *testing.B) {
	var request *frames.Frame
	conn := frames.New(frames.Options{}, func(f *frames.Frame) {
		if f.Part == frames.Request && request == nil {
			request = f.Clone()
		}
	})
	for _, turn := range call() {
		conn.Feed(turn.from, turn.bytes)
	}
	b.ReportAllocs()
	for b.Loop() {
		request.Fields()
	}
}
