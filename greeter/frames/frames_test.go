package frames_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"onwire/greeter/frames"
	"onwire/wire"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"
	xhpack "golang.org/x/net/http2/hpack"
)

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// A side writes what one end of a connection says, with the frames and the
// header encoder of another implementation.
type side struct {
	bytes.Buffer
	*http2.Framer
	block bytes.Buffer
	enc   *xhpack.Encoder
}

func newSide() *side {
	s := &side{}
	s.Framer = http2.NewFramer(&s.Buffer, nil)
	s.Framer.AllowIllegalWrites = true
	s.enc = xhpack.NewEncoder(&s.block)
	return s
}

// headers returns a header block: names and values by turns.
func (s *side) headers(fields ...string) []byte {
	s.block.Reset()
	for i := 0; i+1 < len(fields); i += 2 {
		s.enc.WriteField(xhpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(s.block.Bytes())
}

// take returns what was written, and forgets it.
func (s *side) take() []byte {
	b := bytes.Clone(s.Bytes())
	s.Reset()
	return b
}

// A listener keeps all frames, and checks each.
type listener struct {
	*frames.Conn
	t    testing.TB
	seen []*frames.Frame
}

func listen(t testing.TB, o frames.Options) *listener {
	l := &listener{t: t}
	l.Conn = frames.New(o, func(f *frames.Frame) {
		if err := wire.Check(f.Fields(), 8*len(f.Bytes)); err != nil {
			t.Errorf("%v %s: %v", f.From, f.Label(), err)
		}
		l.seen = append(l.seen, f.Clone())
	})
	return l
}

// labels returns the frames, one a line.
func (l *listener) labels() string {
	var b strings.Builder
	for _, f := range l.seen {
		fmt.Fprintf(&b, "%c %d %s", f.From.String()[0], f.Stream, f.Label())
		if f.Err != nil {
			fmt.Fprintf(&b, " !%v", f.Err)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (l *listener) want(text string) {
	l.t.Helper()
	if d := cmp.Diff(strings.TrimLeft(text, "\n"), l.labels()); d != "" {
		l.t.Errorf("-want +got:\n%s", d)
	}
}

// message returns a gRPC message with its prefix.
func message(payload string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(payload)))
	return append(b, payload...)
}

// A turn is what one side says at once.
type turn struct {
	from  frames.Side
	bytes []byte
}

// call is a whole unary call of the Greeter, as grpc-go makes it.
func call() []turn {
	c, s := newSide(), newSide()
	var turns []turn
	c.WriteString(preface)
	c.WriteSettings()
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: c.headers(":method", "POST", ":scheme", "http", ":path", "/hello.Greeter/SayHello",
		":authority", "127.0.0.1:8888", "content-type", "application/grpc", "user-agent", "grpc-go/1.85.0", "te", "trailers")})
	c.WriteData(1, true, message("\x0a\x05Alice"))
	turns = append(turns, turn{frames.Client, c.take()})
	s.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 16384})
	s.WriteSettingsAck()
	s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: s.headers(":status", "200", "content-type", "application/grpc")})
	s.WriteData(1, false, message("\x0a\x0dHello, Alice!"))
	s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true, BlockFragment: s.headers("grpc-status", "0", "grpc-message", "")})
	turns = append(turns, turn{frames.Server, s.take()})
	c.WriteSettingsAck()
	c.WriteWindowUpdate(0, 20)
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, EndHeaders: true, BlockFragment: c.headers(":method", "POST", ":scheme", "http", ":path", "/hello.Greeter/SayHello",
		":authority", "127.0.0.1:8888", "content-type", "application/grpc", "user-agent", "grpc-go/1.85.0", "te", "trailers")})
	c.WriteData(3, true, message("\x0a\x03Bob"))
	c.WritePing(false, [8]byte{1, 2, 3, 4, 5, 6, 7, 8})
	turns = append(turns, turn{frames.Client, c.take()})
	s.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, EndHeaders: true, EndStream: true, BlockFragment: s.headers(":status", "200", "content-type", "application/grpc",
		"grpc-status", "3", "grpc-message", "no %E5%90%8D%E5%AD%97")})
	s.WriteGoAway(3, http2.ErrCodeNo, []byte("bye"))
	turns = append(turns, turn{frames.Server, s.take()})
	return turns
}

