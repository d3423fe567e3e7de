package dnslookup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// The ways in which a look-up ends without an answer. An *Error wraps one of
// them: errors.Is(err, dnslookup.ErrNXDomain).
var (
	ErrNXDomain = errors.New("no such name (NXDOMAIN)")
	ErrNoData   = errors.New("the name exists, but has no record of this type (NODATA)")
	ErrLame     = errors.New("no server answers for the zone (lame)")
	ErrLoop     = errors.New("the names lead in a circle")
	ErrBogus    = errors.New("the answer is not genuine (bogus)") // by our own check, or by the word of the recursor
	ErrTimeout  = errors.New("no reply in time")
	ErrNetwork  = errors.New("cannot be reached")
	ErrServer   = errors.New("the server could not answer")
	ErrFormat   = errors.New("the reply breaks the rules")
	ErrBudget   = errors.New("too many queries for one name")
)

// An Error says why a question has no answer. Its text starts with the name.
type Error struct {
	Question Question
	Kind     error  // one of the Err variables
	Detail   string // what happened, in a few words
	Rcode    Rcode  // of the server's reply, if it sent one
	Tries    []Try  // which servers were asked in vain
}

// A Try is a server that was asked in vain, and why.
type Try struct {
	Server Server
	Err    error
}

func (e *Error) Error() string {
	s := trimDot(e.Question.Name) + " " + e.Question.Type.String() + ": " + e.Kind.Error()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if n := len(e.Tries); n > 1 && e.same() {
		return s + fmt.Sprintf(": %s and %d more: %s", e.Tries[0].Server, n-1, e.Tries[0].Err)
	}
	for i, t := range e.Tries {
		if i == 4 {
			return s + fmt.Sprintf("; and %d more", len(e.Tries)-i)
		}
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		s += sep + t.Server.String() + ": " + t.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Kind }

// same reports whether all servers were asked in vain for the same reason.
func (e *Error) same() bool {
	for _, t := range e.Tries {
		if t.Err.Error() != e.Tries[0].Err.Error() {
			return false
		}
	}
	return true
}

// A tryError is why one server's reply, or its silence, was of no use.
type tryError struct {
	kind   error
	detail string
	rcode  Rcode
	final  bool // asking this server again cannot help
}

func (e *tryError) Error() string { return e.detail }
func (e *tryError) Unwrap() error { return e.kind }

func tryFailed(kind error, final bool, format string, args ...any) error {
	return &tryError{kind: kind, detail: fmt.Sprintf(format, args...), final: final}
}

// netError gives an error of the network its kind and a plain sentence.
func netError(err error, transport Transport) error {
	var timeout net.Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return tryFailed(ErrTimeout, false, "no reply over %s in time", transport)
	case errors.Is(err, syscall.ECONNREFUSED):
		return tryFailed(ErrNetwork, true, "nothing listens there (%s)", transport)
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return tryFailed(ErrNetwork, true, "no way to that address (%s)", transport)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return tryFailed(ErrFormat, false, "short read: the connection closed before the whole reply had come (%s)", transport)
	case errors.As(err, &dns):
		return tryFailed(ErrNetwork, true, "its own name %q cannot be resolved", dns.Name)
	}
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 && strings.HasPrefix(text, "dial ") {
		text = text[i+2:]
	}
	return tryFailed(ErrNetwork, true, "%s (%s)", text, transport)
}

// worst picks the kind of an error for all servers from those of the tries.
// That none of them has an address makes the zone lame.
func worst(tries []Try) error {
	order := []error{ErrBogus, ErrLoop, ErrFormat, ErrServer, ErrLame, ErrTimeout, ErrNetwork}
	for _, kind := range order {
		for _, t := range tries {
			if errors.Is(t.Err, kind) {
				return kind
			}
		}
	}
	return ErrLame
}
