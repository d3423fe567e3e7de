package httpmsg

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// IndentJSON returns a JSON body with a line for each value, at most max bytes
// of it. It returns an error that says at which byte the body is not JSON.
func IndentJSON(body []byte, max int) (out []byte, err error) {
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("byte %d: not JSON: %w", syntax.Offset, err)
		}
		return nil, err
	}
	// json.Indent would write all of it: a line in 1000 brackets is 2000 spaces.
	depth, quoted := 0, false
	newLine := func() {
		out = append(append(out, '\n'), strings.Repeat("  ", depth)...)
	}
	for i, c := range body {
		if len(out) > max {
			return out[:max], nil
		}
		switch {
		case quoted:
			out = append(out, c)
			quoted = c != '"' || escaped(body, i)
		case c == '"':
			out = append(out, c)
			quoted = true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		case c == '{' || c == '[':
			out = append(out, c)
			if depth++; !closes(body[i+1:]) {
				newLine()
			}
		case c == '}' || c == ']':
			depth--
			if last := out[len(out)-1]; last != '{' && last != '[' {
				newLine()
			}
			out = append(out, c)
		case c == ',':
			out = append(out, c)
			newLine()
		case c == ':':
			out = append(out, ": "...)
		default:
			out = append(out, c)
		}
	}
	return out[:min(len(out), max)], nil
}

// escaped reports whether an odd number of backslashes comes before body[i].
func escaped(body []byte, i int) bool {
	n := 0
	for i > n && body[i-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// closes reports whether the next thing in rest is a closing bracket.
func closes(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		}
		return c == '}' || c == ']'
	}
	return false
}
