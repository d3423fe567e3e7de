package httpmsg

import "strings"

// entities are characters of HTML that need no semicolon, and so eat a
// parameter whose name starts as theirs: "&param2" becomes "¶m2" where a page
// writes a URL as text (HTML 13.2.5.73).
var entities = []struct{ name, char string }{
	{"para", "¶"}, {"sect", "§"}, {"copy", "©"}, {"reg", "®"}, {"times", "×"},
	{"curren", "¤"}, {"not", "¬"}, {"cent", "¢"}, {"pound", "£"}, {"yen", "¥"},
	{"deg", "°"}, {"micro", "µ"}, {"uml", "¨"}, {"macr", "¯"}, {"divide", "÷"},
	{"acute", "´"}, {"cedil", "¸"}, {"middot", "·"}, {"laquo", "«"}, {"raquo", "»"},
	{"ordf", "ª"}, {"ordm", "º"}, {"plusmn", "±"}, {"brvbar", "¦"}, {"iexcl", "¡"},
	{"iquest", "¿"}, {"eth", "ð"}, {"thorn", "þ"}, {"szlig", "ß"},
}

// entityRemarks finds parameters that HTML ate, and those that it would eat.
func (u URL) entityRemarks(add func(Span, string, string, ...any)) {
	text := u.Text(u.Query)
	if text == "" {
		return
	}
	for _, e := range entities {
		if i := strings.Index(text, e.char); i >= 0 {
			at := u.Query.Start + i
			rest, _, _ := strings.Cut(text[i+len(e.char):], "&")
			name, _, _ := strings.Cut(rest, "=")
			add(Span{at, at + len(e.char)}, "HTML 13.2.5.73", "%q was \"&%s\": HTML reads \"&%s\" as %s even without a semicolon, so the parameter %q is lost", e.char+clip(name), e.name+clip(name), e.name, e.char, e.name+clip(name))
		}
		if i := strings.Index(text, "&"+e.name); i >= 0 {
			at := u.Query.Start + i
			add(Span{at, at + 1 + len(e.name)}, "HTML 13.2.5.73", "in the text of an HTML page \"&%s\" becomes %s, semicolon or not: write \"&amp;\" there", e.name, e.char)
		}
	}
}

// EatenByHTML returns s with the character that HTML made of a parameter put
// back, and whether there was one: "a=1¶m2=2" gives "a=1&param2=2".
func EatenByHTML(s string) (string, bool) {
	out := s
	for _, e := range entities {
		out = strings.ReplaceAll(out, e.char, "&"+e.name)
	}
	return out, out != s
}
