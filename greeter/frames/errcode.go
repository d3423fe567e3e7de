package frames

import "fmt"

// An ErrCode says in RST_STREAM and GOAWAY why (RFC 9113 7).
type ErrCode uint32

// The registry "HTTP/2 Error Code".
const (
	NO_ERROR            ErrCode = 0x0
	PROTOCOL_ERROR      ErrCode = 0x1
	INTERNAL_ERROR      ErrCode = 0x2
	FLOW_CONTROL_ERROR  ErrCode = 0x3
	SETTINGS_TIMEOUT    ErrCode = 0x4
	STREAM_CLOSED       ErrCode = 0x5
	FRAME_SIZE_ERROR    ErrCode = 0x6
	REFUSED_STREAM      ErrCode = 0x7
	CANCEL              ErrCode = 0x8
	COMPRESSION_ERROR   ErrCode = 0x9
	CONNECT_ERROR       ErrCode = 0xa
	ENHANCE_YOUR_CALM   ErrCode = 0xb
	INADEQUATE_SECURITY ErrCode = 0xc
	HTTP_1_1_REQUIRED   ErrCode = 0xd
)

var errCodes = [...]struct{ name, meaning string }{
	{"NO_ERROR", "nothing is wrong, and no more is wanted"},
	{"PROTOCOL_ERROR", "the peer broke a rule that has no code of its own"},
	{"INTERNAL_ERROR", "the sender is at fault itself"},
	{"FLOW_CONTROL_ERROR", "the peer sent more than the window allows"},
	{"SETTINGS_TIMEOUT", "the peer did not acknowledge the settings in time"},
	{"STREAM_CLOSED", "a frame came for a stream that is half-closed"},
	{"FRAME_SIZE_ERROR", "a frame has a length that its type does not have"},
	{"REFUSED_STREAM", "the stream was not looked at: it is safe to try again"},
	{"CANCEL", "the sender does not want the stream any more"},
	{"COMPRESSION_ERROR", "the header tables of the two ends differ from here on"},
	{"CONNECT_ERROR", "the connection that CONNECT asked for was reset"},
	{"ENHANCE_YOUR_CALM", "the peer makes too much work"},
	{"INADEQUATE_SECURITY", "the TLS below is too weak"},
	{"HTTP_1_1_REQUIRED", "try again with HTTP/1.1"},
}

// String returns the name of the code, or its number.
func (c ErrCode) String() string {
	if int64(c) < int64(len(errCodes)) {
		return errCodes[c].name
	}
	return fmt.Sprintf("code 0x%x", uint32(c))
}

// Meaning returns what the code says, in a few words, or "".
func (c ErrCode) Meaning() string {
	if int64(c) < int64(len(errCodes)) {
		return errCodes[c].meaning
	}
	return ""
}

// Status returns what a gRPC client takes for the status of a call whose stream
// the server resets with the code (gRPC over HTTP2, "Errors").
func (c ErrCode) Status() Status {
	switch c {
	case REFUSED_STREAM:
		return 14 // UNAVAILABLE
	case CANCEL:
		return 1 // CANCELLED
	case ENHANCE_YOUR_CALM:
		return 8 // RESOURCE_EXHAUSTED
	case INADEQUATE_SECURITY:
		return 7 // PERMISSION_DENIED
	case NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, FRAME_SIZE_ERROR, COMPRESSION_ERROR, CONNECT_ERROR:
		return 13 // INTERNAL
	}
	return 2 // UNKNOWN: it has no mapping
}
