package tcpecho

import (
	"net"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// A host has several addresses, and a socket on all of them would answer from
// whichever the route prefers. The client waits for an answer from the address
// that it asked (RFC 1122 4.1.3.5).

// tellDestination makes the system say which address each datagram was sent
// to. It reports false where there is no need, or no such system.
func tellDestination(u *net.UDPConn) bool {
	if own, ok := u.LocalAddr().(*net.UDPAddr); !ok || !own.IP.IsUnspecified() {
		return false
	}
	err6 := ipv6.NewPacketConn(u).SetControlMessage(ipv6.FlagDst, true)
	err4 := ipv4.NewPacketConn(u).SetControlMessage(ipv4.FlagDst, true)
	return err6 == nil || err4 == nil // a socket for both families may take both
}

// controlSize is room for what the system says, of both families.
var controlSize = len(ipv4.NewControlMessage(ipv4.FlagDst)) + len(ipv6.NewControlMessage(ipv6.FlagDst))

// sameSource turns what the system said about a datagram into what makes the
// answer come from where that was sent to; nil where it said nothing.
func sameSource(control []byte) []byte {
	var m6 ipv6.ControlMessage
	var m4 ipv4.ControlMessage
	dst := net.IP(nil)
	if m6.Parse(control) == nil {
		dst = m6.Dst
	}
	if dst == nil && m4.Parse(control) == nil {
		dst = m4.Dst
	}
	switch {
	case dst == nil || dst.IsMulticast() || dst.Equal(net.IPv4bcast):
		return nil // none of our own
	case dst.To4() != nil:
		return (&ipv4.ControlMessage{Src: dst}).Marshal()
	}
	return (&ipv6.ControlMessage{Src: dst}).Marshal()
}
