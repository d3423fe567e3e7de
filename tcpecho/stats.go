package tcpecho

import (
	"fmt"
	"net"
	"time"
)

// Stats counts what a Server has done since it was made. In and Out are bytes;
// for TCP they are equal once every connection has ended well.
type Stats struct {
	Accepted      int64 `json:"accepted"`       // connections taken
	Active        int64 `json:"active"`         // connections open now
	Rejected      int64 `json:"rejected"`       // closed at once, over MaxConns
	AcceptErrors  int64 `json:"accept_errors"`  // failures of Accept that were waited out
	In            int64 `json:"in"`             // bytes read, to be echoed
	Out           int64 `json:"out"`            // bytes echoed, as far as the system took them
	Idle          int64 `json:"idle"`           // connections closed by IdleTimeout
	Stalled       int64 `json:"stalled"`        // connections reset by WriteTimeout
	Late          int64 `json:"late"`           // bytes that came after our FIN, not echoed
	LingerExpired int64 `json:"linger_expired"` // peers that did not end in time after our FIN
	Datagrams     int64 `json:"datagrams"`      // UDP datagrams echoed; their bytes are in In and Out too
	Refused       int64 `json:"refused"`        // UDP datagrams not answered, see ServePacket
}

// A Kind says what an Event is about.
type Kind string

const (
	Accept      Kind = "accept"       // a connection was taken
	Reject      Kind = "reject"       // one was closed at once, over MaxConns
	AcceptError Kind = "accept error" // Accept failed; the server waits and tries again
	FIN         Kind = "fin"          // the peer has said all it had to say
	Reset       Kind = "reset"        // the connection broke: RST, or a network error
	Idle        Kind = "idle"         // IdleTimeout passed; closed with a FIN
	Stall       Kind = "stall"        // WriteTimeout passed; closed with an RST
	Drain       Kind = "drain"        // Shutdown: what was read is echoed; closed with a FIN
	Abort       Kind = "abort"        // Close, or the end of Shutdown's context
)

// An Event is something that happened to a Server. Every accepted connection
// has one Accept and then one of FIN, Reset, Idle, Stall, Drain, Abort.
type Event struct {
	Time    time.Time     // by the server's clock
	Kind    Kind          // what happened
	Remote  net.Addr      // the peer; nil for AcceptError
	In, Out int64         // bytes of this connection so far
	Late    int64         // bytes after our FIN
	After   time.Duration // since the connection was accepted; of an AcceptError, how long it waits
	Err     error         // why, for Reset and AcceptError
}

// String returns the event on one line: "127.0.0.1:50000 fin: 11 bytes in, 11 out".
func (e Event) String() string {
	switch {
	case e.Kind == AcceptError:
		return fmt.Sprintf("%s: %v; again in %v", e.Kind, e.Err, e.After)
	case e.Kind == Accept || e.Kind == Reject:
		return fmt.Sprintf("%v %s", e.Remote, e.Kind)
	}
	unit := "bytes"
	if e.In == 1 {
		unit = "byte"
	}
	s := fmt.Sprintf("%v %s: %d %s in, %d out", e.Remote, e.Kind, e.In, unit, e.Out)
	if e.Late > 0 {
		s += fmt.Sprintf(", %d came too late", e.Late)
	}
	if e.Err != nil {
		s += fmt.Sprintf(" (%v)", e.Err)
	}
	return s
}
