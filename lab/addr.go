package lab

import (
	"net"
	"net/netip"
	"strconv"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// firstDynamicPort is where a host's own ports begin (RFC 6335 6). They are
// handed out one after the other, so that they repeat.
const firstDynamicPort = 49152

func (h *Host) dynamicPort() uint16 {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.nextPort
	if h.nextPort++; h.nextPort == 0 {
		h.nextPort = firstDynamicPort
	}
	return p
}

// A destination is an address as a call names it.
type destination struct {
	protocol string // "tcp" or "udp"
	version  byte   // '4', '6', or 0 where the call leaves it open
	only6    bool   // the call named IPv6: an open address is not for IPv4 too
	addr     netip.AddrPort
}

// resolve reads a network ("tcp", "tcp4", "udp6") and an address: a host's name
// or an IP address, a colon and a port number.
func (h *Host) resolve(network, address string) (destination, error) {
	var d destination
	switch network {
	case "tcp", "udp":
		d.protocol = network
	case "tcp4", "tcp6", "udp4", "udp6":
		d.protocol, d.version = network[:3], network[3]
		d.only6 = d.version == '6'
	default:
		return d, net.UnknownNetworkError(network)
	}
	name, service, err := net.SplitHostPort(address)
	if err != nil {
		return d, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return d, &net.AddrError{Err: "want a port number, 0 to 65535", Addr: address}
	}
	addr, err := h.lookUp(name, d.version)
	if err != nil {
		return d, err
	}
	d.addr = netip.AddrPortFrom(addr, uint16(port))
	if addr.IsValid() {
		d.version = '4'
		if addr.Is6() {
			d.version = '6'
		}
	}
	return d, nil
}

// lookUp returns the address of a name; no address for no name.
func (h *Host) lookUp(name string, version byte) (netip.Addr, error) {
	fits := func(a netip.Addr) bool { return version == 0 || a.Is4() == (version == '4') }
	if name == "" {
		return netip.Addr{}, nil
	}
	if a, err := netip.ParseAddr(name); err == nil {
		if a = a.Unmap(); !fits(a) {
			return a, &net.AddrError{Err: "no such address family", Addr: name}
		}
		return a, nil
	}
	for _, other := range h.net.all() {
		if other.name != name {
			continue
		}
		for _, a := range other.addrs {
			if fits(a) {
				return a, nil
			}
		}
	}
	return netip.Addr{}, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// full returns the destination as the stack takes it.
func (d destination) full() (tcpip.FullAddress, tcpip.NetworkProtocolNumber) {
	a := tcpip.FullAddress{Port: d.addr.Port()}
	if d.addr.Addr().IsValid() && !d.addr.Addr().IsUnspecified() {
		a.Addr = tcpip.AddrFromSlice(d.addr.Addr().AsSlice())
		a.NIC = nic
	}
	if d.version == '6' {
		return a, header.IPv6ProtocolNumber
	}
	return a, header.IPv4ProtocolNumber
}

// local returns the destination to listen on: for an open address, both
// families where the host has both.
func (h *Host) local(network, address string) (destination, error) {
	d, err := h.resolve(network, address)
	if err != nil {
		return d, err
	}
	if d.version == 0 {
		d.version = '4'
		for _, a := range h.addrs {
			if a.Is6() {
				d.version = '6'
			}
		}
	}
	return d, nil
}

// bind gives the endpoint its local address; port 0 asks for the next free one.
func (h *Host) bind(ep tcpip.Endpoint, a tcpip.FullAddress) tcpip.Error {
	a.NIC = 0 // with a card named, the stack would not ask whose address it is
	if a.Port != 0 {
		return ep.Bind(a)
	}
	var err tcpip.Error
	for range 1<<16 - firstDynamicPort {
		a.Port = h.dynamicPort()
		err = ep.Bind(a)
		if _, used := err.(*tcpip.ErrPortInUse); !used {
			return err
		}
	}
	return err
}
