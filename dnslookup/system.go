package dnslookup

import (
	"bufio"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Config is what the system says about how to look names up.
type Config struct {
	Path     string // where it comes from, for people
	Servers  []Server
	Search   []string
	Ndots    int
	Timeout  time.Duration // 0 if nothing is said
	Attempts int
	Hosts    *Hosts
}

// Apply gives a Resolver in Stub mode the system's settings.
func (c *Config) Apply(r *Resolver) {
	r.Servers, r.Search, r.Ndots, r.Hosts = c.Servers, c.Search, c.Ndots, c.Hosts
	r.Timeout, r.Attempts = c.Timeout, c.Attempts
}

// maxServers is how many name servers the system's own resolver would ask.
const maxServers = 3

// ReadResolvConf reads resolv.conf(5): the first three servers, the search
// list, and the options ndots, timeout and attempts, within their limits.
// Without a server, this computer is asked, as the system's resolver does.
func ReadResolvConf(r io.Reader, path string) (*Config, error) {
	c := &Config{Path: path, Ndots: 1}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "nameserver":
			if addr, err := netip.ParseAddr(words[1]); err == nil && len(c.Servers) < maxServers {
				c.Servers = append(c.Servers, Server{Addr: netip.AddrPortFrom(addr, 53)})
			}
		case "domain":
			c.Search = words[1:2]
		case "search":
			c.Search = words[1:]
		case "options":
			for _, option := range words[1:] {
				c.option(option)
			}
		}
	}
	c.Search = slices.DeleteFunc(slices.Clone(c.Search), func(s string) bool { return s == "." })
	if len(c.Search) > 6 {
		c.Search = c.Search[:6]
	}
	if len(c.Servers) == 0 {
		c.Servers = []Server{{Addr: netip.MustParseAddrPort("127.0.0.1:53")}}
	}
	return c, lines.Err()
}

func (c *Config) option(option string) {
	name, value, _ := strings.Cut(option, ":")
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return
	}
	switch name {
	case "ndots":
		if c.Ndots = min(n, 15); n == 0 {
			c.Ndots = -1
		}
	case "timeout":
		c.Timeout = time.Duration(min(max(n, 1), 30)) * time.Second
	case "attempts":
		c.Attempts = min(max(n, 1), 5)
	}
}

// readScutil reads what "scutil --dns" prints on macOS, whose resolv.conf is
// not what its programs use. The first resolver is the one for all names.
func readScutil(r io.Reader) *Config {
	c := &Config{Path: "scutil --dns", Ndots: 1}
	lines := bufio.NewScanner(r)
	resolvers := 0
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "resolver #") {
			if resolvers++; resolvers > 1 {
				break
			}
		}
		key, value, found := strings.Cut(line, " : ")
		if !found {
			continue
		}
		switch key = strings.TrimSpace(key); {
		case strings.HasPrefix(key, "nameserver["):
			if addr, err := netip.ParseAddr(value); err == nil && len(c.Servers) < maxServers {
				c.Servers = append(c.Servers, Server{Addr: netip.AddrPortFrom(addr, 53)})
			}
		case strings.HasPrefix(key, "search domain["):
			c.Search = append(c.Search, value)
		case key == "timeout":
			c.option("timeout:" + value)
		}
	}
	return c
}
