package main

import (
	"bufio"
	"io"
	"sync/atomic"
)

// A typed is stdin, read ahead: it may be a person or a slow program, who wants
// each answer before the next name.
type typed struct {
	lines chan string
	ended atomic.Bool
	text  string
	err   error
}

func readAhead(input io.Reader) *typed {
	t := &typed{lines: make(chan string, 4096)}
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
	t.text, ok = <-t.lines
	return ok
}
func (t *typed) Text() string { return t.text }
func (t *typed) Err() error   { return t.err }

// A lineReader is a bufio.Scanner, or a typed.
type lineReader interface {
	Scan() bool
	Text() string
	Err() error
}
