package pbwire

import "fmt"

// A Kind is the type of a field in a .proto file. The numbers are those of
// FieldDescriptorProto.Type in descriptor.proto. The zero Kind is no type:
// there is no schema.
type Kind uint8

// The kinds.
const (
	Double   Kind = 1
	Float    Kind = 2
	Int64    Kind = 3
	Uint64   Kind = 4
	Int32    Kind = 5
	Fixed64  Kind = 6
	Fixed32  Kind = 7
	Bool     Kind = 8
	String   Kind = 9
	Group    Kind = 10
	Message  Kind = 11
	Bytes    Kind = 12
	Uint32   Kind = 13
	Enum     Kind = 14
	Sfixed32 Kind = 15
	Sfixed64 Kind = 16
	Sint32   Kind = 17
	Sint64   Kind = 18
)

var kinds = [...]struct {
	name string
	wire Type
}{
	0:        {"value", VARINT},
	Double:   {"double", I64},
	Float:    {"float", I32},
	Int64:    {"int64", VARINT},
	Uint64:   {"uint64", VARINT},
	Int32:    {"int32", VARINT},
	Fixed64:  {"fixed64", I64},
	Fixed32:  {"fixed32", I32},
	Bool:     {"bool", VARINT},
	String:   {"string", LEN},
	Group:    {"group", SGROUP},
	Message:  {"message", LEN},
	Bytes:    {"bytes", LEN},
	Uint32:   {"uint32", VARINT},
	Enum:     {"enum", VARINT},
	Sfixed32: {"sfixed32", I32},
	Sfixed64: {"sfixed64", I64},
	Sint32:   {"sint32", VARINT},
	Sint64:   {"sint64", VARINT},
}

// String returns the name that a .proto file uses: "sint32".
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Wire returns the wire type of one value of kind k.
func (k Kind) Wire() Type {
	if int(k) < len(kinds) {
		return kinds[k].wire
	}
	return VARINT
}

// Packable reports whether an array of k can be packed: many values in one
// LEN record, without a tag for each.
func (k Kind) Packable() bool { return k != 0 && k.Wire() != LEN && k != Group }

// hasName reports whether an enum has a name for the number in a varint.
func (f *FieldType) hasName(v uint64) bool { return f.Enum == nil || f.Enum(int32(v)) != "" }

// A Schema says what the fields of a message are. Package pbwire/schema makes
// one from a .proto file.
type Schema interface {
	// Name returns the full name of the message: "student.StudentInfo".
	Name() string
	// Field returns the field with the given number, or nil: unknown.
	Field(Number) *FieldType
	// Any returns the schema of the message that the type URL of a
	// google.protobuf.Any names, or nil.
	Any(url string) Schema
}

// A FieldType is what a Schema says about a field.
type FieldType struct {
	Name     string             // "courses"; an extension stands in brackets
	Kind     Kind               // of one value
	Repeated bool               // an array, or a map
	Map      bool               // a map: Message describes its entries
	Oneof    string             // the oneof that it is a member of, or ""
	UTF8     bool               // of a string: readers refuse what is not UTF-8
	Message  Schema             // of Message and Group
	Enum     func(int32) string // of Enum: the name of a value, or ""
	Closed   bool               // of Enum: readers keep a number without a name as an unknown field, as in proto2
}

// Type returns the type as a .proto file writes it: "repeated int64".
func (f *FieldType) Type() string {
	name := f.Kind.String()
	if f.Message != nil {
		name = f.Message.Name()
	}
	switch {
	case f.Map:
		key, value := f.Message.Field(1), f.Message.Field(2)
		return "map<" + key.Type() + ", " + value.Type() + ">"
	case f.Repeated:
		return "repeated " + name
	}
	return name
}
