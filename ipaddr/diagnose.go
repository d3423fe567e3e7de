package ipaddr

import (
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

// diagnose4 says why s, which starts at byte at, is no IPv4 address.
func (p *parser) diagnose4(s string, at int) *ParseError {
	err := p.fault4(s, at)
	if a, form, ok := lenient(s); ok {
		who := "inet_aton (ping, curl, browsers)"
		if a.Is6() {
			who = "those that take any integer (Python's ipaddress)"
		}
		err.Readings = append(err.Readings, Reading{who, a.String()})
		err.Hint = "write " + a.String() + " if you mean " + form
		if decimal, ok := decimalReading(s); ok && decimal != a {
			err.Readings = append(err.Readings, Reading{"those that read decimal (Go before 1.17, Python before 3.9.5)", decimal.String()})
			err.Hint = "it may mean " + a.String() + " or " + decimal.String() + ": write the one you mean"
		}
	}
	return err
}

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
		if _, _, ok := inetAton(s); ok { // 0x7f.1
			return p.fail(at, "", "this is inet_aton's hex form, not four decimal octets")
		}
		hint := ""
		if strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == "" {
			hint = "a name is looked up with dnslookup"
		}
		return p.fail(at+i, hint, "%q does not belong in an address", string(r))
	}
	parts := strings.Split(s, ".")
	for n, part := range parts {
		switch {
		case n == 4:
			return p.fail(at-1, "", "there are %d octets, more than four", len(parts))
		case part == "":
			return p.fail(at, "", "octet %d is empty", n+1)
		case len(part) > 1 && part[0] == '0':
			return p.fail(at, "", "octet %d has a leading zero, which some parsers read as octal", n+1)
		}
		if v, err := strconv.Atoi(part); (err != nil || v > 255) && len(parts) == 4 {
			return p.fail(at, "", "octet %d is %s, more than 255", n+1, shorten(part))
		}
		at += len(part) + 1
	}
	if len(parts) == 1 {
		return p.fail(at-1, "", "this is one number, not four octets")
	}
	return p.fail(at-1, "", "there are only %d octets, not four", len(parts))
}

func shorten(s string) string {
	if len(s) > 12 {
		return s[:12] + "..."
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
				return p.fail(at+i, "", "\"::\" twice: nobody could tell how many zero groups each stands for")
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
				return p.fail(at+i, "", "an IPv4 address may only be the last 32 bits")
			}
			if _, err := netip.ParseAddr(group); err != nil {
				return p.diagnose4(group, at+i)
			}
			groups++ // it counts as two
		} else if j := strings.IndexFunc(group, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }); j >= 0 {
			return p.fail(at+i+j, "", "%q is not a hexadecimal digit", group[j:j+runeLen(group[j:])])
		} else if len(group) > 4 {
			return p.fail(at+i, "", "group %q has %d digits, more than four", shorten(group), len(group))
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
