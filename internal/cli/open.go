package cli

import (
	"context"
	"errors"
	"io"
	"os"
)

// Open opens a file for reading, or stdin for "-". A Read that nothing would
// end, of a terminal or a pipe, ends with the context.
func (e *Env) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	in := io.NopCloser(e.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, CannotRead(name, err)
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

// CannotRead tells why a file was not read.
func CannotRead(name string, err error) error {
	return Failed("give the name of a file that can be read, or - for stdin", "cannot read %q: %v", name, Cause(err))
}
