package schema_test

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"
)

var (
	scalars = []string{
		"double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64",
		"fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
	}
	mapKeys = []string{"int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string"}
)

// A generator writes a random .proto file: messages M0, M1, ..., enums E0, ...
// The message to use is M0.
type generator struct {
	*rapid.T
	syntax   string
	implicit bool // of an edition: the file says that fields have no presence
	messages int
	enums    int
	out      strings.Builder
}

// drawProto writes a file in one of the given syntaxes: proto2, proto3, 2023.
func drawProto(t *rapid.T, syntaxes ...string) string {
	g := &generator{T: t, syntax: rapid.SampledFrom(syntaxes).Draw(t, "syntax")}
	g.messages = rapid.IntRange(1, 4).Draw(t, "messages")
	g.enums = rapid.IntRange(1, 2).Draw(t, "enums")
	if g.syntax == "2023" {
		g.edition()
	} else {
		g.printf("syntax = %q;\npackage random.test;\n", g.syntax)
	}
	for i := range g.enums {
		g.enum(i)
	}
	for i := range g.messages {
		g.message(i)
	}
	if g.extends() {
		one := "optional "
		if g.syntax == "2023" {
			one = ""
		}
		g.printf("extend M0 {\n  %s%s ext_a = 700000;\n  repeated %s ext_b = 700001;\n  %s%s ext_c = 700002;\n}\n",
			one, g.any(), g.any(), one, g.any())
		if g.syntax == "proto2" {
			g.printf("message Scope {\n  extend M0 {\n    repeated group Ext_g = 700003 {\n      optional %s x = 5;\n    }\n  }\n}\n", g.any())
		}
	}
	return g.out.String()
}

func (g *generator) printf(format string, args ...any) { fmt.Fprintf(&g.out, format, args...) }
func (g *generator) extends() bool                     { return g.syntax != "proto3" }
func (g *generator) one(list []string) string          { return rapid.SampledFrom(list).Draw(g.T, "one") }
func (g *generator) bool(what string) bool             { return rapid.Bool().Draw(g.T, what) }

// edition writes the head of a file of edition 2023, with some of its features
// turned.
func (g *generator) edition() {
	g.printf("edition = \"2023\";\npackage random.test;\n")
	g.implicit = g.bool("implicit")
	switch {
	case g.implicit:
		g.printf("option features.field_presence = IMPLICIT;\n")
	case g.bool("closed"): // a closed enum has to have presence
		g.printf("option features.enum_type = CLOSED;\n")
	}
	for _, feature := range []string{"repeated_field_encoding = EXPANDED", "message_encoding = DELIMITED", "utf8_validation = NONE"} {
		if g.bool(feature) {
			g.printf("option features.%s;\n", feature)
		}
	}
}

func (g *generator) enum(i int) {
	g.printf("enum E%d {\n", i)
	numbers := rapid.SliceOfNDistinct(rapid.Int32().Filter(func(n int32) bool { return n != 0 }), 0, 3, rapid.ID).Draw(g.T, "numbers")
	alias := g.bool("alias")
	if alias {
		g.printf("  option allow_alias = true;\n")
	}
	g.printf("  E%d_ZERO = 0;\n", i)
	if alias {
		g.printf("  E%d_NULL = 0;\n", i)
	}
	for k, n := range numbers {
		g.printf("  E%d_V%d = %d;\n", i, k, n)
	}
	g.printf("}\n")
}

// number draws a field number: short and long tags alike. 19000 and on belong
// to implementations, 700000 and on to extensions.
func (g *generator) number(taken map[int]bool) int {
	for {
		n := rapid.OneOf(rapid.IntRange(1, 15), rapid.IntRange(16, 2047), rapid.IntRange(2048, 536870911)).Draw(g.T, "number")
		if !taken[n] && (n < 19000 || n > 19999) && (n < 700000 || n > 700009) {
			taken[n] = true
			return n
		}
	}
}

