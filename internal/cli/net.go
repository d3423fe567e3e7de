package cli

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"onwire/ipaddr"
)

// Winsock has numbers of its own; the constants of package syscall are not
// those there.
const (
	wsaAddrInUse   = syscall.Errno(10048)
	wsaAccess      = syscall.Errno(10013)
	wsaNotHere     = syscall.Errno(10049)
	wsaRefused     = syscall.Errno(10061)
	wsaUnreachable = syscall.Errno(10051)
	wsaReset       = syscall.Errno(10054)
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

// IsRefused reports whether nobody listens where a connection was tried.
func IsRefused(err error) bool { return IsAny(err, syscall.ECONNREFUSED, wsaRefused) }

// CheckAddr checks host:port, so that a wrong one is told before anything is
// tried. example is a right one.
func CheckAddr(text, example string) error {
	if scheme, _, ok := strings.Cut(text, "://"); ok {
		return Misuse("leave "+scheme+":// out: write host:port, as in "+example, "%q is not an address and a port", text)
	}
	if typo, right, ok := ipaddr.FindTypo(text); ok && CheckAddr(right, example) == nil {
		return Misuse("write "+right, "%q: %s", text, typo)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		hint := "write host:port, as in " + example
		if _, nerr := strconv.ParseUint(text, 10, 16); nerr == nil {
			hint = "for a port of this machine write :" + text + ", which is 127.0.0.1:" + text
		} else if strings.Count(text, ":") > 1 {
			hint = "an IPv6 address stands in brackets: [::1]" + example[strings.LastIndexByte(example, ':'):]
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

// Addr returns the address that a user means: ":PORT" is that port on this
// machine, 127.0.0.1, whether it is listened on or dialled. To listen for
// others takes an address that says so, such as 0.0.0.0:PORT. Texts that are
// no address are as CheckAddr has them.
func Addr(text, example string) (string, error) {
	if err := CheckAddr(text, example); err != nil {
		return "", err
	}
	if strings.HasPrefix(text, ":") {
		text = "127.0.0.1" + text
	}
	return text, nil
}

// CannotConnect tells why a peer was not reached. The hints are what to do when
// nobody listens there, and when nothing else is known.
func CannotConnect(addr string, err error, refused, otherwise string) error {
	var dns *net.DNSError
	switch {
	case IsAny(err, context.Canceled):
		return Exit(1)
	case IsRefused(err):
		return Failed(refused, "nobody listens at %q", addr)
	case IsAny(err, syscall.ECONNRESET, wsaReset): // after the handshake, and before the dialer looked
		return Failed("a program listens there, and takes no connection from here", "%q reset the connection (RST) before anything was sent", addr)
	case errors.As(err, &dns):
		return Failed("check the spelling, or write an address such as 127.0.0.1", "%q: the name %q was not found", addr, dns.Name)
	case IsAny(err, os.ErrDeadlineExceeded, context.DeadlineExceeded):
		return Failed("the host may be off, or a firewall drops what we send", "%q does not answer", addr)
	case IsAny(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaUnreachable):
		return Failed("this machine has no network towards it; 127.0.0.1 always works", "no way to %q", addr)
	}
	return Failed(otherwise, "cannot connect to %q: %v", addr, NetCause(err))
}

// CannotListen tells why a port was not opened. example is an address that
// would do.
func CannotListen(addr string, err error, example string) error {
	_, port, _ := net.SplitHostPort(addr)
	var dns *net.DNSError
	switch {
	case IsAny(err, syscall.EADDRINUSE, wsaAddrInUse):
		return Failed("another program listens there: choose another port, or 0 for a free one", "%q is taken", addr)
	case IsAny(err, fs.ErrPermission, wsaAccess):
		return Failed("ports below 1024 need root on this system: try "+example, "may not open port %s", port)
	case IsAny(err, syscall.EADDRNOTAVAIL, wsaNotHere):
		return Failed("listen on an address of this machine: 127.0.0.1:"+port+", or 0.0.0.0:"+port+" for all of them", "%q is not an address of this machine", addr)
	case errors.As(err, &dns):
		return Failed("write an address of this machine, such as 127.0.0.1:"+port, "%q: the name %q was not found", addr, dns.Name)
	}
	return Failed("try "+example, "cannot listen on %q: %v", addr, NetCause(err))
}

// NetCause strips what a command has already said: "dial tcp 127.0.0.1:1:".
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
