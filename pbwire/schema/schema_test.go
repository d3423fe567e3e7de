package schema_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"onwire/pbwire"
	"onwire/pbwire/schema"
	"onwire/wire"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"
)

// open compiles one of the examples.
func open(t testing.TB, name, message string) (*schema.File, protoreflect.MessageDescriptor) {
	t.Helper()
	f, err := schema.Open(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	md, err := f.Message(message)
	if err != nil {
		t.Fatal(err)
	}
	return f, md
}

const alice = `{"age":18,"name":"Alice","sex":"FEMALE","courses":[` +
	`{"credit":5,"name":"calculus"},{"credit":2,"name":"Fundamentals of Electronic Circuits and System"}]}`

const aliceHex = "08121205416c6963651801220c0805120863616c63756c7573223208021" +
	"22e46756e64616d656e74616c73206f6620456c656374726f6e69632043697263756974732061" +
	"6e642053797374656d"

// TestBothWays: JSON to bytes and back, for the course's objects and every
// type.
func TestBothWays(t *testing.T) {
	for _, tt := range []struct{ file, message, json, hex string }{
		{"helloworld", "", `{"id":101,"name":"hello"}`, "0865120568656c6c6f"},
		{"helloworld", "HelloWorld", `{}`, ""},
		{"helloworld", "", `{"id":-1}`, "08ffffffffffffffffff01"},
		{"numbers", "", `{"arr":["1","2","3","4","100000000000"]}`, "0a0a0102030480d0dbc3f402"},
		{"numbers", "", `{"arr":["0"]}`, "0a0100"},
		{"numbers", "", `{"arr":["-1"]}`, "0a0affffffffffffffffff01"},
		{"student", "StudentInfo", alice, aliceHex},
		{"student", "student.StudentInfo", `{"age":18,"name":"Bob"}`, "08121203426f62"},
		{"student", ".student.Course", `{"credit":5}`, "0805"},
		{"oneof", "MessageOneof", `{"name":"x"}`, "0a0178"},
		{"oneof", "MessageOneof", `{"name":""}`, "0a00"},
		{"oneof", "MessageOneof", `{"message_a":{"name_a":"y"}}`, "12030a0179"},
		{"oneof", "MessageOneof", `{"message_a":{}}`, "1200"},
		{"map", "", `{"id_name_pairs":{"1":"Alice","2":"Bob"}}`, "0a0908011205416c6963650a0708021203426f62"},
		{"kinds", "", `{"a_double":1.5}`, "09000000000000f83f"},
		{"kinds", "", `{"a_double":-0}`, "090000000000000080"},
		{"kinds", "", `{"a_float":1.5}`, "150000c03f"},
		{"kinds", "", `{"a_sint32":-2,"a_sint64":"-1"}`, "38034001"},
		{"kinds", "", `{"a_sint32":-2147483648}`, "38ffffffff0f"},
		{"kinds", "", `{"a_fixed32":1,"a_fixed64":"1","a_sfixed32":-1,"a_sfixed64":"-1"}`, "4d010000005101000000000000005dffffffff61ffffffffffffffff"},
		{"kinds", "", `{"a_bool":true}`, "6801"},
		{"kinds", "", `{"some_bytes":"AP8="}`, "7a0200ff"},
		{"kinds", "", `{"maybe":0}`, "800100"},
		{"kinds", "", `{"inner":{"x":1}}`, "8a01020801"},
		{
			"kinds", "", `{"anything":{"@type":"type.googleapis.com/kinds.Kinds.Inner","x":1}}`,
			"92012b0a25747970652e676f6f676c65617069732e636f6d2f6b696e64732e4b696e64732e496e6e657212020801",
		},
	} {
		f, md := open(t, tt.file+".proto", tt.message)
		m, err := f.FromJSON(md, []byte(tt.json))
		if err != nil {
			t.Errorf("%s: %v", tt.json, err)
			continue
		}
		data, err := schema.Marshal(m)
		if got := hex.EncodeToString(data); err != nil || got != tt.hex {
			t.Errorf("%s: %s, %v; want %s", tt.json, got, err, tt.hex)
			continue
		}
		back, err := f.Unmarshal(md, data)
		if err != nil || !proto.Equal(back.Interface(), m.Interface()) {
			t.Errorf("%s: read back %v, %v", tt.json, back, err)
			continue
		}
		if text, err := f.ToJSON(back); err != nil || string(text) != tt.json {
			t.Errorf("%s: read back %s, %v", tt.json, text, err)
		}
	}
}

// TestDecode: bytes that are not what a writer of this schema makes.
func TestDecode(t *testing.T) {
	for _, tt := range []struct{ file, message, hex, want string }{
		{"helloworld", "", "0865120648656c6c6f77", `{"id":101,"name":"Hellow"}`},
		{"helloworld", "", "08650866", `{"id":102}`},
		{"helloworld", "", "0865120568656c6c6f1801", `{"id":101,"name":"hello"}`},
		{"helloworld", "", "0b0c", `{}`},
		{"helloworld", "", "0a0165", `{}`},
		{"helloworld", "", "0865120668656c6c6f", "byte 3: length says 6, only 5 bytes are left"},
		{"helloworld", "", "0065", "byte 0: field number 0: numbers start at 1"},
		{"helloworld", "", "0b080112", "byte 4: the message ends where a number should start"},
		{"helloworld", "", "0b0801", "byte 0: group 1 is never closed"},
		{"helloworld", "", "08ffffffffffffffffffff01", "byte 1: varint longer than 10 bytes"},
		{"helloworld", "", "12026fff", "byte 3: byte ff is not UTF-8, and a proto3 string must be: declare it as bytes"},
		{"numbers", "", "0801", `{"arr":["1"]}`},
		{"numbers", "", "0801080208030a0104", `{"arr":["1","2","3","4"]}`},
		{"numbers", "", "0a0201ff", "byte 3: the message ends inside a varint: byte ff says that another follows"},
		{"oneof", "MessageOneof", "0a017812030a0179", `{"message_a":{"name_a":"y"}}`},
		{"oneof", "MessageOneof", "12030a01790a0178", `{"name":"x"}`},
		{"map", "", "0a00", `{"id_name_pairs":{"0":""}}`},
		{"student", "StudentInfo", "220408051203", "byte 5: length says 3, only 0 bytes are left"},
		{"student", "StudentInfo", "1807", `{"sex":7}`},
		{"kinds", "", "92012b0a25747970652e676f6f676c65617069732e636f6d2f6b696e64732e4b696e64732e496e6e657212020880", "byte 45: the message ends inside a varint: byte 80 says that another follows"},
	} {
		f, md := open(t, tt.file+".proto", tt.message)
		data, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		m, err := f.Unmarshal(md, data)
		if err != nil {
			got = err.Error()
			if _, is := errors.AsType[*pbwire.Error](err); !is {
				t.Errorf("%s: the error is a %T", tt.hex, err)
			}
		} else if text, err := f.ToJSON(m); err != nil {
			t.Errorf("%s: %v", tt.hex, err)
		} else {
			got = string(text)
		}
		if got != tt.want {
			t.Errorf("%s %s: %s\nwant %s", tt.file, tt.hex, got, tt.want)
		}
		fields, e := pbwire.Dissect(data, f.Schema(md))
		if c := wire.Check(fields, 8*len(data)); c != nil {
			t.Errorf("%s: %v", tt.hex, c)
		}
		if (e == nil) != (err == nil) || e != nil && e.Error() != err.Error() {
			t.Errorf("%s: Dissect %v, Unmarshal %v", tt.hex, e, err)
		}
	}
}

// TestUnknownIsKept: what a reader does not know it writes again.
func TestUnknownIsKept(t *testing.T) {
	f, md := open(t, "helloworld.proto", "")
	want, _ := hex.DecodeString("0865120568656c6c6f1801")
	m, err := f.Unmarshal(md, want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := schema.Marshal(m); err != nil || !bytes.Equal(got, want) {
		t.Errorf("% x, %v; want % x", got, err, want)
	}
}

func TestFromJSONRefuses(t *testing.T) {
	f, md := open(t, "helloworld.proto", "")
	for text, want := range map[string]string{
		`{"id":2147483648}`: "invalid value for int32 field id: 2147483648",
		`{"idd":1}`:         `unknown field "idd"`,
		`{"id":1`:           "unexpected",
		``:                  "unexpected",
	} {
		_, err := f.FromJSON(md, []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\u00a0") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestDeepMessages(t *testing.T) {
	f, md := open(t, "kinds.proto", "")
	nest := func(n int) string {
		return strings.Repeat(`{"again":`, n) + "{}" + strings.Repeat("}", n)
	}
	m, err := f.FromJSON(md, []byte(nest(pbwire.MaxDepth)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := schema.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Unmarshal(md, data); err != nil {
		t.Errorf("%d messages: %v", pbwire.MaxDepth, err)
	}
	if m, err = f.FromJSON(md, []byte(nest(pbwire.MaxDepth+1))); err != nil {
		t.Fatal(err)
	}
	if _, err := schema.Marshal(m); err == nil {
		t.Errorf("%d messages are written, though no reader takes them", pbwire.MaxDepth+1)
	}
	deeper := pbwire.AppendBytes([]byte{0x9a, 0x01}, data) // again = 19
	if _, err := f.Unmarshal(md, deeper); !errors.Is(err, pbwire.ErrDepth) {
		t.Errorf("%d messages are read: %v", pbwire.MaxDepth+1, err)
	}
}

// TestRandom: random files and messages, written, read, drawn.
func TestRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := drawProto(t, "proto2", "proto3", "2023")
		f, err := schema.Parse(context.Background(), "random.proto", source)
		if err != nil {
			t.Fatalf("%v\n%s", err, source)
		}
		md, _ := f.Message("M0")
		m := drawMessage(t, md, 3)
		data, err := schema.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := f.Unmarshal(md, data)
		if err != nil || !proto.Equal(m.Interface(), back.Interface()) {
			t.Fatalf("% x: %v, %v\n%s", data, back, err, source)
		}
		fields, err := pbwire.Dissect(data, f.Schema(md))
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Check(fields, 8*len(data)); err != nil {
			t.Fatal(err)
		}
		noUnknown(t, fields)
	})
}

// noUnknown: what was written with a schema has no field without a name.
func noUnknown(t *rapid.T, fields []wire.Field) {
	for _, f := range fields {
		if strings.HasPrefix(f.Name, "field ") || f.Name == "not read" {
			t.Fatalf("unknown: %+v", f)
		}
		noUnknown(t, f.Fields)
	}
}

// FuzzUnmarshal: Dissect and Unmarshal with a schema agree, and cover it all;
// what was read is written and read again; and Go's library reads the same,
// but for closed enums.
func FuzzUnmarshal(f *testing.F) {
	kinds, kindsMD := open(f, "kinds.proto", "")
	closed, err := schema.Parse(f.Context(), "a.proto", closedEnums)
	if err != nil {
		f.Fatal(err)
	}
	closedMD, _ := closed.Message("M0")
	for _, seed := range []string{
		aliceHex, "0b0c", "8a01020801", "9a0104080192010001", "620201ff",
		"92012b0a25747970652e676f6f676c65617069732e636f6d2f6b696e64732e4b696e64732e496e6e657212020801",
	} {
		data, _ := hex.DecodeString(seed)
		f.Add(data)
	}
	for _, tt := range closedEnumCases {
		data, _ := hex.DecodeString(tt.hex)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > pbwire.MaxDissect {
			return
		}
		readAndWrite(t, closed, closedMD, data)
		m := readAndWrite(t, kinds, kindsMD, data)
		if m == nil {
			return
		}
		want := dynamicpb.NewMessage(kindsMD)
		if err := proto.Unmarshal(data, want); err != nil || !proto.Equal(m.Interface(), want) {
			t.Fatalf("Go's library reads %v, %v\nwe read %v", want, err, m)
		}
	})
}

// readAndWrite returns the message in data, or nil if there is none.
func readAndWrite(t *testing.T, f *schema.File, md protoreflect.MessageDescriptor, data []byte) protoreflect.Message {
	fields, err := pbwire.Dissect(data, f.Schema(md))
	if e := wire.Check(fields, 8*len(data)); e != nil {
		t.Fatalf("%v (the error was %v)", e, err)
	}
	m, e := f.Unmarshal(md, data)
	if (e == nil) != (err == nil) || e != nil && e.Error() != err.Error() {
		t.Fatalf("Dissect %v, Unmarshal %v", err, e)
	}
	if e != nil {
		return nil
	}
	again, err := schema.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	back, err := f.Unmarshal(md, again)
	if err != nil || !proto.Equal(m.Interface(), back.Interface()) {
		t.Fatalf("% x: read again %v, %v", again, back, err)
	}
	return m
}
