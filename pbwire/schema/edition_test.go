package schema_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"onwire/pbwire"
	"onwire/pbwire/schema"
)

// TestEditions: what proto2 and the editions have and proto3 does not.
func TestEditions(t *testing.T) {
	for _, tt := range []struct{ name, source, json, hex, fields string }{
		{
			"delimited", `edition = "2023"; message A { A inner = 1 [features.message_encoding = DELIMITED]; int32 x = 2; }`,
			`{"inner":{"x":5}}`, "0b10050c", "inner {x: 5}",
		},
		{
			"implicit", `edition = "2023"; message A { int32 x = 1 [features.field_presence = IMPLICIT]; int32 y = 2; }`,
			`{"y":0}`, "1000", "y 0",
		},
		{
			"expanded", `edition = "2023"; message A { repeated int32 x = 1 [features.repeated_field_encoding = EXPANDED]; }`,
			`{"x":[1,2]}`, "08010802", "x 1,x 2",
		},
		{
			"group", `syntax = "proto2"; message A { optional group Part = 1 { optional int32 x = 1; } }`,
			`{"Part":{"x":1}}`, "0b08010c", "part {x: 1}",
		},
		{
			"extension", `syntax = "proto2"; package p; message A { extensions 100 to max; } extend A { optional sint32 more = 100; }`,
			`{"[p.more]":-1}`, "a00601", "[p.more] -1",
		},
		{
			"default", `syntax = "proto2"; message A { optional int32 x = 1 [default = 7]; optional E e = 2; } enum E { ONE = 1; }`,
			`{"x":0,"e":"ONE"}`, "08001001", "x 0,e ONE",
		},
		{
			"nested", `syntax = "proto3"; message A { message B { message C { bool y = 1; } C c = 1; } B b = 1; enum E { Z = 0; N = -1; } repeated E e = 2; }`,
			`{"b":{"c":{"y":true}},"e":["Z","N"]}`, "0a040a020801120b00ffffffffffffffffff01", "b {c: {y: true}},e [Z, N]",
		},
	} {
		f, err := schema.Parse(context.Background(), "a.proto", tt.source)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		md, err := f.Message("A")
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.FromJSON(md, []byte(tt.json))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		data, err := schema.Marshal(m)
		if got := hex.EncodeToString(data); err != nil || got != tt.hex {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, err, tt.hex)
		}
		fields, err := pbwire.Dissect(data, f.Schema(md))
		var got []string
		for _, f := range fields {
			got = append(got, f.Name+" "+f.Value)
		}
		if s := strings.Join(got, ","); err != nil || s != tt.fields {
			t.Errorf("%s: drawn as %s, %v; want %s", tt.name, s, err, tt.fields)
		}
		back, err := f.Unmarshal(md, data)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if text, err := f.ToJSON(back); err != nil || string(text) != tt.json {
			t.Errorf("%s: %s, %v; want %s", tt.name, text, err, tt.json)
		}
	}
}

// closedEnums is a file with a closed enum in every place that an enum can have.
const closedEnums = `syntax = "proto2";
package random.test;
enum E { ZERO = 0; ONE = 1; MINUS = -3; }
message M0 {
  optional E e = 1 [default = ONE];
  repeated E r = 2;
  repeated E p = 3 [packed = true];
  map<int32, E> m = 4;
  oneof o { E oe = 5; int32 oi = 6; }
  optional M0 inner = 7;
  extensions 100;
}
extend M0 { repeated E x = 100; }
`

