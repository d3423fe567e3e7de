package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"onwire/internal/cli"
	"onwire/tcpecho"

	"github.com/spf13/cobra"
)

// address checks ADDR, so that a wrong one is told before anything is tried.
func address(args []string) (string, error) {
	if len(args) == 0 {
		return defaultAddr, nil
	}
	text := args[0]
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		hint := "write host:port, as in " + defaultAddr
		if _, nerr := strconv.ParseUint(text, 10, 16); nerr == nil {
			hint = fmt.Sprintf("for a port on every address of this machine write :%s, for this machine only 127.0.0.1:%s", text, text)
		} else if strings.Count(text, ":") > 1 {
			hint = "an IPv6 address stands in brackets: [::1]:7007"
		}
		return "", cli.Misuse(hint, "%q is not an address and a port", text)
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return "", cli.Misuse("a port is a number from 0 to 65535; 0 takes a free one", "%q: there is no port %q", text, port)
	}
	if strings.ContainsAny(host, " /") {
		return "", cli.Misuse("write host:port, as in "+defaultAddr, "%q is not an address and a port", text)
	}
	return text, nil
}

// one is cobra.MaximumNArgs(1), told in our words.
func one(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return cli.Misuse(fmt.Sprintf("'%s --help' lists what there is", c.CommandPath()), "one ADDR at most, and %d are given: %q", len(args), args)
	}
	return nil
}

// dial connects; the dialer's timeout bounds a host that never answers.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	return d.DialContext(ctx, network, addr)
}

// Winsock has numbers of its own; the constants of package syscall are not
// those there.
const (
	wsaAddrInUse   = syscall.Errno(10048)
	wsaAccess      = syscall.Errno(10013)
	wsaNotHere     = syscall.Errno(10049)
	wsaRefused     = syscall.Errno(10061)
	wsaUnreachable = syscall.Errno(10051)
)

// isAny reports whether err is one of several.
func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}

// cannotConnect tells why a peer was not reached.
func cannotConnect(addr string, err error) error {
	var dns *net.DNSError
	switch {
	case isAny(err, context.Canceled):
		return cli.Exit(1)
	case isAny(err, syscall.ECONNREFUSED, wsaRefused):
		return cli.Failed("start one in another terminal: go run ./cmd/echo serve "+shown(addr), "nobody listens at %q", addr)
	case errors.As(err, &dns):
		return cli.Failed("check the spelling, or write an address such as 127.0.0.1:7007", "%q: the name %q was not found", addr, dns.Name)
	case isAny(err, os.ErrDeadlineExceeded, context.DeadlineExceeded):
		return cli.Failed("the host may be off, or a firewall drops what we send", "%q does not answer", addr)
	case isAny(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaUnreachable):
		return cli.Failed("this machine has no network towards it; 127.0.0.1 always works", "no way to %q", addr)
	}
	return cli.Failed("try "+defaultAddr+" with 'go run ./cmd/echo' running beside it", "cannot connect to %q: %v", addr, reason(err))
}

// cannotListen tells why a port was not opened.
func cannotListen(addr string, err error) error {
	_, port, _ := net.SplitHostPort(addr)
	var dns *net.DNSError
	switch {
	case isAny(err, syscall.EADDRINUSE, wsaAddrInUse):
		return cli.Failed("another program listens there: choose another port, or 0 for a free one", "%q is taken", addr)
	case isAny(err, fs.ErrPermission, wsaAccess):
		return cli.Failed("ports below 1024 need root on this system: 7007 is a good stand-in for 7", "may not open port %s", port)
	case isAny(err, syscall.EADDRNOTAVAIL, wsaNotHere):
		return cli.Failed("listen on an address of this machine: 127.0.0.1:"+port+", or :"+port+" for all of them", "%q is not an address of this machine", addr)
	case errors.As(err, &dns):
		return cli.Failed("write an address of this machine, such as 127.0.0.1:"+port, "%q: the name %q was not found", addr, dns.Name)
	}
	return cli.Failed("try "+defaultAddr, "cannot listen on %q: %v", addr, reason(err))
}

// broke tells why an exchange failed.
func broke(addr string, err error) error {
	var diff *tcpecho.DifferenceError
	switch {
	case isAny(err, context.Canceled):
		return cli.Failed("nothing is lost: run it again", "interrupted")
	case isAny(err, context.DeadlineExceeded):
		return cli.Failed("--timeout waits longer; is %q an echo server?", "%q sent no FIN in time", addr)
	case errors.As(err, &diff):
		return cli.Failed("the peer changes what it sends back: it is no echo server, or a broken one", "%q: %v", addr, diff)
	case isAny(err, os.ErrDeadlineExceeded):
		return cli.Failed("is it an echo server? 'go run ./cmd/echo' is one", "%q does not answer", addr)
	}
	return cli.Failed("is it an echo server? 'go run ./cmd/echo' is one", "%q: %v", addr, reason(err))
}

// reason strips what a command has already said: "dial tcp 127.0.0.1:1:".
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	return err
}

// shown is addr as an argument: nothing where it is the default.
func shown(addr string) string {
	if addr == defaultAddr {
		return ""
	}
	return addr
}
