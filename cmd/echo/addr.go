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

// address returns ADDR, or the default.
func address(args []string) (string, error) {
	if len(args) == 0 {
		return defaultAddr, nil
	}
	return args[0], cli.CheckAddr(args[0], defaultAddr)
}

// peerAddress is address for one to connect to: port 0 is none.
func peerAddress(args []string) (string, error) {
	addr, err := address(args)
	if _, port, _ := net.SplitHostPort(addr); err == nil && strings.TrimLeft(port, "0") == "" {
		err = cli.Misuse("a port to connect to is a number from 1 to 65535", "%q: nobody can listen at port 0", addr)
	}
	return addr, err
}

// dial connects; the dialer's timeout bounds a host that never answers.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	return d.DialContext(ctx, network, addr)
}

// cannotConnect tells why a peer was not reached.
func cannotConnect(addr string, err error) error {
	return cli.CannotConnect(addr, err, "start one in another terminal: go run ./cmd/echo serve "+shown(addr),
		"try "+defaultAddr+" with 'go run ./cmd/echo' running beside it")
}

// cannotListen tells why a port was not opened.
func cannotListen(addr string, err error) error { return cli.CannotListen(addr, err, defaultAddr) }

// broke tells why an exchange failed.
func broke(addr string, err error) error {
	var diff *tcpecho.DifferenceError
	switch {
	case cli.IsAny(err, context.Canceled):
		return cli.Failed("nothing is lost: run it again", "interrupted")
	case cli.IsAny(err, context.DeadlineExceeded):
		return cli.Failed("--timeout waits longer; is %q an echo server?", "%q sent no FIN in time", addr)
	case errors.As(err, &diff):
		return cli.Failed("the peer changes what it sends back: it is no echo server, or a broken one", "%q: %v", addr, diff)
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
