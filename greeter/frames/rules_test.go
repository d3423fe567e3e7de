package frames_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"onwire/greeter/frames"

	"golang.org/x/net/http2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A list is a header list, as names and values by turns. changed returns one
// with a name's value changed, or the name taken out for "".
type list []string

var (
	aRequest  = list{":method", "POST", ":scheme", "http", ":path", "/a.B/C", "content-type", "application/grpc", "te", "trailers"}
	aResponse = list{":status", "200", "content-type", "application/grpc"}
	anEnd     = list{"grpc-status", "0"}
)

func (l list) changed(name, value string) (out list) {
	found := false
	for i := 0; i < len(l); i += 2 {
		switch {
		case l[i] != name:
			out = append(out, l[i], l[i+1])
		case value != "":
			out = append(out, name, value)
		}
		found = found || l[i] == name
	}
	if !found && value != "" {
		out = append(out, name, value)
	}
	return out
}

// statusDetails returns a google.rpc.Status with the usual details, and one of
// a type that is not known, in base64.
func statusDetails(t *testing.T, code int32) string {
	s := &spb.Status{Code: code, Message: "no 名字"}
	for _, m := range []proto.Message{
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "name", Description: "is empty"}}},
		&errdetails.ErrorInfo{Reason: "EMPTY", Domain: "example.com", Metadata: map[string]string{"k": "v"}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)},
	} {
		a, err := anypb.New(m)
		if err != nil {
			t.Fatal(err)
		}
		s.Details = append(s.Details, a)
	}
	s.Details = append(s.Details, &anypb.Any{TypeUrl: "type.googleapis.com/a.Own", Value: []byte("\x08\x65")})
	b, err := proto.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

// TestDetails: a google.rpc.Status is read to the messages inside its Anys.
func TestDetails(t *testing.T) {
	value := statusDetails(t, 3)
	for _, v := range []string{value, value + strings.Repeat("=", (4-len(value)%4)%4)} {
		d, err := frames.ParseDetails(v)
		const want = `google.rpc.Status 3 INVALID_ARGUMENT "no 名字"; ` +
			`google.rpc.BadRequest {"fieldViolations":[{"field":"name","description":"is empty"}]}; ` +
			`google.rpc.ErrorInfo {"reason":"EMPTY","domain":"example.com","metadata":{"k":"v"}}; ` +
			`google.rpc.RetryInfo {"retryDelay":"1.500s"}; a.Own {1: 101}`
		if err != nil || d.String() != want {
			t.Errorf("%v, %v\nwant %s", d, err, want)
		}
	}
	var many spb.Status
	for range 1000 {
		many.Details = append(many.Details, &anypb.Any{TypeUrl: "x"})
	}
	b, _ := proto.Marshal(&many)
	if d, err := frames.UnmarshalDetails(b); err != nil || len(d.List) > 32 {
		t.Errorf("%d details of 1000 are read, %v", len(d.List), err)
	}
}

