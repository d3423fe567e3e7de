package main

import (
	"context"
	"net"
	"sync"
	"time"

	"onwire/greeter/frames"
)

// A recorder reads along what goes over one connection, and keeps the frames
// until they are taken.
type recorder struct {
	now func() time.Duration

	mu    sync.Mutex
	conn  *frames.Conn
	kept  []recorded
	bytes int           // of the frames in kept
	left  int           // frames that came when kept was full
	grown chan struct{} // closed, and made anew, when there is more
}

// maxNoteBytes bounds the frames that a recorder keeps.
const maxNoteBytes = 64 << 20

// A recorded is a frame and when its last byte came or went.
type recorded struct {
	t     time.Duration
	frame *frames.Frame
}

// newRecorder returns a recorder with a clock, which begins with the recording.
func newRecorder(now func() time.Duration) *recorder {
	r := &recorder{now: now, grown: make(chan struct{})}
	r.conn = frames.New(frames.Options{Schema: helloSchema}, func(f *frames.Frame) {
		if r.bytes += size(f); r.bytes > maxNoteBytes {
			r.left++
			return
		}
		r.kept = append(r.kept, recorded{r.now(), f.Clone()})
	})
	return r
}

// take returns the frames since the last time, but for those that were too many
// to keep: so many are left out at the end.
func (r *recorder) take() (kept []recorded, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept, left = r.kept, r.left
	r.kept, r.bytes, r.left = nil, 0, 0
	return kept, left
}

// dialer makes the client's end of the connections of dial tell r. A second
// connection would be read as the first one going on: gRPC makes one only
// where the first has failed.
func (r *recorder) dialer(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &recordedConn{nc, r}, nil
	}
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// feed notes bytes of a side. What cannot be read is in the last frame's Err.
func (r *recorder) feed(from frames.Side, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conn.Feed(from, b)
	close(r.grown)
	r.grown = make(chan struct{})
}

// await waits until one of the frames that are kept is the one that is looked
// for, or the context ends.
func (r *recorder) await(ctx context.Context, is func(*frames.Frame) bool) error {
	for seen := 0; ; {
		r.mu.Lock()
		kept, grown := r.kept, r.grown
		r.mu.Unlock()
		for ; seen < len(kept); seen++ {
			if is(kept[seen].frame) {
				return nil
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// callOver returns a function that is given the frames of a call, one after the
// other, and reports whether its stream is closed (RFC 9113 5.1): each side has
// ended it, or one has reset it. A server's PING wants its answer first.
func callOver() func(*frames.Frame) bool {
	var ended [2]bool
	var reset bool
	pings := 0
	return func(f *frames.Frame) bool {
		if f.Stream > 0 && (f.Type == frames.HEADERS || f.Type == frames.DATA) && f.Flags&frames.EndStream != 0 {
			ended[f.From] = true
		}
		switch {
		case f.Type == frames.RST_STREAM:
			reset = true
		case f.Type == frames.PING && f.From == frames.Server:
			pings++
		case f.Type == frames.PING:
			pings--
		}
		return pings <= 0 && (reset || ended == [2]bool{true, true})
	}
}

type recordedConn struct {
	net.Conn
	r *recorder
}

// Write notes the bytes before they go, so that no answer is noted before its
// question.
func (c *recordedConn) Write(p []byte) (int, error) {
	c.r.feed(frames.Client, p)
	return c.Conn.Write(p)
}

func (c *recordedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.r.feed(frames.Server, p[:n])
	return n, err
}
