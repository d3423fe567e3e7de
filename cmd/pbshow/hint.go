package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"onwire/ipaddr"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// inJSON says how JSON writes the values of a type.
var inJSON = []struct{ kinds, form string }{
	{"int32 sint32 sfixed32", "an integer from -2147483648 to 2147483647"},
	{"uint32 fixed32", "an integer from 0 to 4294967295"},
	{"int64 sint64 sfixed64", "an integer from -9223372036854775808 to 9223372036854775807"},
	{"uint64 fixed64", "an integer from 0 to 18446744073709551615"},
	{"float", `a number up to 3.4e38, "NaN" or "Infinity"`},
	{"double", `a number up to 1.8e308, "NaN" or "Infinity"`},
	{"bool", "true or false"},
	{"string", `text in double quotes: "hello"`},
	{"bytes", `base64 in double quotes: "AP8=" is 00 ff`},
}

var badValue = regexp.MustCompile(`invalid value for (\w+) (?:field|key)`)

// jsonHint says what to write in place of text, which is no message md: err.
func jsonHint(md protoreflect.MessageDescriptor, text []byte, err error) string {
	if !json.Valid(text) {
		return `JSON is like {"id": 101, "name": "hello"}: names and text in double quotes, numbers in decimal`
	}
	if m := badValue.FindStringSubmatch(err.Error()); m != nil {
		for _, t := range inJSON {
			if slices.Contains(strings.Fields(t.kinds), m[1]) {
				return m[1] + " is " + t.form
			}
		}
	}
	return outline(md)
}

// jsonTypo names the character of an input method or a word processor at which
// text stops being JSON, or is "". The parser's own error has its first byte.
func jsonTypo(text []byte) string {
	wrong := new(json.SyntaxError)
	if !errors.As(json.Unmarshal(text, new(any)), &wrong) || wrong.Offset < 1 || wrong.Offset > int64(len(text)) {
		return ""
	}
	r, _ := utf8.DecodeRune(text[wrong.Offset-1:])
	if strings.ContainsRune("“”„＂‘’＇", r) {
		return fmt.Sprintf("%q (U+%04X) is a quotation mark, but not that of JSON: type %#q", string(r), r, `"`)
	}
	if typo, _, ok := ipaddr.FindTypo(string(r)); ok {
		return typo.String()
	}
	return ""
}

// An outline has no more types than this, and no more names of each.
const (
	outlineTypes = 5
	outlineNames = 20
)

// outline lists the fields of a message, and those of the messages and the
// values of the enums in it.
func outline(md protoreflect.MessageDescriptor) string {
	types := []protoreflect.Descriptor{md}
	var text []string
	for i := 0; i < len(types); i++ {
		var names []string
		switch d := types[i].(type) {
		case protoreflect.MessageDescriptor:
			for j := range d.Fields().Len() {
				fd := d.Fields().Get(j)
				names = append(names, fieldText(fd))
				if t := typeOf(fd); t != nil && !slices.Contains(types, t) && len(types) < outlineTypes {
					types = append(types, t)
				}
			}
		case protoreflect.EnumDescriptor:
			for j := range d.Values().Len() {
				names = append(names, string(d.Values().Get(j).Name()))
			}
		}
		if len(names) > outlineNames {
			names = append(names[:outlineNames], "...")
		}
		text = append(text, fmt.Sprintf("%s has %s", types[i].Name(), strings.Join(names, ", ")))
	}
	return strings.Join(text, "; ")
}

// typeOf returns the message or enum that a field holds, or nil: numbers, text,
// and the messages that have a JSON form of their own.
func typeOf(fd protoreflect.FieldDescriptor) protoreflect.Descriptor {
	if fd.IsMap() {
		fd = fd.MapValue()
	}
	switch {
	case fd.Enum() != nil:
		return fd.Enum()
	case fd.Message() != nil && fd.Message().ParentFile().Package() != "google.protobuf":
		return fd.Message()
	}
	return nil
}

// fieldText returns a field as a .proto file declares it, without its number.
func fieldText(fd protoreflect.FieldDescriptor) string {
	name := func(fd protoreflect.FieldDescriptor) string {
		switch {
		case fd.Message() != nil:
			return string(fd.Message().Name())
		case fd.Enum() != nil:
			return string(fd.Enum().Name())
		}
		return fd.Kind().String()
	}
	typ := name(fd)
	switch {
	case fd.IsMap():
		typ = fmt.Sprintf("map<%s, %s>", name(fd.MapKey()), name(fd.MapValue()))
	case fd.IsList():
		typ = "repeated " + typ
	}
	return fmt.Sprintf("%s %s", typ, fd.Name())
}
