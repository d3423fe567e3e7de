package greeter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"onwire/greeter/hello"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Replies is how many replies LotsOfReplies sends, unless the call ends first.
const Replies = 10

// What a stranger may send, in bytes.
const (
	MaxName  = 1000    // of one name
	MaxReply = 1 << 20 // of the one reply to LotsOfGreetings
)

// RequestID is the metadata key that the server returns as it came, so that
// the two ends of a call can be found in two logs.
const RequestID = "x-request-id"

// service answers the four methods.
type service struct {
	hello.UnimplementedGreeterServer
	delay  time.Duration
	wait   func(context.Context, time.Duration) error
	memory *memory
}

// SayHello answers "Hello, NAME!".
func (s *service) SayHello(ctx context.Context, in *hello.HelloRequest) (*hello.HelloReply, error) {
	if id := requestID(ctx); id != nil {
		if err := grpc.SetHeader(ctx, id); err != nil {
			return nil, err
		}
	}
	reply, err := s.greet(ctx, in)
	if err != nil {
		return nil, err
	}
	return &hello.HelloReply{Reply: reply}, nil
}

// LotsOfReplies answers "Hello, NAME! 0" to "Hello, NAME! 9".
func (s *service) LotsOfReplies(in *hello.HelloRequest, stream grpc.ServerStreamingServer[hello.HelloReply]) error {
	setRequestID(stream)
	for i := range Replies {
		reply, err := s.greet(stream.Context(), in)
		if err != nil {
			return err
		}
		if err := stream.Send(&hello.HelloReply{Reply: fmt.Sprintf("%s %d", reply, i)}); err != nil {
			return err
		}
	}
	return nil
}

// LotsOfGreetings answers "Hello, A! Hello, B! " once the last name has come.
// As in the lecture it is the client that takes its time, not this method.
func (s *service) LotsOfGreetings(stream grpc.ClientStreamingServer[hello.HelloRequest, hello.HelloReply]) error {
	setRequestID(stream)
	var all strings.Builder
	for {
		in, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&hello.HelloReply{Reply: all.String()})
		}
		if err != nil {
			return err
		}
		reply, err := greeting(in)
		if err != nil {
			return err
		}
		if all.Len()+len(reply)+1 > MaxReply {
			return status.Errorf(codes.ResourceExhausted, "the reply would be longer than %d bytes", MaxReply)
		}
		all.WriteString(reply + " ")
	}
}

// BidiHello answers "Hello, NAME!" to each name as it comes.
func (s *service) BidiHello(stream grpc.BidiStreamingServer[hello.HelloRequest, hello.HelloReply]) error {
	setRequestID(stream)
	for {
		in, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		reply, err := s.greet(stream.Context(), in)
		if err != nil {
			return err
		}
		if err := stream.Send(&hello.HelloReply{Reply: reply}); err != nil {
			return err
		}
	}
}

// greet makes a greeting, and takes its time. A call that is cancelled, or
// whose deadline is over, ends there.
func (s *service) greet(ctx context.Context, in *hello.HelloRequest) (string, error) {
	if err := s.memory.check(); err != nil {
		return "", err
	}
	reply, err := greeting(in)
	if err == nil && s.delay > 0 {
		if werr := s.wait(ctx, s.delay); werr != nil {
			err = status.FromContextError(werr).Err()
		}
	}
	return reply, err
}

func greeting(in *hello.HelloRequest) (string, error) {
	switch n := len(in.GetName()); {
	case n == 0:
		return "", status.Error(codes.InvalidArgument, "the name is empty")
	case n > MaxName:
		return "", status.Errorf(codes.InvalidArgument, "the name has %d bytes, more than %d", n, MaxName)
	}
	return "Hello, " + in.GetName() + "!", nil
}

// requestID returns the metadata to answer with, nil for none.
func requestID(ctx context.Context) metadata.MD {
	if ids := metadata.ValueFromIncomingContext(ctx, RequestID); len(ids) > 0 {
		return metadata.Pairs(RequestID, ids[0])
	}
	return nil
}

func setRequestID(stream grpc.ServerStream) {
	if id := requestID(stream.Context()); id != nil {
		stream.SetHeader(id) // fails only where the call has ended, which Recv and Send will say
	}
}

// wait is the wait of a Server that is given none.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
