package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// badCharacter is what the compiler says about one that no word can have.
const badCharacter = "invalid character"

// typeInstead says what to type for a character that the language does not
// have. Those of a Chinese keyboard look much like the right ones.
func typeInstead(c rune) string {
	const wide, ascii = "，。；：、（）【】｛｝《》＜＞＝“”‘’　", `,.;:,()[]{}<><>=""'' `
	if i := slices.Index([]rune(wide), c); i >= 0 {
		return fmt.Sprintf("type %q: switch the keyboard to English", ascii[i])
	}
	return "names have only the letters a to z and A to Z, digits and _; other letters go into comments and strings"
}

// mends say what to do about an error whose text has the pattern. $1 and so on
// are parts of it.
var mends = []struct {
	pattern *regexp.Regexp
	mend    string
}{
	{regexp.MustCompile(`first value .* zero`), "put NAME_UNSPECIFIED = 0 first: it is what a reader gets for a field that is not there"},
	{regexp.MustCompile(`edition value`), "write edition = \"2023\", or syntax = \"proto3\": this compiler knows no later edition"},
	{regexp.MustCompile(`unexpected "?group"?$`), "only proto2 has groups: make it a message of its own"},
	{regexp.MustCompile(`unexpected "?(float|double|bytes)"?$`), "$1 cannot be the key of a map: an integer, bool or string can"},
	{regexp.MustCompile(`unexpected "repeated"`), "a oneof cannot hold an array: put it into a message, and the message into the oneof"},
	{regexp.MustCompile(`missing field tag number`), "give it a number that no other field has: = 1"},
	{regexp.MustCompile(`tag number 0 must`), "numbers start at 1"},
	{regexp.MustCompile(`19000`), "19000 to 19999 belong to the implementations; take another number"},
	{regexp.MustCompile(`must use string literals`), "write the name in quotes: reserved \"name\";"},
	{regexp.MustCompile(`ranges overlap`), "name each number once"},
	{regexp.MustCompile(`reserved (tag|range|number|name)|(tag|number|name) .* reserved`), "take a number and a name that were never used: old bytes may still hold the reserved one"},
	{regexp.MustCompile(`both have the same tag (\d+)`), "give one of them a number that is not taken; tag $1 is in use"},
	{regexp.MustCompile(`extension with tag (\d+)`), "give one of them a number that is not taken; $1 is in use"},
	{regexp.MustCompile(`unknown type (integer|int|short|long|unsigned|byte|u?int8|u?int16|u?int\d+_t|size_t)$`), "an integer is int32 or int64, or sint32 or sint64 where it is often negative"},
	{regexp.MustCompile(`unknown type (float32|float64|real|number)$`), "a number with a point is float or double"},
	{regexp.MustCompile(`unknown type (boolean|Boolean|Bool)$`), "it is called bool"},
	{regexp.MustCompile(`unknown type (str|text|char|String|std\.string)$`), "text is string"},
	{regexp.MustCompile(`unknown type (\S+)`), "define message or enum $1, or import the file that does"},
	{regexp.MustCompile(`could not resolve path|file does not exist|no such file`), "name the folder that holds it with -I DIR"},
	{regexp.MustCompile(`already defined.*scope`), "rename one of them; values of an enum share the names of what stands around the enum"},
	{regexp.MustCompile(`already defined`), "rename one of them"},
	{regexp.MustCompile(`label 'required' is not allowed`), "leave it out; only proto2 has required"},
	{regexp.MustCompile(`has no label`), "in proto2 every field says optional, required or repeated"},
}

// mend returns what to do about an error, or "". before and rest are the source
// up to it and from there on.
func mend(e *Error, before, rest string) string {
	if strings.Contains(e.Reason, "expecting") && strings.Contains(e.Reason, "';'") {
		switch line, text := lastToken(before); {
		case line == e.Line:
			return mendStatement(text, rest)
		case line > 0:
			return fmt.Sprintf("put ; at the end of line %d: %s;", line, text)
		}
	}
	if text := mendSyntax(e.Reason, before, rest); text != "" {
		return text
	}
	for _, m := range mends {
		if i := m.pattern.FindStringSubmatchIndex(e.Reason); i != nil {
			return string(m.pattern.ExpandString(nil, m.mend, e.Reason, i))
		}
	}
	return ""
}

// A string literal, which may hold // and /*, or a comment.
var stringOrComment = regexp.MustCompile(`(?s)"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/`)

// withoutComments returns a source without its comments, but with all its lines.
func withoutComments(source string) string {
	return stringOrComment.ReplaceAllStringFunc(source, func(s string) string {
		if s[0] != '/' {
			return s
		}
		return strings.Repeat("\n", strings.Count(s, "\n"))
	})
}

// lastToken returns the line, and the text on it, of the last token before an
// error: where a missing semicolon belongs is not where the compiler misses it.
func lastToken(before string) (line int, text string) {
	before = withoutComments(before)
	before = strings.TrimRight(before, " \t\r\n")
	if before == "" {
		return 0, ""
	}
	last := before[strings.LastIndexByte(before, '\n')+1:]
	return strings.Count(before, "\n") + 1, strings.TrimSpace(last)
}
