package ipaddr

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"onwire/wire"
)

// A Mode says how much a parser forgives.
type Mode int

const (
	Strict  Mode = iota // one spelling, one meaning
	Lenient             // also inet_aton's forms and integers, with a Note that says so
)

// Parse reads an address, an address with a zone (RFC 4007 11), a prefix with
// a length (RFC 4632 3.1), a netmask or a wildcard mask, an address and its
// netmask as two words, a range "a-b", or an address with a port (RFC 5952 6 for
// IPv6). Any error is a *ParseError; where the text is another thing that is
// often written in place of an address, such as a URL or a MAC address, the
// error names it.
func Parse(text string, mode Mode) (Input, error) {
	p := parser{text: text, mode: mode}
	in, err := p.parse()
	if err != nil {
		return Input{}, p.recognise(err.(*ParseError), 0)
	}
	in.Text, in.Spelt, in.Notes = text, p.spelt, p.notes
	return in, nil
}

// ParseAddr reads a single address, strictly, and nothing around it.
func ParseAddr(text string) (netip.Addr, error) {
	p := parser{text: text}
	err := p.space()
	if err == nil {
		var a netip.Addr
		if a, err = p.addr(text, 0); err == nil {
			return a, nil
		}
	}
	return netip.Addr{}, p.recognise(err.(*ParseError), 0)
}

type parser struct {
	text  string
	mode  Mode
	quiet bool   // only whether it is right is asked, not what is wrong
	brief bool   // only what is wrong is asked, not what to do about it
	spelt string // the first address
	notes []wire.Note
}

func (p *parser) fail(offset int, hint, why string, args ...any) *ParseError {
	if p.quiet {
		return new(ParseError)
	}
	return &ParseError{Input: p.text, Offset: offset, Why: wire.Escape(fmt.Sprintf(why, args...)), Hint: wire.Escape(hint)}
}

func (p *parser) note(format string, args ...any) {
	p.notes = append(p.notes, wire.Notef(format, args...))
}

func (p *parser) parse() (Input, error) {
	if in, ok, err := p.words(); ok {
		return in, err
	}
	if err := p.space(); err != nil {
		return Input{}, err
	}
	s := p.text
	if strings.HasPrefix(s, "[") {
		return p.bracketed()
	}
	if left, right, found := strings.Cut(s, "/"); found {
		return p.prefix(left, right)
	}
	// An interface name may hold "-" (fe80::1%br-lan), so a zone ends the search.
	if i := strings.IndexAny(s, "-%"); i >= 0 && s[i] == '-' {
		return p.rangeOf(s[:i], s[i+1:])
	} else if j := strings.LastIndexByte(s, '-'); i >= 0 && j > i {
		if _, err := netip.ParseAddr(s[j+1:]); err == nil {
			return Input{}, p.fail(i, "write it without the zone", "a range has no zone")
		}
	}
	if host, port, found := strings.Cut(s, ":"); found && strings.Contains(host, ".") && !strings.Contains(port, ":") {
		return p.addrPort(host, 0, port)
	}
	a, err := p.addr(s, 0)
	if err != nil {
		return Input{}, err
	}
	p.noteMask(a)
	p.noteEUI64(s)
	if zone, port, found := strings.Cut(a.Zone(), ":"); found {
		p.note("%s is read as the zone; a port follows brackets: [%s%%%s]:%s", a.Zone(), a.WithZone(""), zone, port)
	}
	return Input{Kind: KindAddr, Addr: a}, nil
}

// space refuses spaces, which netip.ParseAddr allows in a zone.
func (p *parser) space() error {
	if i := strings.IndexFunc(p.text, unicode.IsSpace); i >= 0 {
		return p.fail(i, "write it without spaces", "there is a space in it")
	}
	return nil
}

// bracketed reads "[v6]:port".
func (p *parser) bracketed() (Input, error) {
	inside, after, found := strings.Cut(p.text[1:], "]")
	if !found {
		return Input{}, p.fail(len(p.text), "close it before the port, as in [::1]:80", "the bracket is never closed")
	}
	if inside == "" {
		return Input{}, p.fail(1, "write an address between the brackets, as in [::1]:80", "there is nothing where an address should be")
	}
	afterAt := 1 + len(inside) + 1
	brief := shorten(inside, 45) // the longest address; for hints
	if _, err := netip.ParseAddr(inside); err == nil && !strings.Contains(inside, ":") && after == "" {
		return Input{}, p.fail(0, "write "+brief, "brackets are for IPv6 addresses")
	}
	port, found := strings.CutPrefix(after, ":")
	if !found {
		return Input{}, p.fail(afterAt, "write "+brief+" alone, or ["+brief+"]:80",
			"brackets are for an IPv6 address before a port, but no port follows")
	}
	host := inside
	if before, zone, found := strings.Cut(inside, "%25"); found && zone != "" {
		host = before + "%" + zone
		p.note("%s is the percent sign of a zone inside a URI, as RFC 6874 wrote it (RFC 9844 made that obsolete)", "%25")
	}
	if !strings.Contains(host, ":") {
		return Input{}, p.fail(1, "write "+brief+":"+shorten(port, 5), "brackets are for IPv6 addresses")
	}
	return p.addrPort(host, 1, port)
}

func (p *parser) addrPort(host string, hostAt int, port string) (Input, error) {
	a, err := p.addr(host, hostAt)
	if err != nil {
		return Input{}, err
	}
	n, err := p.number(port, len(p.text)-len(port), "port", 65535)
	if err != nil {
		return Input{}, err
	}
	return Input{Kind: KindAddrPort, Addr: a, Port: uint16(n)}, nil
}

