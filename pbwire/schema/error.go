package schema

import (
	"fmt"
	"regexp"
	"strings"

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
	err := &Error{File: pos.Filename, Line: max(1, pos.Line), Column: max(1, pos.Col), Reason: e.Unwrap().Error()}
	err.Mend = mend(err, c.sources[pos.Filename])
	if err.File == c.root {
		err.File = c.name
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

// mends say what to do about an error whose text has the pattern. $1 and so on
// are parts of it.
var mends = []struct {
	pattern *regexp.Regexp
	mend    string
}{
	{regexp.MustCompile(`first value .* zero`), "put NAME_UNSPECIFIED = 0 first: it is what a reader gets for a field that is not there"},
	{regexp.MustCompile(`edition value`), "write edition = \"2023\", or syntax = \"proto3\""},
	{regexp.MustCompile(`unexpected "?(float|double|bytes|group)"?$`), "$1 cannot be the key of a map: an integer, bool or string can"},
	{regexp.MustCompile(`unexpected "repeated"`), "a oneof cannot hold an array: put it into a message, and the message into the oneof"},
	{regexp.MustCompile(`19000`), "19000 to 19999 belong to the implementations; take another number"},
	{regexp.MustCompile(`reserved (tag|range|number|name)|(tag|number|name) .* reserved`), "take a number and a name that were never used: old bytes may still hold the reserved one"},
	{regexp.MustCompile(`both have the same tag (\d+)`), "give one of them a number that is not taken; tag $1 is in use"},
	{regexp.MustCompile(`unknown type (\S+)`), "define message or enum $1, or import the file that does"},
	{regexp.MustCompile(`could not resolve path|file does not exist|no such file`), "name the folder that holds it with -I DIR"},
	{regexp.MustCompile(`already defined`), "rename one of them; values of an enum share the names of what stands around the enum"},
	{regexp.MustCompile(`label 'required' is not allowed`), "leave it out; only proto2 has required"},
	{regexp.MustCompile(`has no label`), "in proto2 every field says optional, required or repeated"},
}

// mend returns what to do about an error in source, or "".
func mend(e *Error, source string) string {
	if strings.Contains(e.Reason, "expecting") && strings.Contains(e.Reason, "';'") {
		if line, text := tokenBefore(source, e.Line, e.Column); line > 0 {
			return fmt.Sprintf("put ; at the end of line %d: %s;", line, text)
		}
	}
	for _, m := range mends {
		if i := m.pattern.FindStringSubmatchIndex(e.Reason); i != nil {
			return string(m.pattern.ExpandString(nil, m.mend, e.Reason, i))
		}
	}
	return ""
}

var (
	lineComment  = regexp.MustCompile(`//[^\n]*`)
	blockComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// tokenBefore returns the line, and the text on it, of the last token before a
// place in source: where a missing semicolon belongs is not where the compiler
// misses it.
func tokenBefore(source string, line, column int) (int, string) {
	lines := strings.SplitAfter(source, "\n")
	if line > len(lines) {
		return 0, ""
	}
	before := strings.Join(lines[:line-1], "")
	before += lines[line-1][:min(column-1, len(lines[line-1]))]
	blank := func(s string) string { // keeps the line breaks
		return strings.Repeat("\n", strings.Count(s, "\n"))
	}
	before = blockComment.ReplaceAllStringFunc(before, blank)
	before = strings.TrimRight(lineComment.ReplaceAllString(before, ""), " \t\r\n")
	if before == "" {
		return 0, ""
	}
	last := before[strings.LastIndexByte(before, '\n')+1:]
	return strings.Count(before, "\n") + 1, strings.TrimSpace(last)
}
