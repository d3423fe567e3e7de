package tap

import (
	"errors"
	"io"
	"os"
	"time"
)

// A File is a file of whole records, lines or packets. What is written is kept
// until Flush, or until there is much of it. Where the disk is full, or the
// reader of a pipe has stalled, the file is cut after the last record that
// fitted, and takes no more: Err says so.
type File struct {
	f     *os.File
	buf   []byte
	ends  []int // where the records in buf end
	whole int64 // bytes of whole records in the file
	err   error
}

// maxKept is how much a File keeps back, in bytes.
const maxKept = 64 << 10

// patience is how long a write may take where the file is a named pipe, and
// its reader a program that has stalled.
const patience = 2 * time.Second

var errStalled = errors.New("its reader takes nothing")

// CreateFile makes a file, or empties it.
func CreateFile(name string) (*File, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	return &File{f: f}, nil
}

// Write adds to the record that End ends.
func (w *File) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.buf = append(w.buf, p...)
	return len(p), nil
}

// End ends a record.
func (w *File) End() {
	if w.ends = append(w.ends, len(w.buf)); len(w.buf) >= maxKept {
		w.Flush()
	}
}

// Flush writes the records that are kept back.
func (w *File) Flush() error {
	if w.err != nil || len(w.ends) == 0 {
		return w.err
	}
	last := w.ends[len(w.ends)-1]
	w.f.SetWriteDeadline(time.Now().Add(patience)) // a file of a disk has no deadline, and needs none
	n, err := w.f.Write(w.buf[:last])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errStalled
	}
	if n < last && err == nil {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.cut(n, err)
		return w.err
	}
	w.whole += int64(n)
	w.buf = w.buf[:copy(w.buf, w.buf[last:])]
	w.ends = w.ends[:0]
	return nil
}

// cut ends the file after the last whole record of the n bytes that were
// written before err.
func (w *File) cut(n int, err error) {
	w.err = err
	whole := 0
	for _, end := range w.ends {
		if end <= n {
			whole = end
		}
	}
	w.f.Truncate(w.whole + int64(whole)) // what is no file of a disk, /dev/full, has no length
	w.buf, w.ends = nil, nil
}

// Err returns what ended the file early, or nil.
func (w *File) Err() error { return w.err }

// Close writes what is kept back, and closes the file.
func (w *File) Close() error {
	err := w.Flush()
	if e := w.f.Close(); err == nil {
		err = e
	}
	return err
}
