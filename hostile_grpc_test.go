package onwire_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"onwire/greeter/hello"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// A rudeGreeter answers with the hostile text: in the reply, in metadata, and
// in the message of an error.
type rudeGreeter struct {
	hello.UnimplementedGreeterServer
}

func (rudeGreeter) SayHello(ctx context.Context, _ *hello.HelloRequest) (*hello.HelloReply, error) {
	grpc.SetTrailer(ctx, metadata.Pairs("t-bin", hostile, "t", "HOSTILE"))
	return nil, status.Error(codes.NotFound, valid(hostile))
}

// grpcPeer is a Greeter that is rude.
func grpcPeer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	hello.RegisterGreeterServer(s, rudeGreeter{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Serve(l)
	}()
	t.Cleanup(func() {
		s.Stop()
		<-ended
	})
	return l.Addr().String()
}

// grpcVisit calls a server with the hostile text as the name and as metadata.
func grpcVisit(t *testing.T, bin, addr string) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(bin, "grpcshow"), "call", "--to", addr, "SayHello", "--name", valid(hostile), "-H", "x-bin: "+base64.StdEncoding.EncodeToString([]byte(hostile)), "-H", "y: HOSTILE")
	if out, err := c.CombinedOutput(); ctx.Err() != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// http2Bytes is what a client sends that starts a call with the hostile text in
// its headers.
func http2Bytes() string {
	var block, b bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range []hpack.HeaderField{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/" + hostile}, {Name: "x-" + hostile, Value: hostile}} {
		enc.WriteField(f)
	}
	b.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&b, nil)
	f.WriteSettings()
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true})
	f.WriteGoAway(1, 2, []byte(hostile))
	return b.String()
}
