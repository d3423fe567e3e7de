// Command ipnaive does what "ipinfo classify" does in the obvious way: a
// Scanner, netip.ParseAddr and a walk over all blocks. bench/ipinfo compares
// the two in speed, and their outputs byte for byte.
package main

import (
	"bufio"
	"os"
	"strings"

	"net/netip"

	"onwire/ipaddr"
)

func main() {
	blocks := ipaddr.Builtin()
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		line := in.Text()
		out.WriteString(line + "\t" + columns(line, blocks) + "\n")
	}
}

// columns returns columns 2 to 6 of a line.
func columns(line string, blocks ipaddr.Registry) string {
	a, err := netip.ParseAddr(line)
	switch {
	case strings.TrimSpace(line) == "":
		return "-\t-\t-\t-\t-"
	case err != nil:
		_, fault := ipaddr.ParseAddr(line)
		return "-\t-\t-\t" + fault.(*ipaddr.ParseError).Why + "\terror"
	}
	version, prefix, name, reach, bits := "4", "-", "-", "true", -1
	if a.Is6() {
		version, reach = "6", "unallocated"
	}
	for i := range blocks {
		if b := &blocks[i]; b.Prefix.Bits() > bits && b.Prefix.Contains(a.WithZone("")) {
			prefix, name, reach, bits = b.Text, b.Name, b.GloballyReachable.String(), b.Prefix.Bits()
		}
	}
	switch prefix {
	case "64:ff9b::/96", "2001::/32", "2002::/16": // the IPv4 address inside counts too
		reach = ipaddr.Reach(a)
	}
	return a.String() + "\t" + version + "\t" + prefix + "\t" + name + "\t" + reach
}
