package dnslookup

import (
	"bufio"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// Hosts is a hosts file (hosts(5)): names of addresses that are known without
// asking anybody. A nil Hosts is empty.
type Hosts struct {
	Path  string // where it was read from, for people
	addrs map[string][]netip.Addr
	names map[netip.Addr][]string
}

// ReadHosts reads a hosts file. Lines that do not start with an address are
// passed over, as every system does.
func ReadHosts(r io.Reader, path string) (*Hosts, error) {
	h := &Hosts{Path: path, addrs: map[string][]netip.Addr{}, names: map[netip.Addr][]string{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(words[0])
		if err != nil {
			continue
		}
		for _, word := range words[1:] {
			name, err := ParseName(word)
			if err != nil {
				continue
			}
			if !slices.Contains(h.addrs[name], addr) {
				h.addrs[name] = append(h.addrs[name], addr)
				h.names[addr] = append(h.names[addr], name)
			}
		}
	}
	return h, lines.Err()
}

// Addrs returns the addresses of a full name.
func (h *Hosts) Addrs(name string) []netip.Addr {
	if h == nil {
		return nil
	}
	return h.addrs[name]
}

// Names returns the names of an address.
func (h *Hosts) Names(addr netip.Addr) []string {
	if h == nil {
		return nil
	}
	return h.names[addr]
}

// systemHosts reads a hosts file; one that cannot be read is empty.
func systemHosts(path string) *Hosts {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	h, err := ReadHosts(f, path)
	if err != nil {
		return nil
	}
	return h
}
