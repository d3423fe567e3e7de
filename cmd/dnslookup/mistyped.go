package main

import (
	"net"
	"net/netip"
	"strings"
	"unicode/utf8"

	"onwire/dnslookup"
	"onwire/internal/cli"
	"onwire/ipaddr"
	"onwire/wire"
)

// marks are what an input method or a word processor writes instead of an ASCII
// character, and that character; "" for quotation marks, which are none of a name.
var marks = strings.NewReplacer("“", "", "”", "", "‘", "", "’", "", "«", "", "»", "", "「", "", "」", "", "，", ",", "、", ",", "；", ";", "：", ":", "／", "/",
	"？", "?", "！", "", "（", "", "）", "", "【", "", "】", "", "《", "", "》", "", "–", "-", "—", "-", "…", "...", "\u00a0", "", "\u3000", "")

// mistypedMark rejects such a mark, and commas where dots or spaces are meant.
func mistypedMark(arg string) error {
	if plain := marks.Replace(arg); plain != arg {
		i, size := 0, 0
		for i = range arg { // the first rune that is replaced
			_, size = utf8.DecodeRuneInString(arg[i:])
			if marks.Replace(arg[i:i+size]) != arg[i:i+size] {
				break
			}
		}
		if _, rest, ok := strings.Cut(plain, "://"); ok { // a URL
			plain = rest
		}
		end := strings.IndexAny(plain, ":/,;?")
		if end < 0 {
			end = len(plain)
		}
		return cli.Misuse("type it in ASCII: 'dnslookup "+plain[:end]+"'", "%q has the character %q, which no name has", arg, arg[i:i+size])
	}
	parts := strings.Split(arg, ",")
	if len(parts) == 1 || strings.Contains(arg, `\`) {
		return nil
	}
	if !strings.Contains(arg, ".") {
		return cli.Misuse("'dnslookup "+strings.Join(parts, ".")+"'", "%q: the labels of a name have dots between them, not commas", arg)
	}
	return cli.Misuse("'dnslookup "+strings.Join(parts, " ")+"'; a comma that is part of a name is written \\,", "%q: names have spaces between them, not commas", arg)
}

// notAddress is the error for a text that should be an address, and names a
// character of an input method in it.
func notAddress(text, flag, hint string) error {
	if typo, right, ok := ipaddr.FindTypo(text); ok {
		if _, err := netip.ParseAddr(right); err == nil {
			return cli.Misuse("write "+right, "%s%q is not an IP address: %s", flag, text, typo)
		}
	}
	return cli.Misuse(hint, "%s%q is not an IP address", flag, text)
}

// notName rejects what people paste instead of a name, and says what to type.
// DNS itself would carry it, and find nothing.
func notName(arg string) error {
	if err := mistypedMark(arg); err != nil {
		return err
	}
	host, path := arg, false
	if i := strings.Index(arg, "://"); i >= 0 {
		host, _, _ = strings.Cut(arg[i+3:], "/")
		path = true
	}
	_, domain, mail := strings.Cut(strings.ReplaceAll(host, `\@`, ""), "@")
	if mail && !path && domain != "" {
		return cli.Misuse("'dnslookup "+domain+" MX' finds its mail servers", "%q is a mail address, not a name", arg)
	}
	if mail {
		host = domain
	}
	// A slash is in names below arpa (RFC 2317); elsewhere it starts a path.
	if name, _, cut := strings.Cut(host, "/"); cut && !path && !strings.HasSuffix(strings.TrimSuffix(strings.ToLower(host), "."), ".arpa") {
		if _, notAddr := netip.ParseAddr(name); notAddr != nil {
			name, _, _ = strings.Cut(name, ":")
		}
		return cli.Misuse(lookUp(name), "%q: a name has no path; write a slash in it as \\047", arg)
	}
	if err := mistyped(arg, host, path); err != nil {
		return err
	}
	name, port, found := strings.Cut(host, ":")
	switch found = found && port != "" && strings.Trim(port, "0123456789") == ""; {
	case path && found, path && port == "":
		return cli.Misuse(lookUp(name), "%q is a URL, not a name", arg)
	case path:
		return cli.Misuse("the name in it is what stands between // and the next / or :", "%q is a URL, not a name", arg)
	case found:
		return cli.Misuse(lookUp(name), "%q: a name has no port", arg)
	}
	return nil
}

// lookUp is the hint for what has a name in it; where it has none, a path of a
// file may be meant.
func lookUp(name string) string {
	if name == "" {
		return "'dnslookup www.example.com'; files are for 'dnslookup batch FILE' and 'dnslookup explain --hex FILE'"
	}
	return "'dnslookup " + name + "'"
}

// mistyped rejects what was meant as an address.
func mistyped(arg, host string, path bool) error {
	if mac, err := net.ParseMAC(host); err == nil && strings.ContainsAny(host, ":-") {
		return cli.Misuse("DNS has no names for it; 'ipinfo "+mac.String()+"' says more", "%q is a MAC address, the address of a network card", arg)
	}
	if at, err := netip.ParseAddrPort(host); err == nil && !path {
		return cli.Misuse("'dnslookup "+at.Addr().String()+"'", "%q: a name has no port", arg)
	}
	why := dnslookup.NotAddress(strings.Trim(host, "[]"))
	if why == "" || path {
		return nil
	}
	hint := "correct the address; a name that is meant so ends with a dot: " + wire.Escape(host) + "."
	if strings.Contains(host, ":") {
		hint = "an IPv6 address is groups of up to four hex digits, as in 2001:db8::1; 'ipinfo' shows which one is wrong"
	}
	return cli.Misuse(hint, "%q looks like an IP address, but %s", arg, why)
}
