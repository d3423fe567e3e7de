package main

import (
	"fmt"
	"io"
	"net"
	"time"

	"onwire/tcpecho"
	"onwire/wire"
)

var streamScene = scene{
	name: "stream", title: "A stream of bytes, not messages",
	why: "TCP numbers bytes, and a write is not part of what it carries. A program that wants messages sends their length first, or a separator between them.",
	rfc: "RFC 9293 3.8",
	predict: []string{
		"10 writes of 10 bytes: how many segments? | go run ./cmd/echo demo nagle",
		"Does UDP do the same? | go run ./cmd/echo demo datagrams",
	},
	play: func(st *stage) error {
		client, server, err := st.pair()
		if err != nil {
			return err
		}
		for _, word := range []string{"Hello", ", wor", "ld!"} {
			if _, err := io.WriteString(client, word); err != nil {
				return err
			}
			st.say("client", "server", fmt.Sprintf("write %q", word), wire.Seen)
		}
		st.pause(50 * time.Millisecond) // all of it lies in the server's queue now
		b := make([]byte, 100)
		n, err := server.Read(b)
		if err != nil {
			return err
		}
		st.say("server", "", fmt.Sprintf("one read of up to 100 bytes: %q", b[:n]), wire.Seen)
		if _, err := io.WriteString(server, "One answer."); err != nil {
			return err
		}
		st.say("server", "client", `write "One answer."`, wire.Seen)
		for left := len("One answer."); left > 0; {
			n, err := client.Read(b[:4])
			if err != nil {
				return err
			}
			left -= n
			st.say("client", "", fmt.Sprintf("a read of up to 4 bytes: %q", b[:n]), wire.Seen)
		}
		return nil
	},
}

var halfCloseScene = scene{
	name: "halfclose", title: "Half-close: a FIN ends one direction",
	why: "A FIN says: I have nothing more to send. It does not say: I do not listen. So a client can send all its bytes, say so, and still get the answer.",
	rfc: "RFC 9293 3.6",
	predict: []string{
		"What does a client get that closes both directions instead? | go run ./cmd/echo demo rst",
		"An echo server: does it wait for our FIN before it answers? | go run ./cmd/echo send --writes 5 --nodelay (with a server beside it)",
	},
	play: func(st *stage) error {
		client, server, err := st.pair()
		if err != nil {
			return err
		}
		if _, err := io.WriteString(client, "question"); err != nil {
			return err
		}
		st.say("client", "server", `write "question"`, wire.Seen)
		if err := client.CloseWrite(); err != nil {
			return err
		}
		st.say("client", "server", "FIN: CloseWrite, shutdown(SHUT_WR) in C", wire.Seen)
		question, err := io.ReadAll(server)
		if err != nil {
			return err
		}
		st.say("server", "", fmt.Sprintf("reads %q, then EOF: that is the FIN", question), wire.Seen)
		st.states(client, server)
		if _, err := io.WriteString(server, "answer, after your FIN"); err != nil {
			return err
		}
		st.say("server", "client", `write "answer, after your FIN"`, wire.Seen)
		server.Close()
		st.say("server", "client", "FIN: Close", wire.Seen)
		answer, err := io.ReadAll(client)
		if err != nil {
			return err
		}
		st.say("client", "", fmt.Sprintf("reads %q, then EOF", answer), wire.Seen)
		return nil
	},
}

// states shows the states of both ends, where the kernel reports them. It gives
// a segment that is under way a moment to arrive.
func (st *stage) states(client, server net.Conn) {
	for range 25 { // its acknowledgment may be delayed by some 40 ms
		if st.pause(20 * time.Millisecond); state(client) != "FIN-WAIT-1" {
			break
		}
	}
	c, s := state(client), state(server)
	if c == "" {
		return
	}
	st.say("client", "", "is in state "+c, wire.Kernel)
	st.say("server", "", "is in state "+s, wire.Kernel)
}

var rstScene = scene{
	name: "rst", title: "RST against FIN: two ways to end",
	why: "A FIN comes after the last byte, so all bytes arrive first. An RST throws away what is under way, in both directions. A program sends one without asking for it when it closes while bytes wait unread, or when it gets bytes after it closed.",
	rfc: "RFC 9293 3.5.2, 3.10.7; RFC 1122 4.2.2.13",
	predict: []string{
		"Nobody listens at a port: is the answer a FIN or an RST? | go run ./cmd/echo demo closed-port",
		"After two FINs, which side remembers the connection? | go run ./cmd/echo demo timewait",
	},
	play: func(st *stage) error {
		for _, end := range []struct{ how, label string }{
			{"fin", "Close: a FIN after the bytes"},
			{"unread", "Close, with bytes of the client unread: an RST"},
			{"linger", "Close, with SO_LINGER 0: an RST, on purpose"},
		} {
			client, server, err := st.pair()
			if err != nil {
				return err
			}
			if end.how == "unread" {
				if _, err := io.WriteString(client, "unread"); err != nil {
					return err
				}
				st.pause(20 * time.Millisecond)
			}
			if end.how == "linger" {
				server.SetLinger(0)
			}
			server.Close()
			st.say("server", "client", end.label, wire.Seen)
			_, err = client.Read(make([]byte, 100))
			st.say("client", "", "read: "+result(err), wire.Seen)
			_, err = client.Write([]byte("x"))
			if err == nil {
				st.pause(20 * time.Millisecond)
				st.say("client", "server", "write: taken, though no program will read it", wire.Seen)
				_, err = client.Write([]byte("x"))
				st.say("client", "server", "write again: "+result(err)+", for the RST came back", wire.Seen)
				continue
			}
			st.say("client", "server", "write: "+result(err), wire.Seen)
		}
		return nil
	},
}

// segments shows how many writes made how many segments.
func (st *stage) segments(c *tcpecho.Trace, writes int, label string) error {
	before, err := tcpecho.ReadInfo(c)
	if err != nil || before.DataSegmentsOut < 0 {
		return fmt.Errorf("%w: it does not count segments for us (Linux does)", errCannotShow)
	}
	began := time.Now()
	for range writes {
		if _, err := io.WriteString(c, "0123456789"); err != nil {
			return err
		}
	}
	st.say("client", "server", fmt.Sprintf("%s: %d writes of 10 bytes in %s", label, writes, micros(time.Since(began))), wire.Seen)
	st.pause(200 * time.Millisecond) // longer than a delayed acknowledgment
	after, err := tcpecho.ReadInfo(c)
	if err != nil {
		return err
	}
	again := after.Retransmissions - before.Retransmissions
	st.say("client", "server", fmt.Sprintf("made %d segments", after.DataSegmentsOut-before.DataSegmentsOut-again), wire.Kernel)
	if again > 0 { // a peer that delays its acknowledgments is probed (RFC 8985 7)
		st.say("client", "server", fmt.Sprintf("sent %d of them again: no acknowledgment came in time", again), wire.Kernel)
	}
	return nil
}
