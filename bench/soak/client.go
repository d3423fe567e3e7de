package main

import (
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"
)

// A client comes and goes, each time in another way.
type client struct {
	server server
	addr   string
	rng    *rand.Rand
}

func newClient(s server, addr string, seed uint64, number int) *client {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(number))
	return &client{s, addr, rand.New(rand.NewChaCha8(key))}
}

// patience bounds each wait of a client.
const patience = 500 * time.Millisecond

// churn comes and goes until ctx ends.
func (c *client) churn(ctx context.Context, clients, answered *atomic.Int64) {
	for ctx.Err() == nil {
		select { // not faster than the machine that all of them share
		case <-time.After(time.Duration(10+c.rng.IntN(80)) * time.Millisecond):
		case <-ctx.Done():
			return
		}
		clients.Add(1)
		if c.rng.IntN(3) == 0 {
			if c.server.good(c.addr) == nil { // not all are: the server may be full
				answered.Add(1)
			}
			continue
		}
		if c.server.datagrams && c.rng.IntN(4) == 0 {
			c.datagrams()
			continue
		}
		nc, err := net.DialTimeout("tcp", c.addr, patience)
		if err != nil {
			continue
		}
		nc.SetDeadline(time.Now().Add(patience))
		ways[c.rng.IntN(len(ways))](c, nc.(*net.TCPConn))
		nc.Close()
	}
}

// ways are what a client does with its connection, which is closed afterwards.
var ways = []func(*client, *net.TCPConn){
	(*client).reset, (*client).halfClose, (*client).garbage, (*client).part,
	(*client).neverRead, (*client).silent, (*client).drip, (*client).leave,
}

// reset asks, and sends an RST before or after the answer.
func (c *client) reset(nc *net.TCPConn) {
	nc.Write(c.server.request(1 + c.rng.IntN(3)))
	if c.rng.IntN(2) == 0 {
		nc.Read(make([]byte, 100))
	}
	nc.SetLinger(0)
}

// halfClose asks, sends a FIN, and reads to the end.
func (c *client) halfClose(nc *net.TCPConn) {
	nc.Write(c.server.request(1 + c.rng.IntN(3)))
	nc.CloseWrite()
	io.Copy(io.Discard, nc)
}

// garbage sends random bytes, now and then after a good request.
func (c *client) garbage(nc *net.TCPConn) {
	if c.rng.IntN(3) == 0 {
		nc.Write(c.server.request(1))
	}
	b := make([]byte, 1+c.rng.IntN(8192))
	for i := range b {
		b[i] = byte(c.rng.Uint32())
	}
	nc.Write(b)
	nc.Read(b)
}

// part sends the start of a request, or one with a byte changed.
func (c *client) part(nc *net.TCPConn) {
	b := c.server.request(1)
	if c.rng.IntN(2) == 0 {
		b[c.rng.IntN(len(b))] ^= byte(1 + c.rng.IntN(255))
	} else {
		b = b[:1+c.rng.IntN(len(b))]
	}
	nc.Write(b)
	nc.Read(make([]byte, 100))
}

// neverRead asks for more than the buffers hold, and reads nothing of it.
func (c *client) neverRead(nc *net.TCPConn) {
	for range 20 {
		if _, err := nc.Write(c.server.request(200)); err != nil {
			break
		}
	}
	if c.rng.IntN(2) == 0 {
		nc.SetLinger(0)
	}
}

// silent says nothing for a while.
func (c *client) silent(*net.TCPConn) {
	time.Sleep(time.Duration(c.rng.IntN(200)) * time.Millisecond)
}

// drip sends a request in pieces.
func (c *client) drip(nc *net.TCPConn) {
	b := c.server.request(1)
	for size := 1 + len(b)/10; len(b) > 0; {
		n := min(size, len(b))
		if _, err := nc.Write(b[:n]); err != nil {
			return
		}
		b = b[n:]
		time.Sleep(5 * time.Millisecond)
	}
	nc.Read(make([]byte, 100))
}

// leave asks and does not wait for the answer.
func (c *client) leave(nc *net.TCPConn) { nc.Write(c.server.request(1)) }

// datagrams sends some, good and bad, and leaves before the answers.
func (c *client) datagrams() {
	nc, err := net.Dial("udp", c.addr)
	if err != nil {
		return
	}
	defer nc.Close()
	for range 1 + c.rng.IntN(10) {
		b := c.server.datagram()
		switch c.rng.IntN(4) {
		case 0:
			b = b[:c.rng.IntN(len(b))]
		case 1:
			b[c.rng.IntN(len(b))] ^= byte(1 + c.rng.IntN(255))
		case 2:
			b = make([]byte, c.rng.IntN(60000))
		}
		nc.Write(b)
	}
}
