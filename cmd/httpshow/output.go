package main

import (
	"io"
	"os"

	"onwire/httpmsg"
	"onwire/internal/cli"
	"onwire/internal/term"
)

// A sink is where -o puts the body of the last response.
type sink struct {
	g    *getter
	name string
	file *os.File
	n    int64
}

// of returns the Writer for the content of m, or nil if it is not the response
// that is wanted.
func (s *sink) of(m *httpmsg.Message) io.Writer {
	if _, more := redirection(m); m.Interim() || more && s.g.o.location {
		return nil
	}
	return s
}

// Write opens the file when the first byte comes.
func (s *sink) Write(p []byte) (int, error) {
	if s.name == "-" {
		n, err := s.g.Out().Write(p)
		s.n += int64(n)
		return n, err
	}
	if err := s.open(); err != nil {
		return 0, err
	}
	n, err := s.file.Write(p)
	s.n += int64(n)
	if err != nil {
		return n, s.failed(err)
	}
	return n, nil
}

func (s *sink) open() error {
	if s.file != nil || s.name == "-" {
		return nil
	}
	f, err := os.Create(s.name)
	if err != nil {
		return cli.Failed("name a file in a folder where you may write", "cannot write %q: %v", s.name, cli.Cause(err))
	}
	s.file = f
	return nil
}

func (s *sink) failed(err error) error {
	return cli.Failed("free some space, or write elsewhere; the file has what came before", "cannot write %q after %s: %v", s.name, term.Count(s.n, "byte"), cli.Cause(err))
}

// close ends the file, and says what is in it. A body that is empty makes an
// empty file.
func (s *sink) close() error {
	if s.name == "-" {
		return nil
	}
	if err := s.open(); err != nil {
		return err
	}
	if err := s.file.Close(); err != nil {
		return s.failed(err)
	}
	if s.g.JSON {
		return s.g.PrintJSON(map[string]any{"event": "file", "name": s.name, "bytes": s.n})
	}
	s.g.say("file", term.Count(s.n, "byte")+" of the body are in "+visible(s.name))
	return nil
}