func (g *generator) message(i int) {
	g.printf("message M%d {\n", i)
	if g.extends() && i == 0 {
		g.printf("  extensions 700000 to 700009;\n")
	}
	taken := map[int]bool{}
	for k := range rapid.IntRange(0, 7).Draw(g.T, "fields") {
		n := g.number(taken)
		name := fmt.Sprintf("f%d", k)
		switch rapid.IntRange(0, 7).Draw(g.T, "shape") {
		case 0:
			g.printf("  map<%s, %s> %s = %d;\n", g.one(mapKeys), g.any(), name, n)
		case 1:
			g.printf("  oneof o%d {\n    %s %s = %d;\n    %s %s_b = %d;\n", k, g.any(), name, n, g.any(), name, g.number(taken))
			if g.syntax == "proto2" {
				g.printf("    group P%d = %d {\n      optional %s x = 1;\n    }\n", k, g.number(taken), g.any())
			}
			g.printf("  }\n")
		case 2, 3:
			typ := g.any()
			g.printf("  repeated %s %s = %d%s;\n", typ, name, n, g.packing(typ))
		case 4:
			g.single(name, n, g.any(), true)
		case 5:
			g.nested(k, n)
		default:
			g.single(name, n, g.one(scalars), false)
		}
	}
	g.printf("}\n")
}

// packing draws the option of an array that says whether it is packed.
func (g *generator) packing(typ string) string {
	if typ == "string" || typ == "bytes" || typ[0] == 'M' || !g.bool("say packed") {
		return ""
	}
	if g.syntax == "2023" {
		return " [features.repeated_field_encoding = " + g.one([]string{"PACKED", "EXPANDED"}) + "]"
	}
	return fmt.Sprintf(" [packed = %v]", g.bool("packed"))
}

// single draws a field that is no array; a scalar may be required.
func (g *generator) single(name string, n int, typ string, optional bool) {
	label, option := "", ""
	switch {
	case g.syntax == "proto2" && optional, g.syntax == "proto3" && optional:
		label = "optional "
	case g.syntax == "proto2":
		label = g.one([]string{"optional ", "required "})
	case g.syntax == "2023" && typ[0] == 'M':
		option = g.one([]string{"", " [features.message_encoding = DELIMITED]", " [features.message_encoding = LENGTH_PREFIXED]"})
	case g.syntax == "2023" && typ[0] == 'E':
		option = g.one([]string{"", " [features.field_presence = EXPLICIT]"})
	case g.syntax == "2023":
		option = g.one([]string{"", " [features.field_presence = EXPLICIT]", " [features.field_presence = IMPLICIT]", " [features.field_presence = LEGACY_REQUIRED]"})
	}
	g.printf("  %s%s %s = %d%s;\n", label, typ, name, n, option)
}

// nested draws a field with a type of its own: a group or a message, one or an
// array of them.
func (g *generator) nested(k, n int) {
	many := g.bool("many")
	if g.syntax == "proto2" {
		label := "optional"
		if many {
			label = "repeated"
		}
		g.printf("  %s group G%d = %d {\n    optional %s x = 1;\n    repeated sint32 y = 2;\n  }\n", label, k, n, g.any())
		return
	}
	label := ""
	if many {
		label = "repeated "
	}
	g.printf("  message N%d {\n    %s x = 1;\n  }\n  %sN%d f%d = %d;\n", k, g.any(), label, k, k, n)
}

// any draws the type of a value: a scalar, an enum or a message.
func (g *generator) any() string {
	switch rapid.IntRange(0, 5).Draw(g.T, "type") {
	case 0:
		return fmt.Sprintf("E%d", rapid.IntRange(0, g.enums-1).Draw(g.T, "enum"))
	case 1:
		return fmt.Sprintf("M%d", rapid.IntRange(0, g.messages-1).Draw(g.T, "message"))
	}
	return g.one(scalars)
}

