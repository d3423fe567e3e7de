package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// protojson takes the texts of a Timestamp that Go's time package takes, which
// are more than RFC 3339 5.6 has: an offset of +24:00 or +00:60, a comma
// before the fraction, an hour of one digit. Other implementations refuse
// those, and so does FromJSON.
var wellKnownText = map[protoreflect.FullName]struct {
	form *regexp.Regexp
	is   string
}{
	"google.protobuf.Timestamp": {
		regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`),
		"a time as in 2024-02-29T12:00:00Z, or with an offset from -23:59 to +23:59 (RFC 3339 5.6)",
	},
	"google.protobuf.Duration": {
		regexp.MustCompile(`^-?\d{1,12}(\.\d{1,9})?s$`),
		"a number of seconds as in 1.5s, with up to nine digits after the point",
	},
}

// checkTimes looks for texts in the JSON of a message that its well-known
// types do not have. The JSON is one that protojson has read as md.
func (f *File) checkTimes(md protoreflect.MessageDescriptor, data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil // protojson takes less than encoding/json, so this is not reached
	}
	return f.checkTime(md, v)
}

func (f *File) checkTime(md protoreflect.MessageDescriptor, v any) error {
	if known, ok := wellKnownText[md.FullName()]; ok {
		if s, ok := v.(string); ok && !known.form.MatchString(s) {
			return fmt.Errorf("invalid %s value %q: it is %s", md.FullName(), s, known.is)
		}
		return nil
	}
	object, _ := v.(map[string]any)
	if url, ok := object["@type"].(string); ok && md.FullName() == "google.protobuf.Any" {
		mt, err := f.types.FindMessageByURL(url)
		if err != nil {
			return nil
		}
		if _, ok := wellKnownText[mt.Descriptor().FullName()]; ok {
			return f.checkTime(mt.Descriptor(), object["value"])
		}
		return f.checkTime(mt.Descriptor(), v)
	}
	for name, inner := range object {
		fd := md.Fields().ByJSONName(name)
		if fd == nil {
			fd = md.Fields().ByTextName(name)
		}
		if fd == nil || fd.Message() == nil {
			continue
		}
		if err := f.checkField(fd, inner); err != nil {
			return err
		}
	}
	return nil
}

// checkField checks the messages in the value of a field.
func (f *File) checkField(fd protoreflect.FieldDescriptor, v any) error {
	md, list := fd.Message(), []any{v}
	switch {
	case fd.IsMap():
		if md = fd.MapValue().Message(); md == nil {
			return nil
		}
		list = nil
		entries, _ := v.(map[string]any)
		for _, value := range entries {
			list = append(list, value)
		}
	case fd.IsList():
		list, _ = v.([]any)
	}
	for _, element := range list {
		if err := f.checkTime(md, element); err != nil {
			return err
		}
	}
	return nil
}
