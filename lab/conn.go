package lab

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// A Conn is a TCP connection of a host. Any number of goroutines may use it.
type Conn struct{ *socket }

// Dial is DialContext without a context.
func (h *Host) Dial(network, address string) (net.Conn, error) {
	return h.DialContext(context.Background(), network, address)
}

// DialContext opens a connection, as net.Dialer's does: network is tcp or udp,
// with a 4 or 6 behind it if need be, and address a name of a host or an IP
// address with a port number. A TCP connection is a [Conn]. Where the deadline
// of ctx is a time of this machine's clock, the time left until then counts.
func (h *Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return h.DialFrom(ctx, network, "", address)
}

// DialFrom is DialContext with a local address, such as ":50000": scenes with
// several connections fix their ports so that they repeat.
func (h *Host) DialFrom(ctx context.Context, network, local, address string) (net.Conn, error) {
	remote, err := h.resolve(network, address)
	if err == nil {
		err = h.net.strangers()
	}
	if err == nil && !remote.addr.Addr().IsValid() {
		err = errors.New("missing address")
	}
	from := destination{protocol: remote.protocol, version: remote.version}
	if err == nil && local != "" {
		from, err = h.resolve(remote.protocol+string(remote.version), local)
		from.version = remote.version
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	if remote.protocol == "udp" {
		return h.dialUDP(from, remote)
	}
	return h.dialTCP(ctx, from, remote)
}

func (h *Host) dialTCP(ctx context.Context, from, remote destination) (net.Conn, error) {
	s, err := h.bound("dial", tcp.ProtocolNumber, from)
	if err != nil {
		return nil, err
	}
	c := &Conn{s}
	ctx, cancel := h.onLabTime(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, s.shut)()
	to, _ := remote.full()
	started := false
	err = s.await("connect", waiter.WritableEvents, &s.write, func() tcpip.Error {
		if !started {
			started = true
			err := s.ep.Connect(to)
			if _, ok := err.(*tcpip.ErrConnectStarted); ok {
				return &tcpip.ErrWouldBlock{}
			}
			return err
		}
		if err := s.ep.LastError(); err != nil {
			return err
		}
		if s.ep.Readiness(waiter.WritableEvents|waiter.EventHUp) == 0 {
			return &tcpip.ErrWouldBlock{}
		}
		return nil
	})
	if err == nil && ctx.Err() == nil {
		s.name()
		return c, nil
	}
	s.close()
	if ctx.Err() != nil {
		err = ctx.Err()
		if context.Cause(ctx) == context.DeadlineExceeded { // on the lab's clock
			err = context.DeadlineExceeded
		}
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(remote.addr), Err: err}
}

// bound returns a socket with a local address.
func (h *Host) bound(op string, protocol tcpip.TransportProtocolNumber, local destination) (*socket, error) {
	queue := new(waiter.Queue)
	addr, family := local.full()
	fail := func(err tcpip.Error) (*socket, error) {
		return nil, opError(op, local.protocol, nil, net.TCPAddrFromAddrPort(local.addr), err)
	}
	ep, err := h.stack.NewEndpoint(protocol, family, queue)
	if err != nil {
		return fail(err)
	}
	ep.SocketOptions().SetV6Only(local.only6)
	if err := h.bind(ep, addr); err != nil {
		ep.Close()
		return fail(err)
	}
	s, over := h.open(local.protocol, ep, queue)
	if over != nil {
		return nil, &net.OpError{Op: op, Net: local.protocol, Err: over}
	}
	s.any = netip.IPv4Unspecified()
	if local.version == '6' {
		s.any = netip.IPv6Unspecified()
	}
	s.name()
	return s, nil
}

// Read reads what has arrived, and waits while nothing has. io.EOF says that
// the other side has closed its half.
func (c *Conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, end := 0, false
	err := c.await("read", waiter.ReadableEvents|waiter.EventRdHUp, &c.read, func() tcpip.Error {
		w := tcpip.SliceWriter(b)
		result, err := c.ep.Read(&w, tcpip.ReadOptions{})
		n = result.Count
		if _, end = err.(*tcpip.ErrClosedForReceive); end {
			return nil
		}
		return err
	})
	if end {
		return 0, io.EOF
	}
	return n, err
}

// Write writes all of b, and waits while the send buffer is full.
func (c *Conn) Write(b []byte) (int, error) {
	written := 0
	err := c.await("write", waiter.WritableEvents, &c.write, func() tcpip.Error {
		for written < len(b) {
			n, err := c.ep.Write(bytes.NewReader(b[written:]), tcpip.WriteOptions{})
			written += int(n)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return written, err
}

// Close closes both directions. What was written is still sent.
func (c *Conn) Close() error { return c.close() }

// CloseWrite sends a FIN after what was written: no more will come from here.
func (c *Conn) CloseWrite() error { return c.shutdown(tcpip.ShutdownWrite) }

// CloseRead gives up reading: what arrives is thrown away.
func (c *Conn) CloseRead() error { return c.shutdown(tcpip.ShutdownRead) }

func (c *Conn) shutdown(flags tcpip.ShutdownFlags) error {
	if err := c.ended("shutdown"); err != nil {
		return err
	}
	if err := c.ep.Shutdown(flags); err != nil {
		return opError("shutdown", "tcp", c.LocalAddr(), c.RemoteAddr(), err)
	}
	return nil
}

// SetLinger with 0 lets Close cut the connection with a RST; below 0 it closes
// in peace, which is the default. Above 0 it closes in peace for so many seconds.
func (c *Conn) SetLinger(seconds int) error {
	if err := c.ended("set"); err != nil {
		return err
	}
	c.ep.SocketOptions().SetLinger(tcpip.LingerOption{Enabled: seconds >= 0, Timeout: time.Duration(max(seconds, 0)) * time.Second})
	return nil
}

// SetNoDelay switches Nagle's algorithm off, or on.
func (c *Conn) SetNoDelay(off bool) error {
	if err := c.ended("set"); err != nil {
		return err
	}
	c.ep.SocketOptions().SetDelayOption(!off)
	return nil
}

// SetReadBuffer sets the size of the receive buffer, in bytes.
func (c *Conn) SetReadBuffer(bytes int) error {
	if err := c.ended("set"); err != nil {
		return err
	}
	c.ep.SocketOptions().SetReceiveBufferSize(int64(bytes), true)
	return nil
}

// SetWriteBuffer sets the size of the send buffer, in bytes.
func (c *Conn) SetWriteBuffer(bytes int) error {
	if err := c.ended("set"); err != nil {
		return err
	}
	c.ep.SocketOptions().SetSendBufferSize(int64(bytes), true)
	return nil
}

// Unsent returns how many bytes were written but are not yet acknowledged.
func (c *Conn) Unsent() int {
	n, err := c.ep.GetSockOptInt(tcpip.SendQueueSizeOption)
	if err != nil {
		return 0
	}
	return n
}

// Info is what a host's TCP knows of a connection.
type Info struct {
	State              string        // as RFC 9293 3.3.2 names it, in gVisor's spelling
	RTT, RTTVar        time.Duration // the smoothed round trip and its variation (RFC 6298)
	RTO                time.Duration // the retransmission timeout
	CongestionWindow   int           // in segments (RFC 5681)
	SlowStartThreshold int           // in segments
}

// Info returns what the host's TCP knows of the connection.
func (c *Conn) Info() (Info, error) {
	var o tcpip.TCPInfoOption
	if err := c.ep.GetSockOpt(&o); err != nil {
		return Info{}, opError("info", "tcp", c.LocalAddr(), c.RemoteAddr(), err)
	}
	return Info{
		State:              tcp.EndpointState(o.State).String(),
		RTT:                o.RTT,
		RTTVar:             o.RTTVar,
		RTO:                o.RTO,
		CongestionWindow:   int(o.SndCwnd),
		SlowStartThreshold: int(o.SndSsthresh),
	}, nil
}
