package ipaddr

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// runeLen is the length of the first character of s, for quoting it.
func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// readsDecimal are the parsers that took a leading zero for nothing.
const readsDecimal = "those that read decimal (Go before 1.17, Python before 3.9.5)"

// diagnose4 says why s, which starts at byte at, is no IPv4 address.
func (p *parser) diagnose4(s string, at int) *ParseError {
	err := p.fault4(s, at)
	if p.brief {
		return err
	}
	decimal, isDecimal := decimalReading(s)
	a, form, ok := lenient(s)
	switch {
	case ok:
		who := "inet_aton (ping, curl, browsers)"
		if a.Is6() {
			who = "those that take any integer (Python's ipaddress)"
		}
		err.Readings = append(err.Readings, Reading{who, a.String()})
		err.Hint = "write " + a.String() + " if you mean " + form
		if isDecimal && decimal != a {
			err.Readings = append(err.Readings, Reading{readsDecimal, decimal.String()})
			err.Hint = "it may mean " + a.String() + " or " + decimal.String() + ": write the one you mean"
		}
		if network, plain, ok := fillOctets(s); ok && plain && strings.Contains(s, ".") { // 192.168.1
			err.Hint += fmt.Sprintf("; the network %s is written %s/%d", s, network, 8*(strings.Count(s, ".")+1))
		}
	case isDecimal: // 08 and 09 are no octal numbers
		err.Readings = append(err.Readings, Reading{readsDecimal, decimal.String()})
		err.Hint = "write " + decimal.String() + " if you mean that"
	}
	return err
}

// diagnoseMask says why s is no IPv4 mask. What others read counts only where
// they read a mask.
func (p *parser) diagnoseMask(s string, at int) *ParseError {
	err := p.diagnose4(s, at)
	for _, r := range err.Readings {
		trial := parser{text: r.Means}
		if _, wrong := trial.mask(netip.IPv4Unspecified(), r.Means, 0); wrong != nil {
			err.Readings, err.Hint = nil, ""
			break
		}
	}
	if len(err.Readings) == 0 {
		err.Hint = maskHint
		if v, ok := maskValue(filled(s)); ok && strings.Count(s, ".") < 3 && looksLikeMask(v) && v>>24 == 255 {
			err.Hint = "write " + filled(s) + " if you mean that"
		}
	}
	return err
}

// diagnoseEmbedded says why the IPv4 address at the end of an IPv6 address is
// none. No parser reads inet_aton's forms there, but some read past a zero.
func (p *parser) diagnoseEmbedded(before, s string, at int) *ParseError {
	err := p.fault4(s, at)
	if decimal, ok := decimalReading(s); ok {
		err.Readings = append(err.Readings, Reading{readsDecimal, before + decimal.String()})
		err.Hint = "write " + before + decimal.String() + " if you mean that"
	}
	return err
}

const letters = "abcdefghijklmnopqrstuvwxyz"

// decimalReading reads four parts as decimal, whatever zeros they start with.
func decimalReading(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	for i, part := range parts {
		if parts[i] = strings.TrimLeft(part, "0"); parts[i] == "" && part != "" {
			parts[i] = "0"
		}
	}
	a, err := netip.ParseAddr(strings.Join(parts, "."))
	return a, err == nil && a.Is4()
}