// drawMessage fills a message with random values, three messages deep.
func drawMessage(t *rapid.T, md protoreflect.MessageDescriptor, depth int) protoreflect.Message {
	m := dynamicpb.NewMessage(md)
	fill(t, m, depth)
	if md.ExtensionRanges().Len() == 0 {
		return m
	}
	for _, x := range extensions(md.ParentFile()) {
		if x.ContainingMessage().FullName() == md.FullName() && depth > 0 && rapid.Bool().Draw(t, "extension") {
			set(t, m, dynamicpb.NewExtensionType(x).TypeDescriptor(), depth)
		}
	}
	return m
}

// extensions returns those that a file defines, at the top or in a message.
func extensions(f protoreflect.FileDescriptor) (list []protoreflect.ExtensionDescriptor) {
	add := func(x protoreflect.ExtensionDescriptors) {
		for i := range x.Len() {
			list = append(list, x.Get(i))
		}
	}
	add(f.Extensions())
	for i := range f.Messages().Len() {
		add(f.Messages().Get(i).Extensions())
	}
	return list
}

func fill(t *rapid.T, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		required := fd.Cardinality() == protoreflect.Required
		if !required && (!rapid.Bool().Draw(t, "set") || fd.Message() != nil && !fd.IsMap() && depth == 0) {
			continue
		}
		if o := fd.ContainingOneof(); o != nil && m.WhichOneof(o) != nil {
			continue
		}
		set(t, m, fd, depth)
	}
}

func set(t *rapid.T, m protoreflect.Message, fd protoreflect.FieldDescriptor, depth int) {
	switch {
	case fd.IsMap():
		if fd.MapValue().Message() != nil && depth == 0 {
			return
		}
		for range rapid.IntRange(0, 4).Draw(t, "entries") {
			m.Mutable(fd).Map().Set(drawValue(t, fd.MapKey(), 0).MapKey(), drawValue(t, fd.MapValue(), depth-1))
		}
	case fd.IsList():
		for range rapid.IntRange(0, 4).Draw(t, "elements") {
			m.Mutable(fd).List().Append(drawValue(t, fd, depth-1))
		}
	default:
		m.Set(fd, drawValue(t, fd, depth-1))
	}
}

// drawValue draws a value; zero and the limits come often. NaN is left out:
// libraries write it with different bits.
func drawValue(t *rapid.T, fd protoreflect.FieldDescriptor, depth int) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOf(rapid.Bool().Draw(t, "bool"))
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(rapid.IntRange(0, values.Len()-1).Draw(t, "value")).Number())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOf(rapid.OneOf(rapid.Int32(), rapid.SampledFrom([]int32{0, -1, math.MinInt32, math.MaxInt32})).Draw(t, "int32"))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOf(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, -1, math.MinInt64, math.MaxInt64})).Draw(t, "int64"))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOf(rapid.Uint32().Draw(t, "uint32"))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOf(rapid.Uint64().Draw(t, "uint64"))
	case protoreflect.FloatKind:
		f := rapid.OneOf(rapid.Float32(), rapid.SampledFrom([]float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), 1.5})).Draw(t, "float")
		return protoreflect.ValueOf(f)
	case protoreflect.DoubleKind:
		f := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.Inf(-1), 1.5})).Draw(t, "double")
		return protoreflect.ValueOf(f)
	case protoreflect.StringKind:
		return protoreflect.ValueOf(rapid.StringN(0, 12, 200).Draw(t, "string"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOf(slices.Clone(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "bytes")))
	}
	return protoreflect.ValueOf(drawMessage(t, fd.Message(), max(0, depth)))
}

// resolver returns the extensions of a file, for prototext.
func resolver(f protoreflect.FileDescriptor) *dynamicpb.Types {
	files := new(protoregistry.Files)
	if err := files.RegisterFile(f); err != nil {
		panic(err)
	}
	return dynamicpb.NewTypes(files)
}