const callLabels = `
c 0 preface PRI * HTTP/2.0
c 0 SETTINGS
c 1 HEADERS request /hello.Greeter/SayHello
c 1 DATA message 0 of 7 bytes {1: "Alice"} END_STREAM
s 0 SETTINGS MAX_FRAME_SIZE=16384
s 0 SETTINGS ACK
s 1 HEADERS response :status 200
s 1 DATA message 0 of 15 bytes {1: "Hello, Alice!"}
s 1 HEADERS trailers grpc-status 0 OK END_STREAM
c 0 SETTINGS ACK
c 0 WINDOW_UPDATE +20 (the server may send 65535)
c 3 HEADERS request /hello.Greeter/SayHello
c 3 DATA message 0 of 5 bytes {1: "Bob"} END_STREAM
c 0 PING 0102030405060708
s 3 HEADERS trailers-only :status 200 grpc-status 3 INVALID_ARGUMENT "no 名字" END_STREAM
s 0 GOAWAY NO_ERROR, last stream 3 "bye"
`

func TestCall(t *testing.T) {
	l := listen(t, frames.Options{})
	for _, turn := range call() {
		if err := l.Feed(turn.from, turn.bytes); err != nil {
			t.Fatal(err)
		}
	}
	l.want(callLabels)
	if block, plain := l.seen[2].HeaderSize(); block != 69 || plain != 164 {
		t.Errorf("the first header block has %d bytes, for %d", block, plain)
	}
	if block, _ := l.seen[11].HeaderSize(); block != 7 {
		t.Errorf("the second header block has %d bytes", block)
	}
	if l.Streams() != 0 {
		t.Errorf("%d streams are open after all is said", l.Streams())
	}
	for _, from := range []frames.Side{frames.Client, frames.Server} {
		if err := l.Close(from); err != nil {
			t.Error(err)
		}
	}
}

// TestPieces cuts the same bytes in all sizes of pieces: the frames must be
// the same.
func TestPieces(t *testing.T) {
	whole := listen(t, frames.Options{})
	for _, turn := range call() {
		whole.Feed(turn.from, turn.bytes)
	}
	for size := 1; size < 120; size++ {
		l := listen(t, frames.Options{})
		for _, turn := range call() {
			for b := turn.bytes; len(b) > 0; b = b[min(size, len(b)):] {
				if err := l.Feed(turn.from, b[:min(size, len(b))]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if d := cmp.Diff(whole.seen, l.seen); d != "" {
			t.Fatalf("in pieces of %d bytes:\n%s", size, d)
		}
	}
}

// opened returns a listener with a connection on which stream 1 is a gRPC
// request without DATA, and its two sides.
func opened(t testing.TB, o frames.Options) (*listener, *side, *side) {
	l, c, s := listen(t, o), newSide(), newSide()
	c.WriteString(preface)
	c.WriteSettings()
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: request(c)})
	s.WriteSettings()
	l.Feed(frames.Client, c.take())
	l.Feed(frames.Server, s.take())
	for _, f := range l.seen {
		if f.Err != nil {
			t.Fatal(f.Err)
		}
	}
	l.seen = nil
	return l, c, s
}

func request(c *side) []byte {
	return c.headers(":method", "POST", ":scheme", "http", ":path", "/a.B/C", "content-type", "application/grpc", "te", "trailers")
}

// TestMessagesAcrossFrames lets frames and messages begin and end wherever
// they like.
func TestMessagesAcrossFrames(t *testing.T) {
	all := slicesConcat(message("\x0a\x01a"), message(""), message("\x0a\x03abc"), message("\x0a\x01z"))
	for size := 1; size <= len(all); size++ {
		l, c, _ := opened(t, frames.Options{})
		for b := all; len(b) > 0; b = b[min(size, len(b)):] {
			c.WriteDataPadded(1, len(b) <= size, b[:min(size, len(b))], make([]byte, size%3))
		}
		l.Feed(frames.Client, c.take())
		got := ""
		for _, f := range l.seen {
			if f.Err != nil {
				t.Fatal(f.Err)
			}
			for _, m := range f.Messages {
				if m.Whole {
					got += fmt.Sprintf("%d:%x ", m.Number, m.Bytes)
				}
			}
		}
		if want := "0:0a0161 1: 2:0a03616263 3:0a017a "; got != want {
			t.Errorf("frames of %d bytes: %s, want %s", size, got, want)
		}
		if last := l.seen[len(l.seen)-1]; last.Flags&frames.EndStream == 0 {
			t.Error("the last frame does not end the stream")
		}
	}
}

func slicesConcat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestContinuation cuts a header block in frames of every size.
func TestContinuation(t *testing.T) {
	for size := 1; size < 60; size++ {
		l, c, _ := opened(t, frames.Options{})
		block := c.headers(":method", "POST", ":scheme", "http", ":path", "/a.B/Other", "content-type", "application/grpc", "te", "trailers", "x-metadata", "some text that is coded")
		n := min(size, len(block))
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, EndStream: true, EndHeaders: n == len(block), BlockFragment: block[:n], PadLength: uint8(size % 4), Priority: http2.PriorityParam{StreamDep: 1, Weight: 7}})
		for rest := block[n:]; len(rest) > 0; {
			n := min(size, len(rest))
			c.WriteContinuation(3, n == len(rest), rest[:n])
			rest = rest[n:]
		}
		l.Feed(frames.Client, c.take())
		last := l.seen[len(l.seen)-1]
		if last.Err != nil || last.Part != frames.Request || last.Get("x-metadata") != "some text that is coded" || last.Path != "/a.B/Other" {
			t.Fatalf("blocks of %d bytes: %s", size, l.labels())
		}
		if len(l.seen) != (len(block)+size-1)/size {
			t.Errorf("blocks of %d bytes: %d frames", size, len(l.seen))
		}
	}
}

