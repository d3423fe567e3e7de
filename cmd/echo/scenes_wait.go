package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"onwire/internal/cli"
	"onwire/tcpecho"
	"onwire/wire"
)

var nagleScene = scene{
	name: "nagle", title: "Nagle's algorithm: small writes wait for company",
	why: "While an acknowledgment is outstanding, small writes are gathered: 40 bytes of headers for 10 of data is dear. A receiver delays its acknowledgment too, hoping to send it with an answer. Both together cost a request that is written in two pieces some 40 ms; TCP_NODELAY switches the first off. Go sets it on every connection.",
	rfc: "RFC 9293 3.7.4, 3.8.6.3; RFC 1122 4.2.3.2",
	predict: []string{
		"A server answers at once, and its answer acknowledges: how many segments then? | go run ./cmd/echo send --writes 20 --size 10 (with a server beside it)",
		"And with --nodelay? | go run ./cmd/echo send --writes 20 --size 10 --nodelay",
	},
	play: func(st *stage) error {
		for _, nodelay := range []bool{true, false} {
			client, server, err := st.pair()
			if err != nil {
				return err
			}
			client.SetNoDelay(nodelay)
			delayACK(server) // ten segments is what may be under way then (RFC 6928)
			label := "TCP_NODELAY"
			if !nodelay {
				label = "Nagle"
			}
			if err := st.segments(tcpecho.NewTrace(client, nil, 0), 10, label); err != nil {
				return err
			}
			if err := st.twoPieces(nodelay, label); err != nil {
				return err
			}
		}
		return nil
	},
}

// twoPieces sends a request in two writes and waits for its answer.
func (st *stage) twoPieces(nodelay bool, label string) error {
	client, server, err := st.pair()
	if err != nil {
		return err
	}
	client.SetNoDelay(nodelay)
	var group sync.WaitGroup
	group.Go(func() { // answers when all ten bytes are there
		b := make([]byte, 10)
		for {
			for n := 0; n < len(b); {
				delayACK(server)
				m, err := server.Read(b[n:])
				if err != nil {
					return
				}
				n += m
			}
			server.Write(b)
		}
	})
	defer func() {
		client.Close()
		group.Wait()
	}()
	b := make([]byte, 10)
	worst := time.Duration(0)
	for range 4 { // the kernel acknowledges the first few of a connection at once
		began := time.Now()
		for _, half := range []string{"GET /", "path\n"} {
			if _, err := io.WriteString(client, half); err != nil {
				return err
			}
		}
		if _, err := io.ReadFull(client, b); err != nil {
			return err
		}
		worst = max(worst, time.Since(began))
	}
	st.say("client", "server", fmt.Sprintf("%s: write, write, read: %s", label, micros(worst)), wire.Seen)
	return nil
}

var backlogScene = scene{
	name: "backlog", title: "A full backlog: the kernel shakes hands, not the server",
	why: "A connection is made by the kernel and waits in a queue until the server accepts it. listen(2) says how long that queue may be; Linux takes one more. When it is full, Linux drops the SYN, and the client sends it again and again; Windows answers with an RST.",
	rfc: "RFC 9293 3.5; listen(2)",
	predict: []string{
		"The SYN is dropped: when does the client send it again? | go run ./cmd/echo demo syn-lost",
		"And what if no program listens at all? | go run ./cmd/echo send --to 127.0.0.1:1 hello",
	},
	play: func(st *stage) error {
		l, err := st.listen()
		if err != nil {
			return err
		}
		raw, err := l.SyscallConn()
		if err != nil {
			return err
		}
		if cerr := raw.Control(func(fd uintptr) { err = setBacklog(fd, 2) }); cerr != nil || err != nil {
			return fmt.Errorf("%w: the backlog cannot be set (%v)", errCannotShow, err)
		}
		st.say("server", "", "listens with a backlog of 2, and never accepts", wire.Seen)
		for i := 1; i <= 8; i++ {
			ctx, cancel := context.WithTimeout(st.ctx, 400*time.Millisecond)
			c, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
			cancel()
			switch {
			case st.ctx.Err() != nil:
				return st.ctx.Err()
			case err == nil:
				st.keep(c)
				_, werr := io.WriteString(c, "hello")
				st.say("client", "server", fmt.Sprintf("connect %d: done; write \"hello\": %s", i, result(werr)), wire.Seen)
				continue
			case cli.IsAny(err, os.ErrDeadlineExceeded, context.DeadlineExceeded):
				st.say("client", "server", fmt.Sprintf("connect %d: no answer in 400 ms; the queue is full", i), wire.Seen)
			default:
				st.say("client", "server", fmt.Sprintf("connect %d: %s", i, result(err)), wire.Seen)
			}
			return nil
		}
		st.say("server", "", "this system's queue is longer than it was told: 8 connects are done", wire.Seen)
		return nil
	},
}

var timeWaitScene = scene{
	name: "timewait", title: "TIME-WAIT: who closes first remembers",
	why: "The side whose FIN is first keeps the pair of addresses for twice the longest life of a segment (Linux: 60 s): the last acknowledgment may be lost, and old segments must not fall into a new connection. A server that closes first and starts again then finds its port taken, unless it sets SO_REUSEADDR, as Go does.",
	rfc: "RFC 9293 3.3.2, 3.6.1; RFC 1337",
	predict: []string{
		"'send' says FIN first: is it the server or the client that remembers? | go run ./cmd/echo send hello; ss -tan state time-wait (with a server beside it)",
		"What is the order of the last four segments? | go run ./cmd/echo demo handshake",
	},
	play: func(st *stage) error {
		client, server, err := st.pair()
		if err != nil {
			return err
		}
		addr := server.LocalAddr().String()
		server.Close()
		st.say("server", "client", "closes first: FIN", wire.Seen)
		if _, err := io.ReadAll(client); err != nil {
			return err
		}
		client.Close()
		st.say("client", "server", "reads EOF, and closes too: FIN", wire.Seen)
		st.close() // the listener as well
		st.opened = nil
		st.pause(20 * time.Millisecond)
		if where, ok := kernelState(addr, client.LocalAddr().String()); ok {
			st.say("server", "", "its half of the connection: "+where, wire.Kernel)
		}
		for _, reuse := range []bool{false, true} {
			lc := net.ListenConfig{Control: reuseAddr(reuse)}
			l, err := lc.Listen(st.ctx, "tcp", addr)
			label := "listens again on its port, without SO_REUSEADDR: "
			if reuse {
				label = "listens again on its port, with SO_REUSEADDR: "
			}
			if err == nil {
				l.Close()
			}
			st.say("server", "", label+result(err), wire.Seen)
		}
		return nil
	},
}
