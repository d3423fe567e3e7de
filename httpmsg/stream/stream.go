// Package stream reads a body as it comes. One that comes at once is read
// whole; one that takes its time, such as server-sent events, is handed on
// piece by piece.
package stream

import (
	"io"
	"time"
)

// A Stream says what happens to a body that does not come at once. The zero
// Stream reads a body to its end and calls nothing.
type Stream struct {
	// Patience is how long the body may take to come whole. 0: it is a stream
	// from its first byte on.
	Patience time.Duration
	// Most bounds the bytes that are handed to Piece; what comes later is read
	// and counted. 0 is no bound.
	Most int
	// Begin is called when the patience ends, before any Piece.
	Begin func()
	// Piece is called with what has come since the last call. It may not keep
	// it.
	Piece func([]byte)
}

// gap is how long the bytes of one piece may be apart: what a server sends at
// once may arrive in several reads, or in a million chunks of one byte.
const gap = 10 * time.Millisecond

// maxPiece ends a piece that goes on without a gap.
const maxPiece = 32 << 10

// Read reads body to its end. It calls Begin and Piece from the goroutine of
// its caller, and reports whether it called Begin.
func (s *Stream) Read(body io.Reader) (streamed bool, err error) {
	if s.Begin == nil {
		_, err := io.Copy(io.Discard, body)
		return false, err
	}
	reads := make(chan []byte)
	ended := make(chan error, 1)
	go func() {
		ended <- readAll(body, reads)
		close(reads)
	}()
	patience := time.NewTimer(s.Patience)
	defer patience.Stop()
	var pending []byte
	given := 0
	hand := func() {
		if len(pending) > 0 {
			s.Piece(pending)
			pending = pending[:0]
		}
	}
	for {
		var quiet <-chan time.Time
		if streamed && len(pending) > 0 {
			quiet = time.After(gap)
		}
		select {
		case b, ok := <-reads:
			if !ok {
				if streamed {
					hand()
				}
				return streamed, <-ended
			}
			if s.Most > 0 {
				b = b[:min(len(b), s.Most-given)]
			}
			given += len(b)
			pending = append(pending, b...)
			if streamed && len(pending) >= maxPiece {
				hand()
			}
		case <-patience.C:
			streamed = true
			s.Begin()
			hand()
		case <-quiet:
			hand()
		}
	}
}

// readAll sends what it reads to reads. Its two buffers are filled in turn:
// the one that was sent has been copied when the next is taken.
func readAll(body io.Reader, reads chan<- []byte) error {
	var buffers [2][4 << 10]byte
	for i := 0; ; i = 1 - i {
		n, err := body.Read(buffers[i][:])
		if n > 0 {
			reads <- buffers[i][:n]
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
