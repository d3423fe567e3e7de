package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"sync/atomic"
)

// maxLine is longer than any name with a type. What is beyond it in a line is
// left out: the line is none to ask for anyway.
const maxLine = 4096

// newLines returns a scanner of lines that no line is too long for.
func newLines(input io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(input)
	skipping := false // what is left of a line that was too long
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		end := bytes.IndexByte(data, '\n')
		switch {
		case skipping && end < 0:
			return len(data), nil, nil
		case skipping:
			skipping = false
			return end + 1, nil, nil
		case end < 0 && len(data) > maxLine, end > maxLine:
			skipping = true
			return maxLine, data[:maxLine], nil
		}
		return bufio.ScanLines(data, atEOF)
	})
	return s
}

// A typed is stdin, read ahead: it may be a person or a slow program, who wants
// each answer before the next name.
type typed struct {
	ctx   context.Context // ends the wait for a line
	lines chan string
	ended atomic.Bool
	text  string
	err   error
}

func readAhead(ctx context.Context, input io.Reader) *typed {
	t := &typed{ctx: ctx, lines: make(chan string, 4096)}
	go func() {
		scanner := newLines(input)
		for scanner.Scan() {
			t.lines <- scanner.Text()
		}
		t.err = scanner.Err()
		t.ended.Store(true)
		close(t.lines)
	}()
	return t
}

func (t *typed) ready() bool { return len(t.lines) > 0 || t.ended.Load() }

func (t *typed) Scan() (ok bool) {
	select {
	case t.text, ok = <-t.lines:
	case <-t.ctx.Done():
	}
	return ok
}
func (t *typed) Text() string { return t.text }

// Err may be called once Scan has returned false.
func (t *typed) Err() error {
	if t.ctx.Err() != nil {
		return nil // the reader may still be at work
	}
	return t.err
}

// A lineReader is a bufio.Scanner, or a typed.
type lineReader interface {
	Scan() bool
	Text() string
	Err() error
}