// TestRules: each rule of HTTP and gRPC about calls, broken, with the section
// that has it. want is a part of the finding, "" for none.
func TestRules(t *testing.T) {
	plain := list{":method", "GET", ":scheme", "http", ":path", "/"}
	for _, tt := range []struct {
		name         string
		request      list
		requestDATA  string
		response     list // nil: trailers-only
		responseDATA string
		end          list // nil: END_STREAM on the DATA
		want         string
		from         frames.Side
	}{
		{name: "a call", request: aRequest, requestDATA: "\x00\x00\x00\x00\x00", response: aResponse, responseDATA: "\x00\x00\x00\x00\x00", end: anEnd},
		{name: "plain HTTP", request: plain, response: list{":status", "200", "content-length", "2"}, responseDATA: "hi"},
		{name: "HEAD", request: plain.changed(":method", "HEAD"), response: list{":status", "200", "content-length", "2"}},
		{name: "304", request: plain, response: list{":status", "304", "content-length", "2"}},
		{name: "content-length right", request: aRequest.changed("content-length", "5"), requestDATA: "\x00\x00\x00\x00\x00", response: aResponse, end: anEnd},

		{name: "content-length too large", request: aRequest.changed("content-length", "7"), requestDATA: "\x00\x00\x00\x00\x00", want: "content-length is 7, but the DATA has 5 bytes in all (RFC 9113 8.1.1)"},
		{name: "content-length too small", request: plain.changed("content-length", "2"), requestDATA: "three", want: "content-length is 2, but the DATA has 5 bytes in all (RFC 9113 8.1.1)"},
		{name: "content-length of a response", request: plain, response: list{":status", "200", "content-length", "2"}, responseDATA: "three", want: "(RFC 9113 8.1.1)", from: frames.Server},
		{name: "content-length, and no DATA", request: plain.changed("content-length", "2"), want: "content-length is 2, but the DATA has 0 bytes in all (RFC 9113 8.1.1)"},
		{name: "content-length, and trailers", request: plain, response: list{":status", "200", "content-length", "5"}, responseDATA: "four", end: list{"x", "y"}, want: "5, but the DATA has 4 bytes in all (RFC 9113 8.1.1)", from: frames.Server},
		{name: "content-length no number", request: plain.changed("content-length", "+2"), want: "is not one number (RFC 9113 8.1.1)"},
		{name: "content-length twice", request: append(plain.changed("content-length", "2"), "content-length", "3"), want: "is not one number (RFC 9113 8.1.1)"},
		{name: "path", request: plain.changed(":path", "x"), want: "does not begin with / (RFC 9113 8.3.1)"},
		{name: "host and :authority", request: append(plain.changed(":authority", "a"), "host", "b"), want: "is not :authority \"a\" (RFC 9113 8.3.1)"},
		{name: "status", request: plain, response: list{":status", "OK"}, want: "is not a number of three digits (RFC 9113 8.3.2)", from: frames.Server},
		{name: "upper case", request: append(plain[:6:6], "X-Id", "1"), want: "lower case ASCII"},
		{name: "connection", request: append(plain[:6:6], "connection", "close"), want: "RFC 9113 8.2.2"},
		{name: "pseudo after regular", request: list{":method", "GET", "x", "y", ":scheme", "http", ":path", "/"}, want: "pseudo-header fields come first"},

		{name: "GET", request: aRequest.changed(":method", "GET"), want: `the :method of a gRPC call is "GET", not POST (gRPC over HTTP2, Requests)`},
		{name: "no te", request: aRequest.changed("te", ""), want: "te: trailers is missing"},
		{name: "te", request: aRequest.changed("te", "gzip"), want: "RFC 9113 8.2.2"},
		{name: "no method", request: aRequest.changed(":path", "/a.B"), want: "is not /Service/Method (gRPC over HTTP2, Requests)"},
		{name: "timeout", request: aRequest.changed("grpc-timeout", "1s"), want: "the unit is H, M, S, m, u or n (gRPC over HTTP2, Requests)"},
		{name: "long timeout", request: aRequest.changed("grpc-timeout", "123456789S"), want: "1 to 8 digits"},
		{name: "bytes", request: aRequest.changed("x-bin", "%%"), want: "is not base64 (gRPC over HTTP2, Binary header)"},
		{name: "bytes, right", request: aRequest.changed("x-bin", "AAEC,AA=="), requestDATA: "", response: aResponse, end: anEnd},
		{name: "JSON", request: append(aRequest.changed("content-type", "application/json"), "user-agent", "grpc-go/1.80"), want: `the content-type of a gRPC call is "application/json", not application/grpc`},
		{name: "no type", request: append(aRequest.changed("content-type", ""), "grpc-timeout", "1S"), want: "without content-type"},

		{name: "compressed", request: aRequest, requestDATA: "\x01\x00\x00\x00\x00", want: "the compressed flag is 1, and no grpc-encoding in the headers says how (gRPC Length-Prefixed-Message)"},
		{name: "compressed as identity", request: aRequest.changed("grpc-encoding", "identity"), requestDATA: "\x01\x00\x00\x00\x00", want: "the compressed flag is 1"},
		{name: "compressed, said", request: aRequest.changed("grpc-encoding", "gzip"), requestDATA: "\x01\x00\x00\x00\x00", response: aResponse, end: anEnd},
		{name: "flag 2", request: aRequest, requestDATA: "\x02\x00\x00\x00\x00", want: "the compressed flag is 2"},

		{name: "encoding not accepted", request: aRequest.changed("grpc-accept-encoding", "deflate"), response: aResponse.changed("grpc-encoding", "gzip"), end: anEnd, want: `grpc-encoding "gzip", and the client accepts "deflate" (gRPC, Compression)`, from: frames.Server},
		{name: "encoding accepted", request: aRequest.changed("grpc-accept-encoding", "deflate, gzip"), response: aResponse.changed("grpc-encoding", "gzip"), end: anEnd},
		{name: "HTML", request: aRequest, response: list{":status", "200", "content-type", "text/html"}, responseDATA: "<html>", want: `has the content-type "text/html": a web server or a proxy answered`, from: frames.Server},
		{name: "no type of the answer", request: aRequest, response: list{":status", "200"}, end: anEnd, want: "has no content-type", from: frames.Server},
		{name: "502", request: aRequest, response: list{":status", "502", "content-type", "text/html"}, responseDATA: "<html>", want: `HTTP status "502", not 200: a proxy or a web server answered, and a gRPC client takes it for UNAVAILABLE (gRPC, HTTP to gRPC Status Code Mapping)`, from: frames.Server},
		{name: "404 alone", request: aRequest, end: list{":status", "404"}, want: "takes it for UNIMPLEMENTED", from: frames.Server},
		{name: "status too early", request: aRequest, response: aResponse.changed("grpc-status", "0"), end: anEnd, want: "it belongs into the trailers", from: frames.Server},
		{name: "no status", request: aRequest, response: aResponse, end: list{"x", "y"}, want: "the trailers have no grpc-status (gRPC over HTTP2, Responses)", from: frames.Server},
		{name: "status 17", request: aRequest, response: aResponse, end: list{"grpc-status", "17"}, want: "is none that gRPC has", from: frames.Server},
		{name: "status -1", request: aRequest, response: aResponse, end: list{"grpc-status", "-1"}, want: "is none that gRPC has", from: frames.Server},
		{name: "details", request: aRequest, response: aResponse, end: list{"grpc-status", "3", "grpc-status-details-bin", statusDetails(t, 3)}},
		{name: "details of another code", request: aRequest, response: aResponse, end: list{"grpc-status", "5", "grpc-status-details-bin", statusDetails(t, 3)}, want: "has the code 3 INVALID_ARGUMENT, and grpc-status is 5 NOT_FOUND", from: frames.Server},
		{name: "details of OK", request: aRequest, response: aResponse, end: list{"grpc-status", "0", "grpc-status-details-bin", statusDetails(t, 0)}, want: "only an error has details", from: frames.Server},
		{name: "details of nothing", request: aRequest, response: aResponse, end: list{"grpc-status", "3", "grpc-status-details-bin", "//8"}, want: "no google.rpc.Status", from: frames.Server},
		{name: "no trailers", request: aRequest, response: aResponse, responseDATA: "\x00\x00\x00\x00\x00", want: "the server ends the stream without trailers", from: frames.Server},
	} {
		l, c, s := listen(t, frames.Options{}), newSide(), newSide()
		c.WriteString(preface)
		c.WriteSettings()
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: tt.requestDATA == "", BlockFragment: c.headers(tt.request...)})
		if tt.requestDATA != "" {
			c.WriteDataPadded(1, true, []byte(tt.requestDATA), []byte{0, 0}) // padding is no content
		}
		s.WriteSettings()
		switch {
		case tt.response == nil && tt.end != nil:
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true, BlockFragment: s.headers(tt.end...)})
		case tt.response != nil:
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: tt.responseDATA == "" && tt.end == nil, BlockFragment: s.headers(tt.response...)})
			if tt.responseDATA != "" {
				s.WriteData(1, tt.end == nil, []byte(tt.responseDATA))
			}
			if tt.end != nil {
				s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true, BlockFragment: s.headers(tt.end...)})
			}
		}
		l.Feed(frames.Client, c.take())
		l.Feed(frames.Server, s.take())
		var found []string
		for _, f := range l.seen {
			if f.Err != nil {
				found = append(found, f.Err.Error())
			}
		}
		if tt.want == "" && found != nil || tt.want != "" && (len(found) != 1 || !strings.Contains(found[0], tt.want) || !strings.HasPrefix(found[0], tt.from.String())) {
			t.Errorf("%s: found %q, want %q", tt.name, found, tt.want)
		}
	}
}

