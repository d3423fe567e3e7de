package dnslookup

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
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
	anchors, err := ParseAnchors(rootAnchors)
	if err != nil {
		panic(err) // a fault in our own file
	}
	return anchors
}

// ParseAnchors reads the DS records of the root out of a text like a zone
// file, one a line; ";" begins a comment. A text without any is an error:
// without an anchor nothing could be verified.
func ParseAnchors(text string) ([]string, error) {
	var anchors []string
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, ";")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if readAnchor(line) == nil {
			return nil, fmt.Errorf("line %d: %.60q is not a DS record of the root", n, line)
		}
		anchors = append(anchors, line)
	}
	if anchors == nil {
		return nil, errors.New("no DS record of the root is in it")
	}
	return anchors, nil
}

// readAnchor returns the DS record of the root that a line holds, or nil.
func readAnchor(line string) *dns.DS {
	rr, err := dns.NewRR(line)
	if ds, ok := rr.(*dns.DS); err == nil && ok && ds.Hdr.Name == "." {
		return ds
	}
	return nil
}
