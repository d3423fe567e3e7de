package frames

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"onwire/greeter/frames/hpack"
)

// A Status is how a gRPC call ended: the number in grpc-status (gRPC, "Status
// codes and their use").
type Status int

var statuses = [...]struct{ name, meaning string }{
	{"OK", "the call did what it was asked for"},
	{"CANCELLED", "the caller does not want it any more"},
	{"UNKNOWN", "an error that has no code of its own"},
	{"INVALID_ARGUMENT", "the request makes no sense, whatever the state of the server"},
	{"DEADLINE_EXCEEDED", "the time that the caller gave is over"},
	{"NOT_FOUND", "there is no such thing"},
	{"ALREADY_EXISTS", "it was to be made, and is there"},
	{"PERMISSION_DENIED", "this caller may not"},
	{"RESOURCE_EXHAUSTED", "something has run out: a quota, the room for a message"},
	{"FAILED_PRECONDITION", "the server is not in the state for it: trying again does not help"},
	{"ABORTED", "another call got in the way: try again from further back"},
	{"OUT_OF_RANGE", "past the end"},
	{"UNIMPLEMENTED", "the server has no such method"},
	{"INTERNAL", "something that cannot be is"},
	{"UNAVAILABLE", "the server cannot be had now: try again later"},
	{"DATA_LOSS", "data is lost and does not come back"},
	{"UNAUTHENTICATED", "who the caller is is not proven"},
}

// String returns the name of the status, or its number.
func (s Status) String() string {
	if s >= 0 && int(s) < len(statuses) {
		return statuses[s].name
	}
	return fmt.Sprintf("status %d", int(s))
}

// Meaning returns what the status says, in a few words, or "".
func (s Status) Meaning() string {
	if s >= 0 && int(s) < len(statuses) {
		return statuses[s].meaning
	}
	return ""
}

// Status returns the grpc-status of trailers. ok is false where there is none,
// or one that is no number.
func (f *Frame) Status() (s Status, ok bool) {
	n, err := strconv.ParseUint(f.Get("grpc-status"), 10, 16)
	return Status(n), err == nil
}

// DecodeMessage undoes the percent-encoding of a grpc-message. What is no
// encoding is left as it is: a status must not be lost over its text (gRPC
// over HTTP2, "Responses").
func DecodeMessage(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), string(utf8.RuneError))
}

// ParseTimeout reads a grpc-timeout: at most eight digits and a unit, H M S m
// u n (gRPC over HTTP2, "Requests").
func ParseTimeout(s string) (time.Duration, error) {
	units := map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': time.Nanosecond}
	if len(s) < 2 || len(s) > 9 {
		return 0, fmt.Errorf("%q: 1 to 8 digits and a unit", s)
	}
	unit, ok := units[s[len(s)-1]]
	if !ok {
		return 0, fmt.Errorf("%q: the unit is H, M, S, m, u or n", s)
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q: %q is no number", s, s[:len(s)-1])
	}
	if n > uint64(1<<63-1)/uint64(unit) {
		return 1<<63 - 1, nil // 99999999 hours are more than a Duration holds: for ever
	}
	return time.Duration(n) * unit, nil
}

// statusOfHTTP returns what a client takes for the status of a call where no
// gRPC server has answered it: what HTTP's status says to it (gRPC, "HTTP to
// gRPC Status Code Mapping").
func statusOfHTTP(status string) Status {
	switch status {
	case "400":
		return 13 // INTERNAL
	case "401":
		return 16 // UNAUTHENTICATED
	case "403":
		return 7 // PERMISSION_DENIED
	case "404":
		return 12 // UNIMPLEMENTED
	case "429", "502", "503", "504":
		return 14 // UNAVAILABLE
	}
	return 2 // UNKNOWN
}

// headerNote says what a header means that not everybody knows.
func headerNote(h hpack.Representation) (format string, args []any) {
	if h.Kind == hpack.SizeUpdate {
		return "", nil
	}
	name, value := h.Name, h.Value
	switch name {
	case ":path":
		if service, method, ok := strings.Cut(strings.TrimPrefix(value, "/"), "/"); ok && service != "" && method != "" && !strings.Contains(method, "/") {
			return "in gRPC: method %s of service %s", []any{method, service}
		}
	case "te":
		return "the client can take trailers; a proxy that cannot must not pass this on", nil
	case "content-type":
		if isGRPC(value) {
			return "this is gRPC", nil
		}
	case ":status":
		if value == "200" {
			return "of HTTP. In gRPC it is 200 for an error too: grpc-status in the trailers tells", nil
		}
		if !strings.HasPrefix(value, "1") {
			return "of HTTP. A gRPC client that finds no grpc-status takes it for %v", []any{statusOfHTTP(value)}
		}
	case "grpc-timeout":
		d, err := ParseTimeout(value)
		if err != nil {
			return "no timeout: %v", []any{err}
		}
		return "the deadline: %v from now on, as the client sent it", []any{d}
	case "grpc-status":
		if n, err := strconv.ParseUint(value, 10, 16); err == nil {
			if m := Status(n).Meaning(); m != "" {
				return "%v: %s", []any{Status(n), m}
			}
		}
		return "no status that gRPC has: read as UNKNOWN", nil
	case "grpc-message":
		if text := DecodeMessage(value); text != value {
			return "percent-encoded: %s", []any{quote(text)}
		}
	case DetailsKey:
		if _, err := ParseDetails(value); err != nil {
			return "not readable: %v", []any{err}
		}
		return "a google.rpc.Status in base64: the same code and text, and details as messages of their own", nil
	case "grpc-encoding":
		return "how messages with the compressed flag are compressed", nil
	}
	if isBinary(h) {
		return "bytes behind a zero, not in base64: both ends are of gRPC's C library, which does so", nil
	}
	if strings.HasSuffix(name, "-bin") {
		return "bytes in base64: metadata whose name ends in -bin", nil
	}
	return "", nil
}
