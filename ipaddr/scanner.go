package ipaddr

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// scanned knows the ways in which scanners such as nmap write many addresses:
// a range or a list in each octet, 10.0-5.0.1 or 10.0.0.1,3,5, and * for all.
func scanned(p *parser) (mistake, bool) {
	text := p.text
	if strings.ContainsAny(text, "[{") { // of a shell: 10.0.0.{1..5}, 10.0.0.[1-5]
		text = strings.NewReplacer("[", "", "]", "", "{", "", "}", "", "..", "-").Replace(text)
	}
	octets := strings.Split(text, ".")
	if len(octets) != 4 || !strings.ContainsAny(text, "-,*") {
		return mistake{}, false
	}
	var sets [4][]span
	for i, octet := range octets {
		var ok bool
		if sets[i], ok = spans(octet); !ok {
			return mistake{}, false
		}
	}
	why := "this is a form of scanners such as nmap, which names many addresses"
	if strings.Count(p.text, "-") == 1 && strings.Contains(octets[3], "-") && !strings.ContainsAny(p.text, ",*[{") {
		return mistake{}, false // 10.0.0.0-255: rangeOf says it better
	}
	return mistake{why: why, hint: namedBy(sets)}, true
}

// A span is a run of values of one octet.
type span struct{ first, last int }

// spans reads one octet of a scanner's form.
func spans(octet string) ([]span, bool) {
	if len(octet) > 200 {
		return nil, false
	}
	var all []span
	for _, part := range strings.Split(octet, ",") {
		if part == "*" || part == "-" {
			part = "0-255"
		}
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		if isRange && low == "" {
			low = "0"
		}
		if isRange && high == "" {
			high = "255"
		}
		first, err := strconv.Atoi(low)
		last, err2 := strconv.Atoi(high)
		if err != nil || err2 != nil || first > last || first < 0 || last > 255 || low[0] == '+' {
			return nil, false
		}
		all = append(all, span{first, last})
	}
	return all, true
}

// namedBy says how to write what a scanner's form names: as a prefix or range
// where the addresses are one run, else one by one.
func namedBy(sets [4][]span) string {
	count, oneRun, free := 1, true, false // free: an octet before takes several values
	var first, last [4]byte
	for i, set := range sets {
		n := 0
		for _, s := range set {
			n += s.last - s.first + 1
		}
		count *= n
		first[i], last[i] = byte(set[0].first), byte(set[len(set)-1].last)
		if len(set) > 1 || free && n < 256 {
			oneRun = false
		}
		free = free || n > 1
	}
	a, b := netip.AddrFrom4(first), netip.AddrFrom4(last)
	r := Range{a, b}
	switch prefixes := r.Prefixes(); {
	case !oneRun || r.Last.Less(r.First):
		return fmt.Sprintf("it names %d addresses that are no one range: write them one by one, from %s to %s", count, a, b)
	case len(prefixes) == 1:
		return "write " + prefixes[0].String()
	}
	return "write " + r.String()
}

// wildcards knows a letter in place of the last octets: 192.168.1.x; and a
// star where fewer than four octets are written: 10.*.
func wildcards(p *parser) (mistake, bool) {
	const why = "a letter or star for any octet is not part of an address"
	if star := strings.IndexByte(p.text, '*'); star > 0 && strings.Contains(p.text, "::") {
		return mistake{offset: star, why: "a star for any group is not part of an address", hint: "write the prefix and its length, such as 2001:db8::/64"}, true
	}
	octets := strings.Split(p.text, ".")
	length := 0
	for i, octet := range octets {
		n, err := strconv.Atoi(octet)
		switch {
		case err == nil && n >= 0 && n < 256 && length == 8*i:
			length += 8
		case i > 0 && (octet == "*" || strings.EqualFold(octet, "x") || strings.EqualFold(octet, "xxx") || octet == "?"):
			octets[i] = "0"
		default:
			return mistake{}, false
		}
	}
	if len(octets) < 2 || len(octets) > 4 || length == 8*len(octets) {
		return mistake{}, false
	}
	network := strings.Join(octets, ".") + strings.Repeat(".0", 4-len(octets))
	return mistake{offset: strings.IndexAny(p.text, "*xX?"), why: why, fixed: network + "/" + strconv.Itoa(length)}, true
}

// commas knows commas in place of dots, and a list of addresses with commas.
func commas(p *parser) (mistake, bool) {
	at := strings.IndexAny(p.text, ",;")
	if at < 0 {
		return mistake{}, false
	}
	mark := quote(p.text[at : at+1])
	parts := strings.FieldsFunc(p.text, func(r rune) bool { return r == ',' || r == ';' })
	all := len(parts) > 1
	for _, part := range parts {
		all = all && reads(part)
	}
	if all {
		return mistake{offset: at, why: "there is a list of addresses with " + mark + " between", hint: "put spaces between: write " + shorten(strings.Join(parts, " "), 100)}, true
	}
	fixed := strings.NewReplacer(",", ".", ";", ".").Replace(p.text)
	return mistake{offset: at, why: mark + " is where a dot belongs", fixed: fixed}, reads(fixed)
}
