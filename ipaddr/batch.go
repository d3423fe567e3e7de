package ipaddr

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// A Batch classifies many lines. The zero Batch is ready to use, on one core.
type Batch struct {
	Workers int  // goroutines that read and classify; 0 means 1
	Mode    Mode // how much a line's spelling is forgiven

	lines, bad, read atomic.Int64
}

// Lines, Bad and Read return how many lines were done, how many of them were no
// addresses, and how many bytes were read. They may be called at any time.
func (b *Batch) Lines() int64 { return b.lines.Load() }
func (b *Batch) Bad() int64   { return b.bad.Load() }
func (b *Batch) Read() int64  { return b.read.Load() }

// A chunk and its rows stay in the cache of the core that reads, classifies and
// writes them.
const (
	chunkSize = 128 << 10
	// A row repeats its line twice and adds its block, so a chunk of short
	// lines grows about eightfold at most; append grows the buffer if not.
	rowsSize = 4 * chunkSize
)

// Run reads lines from r until its end and writes one row for each to w, in
// order, as AppendRow makes it in Strict mode; a line ends in LF or CR LF. It
// uses a few MB however long the input or a line is. It returns the first error
// of r or w, or ctx's; lines that are no addresses are not errors. When it
// returns an error, a call of r.Read or w.Write that does not end may still be
// waiting.
//
// Every worker reads a chunk, makes its rows, and writes them when the chunk
// before is written: no chunk goes from one core to another.
func (b *Batch) Run(ctx context.Context, r io.Reader, w io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in := chunks{r: r, written: make(chan struct{})}
	close(in.written) // nothing is before the first chunk
	var all sync.WaitGroup
	for range max(1, b.Workers) {
		all.Go(func() {
			c := chunk{in: make([]byte, 0, chunkSize), out: make([]byte, 0, rowsSize)}
			for ctx.Err() == nil {
				err := in.next(&c)
				b.read.Add(int64(c.read))
				b.classify(&c)
				select {
				case <-c.turn:
				case <-ctx.Done():
					return
				}
				if _, werr := w.Write(c.out); werr != nil {
					err = werr
				}
				if err != nil {
					cancel(err) // io.EOF is the end of all
					return
				}
				close(c.written)
			}
		})
	}
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, io.EOF) {
		return err
	}
	all.Wait()
	return nil
}

// A chunk is some whole lines, and their rows.
type chunk struct {
	in []byte // whole lines; the last may lack its newline, at the end of all
	// or where a line is too long
	out           []byte
	read          int           // bytes
	turn, written chan struct{} // closed when the chunk before, and this one, is written
}

// chunks cuts a reader into chunks.
type chunks struct {
	mu       sync.Mutex
	r        io.Reader
	rest     []byte // the beginning of a line whose end is not read yet
	skipping bool   // inside a line that is too long
	err      error  // the end
	written  chan struct{}
}

// next reads the next chunk. The error of the reader comes with the last.
func (s *chunks) next(c *chunk) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.turn, c.written = s.written, make(chan struct{})
	s.written = c.written
	c.in, c.read = append(c.in[:0], s.rest...), 0
	if s.err != nil {
		return s.err
	}
	c.read, s.err = s.r.Read(c.in[len(c.in):cap(c.in)])
	c.in = c.in[:len(c.in)+c.read]
	if s.skipping { // the rest of a line that is too long
		end := bytes.IndexByte(c.in, '\n') + 1
		if end == 0 {
			end = len(c.in)
		} else {
			s.skipping = false
		}
		c.in = c.in[:copy(c.in, c.in[end:])]
	}
	end := bytes.LastIndexByte(c.in, '\n') + 1
	s.rest = s.rest[:0]
	switch {
	case s.err != nil: // all there is
		end = len(c.in)
	case end == 0 && len(c.in) > maxLine+1: // no line is that long: one row
		s.skipping, end = true, len(c.in)
	default:
		s.rest = append(s.rest, c.in[end:]...)
	}
	c.in = c.in[:end]
	return s.err
}

// classify makes the rows of a chunk.
func (b *Batch) classify(c *chunk) {
	t := classifier()
	lines, bad := int64(0), int64(0)
	out, rest := c.out[:0], c.in
	for ; len(rest) > 0; lines++ {
		// Most lines are an address and a newline: no need to look for
		// the end of the line first.
		row, read := t.appendFast(out, rest)
		if n := lineEnd(rest[read:]); read > 0 && n > 0 {
			out, rest = row, rest[read+n:]
			continue
		}
		line := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			line, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		var ok bool
		if out, ok = t.appendRow(out, line, b.Mode); !ok {
			bad++
		}
	}
	c.out = out
	b.lines.Add(lines)
	b.bad.Add(bad)
}

// lineEnd returns the length of the line end that s starts with, LF or CR LF;
// 0 if there is none.
func lineEnd(s []byte) int {
	switch {
	case len(s) > 0 && s[0] == '\n':
		return 1
	case len(s) > 1 && s[0] == '\r' && s[1] == '\n':
		return 2
	}
	return 0
}
