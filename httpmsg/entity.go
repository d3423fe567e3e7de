package httpmsg

import "strings"

// entities are the characters of HTML that need no semicolon (HTML 13.5), and
// so eat a parameter whose name starts as theirs: "&param2" becomes "¶m2"
// where a page writes a URL as text (HTML 13.2.5.73).
var entities = []entity{
	{"para", "¶"}, {"amp", "&"}, {"cent", "¢"}, {"copy", "©"}, {"curren", "¤"},
	{"deg", "°"}, {"gt", ">"}, {"lt", "<"}, {"micro", "µ"}, {"not", "¬"},
	{"pound", "£"}, {"quot", `"`}, {"reg", "®"}, {"sect", "§"}, {"times", "×"},
	{"yen", "¥"}, {"Aacute", "Á"}, {"aacute", "á"}, {"Acirc", "Â"},
	{"acirc", "â"}, {"acute", "´"}, {"AElig", "Æ"}, {"aelig", "æ"},
	{"Agrave", "À"}, {"agrave", "à"}, {"AMP", "&"}, {"Aring", "Å"},
	{"aring", "å"}, {"Atilde", "Ã"}, {"atilde", "ã"}, {"Auml", "Ä"},
	{"auml", "ä"}, {"brvbar", "¦"}, {"Ccedil", "Ç"}, {"ccedil", "ç"},
	{"cedil", "¸"}, {"COPY", "©"}, {"divide", "÷"}, {"Eacute", "É"},
	{"eacute", "é"}, {"Ecirc", "Ê"}, {"ecirc", "ê"}, {"Egrave", "È"},
	{"egrave", "è"}, {"ETH", "Ð"}, {"eth", "ð"}, {"Euml", "Ë"}, {"euml", "ë"},
	{"frac12", "½"}, {"frac14", "¼"}, {"frac34", "¾"}, {"GT", ">"},
	{"Iacute", "Í"}, {"iacute", "í"}, {"Icirc", "Î"}, {"icirc", "î"},
	{"iexcl", "¡"}, {"Igrave", "Ì"}, {"igrave", "ì"}, {"iquest", "¿"},
	{"Iuml", "Ï"}, {"iuml", "ï"}, {"laquo", "«"}, {"LT", "<"}, {"macr", "¯"},
	{"middot", "·"}, {"nbsp", "\u00a0"}, {"Ntilde", "Ñ"}, {"ntilde", "ñ"},
	{"Oacute", "Ó"}, {"oacute", "ó"}, {"Ocirc", "Ô"}, {"ocirc", "ô"},
	{"Ograve", "Ò"}, {"ograve", "ò"}, {"ordf", "ª"}, {"ordm", "º"},
	{"Oslash", "Ø"}, {"oslash", "ø"}, {"Otilde", "Õ"}, {"otilde", "õ"},
	{"Ouml", "Ö"}, {"ouml", "ö"}, {"plusmn", "±"}, {"QUOT", `"`},
	{"raquo", "»"}, {"REG", "®"}, {"shy", "\u00ad"}, {"sup1", "¹"},
	{"sup2", "²"}, {"sup3", "³"}, {"szlig", "ß"}, {"THORN", "Þ"},
	{"thorn", "þ"}, {"Uacute", "Ú"}, {"uacute", "ú"}, {"Ucirc", "Û"},
	{"ucirc", "û"}, {"Ugrave", "Ù"}, {"ugrave", "ù"}, {"uml", "¨"},
	{"Uuml", "Ü"}, {"uuml", "ü"}, {"Yacute", "Ý"}, {"yacute", "ý"},
	{"yuml", "ÿ"},
}

type entity struct{ name, char string }

// text returns the character, or what to call one that cannot be seen.
func (e entity) text() string {
	switch e.name {
	case "nbsp":
		return "a no-break space"
	case "shy":
		return "a soft hyphen"
	}
	return e.char
}

// An eaten is a place where HTML made a character of "&" and the start of a
// name.
type eaten struct {
	entity
	Span // in the pair, percent-encoded or not
}

// eatenIn looks for such a place in what stands between two "&". It has to have
// a "=" on both sides, as "param1=1¶m2=2": a character alone may be meant.
func eatenIn(pair string) (eaten, bool) {
	first, last := strings.IndexByte(pair, '='), strings.LastIndexByte(pair, '=')
	if first == last {
		return eaten{}, false
	}
	for _, e := range entities {
		for _, form := range [...]string{e.char, Encode(e.char, FormComponent)} {
			if i := strings.Index(pair, form); i > first && i < last {
				return eaten{e, Span{i, i + len(form)}}, true
			}
		}
	}
	return eaten{}, false
}

// entityRemarks finds parameters that HTML ate, and those that it would eat.
func (u URL) entityRemarks(add func(Span, string, string, ...any)) {
	const rfc = "HTML 13.2.5.73"
	query := u.Text(u.Query)
	for _, p := range QueryPairs(query) {
		pair := query[p.Start:p.End]
		e, ok := eatenIn(pair)
		if !ok {
			continue
		}
		rest, _, _ := strings.Cut(pair[e.End:], "=")
		at := u.Query.Start + p.Start
		add(Span{at + e.Start, at + e.End}, rfc, "%q was %q: HTML reads \"&%s\" as %s even without a semicolon, so the parameter %q is lost",
			pair[e.Start:e.End]+clip(rest), "&"+e.name+clip(rest), e.name, e.text(), e.name+clip(rest))
	}
	for _, e := range entities {
		i := strings.Index(query, "&"+e.name)
		if i < 0 {
			continue
		}
		at := u.Query.Start + i
		s := Span{at, at + 1 + len(e.name)}
		if strings.HasPrefix(query[i:], "&amp;") {
			add(s, rfc, "\"&amp;\" is how a page writes \"&\": here it starts a parameter whose name begins with \"amp;\"")
		} else {
			add(s, rfc, "in the text of an HTML page \"&%s\" becomes %s, semicolon or not: write \"&amp;\" there", e.name, e.text())
		}
	}
}

// MangledByHTML returns a query with the characters that HTML made of parameters
// put back, and whether there was one: "a=1¶m2=2" gives "a=1&param2=2".
func MangledByHTML(query string) (string, bool) {
	pairs := strings.Split(query, "&")
	found := false
	for i, pair := range pairs {
		done := ""
		for {
			e, ok := eatenIn(pair)
			if !ok {
				break
			}
			found = true
			done += pair[:e.Start] + "&"
			pair = e.name + pair[e.End:]
		}
		pairs[i] = done + pair
	}
	return strings.Join(pairs, "&"), found
}
