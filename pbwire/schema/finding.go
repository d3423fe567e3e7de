package schema

import (
	"cmp"
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// A Level says how bad a Finding is.
type Level string

// The levels, the worst first.
const (
	Broken Level = "error"  // the file does not compile
	Breaks Level = "breaks" // old bytes and old programs do not go with the new file
	Rule   Level = "rule"   // a rule of names or of design is not kept
	Remark Level = "note"   // worth knowing; the file is good
)

// A Finding is something that a check has to say about a .proto file.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1
	Level   Level  `json:"level"`
	Rule    string `json:"rule"` // a stable name: "field-name"
	Message string `json:"message"`
	Mend    string `json:"mend"` // what to do, or ""
}

// String returns the finding in a line: "a.proto:3:5: rule field-name: ...".
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s %s: %s", f.File, f.Line, f.Column, f.Level, f.Rule, f.Message)
}

// findings collects what a check finds in a file.
type findings struct {
	file *File
	all  []Finding
}

// add notes something about the descriptor d, which the file or one that it
// imports defines.
func (f *findings) add(d protoreflect.Descriptor, level Level, rule, mend, format string, args ...any) {
	if entry, ok := d.Parent().(protoreflect.MessageDescriptor); ok && entry.IsMapEntry() {
		d = mapOf(entry) // the file does not write the key or value as a field
	}
	name := f.file.name
	if d.ParentFile().Path() != f.file.Path() {
		name = d.ParentFile().Path()
	}
	at := d.ParentFile().SourceLocations().ByDescriptor(d) // lines from 0; the zero value for the file itself
	f.all = append(f.all, Finding{
		File: name, Line: at.StartLine + 1, Column: at.StartColumn + 1,
		Level: level, Rule: rule, Message: fmt.Sprintf(format, args...), Mend: mend,
	})
}

// mapOf returns the map that has the given entries.
func mapOf(entry protoreflect.MessageDescriptor) protoreflect.Descriptor {
	fields := entry.Parent().(protoreflect.MessageDescriptor).Fields()
	for i := range fields.Len() {
		if fields.Get(i).Message() == entry {
			return fields.Get(i)
		}
	}
	return entry
}

// sorted returns the findings in the order of the file, and then those in the
// files that it imports.
func (f *findings) sorted() []Finding {
	imported := func(x Finding) string {
		if x.File == f.file.name {
			return ""
		}
		return x.File
	}
	slices.SortStableFunc(f.all, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(imported(x), imported(y)), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return f.all
}

// Findings returns the errors of the compiler as findings.
func (e Errors) Findings() []Finding {
	var list []Finding
	for _, err := range e {
		list = append(list, Finding{err.File, err.Line, err.Column, Broken, "compiler", err.Reason, err.Mend})
	}
	return list
}
