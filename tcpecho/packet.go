package tcpecho

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// ServePacket echoes datagrams: each one that arrives on pc is sent back to
// where it came from, whole, once (RFC 862, UDP Based Echo Service). It
// returns ErrServerClosed after Shutdown or Close, or the error that ended pc;
// it closes pc.
//
// Datagrams from the ports of services that would answer an answer (echo,
// discard, daytime, quotd, chargen, time, DNS) and from pc's own port are not
// answered: two echo services would else play ping-pong for ever, and a source
// address is easily forged.
func (s *Server) ServePacket(pc net.PacketConn) error {
	if !s.begin(pc) {
		pc.Close()
		return ErrServerClosed
	}
	defer s.end(pc)
	own := portOf(pc.LocalAddr())
	var control []byte
	if u, ok := pc.(*net.UDPConn); ok && tellDestination(u) {
		control = make([]byte, controlSize)
	}
	b := buffers.Get().(*buffer)
	defer buffers.Put(b)
	var wait time.Duration
	for {
		n, from, err := readFrom(pc, b[:], control)
		switch {
		case s.draining.Load():
			return ErrServerClosed
		case err != nil && !passing(err) && !errors.Is(err, syscall.ECONNREFUSED):
			return err
		case err != nil:
			// An ICMP message about an earlier answer, or no memory: the next
			// datagram may be well.
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.pause(wait)
			continue
		}
		wait = 0
		answered := !loops(from.port(), own)
		if answered {
			_, err = from.writeTo(pc, b[:n])
			answered = err == nil // a full queue loses it, as UDP may
		}
		s.countPacket(n, answered)
	}
}

func (s *Server) countPacket(n int, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total.In += int64(n)
	if !answered {
		s.owed.Add(int64(n))
		s.total.Refused++
		return
	}
	s.total.Datagrams++
}

// A peer is where a datagram came from. The kernel's sockets give an
// AddrPort, which costs no memory; any other PacketConn gives a net.Addr.
type peer struct {
	fast   netip.AddrPort
	source []byte // for the answer: see sameSource
	addr   net.Addr
}

func readFrom(pc net.PacketConn, b, control []byte) (n int, from peer, err error) {
	switch u, ok := pc.(*net.UDPConn); {
	case ok && control != nil:
		var said int
		n, said, _, from.fast, err = u.ReadMsgUDPAddrPort(b, control)
		from.source = sameSource(control[:said])
		return n, from, err
	case ok:
		n, from.fast, err = u.ReadFromUDPAddrPort(b)
		return n, from, err
	}
	n, from.addr, err = pc.ReadFrom(b)
	return n, from, err
}

func (p peer) writeTo(pc net.PacketConn, b []byte) (int, error) {
	u, ok := pc.(*net.UDPConn)
	if !ok {
		return pc.WriteTo(b, p.addr)
	}
	if p.source != nil {
		if n, _, err := u.WriteMsgUDPAddrPort(b, p.source, p.fast); err == nil {
			return n, nil
		} // not every system takes back what it said
	}
	return u.WriteToUDPAddrPort(b, p.fast)
}

func (p peer) port() int {
	if p.fast.IsValid() {
		return int(p.fast.Port())
	}
	return portOf(p.addr)
}

// portOf returns the port of a UDP address, or -1.
func portOf(a net.Addr) int {
	if u, ok := a.(*net.UDPAddr); ok {
		return u.Port
	}
	if a != nil {
		if ap, err := netip.ParseAddrPort(a.String()); err == nil {
			return int(ap.Port())
		}
	}
	return -1
}

// loops reports whether an answer to that port may be answered.
func loops(port, own int) bool {
	switch port {
	case 0, 7, 9, 13, 17, 19, 37, 53: // 0 cannot be answered at all
		return true
	}
	return port == own
}
