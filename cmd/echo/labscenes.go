package main

import (
	"io"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/lab"
	"onwire/tcpecho"
)

// bulk is a text that fills several segments.
func bulk(bytes int) string { return strings.Repeat("0123456789", bytes/10) }

func labScenes() []labScene {
	return []labScene{handshakeScene, lossScene, checksumScene, synLostScene, closedPortScene, windowScene, fastScene, congestionScene, udpLabScene}
}

var handshakeScene = labScene{
	name: "handshake", title: "One echo over TCP: shake hands, send, close",
	play: func(st *labStage) { st.exchange("hello") },
	why:  "Both sides number their bytes. The handshake tells each side where the other's numbers begin; acknowledgements tell how far it has come; a FIN each way tells that all was said.",
	rfc:  "RFC 9293 3.5, 3.6",
	predict: []string{
		"The first data segment is lost. Who notices, and when? | go run ./cmd/echo demo --lose \"data 1\"",
		"What is in the SYN? | go run ./cmd/echo demo --hex 3",
		"And if the very first segment is lost? | go run ./cmd/echo demo syn-lost",
	},
}

var lossScene = labScene{
	name: "loss", title: "Lost three times: the timeout doubles",
	rules: []lab.Rule{lab.Lose(lab.Data.From("client").Range(1, 3))},
	play:  func(st *labStage) { st.exchange("hello") },
	why:   "No acknowledgement within the retransmission timeout: the segment goes again, and the next timeout is twice as long. This stack waits 200 ms at least, as Linux does; RFC 6298 asks for a whole second. TCP does not know whether the segment or its acknowledgement was lost.",
	rfc:   "RFC 6298 2.4, 5.5",
	predict: []string{
		"The acknowledgement and the echo are lost instead. What differs? | go run ./cmd/echo demo handshake --lose \"data 1 from server\" --lose \"ack 1 from server\"",
		"Nothing ever arrives. When does TCP give up? | go run ./cmd/echo demo handshake --lose \"data from client\"",
	},
}

var checksumScene = labScene{
	name: "checksum", title: "One bit turns over on the way",
	rules: []lab.Rule{lab.Break(lab.Data.From("client").Nth(1))},
	play:  func(st *labStage) { st.exchange("hello") },
	after: (*labStage).checksum,
	why:   "The receiver adds up the 16-bit words of what came. Where the sum is wrong it throws the segment away and says nothing, so for the sender it is just lost. (Ethernet's own check would have caught this bit; this wire has none, so that you see TCP's.)",
	rfc:   "RFC 9293 3.1; RFC 1071",
	predict: []string{
		"Which field of the header shows the wrong sum? | go run ./cmd/echo demo checksum --hex 6",
		"The bit is in the IP header. Who drops it now? | go run ./cmd/echo demo --break \"data 1 bit 180\"",
	},
}

var synLostScene = labScene{
	name: "syn-lost", title: "The SYN is lost, twice",
	rules: []lab.Rule{lab.Lose(lab.SYN.Range(1, 2))},
	play:  func(st *labStage) { st.exchange("hello") },
	why:   "Nobody has measured a round trip yet, so the first timeout is a whole second; then it doubles. That is why a connection to a host that is switched off hangs for so long.",
	rfc:   "RFC 6298 2.1, 5.5",
	predict: []string{
		"The SYN-ACK is lost. Who sends again? | go run ./cmd/echo demo handshake --lose syn-ack:1",
		"Every SYN is lost. How long does connect wait? | go run ./cmd/echo demo handshake --lose syn",
	},
}

var closedPortScene = labScene{
	name: "closed-port", title: "Nobody listens at that port",
	play: func(st *labStage) { st.connect() },
	why:  "The host is there, so it can say no: RST. That takes one round trip. A firewall that drops the SYN says nothing, and the client waits.",
	rfc:  "RFC 9293 3.5.2",
	predict: []string{
		"What does UDP say in its place? | go run ./cmd/echo demo udp --lose \"udp 1\"",
		"The RST is lost. What then? | go run ./cmd/echo demo closed-port --lose rst:1",
	},
}

var windowScene = labScene{
	name: "window", title: "A reader that sleeps: the window closes",
	tcp: lab.TCP{Receive: 8192},
	play: func(st *labStage) {
		l, err := st.server.Listen("tcp", ":7")
		if err != nil {
			return
		}
		defer l.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if c := st.accept(l); c != nil {
				defer c.Close()
				st.Say(st.server, "sleeps for 3 seconds, and reads nothing")
				st.server.Sleep(3 * time.Second)
				st.swallow(c)
			}
		}()
		if c := st.connect(); c != nil {
			st.send(c, bulk(10000))
			st.finish(c)
		}
		l.Close()
		<-done
	},
	why: "Each acknowledgement says how many bytes the receiver still takes. A full buffer says 0, and the sender must stop: so a fast sender cannot drown a slow reader. It asks now and then, since the word that there is room again is not acknowledged and may be lost.",
	rfc: "RFC 9293 3.8.6",
	predict: []string{
		"The window update is lost. Does the connection hang for ever? | go run ./cmd/echo demo window --lose 20",
		"Which bytes does a probe carry? | go run ./cmd/echo demo window --hex 12",
	},
}