// TestFaults says wrong things on a good connection.
func TestFaults(t *testing.T) {
	raw := func(s string) func(c, s *side) {
		return func(c, _ *side) {
			b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			c.Write(b)
		}
	}
	for _, tt := range []struct {
		name string
		say  func(c, s *side)
		code frames.ErrCode
		kind error
		text string
	}{
		{"DATA on 0", raw("000000 00 00 00000000"), frames.PROTOCOL_ERROR, frames.ErrFrame, "DATA on stream 0"},
		{"PING on 1", raw("000008 06 00 00000001 0000000000000000"), frames.PROTOCOL_ERROR, frames.ErrFrame, "PING on stream 1"},
		{"PING of 7", raw("000007 06 00 00000000 00000000000000"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "PING of 7 bytes, not 8"},
		{"PRIORITY of 4", raw("000004 02 00 00000001 00000000"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "PRIORITY of 4 bytes, not 5"},
		{"RST_STREAM of 0", raw("000000 03 00 00000001"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "RST_STREAM of 0"},
		{"RST_STREAM idle", raw("000004 03 00 00000009 00000008"), frames.PROTOCOL_ERROR, frames.ErrFrame, "stream 9 is idle"},
		{"SETTINGS of 5", raw("000005 04 00 00000000 0000000000"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "not a multiple of 6"},
		{"SETTINGS ACK of 6", raw("000006 04 01 00000000 000100000000"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "an ACK of SETTINGS with 6 bytes"},
		{"ENABLE_PUSH 2", raw("000006 04 00 00000000 000200000002"), frames.PROTOCOL_ERROR, frames.ErrFrame, "ENABLE_PUSH is 2"},
		{"window 2^31", raw("000006 04 00 00000000 000480000000"), frames.FLOW_CONTROL_ERROR, frames.ErrFrame, "INITIAL_WINDOW_SIZE is 2147483648"},
		{"frame size 1", raw("000006 04 00 00000000 000500000001"), frames.PROTOCOL_ERROR, frames.ErrFrame, "MAX_FRAME_SIZE is 1"},
		{"GOAWAY of 4", raw("000004 07 00 00000000 00000000"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "GOAWAY of 4 bytes"},
		{"WINDOW_UPDATE 0", raw("000004 08 00 00000001 00000000"), frames.PROTOCOL_ERROR, frames.ErrFrame, "by 0"},
		{"WINDOW_UPDATE too much", raw("000004 08 00 00000000 7fffffff"), frames.FLOW_CONTROL_ERROR, frames.ErrWindow, "more than 2^31-1"},
		{"WINDOW_UPDATE idle", raw("000004 08 00 00000007 00000001"), frames.PROTOCOL_ERROR, frames.ErrFrame, "stream 7 is idle"},
		{"CONTINUATION alone", raw("000000 09 04 00000001"), frames.PROTOCOL_ERROR, frames.ErrFrame, "no header block is open"},
		{"interleaved", raw("000001 01 00 00000003 82 000008 06 00 00000000 0000000000000000"), frames.PROTOCOL_ERROR, frames.ErrFrame, "PING on stream 0 inside the header block of stream 3"},
		{"padding", raw("000002 00 08 00000001 05 00"), frames.PROTOCOL_ERROR, frames.ErrFrame, "the padding is longer"},
		{"no pad length", raw("000000 00 08 00000001"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "too short for its pad length"},
		{"no priority", raw("000002 01 24 00000003 0000"), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "too short for its priority"},
		{"DATA idle", raw("000000 00 00 00000005"), frames.PROTOCOL_ERROR, frames.ErrFrame, "stream 5 is idle"},
		{"HEADERS on 2", raw("000001 01 05 00000002 82"), frames.PROTOCOL_ERROR, frames.ErrFrame, "cannot open stream 2"},
		{"a bad index", raw("000001 01 05 00000003 ff"), frames.COMPRESSION_ERROR, frames.ErrHeaders, "inside an integer"},
		{"too large a frame", raw("004001 0b 00 00000000" + strings.Repeat("00", 0x4001)), frames.FRAME_SIZE_ERROR, frames.ErrFrame, "16385 bytes of payload, the server takes 16384"},
		{"a compressed flag of 2", raw("000005 00 00 00000001 0200000000"), frames.INTERNAL_ERROR, frames.ErrMessage, "the compressed flag is 2"},
		{"half a message", raw("000006 00 01 00000001 000000000461"), frames.INTERNAL_ERROR, frames.ErrMessage, "the stream ends inside message 0"},
		{"DATA after the end", raw("000000 00 01 00000001 000000 00 01 00000001"), frames.STREAM_CLOSED, frames.ErrFrame, "which the client has ended"},
		{"the server's DATA before its headers", func(_, s *side) { s.WriteData(1, false, message("")) }, frames.PROTOCOL_ERROR, frames.ErrFrame, "before the headers"},
		{"upper case", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", "Te", "trailers")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, `"Te"`},
		{"pseudo last", func(c, _ *side) { h(c, 3, c.headers("te", "trailers", ":method", "POST")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "come first"},
		{"unknown pseudo", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", ":x", "y")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, `":x" in the request`},
		{"connection", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", "connection", "close")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "HTTP/1.1"},
		{"no status", func(_, s *side) { h(s, 1, s.headers("server", "x")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "the response has no :status"},
		{"no :path", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", ":scheme", "http")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "the request has no :path"},
		{"pseudo twice", func(c, _ *side) {
			h(c, 3, c.headers(":method", "POST", ":scheme", "http", ":path", "/a", ":path", "/b"))
		}, frames.PROTOCOL_ERROR, frames.ErrMalformed, `":path" twice`},
		{"not ASCII", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", "é", "x")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, `the field name "é"`},
		{"a tab in a name", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", "a\tb", "x")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "the field name"},
		{"a space behind", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", "a", "x ")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "begins or ends with a space"},
		{"bytes nobody takes", func(c, _ *side) { h(c, 3, c.headers(":method", "POST", "a-bin", "\x00x")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "a zero byte"},
		{"HTTP/1.1's 101", func(_, s *side) { h(s, 1, s.headers(":status", "101")) }, frames.PROTOCOL_ERROR, frames.ErrMalformed, "101"},
		{"interim and end", func(_, s *side) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true, BlockFragment: s.headers(":status", "103")})
		}, frames.PROTOCOL_ERROR, frames.ErrMalformed, "END_STREAM on an interim response"},
		{"no grpc-status", func(_, s *side) {
			h(s, 1, s.headers(":status", "200", "content-type", "application/grpc"))
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true, BlockFragment: s.headers("grpc-message", "x")})
		}, frames.PROTOCOL_ERROR, frames.ErrMalformed, "the trailers have no grpc-status"},
		{"no trailers", func(_, s *side) {
			h(s, 1, s.headers(":status", "200", "content-type", "application/grpc"))
			s.WriteData(1, true, message(""))
		}, frames.PROTOCOL_ERROR, frames.ErrMalformed, "without trailers"},
		{"an old number", func(c, _ *side) { h(c, 5, request(c)); h(c, 3, request(c)) }, frames.PROTOCOL_ERROR, frames.ErrFrame, "a request on stream 3 after one on stream 5"},
		{"DATA after the end of all", func(c, s *side) {
			s.WriteRSTStream(1, http2.ErrCodeNo)
			s.WriteData(1, false, nil)
		}, frames.STREAM_CLOSED, frames.ErrFrame, "which the server has ended"},
		{"a server that takes pushes", func(_, s *side) { s.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 1}) }, frames.PROTOCOL_ERROR, frames.ErrFrame, "ENABLE_PUSH is 1"},
		{"CONNECT protocol 2", raw("000006 04 00 00000000 000800000002"), frames.PROTOCOL_ERROR, frames.ErrFrame, "ENABLE_CONNECT_PROTOCOL is 2"},
		{"a client that promises", raw("000005 05 04 00000001 00000002 82"), frames.PROTOCOL_ERROR, frames.ErrFrame, "only a server promises"},
		{"a promise of 0", func(_, s *side) { s.WritePushPromise(promise(s, 1, 0)) }, frames.PROTOCOL_ERROR, frames.ErrFrame, "stream 0 is promised"},
		{"a promise of what is there", func(_, s *side) { s.WritePushPromise(promise(s, 1, 1)) }, frames.PROTOCOL_ERROR, frames.ErrFrame, "stream 1 is promised"},
		{"a promise on nothing", func(_, s *side) { s.WritePushPromise(promise(s, 7, 2)) }, frames.PROTOCOL_ERROR, frames.ErrFrame, "a promise on stream 7, which is idle"},
		{"a promise nobody wants", func(c, s *side) {
			c.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0})
			s.WriteSettingsAck() // of the first
			s.WriteSettingsAck()
			s.WritePushPromise(promise(s, 1, 2))
		}, frames.PROTOCOL_ERROR, frames.ErrFrame, "ENABLE_PUSH of the client is 0"},
		{"window of the stream", func(c, _ *side) {
			c.WriteData(1, false, slicesConcat([]byte{0, 0, 1, 0, 0}, make([]byte, 16000)))
			for range 4 {
				c.WriteData(1, false, make([]byte, 16000))
			}
		}, frames.FLOW_CONTROL_ERROR, frames.ErrWindow, "14470 bytes more than the window of the connection"},
	} {
		l, c, s := opened(t, frames.Options{})
		tt.say(c, s)
		l.Feed(frames.Client, c.take())
		l.Feed(frames.Server, s.take())
		var first *frames.Error
		for _, f := range l.seen {
			if f.Err != nil && first == nil {
				first = f.Err
			}
		}
		switch {
		case first == nil:
			t.Errorf("%s: no fault is found:\n%s", tt.name, l.labels())
		case first.Code != tt.code || !errors.Is(first, tt.kind) || !strings.Contains(first.Error(), tt.text) || first.RFC == "":
			t.Errorf("%s: %v %v, want %v, %q", tt.name, first.Code, first, tt.code, tt.text)
		}
	}
}

func h(s *side, stream uint32, block []byte) {
	s.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, EndHeaders: true, BlockFragment: block})
}

func promise(s *side, on, id uint32) http2.PushPromiseParam {
	return http2.PushPromiseParam{StreamID: on, PromiseID: id, EndHeaders: true, BlockFragment: s.headers(":method", "GET", ":path", "/x", ":scheme", "http", ":authority", "a")}
}

// TestBinaryMetadata: a server that says so gets metadata in bytes. Python does
// that where both ends are its own.
func TestBinaryMetadata(t *testing.T) {
	l, c, s := opened(t, frames.Options{})
	s.WriteSettings(http2.Setting{ID: http2.SettingID(frames.GRPC_ALLOW_TRUE_BINARY_METADATA), Val: 1})
	l.Feed(frames.Server, s.take())
	h(c, 3, c.headers(":method", "POST", ":scheme", "http", ":path", "/a.B/C", "content-type", "application/grpc", "te", "trailers", "x-bin", "\x00\x01\r\xff"))
	l.Feed(frames.Client, c.take())
	l.want(`
s 0 SETTINGS GRPC_ALLOW_TRUE_BINARY_METADATA=1
c 3 HEADERS request /a.B/C
`)
	if text := fmt.Sprint(l.seen[1].Fields()); !strings.Contains(text, "x-bin: 010dff in hex") {
		t.Errorf("the bytes are not shown in hex: %s", text)
	}
}

// TestNotHTTP2 gives bytes of other protocols.
func TestNotHTTP2(t *testing.T) {
	for _, tt := range []struct {
		from  frames.Side
		bytes string
		at    int64
		text  string
	}{
		{frames.Client, "GET / HTTP/1.1\r\n", 0, "HTTP/1.1"},
		{frames.Client, "\x16\x03\x01\x02", 0, "TLS"},
		{frames.Client, "PRI * HTTP/2.0\r\n\r\nXX", 18, "the preface has the byte 58 where 53 belongs"},
		{frames.Server, "HTTP/1.1 400 Bad Request", 0, "HTTP/1"},
		{frames.Server, "\x15\x03\x01\x00\x02\x02\x46", 0, "TLS"},
		{frames.Server, "\x00\x00\x08\x06\x00", 0, "not SETTINGS"},
	} {
		l := listen(t, frames.Options{})
		var err error
		for _, b := range []byte(tt.bytes) {
			err = l.Feed(tt.from, []byte{b})
		}
		var e *frames.Error
		if !errors.As(err, &e) || !errors.Is(err, frames.ErrPreface) || e.Offset != tt.at || e.From != tt.from {
			t.Errorf("%q: %v", tt.bytes, err)
		}
		if l := listen(t, frames.Options{}); !strings.Contains(fmt.Sprint(l.Feed(tt.from, []byte(tt.bytes))), tt.text) {
			t.Errorf("%q: %v, want %q", tt.bytes, err, tt.text)
		}
	}
}

func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		bytes string
		text  string
	}{
		{"PRI *", "inside the preface, after 5 bytes"},
		{preface + "\x00\x00", "inside a frame: 7 bytes are missing"},
		{preface + "\x00\x00\x08\x04\x00\x00\x00\x00\x00abc", "inside a frame: 5 bytes are missing"},
		{preface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82", "before the header block is whole"},
	} {
		l := listen(t, frames.Options{})
		if err := l.Feed(frames.Client, []byte(tt.bytes)); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(frames.Client); !errors.Is(err, frames.ErrTruncated) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%q: %v, want %q", tt.bytes, err, tt.text)
		}
	}
	l, _, _ := opened(t, frames.Options{})
	if err := l.Gap(frames.Server, 10); !strings.Contains(fmt.Sprint(err), "10 bytes are missing") {
		t.Error(err)
	}
	if err := l.Feed(frames.Server, []byte{0}); err == nil {
		t.Error("a direction with a gap goes on")
	}
}

// TestBounds goes past each of the bounds: the connection must be read on.
func TestBounds(t *testing.T) {
	t.Run("frame", func(t *testing.T) {
		l, c, _ := opened(t, frames.Options{MaxFrame: 100})
		c.WriteData(1, false, slicesConcat(message(strings.Repeat("x", 300))))
		c.WriteData(1, false, message("\x0a\x01a"))
		l.Feed(frames.Client, c.take())
		if f := l.seen[0]; f.Cut != 205 || len(f.Bytes) != 109 || f.Messages[0].Length != 300 {
			t.Errorf("%+v", f)
		}
		c.WritePing(false, [8]byte{})
		l.Feed(frames.Client, c.take())
		if f := l.seen[len(l.seen)-1]; f.Type != frames.PING {
			t.Errorf("after a frame that was cut: %s", l.labels())
		}
	})
	t.Run("block", func(t *testing.T) {
		l, c, _ := opened(t, frames.Options{MaxBlock: 100})
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: make([]byte, 60)})
		c.WriteContinuation(3, false, make([]byte, 60))
		c.WriteContinuation(3, true, make([]byte, 60))
		c.WritePing(false, [8]byte{})
		l.Feed(frames.Client, c.take())
		if len(l.seen) != 4 || !errors.Is(l.seen[1].Err, frames.ErrBound) || l.seen[3].Type != frames.PING || l.seen[3].Err != nil {
			t.Errorf("%s", l.labels())
		}
	})
	t.Run("continuations", func(t *testing.T) {
		l, c, _ := opened(t, frames.Options{})
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3})
		for range 2000 {
			c.WriteContinuation(3, false, nil)
		}
		l.Feed(frames.Client, c.take())
		if len(l.seen) != 2001 || !errors.Is(l.seen[1024].Err, frames.ErrBound) {
			t.Errorf("%d frames of 2001", len(l.seen))
		}
	})
	t.Run("fields", func(t *testing.T) { // of a block in many frames, each is one frame's share
		l, c, _ := opened(t, frames.Options{})
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: []byte{0x83}})
		for i := range 200 {
			c.WriteContinuation(3, i == 199, bytes.Repeat([]byte{0x90}, 15)) // accept-encoding: gzip, deflate
		}
		l.Feed(frames.Client, c.take())
		if n := len(l.seen[100].Fields()[5].Fields); len(l.seen) != 201 || n != 15 {
			t.Errorf("%d frames; one of 15 fields has %d", len(l.seen), n)
		}
	})
	t.Run("streams", func(t *testing.T) {
		l, c, _ := opened(t, frames.Options{MaxStreams: 3})
		for id := uint32(3); id < 20; id += 2 {
			h(c, id, request(c))
		}
		l.Feed(frames.Client, c.take())
		if l.Streams() != 3 || !errors.Is(l.seen[2].Err, frames.ErrBound) || l.seen[1].Err != nil {
			t.Errorf("%d streams:\n%s", l.Streams(), l.labels())
		}
	})
	t.Run("message", func(t *testing.T) {
		l, c, _ := opened(t, frames.Options{MaxMessage: 10})
		c.WriteData(1, false, message(strings.Repeat("x", 11)))
		c.WriteData(1, true, message("\x0a\x01a"))
		l.Feed(frames.Client, c.take())
		l.want(`
c 1 DATA message 0 of 11 bytes, too long to keep
c 1 DATA message 1 of 3 bytes {1: "a"} END_STREAM
`)
	})
	t.Run("buffer", func(t *testing.T) {
		l, c, _ := opened(t, frames.Options{MaxBuffered: 10})
		m := message(strings.Repeat("x", 20))
		c.WriteData(1, false, m[:10])
		c.WriteData(1, false, m[10:20])
		c.WriteData(1, true, m[20:])
		l.Feed(frames.Client, c.take())
		if m := l.seen[2].Messages[0]; !m.Whole || m.Bytes != nil {
			t.Errorf("%+v", m)
		}
	})
	t.Run("table", func(t *testing.T) {
		l, c, s := opened(t, frames.Options{MaxTable: 8192})
		s.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 1 << 30})
		l.Feed(frames.Server, s.take())
		c.WriteSettingsAck()
		c.enc.SetMaxDynamicTableSizeLimit(1 << 30)
		c.enc.SetMaxDynamicTableSize(1 << 30)
		h(c, 3, request(c))
		l.Feed(frames.Client, c.take())
		if f := l.seen[len(l.seen)-1]; !errors.Is(f.Err, frames.ErrHeaders) {
			t.Errorf("a table of 1 GiB is taken: %s", l.labels())
		}
	})
}

