package dnslookup

import (
	_ "embed"
	"net/netip"
	"strings"
)

// The servers of the root and the fingerprints of its keys, with source and
// date on their first lines.
var (
	//go:embed data/root.hints
	rootHints string
	//go:embed data/root.anchors
	rootAnchors string
)

// RootServers returns the servers of the Internet's root zone: each one's IPv4
// address, then each one's IPv6 address.
func RootServers() []Server {
	var v4, v6 []Server
	for line := range strings.Lines(rootHints) {
		words := strings.Fields(line)
		if len(words) != 2 || words[0] == ";" {
			continue
		}
		addr, err := netip.ParseAddr(words[1])
		if err != nil {
			continue
		}
		s := Server{Name: words[0], Addr: netip.AddrPortFrom(addr, 53)}
		if addr.Is4() {
			v4 = append(v4, s)
		} else {
			v6 = append(v6, s)
		}
	}
	return append(v4, v6...)
}

// RootAnchors returns the DS records of the Internet's root zone.
func RootAnchors() []string {
	var anchors []string
	for line := range strings.Lines(rootAnchors) {
		if line = strings.TrimSpace(line); line != "" && line[0] != ';' {
			anchors = append(anchors, line)
		}
	}
	return anchors
}