var fastScene = labScene{
	name: "fast-retransmit", title: "Three duplicate ACKs: no need to wait for the timer",
	rules: []lab.Rule{lab.Lose(lab.Data.Nth(3))},
	play:  func(st *labStage) { st.upload(13000, false) },
	why:   "Every segment that comes after the gap makes the receiver repeat what it wants. Three repetitions are no accident: the sender sends that one segment at once, a fifth of a second before its timer would.",
	rfc:   "RFC 5681 3.2",
	predict: []string{
		"Nothing is lost, but two segments are swapped. How many duplicate ACKs? | go run ./cmd/echo demo fast-retransmit --swap \"data 6\"",
		"The last segment is lost. Who could send a duplicate ACK? | go run ./cmd/echo demo handshake --lose \"data 1\"",
	},
}

var congestionScene = labScene{
	name: "congestion", title: "Slow start: how fast may I send?",
	rules: []lab.Rule{lab.Lose(lab.Data.Nth(45))},
	play:  func(st *labStage) { st.upload(900_000, true) },
	after: (*labStage).plot,
	plot:  true,
	why:   "The sender does not know what the network takes. It begins with 10 segments and doubles them every round trip (slow start). A loss says that it was too much: it goes back to seven tenths, and then feels its way up slowly. That is CUBIC, which Linux, Windows and macOS use; Reno before it went back to a half.",
	rfc:   "RFC 9438 4.6; RFC 5681 3.1; RFC 6928",
	predict: []string{
		"The way is ten times as long. How long does the same take? | go run ./cmd/echo demo congestion --latency 100ms",
		"One segment in a hundred is lost. | go run ./cmd/echo demo congestion --lose \"data 1%\"",
	},
}

var udpLabScene = labScene{
	name: "udp", title: "UDP beside it: the same loss, and nothing is sent again",
	rules: []lab.Rule{lab.Lose(lab.UDP.From("client").Nth(2))},
	play:  (*labStage).datagrams,
	why:   "UDP adds ports and a checksum to IP, and nothing else. No handshake, no numbers, no acknowledgement: what is lost is lost, and only the program can notice.",
	rfc:   "RFC 768; RFC 8085",
	predict: []string{
		"Every datagram of the client arrives twice. What does the program read? | go run ./cmd/echo demo udp --dup \"udp from client\"",
		"A datagram is larger than the wire takes. | go run ./cmd/portmux demo --lab --mtu 576",
		"What do real sockets do with datagrams? | go run ./cmd/echo demo datagrams",
	},
}

// upload sends so many bytes to a server that only reads, and watches the
// congestion window if asked to.
func (st *labStage) upload(bytes int, watched bool) {
	l, err := st.server.Listen("tcp", ":7")
	if err != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c := st.accept(l); c != nil {
			defer c.Close()
			st.swallow(c)
		}
	}()
	if c := st.connect(); c != nil {
		end := func() {}
		if watched {
			end = st.watch(c)
		}
		st.send(c, bulk(bytes))
		if !watched {
			st.client.Sleep(10*st.latency + 100*time.Millisecond) // the FIN comes after the story
		}
		st.drain(c)
		end()
		st.finish(c)
	}
	l.Close()
	<-done
}

// datagrams sends three words to an echo server for UDP, and reads what comes
// back within a second.
func (st *labStage) datagrams() {
	pc, err := st.server.ListenPacket("udp", ":7")
	if err != nil {
		return
	}
	srv := &tcpecho.Server{Clock: st.server}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.ServePacket(pc)
	}()
	defer func() {
		srv.Close()
		<-done
	}()
	c, err := st.client.Dial("udp", "server:7")
	if err != nil {
		st.Say(st.client, "dial: %v", cli.NetCause(err))
		return
	}
	defer c.Close()
	words := []string{"one", "two", "three"}
	for _, word := range words {
		st.Say(st.client, "writes %q", word)
		if _, err := io.WriteString(c, word); err != nil {
			st.Say(st.client, "write: %v", cli.NetCause(err))
		}
	}
	c.SetReadDeadline(st.client.Now().Add(time.Second))
	b := make([]byte, 100)
	for {
		n, err := c.Read(b)
		if err != nil {
			st.Say(st.client, "read: nothing more within a second (%v)", cli.NetCause(err))
			return
		}
		st.Say(st.client, "reads %q", b[:n])
	}
}
