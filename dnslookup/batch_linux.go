package dnslookup

import (
	"net"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// perCall is how many datagrams one sendmmsg(2) or recvmmsg(2) carries.
const perCall = 64

// A manyPackets sends and receives many datagrams a system call: that is where
// the time goes.
type manyPackets struct {
	net.Conn
	batch interface {
		ReadBatch([]ipv4.Message, int) (int, error)
		WriteBatch([]ipv4.Message, int) (int, error)
	}
	out, in  []ipv4.Message
	queued   int
	deadline time.Time
}

func newPackets(conn net.Conn) packets {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return newPlainPackets(conn)
	}
	udp.SetReadBuffer(1 << 20) // the system gives what it allows
	p := &manyPackets{Conn: udp, out: make([]ipv4.Message, perCall), in: make([]ipv4.Message, perCall)}
	if udp.RemoteAddr().(*net.UDPAddr).IP.To4() != nil {
		p.batch = ipv4.NewPacketConn(udp)
	} else {
		p.batch = ipv6.NewPacketConn(udp)
	}
	for i := range p.in {
		p.in[i].Buffers = [][]byte{make([]byte, 4096)}
		p.out[i].Buffers = make([][]byte, 1)
	}
	return p
}

// queue keeps b until it is sent: the caller does not change it before.
func (p *manyPackets) queue(b []byte) error {
	p.out[p.queued].Buffers[0] = b
	if p.queued++; p.queued == perCall {
		return p.flush()
	}
	return nil
}

func (p *manyPackets) flush() error {
	sent := 0
	for sent < p.queued {
		n, err := p.batch.WriteBatch(p.out[sent:p.queued], 0)
		if err != nil {
			p.queued = 0
			return err
		}
		sent += n
	}
	p.queued = 0
	return nil
}

func (p *manyPackets) receive(deadline time.Time, handle func([]byte)) error {
	if deadline.Sub(p.deadline) > 50*time.Millisecond || deadline.Before(p.deadline) {
		p.deadline = deadline
		p.SetReadDeadline(deadline)
	}
	n, err := p.batch.ReadBatch(p.in, 0)
	if err != nil {
		return err
	}
	for i := range n {
		handle(p.in[i].Buffers[0][:p.in[i].N])
	}
	return nil
}
