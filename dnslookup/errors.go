package dnslookup

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
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
	ErrAliases  = errors.New("too many aliases in a row")
	ErrBogus    = errors.New("the answer is not genuine (bogus)") // by our own check, or by the word of the recursor
	ErrTimeout  = errors.New("no reply in time")
	ErrNetwork  = errors.New("cannot be reached")
	ErrServer   = errors.New("the server could not answer")
	ErrFormat   = errors.New("the reply breaks the rules")
	ErrNoServer = errors.New("the server's own name has no address")
	ErrNotDNS   = errors.New("the name does not belong to DNS")
	ErrBudget   = errors.New("too many queries for one name")
)

// An Error says why a question has no answer. Its text starts with the name.
type Error struct {
	Question Question
	Kind     error  // one of the Err variables
	Detail   string // what happened, in a few words
	Rcode    Rcode  // of the server's reply, if it sent one
	Tries    []Try  // the servers that gave no usable answer
}

// A Try is a server that gave no usable answer, and why.
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

// same reports whether all servers failed for the same reason.
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

// Winsock has numbers of its own; the constants of package syscall are not
// those there.
const (
	wsaAccess      = syscall.Errno(10013)
	wsaUnreachable = syscall.Errno(10051)
	wsaAborted     = syscall.Errno(10053)
	wsaReset       = syscall.Errno(10054)
	wsaRefused     = syscall.Errno(10061)
)

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// netError gives an error of the network its kind and a plain sentence.
func netError(err error, transport Transport) error {
	var timeout net.Error
	var dns *net.DNSError
	var notTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return tryFailed(ErrTimeout, false, "no reply over %s in time", transport)
	case isAny(err, syscall.ECONNREFUSED, wsaRefused):
		return tryFailed(ErrNetwork, true, "no program listens there (%s)", transport)
	case isAny(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, wsaUnreachable):
		return tryFailed(ErrNetwork, true, "no way to that address (%s)", transport)
	case isAny(err, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, wsaReset, wsaAborted):
		return tryFailed(ErrNetwork, false, "the server broke the connection off (%s)", transport)
	case isAny(err, syscall.EACCES, syscall.EPERM, wsaAccess):
		return tryFailed(ErrNetwork, true, "this system does not allow sending there (%s)", transport)
	case isAny(err, syscall.EINVAL):
		return tryFailed(ErrNetwork, true, "nothing can be sent to such an address (%s)", transport)
	case isAny(err, syscall.EMFILE, syscall.ENFILE):
		return tryFailed(ErrNetwork, false, "this program has too many files and connections open")
	case errors.As(err, &notTLS):
		return tryFailed(ErrNetwork, true, "what answers there does not speak TLS")
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
	order := []error{ErrBogus, ErrLoop, ErrAliases, ErrFormat, ErrServer, ErrLame, ErrTimeout, ErrNetwork, ErrNoServer}
	for _, kind := range order {
		for _, t := range tries {
			if errors.Is(t.Err, kind) {
				return kind
			}
		}
	}
	return ErrLame
}
