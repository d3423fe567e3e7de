// Package frames reads the HTTP/2 frames of a connection (RFC 9113) and the
// gRPC calls they carry, and names every bit of them.
//
//	conn := frames.New(frames.Options{}, func(f *frames.Frame) {
//		fmt.Println(f.From, f.Label())
//	})
//	conn.Feed(frames.Client, b) // what the client sent, in any pieces
//	conn.Feed(frames.Server, b) // what the server sent
//
// HTTP/2 is a run of frames in each direction; only the client's begins with
// something else, the preface:
//
//	+-----------------------------------------------+
//	|                 Length (24)                   |
//	+---------------+---------------+---------------+
//	|   Type (8)    |   Flags (8)   |
//	+-+-------------+---------------+-------------------------------+
//	|R|                 Stream Identifier (31)                      |
//	+=+=============================================================+
//	|                   Frame Payload (0...)                      ...
//	+---------------------------------------------------------------+
//
// A gRPC call is one stream: HEADERS with the method as :path, DATA with
// messages, each behind a prefix of five bytes, and at the end HEADERS again,
// the trailers, with grpc-status.
//
// A Conn only listens. It holds what the two ends hold to understand each
// other: the settings, a dynamic table for each direction (package hpack), the
// streams and their windows, the messages that are not whole yet. All of it
// has bounds, which Options names.
//
// Where a peer breaks a rule, the Frame carries an *Error with the place and
// the RFC's section. Reading goes on where it can: a stream error ends one
// stream, a broken header block ends the headers of one direction, a broken
// preface ends a direction.
package frames
