package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Open opens a file for reading, or stdin for "-". A Read that nothing would
// end, of a terminal or a pipe, ends with the context.
func (e *Env) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	in := io.NopCloser(e.Stdin)
	if name != "-" {
		f, err := OpenFile(name)
		if err != nil {
			return nil, err
		}
		in = f
	}
	pr, pw := io.Pipe()
	stop := context.AfterFunc(ctx, func() { pw.CloseWithError(errInterrupted) })
	go func() {
		_, err := io.Copy(pw, in)
		pw.CloseWithError(err)
		stop()
		in.Close()
	}()
	return pr, nil
}

var errInterrupted = errors.New("interrupted")

// OpenFile opens a file for reading, or tells why it cannot.
func OpenFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, CannotRead(name, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, Failed("name a file in it", "cannot read %q: it is a folder", name)
	}
	return f, nil
}

// CannotRead tells why a file was not read, in the same words on all systems.
func CannotRead(name string, err error) error {
	switch {
	case IsAny(err, errInterrupted, context.Canceled):
		return Failed("nothing is lost: run it again", "interrupted while %q was read", name)
	case errors.Is(err, fs.ErrNotExist):
		return Failed("look at the spelling; a relative path starts at the current folder", "cannot read %q: there is no such file", name)
	case errors.Is(err, fs.ErrPermission):
		return Failed("ask its owner, or copy it to where you may read it", "cannot read %q: you have no right to read it", name)
	}
	return Failed("give the name of a file that can be read", "cannot read %q: %v", name, Cause(err))
}
