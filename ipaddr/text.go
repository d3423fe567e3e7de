package ipaddr

import (
	"fmt"
	"net/netip"
	"strings"

	"onwire/wire"
)

// Groups returns the bits of an address in its groups: four octets of IPv4,
// eight groups of 16 bits of IPv6, each as 0s and 1s.
func Groups(a netip.Addr) []string {
	size := 8
	if a.Is6() {
		size = 16
	}
	var groups []string
	for bit := 0; bit < width(a); bit += size {
		groups = append(groups, fmt.Sprintf("%0*b", size, groupAt(a, bit, size)))
	}
	return groups
}

func groupAt(a netip.Addr, bit, size int) uint64 {
	if a.Is4() {
		bit += 96 // its value is in the last 32 bits of 128
		return valueOf(a).lo >> (128 - bit - size) & (1<<size - 1)
	}
	return bitsOf(a, bit, size)
}

// Hex returns the whole address as hex digits, two for each byte.
func Hex(a netip.Addr) string {
	return fmt.Sprintf("%0*x", width(a)/4, Integer(a))
}

// A Rule is a rule of RFC 5952 that shaped the canonical form of an address.
type Rule struct {
	Note wire.Note
	RFC  string // "RFC 5952 4.2.3"
}

// zeroRun is the longest run of zero groups, the first of equals.
func zeroRun(groups [8]uint16) (start, length int, others []int) {
	for i := 0; i < 8; {
		n := 0
		for i+n < 8 && groups[i+n] == 0 {
			n++
		}
		if n > 0 {
			if n > length {
				if length > 0 {
					others = append(others, length)
				}
				start, length = i, n
			} else {
				others = append(others, n)
			}
		}
		i += n + 1
	}
	return start, length, others
}

// CanonicalRules names every rule of RFC 5952 that applied on the way from the
// text of an address (without zone or prefix) to its canonical form.
func CanonicalRules(text string, a netip.Addr) []Rule {
	if !a.Is6() {
		return nil
	}
	canonical := a.WithZone("").String()
	var rules []Rule
	add := func(section, format string, args ...any) {
		rules = append(rules, Rule{wire.Notef(format, args...), "RFC 5952 " + section})
	}
	written := strings.FieldsFunc(text, func(r rune) bool { return r == ':' })
	for _, g := range written {
		if len(g) > 1 && g[0] == '0' && !strings.Contains(g, ".") {
			add("4.1", "zeros at the front of a group are left out: %s is %s", strings.ToLower(g), trimZeros(g))
			break
		}
	}
	var groups [8]uint16
	for i := range groups {
		groups[i] = uint16(bitsOf(a, 16*i, 16))
	}
	if a.Is4In6() {
		groups[6], groups[7] = 1, 1 // they are written with dots, zero or not
	}
	_, longest, others := zeroRun(groups)
	switch {
	case longest >= 2:
		if !strings.Contains(text, "::") || writtenZeros(written) > 0 && longest > 8-countGroups(written) {
			add("4.2.1", "\"::\" stands for as many zero groups as it can: here %d", longest)
		}
		for _, n := range others {
			if n == longest {
				add("4.2.3", "two runs of equal length: the first is shortened")
				break
			}
		}
		if n := maxOf(others); n > 1 && n < longest {
			add("4.2.3", "the longest run of zero groups is shortened, not the shorter one of %d", n)
		} else if n == 1 {
			add("4.2.2", "a single zero group is written 0, never \"::\"")
		}
	case longest == 1:
		add("4.2.2", "a single zero group is written 0, never \"::\"")
	}
	if text != strings.ToLower(text) {
		add("4.3", "letters are lower case")
	}
	switch {
	case a.Is4In6():
		add("5", "after ::ffff: the IPv4 address is written with dots")
	case strings.Contains(text, "."):
		add("5", "dots are for prefixes known to hold an IPv4 address; this form keeps them for ::ffff: and writes hex here")
	}
	if text == canonical && len(rules) == 0 {
		return nil
	}
	return rules
}

func trimZeros(group string) string {
	if t := strings.TrimLeft(strings.ToLower(group), "0"); t != "" {
		return t
	}
	return "0"
}

// countGroups counts the 16-bit groups that were written out.
func countGroups(written []string) int {
	n := len(written)
	if n > 0 && strings.Contains(written[n-1], ".") {
		n++
	}
	return n
}

// writtenZeros counts the zero groups that were written out.
func writtenZeros(written []string) int {
	n := 0
	for _, g := range written {
		if strings.Trim(g, "0") == "" {
			n++
		}
	}
	return n
}

func maxOf(ns []int) int {
	most := 0
	for _, n := range ns {
		most = max(most, n)
	}
	return most
}

// A Class is one of the five classes into which RFC 791 and RFC 1112 cut IPv4
// by its first bits, until CIDR ended them in 1993 (RFC 1519, now RFC 4632).
type Class struct {
	Letter string // "A" to "E"
	First  string // the first bits that mark it: "110"
	Length int    // the prefix length that followed from it; 0 for D and E
}

// ClassOf returns the class that an IPv4 address was in; ok is false for IPv6.
func ClassOf(a netip.Addr) (c Class, ok bool) {
	if !a.Is4() {
		return Class{}, false
	}
	switch b := a.As4()[0]; {
	case b < 128:
		return Class{"A", "0", 8}, true
	case b < 192:
		return Class{"B", "10", 16}, true
	case b < 224:
		return Class{"C", "110", 24}, true
	case b < 240:
		return Class{"D", "1110", 0}, true
	}
	return Class{"E", "1111", 0}, true
}

// ClassOfRange returns the class that all addresses of a range were in; ok is
// false for IPv6, and where there are several.
func ClassOfRange(r Range) (c Class, ok bool) {
	c, ok = ClassOf(r.First)
	last, _ := ClassOf(r.Last)
	return c, ok && c == last
}
