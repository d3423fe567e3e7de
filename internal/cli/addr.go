package cli

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
)

// Address checks that text is host:port or :port, so that a wrong one is told
// before anything is tried. example is one that is right: "127.0.0.1:7007".
func Address(text, example string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		hint := "write host:port, as in " + example
		if _, nerr := strconv.ParseUint(text, 10, 16); nerr == nil {
			hint = fmt.Sprintf("for a port on every address of this machine write :%s, for this machine only 127.0.0.1:%s", text, text)
		} else if strings.Count(text, ":") > 1 {
			_, number, _ := net.SplitHostPort(example)
			hint = "an IPv6 address stands in brackets: [::1]:" + number
		}
		return Misuse(hint, "%q is not an address and a port", text)
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return Misuse("a port is a number from 0 to 65535; 0 takes a free one", "%q: there is no port %q", text, port)
	}
	if strings.ContainsAny(host, " /") {
		return Misuse("write host:port, as in "+example, "%q is not an address and a port", text)
	}
	return nil
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

// IsAny reports whether err is one of several.
func IsAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}

// Refused reports whether err says that nobody listens at a port.
func Refused(err error) bool { return IsAny(err, syscall.ECONNREFUSED, wsaRefused) }

// CannotConnect tells why a peer was not reached. start is the command line
// that would start one there, serving the command that serves example.
func CannotConnect(addr, example, serve string, err error) error {
	start := serve
	if addr != example {
		start += " " + addr
	}
	var dns *net.DNSError
	switch {
	case IsAny(err, context.Canceled):
		return Exit(1)
	case Refused(err):
		return Failed("start one in another terminal: "+start, "nobody listens at %q", addr)
	case errors.As(err, &dns):
		return Failed("check the spelling, or write an address such as "+example, "%q: the name %q was not found", addr, dns.Name)
	case IsAny(err, os.ErrDeadlineExceeded, context.DeadlineExceeded):
		return Failed("the host may be off, or a firewall drops what we send", "%q does not answer", addr)
	case IsAny(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaUnreachable):
		return Failed("this machine has no network towards it; 127.0.0.1 always works", "no way to %q", addr)
	}
	return Failed(fmt.Sprintf("try %s with '%s' running beside it", example, serve), "cannot connect to %q: %v", addr, NetCause(err))
}

// CannotListen tells why a port was not opened. advice is for a port that is
// only for root, and example an address that anyone may listen on.
func CannotListen(addr, example, advice string, err error) error {
	_, port, _ := net.SplitHostPort(addr)
	var dns *net.DNSError
	switch {
	case IsAny(err, syscall.EADDRINUSE, wsaAddrInUse):
		return Failed("another program listens there: choose another port, or 0 for a free one", "%q is taken", addr)
	case IsAny(err, fs.ErrPermission, wsaAccess):
		return Failed("ports below 1024 need root on this system: "+advice, "may not open port %s", port)
	case IsAny(err, syscall.EADDRNOTAVAIL, wsaNotHere):
		return Failed("listen on an address of this machine: 127.0.0.1:"+port+", or :"+port+" for all of them", "%q is not an address of this machine", addr)
	case errors.As(err, &dns):
		return Failed("write an address of this machine, such as 127.0.0.1:"+port, "%q: the name %q was not found", addr, dns.Name)
	}
	return Failed("try "+example, "cannot listen on %q: %v", addr, NetCause(err))
}

// NetCause returns the reason inside the error of a socket, without what the
// command has already said: "dial tcp 127.0.0.1:1: connect:".
func NetCause(err error) error {
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

// Reachable is an address to dial for one that was listened on.
func Reachable(a net.Addr) string {
	host, port, _ := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
