package pbwire

import (
	"strings"

	"onwire/wire"
)

// readingsNote lists everything that a record may be. Types that read the same
// value share it: "uint64, int64 5 | sint64 -3".
func readingsNote(r Record) wire.Note {
	var all []string
	list := Readings(r)
	for i, reading := range list {
		if i > 0 && reading.Value == list[i-1].Value {
			last := &all[len(all)-1]
			*last = strings.TrimSuffix(*last, " "+reading.Value) + ", " + reading.As + " " + reading.Value
			continue
		}
		all = append(all, reading.As+" "+reading.Value)
	}
	return wire.Notef("no schema, so any of: %s", strings.Join(all, " | "))
}

// messageText returns the records of a message in a line, by the names that
// its fields have.
func messageText(fields []wire.Field, ft *FieldType) string {
	l := newList("{", "}")
	if ft != nil && ft.Map {
		key, value := mapEntry(fields, ft.Message)
		l.add(key + ": " + value)
		return l.String()
	}
	for _, f := range fields {
		if f.Name == "tag" { // the end of a group
			continue
		}
		name := strings.TrimPrefix(f.Name, "field ")
		if !l.add(name + ": " + f.Value) {
			break
		}
	}
	return l.String()
}

// mapEntry returns the key and the value of a map's entry. One that is not on
// the wire is the default of its type.
func mapEntry(fields []wire.Field, entry Schema) (key, value string) {
	key, value = defaultText(entry.Field(1)), defaultText(entry.Field(2))
	for _, f := range fields {
		switch f.Name {
		case "key":
			key = f.Value
		case "value", "field 2": // none of a closed enum's
			value = f.Value
		}
	}
	return key, value
}

func defaultText(ft *FieldType) string {
	switch ft.Kind {
	case String:
		return `""`
	case Bytes:
		return "no bytes"
	case Message, Group:
		return "{}"
	}
	return valueText(0, ft.Kind, ft.Enum)
}

// repeats remembers which field stood where in a message, to note that a later
// record takes the place of an earlier one.
type repeats map[string]int

// note marks the earlier record that f replaces, if there is one among fields.
func (seen *repeats) note(fields []wire.Field, ft *FieldType, f *wire.Field, r Record) {
	if ft == nil || ft.Repeated || ft.Name != f.Name {
		return
	}
	slot := ft.Name
	if ft.Oneof != "" {
		slot = "oneof " + ft.Oneof
	}
	if *seen == nil {
		*seen = repeats{}
	}
	if i, ok := (*seen)[slot]; ok {
		earlier := &fields[i]
		switch {
		case earlier.Name != f.Name:
			earlier.Note = wire.Notef("replaced at byte %d: only one of oneof %s can be set, and the last wins", r.Offset, ft.Oneof)
		case ft.Kind == Message || ft.Kind == Group:
			f.Note = wire.Notef("the second %s: readers merge it into the first", ft.Name)
		default:
			earlier.Note = wire.Notef("replaced at byte %d: of one field, the last wins", r.Offset)
		}
	}
	(*seen)[slot] = len(fields)
}

// isAny reports whether s is google.protobuf.Any: a type URL, and the bytes of
// a message of that type.
func isAny(s Schema) bool { return s != nil && s.Name() == "google.protobuf.Any" }

// anyURL returns the type URL of an Any.
func anyURL(msg []byte) (url string) {
	d := NewDecoder(msg)
	for d.Next() {
		if d.Number == 1 && d.Type == LEN {
			url = string(d.Bytes)
		}
	}
	return url
}

// anyValue draws the value of an Any as the message that it is.
func (d dissector) anyValue(dec Decoder, f wire.Field, s Schema) (wire.Field, error) {
	parts, value, err := d.inner(dec, &FieldType{Message: s})
	f.Fields = append(f.Fields[:2:2], parts...) // behind the tag and the length
	f.Value = value
	return f, err
}