func (p *parser) fault4(s string, at int) *ParseError {
	if s == "" {
		return p.fail(at, "write an address such as 192.0.2.1 or 2001:db8::1", "there is nothing where an address should be")
	}
	if i := strings.IndexByte(s, '%'); i >= 0 {
		if _, err := netip.ParseAddr(s[:i]); err == nil {
			return p.fail(at+i, "write "+s[:i], "an IPv4 address has no zone")
		}
	}
	for i, r := range s {
		if r >= '0' && r <= '9' || r == '.' {
			continue
		}
		if _, _, ok := lenient(s); ok { // 0x7f.1
			return p.fail(at, "", "this is written in hex, not as four decimal octets")
		}
		hint := ""
		switch lower := strings.ToLower(s); {
		case strings.ContainsAny(lower, letters) && strings.Trim(lower, letters+"0123456789-_.") == "":
			hint = "a name is looked up with dnslookup"
		case r == '-':
			hint = "a range runs from one address to another: 192.0.2.1-192.0.2.9"
		}
		return p.fail(at+i, hint, "%q does not belong in an address", s[i:i+runeLen(s[i:])])
	}
	parts := strings.Split(s, ".")
	for n, part := range parts {
		switch {
		case n == 4 && part == "":
			return p.fail(at-1, "write "+shorten(strings.TrimSuffix(s, "."), 15), "it ends with a dot")
		case n == 4:
			return p.fail(at-1, "", "there are %d octets, more than four", len(parts))
		case part == "":
			return p.fail(at, "", "octet %d is empty", n+1)
		case len(part) > 1 && part[0] == '0':
			return p.fail(at, "", "octet %d has a leading zero, which some parsers read as octal", n+1)
		}
		if v, err := strconv.Atoi(part); (err != nil || v > 255) && len(parts) == 4 {
			return p.fail(at, "", "octet %d is %s, more than 255", n+1, shorten(part, 12))
		}
		at += len(part) + 1
	}
	if len(parts) == 1 {
		return p.fail(at-1, "", "this is one number, not four octets")
	}
	return p.fail(at-1, "", "there are only %d octets, not four", len(parts))
}

// shorten cuts a stranger's text for a message.
func shorten(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// diagnose6 says why s, which starts at byte at, is no IPv6 address.
func (p *parser) diagnose6(s string, at int) *ParseError {
	s, zone, zoned := strings.Cut(s, "%")
	if zoned && zone == "" {
		return p.fail(at+len(s)+1, "write the interface after %, as in fe80::1%eth0", "the zone is empty")
	}
	if i := strings.Index(s, ":::"); i >= 0 {
		return p.fail(at+i, "", "three colons: \"::\" stands for a run of zero groups, \":\" parts two groups")
	}
	groups, shortened := 0, false
	for i := 0; i < len(s); {
		if strings.HasPrefix(s[i:], "::") {
			if shortened {
				return p.fail(at+i, "", "\"::\" twice: it is not clear how many zero groups each of them is")
			}
			shortened = true
			i += 2
			continue
		}
		if s[i] == ':' {
			if i == 0 {
				return p.fail(at, "", "it starts with one colon")
			}
			i++
			if i == len(s) {
				return p.fail(at+i-1, "", "it ends with one colon")
			}
		}
		end := i + len(s[i:])
		if n := strings.IndexByte(s[i:], ':'); n >= 0 {
			end = i + n
		}
		group := s[i:end]
		if strings.Contains(group, ".") {
			if end != len(s) {
				if i == 0 && strings.Count(s, ":") == 1 {
					return p.fail(at+end, "write it without the port", "a port may only follow a single address")
				}
				return p.fail(at+i, "", "an IPv4 address may only be the last 32 bits")
			}
			if _, err := netip.ParseAddr(group); err != nil {
				return p.diagnoseEmbedded(s[:i], group, at+i)
			}
			groups++ // it counts as two
		} else if j := strings.IndexFunc(group, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }); j >= 0 {
			return p.fail(at+i+j, "", "%q is not a hexadecimal digit", group[j:j+runeLen(group[j:])])
		} else if len(group) > 4 {
			return p.fail(at+i, "", "group %q has %d digits, more than four", shorten(group, 12), len(group))
		}
		if groups++; groups > 8 {
			return p.fail(at+i, "", "there are more than eight groups")
		}
		i = end
	}
	if shortened {
		return p.fail(at+strings.Index(s, "::"), "", "\"::\" has no group left to stand for: there are eight already")
	}
	if groups < 8 {
		return p.fail(at+len(s), "write :: for the zero groups that are left out", "there are only %d groups, not eight", groups)
	}
	return p.fail(at+len(s), "write it without the zone", "an IPv4-mapped address has no zone")
}
