package schema

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Compare says what goes wrong when programs with an old version of a file and
// programs with the new one read each other's bytes. A Breaks loses or garbles
// data, or refuses it; a Remark changes its meaning or its JSON. The findings
// stand where the new file has to be mended.
func Compare(old, new *File) []Finding {
	c := comparison{findings: findings{file: new}, pairs: map[[2]protoreflect.FullName]bool{}, arrived: arrivals(old, new)}
	if old.Package() != new.Package() {
		c.add(c.file, Breaks, "package", fmt.Sprintf("package %s;", old.Package()),
			"the package was %q, now %q: the names of all messages in Any and of all gRPC methods change", old.Package(), new.Package())
	}
	c.messages(c.file, old.Messages(), new.Messages())
	c.enums(c.file, old.Enums(), new.Enums())
	c.extensions(old, new)
	c.services(old.Services(), new.Services())
	return c.sorted()
}

type comparison struct {
	findings
	pairs   map[[2]protoreflect.FullName]bool // messages compared already, or being compared
	arrived []protoreflect.Descriptor         // messages and enums that are at a new place
}

// messages compares the messages of a file, or those nested in the message
// within. Names tell which is which.
func (c *comparison) messages(within protoreflect.Descriptor, old, new protoreflect.MessageDescriptors) {
	for i := range old.Len() {
		was := old.Get(i)
		if was.IsMapEntry() {
			continue // compared with its field
		}
		if is := new.ByName(was.Name()); is != nil {
			c.message(was, is)
		} else if is := c.movedMessage(was); is != nil {
			c.add(is, Remark, "message-moved", "",
				"message %s is %s now: its name is not on the wire, except in an Any; programs have to be changed", relative(was), relative(is))
			c.message(was, is)
		} else {
			c.add(within, Breaks, "message-removed", "keep it until no such bytes exist",
				"message %s is gone: programs that use it do not compile, and an Any that holds one is not read", was.Name())
		}
	}
}

func (c *comparison) message(was, is protoreflect.MessageDescriptor) {
	pair := [2]protoreflect.FullName{was.FullName(), is.FullName()}
	if c.pairs[pair] {
		return
	}
	c.pairs[pair] = true
	for i := range was.Fields().Len() {
		f := was.Fields().Get(i)
		g := is.Fields().ByNumber(f.Number())
		moved := is.Fields().ByName(f.Name())
		if g == nil || moved != nil && moved.Number() != f.Number() {
			c.removed(f, is)
		}
		if g != nil {
			c.field(f, g)
		}
	}
	for i := range is.Fields().Len() {
		g := is.Fields().Get(i)
		if was.Fields().ByNumber(g.Number()) == nil {
			c.added(g, was)
		}
	}
	c.reserved(was, is)
	c.messages(is, was.Messages(), is.Messages())
	c.enums(is, was.Enums(), is.Enums())
}

// removed says what happens to a field that the new message does not have.
func (c *comparison) removed(f protoreflect.FieldDescriptor, is protoreflect.MessageDescriptor) {
	if moved := is.Fields().ByName(f.Name()); moved != nil {
		c.add(moved, Breaks, "field-number", fmt.Sprintf("give it number %d again", f.Number()),
			"field %s had number %d, now %d: old readers do not find it, and old bytes are not read", f.Name(), f.Number(), moved.Number())
		return
	}
	if f.Cardinality() == protoreflect.Required {
		c.add(is, Breaks, "required-removed", "keep it until all readers are new",
			"required field %s = %d is gone: old readers refuse every message without it", f.Name(), f.Number())
		return
	}
	if !is.ReservedRanges().Has(f.Number()) {
		c.add(is, Breaks, "field-removed", fmt.Sprintf("reserved %d; reserved %q;", f.Number(), f.Name()),
			"field %s = %d is gone and its number is free: a field that takes it later reads old bytes as something else", f.Name(), f.Number())
	} else if !is.ReservedNames().Has(f.Name()) {
		c.add(is, Remark, "field-removed", fmt.Sprintf("reserved %q;", f.Name()),
			"field %s = %d is gone; its number is reserved, its name is not: JSON and text go by names", f.Name(), f.Number())
	}
}

// added says what a field that the old message did not have does to readers.
func (c *comparison) added(g protoreflect.FieldDescriptor, was protoreflect.MessageDescriptor) {
	if was.ReservedRanges().Has(g.Number()) {
		c.add(g, Breaks, "reserved-reused", "take a number that was never used",
			"field %s takes number %d, which was reserved: bytes of a deleted field may still hold it", g.Name(), g.Number())
	}
	if was.ReservedNames().Has(g.Name()) {
		c.add(g, Remark, "reserved-reused", "take a name that was never used",
			"field %s takes a reserved name: old JSON may still hold it", g.Name())
	}
	if g.Cardinality() == protoreflect.Required {
		c.add(g, Breaks, "required-added", "make it optional",
			"new field %s is required: the new program refuses every old message", g.Name())
	}
}

