// Package serve is what the servers of all commands share: where they listen,
// what they do when the process has no file descriptors left, and how they
// print without waiting for a terminal.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"onwire/internal/cli"
)

// Listen opens a TCP port. ":PORT" is 127.0.0.1; an address that other
// machines can reach is opened too, and Open says so in one line. example is
// an address that an error may propose.
//
// Accept of the listener survives a lack of file descriptors: it waits until a
// connection has ended, and tries again.
func Listen(ctx context.Context, env *cli.Env, addr, example string) (net.Listener, error) {
	addr, err := cli.Addr(addr, example)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, Network("tcp", addr), addr)
	if err != nil {
		return nil, cli.CannotListen(addr, err, example)
	}
	Open(env, l.Addr())
	return Patient(l), nil
}

// Network returns the network of package net for an address to listen on, "tcp"
// or "udp", with a 4 after it where the address is IPv4: net takes "tcp" and
// 0.0.0.0 for all addresses of IPv6 too.
func Network(network, addr string) string {
	if at, err := netip.ParseAddrPort(addr); err == nil && at.Addr().Is4() {
		return network + "4"
	}
	return network
}

// Open prints one line if an address is open to other machines.
func Open(env *cli.Env, addr net.Addr) {
	host, port, err := net.SplitHostPort(addr.String())
	ip := net.ParseIP(host)
	if err != nil || ip == nil || ip.IsLoopback() {
		return
	}
	fmt.Fprintf(env.Stderr, "note: %s is open to every machine that can reach this one; 127.0.0.1:%s is this machine only\n", addr, port)
}

// Patient returns a listener whose Accept does not fail for want of file
// descriptors or memory, or because a client has left already: it waits, a
// second at most, and tries again. Close ends the wait.
func Patient(l net.Listener) net.Listener { return &patient{Listener: l, closed: make(chan struct{})} }

type patient struct {
	net.Listener
	close  sync.Once
	closed chan struct{}
}

func (p *patient) Accept() (net.Conn, error) {
	wait := 5 * time.Millisecond
	for {
		c, err := p.Listener.Accept()
		if err == nil || !temporary(err) {
			return c, err
		}
		t := time.NewTimer(wait)
		select {
		case <-p.closed:
			t.Stop()
			return nil, err
		case <-t.C:
		}
		wait = min(2*wait, time.Second)
	}
}

func (p *patient) Close() error {
	p.close.Do(func() { close(p.closed) })
	return p.Listener.Close()
}

// temporary reports whether Accept may succeed later.
func temporary(err error) bool {
	for _, e := range []error{syscall.ECONNABORTED, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EINTR, wsaTooManyFiles, wsaNoBuffers, wsaReset} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Winsock's own numbers of these errors.
const (
	wsaTooManyFiles = syscall.Errno(10024)
	wsaReset        = syscall.Errno(10054)
	wsaNoBuffers    = syscall.Errno(10055)
)
