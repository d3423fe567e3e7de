package frames

import "fmt"

// A Type is the type of a frame, RFC 9113 6. Preface is none on the wire.
type Type uint16

const (
	DATA          Type = 0x0
	HEADERS       Type = 0x1
	PRIORITY      Type = 0x2
	RST_STREAM    Type = 0x3
	SETTINGS      Type = 0x4
	PUSH_PROMISE  Type = 0x5
	PING          Type = 0x6
	GOAWAY        Type = 0x7
	WINDOW_UPDATE Type = 0x8
	CONTINUATION  Type = 0x9

	Preface Type = 0x100 // the 24 bytes before a client's first frame, RFC 9113 3.4
)

// The registry "HTTP/2 Frame Type", without what RFC 9113 defines itself:
// frames that this package names but does not look into.
var otherTypes = map[Type]struct{ name, rfc string }{
	0x0a: {"ALTSVC", "RFC 7838 4"},
	0x0c: {"ORIGIN", "RFC 8336 2"},
	0x10: {"PRIORITY_UPDATE", "RFC 9218 7.1"},
}

var types = [...]struct {
	name, rfc string
	flags     []flag
}{
	DATA:          {"DATA", "RFC 9113 6.1", []flag{{EndStream, "END_STREAM"}, {Padded, "PADDED"}}},
	HEADERS:       {"HEADERS", "RFC 9113 6.2", []flag{{EndStream, "END_STREAM"}, {EndHeaders, "END_HEADERS"}, {Padded, "PADDED"}, {HasPriority, "PRIORITY"}}},
	PRIORITY:      {"PRIORITY", "RFC 9113 6.3", nil},
	RST_STREAM:    {"RST_STREAM", "RFC 9113 6.4", nil},
	SETTINGS:      {"SETTINGS", "RFC 9113 6.5", []flag{{Ack, "ACK"}}},
	PUSH_PROMISE:  {"PUSH_PROMISE", "RFC 9113 6.6", []flag{{EndHeaders, "END_HEADERS"}, {Padded, "PADDED"}}},
	PING:          {"PING", "RFC 9113 6.7", []flag{{Ack, "ACK"}}},
	GOAWAY:        {"GOAWAY", "RFC 9113 6.8", nil},
	WINDOW_UPDATE: {"WINDOW_UPDATE", "RFC 9113 6.9", nil},
	CONTINUATION:  {"CONTINUATION", "RFC 9113 6.10", []flag{{EndHeaders, "END_HEADERS"}}},
}

// String returns the name of the type, or "type 0xab".
func (t Type) String() string {
	switch {
	case int(t) < len(types):
		return types[t].name
	case t == Preface:
		return "preface"
	}
	if o, ok := otherTypes[t]; ok {
		return o.name
	}
	return fmt.Sprintf("type 0x%02x", uint16(t))
}

// RFC returns where the type is defined; for one that is not known, where it
// stands that such frames are ignored.
func (t Type) RFC() string {
	switch {
	case int(t) < len(types):
		return types[t].rfc
	case t == Preface:
		return "RFC 9113 3.4"
	}
	if o, ok := otherTypes[t]; ok {
		return o.rfc
	}
	return "RFC 9113 5.5"
}

// Flags are the flags of a frame. Which of them mean something depends on its
// type.
type Flags uint8

const (
	EndStream   Flags = 0x01 // DATA, HEADERS: the sender has said all on this stream
	Ack         Flags = 0x01 // SETTINGS, PING
	EndHeaders  Flags = 0x04 // HEADERS, PUSH_PROMISE, CONTINUATION: the header block is whole
	Padded      Flags = 0x08 // DATA, HEADERS, PUSH_PROMISE
	HasPriority Flags = 0x20 // HEADERS
)

type flag struct {
	bit  Flags
	name string
}

// flagsOf returns the flags that mean something in frames of type t, the
// lowest first.
func flagsOf(t Type) []flag {
	if int(t) < len(types) {
		return types[t].flags
	}
	return nil
}

// Names returns the names of the flags that are set in a frame of type t and
// mean something there.
func (f Flags) Names(t Type) []string {
	var names []string
	for _, known := range flagsOf(t) {
		if f&known.bit != 0 {
			names = append(names, known.name)
		}
	}
	return names
}
