package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// FromJSON reads a message from its JSON form (protobuf.dev, "ProtoJSON").
// Field names may be written as in the .proto file or in lowerCamelCase.
func (f *File) FromJSON(md protoreflect.MessageDescriptor, data []byte) (protoreflect.Message, error) {
	m := dynamicpb.NewMessage(md)
	if err := (protojson.UnmarshalOptions{Resolver: f.types}).Unmarshal(data, m); err != nil {
		return nil, tidy(err)
	}
	if err := f.checkTimes(md, data); err != nil {
		return nil, err
	}
	return m, nil
}

// ToJSON returns the JSON form of a message on one line, with the names of the
// .proto file. As ProtoJSON says, integers of 64 bits are strings.
func (f *File) ToJSON(m protoreflect.Message) ([]byte, error) {
	data, err := protojson.MarshalOptions{UseProtoNames: true, AllowPartial: true, Resolver: f.types}.Marshal(m.Interface())
	if err != nil {
		return nil, tidy(err)
	}
	var line bytes.Buffer // the library puts in spaces at random
	err = json.Compact(&line, data)
	return line.Bytes(), err
}

// Missing returns an error that names a required field which is not set, or
// nil. Only proto2, and editions that ask for it, have required fields.
func Missing(m protoreflect.Message) error { return tidy(proto.CheckInitialized(m.Interface())) }

// tidy takes the library's prefix from an error, and the space that it draws
// at random for every build.
func tidy(err error) error {
	if err == nil {
		return nil
	}
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	text = strings.TrimPrefix(text, "proto:")
	return errors.New(strings.Join(strings.Fields(text), " "))
}
