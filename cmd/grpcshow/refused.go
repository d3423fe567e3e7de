package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"onwire/greeter"
	"onwire/greeter/frames"
	"onwire/internal/cli"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// refused tells the status of a call that failed.
func (c *caller) refused(st *status.Status) error {
	hint := map[codes.Code]string{
		codes.Canceled:          "nothing is lost: run it again",
		codes.InvalidArgument:   "the server has read the request and does not like it: --name says whom to greet",
		codes.DeadlineExceeded:  "--timeout waits longer; a server that has the request knows the deadline too, and stops",
		codes.Unimplemented:     "hello.Greeter has " + strings.Join(greeter.Methods(), ", "),
		codes.ResourceExhausted: "send less",
		codes.Unavailable:       "the connection broke: is the server still there?",
		codes.Internal:          "the two ends do not understand each other: --wire shows what they said",
		codes.Unknown:           "the server's program failed, and says no more",
	}[st.Code()]
	message := st.Message()
	switch err := c.client.DialError(); {
	case st.Code() == codes.Internal && strings.Contains(message, "UTF-8"):
		hint = "a name is text: UTF-8"
	case st.Code() != codes.Unavailable:
	case err != nil:
		start := "go run ./cmd/grpcshow serve"
		if c.to != defaultAddr {
			start += " " + c.to
		}
		message, hint = cli.Parts(cli.CannotConnect(c.to, err, "start one in another terminal: "+start, "try "+defaultAddr+" with 'go run ./cmd/grpcshow serve' running beside it"))
	default:
		if what := c.answer.foreign(); what != "" {
			message, hint = fmt.Sprintf("%q is no gRPC server, or one with TLS: %s", c.to, what), "'go run ./cmd/grpcshow serve' is one, without TLS"
		}
	}
	return cli.Failed(hint, "%s (%d): %s", frames.Status(st.Code()), st.Code(), message)
}

// An answer holds the first bytes that a server says.
type answer struct {
	mu    sync.Mutex
	bytes []byte
}

// answerBytes is how many bytes tell HTTP/2 from anything else.
const answerBytes = 9

func (a *answer) dialer(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &answeredConn{nc, a}, nil
	}
}

// foreign returns what is not HTTP/2 about the answer, "" if it is.
func (a *answer) foreign() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.bytes) == 0 {
		return "it took the connection and said nothing"
	}
	var bad *frames.Error
	if err := frames.New(frames.Options{}, func(*frames.Frame) {}).Feed(frames.Server, a.bytes); errors.As(err, &bad) {
		return bad.Reason
	}
	return ""
}

type answeredConn struct {
	net.Conn
	a *answer
}

func (c *answeredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if room := answerBytes - len(c.a.bytes); room > 0 {
		c.a.bytes = append(c.a.bytes, p[:min(n, room)]...)
	}
	return n, err
}
