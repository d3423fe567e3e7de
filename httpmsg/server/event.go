package server

import (
	"fmt"
	"net"
	"time"
)

// A Kind is what an Event is about.
type Kind string

const (
	Open    Kind = "open"    // a connection was accepted
	Answer  Kind = "answer"  // a request was answered
	Refusal Kind = "refusal" // something that is no good request was answered
	Fault   Kind = "fault"   // the handler panicked; it was answered with 500
	Busy    Kind = "busy"    // there are too many connections: 503, and closed
	Failed  Kind = "failed"  // Accept failed; it is tried again
	Closed  Kind = "closed"  // a connection has ended, and Why says how
)

// An Event is something that happened in a Server.
type Event struct {
	Kind   Kind
	Time   time.Time
	Conn   int64    // the connection's number, from 1 on
	Remote net.Addr // its other end
	N      int      // of an Answer: which request of its connection; of Closed: how many there were

	Method, Target string // of an Answer
	Status         int    // of an Answer, a Refusal, a Fault or Busy
	Body           int    // bytes of the response's body that were sent
	Keep           bool   // the connection stays open
	Why            string // why it does, or does not; how it ended; what was refused
}

// String returns the event as one line.
func (e Event) String() string {
	who := fmt.Sprintf("connection %d", e.Conn)
	stays := "stays open"
	if !e.Keep {
		stays = "closes"
	}
	switch e.Kind {
	case Open:
		return fmt.Sprintf("%s opened by %v", who, e.Remote)
	case Answer:
		return fmt.Sprintf("%s, request %d: %s %.60q: %d, %d bytes; %s: %s", who, e.N, e.Method, e.Target, e.Status, e.Body, stays, e.Why)
	case Refusal:
		return fmt.Sprintf("%s, request %d: %d: %s", who, e.N, e.Status, e.Why)
	case Fault:
		return fmt.Sprintf("%s: the program failed: %s", who, e.Why)
	case Busy:
		return fmt.Sprintf("%s from %v: 503, there are too many", who, e.Remote)
	case Closed:
		requests := "requests"
		if e.N == 1 {
			requests = "request"
		}
		return fmt.Sprintf("%s closed after %d %s: %s", who, e.N, requests, e.Why)
	}
	return fmt.Sprintf("%s: %s", e.Kind, e.Why)
}
