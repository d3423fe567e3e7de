package schema_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onwire/pbwire/schema"

	"github.com/google/go-cmp/cmp"
)

// TestErrors: what does not compile, with the line and the mend.
func TestErrors(t *testing.T) {
	const head = "syntax = \"proto3\";\n"
	for _, tt := range []struct{ source, want string }{
		{head + "package oneof_demo\n\nmessage A {}\n", "x.proto:4:1: syntax error: expecting ';'|put ; at the end of line 2: package oneof_demo;"},
		{head + "package map_demo // no semicolon\n/* nor\n here */\nmessage A {}\n", "x.proto:5:1: syntax error: expecting ';'|put ; at the end of line 2: package map_demo;"},
		{head + "message A {\n  int32 a = 1\n  int32 b = 2;\n}\n", "x.proto:4:3: syntax error: expecting ';'|put ; at the end of line 3: int32 a = 1;"},
		{"syntax = \"proto3\"\nmessage A {}\n", "x.proto:2:1: syntax error: unexpected \"message\", expecting string literal or ';'|put ; at the end of line 1: syntax = \"proto3\";"},
		{head + "enum E { ONE = 1; }\n", "put NAME_UNSPECIFIED = 0 first"},
		{head + "message A { reserved 3; string x = 3; }\n", "take a number and a name that were never used"},
		{head + "message A { reserved \"x\"; string x = 3; }\n", "take a number and a name that were never used"},
		{head + "message A { int32 x = 1; int32 y = 1; }\n", "give one of them a number that is not taken; tag 1 is in use"},
		{head + "message A { map<float, int32> m = 1; }\n", "float cannot be the key of a map"},
		{head + "message A { Nope n = 1; }\n", "define message or enum Nope, or import"},
		{head + "import \"nope.proto\";\nmessage A {}\n", "-I DIR"},
		{head + "message A { oneof o { repeated int32 x = 1; } }\n", "a oneof cannot hold an array"},
		{head + "message A { required int32 x = 1; }\n", "only proto2 has required"},
		{"syntax = \"proto2\";\nmessage A { int32 x = 1; }\n", "in proto2 every field says"},
		{head + "message A { int32 x = 19001; }\n", "19000 to 19999 belong to the implementations"},
		{"edition = \"1999\";\n", "write edition = \"2023\""},
		{head + "enum E { A = 0; } enum F { A = 0; }\n", "rename one of them; values of an enum"},
		{head + "message A { int32 x = 1; int32 x = 2; }\n", "|rename one of them"},
		{head + "option go_package = \"http://x\"\nmessage A {}\n", "|put ; at the end of line 2: option go_package = \"http://x\";"},
		{head + "message A { int32 x = 1, int32 y = 2; }\n", "|put ; in place of \",\": int32 x = 1;"},
		{head + "message A { int32 x 1; }\n", "|put = before the number: int32 x = 1;"},
		{head + "message A { int32 x-y = 1; }\n", "|a name has letters, digits and _ only"},
		{head + "message A { int32 x = 1 int32 y = 2; }\n", "|put ; behind int32 x = 1"},
		{head + "message A { int32 x = 1;\n", "unexpected end of file|put } at the end: 1 { and 0 } are there"},
		{head + "message A { } }\n", "|take this } away"},
		{head + "enum E { Z = 0; } message A { map<E, int32> m = 1; }\n", "|the key of a map is"},
		{head + "Message A { }\n", "|a type begins with message or enum"},
		{head + "message A { repeated map<int32, int32> m = 1; }\n", "|a map has no label"},
		{head + "message A { oneof o { map<int32, int32> m = 1; } }\n", "|a map has no label"},
		{head + "message A { list<int32> x = 1; }\n", "|an array begins with repeated"},
		{head + "message A { int32[] x = 1; }\n", "|an array begins with repeated"},
		{head + "message A { oneof o { optional int32 x = 1; } }\n", "|a field of a oneof has no label"},
		{head + "message A { } service S { rpc X (A) return (A); }\n", "|a method is written so"},
		{head + "package a；\nmessage A {}\n", "x.proto:2:10: invalid character '；'|type ';': switch the keyboard to English"},
		{head + "message 学生 {}\n", "x.proto:2:9: invalid character '学'|names have only the letters"},
		{head + "message A { group G = 1 { } }\n", "|only proto2 has groups"},
		{head + "message A { int x = 1; }\n", "unknown type int|an integer is int32"},
		{head + "message A { double x; }\n", "|give it a number"},
		{head + "message A { reserved x; }\n", "|write the name in quotes"},
		{head + "message A { reserved 1 to 5, 3; }\n", "|name each number once"},
		{head + "message A {\n  repeated int32 y = 2 [packed = true];\n  int32 x = 1 [packed = true];\n}\n", "x.proto:4:1: packed is for arrays"},
		{"syntax = \"proto2\";\nmessage A { extensions 100; }\nextend A { optional int32 x = 100; optional int32 y = 100; }\n", "|give one of them a number that is not taken; 100 is in use"},
		{"syntax = \"proto2\";\nenum E { ONE = 1; }\nmessage A {\n  map<int32, E> m = 1;\n}\n", "x.proto:4:3: field m: the enum of a map's values must begin with 0"},
	} {
		_, err := schema.Parse(context.Background(), "x.proto", tt.source)
		errs, ok := errors.AsType[schema.Errors](err)
		if !ok {
			t.Errorf("%s: %v; want an error", tt.source, err)
			continue
		}
		if got := errs[0].Error() + "|" + errs[0].Mend; !strings.Contains(got, tt.want) || strings.Contains(tt.want, "invalid") && len(errs) > 1 {
			t.Errorf("%s:\n got %s\nwant %s", tt.source, got, tt.want)
		}
	}
}

