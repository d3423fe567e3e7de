package httpmsg

import (
	"errors"
	"fmt"
)

// What can be wrong with a message, for errors.Is. An *Error wraps one of them.
var (
	ErrTruncated  = errors.New("the message ends early")
	ErrStartLine  = errors.New("the first line is not one of HTTP")
	ErrRefused    = errors.New("the message breaks a rule that has to be kept")
	ErrHead       = errors.New("the head is too long")
	ErrLine       = errors.New("a line is too long")
	ErrHeaders    = errors.New("there are too many header fields")
	ErrChunkSize  = errors.New("a chunk size is wrong")
	ErrChunkEnd   = errors.New("a chunk does not end where its size says")
	ErrChunkExt   = errors.New("chunk extensions are too long")
	ErrChunkCount = errors.New("there are too many chunks")
	ErrTrailers   = errors.New("the trailers are too long, or wrong")
	ErrBody       = errors.New("the body is too long")
	ErrBuild      = errors.New("that would not be one message")
	ErrURL        = errors.New("that is not a URL")
	ErrMultipart  = errors.New("the body is not a multipart")
)

// An Error is a fault in the bytes of a message, or a limit that it passes.
type Error struct {
	Offset int64  // the byte it is about, from the start of the message; not of ErrBuild
	Reason string // "header field 129: the limit is 128"
	Status int    // what a server answers: 400, 413, 414, 431; 0 is nothing
	Err    error  // ErrTruncated and so on, for errors.Is
}

// Error returns the place and the reason: "byte 17: ...". What cannot be built
// has no place.
func (e *Error) Error() string {
	if e.Err == ErrBuild {
		return e.Reason
	}
	return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason)
}

// Unwrap returns the kind of fault.
func (e *Error) Unwrap() error { return e.Err }

func errorAt(offset int, status int, kind error, format string, args ...any) *Error {
	return &Error{int64(offset), fmt.Sprintf(format, args...), status, kind}
}
