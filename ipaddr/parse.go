package ipaddr

import (
	"fmt"
	"math/bits"
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
// a length (RFC 4632 3.1), a netmask or a wildcard mask, a range "a-b", or an
// address with a port (RFC 5952 6 for IPv6). Any error is a *ParseError.
func Parse(text string, mode Mode) (Input, error) {
	p := parser{text: text, mode: mode}
	in, err := p.parse()
	if err != nil {
		return Input{}, err
	}
	in.Text, in.Spelt, in.Notes = text, p.spelt, p.notes
	return in, nil
}

// ParseAddr reads a single address, strictly, and nothing around it.
func ParseAddr(text string) (netip.Addr, error) { return parseAddr(text, Strict) }

func parseAddr(text string, mode Mode) (netip.Addr, error) {
	p := parser{text: text, mode: mode}
	if err := p.space(); err != nil {
		return netip.Addr{}, err
	}
	return p.addr(text, 0)
}

type parser struct {
	text  string
	mode  Mode
	spelt string // the first address
	notes []wire.Note
}

func (p *parser) fail(offset int, hint, why string, args ...any) *ParseError {
	return &ParseError{Input: p.text, Offset: offset, Why: fmt.Sprintf(why, args...), Hint: hint}
}

func (p *parser) note(format string, args ...any) {
	p.notes = append(p.notes, wire.Notef(format, args...))
}

func (p *parser) parse() (Input, error) {
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
	afterAt := 1 + len(inside) + 1
	brief := shorten(inside, 45) // the longest address; for hints
	port, found := strings.CutPrefix(after, ":")
	if !found {
		return Input{}, p.fail(afterAt, "write "+brief+" alone, or ["+brief+"]:80",
			"brackets stand around an IPv6 address before a port, but no port follows")
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
			hint = "the zone stands before it, as in fe80::1%eth0/64"
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
	a, err := p.addr(left, 0)
	if err != nil {
		return Input{}, err
	}
	at := len(left) + 1
	var length int
	switch {
	case strings.Contains(right, "."):
		length, err = p.mask(a, right, at)
	case a.Is6() && strings.Contains(right, ":"):
		err = p.fail(at, "write the length, as in /64", "an IPv6 prefix has a length, not a mask")
	default:
		length, err = p.number(right, at, "prefix length", width(a))
	}
	if err != nil {
		return Input{}, err
	}
	return Input{Kind: KindPrefix, Addr: a, Prefix: netip.PrefixFrom(a.WithZone(""), length)}, nil
}

// mask reads an IPv4 netmask (255.255.255.0) or wildcard mask (0.0.0.255) as a
// prefix length. Either must be one run of ones and one of zeros (RFC 4632 5.1).
func (p *parser) mask(a netip.Addr, s string, at int) (int, error) {
	if !a.Is4() {
		return 0, p.fail(at, "write the length, as in /64", "an IPv6 prefix has a length, not a mask")
	}
	m, err := netip.ParseAddr(s)
	if err != nil || !m.Is4() {
		return 0, p.diagnoseMask(s, at)
	}
	v := uint32(valueOf(m).lo)
	ones := bits.LeadingZeros32(^v)
	if v<<ones == 0 { // ones, then zeros
		if v == 0 || ones == 32 {
			p.note("%s is read as a netmask, so the length is %d; as a wildcard mask it would be %d", s, ones, 32-ones)
		}
		return ones, nil
	}
	zeros := bits.LeadingZeros32(v)
	if ^v<<zeros == 0 { // zeros, then ones
		p.note("%s is a wildcard mask, the inverse of %s", s, Mask(netip.PrefixFrom(a, zeros)))
		return zeros, nil
	}
	return 0, p.fail(at, maskHint, "the mask %s is not one run of ones: %032b", s, v)
}

func (p *parser) rangeOf(left, right string) (Input, error) {
	first, err := p.addr(left, 0)
	if err != nil {
		return Input{}, err
	}
	at := len(left) + 1
	if first.Is4() && !strings.Contains(right, ".") { // 10.0.0.0-255, as some scanners write it
		if last, err := netip.ParseAddr(left[:strings.LastIndexByte(left, '.')+1] + right); err == nil {
			hint := "write " + left + "-" + last.String() + " if you mean that"
			if last.Less(first) {
				hint = "both ends are whole addresses, the lower one first"
			}
			return Input{}, p.fail(at, hint, "the end of the range is one number, not a whole address")
		}
	}
	last, err := p.addr(right, at)
	if err != nil {
		return Input{}, err
	}
	switch {
	case last.Zone() != "":
		return Input{}, p.fail(at+strings.Index(right, "%"), "write it without the zone", "a range has no zone")
	case width(first) != width(last):
		return Input{}, p.fail(at, "both ends are of one family: 192.0.2.1-192.0.2.9, or ::1-::9", "a range cannot run from IPv%d to IPv%d", Version(first), Version(last))
	case last.Less(first):
		return Input{}, p.fail(at, "write "+last.String()+"-"+first.String(), "the range ends before it starts")
	}
	return Input{Kind: KindRange, Addr: first, Range: Range{first, last}}, nil
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
	if strings.Contains(s, ":") {
		return netip.Addr{}, p.diagnose6(s, at)
	}
	return netip.Addr{}, p.diagnose4(s, at)
}

func notInZone(r rune) bool {
	return r == '%' || unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar
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