// closedEnumCases are messages with numbers that the enum has no name for:
// what is read, and what is written again.
var closedEnumCases = []struct{ hex, json, again, note string }{
	{"0807", `{}`, "0807", "the enum of e has no value 7, and is closed"},
	{"08010807", `{"e":"ONE"}`, "08010807", "the enum of e has no value 7"},
	{"08fdffffffffffffffff01", `{"e":"MINUS"}`, "08fdffffffffffffffff01", "takes all ten bytes"},
	{"08feffffff0f", `{}`, "08feffffffffffffffff01", "the enum of e has no value -2"},
	{"100110071000", `{"r":["ONE","ZERO"]}`, "100110001007", "the enum of r has no value 7"},
	{"1a03010700", `{"p":["ONE","ZERO"]}`, "1a0201001807", "the enum has no such value, and is closed"},
	{"22040801100722040802100022020803", `{"m":{"2":"ZERO","3":"ZERO"}}`, "220408021000220408031000220408011007", "whole entry as an unknown field"},
	{"2206080110011007", `{}`, "2206080110011007", "whole entry"},
	{"30012807", `{"oi":1}`, "30012807", "the enum of oe has no value 7"},
	{"28013001", `{"oi":1}`, "3001", "replaced at byte 2"},
	{"3a04080708013a020809", `{"inner":{"e":"ONE"}}`, "3a06080108070809", "readers merge it"},
	{"a00601a00609", `{"[random.test.x]":["ONE"]}`, "a00601a00609", "the enum of [random.test.x] has no value 9"},
}

func TestClosedEnums(t *testing.T) {
	f, err := schema.Parse(context.Background(), "a.proto", closedEnums)
	if err != nil {
		t.Fatal(err)
	}
	md, _ := f.Message("M0")
	for _, tt := range closedEnumCases {
		data, err := hex.DecodeString(tt.hex)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.Unmarshal(md, data)
		if err != nil {
			t.Errorf("%s: %v", tt.hex, err)
			continue
		}
		text, err := f.ToJSON(m)
		if err != nil || string(text) != tt.json {
			t.Errorf("%s: %s, %v; want %s", tt.hex, text, err, tt.json)
		}
		again, err := schema.Marshal(m)
		if got := hex.EncodeToString(again); err != nil || got != tt.again {
			t.Errorf("%s: written again %s, %v; want %s", tt.hex, got, err, tt.again)
		}
		fields, err := pbwire.Dissect(data, f.Schema(md))
		if drawn := fmt.Sprint(fields); err != nil || !strings.Contains(drawn, tt.note) {
			t.Errorf("%s: %v, no %q in %s", tt.hex, err, tt.note, drawn)
		}
	}
	// An open enum keeps the number.
	f, err = schema.Parse(context.Background(), "a.proto", `syntax = "proto3"; enum E { Z = 0; } message A { E e = 1; repeated E r = 2; }`)
	if err != nil {
		t.Fatal(err)
	}
	md, _ = f.Message("A")
	data := []byte{0x08, 7, 0x12, 2, 0, 8}
	m, err := f.Unmarshal(md, data)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := f.ToJSON(m); err != nil || string(text) != `{"e":7,"r":["Z",8]}` {
		t.Errorf("open: %s, %v", text, err)
	}
	if fields, err := pbwire.Dissect(data, f.Schema(md)); err != nil || !strings.Contains(fmt.Sprint(fields), "it is open, so readers keep the number") {
		t.Errorf("open: %v, %v", fields, err)
	}
}

