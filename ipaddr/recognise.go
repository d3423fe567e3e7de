package ipaddr

import (
	"net/netip"
	"strings"
)

// A recogniser knows one thing that people write where an address should be.
type recogniser struct {
	signs string // it can only be a text with one of these ASCII characters; empty: any text
	find  func(p *parser) (m mistake, ok bool)
	set   charSet // of signs
}

// A mistake is what a recogniser found.
type mistake struct {
	offset int
	why    string // empty: the fault is named well already, only the hint is new
	hint   string // empty: "write " and fixed
	fixed  string // the text as it should be; may be another mistake
}

// namers say what the text is; hinters, which come after them, only have a
// better hint. In each list a recogniser that is sure comes before one that
// guesses.
var namers, hinters []recogniser

func init() { // the recognisers look at a mended text with all of them in turn
	namers = compile([]recogniser{
		{signs: "", find: typo},
		{signs: marks, find: quoted},
		{signs: "%", find: percentEncoded},
		{signs: " \t\r\n\v\f", find: spaces},
		{signs: "/", find: url},
		{signs: "@", find: userAtHost},
		{signs: "/?#", find: pathAfter},
		{signs: `\`, find: windowsPath},
		{signs: "rR", find: reverseName}, // arpa
		{signs: "", find: mac},
		{signs: "", find: hexDigits},
		{signs: "", find: tooLarge},
		{signs: ":=", find: labelled},
		{signs: "-,*{[", find: scanned},
		{signs: "*xX?", find: wildcards},
		{signs: ",;", find: commas},
		{signs: ".:", find: otherRange},
		{signs: "OolI", find: letterForDigit},
		{signs: "[", find: mailLiteral},
		{signs: "-", find: prefixRange},
	})
	hinters = compile([]recogniser{
		{signs: "[", find: bracketed},
		{signs: "", find: shortIPv6},
		{signs: ".:", find: tcpdumpPort},
		{signs: "/", find: manySlashes},
		{signs: "", find: wellKnown},
	})
}

// A charSet is a set of ASCII characters. It rules most recognisers out, which
// a batch of bad lines needs.
type charSet [2]uint64

func charsOf(text string) (set charSet) {
	for _, c := range []byte(text) {
		if c < 128 {
			set[c>>6] |= 1 << (c & 63)
		}
	}
	return set
}

func compile(all []recogniser) []recogniser {
	for i := range all {
		all[i].set = charsOf(all[i].signs)
	}
	return all
}

// named asks the recognisers in turn, and returns what the first one found.
func (p *parser) named(all []recogniser) (m mistake, ok bool) {
	has := charsOf(p.text)
	for i := range all {
		set := all[i].set
		if all[i].signs != "" && has[0]&set[0]|has[1]&set[1] == 0 {
			continue
		}
		if m, ok = all[i].find(p); ok {
			return m, true
		}
	}
	return mistake{}, false
}

// why returns the words for what the text is, and no hint: for a batch.
func (p *parser) why(err *ParseError) string {
	if len(p.text) <= maxLine {
		if m, ok := p.named(namers); ok && m.why != "" {
			return m.why
		}
	}
	return err.Why
}

// recognise gives an error the words for what the text is, where it is one of
// the things that are often written in place of an address.
func (p *parser) recognise(err *ParseError, depth int) *ParseError {
	const deepest = 4 // a full-width URL in quotation marks is three
	if len(p.text) > maxLine || depth == deepest {
		return err
	}
	m, ok := p.named(namers)
	if !ok {
		m, ok = p.named(hinters)
	}
	if !ok {
		return err
	}
	better := *err
	if m.why != "" {
		better.Offset, better.Why, better.Readings = m.offset, m.why, nil
	}
	if m.hint != "" {
		better.Hint = m.hint
	} else if hint, ok := p.write(m.fixed, depth); ok {
		better.Hint = hint
	}
	return &better
}

// write returns the hint to write a text, if it can be read; or the hint that
// the text itself would get, if it is recognised in turn.
func (p *parser) write(text string, depth int) (hint string, ok bool) {
	again := parser{text: text, mode: p.mode}
	_, err := again.parse()
	if err == nil {
		return "write " + text, true
	}
	plain := err.(*ParseError)
	better := again.recognise(plain, depth+1)
	return better.Hint, better.Hint != "" && (better.Hint != plain.Hint || strings.HasPrefix(better.Hint, "write "))
}

// reads reports whether a text is right as it is.
func reads(text string) bool {
	p := parser{text: text, quiet: true}
	_, err := p.parse()
	return err == nil
}

func typo(p *parser) (mistake, bool) {
	found, folded, ok := FindTypo(p.text)
	if !ok {
		return mistake{}, false
	}
	return mistake{offset: found.Offset, why: found.String(), fixed: folded}, true
}

// bracketed knows brackets without a port after them.
func bracketed(p *parser) (mistake, bool) {
	inside, after, found := strings.Cut(strings.TrimPrefix(p.text, "["), "]")
	if !found || !strings.HasPrefix(p.text, "[") {
		return mistake{}, false
	}
	fixed := inside + after
	if strings.HasPrefix(after, "/") && reads(fixed) || after == "" && strings.Contains(inside, "/") && reads(inside) {
		return mistake{fixed: fixed}, true
	}
	return mistake{}, false
}

// mailLiteral knows [IPv6:2001:db8::1] of e-mail (RFC 5321 4.1.3).
func mailLiteral(p *parser) (mistake, bool) {
	const start = "[ipv6:"
	if len(p.text) < len(start) || !strings.EqualFold(p.text[:len(start)], start) {
		return mistake{}, false
	}
	return mistake{why: "this is an address as e-mail writes it (RFC 5321 4.1.3)", fixed: strings.TrimSuffix(p.text[len(start):], "]")}, true
}

// shortIPv6 knows the front of an IPv6 address or prefix without "::", such as
// 2001:db8/32 and fe80, and a colon too many.
func shortIPv6(p *parser) (mistake, bool) {
	left, right, isPrefix := strings.Cut(p.text, "/")
	if strings.Contains(left, ":::") {
		fixed := strings.ReplaceAll(p.text, ":::", "::")
		return mistake{fixed: fixed}, reads(fixed)
	}
	if strings.Contains(left, "::") || strings.ContainsAny(left, ".%") {
		return mistake{}, false
	}
	colons := strings.Count(left, ":")
	if colons == 0 && (len(left) != 4 || left < "1" || !isPrefix && strings.Trim(left, "0123456789") == "") || !isPrefix && colons > 1 {
		return mistake{}, false
	}
	fixed := strings.TrimSuffix(left, ":") + "::"
	if isPrefix {
		fixed += "/" + right
	}
	return mistake{fixed: fixed}, reads(fixed)
}

// prefixRange knows a range of prefixes.
func prefixRange(p *parser) (mistake, bool) {
	left, right, _ := strings.Cut(p.text, "-")
	first, err := netip.ParsePrefix(left)
	last, err2 := netip.ParsePrefix(right)
	if err != nil || err2 != nil || width(first.Addr()) != width(last.Addr()) || LastAddr(last).Less(RangeOf(first).First) {
		return mistake{}, false
	}
	return mistake{
		offset: strings.IndexByte(p.text, '/'), why: "the ends of a range are addresses, not prefixes",
		fixed: Range{RangeOf(first).First, LastAddr(last)}.String(),
	}, true
}

// manySlashes knows a second length or mask.
func manySlashes(p *parser) (mistake, bool) {
	first := strings.Index(p.text, "/")
	last := strings.LastIndex(p.text, "/")
	if first < 0 || first == last || !reads(p.text[:last]) {
		return mistake{}, false
	}
	return mistake{fixed: p.text[:last]}, true
}

// wellKnown knows names that mean an address everywhere.
func wellKnown(p *parser) (mistake, bool) {
	hints := map[string]string{
		"localhost":     "the name localhost means 127.0.0.1 and ::1 (RFC 6761 6.3): write one of them",
		"default":       "the default route is written 0.0.0.0/0 or ::/0",
		"any":           "every address is written 0.0.0.0/0 or ::/0",
		"*":             "every address is written 0.0.0.0/0 or ::/0",
		"broadcasthost": "write 255.255.255.255",
	}
	hint, ok := hints[strings.ToLower(p.text)]
	if number, isAS := strings.CutPrefix(p.text, "AS"); isAS && number != "" && strings.Trim(number, "0123456789") == "" {
		hint, ok = "this is the number of an autonomous system (RFC 4271), which has many prefixes: write one of them", true
	}
	return mistake{hint: hint}, ok
}

// letterForDigit knows the letters O and l in place of 0 and 1.
func letterForDigit(p *parser) (mistake, bool) {
	at := strings.IndexAny(p.text, "OolI")
	if at < 0 || !strings.ContainsAny(p.text, ".:") {
		return mistake{}, false
	}
	fixed := strings.NewReplacer("O", "0", "o", "0", "l", "1", "I", "1").Replace(p.text)
	return mistake{offset: at, why: quote(p.text[at:at+1]) + " is a letter, not a digit", fixed: fixed}, reads(fixed)
}

// tcpdumpPort knows a port after a dot, as tcpdump and netstat print it; and
// an IPv6 address with a port but without brackets.
func tcpdumpPort(p *parser) (mistake, bool) {
	dot := strings.LastIndexByte(p.text, '.')
	if dot > 0 {
		host, port := p.text[:dot], p.text[dot+1:]
		if a, err := netip.ParseAddr(host); err == nil {
			fixed := host + ":" + port
			if a.Is6() {
				fixed = "[" + host + "]:" + port
			}
			if reads(fixed) {
				return mistake{hint: "if " + port + " is a port, as tcpdump writes it, write " + fixed}, true
			}
		}
	}
	colon := strings.LastIndexByte(p.text, ':')
	if colon > 0 && strings.Count(p.text, ":") > 1 && !strings.HasPrefix(p.text, "[") {
		fixed := "[" + p.text[:colon] + "]" + p.text[colon:]
		return mistake{hint: "if " + shorten(p.text[colon+1:], 8) + " is a port, write " + fixed}, reads(fixed)
	}
	return mistake{}, false
}
