package schema

import (
	"fmt"
	"regexp"
	"strings"
)

// mendStatement says what is missing in a statement that goes on, on its line,
// where the compiler wants a semicolon. line is the text up to there.
func mendStatement(line, rest string) string {
	statement := strings.TrimSpace(line[strings.LastIndexAny(line, ";{}")+1:])
	if statement == "" {
		statement = line
	}
	numbered := strings.Contains(statement, "=")
	switch number := leadingDigits.FindString(rest); {
	case !numbered && number != "":
		return fmt.Sprintf("put = before the number: %s = %s;", statement, number)
	case !numbered && strings.HasPrefix(rest, "-"):
		return "a name has letters, digits and _ only: write _ in place of -"
	case rest != "" && strings.Contains(",:", rest[:1]):
		return fmt.Sprintf("put ; in place of %q: %s;", rest[:1], statement)
	}
	return fmt.Sprintf("put ; behind %s", statement)
}

var leadingDigits = regexp.MustCompile(`^\d+`)

// mendSyntax returns what to do about an error that the compiler tells by the
// token alone, or "".
func mendSyntax(reason, before, rest string) string {
	before = withoutComments(before)
	depth := strings.Count(before, "{") - strings.Count(before, "}")
	word := lastWord.FindString(strings.TrimRight(before, " \t\r\n"))
	switch {
	case strings.Contains(reason, "unexpected "+endOfFile) && depth > 0:
		return fmt.Sprintf("put } at the end: %d { and %d } are there", strings.Count(before, "{"), strings.Count(before, "}"))
	case strings.Contains(reason, "unexpected '}'") && depth <= 0:
		return "take this } away: there is no { that it would close"
	case strings.Contains(reason, "unexpected identifier") && strings.HasSuffix(strings.TrimSpace(before), "<"):
		return "the key of a map is an integer, bool or string"
	case strings.Contains(reason, "unexpected identifier") && depth == 0:
		return "a type begins with message or enum, in small letters"
	case strings.Contains(reason, "unexpected '<'") && word == "map":
		return "a map has no label, and stands in no oneof and in no other map: put it into a message of its own"
	case strings.Contains(reason, "unexpected '<'"), strings.HasPrefix(rest, "[]"):
		return "an array begins with repeated: repeated TYPE name = 1;"
	case strings.Contains(reason, `unexpected "optional"`):
		return "a field of a oneof has no label: leave it out"
	case strings.Contains(reason, `expecting "returns"`):
		return "a method is written so: rpc Name (Request) returns (Reply);"
	}
	return ""
}

var lastWord = regexp.MustCompile(`\w*$`)

// endOfFile is what the compiler finds behind the last token.
const endOfFile = "end of file"
