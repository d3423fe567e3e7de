package greeter

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// A Call is a call that a Server has answered.
type Call struct {
	Method   string        // as in HTTP/2's :path, "/hello.Greeter/SayHello"
	Peer     net.Addr      // the client; nil if unknown
	Metadata metadata.MD   // what the client sent with it
	Timeout  time.Duration // what was left of its deadline when it came; 0 is none
	Requests int           // messages received
	Replies  int           // messages sent
	Took     time.Duration // from its headers to its status
	Status   *status.Status
}

// newCall begins the record of a call.
func newCall(ctx context.Context, method string) (c Call, began time.Time) {
	began = time.Now()
	c.Method = method
	if p, ok := peer.FromContext(ctx); ok {
		c.Peer = p.Addr
	}
	c.Metadata, _ = metadata.FromIncomingContext(ctx)
	if end, ok := ctx.Deadline(); ok {
		c.Timeout = end.Sub(began)
	}
	return c, began
}

func (s *Server) tellUnary(ctx context.Context, in any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	c, began := newCall(ctx, info.FullMethod)
	out, err := handle(ctx, in)
	c.Requests = 1
	if err == nil {
		c.Replies = 1
	}
	s.tell(c, began, err)
	return out, err
}

func (s *Server) tellStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	c, began := newCall(stream.Context(), info.FullMethod)
	counted := &countedStream{ServerStream: stream}
	err := handle(srv, counted)
	c.Requests, c.Replies = int(counted.received.Load()), int(counted.sent.Load())
	s.tell(c, began, err)
	return err
}

func (s *Server) tell(c Call, began time.Time, err error) {
	c.Took = time.Since(began)
	c.Status = status.Convert(err)
	s.OnCall(c)
}

// A countedStream counts the messages of a stream. A handler may send and
// receive in two goroutines.
type countedStream struct {
	grpc.ServerStream
	received, sent atomic.Int64
}

func (c *countedStream) RecvMsg(m any) error {
	err := c.ServerStream.RecvMsg(m)
	if err == nil {
		c.received.Add(1)
	}
	return err
}

func (c *countedStream) SendMsg(m any) error {
	err := c.ServerStream.SendMsg(m)
	if err == nil {
		c.sent.Add(1)
	}
	return err
}
