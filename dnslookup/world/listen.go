package world

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"onwire/dnslookup"
)

// Listen puts the world's servers on real sockets until ctx ends. bind says
// where a server listens; port 0 takes any that is free. The function that it
// returns dials a server by its address in the world, wherever it listens:
//
//	dial, err := w.Listen(ctx, func(netip.Addr) netip.AddrPort {
//		return netip.MustParseAddrPort("127.0.0.1:0")
//	})
//
// The recursor is not among them: see dnslookup.Recursor.
func (w *World) Listen(ctx context.Context, bind func(server netip.Addr) netip.AddrPort) (dnslookup.DialFunc, error) {
	var open []io.Closer
	at := map[netip.Addr]string{}
	for _, server := range w.Servers() {
		ln, conn, err := listenBoth(bind(server))
		if err != nil {
			for _, c := range open {
				c.Close()
			}
			return nil, fmt.Errorf("the server %s: %w", server, err)
		}
		open = append(open, ln, conn)
		at[server] = ln.Addr().String()
		w.Serve(ctx, server, ln, conn)
	}
	var dialer net.Dialer
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		server, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, err
		}
		if where, ok := at[server.Addr()]; ok {
			address = where
		}
		return dialer.DialContext(ctx, network, address)
	}, nil
}

// Serve lets one of the world's servers answer on the given sockets until ctx
// ends: those of this machine, or of a host in a lab. It closes them then.
func (w *World) Serve(ctx context.Context, server netip.Addr, ln net.Listener, conn net.PacketConn) {
	context.AfterFunc(ctx, func() {
		ln.Close()
		conn.Close()
	})
	go w.serveUDP(server, conn)
	go w.serveTCP(server, ln)
}

// listenBoth takes the same port for TCP and UDP.
func listenBoth(at netip.AddrPort) (net.Listener, net.PacketConn, error) {
	for range 20 {
		ln, err := net.Listen("tcp", at.String())
		if err != nil {
			return nil, nil, err
		}
		conn, err := net.ListenPacket("udp", ln.Addr().String())
		if err == nil {
			return ln, conn, nil
		}
		ln.Close()
		if at.Port() != 0 {
			return nil, nil, err
		}
	}
	return nil, nil, errors.New("no port is free for both TCP and UDP")
}

func (w *World) serveUDP(server netip.Addr, conn net.PacketConn) {
	buf := make([]byte, 65535)
	for {
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if reply := w.Reply(context.Background(), server, "udp", buf[:n]); reply != nil {
			conn.WriteTo(reply, from)
		}
	}
}

func (w *World) serveTCP(server netip.Addr, ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			var length [2]byte
			for {
				if _, err := io.ReadFull(conn, length[:]); err != nil {
					return
				}
				query := make([]byte, binary.BigEndian.Uint16(length[:]))
				if _, err := io.ReadFull(conn, query); err != nil {
					return
				}
				replies := w.replies(context.Background(), server, "tcp", query)
				if len(replies) == 0 {
					return
				}
				for _, reply := range replies {
					conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
				}
			}
		}()
	}
}
