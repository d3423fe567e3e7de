package schema

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// A scope is what defines messages and enums: a file or a message.
type scope interface {
	protoreflect.Descriptor
	Messages() protoreflect.MessageDescriptors
	Enums() protoreflect.EnumDescriptors
}

// walk calls see for every message and enum in a scope, at any depth.
func walk(s scope, see func(protoreflect.Descriptor)) {
	for i := range s.Enums().Len() {
		see(s.Enums().Get(i))
	}
	for i := range s.Messages().Len() {
		if md := s.Messages().Get(i); !md.IsMapEntry() {
			see(md)
			walk(md, see)
		}
	}
}

// relative returns the name of a descriptor in its package.
func relative(d protoreflect.Descriptor) string {
	return strings.TrimPrefix(string(d.FullName()), string(d.ParentFile().Package())+".")
}

// arrivals returns the messages and enums that the new file, or one that it
// imports, defines at a place where the old file had none: what is missing in
// the old place may be there.
func arrivals(old, new *File) (list []protoreflect.Descriptor) {
	had := map[string]bool{}
	walk(old, func(d protoreflect.Descriptor) { had[relative(d)] = true })
	seen := map[string]bool{}
	var visit func(protoreflect.FileDescriptor)
	visit = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] || f.Package() == "google.protobuf" {
			return
		}
		seen[f.Path()] = true
		walk(f, func(d protoreflect.Descriptor) {
			if !had[relative(d)] || f.Path() != new.Path() {
				list = append(list, d)
			}
		})
		for i := range f.Imports().Len() {
			visit(f.Imports().Get(i).FileDescriptor)
		}
	}
	visit(new)
	return list
}

// movedEnum returns where an enum has gone: to one of the same name elsewhere,
// or to one of another name with the same names and numbers. nil is nowhere.
func (c *comparison) movedEnum(was protoreflect.EnumDescriptor) (to protoreflect.EnumDescriptor) {
	for _, d := range c.arrived {
		is, ok := d.(protoreflect.EnumDescriptor)
		switch {
		case !ok:
		case is.Name() == was.Name():
			return is
		case to == nil && sameValues(was, is):
			to = is
		}
	}
	return to
}

func sameValues(x, y protoreflect.EnumDescriptor) bool {
	if x.Values().Len() != y.Values().Len() {
		return false
	}
	for i := range x.Values().Len() {
		v := x.Values().Get(i)
		if w := y.Values().ByName(v.Name()); w == nil || w.Number() != v.Number() {
			return false
		}
	}
	return true
}

// movedMessage is movedEnum for a message.
func (c *comparison) movedMessage(was protoreflect.MessageDescriptor) (to protoreflect.MessageDescriptor) {
	for _, d := range c.arrived {
		is, ok := d.(protoreflect.MessageDescriptor)
		switch {
		case !ok:
		case is.Name() == was.Name():
			return is
		case to == nil && sameFields(was, is):
			to = is
		}
	}
	return to
}

// sameFields reports whether two messages have fields, and the same ones.
func sameFields(x, y protoreflect.MessageDescriptor) bool {
	if x.Fields().Len() != y.Fields().Len() || x.Fields().Len() == 0 {
		return false
	}
	for i := range x.Fields().Len() {
		f := x.Fields().Get(i)
		g := y.Fields().ByNumber(f.Number())
		if g == nil || g.Name() != f.Name() || g.Kind() != f.Kind() || g.Cardinality() != f.Cardinality() {
			return false
		}
	}
	return true
}
