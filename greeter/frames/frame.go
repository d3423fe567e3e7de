package frames

import (
	"bytes"
	"encoding/binary"

	"onwire/greeter/frames/hpack"
	"onwire/pbwire"
)

// headerLen is the length of a frame's header, RFC 9113 4.1.
const headerLen = 9

// A Frame is one frame of a connection, with what the Conn knows about it. It
// and all it points to are valid until the callback returns; Clone makes one
// that stays.
type Frame struct {
	From   Side
	Offset int64 // of its first byte, from the start of what From sent
	Type   Type
	Flags  Flags
	Stream uint32
	Length int    // of the payload, as the header tells
	Bytes  []byte // the frame with its header
	Cut    int    // bytes of the payload that were too many to keep: not in Bytes

	Part     Part                   // of HEADERS and PUSH_PROMISE with END_HEADERS, and the last CONTINUATION
	Block    []byte                 // the whole header block; set in all its frames
	BlockAt  int                    // where this frame's fragment starts in Block
	Headers  []hpack.Representation // of Block, as far as it could be read
	Messages []Message              // of DATA: the gRPC messages, and parts of messages, that stand in it
	Settings []Setting              // of SETTINGS
	Path     string                 // of the stream, where it is known: "/hello.Greeter/SayHello"
	GRPC     bool                   // the content-type says so

	// Of DATA and WINDOW_UPDATE, and of SETTINGS for the connection: how many
	// bytes of DATA the side that Window.Of names may send after this frame.
	Window Window

	Err *Error // the first rule that the frame breaks, or nil
}

// A Part says which of a stream's header lists a header block is.
type Part uint8

const (
	NoPart       Part = iota
	Request           // of the client
	Response          // of the server
	Interim           // a response 1xx, before the true one
	Trailers          // behind the DATA
	TrailersOnly      // a response that is its trailers too: gRPC's way to refuse at once
	Promise           // the request that a server answers unasked
)

// String returns the part in words: "trailers".
func (p Part) String() string {
	return [...]string{"", "request", "response", "interim response", "trailers", "trailers-only", "promised request"}[p]
}

// A Window is how many bytes of DATA a side may send.
type Window struct {
	Set    bool
	Of     Side
	Conn   int64 // on all streams together
	Stream int64 // on the stream of the frame; without meaning for stream 0
}

// A Message is a gRPC message, or the part of one that stands in a frame
// (gRPC over HTTP2, Length-Prefixed-Message).
type Message struct {
	Number     int // of this side on this stream, from 0
	Compressed bool
	Length     int // bytes, as the prefix tells; -1 while the prefix is not whole

	At     int           // where this frame's part starts, from the start of the frame's Bytes
	Skip   int           // bytes of prefix and payload that earlier frames had
	Here   int           // bytes of prefix and payload in this frame
	Whole  bool          // it ends in this frame
	Bytes  []byte        // if Whole: the payload, unless it was too long to keep
	Plain  []byte        // if Compressed with gzip: what the payload holds, unless it is too long or broken
	Schema pbwire.Schema // of the payload, if Options.Schema knows it
}

// Fragment returns the bytes of a header block that stand in this frame.
func (f *Frame) Fragment() []byte {
	from, to := f.fragment()
	return f.Bytes[from:to]
}

// Payload returns the payload, as far as it was kept.
func (f *Frame) Payload() []byte {
	if f.Type == Preface {
		return f.Bytes
	}
	return f.Bytes[min(headerLen, len(f.Bytes)):]
}

// Get returns the value of the first header with the name, or "".
func (f *Frame) Get(name string) string {
	for _, h := range f.Headers {
		if h.Kind != hpack.SizeUpdate && h.Name == name {
			return h.Value
		}
	}
	return ""
}

// word returns the 32 bits at an offset in the payload, 0 if they are not there.
func (f *Frame) word(at int) uint32 {
	p := f.Payload()
	if len(p) < at+4 {
		return 0
	}
	return binary.BigEndian.Uint32(p[at:])
}

// Clone returns a copy that shares nothing with f.
func (f *Frame) Clone() *Frame {
	c := *f
	c.Bytes = append([]byte(nil), f.Bytes...)
	c.Block = append([]byte(nil), f.Block...)
	c.Headers = append([]hpack.Representation(nil), f.Headers...)
	c.Settings = append([]Setting(nil), f.Settings...)
	c.Messages = append([]Message(nil), f.Messages...)
	for i, m := range c.Messages {
		c.Messages[i].Bytes = bytes.Clone(m.Bytes) // an empty message is not one that was not kept
		c.Messages[i].Plain = bytes.Clone(m.Plain)
	}
	return &c
}
