package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onwire/greeter/hello"
	"onwire/wire"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// hostile has a character of each kind that changes a terminal: OSC 52 and its
// BEL, CSI as one byte of C1, an override of the direction, a zero width, a
// line separator, a letter that is not seen.
const hostile = "\x1b]52;c;AAAA\x07\u009b31m\u202e\u200b\u2028\u3164"

// safe fails where a line of what was printed changes a terminal.
func safe(t *testing.T, what string, printed ...string) {
	t.Helper()
	for _, text := range printed {
		for _, line := range strings.Split(text, "\n") {
			if wire.Escape(line) != line {
				t.Errorf("%s prints %q", what, line)
			}
		}
	}
}

// TestHostileArguments: what is typed or pasted.
func TestHostileArguments(t *testing.T) {
	for _, args := range [][]string{
		{hostile}, {"call", hostile}, {"call", "--to", hostile}, {"call", "--to", hostile + ":1"}, {"call", "-H", hostile}, {"call", "-H", "k: " + hostile}, {"call", "-H", hostile + ": v"},
		{"serve", hostile}, {"serve", hostile + ":1"}, {"tap", hostile}, {"tap", "--to", hostile}, {"tap", "--listen", hostile}, {"tap", "--record", "/nowhere/" + hostile}, {"tap", "--listen", ":0", "--", "/nowhere/" + hostile},
		{"frames", hostile}, {"frames", "--from", hostile}, {"demo", hostile}, {"--" + hostile},
	} {
		for _, json := range []string{"--json=false", "--json"} {
			_, out, errs := run(t, t.Context(), append([]string{json, "--color=never"}, args...)...)
			safe(t, strings.Join(args, " "), out, errs)
			if errs == "" {
				t.Errorf("%q is taken", args)
			}
		}
	}
}

// TestHostileServer: what a server says, to call.
func TestHostileServer(t *testing.T) {
	l := listen(t)
	srv := grpc.NewServer()
	hello.RegisterGreeterServer(srv, hostileServer{})
	go srv.Serve(l)
	t.Cleanup(srv.Stop)
	for _, args := range [][]string{{"SayHello"}, {"SayHello", "--name", ""}, {"SayHello", "--wire"}, {"SayHello", "--name", "", "--wire", "--bits"}} {
		for _, json := range []string{"--json=false", "--json"} {
			_, out, errs := run(t, t.Context(), append([]string{json, "--color=never", "call", "--to", l.Addr().String()}, args...)...)
			safe(t, strings.Join(args, " "), out, errs)
			if !strings.Contains(out+errs, "52;c;AAAA") {
				t.Errorf("%q does not show it:\n%s%s", args, out, errs)
			}
		}
	}
}

type hostileServer struct {
	hello.UnimplementedGreeterServer
}

func (hostileServer) SayHello(ctx context.Context, in *hello.HelloRequest) (*hello.HelloReply, error) {
	grpc.SetTrailer(ctx, metadata.Pairs("x-bin", hostile))
	if in.Name == "" {
		return nil, status.Error(codes.NotFound, hostile)
	}
	return &hello.HelloReply{Reply: hostile}, nil
}

// clientSays returns what a client says for a call, with fields as names and values by
// turns, and a message, a GOAWAY and an unknown frame that are hostile.
func clientSays(method, path string, fields ...string) []byte {
	var b, block bytes.Buffer
	b.WriteString(http2.ClientPreface)
	f, enc := http2.NewFramer(&b, nil), hpack.NewEncoder(&block)
	f.AllowIllegalWrites = true
	f.WriteSettings()
	fields = append([]string{":method", method, ":scheme", "http", ":path", path, ":authority", "x", "content-type", "application/grpc"}, fields...)
	for i := 0; i < len(fields); i += 2 {
		enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: block.Bytes()})
	f.WriteData(1, true, append([]byte{0, 0, 0, 0, byte(len(hostile) + 2), 0x0a, byte(len(hostile))}, hostile...))
	f.WriteGoAway(1, http2.ErrCodeProtocol, []byte(hostile))
	f.WriteRawFrame(0xbe, 0, 1, []byte(hostile))
	return b.Bytes()
}

// TestHostileClient: what a client says, to serve and in frames.
func TestHostileClient(t *testing.T) {
	s := startServe(t)
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	const high = "\u009b31m\u202e\u200b\u2028\xff" // C0 is not for a header, and the server resets it
	nc.Write(clientSays("POST", "/hello.Greeter/SayHello", "x", high, "te", "trailers"))
	select {
	case line := <-s.lines:
		safe(t, "serve", line)
	case <-time.After(20 * time.Second):
		t.Error("serve does not show the call")
	}

	b := clientSays(hostile, "/"+hostile, hostile, "v", "x", hostile+"\x9b\xff", "grpc-timeout", hostile, "grpc-encoding", hostile,
		"grpc-message", "%1b%c2%9b", "grpc-status-details-bin", hostile)
	file := filepath.Join(t.TempDir(), "said")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"--json"}, {"--bits", "3"}, {"--hex", "3"}, {"--bits", "4"}, {"--bits", "5"}, {"--bits", "6"}} {
		_, out, errs := run(t, t.Context(), append([]string{"--color=never", "frames", file}, args...)...)
		safe(t, "frames "+strings.Join(args, " "), out, errs)
		if !strings.Contains(out, "52;c;AAAA") && !strings.Contains(out, "35323b") {
			t.Errorf("frames %q does not show it:\n%s", args, out)
		}
	}
}