// TestWindows follows the windows through DATA, WINDOW_UPDATE and a change of
// the initial size.
func TestWindows(t *testing.T) {
	l, c, s := opened(t, frames.Options{})
	last := func() frames.Window { return l.seen[len(l.seen)-1].Window }
	c.WriteData(1, false, message(strings.Repeat("x", 1000)))
	l.Feed(frames.Client, c.take())
	if w := last(); w != (frames.Window{Set: true, Of: frames.Client, Conn: 65535 - 1005, Stream: 65535 - 1005}) {
		t.Errorf("after 1005 bytes: %+v", w)
	}
	s.WriteWindowUpdate(1, 500)
	l.Feed(frames.Server, s.take())
	if w := last(); w.Stream != 65535-505 || w.Conn != 65535-1005 || w.Of != frames.Client {
		t.Errorf("after an update of the stream: %+v", w)
	}
	s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 100})
	l.Feed(frames.Server, s.take())
	c.WriteSettingsAck() // of the first SETTINGS
	c.WriteSettingsAck()
	c.WriteData(1, false, nil)
	l.Feed(frames.Client, c.take())
	if w := last(); w.Stream != 100-505 || l.seen[len(l.seen)-1].Err != nil {
		t.Errorf("a window may be negative: %+v", w)
	}
	s.WriteWindowUpdate(0, 5)
	l.Feed(frames.Server, s.take())
	if w := last(); w.Conn != 65535-1000 {
		t.Errorf("after an update of the connection: %+v", w)
	}
}

