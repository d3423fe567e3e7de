package stream_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"onwire/httpmsg/stream"
)

// TestAtOnce: a body that comes at once is read, and not handed on.
func TestAtOnce(t *testing.T) {
	s := stream.Stream{Patience: time.Hour, Begin: func() { t.Error("Begin") }, Piece: func([]byte) { t.Error("Piece") }}
	if streamed, err := s.Read(strings.NewReader("hello")); streamed || err != nil {
		t.Errorf("%v, %v", streamed, err)
	}
	r := strings.NewReader("hello")
	if streamed, err := new(stream.Stream).Read(r); streamed || err != nil || r.Len() > 0 {
		t.Errorf("the zero Stream: %v, %v, %d bytes left", streamed, err, r.Len())
	}
}

// TestPieces: each piece is handed on before the next comes, and after the
// patience, what has come before it as well.
func TestPieces(t *testing.T) {
	for _, patience := range []time.Duration{0, time.Millisecond} {
		r, w := io.Pipe()
		began, pieces := make(chan bool, 1), make(chan string)
		s := stream.Stream{Patience: patience, Begin: func() { began <- true }, Piece: func(b []byte) { pieces <- string(b) }}
		broken := errors.New("broken")
		done := make(chan error, 1)
		go func() {
			streamed, err := s.Read(r)
			if !streamed {
				t.Error("not streamed")
			}
			done <- err
		}()
		<-began
		for _, piece := range []string{"one", "two", "three"} {
			io.WriteString(w, piece)
			if got := <-pieces; got != piece {
				t.Errorf("%q, want %q", got, piece)
			}
		}
		w.CloseWithError(broken)
		if err := <-done; err != broken {
			t.Errorf("Read = %v", err)
		}
	}
}

// tiny gives a byte with each Read.
type tiny struct{ n int }

func (r *tiny) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	r.n--
	p[0] = 'x'
	return 1, nil
}

// TestBounds: many reads of a byte are few pieces, and what is handed on is
// bounded if it is to be.
func TestBounds(t *testing.T) {
	for most, want := range map[int]int{0: 200_000, 1000: 1000} {
		var got bytes.Buffer
		calls := 0
		s := stream.Stream{Most: most, Begin: func() {}, Piece: func(b []byte) { calls++; got.Write(b) }}
		if streamed, err := s.Read(&tiny{200_000}); err != nil || streamed && got.Len() > want {
			t.Errorf("%d bytes, %v", got.Len(), err)
		}
		if calls > 1000 {
			t.Errorf("%d pieces for %d bytes", calls, got.Len())
		}
	}
}