// number reads a decimal number without sign or leading zero.
func (p *parser) number(s string, at int, what string, most int) (int, error) {
	hint := fmt.Sprintf("a %s is a number from 0 to %d", what, most)
	if s == "" {
		return 0, p.fail(at, hint, "the %s is missing", what)
	}
	for i, c := range []byte(s) {
		if c == '%' {
			hint = "the zone comes before it, as in fe80::1%eth0/64"
		}
		if what == "port" && isLetter(c) {
			hint += "; 'portmux service NAME' finds it by its name"
		}
		if c < '0' || c > '9' {
			return 0, p.fail(at+i, hint, "%q is not a digit of a %s", s[i:i+runeLen(s[i:])], what)
		}
	}
	if len(s) > 1 && s[0] == '0' {
		err := p.fail(at, "write it without the zero", "the %s has a leading zero", what)
		octal, octalErr := strconv.ParseUint(s, 8, 16)
		decimal, decimalErr := strconv.ParseUint(s, 10, 16)
		same := octal == decimal // below 8, and then both are numbers
		if octalErr == nil && octal <= uint64(most) && !same {
			err.Readings = append(err.Readings, Reading{"those that read octal", fmt.Sprintf("%s %d", what, octal)})
		}
		if who := "those that read decimal"; decimalErr == nil && decimal <= uint64(most) {
			if same {
				who = "those that read past the zero"
			}
			err.Readings = append(err.Readings, Reading{who, fmt.Sprintf("%s %d", what, decimal)})
		}
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > most {
		return 0, p.fail(at, hint, "the %s is more than %d", what, most)
	}
	return n, nil
}

func (p *parser) prefix(left, right string) (Input, error) {
	switch {
	case left == "":
		return Input{}, p.fail(0, "write the address before the slash, as in 192.0.2.1/24", "there is nothing where an address should be")
	case isShort(left):
		return p.shortPrefix(left, right)
	case notShort(left):
		return Input{}, p.fail(0, "before a slash each number is one octet, and missing octets are zeros: 172.16/12 is 172.16.0.0/12",
			"an octet before the slash is more than 255")
	}
	a, err := p.addr(left, 0)
	if err != nil {
		return Input{}, err
	}
	at := len(left) + 1
	length, err := p.length(a, right, at)
	if err == nil && strings.HasPrefix(left, "255.") {
		p.noteMask(a)
	}
	if err != nil {
		if write, ok := maskFirst(left, right); ok {
			err = p.fail(0, "write "+write, "the mask %s is in the first place: the address comes first", left)
		}
		return Input{}, err
	}
	return Input{Kind: KindPrefix, Addr: a, Prefix: netip.PrefixFrom(a.WithZone(""), length)}, nil
}

// length reads what follows the slash of a prefix: a length or a mask.
func (p *parser) length(a netip.Addr, s string, at int) (int, error) {
	_, hex := cutHex(s)
	if v, isMask := maskValue("0x" + s); isMask && a.Is4() && looksLikeMask(v) {
		return 0, p.fail(at, "write 0x"+s+" if you mean that", "%q is not a prefix length", s)
	}
	switch {
	case strings.Contains(s, ".") || hex && a.Is4():
		return p.mask(a, s, at)
	case a.Is6() && strings.Contains(s, ":"):
		hint := "write the length, as in /64"
		if m, err := netip.ParseAddr(s); err == nil {
			if n := prefixLength6(m); n >= 0 {
				hint = fmt.Sprintf("write the length, /%d", n)
			}
		}
		return 0, p.fail(at, hint, "an IPv6 prefix has a length, not a mask")
	}
	return p.number(s, at, "prefix length", width(a))
}

// prefixLength6 returns the length of a mask of 128 bits, or -1.
func prefixLength6(m netip.Addr) int {
	for n := range 129 {
		if Mask(netip.PrefixFrom(netip.IPv6Unspecified(), n)) == m {
			return n
		}
	}
	return -1
}

// addr reads one address that starts at byte at of the whole text.
func (p *parser) addr(s string, at int) (netip.Addr, error) {
	if p.spelt == "" {
		p.spelt, _, _ = strings.Cut(s, "%")
	}
	a, err := netip.ParseAddr(s)
	if err == nil {
		if i := strings.IndexFunc(a.Zone(), notInZone); i >= 0 {
			return netip.Addr{}, p.fail(at+strings.Index(s, "%")+1+i, "the zone is the name of an interface, as in fe80::1%eth0", "the zone has a character that no interface name has")
		}
		return a, nil
	}
	if p.mode == Lenient {
		if a, form, ok := lenient(s); ok {
			p.note("%q is %s: %s", s, form, a)
			return a, nil
		}
	}
	switch {
	case p.quiet:
		return netip.Addr{}, new(ParseError)
	case strings.Contains(s, ":"):
		return netip.Addr{}, p.diagnose6(s, at)
	}
	return netip.Addr{}, p.diagnose4(s, at)
}

func notInZone(r rune) bool {
	return r == '%' || unicode.IsSpace(r) || wire.Hidden(r) || r == unicode.ReplacementChar
}

// Version returns 4 or 6, and 0 for the zero Addr.
func Version(a netip.Addr) int {
	switch {
	case a.Is4():
		return 4
	case a.Is6():
		return 6
	}
	return 0
}