// TestPush is a server that promises a stream.
func TestPush(t *testing.T) {
	l, _, s := opened(t, frames.Options{})
	s.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true, BlockFragment: s.headers(":method", "GET", ":path", "/x", ":scheme", "http", ":authority", "a")})
	h(s, 2, s.headers(":status", "200"))
	s.WriteData(2, true, []byte("hi"))
	s.WriteRawFrame(0xbe, 0xff, 0x1234, []byte("?"))
	s.WriteRawFrame(0x10, 0, 0, []byte("\x00\x00\x00\x01u=1"))
	l.Feed(frames.Server, s.take())
	l.want(`
s 1 PUSH_PROMISE promised request GET /x
s 2 HEADERS response :status 200
s 2 DATA 2 bytes END_STREAM
s 4660 type 0xbe 1 bytes
s 0 PRIORITY_UPDATE 7 bytes
`)
}

// TestOneSided reads each side of a call without the other: the same frames,
// and no fault that only the other's words could tell.
func TestOneSided(t *testing.T) {
	for _, from := range []frames.Side{frames.Client, frames.Server} {
		l := listen(t, frames.Options{OneSided: true})
		for _, turn := range call() {
			if turn.from != from {
				continue
			}
			if err := l.Feed(from, turn.bytes); err != nil {
				t.Fatal(err)
			}
		}
		var want strings.Builder
		for line := range strings.Lines(callLabels) {
			if line[0] == from.String()[0] {
				line, _, _ = strings.Cut(line, " (the ") // windows are of both
				want.WriteString(strings.TrimRight(line, "\n") + "\n")
			}
		}
		l.want(want.String())
		if l.Streams() != 0 {
			t.Errorf("%d streams of the %v are open", l.Streams(), from)
		}
	}
}

// TestWrongNumber: an even number is no request's, though the server, who
// might have promised it, was not heard.
func TestWrongNumber(t *testing.T) {
	c := newSide()
	c.WriteSettings()
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 2, BlockFragment: c.headers(":method", "POST"), EndHeaders: true})
	l := listen(t, frames.Options{OneSided: true})
	l.Feed(frames.Client, append([]byte(preface), c.take()...))
	if got, want := l.labels(), "the client cannot open stream 2"; !strings.Contains(got, want) {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestAfterGap: when one side is lost, the other is read on, and not judged by
// what was lost.
func TestAfterGap(t *testing.T) {
	l := listen(t, frames.Options{})
	turns := call()
	for i, turn := range turns {
		if i == 2 {
			l.Gap(frames.Client, 100)
		}
		l.Feed(turn.from, turn.bytes)
	}
	for _, f := range l.seen {
		if f.Err != nil {
			t.Errorf("%s: %v", f.Label(), f.Err)
		}
	}
	if last := l.seen[len(l.seen)-2]; !strings.Contains(last.Label(), "trailers-only :status 200 grpc-status 3") {
		t.Errorf("the answer to what was lost is %s", last.Label())
	}
}
