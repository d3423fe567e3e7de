package lab

import (
	"bytes"
	"errors"
	"net"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// A packetConn sends and receives UDP datagrams. One from Dial is connected,
// and learns of an ICMP "port unreachable" as its next error; one from
// ListenPacket is not.
type packetConn struct {
	*socket
	connected bool
}

// ListenPacket opens a UDP port, as net.ListenPacket does. Port 0 takes the
// next free one.
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error) {
	local, err := h.local(network, address)
	if err == nil && local.protocol != "udp" {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	s, err := h.bound("listen", udp.ProtocolNumber, local)
	if err != nil {
		return nil, err
	}
	return &packetConn{socket: s}, nil
}

func (h *Host) dialUDP(from, remote destination) (net.Conn, error) {
	s, err := h.bound("dial", udp.ProtocolNumber, from)
	if err != nil {
		return nil, err
	}
	to, _ := remote.full()
	if err := s.ep.Connect(to); err != nil {
		s.close()
		return nil, opError("dial", "udp", nil, net.UDPAddrFromAddrPort(remote.addr), err)
	}
	s.name()
	return &packetConn{s, true}, nil
}

// Read reads one datagram; what does not fit into b is lost.
func (c *packetConn) Read(b []byte) (int, error) {
	n, _, err := c.ReadFrom(b)
	return n, err
}

// ReadFrom reads one datagram, and tells who sent it.
func (c *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	var result tcpip.ReadResult
	err := c.await("read", waiter.ReadableEvents, &c.read, func() (err tcpip.Error) {
		w := tcpip.SliceWriter(b)
		result, err = c.ep.Read(&w, tcpip.ReadOptions{NeedRemoteAddr: true})
		if _, wait := err.(*tcpip.ErrWouldBlock); wait && c.connected {
			if e := c.ep.LastError(); e != nil {
				return e
			}
		}
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	return result.Count, c.netAddr(result.RemoteAddr, nil), nil
}

// Write sends one datagram to the other end of a connected socket.
func (c *packetConn) Write(b []byte) (int, error) { return c.send(b, nil) }

// WriteTo sends one datagram to an address.
func (c *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	a, ok := to.(*net.UDPAddr)
	switch {
	case c.connected:
		return 0, c.error("write", net.ErrWriteToConnected)
	case !ok || a == nil:
		return 0, c.error("write", errors.New("no UDP address"))
	}
	full, _ := destination{addr: a.AddrPort()}.full()
	return c.send(b, &full)
}

func (c *packetConn) send(b []byte, to *tcpip.FullAddress) (int, error) {
	err := c.await("write", waiter.WritableEvents, &c.write, func() tcpip.Error {
		_, err := c.ep.Write(bytes.NewReader(b), tcpip.WriteOptions{To: to})
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close gives the port back.
func (c *packetConn) Close() error { return c.close() }
