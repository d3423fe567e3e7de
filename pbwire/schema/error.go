package schema

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bufbuild/protocompile/reporter"
)

// An Error is a place where a .proto file does not compile.
type Error struct {
	File         string
	Line, Column int    // from 1
	Reason       string // what the compiler says
	Mend         string // what to do about it, or ""
}

// Error returns the place and the reason, as compilers write them:
// "map.proto:5:1: syntax error: expecting ';'".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

// Errors are all the places where a file does not compile, in the order in
// which the compiler found them. There is at least one.
type Errors []*Error

// Error returns the first one, and how many follow it.
func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	return fmt.Sprintf("%v (and %d more)", e[0], len(e)-1)
}

// maxErrors bounds what the compiler says about one file.
const maxErrors = 100

func (c *compilation) error(e reporter.ErrorWithPos) {
	if len(c.errs) == maxErrors {
		return
	}
	pos := e.GetPosition()
	err := &Error{File: c.called(pos.Filename), Line: max(1, pos.Line), Column: max(1, pos.Col), Reason: e.Unwrap().Error()}
	if n := len(c.errs); n > 0 && c.errs[n-1].File == err.File && c.errs[n-1].Line == err.Line && strings.HasPrefix(c.errs[n-1].Reason, badCharacter) {
		return // what follows on the line comes of it
	}
	source := c.sources[pos.Filename]
	before := source[:min(max(0, pos.Offset), len(source))]
	if err.Reason == badCharacter {
		r, _ := utf8.DecodeRuneInString(source[len(before):])
		err.Reason = fmt.Sprintf("%s %q", badCharacter, r)
		err.Mend = typeInstead(r)
	} else {
		err.Reason = strings.ReplaceAll(err.Reason, "$end", endOfFile) // a name that the grammar has for it
		err.Mend = mend(err, before, source[len(before):])
	}
	c.errs = append(c.errs, err)
}

func (c *compilation) warning(e reporter.ErrorWithPos) {
	pos := e.GetPosition()
	if pos.Filename != c.root {
		return // somebody else's file
	}
	c.warnings = append(c.warnings, Finding{
		File: c.name, Line: max(1, pos.Line), Column: max(1, pos.Col),
		Level: Rule, Rule: "compiler", Message: e.Unwrap().Error(),
	})
}
