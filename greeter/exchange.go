package greeter

import (
	"context"
	"errors"
	"io"
	"strings"

	"onwire/greeter/hello"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// An Exchange is a call as a Client saw it.
type Exchange struct {
	Requests, Replies int         // messages sent and received
	Header, Trailer   metadata.MD // the server's, before and after its messages
}

// Methods are the methods of the service, in the order of hello.proto.
func Methods() []string {
	var names []string
	methods := hello.File_hello_proto.Services().ByName("Greeter").Methods()
	for i := range methods.Len() {
		names = append(names, string(methods.Get(i).Name()))
	}
	return names
}

// Path returns a method as HTTP/2's :path has it. A bare name is a method of
// hello.Greeter; "other.Service/Method" is taken as it is.
func Path(method string) string {
	if !strings.Contains(method, "/") {
		method = hello.Greeter_ServiceDesc.ServiceName + "/" + method
	}
	return "/" + strings.TrimPrefix(method, "/")
}

// streamed tells which sides of a method are streams. A method that the
// service does not have counts as unary.
func streamed(path string) *grpc.StreamDesc {
	for _, d := range hello.Greeter_ServiceDesc.Streams {
		if path == Path(d.StreamName) {
			return &d
		}
	}
	return &grpc.StreamDesc{}
}

// Call makes one call of any kind, of any method that takes a HelloRequest and
// gives a HelloReply. It sends the names, of which a method whose requests are
// no stream takes the first, and gives each reply to got as it comes. Where
// both sides are streams it waits for a reply to each name. The error carries
// a status.
func (c *Client) Call(ctx context.Context, method string, names []string, got func(reply string)) (Exchange, error) {
	var x Exchange
	path := Path(method)
	kind := streamed(path)
	if !kind.ClientStreams {
		names = append(names, "")[:1]
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // frees the stream, however it ends
	stream, err := c.conn.NewStream(ctx, kind, path)
	if err != nil {
		return x, err
	}
	receive := func() error {
		var m hello.HelloReply
		err := stream.RecvMsg(&m)
		if err == nil {
			x.Replies++
			got(m.GetReply())
		}
		return err
	}
	err = func() error {
		for _, name := range names {
			switch err := stream.SendMsg(&hello.HelloRequest{Name: name}); {
			case errors.Is(err, io.EOF): // the call has ended; receive says how
				return receive()
			case err != nil:
				return err
			}
			x.Requests++
			if kind.ClientStreams && kind.ServerStreams {
				if err := receive(); err != nil {
					return err
				}
			}
		}
		if err := stream.CloseSend(); err != nil {
			return err
		}
		for {
			if err := receive(); err != nil || !kind.ServerStreams {
				return err
			}
		}
	}()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	x.Header, _ = stream.Header() // there is none where the call failed before
	x.Trailer = stream.Trailer()
	return x, err
}

// ManyRequests reports whether the requests of a method are a stream.
func ManyRequests(method string) bool { return streamed(Path(method)).ClientStreams }
