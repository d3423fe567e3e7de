package lab

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/waiter"
)

// A socket is what connections, listeners and packet connections have in
// common: an endpoint of the stack, calls that wait on it, and deadlines that
// run on the lab's clock.
type socket struct {
	host    *Host
	network string // "tcp" or "udp"
	ep      tcpip.Endpoint
	queue   *waiter.Queue
	key     string     // orders the calls that are woken at one instant
	any     netip.Addr // the open address of its family

	read, write deadline

	once   sync.Once
	closed chan struct{} // calls that wait end
	gone   atomic.Bool   // close was called
}

// open makes the socket known to its network, which closes it at its end.
func (h *Host) open(network string, ep tcpip.Endpoint, queue *waiter.Queue) (*socket, error) {
	s := &socket{host: h, network: network, ep: ep, queue: queue, closed: make(chan struct{})}
	s.read.init(h)
	s.write.init(h)
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	if h.net.closed || h.net.link.cut.Load() {
		ep.Abort()
		return nil, h.net.over()
	}
	h.net.open[s] = true
	return s, nil
}

// name sets the key by which calls are ordered, when the addresses are known.
func (s *socket) name() {
	s.key = s.host.name + " " + s.network + " " + addrPort(s.ep.GetLocalAddress()).String() + " " + addrPort(s.ep.GetRemoteAddress()).String()
}

// shut wakes all that wait on the socket. The endpoint lives on as long as its
// protocol needs it.
func (s *socket) shut() {
	s.once.Do(func() { close(s.closed) })
}

// close shuts the socket and gives the endpoint back; the second time is an
// error, as it is in the net package.
func (s *socket) close() error {
	if s.gone.Swap(true) {
		return s.error("close", net.ErrClosed)
	}
	s.host.net.mu.Lock()
	delete(s.host.net.open, s)
	s.host.net.mu.Unlock()
	s.shut()
	s.ep.Close()
	return nil
}

// await calls try until it no longer says that it would block. Between two
// tries it waits for one of the events, and then for its turn.
func (s *socket) await(op string, events waiter.EventMask, d *deadline, try func() tcpip.Error) error {
	turn := make(chan struct{}, 1)
	entry := waiter.NewFunctionEntry(events|waiter.EventErr|waiter.EventHUp, func(waiter.EventMask) {
		s.host.net.clock.soon(s.key, func() {
			select {
			case turn <- struct{}{}:
			default: // woken already
			}
		})
	})
	s.queue.EventRegister(&entry)
	defer s.queue.EventUnregister(&entry)
	expired := d.expired()
	for {
		if err := s.ended(op); err != nil {
			return err
		}
		select {
		case <-expired:
			return s.error(op, os.ErrDeadlineExceeded)
		default:
		}
		err := try()
		if err == nil {
			return nil
		}
		if _, wait := err.(*tcpip.ErrWouldBlock); !wait {
			return opError(op, s.network, s.LocalAddr(), s.RemoteAddr(), err)
		}
		select {
		case <-turn:
		case <-expired:
		case <-s.closed:
		}
	}
}

// ended returns why calls on the socket fail, or nil while it is open.
func (s *socket) ended(op string) error {
	if s.gone.Load() {
		return s.error(op, net.ErrClosed)
	}
	select {
	case <-s.closed:
		return s.error(op, s.host.net.over())
	default:
		return nil
	}
}

func (s *socket) error(op string, err error) error {
	return &net.OpError{Op: op, Net: s.network, Source: s.LocalAddr(), Addr: s.RemoteAddr(), Err: err}
}

// LocalAddr returns the address of this end.
func (s *socket) LocalAddr() net.Addr { return s.netAddr(s.ep.GetLocalAddress()) }

// RemoteAddr returns the address of the other end, or nil where there is none.
func (s *socket) RemoteAddr() net.Addr { return s.netAddr(s.ep.GetRemoteAddress()) }

func (s *socket) netAddr(full tcpip.FullAddress, err tcpip.Error) net.Addr {
	a := addrPort(full, err)
	if !a.Addr().IsValid() {
		a = netip.AddrPortFrom(s.any, a.Port())
	}
	switch {
	case a.Port() == 0:
		return nil
	case s.network == "udp":
		return net.UDPAddrFromAddrPort(a)
	}
	return net.TCPAddrFromAddrPort(a)
}

// SetDeadline sets both deadlines; see SetReadDeadline.
func (s *socket) SetDeadline(t time.Time) error {
	if err := s.SetReadDeadline(t); err != nil {
		return err
	}
	return s.SetWriteDeadline(t)
}

// SetReadDeadline sets the time, on the lab's clock, after which reading fails
// with os.ErrDeadlineExceeded. A time that is years away from the lab's is
// taken for one of this machine's clock, and means the time left until then.
func (s *socket) SetReadDeadline(t time.Time) error { return s.setDeadline(&s.read, t) }

// SetWriteDeadline is SetReadDeadline for writing.
func (s *socket) SetWriteDeadline(t time.Time) error { return s.setDeadline(&s.write, t) }

func (s *socket) setDeadline(d *deadline, t time.Time) error {
	if err := s.ended("set"); err != nil {
		return err
	}
	d.set(t)
	return nil
}

func addrPort(full tcpip.FullAddress, err tcpip.Error) netip.AddrPort {
	if err != nil {
		return netip.AddrPort{}
	}
	a, _ := netip.AddrFromSlice(full.Addr.AsSlice())
	return netip.AddrPortFrom(a.Unmap(), full.Port)
}
