package ipaddr

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// A Batch classifies many lines. The zero Batch is ready to use, on one core.
type Batch struct {
	Workers int // goroutines that classify; 0 means 1

	lines, bad, read atomic.Int64
}

// Lines, Bad and Read tell how many lines were done, how many of them were no
// addresses, and how many bytes were read. They may be called at any time.
func (b *Batch) Lines() int64 { return b.lines.Load() }
func (b *Batch) Bad() int64   { return b.bad.Load() }
func (b *Batch) Read() int64  { return b.read.Load() }

const (
	chunkSize = 256 << 10
	// A row repeats its line twice and adds its block, so a chunk of short
	// lines grows about eightfold at most; append grows the buffer if not.
	rowsSize = 4 * chunkSize
)

// A chunk is some whole lines on their way from the reader through a worker to
// the writer.
type chunk struct {
	in []byte // whole lines; the last may lack its newline, at the end of all
	// or where a line is too long
	out  []byte
	done chan struct{} // holds a token when out is ready
}

// Run reads lines from r until its end and writes one row for each to w, in
// order, as AppendRow makes it; a line ends in LF or CR LF. It uses a few MB
// however long the input or a line is. It returns the first error of r or w,
// or ctx's; lines that are no addresses are not errors.
func (b *Batch) Run(ctx context.Context, r io.Reader, w io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := max(1, b.Workers)
	var (
		work  = make(chan *chunk, workers)
		order = make(chan *chunk, 2*workers) // what the writer waits for
		free  = make(chan *chunk, 2*workers)
	)
	for range cap(free) {
		free <- &chunk{in: make([]byte, 0, chunkSize), out: make([]byte, 0, rowsSize), done: make(chan struct{}, 1)}
	}
	for range workers {
		go func() {
			for c := range work {
				b.classify(c)
				c.done <- struct{}{}
			}
		}()
	}
	go func() {
		defer close(order)
		defer close(work)
		if err := b.readChunks(ctx, r, free, work, order); err != nil {
			cancel(err)
		}
	}()
	for c := range order {
		<-c.done
		if ctx.Err() == nil {
			if _, err := w.Write(c.out); err != nil {
				cancel(err)
			}
		}
		free <- c
	}
	return context.Cause(ctx)
}

// readChunks cuts r into chunks of whole lines.
func (b *Batch) readChunks(ctx context.Context, r io.Reader, free, work, order chan *chunk) error {
	var rest []byte // the beginning of a line whose end is not read yet
	skipping := false
	for {
		c := <-free
		if ctx.Err() != nil {
			return nil
		}
		c.in = append(c.in[:0], rest...)
		n, err := r.Read(c.in[len(c.in):cap(c.in)])
		c.in = c.in[:len(c.in)+n]
		b.read.Add(int64(n))
		if skipping { // the rest of a line that is too long
			end := bytes.IndexByte(c.in, '\n') + 1
			if end == 0 {
				end = len(c.in)
			} else {
				skipping = false
			}
			c.in = c.in[:copy(c.in, c.in[end:])]
		}
		end := bytes.LastIndexByte(c.in, '\n') + 1
		rest = rest[:0]
		switch {
		case err != nil: // all there is
			end = len(c.in)
		case end == 0 && len(c.in) > maxLine+1: // no line is that long: one row
			skipping, end = true, len(c.in)
		default:
			rest = append(rest, c.in[end:]...)
		}
		c.in = c.in[:end]
		order <- c
		work <- c
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
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
		if out, ok = AppendRow(out, line); !ok {
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
