package schema

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMessageSet: a message of the form from before proto2 is refused, and the
// others of its file are not, even where one of them holds it.
func TestMessageSet(t *testing.T) {
	f, err := Parse(t.Context(), "set.proto", `syntax = "proto2";
message Set { option message_set_wire_format = true; extensions 4 to max; }
message Item { extend Set { optional Item item = 100; } optional int32 x = 1; }
message Holder { optional Set set = 1; optional int32 id = 2; }
message Other { optional int32 id = 1; }`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Message("Set"); err == nil || !strings.Contains(err.Error(), "message_set_wire_format") {
		t.Errorf("Set: %v", err)
	}
	if !slices.ContainsFunc(f.Lint(), func(f Finding) bool { return f.Rule == "message-set" && f.Line == 2 }) {
		t.Errorf("nothing said of Set in %v", f.Lint())
	}
	for _, tt := range []struct{ message, json, hex string }{
		{"Other", `{"id":1}`, "0801"},
		{"Holder", `{"id":1}`, "1001"},
	} {
		md, err := f.Message(tt.message)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.FromJSON(md, []byte(tt.json))
		if err != nil {
			t.Fatal(err)
		}
		if data, err := Marshal(m); err != nil || hex.EncodeToString(data) != tt.hex {
			t.Errorf("%s: %x, %v", tt.json, data, err)
		}
	}
	md, _ := f.Message("Holder")
	if m, err := f.FromJSON(md, []byte(`{"set":{"[Item.item]":{"x":1}}}`)); err == nil {
		if data, err := Marshal(m); err == nil {
			t.Errorf("a Set with something in it is written as %x", data)
		}
	}
	// The bytes of one: group 1 of a type, 100, and a message.
	data, _ := hex.DecodeString("0a080b10641a0208010c1002")
	m, err := f.Unmarshal(md, data)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Marshal(m); err != nil || hex.EncodeToString(again) != hex.EncodeToString(data) {
		t.Errorf("%x becomes %x, %v", data, again, err)
	}
}

// TestMovedToImport: an enum and a message that move into an imported file are
// not gone.
func TestMovedToImport(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("syntax = \"proto3\";\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("common.proto", "enum E { Z = 0; } message B { int32 x = 1; }")
	var files []*File
	for _, path := range []string{
		write("old.proto", "message A { E e = 1; B b = 2; } enum E { Z = 0; } message B { int32 x = 1; }"),
		write("new.proto", "import \"common.proto\";\nmessage A { E e = 1; B b = 2; }"),
	} {
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	for _, f := range Compare(files[0], files[1]) {
		if f.Level != Remark {
			t.Error(f)
		}
	}
}
