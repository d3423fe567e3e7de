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
	proto2   bool
	messages int
	enums    int
	out      strings.Builder
}

func drawProto(t *rapid.T) string {
	g := &generator{T: t, proto2: rapid.Bool().Draw(t, "proto2")}
	g.messages = rapid.IntRange(1, 4).Draw(t, "messages")
	g.enums = rapid.IntRange(1, 2).Draw(t, "enums")
	syntax := "proto3"
	if g.proto2 {
		syntax = "proto2"
	}
	fmt.Fprintf(&g.out, "syntax = %q;\npackage random.test;\n", syntax)
	for i := range g.enums {
		g.enum(i)
	}
	for i := range g.messages {
		g.message(i)
	}
	if g.proto2 {
		fmt.Fprintf(&g.out, "extend M0 {\n  optional %s ext_a = 700000;\n  repeated %s ext_b = 700001;\n}\n", g.one(scalars), g.one(scalars))
	}
	return g.out.String()
}

func (g *generator) one(list []string) string { return rapid.SampledFrom(list).Draw(g.T, "one") }
func (g *generator) bool(what string) bool    { return rapid.Bool().Draw(g.T, what) }

func (g *generator) enum(i int) {
	fmt.Fprintf(&g.out, "enum E%d {\n  E%d_ZERO = 0;\n", i, i)
	numbers := rapid.SliceOfNDistinct(rapid.Int32().Filter(func(n int32) bool { return n != 0 }), 0, 3, rapid.ID).Draw(g.T, "numbers")
	for k, n := range numbers {
		fmt.Fprintf(&g.out, "  E%d_V%d = %d;\n", i, k, n)
	}
	g.out.WriteString("}\n")
}

// number draws a field number: short and long tags alike.
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
	fmt.Fprintf(&g.out, "message M%d {\n", i)
	if g.proto2 && i == 0 {
		g.out.WriteString("  extensions 700000 to 700009;\n")
	}
	taken := map[int]bool{}
	for k := range rapid.IntRange(0, 7).Draw(g.T, "fields") {
		n := g.number(taken)
		name := fmt.Sprintf("f%d", k)
		switch rapid.IntRange(0, 7).Draw(g.T, "shape") {
		case 0:
			fmt.Fprintf(&g.out, "  map<%s, %s> %s = %d;\n", g.one(mapKeys), g.any(), name, n)
		case 1:
			fmt.Fprintf(&g.out, "  oneof o%d {\n    %s %s = %d;\n    %s %s_b = %d;\n  }\n", k, g.any(), name, n, g.any(), name, g.number(taken))
		case 2, 3:
			typ, option := g.any(), ""
			if typ != "string" && typ != "bytes" && typ[0] != 'M' && g.bool("say packed") {
				option = fmt.Sprintf(" [packed = %v]", g.bool("packed"))
			}
			fmt.Fprintf(&g.out, "  repeated %s %s = %d%s;\n", typ, name, n, option)
		case 4:
			fmt.Fprintf(&g.out, "  optional %s %s = %d;\n", g.any(), name, n)
		case 5:
			if g.proto2 {
				fmt.Fprintf(&g.out, "  optional group G%d = %d {\n    optional %s x = 1;\n    repeated sint32 y = 2;\n  }\n", k, n, g.one(scalars))
			} else {
				fmt.Fprintf(&g.out, "  message N%d {\n    %s x = 1;\n  }\n  N%d %s = %d;\n", k, g.any(), k, name, n)
			}
		default:
			label := ""
			if g.proto2 {
				label = rapid.SampledFrom([]string{"optional ", "required "}).Draw(g.T, "label")
			}
			fmt.Fprintf(&g.out, "  %s%s %s = %d;\n", label, g.one(scalars), name, n)
		}
	}
	g.out.WriteString("}\n")
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
	if files := md.ParentFile(); md.ExtensionRanges().Len() > 0 {
		for i := range files.Extensions().Len() {
			x := files.Extensions().Get(i)
			if x.ContainingMessage().FullName() == md.FullName() && rapid.Bool().Draw(t, "extension") {
				xt := dynamicpb.NewExtensionType(x)
				set(t, m, xt.TypeDescriptor(), depth)
			}
		}
	}
	return m
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
