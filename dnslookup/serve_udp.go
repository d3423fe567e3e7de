package dnslookup

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How a server ends. What clients have sent by then is read and answered.
const (
	drainRead  = 50 * time.Millisecond // for what is on its way
	drainTime  = 5 * time.Second       // for look-ups; what is left is answered with SERVFAIL
	drainWrite = time.Second           // for clients to take their replies
)

// draining returns a context for the work of a server that ends with ctx: it
// ends drainTime later.
func draining(ctx context.Context) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(drainTime, cancel)
		context.AfterFunc(work, func() { t.Stop() })
	})
	return work, func() {
		stop()
		cancel()
	}
}

// ServeUDP answers the queries that come to conn, until ctx ends; then those
// that have come are answered, within 5 seconds. It closes conn.
func (s *Recursor) ServeUDP(ctx context.Context, conn net.PacketConn) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Now().Add(drainRead)) })()
	work, cancel := draining(ctx)
	defer cancel()
	var queries sync.WaitGroup
	defer queries.Wait()
	buf := make([]byte, maxMessage)
	var wait pause
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var temporary net.Error // such as a client's closed port, on Windows
			if errors.As(err, &temporary) && !errors.Is(err, net.ErrClosed) {
				wait.longer(ctx)
				continue
			}
			return err
		}
		wait = 0
		in := s.receive(buf[:n], addrPort(from), UDP)
		if in == nil {
			continue
		}
		reply := func() {
			if !in.Dropped {
				conn.WriteTo(in.pack(), from) // a client that has gone does not matter
			}
			s.report(in)
		}
		if s.recall(in) {
			reply()
			continue
		}
		j, err := s.join(in)
		if err != nil {
			reply()
			continue
		}
		queries.Go(func() {
			s.wait(work, in, j)
			reply()
		})
	}
}

// A pause is a wait that doubles from 5 ms to 1 s.
type pause time.Duration

func (p *pause) longer(ctx context.Context) {
	*p = min(max(2**p, pause(5*time.Millisecond)), pause(time.Second))
	select {
	case <-time.After(time.Duration(*p)):
	case <-ctx.Done():
	}
}

// addrPort returns an address of the network as a value.
func addrPort(a net.Addr) netip.AddrPort {
	if a, ok := a.(interface{ AddrPort() netip.AddrPort }); ok {
		return netip.AddrPortFrom(a.AddrPort().Addr().Unmap(), a.AddrPort().Port())
	}
	if a != nil {
		if parsed, err := netip.ParseAddrPort(a.String()); err == nil {
			return parsed
		}
	}
	return netip.AddrPort{}
}
