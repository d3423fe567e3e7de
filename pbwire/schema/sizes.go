package schema

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"

	"onwire/pbwire"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// xmlName is what an element can be called.
var xmlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// XML returns a JSON object as XML, without white space: an element for each
// name and value, in the order of the JSON, and one for each element of an
// array. A key that cannot name an element, as those of a map<int32, ...>,
// stands in <entry key="1">. It is for comparing sizes.
//
//	<HelloWorld><id>101</id><name>hello</name></HelloWorld>
func XML(root string, text []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // the digits as they are
	var b bytes.Buffer
	if err := writeXML(&b, dec, root); err != nil {
		return nil, fmt.Errorf("XML: %w", err)
	}
	return b.Bytes(), nil
}

// writeXML writes the next value of dec as the element, or elements, name.
func writeXML(b *bytes.Buffer, dec *json.Decoder, name string) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	if token == json.Delim('[') {
		for dec.More() {
			if err := writeXML(b, dec, name); err != nil {
				return err
			}
		}
		_, err := dec.Token() // the ]
		return err
	}
	end := name
	if xmlName.MatchString(name) {
		fmt.Fprintf(b, "<%s>", name)
	} else {
		end = "entry"
		b.WriteString(`<entry key="`)
		xml.EscapeText(b, []byte(name))
		b.WriteString(`">`)
	}
	switch v := token.(type) {
	case json.Delim: // {
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			if err := writeXML(b, dec, key.(string)); err != nil {
				return err
			}
		}
		if _, err := dec.Token(); err != nil { // the }
			return err
		}
	case string:
		xml.EscapeText(b, []byte(v))
	case nil: // an empty element
	default:
		fmt.Fprint(b, v)
	}
	fmt.Fprintf(b, "</%s>", end)
	return nil
}

// CArray returns the bytes that an array in C takes on a 64-bit machine, if
// the one field of m that is set is an array of numbers; else nil.
func CArray(m protoreflect.Message) (raw []byte) {
	set := 0
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		set++
		if !fd.IsList() {
			return true
		}
		for i := range v.List().Len() {
			raw = appendC(raw, fd.Kind(), v.List().Get(i))
		}
		return true
	})
	if set != 1 {
		return nil
	}
	return raw
}

// appendC appends a number at its full width, the lowest byte first; nothing
// if it is no number.
func appendC(b []byte, k protoreflect.Kind, v protoreflect.Value) []byte {
	switch k {
	case protoreflect.BoolKind:
		return appendNumber(b, pbwire.Kind(k), v)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return appendNumber(b, pbwire.Kind(protoreflect.Sfixed32Kind), v)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return appendNumber(b, pbwire.Kind(protoreflect.Sfixed64Kind), v)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return appendNumber(b, pbwire.Kind(protoreflect.Fixed32Kind), v)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return appendNumber(b, pbwire.Kind(protoreflect.Fixed64Kind), v)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return appendNumber(b, pbwire.Kind(k), v)
	}
	return b
}
