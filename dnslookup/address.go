package dnslookup

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// NotAddress says why a name that looks like an IPv4 or IPv6 address is none;
// "" for another name. No top-level domain is a number (RFC 3696 2), so a name
// whose last label is one is a mistyped address, unless it ends with a dot.
func NotAddress(s string) string {
	if strings.Count(s, ":") > 1 {
		if _, err := netip.ParseAddr(s); err != nil {
			_, why, _ := strings.Cut(err.Error(), "): ")
			return "it is no IPv6 address: " + why
		}
	}
	name, err := ParseName(s)
	if err != nil || rooted(s) {
		return ""
	}
	labels := strings.Split(trimDot(name), ".")
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") != "" {
		return ""
	}
	for _, label := range labels {
		switch n, err := strconv.Atoi(label); {
		case strings.Trim(label, "0123456789") != "":
			return fmt.Sprintf("%s is not a number, and no top-level domain is one", label)
		case err != nil || n > 255:
			return fmt.Sprintf("%.20s is larger than 255", label)
		case len(label) > 1 && label[0] == '0':
			return fmt.Sprintf("%s begins with 0, which some programs read as octal", label)
		}
	}
	if len(labels) != 4 {
		return fmt.Sprintf("it has %d %s, and an IPv4 address has 4", len(labels), plural(len(labels), "number"))
	}
	if name != s+"." {
		return "it is not typed in ASCII: write " + trimDot(name)
	}
	return ""
}
