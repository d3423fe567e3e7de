package schema

import (
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Lint checks a file that compiles against the rules of good style: the names
// as protobuf.dev's style guide has them, and numbers and enums that cost or
// hurt later.
func (f *File) Lint() []Finding {
	l := linter{findings{file: f, all: append([]Finding(nil), f.Warnings...)}}
	l.packageName()
	for i := range f.Messages().Len() {
		l.message(f.Messages().Get(i))
	}
	for i := range f.Enums().Len() {
		l.enum(f.Enums().Get(i))
	}
	for i := range f.Services().Len() {
		l.service(f.Services().Get(i))
	}
	return l.sorted()
}

type linter struct{ findings }

var (
	upperCamel = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	lowerSnake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	upperSnake = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
)

func (l *linter) packageName() {
	for part := range strings.SplitSeq(string(l.file.Package()), ".") {
		if part != "" && !lowerSnake.MatchString(part) {
			l.add(l.file, Rule, "package-name", "package "+strings.ToLower(string(l.file.Package()))+";",
				"package %s: the name should be lower_snake_case", l.file.Package())
			return
		}
	}
}

// name checks the name of d, which is a what: "field".
func (l *linter) name(d protoreflect.Descriptor, what string, want *regexp.Regexp) {
	name := string(d.Name())
	if want.MatchString(name) {
		return
	}
	style, mend := "lower_snake_case", snake(name)
	switch want {
	case upperCamel:
		style, mend = "UpperCamelCase", camel(name)
	case upperSnake:
		style, mend = "UPPER_SNAKE_CASE", strings.ToUpper(snake(name))
	}
	if mend = "call it " + mend; !want.MatchString(mend[len("call it "):]) {
		mend = ""
	}
	l.add(d, Rule, strings.ReplaceAll(what, " ", "-")+"-name", mend, "%s %s: the name should be %s", what, name, style)
}

func (l *linter) message(md protoreflect.MessageDescriptor) {
	if md.IsMapEntry() {
		return // the compiler's own
	}
	l.name(md, "message", upperCamel)
	if isMessageSet(md) {
		l.add(md, Rule, "message-set", "leave the option out, and use Any or extensions",
			"message %s has message_set_wire_format: its bytes have a form from before proto2, which few programs know", md.Name())
	}
	for i := range md.Fields().Len() {
		l.field(md.Fields().Get(i))
	}
	for i := range md.Oneofs().Len() {
		if o := md.Oneofs().Get(i); !o.IsSynthetic() {
			l.name(o, "oneof", lowerSnake)
		}
	}
	for i := range md.Messages().Len() {
		l.message(md.Messages().Get(i))
	}
	for i := range md.Enums().Len() {
		l.enum(md.Enums().Get(i))
	}
}

func (l *linter) field(fd protoreflect.FieldDescriptor) {
	if fd.Kind() != protoreflect.GroupKind { // proto2 makes its name from the group's
		l.name(fd, "field", lowerSnake)
	}
	size := sizeTag(fd.Number())
	switch {
	case fd.Cardinality() != protoreflect.Repeated || fd.Number() <= 15:
	case fd.IsPacked():
		l.add(fd, Remark, "repeated-above-15", "",
			"repeated field %s has number %d: its tag takes %d bytes; it is packed, so that is once for the whole array", fd.Name(), fd.Number(), size)
	default:
		mend := "keep the numbers 1 to 15 for what repeats; all are taken here"
		if n := freeNumber(fd.ContainingMessage()); n > 0 {
			mend = fmt.Sprintf("take number %d, which is free, if no bytes with %d exist yet", n, fd.Number())
		}
		l.add(fd, Rule, "repeated-above-15", mend,
			"repeated field %s has number %d: each element's tag takes %d bytes, and 1 byte with numbers 1 to 15", fd.Name(), fd.Number(), size)
	}
	if fd.Cardinality() == protoreflect.Required {
		l.add(fd, Rule, "required", "make it optional, and check it in the program",
			"field %s is required: no version that leaves it out can ever be read by this one", fd.Name())
	}
}

// sizeTag returns the bytes that the tag of a field takes.
func sizeTag(n protoreflect.FieldNumber) int {
	size := 1
	for n >>= 4; n > 0; n >>= 7 {
		size++
	}
	return size
}

// freeNumber returns a number from 1 to 15 that a message neither uses nor
// reserves, or 0.
func freeNumber(md protoreflect.MessageDescriptor) protoreflect.FieldNumber {
	for n := protoreflect.FieldNumber(1); n <= 15; n++ {
		if md.Fields().ByNumber(n) == nil && !md.ReservedRanges().Has(n) && !md.ExtensionRanges().Has(n) {
			return n
		}
	}
	return 0
}

func (l *linter) enum(ed protoreflect.EnumDescriptor) {
	l.name(ed, "enum", upperCamel)
	for i := range ed.Values().Len() {
		l.name(ed.Values().Get(i), "enum value", upperSnake)
	}
	unspecified := strings.ToUpper(snake(string(ed.Name()))) + "_UNSPECIFIED"
	first := ed.Values().Get(0)
	switch zero := ed.Values().ByNumber(0); {
	case zero == nil:
		l.add(ed, Rule, "enum-zero", "put "+unspecified+" = 0 first",
			"enum %s has no value 0: a field that is not set reads as %s = %d, its first", ed.Name(), first.Name(), first.Number())
	case first.Number() != 0:
		l.add(first, Rule, "enum-zero", "put "+string(zero.Name())+" = 0 first",
			"enum %s starts with %s = %d: a field that is not set reads as that, not as 0", ed.Name(), first.Name(), first.Number())
	case !strings.HasSuffix(string(zero.Name()), "UNSPECIFIED") && !strings.HasSuffix(string(zero.Name()), "UNKNOWN"):
		l.add(zero, Remark, "enum-unspecified", "put "+unspecified+" = 0 first, or declare the field optional",
			"%s = 0 is not told from \"not set\": it takes no bytes", zero.Name())
	}
}

func (l *linter) service(sd protoreflect.ServiceDescriptor) {
	l.name(sd, "service", upperCamel)
	for i := range sd.Methods().Len() {
		l.name(sd.Methods().Get(i), "method", upperCamel)
	}
}

// words splits a name in any style: "studentName", "Student_name", "HTTPPort".
func words(name string) []string {
	var s strings.Builder
	for i, c := range name {
		upper := c >= 'A' && c <= 'Z'
		afterLower := i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z'
		beforeLower := i > 0 && i+1 < len(name) && name[i-1] >= 'A' && name[i-1] <= 'Z' && name[i+1] >= 'a' && name[i+1] <= 'z'
		if upper && (afterLower || beforeLower) {
			s.WriteByte('_')
		}
		s.WriteRune(c)
	}
	return strings.FieldsFunc(s.String(), func(c rune) bool { return c == '_' })
}

func snake(name string) string { return strings.ToLower(strings.Join(words(name), "_")) }

func camel(name string) string {
	var s strings.Builder
	for _, w := range words(name) {
		if w == strings.ToUpper(w) {
			w = strings.ToLower(w)
		}
		s.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return s.String()
}
