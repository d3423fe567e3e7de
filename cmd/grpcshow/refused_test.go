package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"

	"onwire/greeter/hello"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// answerWith serves HTTP/2, and answers each request with what answer writes.
func answerWith(t *testing.T, answer func(*http2.Framer, uint32, func(...string) []byte)) string {
	l := listen(t)
	serve := func(c net.Conn) {
		defer c.Close()
		io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
		f := http2.NewFramer(c, c)
		f.WriteSettings()
		var block bytes.Buffer
		enc := hpack.NewEncoder(&block)
		headers := func(fields ...string) []byte {
			block.Reset()
			for i := 0; i < len(fields); i += 2 {
				enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
			}
			return block.Bytes()
		}
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			if h, ok := frame.(*http2.HeadersFrame); ok {
				answer(f, h.StreamID, headers)
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// TestProxyAnswers: an answer that no gRPC server gives is told as that.
func TestProxyAnswers(t *testing.T) {
	page := func(status, typ string) func(*http2.Framer, uint32, func(...string) []byte) {
		return func(f *http2.Framer, id uint32, headers func(...string) []byte) {
			fields := []string{":status", status}
			if typ != "" {
				fields = append(fields, "content-type", typ)
			}
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, BlockFragment: headers(fields...)})
			f.WriteData(id, true, []byte("<html>\x1b]0;x\x07</html>"))
		}
	}
	reset := func(code http2.ErrCode) func(*http2.Framer, uint32, func(...string) []byte) {
		return func(f *http2.Framer, id uint32, _ func(...string) []byte) { f.WriteRSTStream(id, code) }
	}
	for _, tt := range []struct {
		name   string
		answer func(*http2.Framer, uint32, func(...string) []byte)
		want   string
	}{
		{"502", page("502", "text/html"), "UNAVAILABLE (14): HTTP status 502, content-type text/html: a proxy or a web server answered"},
		{"503 without a type", page("503", ""), "UNAVAILABLE (14): HTTP status 503, no content-type: a proxy or a web server answered"},
		{"404", page("404", "text/plain"), "UNIMPLEMENTED (12): HTTP status 404"},
		{"401", page("401", "text/html"), "UNAUTHENTICATED (16): HTTP status 401"},
		{"403", page("403", "text/html"), "PERMISSION_DENIED (7): HTTP status 403"},
		{"200 of HTML", page("200", "text/html"), "UNKNOWN (2): HTTP status 200, content-type text/html: a proxy or a web server answered"},
		{"a hostile type", page("502", "text/\u009b31m"), `content-type text/\u009b31m: a proxy`},
		{"NO_ERROR", reset(http2.ErrCodeNo), "INTERNAL (13): a proxy answered, not a gRPC server"},
		{"PROTOCOL_ERROR", reset(http2.ErrCodeProtocol), "INTERNAL (13): the server, or a proxy before it, reset the call (RST_STREAM PROTOCOL_ERROR)"},
		{"CANCEL", reset(http2.ErrCodeCancel), "CANCELLED (1): the server, or a proxy before it, reset the call (RST_STREAM CANCEL)"},
		{"REFUSED_STREAM", reset(http2.ErrCodeRefusedStream), "UNAVAILABLE (14): the server, or a proxy before it, reset the call (RST_STREAM REFUSED_STREAM)"},
		{"ENHANCE_YOUR_CALM", reset(http2.ErrCodeEnhanceYourCalm), "RESOURCE_EXHAUSTED (8): the server, or a proxy before it, reset the call"},
		{"INADEQUATE_SECURITY", reset(http2.ErrCodeInadequateSecurity), "PERMISSION_DENIED (7): the server, or a proxy before it, reset the call"},
		{"a status, then NO_ERROR, as Python sends it", func(f *http2.Framer, id uint32, headers func(...string) []byte) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: true, BlockFragment: headers(":status", "200", "content-type", "application/grpc", "grpc-status", "12", "grpc-message", "no method")})
			f.WriteRSTStream(id, http2.ErrCodeNo)
		}, "UNIMPLEMENTED (12): no method\n"},
		{"GOAWAY", func(f *http2.Framer, _ uint32, _ func(...string) []byte) {
			f.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte("too_many_pings"))
		}, "the server ended the connection (GOAWAY ENHANCE_YOUR_CALM)"},
	} {
		code, _, errs := run(t, t.Context(), "call", "--to", answerWith(t, tt.answer), "--timeout", "20s")
		if code != 1 || !strings.Contains(errs, tt.want) || !strings.Contains(errs, "\nhint: ") && tt.name != "PROTOCOL_ERROR" {
			t.Errorf("%s: exit %d, %s", tt.name, code, errs)
		}
	}
}

type failing struct {
	hello.UnimplementedGreeterServer
}

func (failing) SayHello(context.Context, *hello.HelloRequest) (*hello.HelloReply, error) {
	st, err := status.New(codes.InvalidArgument, "no name").WithDetails(
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "name", Description: "is\x1b[31m empty"}}},
		&errdetails.ErrorInfo{Reason: "EMPTY", Domain: "example.com"},
	)
	if err != nil {
		return nil, err
	}
	return nil, st.Err()
}

// TestCallDetails: the messages of a google.rpc.Status are shown as what they
// say, by call and in the frames.
func TestCallDetails(t *testing.T) {
	l := listen(t)
	srv := grpc.NewServer()
	hello.RegisterGreeterServer(srv, failing{})
	go srv.Serve(l)
	t.Cleanup(srv.Stop)
	code, out, errs := run(t, t.Context(), "--color", "never", "call", "--to", l.Addr().String())
	want := "detail google.rpc.BadRequest\n       {\"fieldViolations\":[{\"field\":\"name\",\"description\":\"is\\u001b[31m empty\"}]}\n" +
		"detail google.rpc.ErrorInfo {\"reason\":\"EMPTY\",\"domain\":\"example.com\"}\n"
	if code != 1 || out != want || !strings.HasPrefix(errs, "grpcshow: INVALID_ARGUMENT (3): no name\n") {
		t.Errorf("exit %d, %s\n%s", code, errs, out)
	}
	_, out, _ = run(t, t.Context(), "--json", "call", "--to", l.Addr().String())
	var r callRecord
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Details) != 2 || r.Details[1].Type != "google.rpc.ErrorInfo" {
		t.Errorf("%s, %v", out, err)
	}
	if _, out, _ = run(t, t.Context(), "call", "--wire", "--to", l.Addr().String()); !strings.Contains(out, "google.rpc.Status 3") {
		t.Errorf("--wire does not show the details:\n%s", out)
	}
}

// TestEarlyAnswer: a server that answers before it is asked breaks the rules,
// and is no proxy for it where its content-type is that of gRPC.
func TestEarlyAnswer(t *testing.T) {
	l := listen(t)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
		f := http2.NewFramer(c, c)
		f.WriteSettings()
		var block bytes.Buffer
		enc := hpack.NewEncoder(&block)
		enc.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
		enc.WriteField(hpack.HeaderField{Name: "content-type", Value: "application/grpc"})
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true})
		io.Copy(io.Discard, c)
	}()
	code, _, errs := run(t, t.Context(), "call", "--to", l.Addr().String(), "--timeout", "200ms")
	if code != 1 || strings.Contains(errs, "a proxy or a web server answered") {
		t.Errorf("exit %d, %s", code, errs)
	}
}
