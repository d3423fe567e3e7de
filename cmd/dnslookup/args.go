package main

import (
	"net/netip"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"
)

// parseArgs sorts arguments into names, types and the server. What looks like
// a type is one, unless it is the only name there could be.
func parseArgs(args []string) (names []string, types []dnslookup.Type, server string, err error) {
	for _, arg := range args {
		if strings.HasPrefix(arg, "@") {
			if server != "" {
				return nil, nil, "", cli.Misuse("ask them one after the other", "two servers, %q and %q", server, arg)
			}
			server = arg
			continue
		}
		if strings.HasPrefix(arg, "+") {
			return nil, nil, "", cli.Misuse("'dnslookup --help' lists the flags, such as --short, --tcp, --dnssec", "%q is an option of dig", arg)
		}
		names = append(names, arg)
	}
	kept := names[:0:0]
	for i, arg := range names {
		t, bad := dnslookup.ParseType(arg)
		if number, ok := strings.CutPrefix(strings.ToUpper(arg), "TYPE"); ok && bad != nil && strings.Trim(number, "0123456789") == "" && number != "" {
			return nil, nil, "", cli.Misuse("TYPE0 to TYPE65535, such as TYPE257 for CAA", "%v", bad)
		}
		isType := bad == nil && (i > 0 || arg == strings.ToUpper(arg) && len(names) > 1)
		if isType {
			types = append(types, t)
		} else {
			kept = append(kept, arg)
		}
	}
	if len(kept) == 0 && len(types) > 0 {
		return nil, nil, "", cli.Misuse("put the name first: dnslookup NAME "+types[0].String(), "no name, only the type %s", types[0])
	}
	return kept, types, server, nil
}

// notName tells what people paste in place of a name apart. DNS itself would
// carry them, and find nothing.
func notName(arg string) error {
	host, path := arg, false
	if i := strings.Index(arg, "://"); i >= 0 {
		host, _, _ = strings.Cut(arg[i+3:], "/")
		path = true
	}
	_, domain, mail := strings.Cut(strings.ReplaceAll(host, `\@`, ""), "@")
	if mail && !path {
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
		return cli.Misuse("'dnslookup "+name+"'", "%q: a name has no path; write a slash in it as \\047", arg)
	}
	name, port, found := strings.Cut(host, ":")
	switch found = found && port != "" && strings.Trim(port, "0123456789") == ""; {
	case path && found, path && port == "":
		return cli.Misuse("'dnslookup "+name+"'", "%q is a URL, not a name", arg)
	case path:
		return cli.Misuse("the name in it is what stands between // and the next / or :", "%q is a URL, not a name", arg)
	case found:
		return cli.Misuse("'dnslookup "+name+"'", "%q: a name has no port", arg)
	}
	return nil
}

// ofAddress turns an address into the name that holds its PTR record.
func ofAddress(name string, types []dnslookup.Type) (string, []dnslookup.Type) {
	bare := name
	if inside, ok := strings.CutPrefix(name, "["); ok { // as URLs write it
		bare, _ = strings.CutSuffix(inside, "]")
	}
	addr, err := netip.ParseAddr(bare)
	if err != nil {
		return name, types
	}
	if len(types) == 0 {
		types = []dnslookup.Type{dnslookup.TypePTR}
	}
	return dnslookup.ReverseName(addr), types
}

// oneName is parseArgs for a verb that takes one name, and asks for its IPv4
// address if no type is given; for the name of an address.
func oneName(verb string, args []string) (name string, types []dnslookup.Type, server string, err error) {
	names, types, server, err := parseArgs(args)
	if err != nil {
		return "", nil, "", err
	}
	if len(names) != 1 {
		return "", nil, "", cli.Misuse("'dnslookup "+verb+" www.example.com'", "%s takes one name, not %d", verb, len(names))
	}
	if err := notName(names[0]); err != nil {
		return "", nil, "", err
	}
	name, types = ofAddress(names[0], types)
	if len(types) == 0 {
		types = []dnslookup.Type{dnslookup.TypeA}
	}
	return name, types, server, nil
}
