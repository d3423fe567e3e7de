package main

import (
	"fmt"
	"net"
	"time"

	"onwire/wire"
)

var udpScene = scene{
	name: "datagrams", title: "UDP: a datagram keeps its border, and nobody sends it again",
	why: "UDP adds ports and a checksum to IP, and nothing else. A datagram arrives whole or not at all; there is no connection, no order, no second try. A program that needs those builds them, as DNS and QUIC do.",
	rfc: "RFC 768; RFC 8085",
	predict: []string{
		"Three writes over TCP: how many reads? | go run ./cmd/echo demo stream",
		"How does a client find out that no program is there? | go run ./cmd/echo send --udp --to 127.0.0.1:1 hello",
	},
	play: func(st *stage) error {
		client, server, err := st.udpPair()
		if err != nil {
			return err
		}
		for _, word := range []string{"Hello", ", wor", "ld!"} {
			if _, err := client.Write([]byte(word)); err != nil {
				return err
			}
			st.event("client", "server", "UDP", fmt.Sprintf("write %q", word), wire.Seen)
		}
		b := make([]byte, 100)
		for range 3 {
			n, err := server.Read(b)
			if err != nil {
				return err
			}
			st.event("server", "", "UDP", fmt.Sprintf("one read of up to 100 bytes: %q", b[:n]), wire.Seen)
		}
		return st.udpLoss()
	},
}

func (st *stage) udpPair() (client, server *net.UDPConn, err error) {
	if server, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		return nil, nil, err
	}
	st.keep(server)
	if client, err = net.DialUDP("udp", nil, server.LocalAddr().(*net.UDPAddr)); err != nil {
		return nil, nil, err
	}
	st.keep(client)
	client.SetDeadline(time.Now().Add(sceneWait))
	server.SetDeadline(time.Now().Add(sceneWait))
	return client, server, nil
}

// udpLoss sends more than the receiver's queue holds, while it is busy with
// something else.
func (st *stage) udpLoss() error {
	const datagrams = 500
	client, server, err := st.udpPair()
	if err != nil {
		return err
	}
	server.SetReadBuffer(16 << 10)
	b := make([]byte, 1000)
	for i := range datagrams {
		b[0], b[1] = byte(i>>8), byte(i)
		if _, err := client.Write(b); err != nil {
			return err
		}
	}
	st.event("client", "server", "UDP", fmt.Sprintf("%d datagrams of 1000 bytes; every write: done", datagrams), wire.Seen)
	got := 0
	for {
		server.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if _, err := server.Read(b); err != nil {
			break
		}
		got++
	}
	st.event("server", "", "UDP", fmt.Sprintf("reads %d of them; the rest did not fit into its queue", got), wire.Seen)
	st.event("client", "", "UDP", "is not told, and sends nothing again", wire.Inferred)
	return nil
}
