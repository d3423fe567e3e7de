package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A server is what is soaked, and how to talk to it.
type server struct {
	name, command string
	args          []string                // ADDR is where it listens, UPSTREAM its server
	upstream      *server                 // of a tap
	request       func(n int) []byte      // n requests, for one connection
	good          func(addr string) error // asks as a good client does, and checks the answer
	datagrams     bool                    // it takes UDP on the same port too
	datagram      func() []byte
}

func servers() []server {
	http := server{name: "httpshow serve", command: "httpshow", args: []string{"serve", "ADDR"}, request: httpRequests, good: goodHTTP}
	grpc := server{name: "grpcshow serve", command: "grpcshow", args: []string{"serve", "ADDR"}, request: grpcRequests, good: goodGRPC}
	tap := func(upstream server) server {
		t := upstream
		t.name, t.args, t.upstream = upstream.command+" tap", []string{"tap", "--listen", "ADDR", "--to", "UPSTREAM"}, &upstream
		return t
	}
	return []server{
		{name: "echo serve", command: "echo", args: []string{"serve", "ADDR", "--udp"}, request: echoRequests, good: goodEcho,
			datagrams: true, datagram: func() []byte { return []byte("hello, datagram") }},
		{name: "dnslookup serve", command: "dnslookup", args: []string{"serve", "--lab", "ADDR"}, request: dnsRequests, good: goodDNS,
			datagrams: true, datagram: dnsQuery},
		http, tap(http), grpc, tap(grpc),
	}
}

// goodWait is how long a good client waits for its answer.
const goodWait = 5 * time.Second

func dial(network, addr string) (net.Conn, error) {
	nc, err := net.DialTimeout(network, addr, goodWait)
	if err == nil {
		nc.SetDeadline(time.Now().Add(goodWait))
	}
	return nc, err
}

// exchange sends b over a connection of its own and reads as many bytes as want
// has, or as n says.
func exchange(network, addr string, b []byte, n int) ([]byte, error) {
	nc, err := dial(network, addr)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	if _, err := nc.Write(b); err != nil {
		return nil, err
	}
	back := make([]byte, n)
	n, err = io.ReadFull(nc, back)
	if network == "udp" && errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return back[:n], err
}

func echoRequests(n int) []byte { return bytes.Repeat([]byte("hello, stream of bytes\n"), 10*n) }

func goodEcho(addr string) error {
	sent := echoRequests(1)
	back, err := exchange("tcp", addr, sent, len(sent))
	if err == nil && !bytes.Equal(sent, back) {
		err = fmt.Errorf("%d bytes, and other ones, came back", len(back))
	}
	return err
}

// queries numbers the queries, so that some ask for a name that is new.
var queries atomic.Uint32

// dnsQuery is a question for A of a name in the lab (RFC 1035 4.1): one that is
// there, or now and then one that is not.
func dnsQuery() []byte {
	n := queries.Add(1)
	b := []byte{byte(n >> 8), byte(n), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	labels := []string{"www", "example", "cn"}
	if n%4 == 0 {
		labels[0] = fmt.Sprintf("n%d", n)
	}
	for _, l := range labels {
		b = append(append(b, byte(len(l))), l...)
	}
	return append(b, 0, 0, 1, 0, 1)
}

// dnsRequests are queries over TCP, each after its length (RFC 1035 4.2.2).
func dnsRequests(n int) []byte {
	var b []byte
	for range n {
		q := dnsQuery()
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(q))), q...)
	}
	return b
}

func goodDNS(addr string) error {
	q := dnsRequests(1)
	back, err := exchange("tcp", addr, q, 14)
	if err == nil && (!bytes.Equal(back[2:4], q[2:4]) || back[4]&0x80 == 0) {
		err = fmt.Errorf("% x is no answer to % x", back, q)
	}
	return err
}

func httpRequests(n int) []byte {
	return bytes.Repeat([]byte("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: soak\r\n\r\n"), n)
}

func goodHTTP(addr string) error {
	c := http.Client{Timeout: goodWait, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := c.Get("http://" + addr + "/")
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return errors.New(r.Status)
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err
}

// call is SayHello of the course's service, with name = "soak".
var call = []byte{0, 0, 0, 0, 6, 0x0a, 4, 's', 'o', 'a', 'k'}

const method = "/hello.Greeter/SayHello"

// grpcRequests are calls on one HTTP/2 connection.
func grpcRequests(n int) []byte {
	var b, head bytes.Buffer
	b.WriteString(http2.ClientPreface)
	f, h := http2.NewFramer(&b, nil), hpack.NewEncoder(&head)
	f.WriteSettings()
	for i := range n {
		head.Reset()
		for _, field := range [][2]string{
			{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", "localhost"},
			{"te", "trailers"}, {"content-type", "application/grpc"},
		} {
			h.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
		}
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: head.Bytes(), EndHeaders: true})
		f.WriteData(uint32(2*i+1), true, call)
	}
	return b.Bytes()
}

func goodGRPC(addr string) error {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	t := &http.Transport{Protocols: &protocols}
	defer t.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), goodWait)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, "POST", "http://"+addr+method, bytes.NewReader(call))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/grpc")
	q.Header.Set("Te", "trailers")
	r, err := t.RoundTrip(q)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err
	}
	if status := r.Trailer.Get("Grpc-Status"); status != "0" {
		return fmt.Errorf("grpc-status %q", status)
	}
	return nil
}
