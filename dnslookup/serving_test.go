package dnslookup_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onwire/dnslookup"

	"github.com/miekg/dns"
)

// A gate holds the queries to name servers back until it opens.
type gate struct {
	open   chan struct{}
	sent   atomic.Int64      // queries that came to it
	held   chan struct{}     // gets one for each of them, if it is not nil
	silent func(string) bool // servers that never answer
}

func newGate() *gate {
	return &gate{open: make(chan struct{}), silent: func(string) bool { return false }}
}

func (g *gate) dial(dial dnslookup.DialFunc) dnslookup.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if g.silent(address) {
			here, there := net.Pipe()
			go io.Copy(io.Discard, there)
			context.AfterFunc(ctx, func() { there.Close() })
			conn = here
		}
		return &gatedConn{Conn: conn, g: g, closed: make(chan struct{})}, nil
	}
}

type gatedConn struct {
	net.Conn
	g      *gate
	once   sync.Once
	closed chan struct{}
}

func (c *gatedConn) Write(b []byte) (int, error) {
	c.g.sent.Add(1)
	if c.g.held != nil {
		c.g.held <- struct{}{}
	}
	select {
	case <-c.g.open:
	case <-c.closed:
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// A datagram is one between a client and the recursor.
type datagram struct {
	client netip.AddrPort
	data   []byte
}

// packets is the recursor's UDP socket.
type packets struct {
	in, out chan datagram
	expired chan struct{}
	once    sync.Once
}

func newPackets() *packets {
	return &packets{in: make(chan datagram), out: make(chan datagram, 1000), expired: make(chan struct{})}
}

func (p *packets) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-p.in:
		return copy(b, d.data), net.UDPAddrFromAddrPort(d.client), nil
	case <-p.expired:
		return 0, nil, os.ErrDeadlineExceeded
	}
}

func (p *packets) WriteTo(b []byte, to net.Addr) (int, error) {
	p.out <- datagram{to.(*net.UDPAddr).AddrPort(), append([]byte(nil), b...)}
	return len(b), nil
}

func (p *packets) SetReadDeadline(t time.Time) error {
	time.AfterFunc(time.Until(t), func() { p.Close() })
	return nil
}

func (p *packets) Close() error                     { p.once.Do(func() { close(p.expired) }); return nil }
func (p *packets) LocalAddr() net.Addr              { return &net.UDPAddr{} }
func (p *packets) SetDeadline(time.Time) error      { return nil }
func (p *packets) SetWriteDeadline(time.Time) error { return nil }

// ask sends a query from a client.
func (p *packets) ask(t *testing.T, client, name string) {
	p.in <- datagram{netip.MustParseAddrPort(client), query(t, name)}
}

// query is a query for the address of a name.
func query(t *testing.T, name string) []byte {
	t.Helper()
	m := new(dns.Msg)
	m.SetQuestion(name, dns.TypeA)
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// rcode reads a reply.
func rcode(t *testing.T, raw []byte) string {
	t.Helper()
	m := new(dns.Msg)
	if err := m.Unpack(raw); err != nil {
		t.Error(err)
		return "broken"
	}
	return dns.RcodeToString[m.Rcode]
}

// pipes is a listener of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	fail   []error // what Accept fails with first
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	if len(p.fail) > 0 {
		err := p.fail[0]
		p.fail = p.fail[1:]
		return nil, &net.OpError{Op: "accept", Err: err}
	}
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial connects a client.
func (p *pipes) dial(client string) net.Conn {
	here, there := net.Pipe()
	p.conns <- addressed{there, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(client))}
	return here
}

// addressed is a connection from a client's address.
type addressed struct {
	net.Conn
	from net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.from }

// framed is a query as it is sent over TCP.
func framed(raw []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)
}

// readReply reads one reply from a connection.
func readReply(conn net.Conn) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	raw := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(conn, raw)
	return raw, err
}
