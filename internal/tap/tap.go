// Package tap stands between a client and a server and listens: it passes
// bytes on, unchanged and at once, and tells somebody else what they were.
//
// What it tells are Events. A recording on disk is the same Events, so that
// who can show a tap can show a recording too.
package tap

import (
	"net/netip"
	"time"
)

// A Side is one end of a connection.
type Side uint8

const (
	Client Side = iota // who connected
	Server
)

// String returns "client" or "server".
func (s Side) String() string { return [...]string{"client", "server"}[s] }

// Other returns the other end.
func (s Side) Other() Side { return 1 - s }

// A Kind says what an Event is.
type Kind uint8

const (
	Open    Kind = iota // a client connected
	Refused             // and the server could not be had: Err says why
	Data                // a side sent Bytes
	Gap                 // N bytes of a side went by that nobody looked at; 0 is not known how many
	End                 // a side sends no more; Err is set if it broke off
)

// An Event is something that happened on a connection.
type Event struct {
	Kind  Kind
	Conn  int // the connection, from 1
	T     time.Time
	From  Side
	Bytes []byte // valid until the function that was told returns
	N     int64
	Err   error

	Client, Server netip.AddrPort // of Open and Refused; invalid where they are no IP addresses
	Whole          bool           // of Open: nothing was sent before
}
