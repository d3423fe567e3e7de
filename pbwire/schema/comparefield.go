package schema

import (
	"fmt"

	"onwire/pbwire"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// field compares two versions of the field with one number.
func (c *comparison) field(was, is protoreflect.FieldDescriptor) {
	if was.Name() != is.Name() {
		c.add(is, Remark, "field-name", "",
			"field %d was %s, now %s: the bytes are the same, but JSON, text and the programs say the name; and if it means something else now, old bytes lie", is.Number(), was.Name(), is.Name())
	} else if was.JSONName() != is.JSONName() {
		c.add(is, Remark, "json-name", fmt.Sprintf("[json_name = %q]", was.JSONName()),
			"field %s was %q in JSON, now %q: the bytes are the same, but old JSON is not read", is.Name(), was.JSONName(), is.JSONName())
	}
	c.cardinality(was, is)
	c.fieldType(was, is)
	c.oneof(was, is)
	if (was.HasDefault() || is.HasDefault()) && was.Kind() == is.Kind() && was.Default().String() != is.Default().String() {
		c.add(is, Breaks, "default", "keep the default",
			"the default of %s was %v, now %v: it is not on the wire, so old and new programs see different values", is.Name(), was.Default(), is.Default())
	}
}

// cardinality tells what becomes of one value where many are read, and so on.
func (c *comparison) cardinality(was, is protoreflect.FieldDescriptor) {
	mend := "keep it, and add a field with a new number"
	switch old, new := was.Cardinality(), is.Cardinality(); {
	case old == new:
		if was.IsPacked() != is.IsPacked() && was.Kind() == is.Kind() {
			c.add(is, Remark, "packed", "", "%s is %s now: the bytes differ, and all readers but the oldest (before 2010) take both forms", is.Name(), packing(is))
		}
		if was.HasPresence() != is.HasPresence() && was.Message() == nil && is.Message() == nil {
			c.add(is, Remark, "presence", "", "%s %s, now it %s: the bytes of a zero differ", is.Name(), presence(was), presence(is))
		}
	case new == protoreflect.Repeated && is.IsPacked():
		c.add(is, Breaks, "repeated", mend, "%s was one value, now an array, which is packed: old readers that expect %v find LEN, and drop it", is.Name(), pbwire.Kind(was.Kind()).Wire())
	case new == protoreflect.Repeated:
		c.add(is, Breaks, "repeated", mend, "%s was one value, now an array: old readers %s", is.Name(), ofMany(was))
	case old == protoreflect.Repeated && was.IsPacked():
		c.add(is, Breaks, "repeated", mend, "%s was an array, and packed, now one value: new readers that expect %v find LEN in old bytes, and drop it", is.Name(), pbwire.Kind(is.Kind()).Wire())
	case old == protoreflect.Repeated:
		c.add(is, Breaks, "repeated", mend, "%s was an array, now one value: of old bytes new readers %s; old readers see an array of one", is.Name(), ofMany(is))
	case new == protoreflect.Required:
		c.add(is, Breaks, "required-added", "keep it optional", "%s is required now: new readers refuse old messages without it", is.Name())
	case old == protoreflect.Required:
		c.add(is, Breaks, "required-removed", "keep it required until all readers are new", "%s is not required any more: old readers refuse a message without it", is.Name())
	}
}

// ofMany tells what a reader of one value does where many are on the wire.
func ofMany(one protoreflect.FieldDescriptor) string {
	if one.Message() != nil {
		return "merge all elements into one"
	}
	return "take the last element and drop the others"
}

func presence(fd protoreflect.FieldDescriptor) string {
	if fd.HasPresence() {
		return "is on the wire whenever it is set"
	}
	return "is on the wire only if it is not zero"
}

func packing(fd protoreflect.FieldDescriptor) string {
	if fd.IsPacked() {
		return "packed, one tag for the whole array,"
	}
	return "not packed, a tag for each element,"
}

// extensions compares the extensions that two versions of a file define, at
// the top or inside messages. Number and extended message tell which is which.
func (c *comparison) extensions(old, new protoreflect.FileDescriptor) {
	type key struct {
		message protoreflect.FullName
		number  protoreflect.FieldNumber
	}
	now := map[key]protoreflect.FieldDescriptor{}
	for _, x := range allExtensions(new, nil) {
		now[key{x.ContainingMessage().FullName(), x.Number()}] = x
	}
	for _, was := range allExtensions(old, nil) {
		message := was.ContainingMessage().FullName()
		if is := now[key{message, was.Number()}]; is != nil {
			c.field(was, is)
		} else {
			c.add(new, Breaks, "extension-removed", "keep it until no such bytes exist",
				"extension %s = %d of %s is gone: new programs leave it among the unknown fields, and a field that takes the number reads old bytes as something else", was.FullName(), was.Number(), message)
		}
	}
}

// allExtensions appends the extensions that a file or message defines, at any
// depth.
func allExtensions(within interface {
	Extensions() protoreflect.ExtensionDescriptors
	Messages() protoreflect.MessageDescriptors
}, list []protoreflect.FieldDescriptor) []protoreflect.FieldDescriptor {
	for i := range within.Extensions().Len() {
		list = append(list, within.Extensions().Get(i))
	}
	for i := range within.Messages().Len() {
		list = allExtensions(within.Messages().Get(i), list)
	}
	return list
}

// family groups the kinds that old and new programs read from each other's
// bytes. Within one, values that fit both come through.
func family(k pbwire.Kind) string {
	switch k {
	case pbwire.Int32, pbwire.Int64, pbwire.Uint32, pbwire.Uint64, pbwire.Bool, pbwire.Enum:
		return "varint"
	case pbwire.Sint32, pbwire.Sint64:
		return "zigzag"
	case pbwire.Fixed32, pbwire.Sfixed32:
		return "fixed32"
	case pbwire.Fixed64, pbwire.Sfixed64:
		return "fixed64"
	case pbwire.String, pbwire.Bytes:
		return "bytes"
	}
	return k.String()
}

func (c *comparison) fieldType(was, is protoreflect.FieldDescriptor) {
	old, new := pbwire.Kind(was.Kind()), pbwire.Kind(is.Kind())
	mend := fmt.Sprintf("keep %s, and add a field with a new number", typeName(was))
	switch {
	case was.IsMap() != is.IsMap() && was.Message() != nil && is.Message() != nil:
		c.add(is, Remark, "field-type", "", "%s was %s, now %s: an array of entries and a map are the same bytes, but a map keeps one entry for each key, in no order", is.Name(), typeName(was), typeName(is))
		c.message(was.Message(), is.Message())
	case old == new && was.Message() != nil:
		if was.Message().FullName() != is.Message().FullName() && !was.IsMap() {
			c.add(is, Remark, "field-type", "", "%s was %s, now %s: the fields of both were compared, their names change for the programs", is.Name(), typeName(was), typeName(is))
		}
		c.message(was.Message(), is.Message())
	case old == new && was.Enum() != nil:
		c.enum(was.Enum(), is.Enum()) // it may be an imported one
	case old == new:
		if old == pbwire.String && !verifiesUTF8(was) && verifiesUTF8(is) {
			c.add(is, Remark, "utf8", "", "%s has to be UTF-8 now: new readers refuse what old writers may have put in", is.Name())
		}
	case old.Wire() != new.Wire():
		c.add(is, Breaks, "field-type", mend, "%s was %s (%v), now %s (%v): readers put the other's bytes among the unknown fields, and see nothing", is.Name(), typeName(was), old.Wire(), typeName(is), new.Wire())
	case family(old) == "bytes" && family(new) == "bytes":
		c.add(is, Remark, "field-type", "", "%s was %s, now %s: the same bytes, as long as they are UTF-8", is.Name(), typeName(was), typeName(is))
	case old == pbwire.Bytes && new == pbwire.Message, old == pbwire.Message && new == pbwire.Bytes:
		c.add(is, Remark, "field-type", "", "%s was %s, now %s: the same bytes, as long as they hold that message", is.Name(), typeName(was), typeName(is))
	case family(old) != family(new):
		c.add(is, Breaks, "field-type", mend, "%s was %s, now %s: both are %v, so readers take the other's bytes for their own, and get other values%s", is.Name(), typeName(was), typeName(is), new.Wire(), example(old, new))
	case old == pbwire.Bool || new == pbwire.Bool:
		c.add(is, Remark, "field-type", "", "%s was %s, now %s: as bool, every number but 0 reads as true", is.Name(), typeName(was), typeName(is))
	case old == pbwire.Int32 && new == pbwire.Enum, old == pbwire.Enum && new == pbwire.Int32:
		c.add(is, Remark, "field-type", "", "%s was %s, now %s: the same bytes and numbers; a closed enum puts those without a name among the unknown fields", is.Name(), typeName(was), typeName(is))
	case bits(old) != bits(new):
		c.add(is, Remark, "field-type", "", "%s was %s, now %s: a value that does not fit in %s is cut%s", is.Name(), typeName(was), typeName(is), narrower(was, is), sign(old, new))
	default:
		c.add(is, Remark, "field-type", "", "%s was %s, now %s: the same bytes, but numbers above the largest signed one and below zero change into each other", is.Name(), typeName(was), typeName(is))
	}
}

// typeName returns the type of a field as a .proto file writes it.
func typeName(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.IsMap():
		return fmt.Sprintf("map<%s, %s>", typeName(fd.MapKey()), typeName(fd.MapValue()))
	case fd.Message() != nil:
		return string(fd.Message().FullName())
	case fd.Enum() != nil:
		return string(fd.Enum().FullName())
	}
	return fd.Kind().String()
}

