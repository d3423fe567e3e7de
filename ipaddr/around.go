package ipaddr

import "strings"

// This file recognises what is written around an address: marks, spaces, words.

const marks = "\"'`<>(),;"

// quoted knows a text with marks around it, such as quotation marks.
func quoted(p *parser) (mistake, bool) {
	fixed := strings.Trim(p.text, marks)
	if at := strings.IndexByte(fixed, '('); at > 0 && reads(fixed[:at]) { // 10.0.0.1(Preferred) of ipconfig
		return mistake{offset: at, why: "there are words after the address", fixed: fixed[:at]}, true
	}
	if fixed == p.text || fixed == "" {
		return mistake{}, false
	}
	offset := 0
	if !strings.ContainsRune(marks, rune(p.text[0])) {
		offset = len(fixed)
	}
	return mistake{offset: offset, why: "there are marks around it: " + quote(p.text[offset:offset+1]) + " does not belong in an address", fixed: fixed}, true
}

// spaces knows spaces around an address or its signs, and several addresses
// in one argument.
func spaces(p *parser) (mistake, bool) {
	words := strings.Fields(p.text)
	if len(words) == 0 || len(words) == 1 && words[0] == p.text {
		return mistake{}, false
	}
	if _, isPrefix, _ := p.words(); isPrefix {
		return mistake{}, false // and its mask or length is wrong
	}
	m := mistake{fixed: joinSigns(words)}
	if len(words) == 1 {
		return m, true
	}
	if len(words) == 3 && rangeWords[strings.ToLower(words[1])] {
		m.fixed = words[0] + "-" + words[2]
		return m, true
	}
	if len(words) == 2 {
		if write, ok := maskFirst(words[0], words[1]); ok {
			return mistake{why: "the mask " + words[0] + " is in the first place: the address comes first", hint: "write " + write}, true
		}
		if with := words[0] + "/" + strings.TrimPrefix(words[1], "/"); reads(with) && !strings.ContainsAny(words[1], ".:") {
			m.fixed = with
			return m, true
		}
		if v, ok := maskValue(words[1]); ok && looksLikeMask(v) && strings.Contains(words[0], "/") && reads(words[0]) {
			return mistake{why: "there are both a length and a mask", fixed: words[0], offset: strings.LastIndex(p.text, words[1])}, true
		}
		if write := words[1] + words[0]; strings.HasPrefix(words[0], "/") && reads(write) {
			m.fixed = write
			return m, true
		}
	}
	if _, ok := hardwareAddr(strings.Join(words, ":")); ok {
		again := parser{text: strings.Join(words, ":")}
		return mac(&again)
	}
	if octets := strings.Join(words, "."); len(words) == 4 && reads(octets) { // 10 0 0 1
		m.fixed = octets
		return m, true
	}
	for _, word := range words {
		if !reads(word) {
			if found := amongWords(words); found != "" && !reads(m.fixed) {
				m.fixed = found
			}
			return m, true
		}
	}
	m.hint = "each address is an argument of its own: write " + shorten(strings.Join(words, " "), 100) + " without quotation marks"
	return m, true
}

var rangeWords = map[string]bool{"to": true, "~": true, "--": true, "..": true, "->": true, "至": true, "到": true}

// labelled knows a label before an address: ip=10.0.0.1, IP地址:10.0.0.1.
func labelled(p *parser) (mistake, bool) {
	rest, ok := afterLabel(p.text)
	return mistake{why: "there is a label before the address", fixed: rest}, ok
}

// afterLabel returns the address after a label.
func afterLabel(text string) (rest string, ok bool) {
	at := strings.IndexAny(text, ":=")
	if at < 1 || strings.Trim(text[:at], "0123456789abcdefABCDEF.") == "" {
		return "", false
	}
	return text[at+1:], reads(text[at+1:])
}

// amongWords returns the first address among other words, with its netmask, as
// in a line of ifconfig: "inet 10.0.0.1 netmask 0xffffff00 broadcast 10.0.0.255".
func amongWords(words []string) string {
	for i, word := range words {
		if rest, ok := afterLabel(word); ok { // "inet addr:10.0.0.1"
			return rest
		}
		if !strings.ContainsAny(word, ".:") || !reads(word) {
			continue
		}
		for n := min(3, len(words)-i); n > 1; n-- {
			p := parser{text: strings.Join(words[i:i+n], " "), quiet: true}
			if _, ok, err := p.words(); ok && err == nil {
				return p.text
			}
		}
		return word
	}
	return ""
}

// percentEncoded knows a slash or colon as a URL's query has them: %2F.
func percentEncoded(p *parser) (mistake, bool) {
	fixed := strings.NewReplacer("%2F", "/", "%2f", "/", "%3A", ":", "%3a", ":", "%5B", "[", "%5b", "[", "%5D", "]", "%5d", "]").Replace(p.text)
	return mistake{offset: strings.IndexByte(p.text, '%'), why: "it is percent-encoded, as in the query of a URL", fixed: fixed}, fixed != p.text && reads(fixed)
}

// joinSigns joins words that have a sign of an address between them.
func joinSigns(words []string) string {
	const signs = "/-:.%,"
	joined := words[0]
	for _, word := range words[1:] {
		if !strings.ContainsRune(signs, rune(joined[len(joined)-1])) && !strings.ContainsRune(signs, rune(word[0])) {
			joined += " "
		}
		joined += word
	}
	return joined
}