// TestGzip: a compressed message is read too, if it is not longer than one that
// is kept.
func TestGzip(t *testing.T) {
	squeeze := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(b)
		w.Close()
		return append(binary.BigEndian.AppendUint32([]byte{1}, uint32(out.Len())), out.Bytes()...)
	}
	broken := squeeze([]byte("\x0a\x01a"))
	broken[len(broken)-6]++ // its checksum
	for want, data := range map[string][]byte{
		`gzip of 7: {1: "Alice"} END_STREAM`: squeeze([]byte("\x0a\x05Alice")),
		`gzip of 0: {} END_STREAM`:           squeeze(nil),
		`bytes, compressed END_STREAM`:       broken,
		`bytes, compressed  END_STREAM`:      squeeze(make([]byte, 1001)),
	} {
		l, c := listen(t, frames.Options{MaxMessage: 1000}), newSide()
		c.WriteString(preface)
		c.WriteSettings()
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: c.headers(aRequest.changed("grpc-encoding", "gzip")...)})
		c.WriteData(1, true, data)
		l.Feed(frames.Client, c.take())
		last := l.seen[len(l.seen)-1]
		if !strings.HasSuffix(last.Label(), strings.ReplaceAll(want, "  ", " ")) || last.Err != nil {
			t.Errorf("%s, %v; want %s", last.Label(), last.Err, want)
		}
	}
}

