package portmux

import (
	"errors"
	"net/netip"
)

// A Listener is a port of this machine that waits for packets of anybody.
type Listener struct {
	Proto   Proto
	Local   netip.AddrPort
	Dual    bool   // an IPv6 socket that IPv4 reaches too: [::] without IPV6_V6ONLY
	PID     int    // of a process that has it open; 0 where the system does not tell
	Process string // the name of that process
}

// ErrNoTable is what Listening returns on systems that have no file to read
// the table of sockets from.
var ErrNoTable = errors.New("this system has no file that lists its sockets")
