package main

import (
	"net/netip"
	"slices"
	"strings"

	"onwire/dnslookup"
	"onwire/internal/cli"

	"github.com/spf13/cobra"
)

// digFlags adds the flags that dig has too.
func (o *options) digFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVarP(&o.types, "type", "t", nil, "ask for this type (may be repeated)")
	f.StringVarP(&o.className, "class", "c", "", "ask in this class: IN, CH, HS, CLASS3")
	f.StringVarP(&o.reverseOf, "reverse", "x", "", "ask for the names of this address")
	f.Uint16VarP(&o.port, "server-port", "p", 0, "the server's port, as in @SERVER:PORT")
}

// habits are the options that dig's users type, and what they are here.
var habits = map[string]string{
	"short": "--short", "tcp": "--tcp", "vc": "--tcp", "tls": "--tls", "https": "--https", "norecurse": "--no-recurse", "norec": "--no-recurse",
	"nordflag": "--no-recurse", "dnssec": "--dnssec, which verifies; 'dnslookup explain' shows every bit", "do": "--dnssec, which verifies; 'dnslookup explain' shows every bit",
	"trace": "'dnslookup trace NAME' is the walk from the root", "nsid": "--nsid", "cookie": "--cookie", "subnet": "--subnet 192.0.2.0/24",
	"padding": "--padding", "time": "--timeout 2s", "timeout": "--timeout 2s", "noall": "leave it out: the answer alone is shown", "answer": "leave it out: the answer is shown",
	"search": "leave it out: the search list is used for short names", "multiline": "leave it out: a field has a line of its own", "json": "--json", "yaml": "--json", "x": "'dnslookup reverse ADDRESS'",
	"qr": "'dnslookup explain NAME' shows the query too", "all": "'dnslookup explain NAME' shows the whole reply", "axfr": "'dnslookup ZONE AXFR @SERVER'",
}

// parseArgs sorts arguments into names, types, a class and the server, in any
// order, as dig does. What looks like a type is one, unless it is the only name
// there could be; in small letters it is one after the name, or before a name
// with a dot.
func (o *options) parseArgs(args []string) (names []string, types []dnslookup.Type, server string, err error) {
	var words []string
	for _, arg := range args {
		if strings.HasPrefix(arg, "@") {
			if server != "" {
				return nil, nil, "", cli.Misuse("ask them one after the other", "two servers, %q and %q", server, arg)
			}
			server = arg
			continue
		}
		if host, ok := strings.CutPrefix(arg, "＠"); ok {
			return nil, nil, "", cli.Misuse("type it in ASCII: @"+marks.Replace(host), "%q has the character \"＠\" of an input method", arg)
		}
		if option, ok := strings.CutPrefix(arg, "+"); ok {
			name, _, _ := strings.Cut(option, "=")
			hint := habits[strings.ToLower(name)]
			if hint == "" {
				hint = "'dnslookup --help' lists the flags, such as --short, --tcp, --dnssec"
			} else if strings.HasPrefix(hint, "--") {
				hint = "here it is " + hint
			}
			return nil, nil, "", cli.Misuse(hint, "%q is an option of dig", arg)
		}
		words = append(words, arg)
	}
	if o.reverseOf != "" {
		if _, err := netip.ParseAddr(o.reverseOf); err != nil {
			return nil, nil, "", notAddress(o.reverseOf, "-x: ", "an address such as 192.0.2.1 or 2001:db8::1")
		}
		names = append(names, o.reverseOf)
	}
	only := len(words) == 1 && len(names) == 0 && len(o.types) == 0 // it must be the name
	for i, arg := range words {
		t, class, why := classify(arg)
		if why != nil {
			return nil, nil, "", why
		}
		meant := i > 0 || arg == strings.ToUpper(arg) || slices.ContainsFunc(words[i+1:], named)
		switch {
		case only || !meant:
			names = append(names, arg)
		case t != 0 || isTypeZero(arg):
			types = append(types, t)
		case class != 0 && (arg == strings.ToUpper(arg) || i == 0):
			o.class = class
		default:
			names = append(names, arg)
		}
	}
	for _, text := range o.types {
		text = strings.TrimPrefix(text, "ype=") // nslookup's -type=MX
		t, _, err := classify(text)
		if err != nil {
			return nil, nil, "", err
		}
		if t == 0 && !isTypeZero(text) {
			return nil, nil, "", cli.Misuse("such as A, AAAA, MX or TYPE65280", "-t: %q is not a record type", text)
		}
		types = append(types, t)
	}
	if o.className != "" {
		if o.class, err = dnslookup.ParseClass(o.className); err != nil {
			return nil, nil, "", cli.Misuse("IN, CH, HS, NONE, ANY, or a number as in CLASS3", "-c: %v", err)
		}
	}
	if len(names) == 0 && len(types) > 0 {
		return nil, nil, "", cli.Misuse("put the name first: dnslookup NAME "+types[0].String(), "no name, only the type %s", types[0])
	}
	var once []dnslookup.Type
	for _, t := range types {
		if !slices.Contains(once, t) {
			once = append(once, t)
		}
	}
	return names, once, server, nil
}

// classify says which type or class a word is; neither for a name.
func classify(arg string) (t dnslookup.Type, class dnslookup.Class, err error) {
	t, bad := dnslookup.ParseType(arg)
	if bad == nil {
		return t, 0, nil
	}
	if number, ok := strings.CutPrefix(strings.ToUpper(arg), "TYPE"); ok && strings.Trim(number, "0123456789") == "" && number != "" {
		return 0, 0, cli.Misuse("TYPE0 to TYPE65535, such as TYPE257 for CAA", "%v", bad)
	}
	if serial, ok := strings.CutPrefix(strings.ToUpper(arg), "IXFR="); ok && serial != "" {
		return dnslookup.TypeIXFR, 0, nil
	}
	class, _ = dnslookup.ParseClass(arg)
	return 0, class, nil
}

// isTypeZero reports whether a word is the reserved type 0.
func isTypeZero(arg string) bool { return strings.EqualFold(arg, "TYPE0") }

// named reports whether a word is a name with a dot in it.
func named(arg string) bool {
	t, class, err := classify(arg)
	return err == nil && t == 0 && class == 0 && !isTypeZero(arg) && strings.Contains(arg, ".")
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
func (o *options) oneName(verb string, args []string) (name string, types []dnslookup.Type, server string, err error) {
	names, types, server, err := o.parseArgs(args)
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
	if slices.ContainsFunc(types, isTransfer) {
		return "", nil, "", cli.Misuse("'dnslookup "+names[0]+" AXFR @SERVER'", "a whole zone is not an answer to one question, so %s does not ask for it", verb)
	}
	if len(types) == 0 {
		types = []dnslookup.Type{dnslookup.TypeA}
	}
	return name, types, server, nil
}