// TestUTF8: proto3 and editions refuse a string that is not UTF-8; proto2, and
// a file that says so, take it.
func TestUTF8(t *testing.T) {
	for source, refused := range map[string]bool{
		`syntax = "proto3"; message A { string s = 1; }`:                                        true,
		`syntax = "proto2"; message A { optional string s = 1; }`:                               false,
		`edition = "2023"; message A { string s = 1; }`:                                         true,
		`edition = "2023"; message A { string s = 1 [features.utf8_validation = NONE]; }`:       false,
		`edition = "2023"; option features.utf8_validation = NONE; message A { string s = 1; }`: false,
	} {
		f, err := schema.Parse(context.Background(), "a.proto", source)
		if err != nil {
			t.Fatal(err)
		}
		md, _ := f.Message("A")
		_, err = f.Unmarshal(md, []byte{0x0a, 1, 0xff})
		if errors.Is(err, pbwire.ErrUTF8) != refused || !refused && err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// TestImports: beside the file, in a folder, with every compiler; and nowhere
// else.
func TestImports(t *testing.T) {
	dir := t.TempDir()
	for name, source := range map[string]string{
		"sub/a.proto":     `syntax = "proto3"; import "b.proto"; import "far.proto"; import "google/protobuf/timestamp.proto"; message A { B b = 1; Far f = 2; google.protobuf.Timestamp t = 3; }`,
		"sub/b.proto":     "\ufeff" + `syntax = "proto3"; import public "c.proto"; message B { C c = 1; }`,
		"sub/c.proto":     `syntax = "proto3"; message C { int32 x = 1; }`,
		"inc/far.proto":   `syntax = "proto3"; message Far { int32 y = 1; }`,
		"sub/out.proto":   `syntax = "proto3"; import "../inc/far.proto"; message O { Far f = 1; }`,
		"sub/root.proto":  `syntax = "proto3"; import "sub/c.proto"; message R { C c = 1; }`,
		"sub/cycle.proto": `syntax = "proto3"; import "cycle.proto"; message O { O o = 1; }`,
		"sub/bad.proto":   `syntax = "proto3"; import "broken.proto"; message O { int32 x = 1; }`,
		"broken.proto":    ``,
		"sub/broken.proto": `syntax = "proto3"
message X {}`,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	f, err := schema.Open(context.Background(), at("sub/a.proto"), at("inc"))
	if err != nil {
		t.Fatal(err)
	}
	md, _ := f.Message("A")
	m, err := f.FromJSON(md, []byte(`{"b":{"c":{"x":1}},"f":{"y":2},"t":"1970-01-01T00:00:03Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := schema.Marshal(m); err != nil || hex.EncodeToString(data) != "0a040a020801120208021a020803" {
		t.Errorf("%x, %v", data, err)
	}
	for name, want := range map[string]string{
		"sub/a.proto":     "far.proto",
		"sub/out.proto":   "../inc/far.proto",
		"sub/cycle.proto": "cycle",
		"sub/bad.proto":   "broken.proto:2:1: syntax error",
	} {
		if _, err := schema.Open(context.Background(), at(name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
	t.Chdir(dir) // paths from the working directory, as protoc has them
	if _, err := schema.Open(t.Context(), filepath.FromSlash("sub/root.proto")); err != nil {
		t.Error(err)
	}
	if _, err := schema.Open(context.Background(), at("nope.proto")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestSchemaConcurrent: a Schema may be asked by many at once, about extensions
// and the messages in an Any too, which it makes when it meets them.
func TestSchemaConcurrent(t *testing.T) {
	f, err := schema.Parse(t.Context(), "a.proto", closedEnums)
	if err != nil {
		t.Fatal(err)
	}
	md, _ := f.Message("M0")
	s := f.Schema(md)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			x := s.Field(100)
			if x == nil || x.Name != "[random.test.x]" || s.Field(101) != nil || s.Any("a/random.test.M0").Field(100) != x || s.Any("a/nope") != nil {
				t.Error("another field than the extension x")
			}
		})
	}
	wg.Wait()
}

// FuzzParse: whatever the file says, the checks end, and a file breaks nothing
// of itself.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"syntax = \"proto3\";\npackage a\n\nmessage A {}\n",
		`syntax = "proto3"; message A { reserved 2 to 4; repeated A a = 16; map<int32, A> m = 1; oneof o { int32 x = 5; } }`,
		`syntax = "proto2"; message A { required group G = 1 { optional int32 x = 1; } extensions 100; } enum E { X = 1; }`,
		`edition = "2023"; enum Äö { Z = 0; } service s { rpc f(A) returns (stream A); } message A {}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		file, err := schema.Parse(t.Context(), "a.proto", source)
		if err != nil {
			return
		}
		file.Lint()
		if list := schema.Compare(file, file); len(list) > 0 {
			t.Fatalf("a file breaks itself: %v", list)
		}
	})
}
