package frames

import "fmt"

// A SettingID names a parameter in SETTINGS (RFC 9113 6.5.2).
type SettingID uint16

// The registry "HTTP/2 Settings".
const (
	HEADER_TABLE_SIZE       SettingID = 0x1
	ENABLE_PUSH             SettingID = 0x2
	MAX_CONCURRENT_STREAMS  SettingID = 0x3
	INITIAL_WINDOW_SIZE     SettingID = 0x4
	MAX_FRAME_SIZE          SettingID = 0x5
	MAX_HEADER_LIST_SIZE    SettingID = 0x6
	ENABLE_CONNECT_PROTOCOL SettingID = 0x8 // RFC 8441 3
	NO_RFC7540_PRIORITIES   SettingID = 0x9 // RFC 9218 2.1
)

// GRPC_ALLOW_TRUE_BINARY_METADATA is in no registry: gRPC's C library, and so
// Python's and Ruby's, tells it to its own kind (gRPC proposal G1).
const GRPC_ALLOW_TRUE_BINARY_METADATA SettingID = 0xfe03

var settings = map[SettingID]struct{ name, meaning string }{
	HEADER_TABLE_SIZE:       {"HEADER_TABLE_SIZE", "the dynamic table that the other side may use has at most so many bytes"},
	ENABLE_PUSH:             {"ENABLE_PUSH", "whether the server may send what nobody asked for"},
	MAX_CONCURRENT_STREAMS:  {"MAX_CONCURRENT_STREAMS", "so many streams may the other side have open at a time"},
	INITIAL_WINDOW_SIZE:     {"INITIAL_WINDOW_SIZE", "so many bytes of DATA may the other side send on a stream before a WINDOW_UPDATE"},
	MAX_FRAME_SIZE:          {"MAX_FRAME_SIZE", "the payload of a frame to this side has at most so many bytes"},
	MAX_HEADER_LIST_SIZE:    {"MAX_HEADER_LIST_SIZE", "advice: longer header lists will be refused"},
	ENABLE_CONNECT_PROTOCOL: {"ENABLE_CONNECT_PROTOCOL", "the server takes WebSockets over HTTP/2 (RFC 8441)"},
	NO_RFC7540_PRIORITIES:   {"NO_RFC7540_PRIORITIES", "the old priorities are not looked at (RFC 9218)"},

	GRPC_ALLOW_TRUE_BINARY_METADATA: {"GRPC_ALLOW_TRUE_BINARY_METADATA", "of gRPC, in no registry: metadata whose name ends in -bin may come as bytes, without base64"},
}

// String returns the name without SETTINGS_, or "setting 0xab".
func (id SettingID) String() string {
	if s, ok := settings[id]; ok {
		return s.name
	}
	return fmt.Sprintf("setting 0x%x", uint16(id))
}

// A Setting is one parameter as SETTINGS has it.
type Setting struct {
	ID    SettingID
	Value uint32
}

// The values before anybody says otherwise (RFC 9113 6.5.2).
const (
	defaultWindow    = 65535
	defaultFrameSize = 16384
	maxWindow        = 1<<31 - 1
	maxFrameSize     = 1<<24 - 1
)

// check returns what is wrong with the value, as from announces it, or "".
func (s Setting) check(from Side) (reason string, code ErrCode) {
	switch {
	case s.ID == ENABLE_PUSH && s.Value == 1 && from == Server:
		return "ENABLE_PUSH is 1, and a server gets no pushes: it may only say 0", PROTOCOL_ERROR
	case (s.ID == ENABLE_PUSH || s.ID == ENABLE_CONNECT_PROTOCOL || s.ID == NO_RFC7540_PRIORITIES) && s.Value > 1:
		return fmt.Sprintf("%v is %d, not 0 or 1", s.ID, s.Value), PROTOCOL_ERROR
	case s.ID == INITIAL_WINDOW_SIZE && s.Value > maxWindow:
		return fmt.Sprintf("INITIAL_WINDOW_SIZE is %d, more than 2^31-1", s.Value), FLOW_CONTROL_ERROR
	case s.ID == MAX_FRAME_SIZE && (s.Value < defaultFrameSize || s.Value > maxFrameSize):
		return fmt.Sprintf("MAX_FRAME_SIZE is %d, not in 16384 to 16777215", s.Value), PROTOCOL_ERROR
	}
	return "", NO_ERROR
}
