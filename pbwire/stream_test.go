package pbwire_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"onwire/pbwire"
)

// TestStreamErrors: a Stream refuses what a Decoder refuses, at the same byte
// and in the same words, however the bytes come.
func TestStreamErrors(t *testing.T) {
	for _, tt := range brokenMessages {
		want := tt.want
		if strings.Contains(want, "18446744073709551615") {
			want = "byte 1: length says 18446744073709551615, more than 2 GiB"
		}
		for _, r := range []io.Reader{bytes.NewReader(unhex(t, tt.hex)), iotest.OneByteReader(bytes.NewReader(unhex(t, tt.hex)))} {
			s := pbwire.NewStream(r)
			for s.Next() {
			}
			if s.Err() == nil || s.Err().Error() != want {
				t.Errorf("%s: %v; want %q", tt.hex, s.Err(), want)
			}
		}
	}
}

// FuzzStream: a Stream finds the top-level records that a Decoder finds.
func FuzzStream(f *testing.F) {
	for _, tt := range brokenMessages {
		f.Add(unhex(f, tt.hex))
	}
	f.Add(append(unhex(f, "12 80 01"), make([]byte, 128)...))
	f.Add(unhex(f, "0b 13 14 0c 51 00 00 00 00 00 00 f8 3f"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		d := pbwire.NewDecoder(msg)
		s := pbwire.NewStream(iotest.HalfReader(bytes.NewReader(msg)))
		for d.Next() {
			if !s.Next() {
				t.Fatalf("the stream ends with %v before %+v", s.Err(), d.Record)
			}
			if s.Number != d.Number || s.Type != d.Type || s.Value != d.Value || s.Offset != int64(d.Offset) || s.Depth != 0 {
				t.Fatalf("%+v; the decoder has %+v", s.Item, d.Record)
			}
			if d.Type == pbwire.LEN && (s.Length != int64(len(d.Bytes)) || !bytes.HasPrefix(d.Bytes, s.Head)) {
				t.Fatalf("%+v; the decoder has %+v", s.Item, d.Record)
			}
			for d.Type == pbwire.SGROUP && s.Total() < int64(d.End) {
				if !s.Next() {
					t.Fatalf("the stream ends with %v inside %+v", s.Err(), d.Record)
				}
			}
		}
		for s.Next() { // inside a group that is never closed
		}
		if (d.Err() == nil) != (s.Err() == nil) {
			t.Fatalf("stream %v, decoder %v", s.Err(), d.Err())
		}
	})
}

func TestStreamReaderFails(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, n := range []int{0, 1, 3, 5} {
		r := io.MultiReader(bytes.NewReader(unhex(t, "12 05 68 65 6c 6c 6f")[:n]), iotest.ErrReader(broken))
		s := pbwire.NewStream(r)
		for s.Next() {
		}
		if !errors.Is(s.Err(), broken) {
			t.Errorf("after %d bytes: %v, want the reader's error", n, s.Err())
		}
	}
}

// endless gives the same record again and again, up to a number of bytes.
type endless struct {
	record []byte
	left   int
	at     int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) && e.left > 0 {
		m := min(copy(p[n:], e.record[e.at:]), e.left)
		n, e.left, e.at = n+m, e.left-m, (e.at+m)%len(e.record)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestStreamMemory reads 100 MB, in small records and in one, and must not
// take more memory for it than its buffer.
func TestStreamMemory(t *testing.T) {
	size := 100 << 20
	if testing.Short() { // CI's race detector is slow, and looks for something else
		size = 4 << 20
	}
	large := pbwire.AppendVarint(pbwire.AppendTag(nil, 1, pbwire.LEN), uint64(size))
	for name, r := range map[string]io.Reader{
		"small records": &endless{record: unhex(t, "08 65 12 04 68 65 6c 6c"), left: size},
		"one record":    io.MultiReader(bytes.NewReader(large), &endless{record: []byte("x"), left: size}),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s := pbwire.NewStream(r)
		for s.Next() {
		}
		runtime.ReadMemStats(&after)
		if s.Err() != nil || s.Total() < int64(size) {
			t.Fatalf("%s: %d bytes, %v", name, s.Total(), s.Err())
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes were allocated for %d", name, n, size)
		}
	}
}
