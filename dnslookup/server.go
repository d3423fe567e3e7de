package dnslookup

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"onwire/wire"
)

// A Transport is how a query travels.
type Transport int

const (
	UDP   Transport = iota // and TCP where the reply is truncated (RFC 1035 4.2)
	TCP                    // RFC 7766
	TLS                    // DNS over TLS, port 853 (RFC 7858)
	HTTPS                  // DNS over HTTPS, port 443 (RFC 8484)
)

// String returns "UDP", "TCP", "TLS" or "HTTPS".
func (t Transport) String() string { return [...]string{"UDP", "TCP", "TLS", "HTTPS"}[t] }

// MarshalText writes the transport in lower case.
func (t Transport) MarshalText() ([]byte, error) { return []byte(strings.ToLower(t.String())), nil }

func (t Transport) port() uint16 { return [...]uint16{53, 53, 853, 443}[t] }

// A Server is a name server: its address, and its name if it is known.
type Server struct {
	Name string         // "ns1.example.cn.", or what its certificate must show
	Addr netip.AddrPort // not valid if only the name is known
	Path string         // of DNS over HTTPS; "" is "/dns-query"
}

// String returns "ns1.example.cn (192.0.2.53)", with the port if it is unusual.
// It is safe to print: the zone of an address may be any text.
func (s Server) String() string {
	addr := wire.Escape(s.Addr.String())
	if s.Addr.Port() == 53 {
		addr = wire.Escape(s.Addr.Addr().String())
	}
	switch {
	case s.Name == "":
		return addr
	case !s.Addr.IsValid():
		return trimDot(s.Name)
	}
	return trimDot(s.Name) + " (" + addr + ")"
}

// MarshalText writes the server as String does.
func (s Server) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseServer understands what stands behind the @ on a command line: an
// address, "1.1.1.1:5353", "[::1]:53", "fe80::1%eth0", a name, "dns.example:853",
// or for DNS over HTTPS a URL. The port that is left out is the transport's.
func ParseServer(s string, t Transport) (Server, error) {
	text := strings.TrimPrefix(s, "@")
	if text == "" {
		return Server{}, fmt.Errorf("%q: no server after the @", s)
	}
	if host, port, found := strings.Cut(text, "#"); found && !strings.Contains(text, "://") {
		if strings.Contains(host, ":") {
			host = "[" + strings.Trim(host, "[]") + "]"
		}
		return Server{}, fmt.Errorf("%q: a port follows a colon: @%s:%s", s, host, port)
	}
	server := Server{}
	if strings.Contains(text, "://") && t != HTTPS {
		return Server{}, fmt.Errorf("%q is a URL, which only DNS over HTTPS knows", s)
	}
	if strings.Contains(text, "://") {
		text = strings.TrimSuffix(text, "{?dns}") // RFC 8484 writes a server as a template
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return Server{}, fmt.Errorf("%q is not a URL such as https://dns.example/dns-query", s)
		}
		text, server.Path = u.Host, u.Path
	}
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		if addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" {
			return Server{}, fmt.Errorf("%q: a link-local address needs its interface: @%s%%eth0", s, addr)
		}
		server.Addr = netip.AddrPortFrom(addr.Unmap(), t.port())
		return server, nil
	}
	if addr, err := netip.ParseAddrPort(text); err == nil {
		if addr.Port() == 0 {
			return Server{}, fmt.Errorf("%q: port 0 cannot be asked", s)
		}
		server.Addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
		return server, nil
	}
	host, port := text, t.port()
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		n, err := strconv.ParseUint(text[i+1:], 10, 16)
		if err != nil || n == 0 {
			return Server{}, fmt.Errorf("%q: %q is not a port (1 to 65535)", s, text[i+1:])
		}
		host, port = text[:i], uint16(n)
	}
	name, err := ParseName(host)
	if err != nil {
		return Server{}, fmt.Errorf("the server %w", err)
	}
	if why := NotAddress(host); why != "" {
		return Server{}, fmt.Errorf("the server %q looks like an address, but %s", host, why)
	}
	server.Name, server.Addr = name, netip.AddrPortFrom(netip.Addr{}, port)
	return server, nil
}