// TestTooManyStreams: what the server allows holds from the ACK of its SETTINGS
// on, and a stream that has ended makes room.
func TestTooManyStreams(t *testing.T) {
	l, c, s := listen(t, frames.Options{}), newSide(), newSide()
	ask := func(id uint32) {
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: true, BlockFragment: c.headers(aRequest...)})
		l.Feed(frames.Client, c.take())
	}
	c.WriteString(preface)
	c.WriteSettings()
	ask(1) // before the client can know
	ask(3)
	s.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
	l.Feed(frames.Server, s.take())
	c.WriteSettingsAck()
	s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, EndStream: true, BlockFragment: s.headers(append(aResponse, anEnd...)...)})
	s.WriteRSTStream(3, http2.ErrCodeCancel)
	l.Feed(frames.Server, s.take())
	ask(5)
	for _, f := range l.seen {
		if f.Err != nil {
			t.Errorf("%s: %v", f.Label(), f.Err)
		}
	}
	for _, id := range []uint32{7, 9} {
		ask(id)
		last := l.seen[len(l.seen)-1]
		if last.Err == nil || last.Err.RFC != "RFC 9113 5.1.2" || !strings.Contains(last.Err.Reason, "the server allows 1 at a time") {
			t.Errorf("stream %d: %v", id, last.Err)
		}
	}
}

// TestGoAwayGrows: a second GOAWAY may name an earlier stream, not a later one.
func TestGoAwayGrows(t *testing.T) {
	l, _, s := opened(t, frames.Options{})
	s.WriteGoAway(9, http2.ErrCodeNo, nil)
	s.WriteGoAway(1, http2.ErrCodeNo, nil)
	s.WriteGoAway(3, http2.ErrCodeNo, nil)
	l.Feed(frames.Server, s.take())
	l.want(`
s 0 GOAWAY NO_ERROR, last stream 9
s 0 GOAWAY NO_ERROR, last stream 1
s 0 GOAWAY NO_ERROR, last stream 3 !server byte 43: GOAWAY names stream 3, and an earlier one 1: it never grows (RFC 9113 6.8)
`)
}
