package schema

import (
	"sync"

	"onwire/pbwire"

	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Schema returns what pbwire has to know about a message. It may be used by
// many goroutines.
func (f *File) Schema(md protoreflect.MessageDescriptor) pbwire.Schema {
	t := &types{all: f.types, made: map[protoreflect.FullName]*message{}}
	return t.get(md)
}

// types makes messages, each once: they may hold each other. Extensions and
// what an Any holds are made when they are met.
type types struct {
	all  *dynamicpb.Types
	mu   sync.Mutex
	made map[protoreflect.FullName]*message
}

// A message is a pbwire.Schema.
type message struct {
	name       string
	fields     map[pbwire.Number]*pbwire.FieldType // not changed once it is made
	extensions map[pbwire.Number]*pbwire.FieldType // those met so far; guarded by types.mu
	md         protoreflect.MessageDescriptor
	types      *types
}

func (t *types) get(md protoreflect.MessageDescriptor) *message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.message(md)
}

// message makes a message and all that it holds. t.mu is held.
func (t *types) message(md protoreflect.MessageDescriptor) *message {
	if m := t.made[md.FullName()]; m != nil {
		return m
	}
	m := &message{
		name: string(md.FullName()), md: md, types: t,
		fields: map[pbwire.Number]*pbwire.FieldType{}, extensions: map[pbwire.Number]*pbwire.FieldType{},
	}
	t.made[md.FullName()] = m
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		m.fields[pbwire.Number(fd.Number())] = t.field(fd)
	}
	return m
}

func (t *types) field(fd protoreflect.FieldDescriptor) *pbwire.FieldType {
	ft := &pbwire.FieldType{
		Name:     string(fd.Name()),
		Kind:     pbwire.Kind(fd.Kind()), // both have descriptor.proto's numbers
		Repeated: fd.Cardinality() == protoreflect.Repeated,
		Map:      fd.IsMap(),
		UTF8:     fd.Kind() == protoreflect.StringKind && verifiesUTF8(fd),
	}
	if fd.IsExtension() {
		ft.Name = "[" + string(fd.FullName()) + "]"
	}
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		ft.Oneof = string(o.Name())
	}
	if fd.Message() != nil {
		ft.Message = t.message(fd.Message())
	}
	if values := fd.Enum(); values != nil {
		ft.Closed = values.IsClosed()
		ft.Enum = func(n int32) string {
			if v := values.Values().ByNumber(protoreflect.EnumNumber(n)); v != nil {
				return string(v.Name())
			}
			return ""
		}
	}
	return ft
}

// Name returns the full name of the message.
func (m *message) Name() string { return m.name }

// Field returns the field or extension with the given number, or nil.
func (m *message) Field(n pbwire.Number) *pbwire.FieldType {
	if ft := m.fields[n]; ft != nil || !m.md.ExtensionRanges().Has(protoreflect.FieldNumber(n)) {
		return ft
	}
	m.types.mu.Lock()
	defer m.types.mu.Unlock()
	if ft := m.extensions[n]; ft != nil {
		return ft
	}
	x, err := m.types.all.FindExtensionByNumber(m.md.FullName(), protoreflect.FieldNumber(n))
	if err != nil {
		return nil
	}
	m.extensions[n] = m.types.field(x.TypeDescriptor())
	return m.extensions[n]
}

// Any returns the message that a type URL names, or nil.
func (m *message) Any(url string) pbwire.Schema {
	mt, err := m.types.all.FindMessageByURL(url)
	if err != nil {
		return nil // as an interface: a nil *message would be no nil
	}
	return m.types.get(mt.Descriptor())
}

var utf8Feature = (*descriptorpb.FeatureSet)(nil).ProtoReflect().Descriptor().Fields().ByName("utf8_validation")

// verifiesUTF8 reports whether readers refuse a string that is not UTF-8: in
// proto3, and in editions unless the file says no.
func verifiesUTF8(fd protoreflect.FieldDescriptor) bool {
	v, err := protoutil.ResolveFeature(fd, utf8Feature)
	return err == nil && v.Enum() == descriptorpb.FeatureSet_VERIFY.Number()
}