// bits returns how many bits of a varint a kind keeps; other kinds do not
// differ in their family.
func bits(k pbwire.Kind) int {
	switch k {
	case pbwire.Int32, pbwire.Uint32, pbwire.Sint32, pbwire.Enum:
		return 32
	}
	return 64
}

func narrower(was, is protoreflect.FieldDescriptor) string {
	if bits(pbwire.Kind(was.Kind())) < bits(pbwire.Kind(is.Kind())) {
		return typeName(was)
	}
	return typeName(is)
}

// sign adds what becomes of numbers below zero, if one kind has none.
func sign(old, new pbwire.Kind) string {
	unsigned := func(k pbwire.Kind) bool { return k == pbwire.Uint32 || k == pbwire.Uint64 }
	if unsigned(old) == unsigned(new) {
		return ""
	}
	return ", and one below zero reads as a large one or the other way round"
}

// example shows what a reader of kind new makes of an old 5.
func example(old, new pbwire.Kind) string {
	switch {
	case family(old) == "varint" && family(new) == "zigzag":
		return ": an old 5 reads as -3"
	case family(old) == "zigzag" && family(new) == "varint":
		return ": an old 5 reads as 10"
	}
	return ""
}

// oneof tells what happens when a field moves into a oneof or out of one.
func (c *comparison) oneof(was, is protoreflect.FieldDescriptor) {
	old, new := realOneof(was), realOneof(is)
	switch {
	case old == nil && new != nil && mates(new, was.ContainingMessage()):
		c.add(is, Breaks, "oneof", "leave it outside", "%s moves into oneof %s beside fields that existed: of an old message with both, one is lost", is.Name(), new.Name())
	case old != nil && new == nil && old.Fields().Len() > 1:
		c.add(is, Breaks, "oneof", "leave it inside", "%s moves out of oneof %s: of a new message with it and another one, old readers drop one", is.Name(), old.Name())
	case old != nil && new != nil && old.Name() != new.Name() && old.Fields().Len()+new.Fields().Len() > 2:
		c.add(is, Breaks, "oneof", "leave it where it was", "%s moves from oneof %s to %s: what may be set together changes", is.Name(), old.Name(), new.Name())
	}
}

// mates reports whether a oneof has two fields that the old message had
// already.
func mates(o protoreflect.OneofDescriptor, was protoreflect.MessageDescriptor) bool {
	n := 0
	for i := range o.Fields().Len() {
		if was.Fields().ByNumber(o.Fields().Get(i).Number()) != nil {
			n++
		}
	}
	return n > 1
}

// realOneof returns the oneof that a field is a member of; proto3's optional
// makes one of its own, which does not count.
func realOneof(fd protoreflect.FieldDescriptor) protoreflect.OneofDescriptor {
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		return o
	}
	return nil
}
