package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onwire/internal/cli"
	"onwire/wire"
)

// hostile has a character of each kind that changes a terminal: OSC 52 and its
// BEL, CSI as one byte of C1, an override of the direction, a zero width, a
// line separator, a letter that is not seen.
const hostile = "\x1b]52;c;AAAA\x07\u009b31m\u202e\u200b\u2028\u3164"

// TestHostile feeds it through every input of the command.
func TestHostile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tag := func(n byte, s string) string { return string([]byte{n<<3 | 2, byte(len(s))}) + s }
	message := file("message.bin", tag(1, hostile)+tag(2, hostile+"\xff\x9b"))
	broken := file("broken.bin", tag(1, hostile)+"\x12\x7f"+hostile)
	escape := strings.NewReplacer("\x1b", `\x1b`, "\x07", `\x07`)
	proto2 := file("default.proto", "syntax = \"proto2\";\nmessage A { optional string s = 1 [default = \""+escape.Replace(hostile)+"\"]; optional bytes b = 2; }\n")
	proto2b := file("default2.proto", "syntax = \"proto2\";\nmessage A { optional string s = 1; optional bytes b = 2; }\n")
	quoted, _ := os.ReadFile(message)
	for _, args := range [][]string{
		{"raw", message}, {"raw", broken}, {"raw", "--stream", message}, {"raw", "--stream", broken}, {"raw", hostile}, {"raw", hostile, hostile},
		{"raw", "--as", hostile, "08"}, {"raw", "--as", "base64", hostile}, {"raw", "--as", "decimal", hostile}, {"raw", "--as", "escaped", `\q` + hostile}, {"raw", "--as", "dump", hostile},
		{"raw", fmt.Sprintf("%q", quoted)}, {hostile},
		{"decode", "-p", proto2, message}, {"decode", "-p", proto2b, broken}, {"decode", "-p", hostile, "08"}, {"decode", "-p", proto2, "-m", hostile, "08"}, {"decode", "-p", proto2},
		{"encode", "-p", proto2, "{}"}, {"encode", "-p", proto2, fmt.Sprintf("{%q: 1}", hostile)}, {"encode", "-p", proto2, `{"s":"` + strings.Trim(hostile, "\x1b\x07") + `"}`}, {"encode", "-p", proto2, hostile},
		{"encode", "-p", proto2, "-o", filepath.Join(dir, "no", hostile), "{}"},
		{"size", "-p", proto2, hostile}, {"varint", hostile}, {"varint", "--decode", hostile},
		{"check", hostile}, {"check", "--old", proto2, proto2b}, {"check", "--old", hostile, proto2b},
		{"check", file("import.proto", "syntax = \"proto3\";\nimport \""+hostile+".proto\";\n")},
		{"check", file("semicolon.proto", "syntax = \"proto3\";\npackage a // "+hostile+"\n/* "+hostile+" */ message A {}\n")},
		{"check", file("semicolon2.proto", "syntax = \"proto3\";\noption java_package = \""+hostile+"\"\nmessage A {}\n")},
		{"check", file("word.proto", "syntax = \"proto3\";\nmessage A { int32 "+hostile+" = 1; }\n")},
		{"check", file("type.proto", "syntax = \"proto3\";\nmessage "+hostile+" { int32 x = 1; }\n")},
		{"check", file("option.proto", "syntax = \"proto3\";\nmessage A { int32 x = 1 [(\x1b) = \""+hostile+"\"]; }\n")},
		{"check", file("edition.proto", "edition = \""+hostile+"\";\n")},
		{"check", file("syntax.proto", "syntax = \""+hostile+"\";\n")},
		{"decode", "-p", file("import2.proto", "syntax = \"proto3\";\nimport \""+hostile+"\";\n"), "08"},
		{hostile, "verb"}, {"--" + hostile},
	} {
		for _, more := range [][]string{{"--color", "never"}, {"--json"}} {
			var out, errs strings.Builder
			env := &cli.Env{Stdin: strings.NewReader(string(quoted)), Stdout: &out, Stderr: &errs}
			cli.Run(t.Context(), newCommand, env, append(more, args...))
			if out.Len()+errs.Len() == 0 {
				t.Errorf("%q says nothing", args)
			}
			for _, line := range strings.Split(out.String()+errs.String(), "\n") {
				if safe := wire.Escape(line); safe != line {
					t.Errorf("%q prints %q", args, line)
				}
			}
		}
	}
}