// lines returns findings, one a line, without the file.
func lines(list []schema.Finding) (s []string) {
	for _, f := range list {
		s = append(s, fmt.Sprintf("%d %s %s", f.Line, f.Level, f.Rule))
	}
	return s
}

func TestLint(t *testing.T) {
	f, err := schema.Parse(context.Background(), "x.proto", `syntax = "proto3";
package Bad.Package;
import "google/protobuf/any.proto";
message student_info {
  string StudentName = 1;
  int32 ok_name = 2;
  string HTTPPort = 3;
  repeated string tags = 16;
  repeated int32 marks = 2048;
  oneof TheOne { int32 a = 4; int32 b = 5; }
  map<string, int32> points = 17;
  enum color { RED = 0; darkGreen = 1; }
}
enum Good { GOOD_UNSPECIFIED = 0; GOOD_A = 1; }
service greeter { rpc sayHello(student_info) returns (student_info); }
`)
	if err != nil {
		t.Fatal(err)
	}
	list := f.Lint()
	want := []string{
		"1 rule package-name", "3 rule compiler", "4 rule message-name", "5 rule field-name", "7 rule field-name",
		"8 rule repeated-above-15", "9 note repeated-above-15", "10 rule oneof-name", "11 rule repeated-above-15",
		"12 rule enum-name", "12 note enum-unspecified", "12 rule enum-value-name",
		"15 rule service-name", "15 rule method-name",
	}
	if d := cmp.Diff(want, lines(list)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	mends := map[int]string{4: "call it StudentInfo", 5: "call it student_name", 7: "call it http_port", 8: "take number 6, which is free, if no bytes with 16 exist yet"}
	for _, f := range list {
		if want := mends[f.Line]; want != "" && f.Mend != want {
			t.Errorf("line %d: %q, want %q", f.Line, f.Mend, want)
		}
	}
}

func TestLintProto2(t *testing.T) {
	f, err := schema.Parse(context.Background(), "x.proto", `syntax = "proto2";
enum NoZero { ONE = 1; TWO = 2; }
enum ZeroLast { THREE = 3; NONE = 0; }
message A {
  required int32 id = 1;
  optional group Part = 2 { optional int32 x = 1; }
}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2 rule enum-zero", "3 rule enum-zero", "5 rule required"}
	if d := cmp.Diff(want, lines(f.Lint())); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestLintExamples: the course's own files keep the rules.
func TestLintExamples(t *testing.T) {
	for _, name := range []string{"helloworld", "numbers", "student", "bar", "oneof", "map", "kinds"} {
		f, err := schema.Open(context.Background(), name+".proto")
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range f.Lint() {
			if finding.Level != schema.Remark {
				t.Error(finding)
			}
		}
	}
}

func TestCompare(t *testing.T) {
	const same = "message A { int32 x = 1; }"
	for _, tt := range []struct {
		name, old, new string
		want           string // levels and rules
	}{
		{"the same", same, same, ""},
		{"a new field", same, "message A { int32 x = 1; string y = 2; }", ""},
		{"a new message", same, same + " message B {}", ""},
		{"deleted and reserved", same, `message A { reserved 1; reserved "x"; }`, ""},
		{"deleted, number reserved", same, "message A { reserved 1; }", "note field-removed"},
		{"deleted", same, "message A { }", "breaks field-removed"},
		{"another number", same, "message A { int32 x = 2; }", "breaks field-number"},
		{"swapped", "message A { int32 x = 1; int32 y = 2; }", "message A { int32 y = 1; int32 x = 2; }", "note field-name,breaks field-number,breaks field-number,note field-name"},
		{"another name", same, "message A { int32 y = 1; }", "note field-name"},
		{"another JSON name", same, `message A { int32 x = 1 [json_name = "ex"]; }`, "note json-name"},
		{"reserved reused", "message A { reserved 2 to 4; }", "message A { reserved 3 to 4; int32 x = 2; }", "breaks reserved-reused"},
		{"reserved name reused", `message A { reserved "x"; }`, "message A { int32 x = 2; }", "note reserved-reused"},
		{"reserved freed", "message A { reserved 2, 3; }", "message A { reserved 2; }", "breaks reserved-removed"},
		{"int32 to sint32", same, "message A { sint32 x = 1; }", "breaks field-type"},
		{"int32 to fixed32", same, "message A { fixed32 x = 1; }", "breaks field-type"},
		{"int32 to string", same, "message A { string x = 1; }", "breaks field-type"},
		{"int32 to int64", same, "message A { int64 x = 1; }", "note field-type"},
		{"int32 to bool", same, "message A { bool x = 1; }", "note field-type"},
		{"int32 to uint32", same, "message A { uint32 x = 1; }", "note field-type"},
		{"float to fixed32", "message A { float x = 1; }", "message A { fixed32 x = 1; }", "breaks field-type"},
		{"string to bytes", "message A { string x = 1; }", "message A { bytes x = 1; }", "note field-type"},
		{"message to bytes", "message A { A x = 1; }", "message A { bytes x = 1; }", "note field-type"},
		{"string to message", "message A { string x = 1; }", "message A { A x = 1; }", "breaks field-type"},
		{"enum to int32", "message A { E x = 1; } enum E { Z = 0; }", "message A { int32 x = 1; } enum E { Z = 0; }", "note field-type"},
		{
			"to a like message", "message A { B x = 1; } message B { int32 i = 1; }",
			"message A { C x = 1; } message B { int32 i = 1; } message C { int32 i = 1; }", "note field-type",
		},
		{
			"to an unlike message", "message A { B x = 1; } message B { int32 i = 1; }",
			"message A { C x = 1; } message B { int32 i = 1; } message C { string i = 1; }", "note field-type,breaks field-type",
		},
		{"one to many, packed", same, "message A { repeated int32 x = 1; }", "breaks repeated"},
		{"one to many strings", "message A { string x = 1; }", "message A { repeated string x = 1; }", "breaks repeated"},
		{"many to one", "message A { repeated int32 x = 1; }", same, "breaks repeated"},
		{"packed to not", "message A { repeated int32 x = 1; }", "message A { repeated int32 x = 1 [packed = false]; }", "note packed"},
		{"presence", same, "message A { optional int32 x = 1; }", "note presence"},
		{
			"entries to map", "message A { repeated B x = 1; } message B { int32 key = 1; string value = 2; }",
			"message A { map<int32, string> x = 1; } message B { int32 key = 1; string value = 2; }", "note field-type",
		},
		{"map value", "message A { map<int32, string> x = 1; }", "message A { map<int32, int32> x = 1; }", "breaks field-type"},
		{"map key", "message A { map<int32, string> x = 1; }", "message A { map<sint32, string> x = 1; }", "breaks field-type"},
		{"into a new oneof", same, "message A { oneof o { int32 x = 1; int32 y = 2; } }", "note presence"},
		{
			"two into a oneof", "message A { string x = 1; string y = 2; }",
			"message A { oneof o { string x = 1; string y = 2; } }", "note presence,breaks oneof,note presence,breaks oneof",
		},
		{
			"out of a oneof", "message A { oneof o { A x = 1; A y = 2; } }",
			"message A { A x = 1; A y = 2; }", "breaks oneof,breaks oneof",
		},
		{"message gone", same + " message B {}", same, "breaks message-removed"},
		{"nested gone", "message A { message B {} }", "message A { }", "breaks message-removed"},
		{"enum number", "enum E { Z = 0; X = 1; }", "enum E { Z = 0; X = 2; }", "breaks enum-number"},
		{"enum value gone", "enum E { Z = 0; X = 1; }", "enum E { Z = 0; }", "note enum-value-removed"},
		{"enum value's number reserved", "enum E { Z = 0; X = 1; }", "enum E { Z = 0; reserved 1; }", "note enum-value-removed"},
		{"enum value reserved", "enum E { Z = 0; X = 1; }", `enum E { Z = 0; reserved 1; reserved "X"; }`, ""},
		{"enum moves out", "message A { E x = 1; enum E { Z = 0; X = 1; } }", "message A { E x = 1; } enum E { Z = 0; X = 1; }", "note enum-moved"},
		{"enum moves in", "message A { E x = 1; } enum E { Z = 0; X = 1; }", "message A { E x = 1; enum E { Z = 0; X = 1; } }", "note enum-moved"},
		{"enum moves, unused", "message A { enum E { Z = 0; } }", "message A { } enum E { Z = 0; }", "note enum-moved"},
		{"enum moves and is renamed", "message A { E x = 1; enum E { Z = 0; } }", "message A { F x = 1; } enum F { Z = 0; }", "note enum-moved"},
		{"enum moves and changes", "message A { E x = 1; enum E { Z = 0; X = 1; } }", "message A { E x = 1; } enum E { Z = 0; X = 2; }", "note enum-moved,breaks enum-number"},
		{"enum gone, another is there", "message A { enum E { Z = 0; } } enum F { Z2 = 0; }", "message A { } enum F { Z2 = 0; }", "breaks enum-removed"},
		{"message moves out", "message A { B b = 1; message B { int32 x = 1; } }", "message A { B b = 1; } message B { int32 x = 1; }", "note field-type,note message-moved"},
		{"message moves and changes", "message A { message B { int32 x = 1; } }", "message A { } message B { string x = 1; }", "note message-moved,breaks field-type"},
		{"message renamed", same, "message B { int32 x = 1; }", "note message-moved"},
		{"message moves with its enum", "message A { message B { E x = 1; enum E { Z = 0; } } }", "message A { } message B { E x = 1; enum E { Z = 0; } }", "note message-moved"},
		{"reserved freed far inside", "message A { reserved 1000 to 2000; }", "message A { reserved 1000 to 1499, 1501 to 2000; }", "breaks reserved-removed"},
		{"reserved, one of them taken", "message A { reserved 1000 to 2000; }", "message A { reserved 1000 to 1499, 1501 to 2000; int32 x = 1500; }", "breaks reserved-reused"},
		{"enum value renamed", "enum E { Z = 0; X = 1; }", "enum E { Z = 0; Y = 1; }", "note enum-name"},
		{"enum reserved reused", "enum E { Z = 0; reserved 1; }", "enum E { Z = 0; X = 1; }", "breaks reserved-reused"},
		{"enum reserved freed", "enum E { Z = 0; reserved 5 to 9, -5 to -2; }", "enum E { Z = 0; reserved 5 to 9, -5 to -3; }", "breaks reserved-removed"},
		{"int32 to uint64", same, "message A { uint64 x = 1; }", "note field-type"},
		{"enum value added", "enum E { Z = 0; }", "enum E { Z = 0; X = 1; }", ""},
		{"enum gone", "enum E { Z = 0; }", "", "breaks enum-removed"},
		{"package", "package a;", "package b;", "breaks package"},
		{"service gone", same + " service S { rpc F(A) returns (A); }", same, "breaks service-removed"},
		{"method gone", same + " service S { rpc F(A) returns (A); }", same + " service S { }", "breaks method-removed"},
		{"method streams", same + " service S { rpc F(A) returns (A); }", same + " service S { rpc F(A) returns (stream A); }", "breaks method-type"},
		{"syntax", "message A { repeated int32 x = 1; }", "message A { repeated int32 x = 1; } // and edition 2023", ""},
	} {
		compare(t, tt.name, "syntax = \"proto3\";\n"+tt.old, "syntax = \"proto3\";\n"+tt.new, tt.want)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"required added", "message A { }", "message A { required int32 x = 1; }", "breaks required-added"},
		{"required gone", "message A { required int32 x = 1; }", "message A { }", "breaks required-removed"},
		{"to required", "message A { optional int32 x = 1; }", "message A { required int32 x = 1; }", "breaks required-added"},
		{"to optional", "message A { required int32 x = 1; }", "message A { optional int32 x = 1; }", "breaks required-removed"},
		{"default", "message A { optional int32 x = 1 [default = 5]; }", "message A { optional int32 x = 1 [default = 6]; }", "breaks default"},
		{"default gone", "message A { optional int32 x = 1 [default = 5]; }", "message A { optional int32 x = 1; }", "breaks default"},
		{"extension", "message A { extensions 5 to 9; } extend A { optional int32 x = 5; }", "message A { extensions 5 to 9; } message B { extend A { optional sint32 x = 5; } }", "note json-name,breaks field-type"},
		{"extension gone", "message A { extensions 5 to 9; } message B { extend A { optional int32 x = 5; } }", "message A { extensions 5 to 9; } message B { }", "breaks extension-removed"},
		{"extension range shrinks", "message A { extensions 100 to 199; }", "message A { extensions 100 to 149; }", "breaks extension-range"},
		{"extension range gone", "message A { extensions 100 to max; }", "message A { }", "breaks extension-range"},
		{"extension range grows", "message A { extensions 100 to 199; }", "message A { extensions 50 to 120, 121 to max; }", ""},
		{"extension range has a hole", "message A { extensions 100 to 1999; }", "message A { extensions 100 to 1499, 1501 to 1999; }", "breaks extension-range"},
		{"extension number taken", "message A { extensions 5 to 9; }", "message A { extensions 6 to 9; optional int32 x = 5; }", "breaks extension-range,breaks extension-range"},
		{"closed enum grows", "enum E { Z = 0; }", "enum E { Z = 0; X = 1; }", "note enum-value-added"},
		{
			"group to message", "message A { optional group B = 1 { optional int32 x = 1; } }",
			"message A { optional B b = 1; message B { optional int32 x = 1; } }", "breaks field-type",
		},
	} {
		compare(t, tt.name, "syntax = \"proto2\";\n"+tt.old, "syntax = \"proto2\";\n"+tt.new, tt.want)
	}
	// proto3 and an edition that say the same.
	compare(t, "edition", "syntax = \"proto3\";\nmessage A { repeated int32 x = 1; string y = 2; }",
		"edition = \"2023\";\noption features.field_presence = IMPLICIT;\nmessage A { repeated int32 x = 1; string y = 2; }", "")
	compare(t, "UTF-8", "syntax = \"proto2\";\nmessage A { optional string y = 2; }",
		"syntax = \"proto3\";\nmessage A { optional string y = 2; }", "note utf8")
	compare(t, "delimited", "edition = \"2023\";\nmessage A { A x = 1; }",
		"edition = \"2023\";\nmessage A { A x = 1 [features.message_encoding = DELIMITED]; }", "breaks field-type")
}

// TestRepeated: what a change between one value and many does, in the words of
// the finding.
func TestRepeated(t *testing.T) {
	for _, tt := range []struct{ one, many, toMany, toOne string }{
		{"int32 x = 1;", "repeated int32 x = 1;", "old readers that expect VARINT find LEN, and drop it", "new readers that expect VARINT find LEN in old bytes"},
		{"string x = 1;", "repeated string x = 1;", "old readers take the last element", "new readers take the last element"},
		{"A x = 1;", "repeated A x = 1;", "old readers merge all elements", "new readers merge all elements"},
	} {
		var files [2]*schema.File
		for i, field := range []string{tt.one, tt.many} {
			var err error
			if files[i], err = schema.Parse(t.Context(), "a.proto", "syntax = \"proto3\"; message A { "+field+" }"); err != nil {
				t.Fatal(err)
			}
		}
		if list := fmt.Sprint(schema.Compare(files[0], files[1])); !strings.Contains(list, tt.toMany) {
			t.Errorf("%s to many: %s", tt.one, list)
		}
		if list := fmt.Sprint(schema.Compare(files[1], files[0])); !strings.Contains(list, tt.toOne) {
			t.Errorf("%s to one: %s", tt.many, list)
		}
	}
}

func compare(t *testing.T, name, old, new, want string) {
	t.Helper()
	before, err := schema.Parse(context.Background(), "old.proto", old)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	after, err := schema.Parse(context.Background(), "new.proto", new)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	var got []string
	list := schema.Compare(before, after)
	for _, f := range list {
		got = append(got, fmt.Sprintf("%s %s", f.Level, f.Rule))
	}
	if s := strings.Join(got, ","); s != want {
		t.Errorf("%s: %s; want %s\n%v", name, s, want, list)
	}
}

// TestSameBytes says what becomes of the numbers where the bytes stay the same.
func TestSameBytes(t *testing.T) {
	const enum = "enum E { Z = 0; }"
	for _, tt := range []struct{ old, new, want string }{
		{"E", "int32", "the same bytes and numbers"},
		{"int32", "E", "the same bytes and numbers"},
		{"E", "uint32", "below zero change into each other"},
		{"int32", "bool", "every number but 0 reads as true"},
		{"bool", "uint64", "every number but 0 reads as true"},
		{"int64", "uint32", "a value that does not fit in uint32 is cut, and one below zero"},
	} {
		var files [2]*schema.File
		for i, typ := range []string{tt.old, tt.new} {
			f, err := schema.Parse(context.Background(), "x.proto", "syntax = \"proto3\"; message A { "+typ+" x = 1; } "+enum)
			if err != nil {
				t.Fatal(err)
			}
			files[i] = f
		}
		list := schema.Compare(files[0], files[1])
		if len(list) != 1 || list[0].Level != schema.Remark || !strings.Contains(list[0].Message, tt.want) {
			t.Errorf("%s to %s: %v; want %s", tt.old, tt.new, list, tt.want)
		}
	}
}

// TestCompareImports: what changed in an imported file is told, at its place
// there.
func TestCompareImports(t *testing.T) {
	dir := t.TempDir()
	write := func(name, source string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("syntax = \"proto3\";\n"+source), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var files []*schema.File
	for _, common := range []string{
		"enum E { Z = 0; X = 1; }\nmessage P { int32 x = 1;\nmap<int32, int32> m = 2; }\n",
		"enum E { Z = 0; X = 2; }\nmessage P { sint32 x = 1;\nmap<int32, string> m = 2; }\n",
	} {
		version := fmt.Sprint(len(files) + 1)
		write(version+"/common.proto", common)
		path := write(version+"/a.proto", "import \"common.proto\";\nmessage A { P p = 1; E e = 2; }\n")
		f, err := schema.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	var got []string
	for _, f := range schema.Compare(files[0], files[1]) {
		got = append(got, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Rule))
	}
	if d := cmp.Diff([]string{"common.proto:2 enum-number", "common.proto:3 field-type", "common.proto:4 field-type"}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestXML(t *testing.T) {
	for _, tt := range []struct{ json, want string }{
		{`{"id":101,"name":"hello"}`, "<M><id>101</id><name>hello</name></M>"},
		{`{"arr":[1,2,100000000000],"e":[]}`, "<M><arr>1</arr><arr>2</arr><arr>100000000000</arr></M>"},
		{`{"a":{"b":null,"c":true},"s":"<&>"}`, "<M><a><b></b><c>true</c></a><s>&lt;&amp;&gt;</s></M>"},
		{`{"m":{"1":"Alice","x y":2}}`, `<M><m><entry key="1">Alice</entry><entry key="x y">2</entry></m></M>`},
		{`{}`, "<M></M>"},
	} {
		got, err := schema.XML("M", []byte(tt.json))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.json, got, err, tt.want)
		}
	}
	if _, err := schema.XML("M", []byte(`{"a":`)); err == nil {
		t.Error("half an object is taken")
	}
}