func (c *comparison) enums(within protoreflect.Descriptor, old, new protoreflect.EnumDescriptors) {
	for i := range old.Len() {
		was := old.Get(i)
		is := new.ByName(was.Name())
		if is == nil {
			if is = c.movedEnum(was); is == nil {
				c.add(within, Breaks, "enum-removed", "keep it until no such bytes exist",
					"enum %s is gone: its numbers have no names any more", was.Name())
				continue
			}
			c.add(is, Remark, "enum-moved", "",
				"enum %s is %s now: its name is not on the wire; programs have to be changed", relative(was), relative(is))
		}
		c.enum(was, is)
	}
}

func (c *comparison) enum(was, is protoreflect.EnumDescriptor) {
	pair := [2]protoreflect.FullName{was.FullName(), is.FullName()}
	if c.pairs[pair] {
		return
	}
	c.pairs[pair] = true
	if was.IsClosed() != is.IsClosed() {
		c.add(is, Remark, "enum-closed", "", "enum %s was %s, now %s: numbers without a name go to the unknown fields of a closed enum only",
			is.Name(), closed(was), closed(is))
	}
	for i := range was.Values().Len() {
		v := was.Values().Get(i)
		same := is.Values().ByNumber(v.Number())
		moved := is.Values().ByName(v.Name())
		switch {
		case same != nil && same.Name() == v.Name(), same != nil && moved != nil && moved.Number() == v.Number():
		case moved != nil:
			c.add(moved, Breaks, "enum-number", fmt.Sprintf("give it number %d again", v.Number()),
				"%s had number %d, now %d: old and new programs read each other's as something else", v.Name(), v.Number(), moved.Number())
		case same != nil:
			c.add(same, Remark, "enum-name", "",
				"%d was %s, now %s: the bytes are the same, but JSON and text say the name; and if it means something else now, old bytes lie", v.Number(), v.Name(), same.Name())
		case !is.ReservedRanges().Has(v.Number()):
			c.add(is, Remark, "enum-value-removed", fmt.Sprintf("reserved %d; reserved %q;", v.Number(), v.Name()),
				"%s = %d is gone and its number is free: a value that takes it later reads old bytes as something else", v.Name(), v.Number())
		case !is.ReservedNames().Has(v.Name()):
			c.add(is, Remark, "enum-value-removed", fmt.Sprintf("reserved %q;", v.Name()),
				"%s = %d is gone; its number is reserved, its name is not: JSON and text go by names", v.Name(), v.Number())
		}
	}
	c.enumReserved(was, is)
	for i := range is.Values().Len() {
		v := is.Values().Get(i)
		if was.Values().ByNumber(v.Number()) == nil && was.ReservedRanges().Has(v.Number()) {
			c.add(v, Breaks, "reserved-reused", "take a number that was never used",
				"%s takes number %d, which was reserved: old bytes may still hold it", v.Name(), v.Number())
		} else if was.IsClosed() && was.Values().ByNumber(v.Number()) == nil {
			c.add(v, Remark, "enum-value-added", "",
				"%s = %d is new in a closed enum: old readers put it among the unknown fields, and see the default", v.Name(), v.Number())
		}
	}
}

func closed(ed protoreflect.EnumDescriptor) string {
	if ed.IsClosed() {
		return "closed"
	}
	return "open"
}

// services compares what gRPC calls by name.
func (c *comparison) services(old, new protoreflect.ServiceDescriptors) {
	for i := range old.Len() {
		was := old.Get(i)
		is := new.ByName(was.Name())
		if is == nil {
			c.add(c.file, Breaks, "service-removed", "keep it until no client calls it", "service %s is gone", was.Name())
			continue
		}
		for j := range was.Methods().Len() {
			m := was.Methods().Get(j)
			n := is.Methods().ByName(m.Name())
			if n == nil {
				c.add(is, Breaks, "method-removed", "keep it until no client calls it",
					"method %s is gone: old clients get UNIMPLEMENTED", m.Name())
			} else if signature(m) != signature(n) {
				c.add(n, Breaks, "method-type", "add a method with another name instead",
					"method %s was %s, now %s", m.Name(), signature(m), signature(n))
			}
		}
	}
}

func signature(m protoreflect.MethodDescriptor) string {
	stream := func(is bool) string {
		if is {
			return "stream "
		}
		return ""
	}
	return fmt.Sprintf("(%s%s) returns (%s%s)", stream(m.IsStreamingClient()), m.Input().FullName(), stream(m.IsStreamingServer()), m.Output().FullName())
}
