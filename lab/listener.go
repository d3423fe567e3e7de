package lab

import (
	"net"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// backlog is how many connections may wait for Accept, as on Linux.
const backlog = 4096

// A listener accepts the connections to a port.
type listener struct{ *socket }

// Listen waits for TCP connections, as net.Listen does. Port 0 takes the next
// free one.
func (h *Host) Listen(network, address string) (net.Listener, error) {
	local, err := h.local(network, address)
	if err == nil && local.protocol != "tcp" {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	s, err := h.bound("listen", tcp.ProtocolNumber, local)
	if err != nil {
		return nil, err
	}
	if err := s.ep.Listen(backlog); err != nil {
		s.close()
		return nil, opError("listen", "tcp", nil, net.TCPAddrFromAddrPort(local.addr), err)
	}
	return &listener{s}, nil
}

// Accept waits for the next connection. It is a [Conn].
func (l *listener) Accept() (net.Conn, error) {
	var ep tcpip.Endpoint
	var queue *waiter.Queue
	err := l.await("accept", waiter.ReadableEvents, &l.read, func() (err tcpip.Error) {
		ep, queue, err = l.ep.Accept(nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	s, err := l.host.open("tcp", ep, queue)
	if err != nil {
		return nil, l.error("accept", err)
	}
	s.name()
	return &Conn{s}, nil
}

func (l *listener) Close() error {
	l.ep.Shutdown(tcpip.ShutdownRead | tcpip.ShutdownWrite) // refuse from now on
	return l.close()
}

func (l *listener) Addr() net.Addr { return l.LocalAddr() }
