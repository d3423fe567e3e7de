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
	UseTCP   bool // "use-vc"
	Options  Options

	searchGiven bool // an empty list was meant
}

// Options are those of resolv.conf(5) that change how a recursor is asked.
type Options struct {
	Rotate        bool // begin with another server each time
	NoAAAA        bool // ask for no IPv6 addresses, unless by their type ("no-aaaa")
	SingleRequest bool // ask for one type after the other
	NoTLDQuery    bool // do not ask for a name without a dot as it is, if there is a search list
	TrustAD       bool // ask whether the server has verified the answer
}

// Apply gives a Resolver in Stub mode the system's settings. A Transport that
// is set already stays.
func (c *Config) Apply(r *Resolver) {
	if c.UseTCP && r.Transport == UDP {
		r.Transport = TCP
	}
	r.Options = c.Options
	r.Servers, r.Search, r.Ndots, r.Hosts = c.Servers, c.Search, c.Ndots, c.Hosts
	r.Timeout, r.Attempts = c.Timeout, c.Attempts
}

// maxServers is how many name servers the system's own resolver would ask.
const maxServers = 3

// ReadResolvConf reads resolv.conf(5) as glibc does since 2.26: the first three
// servers, the whole search list, and the options that have a meaning for
// Lookup, within their limits. Without a server, this computer is asked.
func ReadResolvConf(r io.Reader, path string) (*Config, error) {
	c := &Config{Path: path, Ndots: 1}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		words := strings.Fields(line)
		if len(words) < 2 || strings.TrimLeft(line, " \t") != line { // a keyword starts its line
			continue
		}
		switch words[0] {
		case "nameserver":
			text, _, _ := strings.Cut(words[1], "#")
			text, _, _ = strings.Cut(text, ";")
			if addr, err := netip.ParseAddr(text); err == nil && len(c.Servers) < maxServers {
				c.Servers = append(c.Servers, Server{Addr: netip.AddrPortFrom(addr, 53)})
			}
		case "domain":
			c.search(words[1:2])
		case "search":
			c.search(words[1:])
		case "options":
			for _, option := range words[1:] {
				c.option(option)
			}
		}
	}
	if len(c.Servers) == 0 {
		c.Servers = []Server{{Addr: netip.MustParseAddrPort("127.0.0.1:53")}}
	}
	return c, lines.Err()
}

// search sets the search list; of several the last one counts. The root in it
// is the name as it is, which is tried anyway.
func (c *Config) search(domains []string) {
	c.searchGiven = true
	c.Search = slices.DeleteFunc(slices.Clone(domains), func(s string) bool { return s == "." })
}

// environment applies what one process may change: LOCALDOMAIN is a search
// list, RES_OPTIONS has further options. Without a search list, the domain of
// this computer's name is one.
func (c *Config) environment(getenv func(string) string, hostname string) {
	if domains := strings.Fields(getenv("LOCALDOMAIN")); len(domains) > 0 {
		c.search(domains)
	}
	for _, option := range strings.Fields(getenv("RES_OPTIONS")) {
		c.option(option)
	}
	if _, domain, ok := strings.Cut(strings.TrimSuffix(hostname, "."), "."); ok && !c.searchGiven && domain != "" {
		c.search([]string{domain})
	}
}

func (c *Config) option(option string) {
	switch option {
	case "rotate":
		c.Options.Rotate = true
	case "no-aaaa":
		c.Options.NoAAAA = true
	case "use-vc":
		c.UseTCP = true
	case "single-request", "single-request-reopen":
		c.Options.SingleRequest = true
	case "no-tld-query":
		c.Options.NoTLDQuery = true
	case "trust-ad":
		c.Options.TrustAD = true
	}
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
