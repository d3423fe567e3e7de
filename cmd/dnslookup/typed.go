package main

import (
	"bufio"
	"context"
	"io"
	"sync/atomic"
)

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
		scanner := bufio.NewScanner(input)
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
