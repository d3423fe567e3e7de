package schema

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// isMessageSet reports whether the bytes of a message have the form from before
// proto2, which this package does not write: groups of a type and a message.
func isMessageSet(md protoreflect.MessageDescriptor) bool {
	o, ok := md.Options().(*descriptorpb.MessageOptions)
	return ok && o.GetMessageSetWireFormat()
}

// errMessageSet says that of a message.
func errMessageSet(md protoreflect.MessageDescriptor) error {
	return fmt.Errorf("%s has message_set_wire_format, a form of bytes from before proto2 that pbwire does not know", md.FullName())
}

// refuse finds what protoc refuses and the compiler accepts, in the messages of
// a file.
func (c *compilation) refuse(f protoreflect.FileDescriptor, messages protoreflect.MessageDescriptors) {
	for i := range messages.Len() {
		md := messages.Get(i)
		for j := range md.Fields().Len() {
			fd := md.Fields().Get(j)
			if !fd.IsMap() || fd.MapValue().Enum() == nil {
				continue
			}
			if e := fd.MapValue().Enum(); e.Values().Get(0).Number() != 0 {
				c.errorAt(f, fd, fmt.Sprintf("put a value = 0 first in enum %s", e.Name()),
					"field %s: the enum of a map's values must begin with 0: an entry without a value reads as that", fd.Name())
			}
		}
		c.refuse(f, md.Messages())
	}
}

// errorAt notes an error about something that a file defines.
func (c *compilation) errorAt(f protoreflect.FileDescriptor, d protoreflect.Descriptor, mend, format string, args ...any) {
	at := f.SourceLocations().ByDescriptor(d)
	c.errs = append(c.errs, &Error{
		File: c.called(f.Path()), Line: at.StartLine + 1, Column: at.StartColumn + 1,
		Reason: fmt.Sprintf(format, args...), Mend: mend,
	})
}

// packedOnOne is a field that asks to be packed, and is no array.
var packedOnOne = regexp.MustCompile(`(?m)(?:^|[{};]|optional|required)\s*[\w.]+\s+\w+\s*=\s*\w+\s*\[[^\]]*\bpacked`)

// panicked makes an error of a fault of the compiler: protocompile 0.14 falls
// over [packed = true] on a field that says neither repeated nor optional.
func (c *compilation) panicked(e protocompile.PanicError) *Error {
	err := &Error{File: c.called(e.File), Line: 1, Column: 1, Reason: fmt.Sprintf("the compiler fails on this file: %v", e.Value)}
	if !strings.Contains(e.Stack, "validatePacked") {
		return err
	}
	err.Reason, err.Mend = "packed is for arrays of numbers, bools or enums", "write repeated, or leave packed out"
	source := c.sources[e.File]
	if at := packedOnOne.FindStringIndex(source); at != nil {
		err.Line += strings.Count(source[:at[1]], "\n")
	}
	return err
}
