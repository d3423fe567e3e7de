package dnslookup

import (
	"net"
	"time"
)

// plainPackets sends and receives one datagram a system call.
type plainPackets struct {
	net.Conn
	buf      []byte
	deadline time.Time
}

func newPlainPackets(conn net.Conn) *plainPackets {
	return &plainPackets{Conn: conn, buf: make([]byte, 4096)}
}

func (p *plainPackets) queue(b []byte) error {
	_, err := p.Write(b)
	return err
}

func (p *plainPackets) flush() error { return nil }

func (p *plainPackets) receive(deadline time.Time, handle func([]byte)) error {
	// A deadline costs more than a read: move it only now and then.
	if deadline.Sub(p.deadline) > 50*time.Millisecond || deadline.Before(p.deadline) {
		p.deadline = deadline
		p.SetReadDeadline(deadline)
	}
	n, err := p.Read(p.buf)
	if err != nil {
		return err
	}
	handle(p.buf[:n])
	return nil
}
