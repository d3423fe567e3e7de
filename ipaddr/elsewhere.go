package ipaddr

import (
	"net/netip"
	"strconv"
	"strings"
)

// This file recognises texts with an address inside: a URL, a path, a reverse
// name.

// url knows "http://10.0.0.1:80/path". The address, with its port, is between
// the slashes (RFC 3986 3.2), after a user's name.
func url(p *parser) (mistake, bool) {
	scheme, rest, found := strings.Cut(p.text, "//")
	if !found || strings.Trim(strings.ToLower(scheme), letters+"0123456789+-.:") != "" {
		return mistake{}, false
	}
	if scheme != "" && (!strings.HasSuffix(scheme, ":") || !isLetter(scheme[0])) {
		return mistake{}, false
	}
	m := mistake{why: "this is a URL, not an address"}
	host := hostOf(rest)
	switch {
	case reads(host):
		m.hint = "take the address out of the URL: write " + host
	case isName(host):
		name, _, _ := strings.Cut(host, ":")
		m.hint = "the host of this URL is a name: 'dnslookup " + shorten(name, 60) + "' looks up its addresses"
	default:
		m.hint = "the host of this URL is " + quote(host) + ": write it as an address"
		if hint, ok := p.write(host, 3); ok {
			m.hint = "take the address out of the URL: " + hint
		}
	}
	return m, true
}

// hostOf returns the host of what follows the slashes of a URL, with its port.
func hostOf(rest string) string {
	if end := strings.IndexAny(rest, `/?#\`); end >= 0 {
		rest = rest[:end]
	}
	host := rest[strings.LastIndexByte(rest, '@')+1:]
	if inside, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inside, "]") {
		host = strings.Replace(inside[:len(inside)-1], "%25", "%", 1) // no port follows
	}
	return strings.TrimSuffix(host, ":") // an empty port
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isName reports whether a text looks like the name of a host, with or
// without a port.
func isName(host string) bool {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	_, _, number := inetAton(name)
	return !number && strings.ContainsAny(name, letters) && strings.Trim(name, letters+"0123456789-_.") == ""
}

// userAtHost knows "root@10.0.0.1", and "root@10.0.0.1:/file" of scp.
func userAtHost(p *parser) (mistake, bool) {
	at := strings.LastIndexByte(p.text, '@')
	if at < 0 || strings.Contains(p.text, "//") {
		return mistake{}, false
	}
	host, _, _ := strings.Cut(p.text[at+1:], ":/")
	return mistake{offset: at, why: "there is the name of a user before the address", fixed: host}, reads(host)
}

// pathAfter knows a path or query after an address: a URL without its scheme.
func pathAfter(p *parser) (mistake, bool) {
	at := strings.IndexAny(p.text, "/?#")
	if at < 0 {
		return mistake{}, false
	}
	host, path := hostOf(p.text), p.text[at+1:]
	_, isMask := maskValue("0x" + strings.TrimPrefix(path, "0x"))
	switch {
	case p.text[at] != '/':
	case strings.HasSuffix(p.text[:at], ":") && !strings.HasSuffix(p.text[:at], "::"): // 10.0.0.1:/file of scp
	case path == "" || isMask || strings.Contains(path, ":"): // a prefix, perhaps
		return mistake{}, false
	case isLetter(path[0]) || strings.ContainsAny(path, "?=&_~"):
	default:
		return mistake{}, false
	}
	return mistake{offset: at, why: "a path follows the address", fixed: host}, reads(host)
}

// windowsPath knows \\10.0.0.1\share, and a slash that leans the other way.
func windowsPath(p *parser) (mistake, bool) {
	at := strings.IndexByte(p.text, '\\')
	if at < 0 {
		return mistake{}, false
	}
	if share, ok := strings.CutPrefix(p.text, `\\`); ok {
		host := hostOf(share)
		if literal, ok := strings.CutSuffix(strings.ToLower(host), ".ipv6-literal.net"); ok {
			host = strings.NewReplacer("-", ":", "s", "%").Replace(literal)
		}
		return mistake{why: "this is a path of Windows, not an address", fixed: host}, reads(host)
	}
	fixed := strings.ReplaceAll(p.text, `\`, "/")
	return mistake{offset: at, why: `"\" is a backslash: the length follows a slash, "/"`, fixed: fixed}, reads(fixed)
}

// reverseName knows the names under which DNS keeps the names of addresses.
func reverseName(p *parser) (mistake, bool) {
	prefix, ok := PrefixOfReverseName(p.text)
	if !ok {
		return brokenReverseName(p.text)
	}
	write := prefix.String()
	if prefix.IsSingleIP() {
		write = prefix.Addr().String()
	}
	return mistake{why: "this is a reverse name, under which DNS keeps the name of an address", fixed: write}, true
}

// brokenReverseName knows names in the place of reverse names whose labels lead
// to no address.
func brokenReverseName(name string) (mistake, bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	switch {
	case strings.HasSuffix(name, ".in-addr.arpa"):
		return mistake{
			why:  "this ends as a reverse name does, but its labels are no octets of an address",
			hint: "the octets stand from the last to the first, as in 1.2.0.192.in-addr.arpa, or 128/26 for a part of a zone that begins at 128",
		}, true
	case strings.HasSuffix(name, ".ip6.arpa"):
		return mistake{
			why:  "this ends as a reverse name does, but its labels are no hex digits of an address",
			hint: "every hex digit is a label, from the last to the first, as in 8.b.d.0.1.0.0.2.ip6.arpa",
		}, true
	}
	return mistake{}, false
}

// otherRange knows other marks of a range than "-".
func otherRange(p *parser) (mistake, bool) {
	if strings.Count(p.text, ".") < 6 && strings.Count(p.text, ":") < 4 && !strings.Contains(p.text, "~") {
		return mistake{}, false // no two addresses
	}
	for _, mark := range []string{"...", "..", "->", "=>", "~", "--", ":", "|", "to", "至", "到"} {
		first, last, found := strings.Cut(p.text, mark)
		if !found || !strings.ContainsAny(first, ".:") {
			continue
		}
		if mark == "..." {
			last = strings.TrimLeft(last, ".")
		}
		a, err := netip.ParseAddr(first)
		b, err2 := netip.ParseAddr(last)
		if v, isMask := maskValue(last); err == nil && isMask && v>>24 == 255 && a.Is4() {
			return mistake{offset: len(first), why: "the mask follows a slash, not " + quote(mark), fixed: first + "/" + last}, true
		}
		if err == nil && err2 == nil && a.BitLen() == b.BitLen() && a.Zone()+b.Zone() == "" {
			return mistake{offset: len(first), why: quote(mark) + " is not the mark of a range", fixed: first + "-" + last}, true
		}
		if n, err := strconv.ParseUint(last, 10, 8); mark == "~" && a.Is4() && err == nil && n > 0 {
			return mistake{offset: len(first), why: quote(mark) + " is not the mark of a range", fixed: first + "-" + last}, true
		}
	}
	return mistake{}, false
}
