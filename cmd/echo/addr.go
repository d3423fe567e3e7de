package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/tcpecho"
)

// address returns ADDR, or the default; ":PORT" is 127.0.0.1:PORT.
func address(args []string) (string, error) {
	if len(args) == 0 {
		return defaultAddr, nil
	}
	return cli.Addr(args[0], defaultAddr)
}

// peerAddress is address for one to connect to: port 0 is none.
func peerAddress(args []string) (string, error) {
	addr, err := address(args)
	if _, port, _ := net.SplitHostPort(addr); err == nil && strings.TrimLeft(port, "0") == "" {
		err = cli.Misuse("a port to connect to is a number from 1 to 65535", "%q: no program can listen at port 0", addr)
	}
	return addr, err
}

// dial connects; the dialer's timeout bounds a host that never answers.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	return d.DialContext(ctx, network, addr)
}

// cannotConnect says why a peer was not reached.
func cannotConnect(addr string, err error) error {
	if noDescriptors(err) {
		return cli.Failed("close what holds them, or raise 'ulimit -n'", "this process has no file descriptor left for a connection")
	}
	return cli.CannotConnect(addr, err, strings.TrimSpace("start one in another terminal: go run ./cmd/echo serve "+shown(addr)),
		"try "+defaultAddr+" with 'go run ./cmd/echo' running beside it")
}

// cannotListen says why a port was not opened.
func cannotListen(addr string, err error) error { return cli.CannotListen(addr, err, defaultAddr) }

// broke says why an exchange failed.
func broke(addr string, err error) error {
	var diff *tcpecho.DifferenceError
	var end *tcpecho.EndedError
	switch {
	case cli.IsAny(err, context.Canceled):
		return cli.Failed("nothing is lost: run it again", "interrupted")
	case cli.IsAny(err, context.DeadlineExceeded):
		return cli.Failed("--timeout waits longer; is "+addr+" an echo server?", "%q sent no FIN in time", addr)
	case errors.As(err, &diff):
		return cli.Failed("the peer changes what it sends back: it is no echo server, or a broken one", "%q: %v", addr, diff)
	case errors.As(err, &end):
		return cli.Failed("an echo server sends back all that it gets, and ends after our FIN; 'go run ./cmd/echo' is one", "%q: %v", addr, end)
	case cli.IsAny(err, os.ErrDeadlineExceeded):
		return cli.Failed("is it an echo server? 'go run ./cmd/echo' is one", "%q does not answer", addr)
	}
	return cli.Failed("is it an echo server? 'go run ./cmd/echo' is one", "%q: %v", addr, cli.NetCause(err))
}

// shown is addr as an argument: nothing where it is the default.
func shown(addr string) string {
	if addr == defaultAddr {
		return ""
	}
	return addr
}
