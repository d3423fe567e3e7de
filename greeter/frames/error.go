package frames

import (
	"errors"
	"fmt"
)

// The kinds of faults. An *Error wraps one of them.
var (
	ErrPreface   = errors.New("the bytes do not start as HTTP/2 does")
	ErrFrame     = errors.New("a frame breaks a rule")
	ErrHeaders   = errors.New("a header block cannot be read")
	ErrMalformed = errors.New("a request or response breaks a rule of HTTP")
	ErrWindow    = errors.New("a flow-control window is exceeded")
	ErrMessage   = errors.New("a gRPC message is broken")
	ErrTruncated = errors.New("the bytes end inside something")
	ErrBound     = errors.New("more than this reader keeps")
)

// An Error is a fault in what a side sent.
type Error struct {
	From   Side
	Offset int64   // the byte, from the start of what that side sent
	Stream uint32  // 0: it is about the connection
	Code   ErrCode // what a receiver says to it in GOAWAY or RST_STREAM
	Reason string  // "WINDOW_UPDATE of 5 bytes, not 4"
	RFC    string  // "RFC 9113 6.9"
	Err    error   // ErrFrame and so on, for errors.Is
}

// Error returns the place, the reason and the rule.
func (e *Error) Error() string {
	return fmt.Sprintf("%s byte %d: %s (%s)", e.From, e.Offset, e.Reason, e.RFC)
}

// Unwrap returns what lies behind: the kind of fault.
func (e *Error) Unwrap() error { return e.Err }
