package main

import (
	"context"
	"encoding/binary"
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

// refused says with which status a call failed.
func (c *caller) refused(st *status.Status) error {
	hint := map[codes.Code]string{
		codes.Canceled:          "nothing is lost: run it again",
		codes.InvalidArgument:   "the server has read the request and rejects it: --name says whom to greet",
		codes.DeadlineExceeded:  "--timeout waits longer; a server that has the request knows the deadline too, and stops",
		codes.Unimplemented:     "hello.Greeter has " + strings.Join(greeter.Methods(), ", "),
		codes.ResourceExhausted: "send less, or try again later",
		codes.Unavailable:       "the connection broke: is the server still there?",
		codes.Internal:          "the two ends do not understand each other: --wire shows what they said",
		codes.Unknown:           "the server's program failed, and says no more",
	}[st.Code()]
	message := st.Message()
	foreign, next := c.answer.foreign()
	switch err := c.client.DialError(); {
	case st.Code() == codes.Internal && strings.Contains(message, "UTF-8"):
		hint = "a name is text: UTF-8"
	case err != nil && st.Code() == codes.Unavailable:
		start := "go run ./cmd/grpcshow serve"
		if c.to != defaultAddr {
			start += " " + c.to
		}
		message, hint = cli.Parts(cli.CannotConnect(c.to, err, "start one in another terminal: "+start, "try "+defaultAddr+" with 'go run ./cmd/grpcshow serve' running beside it"))
	case foreign != "":
		message, hint = foreign, next
	case st.Code() == codes.Unavailable && c.answer.unlike() != "":
		message, hint = fmt.Sprintf("%q is no gRPC server, or one with TLS: %s", c.to, c.answer.unlike()), "'go run ./cmd/grpcshow serve' is one, without TLS"
	}
	return cli.Failed(hint, "%s (%d): %s", frames.Status(st.Code()), st.Code(), message)
}

// An answer keeps what a server says that is no answer of gRPC: what is no
// HTTP/2, the answer of a web server or a proxy, a reset.
type answer struct {
	mu     sync.Mutex
	conn   *frames.Conn
	spoke  bool          // the server has said something
	bad    *frames.Error // why that is no HTTP/2
	status string        // of HTTP, where the answer is not of gRPC
	typ    string
	reset  *frames.ErrCode // of the server's RST_STREAM, or of its GOAWAY
	gone   bool            // it was a GOAWAY
	told   bool            // a grpc-status has come: a reset after it is no answer (RFC 9113 8.1)
}

// begin forgets what was said about the call before.
func (a *answer) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.typ, a.reset, a.gone, a.told = "", "", nil, false, false
}

func (a *answer) see(f *frames.Frame) {
	if f.From != frames.Server {
		return
	}
	code := frames.NO_ERROR
	switch f.Type {
	case frames.HEADERS:
		if _, ok := f.Status(); ok && f.GRPC {
			a.told = true
		}
		if status := f.Get(":status"); status != "" && f.Part != frames.Interim && (status != "200" || !strings.HasPrefix(f.Get("content-type"), "application/grpc")) {
			a.status, a.typ = status, f.Get("content-type")
		}
	case frames.RST_STREAM:
		if a.told {
			return
		}
		code = frames.ErrCode(word(f.Payload()))
		a.reset, a.gone = &code, false
	case frames.GOAWAY:
		if p := f.Payload(); len(p) >= 8 && word(p[4:]) != 0 && a.reset == nil && !a.told {
			code = frames.ErrCode(word(p[4:]))
			a.reset, a.gone = &code, true
		}
	}
}

func word(p []byte) uint32 {
	if len(p) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(p)
}

// foreign returns what is not of gRPC about the answer to a call, and what to
// do; "" if there is nothing.
func (a *answer) foreign() (what, next string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	const proxy = "give --to the address of the gRPC server itself; --wire shows what came"
	switch {
	case a.status != "":
		typ := "no content-type"
		if a.typ != "" {
			typ = "content-type " + a.typ
		}
		return fmt.Sprintf("HTTP status %s, %s: a proxy or a web server answered, not a gRPC server", a.status, typ), proxy
	case a.reset == nil:
		return "", ""
	case a.gone:
		return fmt.Sprintf("the server ended the connection (GOAWAY %v): %s", *a.reset, a.reset.Meaning()), "--wire shows what both sides said"
	case *a.reset == frames.NO_ERROR:
		return "a proxy answered, not a gRPC server: it ended the call without a status (RST_STREAM NO_ERROR)", proxy
	}
	return fmt.Sprintf("the server, or a proxy before it, reset the call (RST_STREAM %v): %s", *a.reset, a.reset.Meaning()), resetHints[*a.reset]
}

// resetHints say what to do about a code in RST_STREAM.
var resetHints = map[frames.ErrCode]string{
	frames.REFUSED_STREAM:      "run it again",
	frames.CANCEL:              "run it again; a proxy may cancel calls that take long",
	frames.ENHANCE_YOUR_CALM:   "wait, and make fewer calls at a time",
	frames.INADEQUATE_SECURITY: "this server wants TLS, which this course leaves out",
	frames.HTTP_1_1_REQUIRED:   "this server speaks HTTP/1.1: 'httpshow get' can ask it",
}

// unlike returns what is not HTTP/2 about the answer, "" if it is.
func (a *answer) unlike() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.spoke:
		return "it took the connection and said nothing"
	case a.bad != nil:
		return a.bad.Reason
	}
	return ""
}

func (a *answer) dialer(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.conn = frames.New(frames.Options{MaxMessage: 1}, a.see)
		return &answeredConn{nc, a}, nil
	}
}

func (a *answer) feed(from frames.Side, b []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.conn.Feed(from, b)
	if from == frames.Server && len(b) > 0 {
		a.spoke = true
		if bad, ok := errors.AsType[*frames.Error](err); ok && a.bad == nil && errors.Is(bad, frames.ErrPreface) {
			a.bad = bad
		}
	}
}

type answeredConn struct {
	net.Conn
	a *answer
}

func (c *answeredConn) Write(p []byte) (int, error) {
	c.a.feed(frames.Client, p)
	return c.Conn.Write(p)
}

func (c *answeredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.a.feed(frames.Server, p[:n])
	return n, err
}
