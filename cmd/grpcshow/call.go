package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"onwire/greeter"
	"onwire/internal/cli"
	"onwire/internal/term"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// maxCalls bounds -n: nobody reads more.
const maxCalls = 1000

// A callOptions is what call was asked to do.
type callOptions struct {
	to, method string
	names      []string
	times      int
	timeout    time.Duration
	headers    []string
}

func callCommand(env *cli.Env) *cobra.Command {
	var o callOptions
	c := &cobra.Command{
		Use:   "call [METHOD]",
		Short: "Call a method of the Greeter: " + strings.Join(greeter.Methods(), ", "),
		Long: `Call a method of the Greeter, SayHello if none is given:

  SayHello         one name, one reply         unary
  LotsOfReplies    one name, ten replies       server streaming
  LotsOfGreetings  many names, one reply       client streaming
  BidiHello        a reply to each name        bidirectional streaming

METHOD may also be package.Service/Method, of any server whose messages are a
HelloRequest and a HelloReply.

Exit 0 is the status OK, 1 any other, 2 asked wrongly.`,
		Example: `  grpcshow call SayHello --name Alice
  grpcshow call SayHello -n 2 --wire
  grpcshow call LotsOfGreetings --name Alice --name Bob
  grpcshow call LotsOfReplies --timeout 3s -H 'x-request-id: 7'`,
		Args: atMost(1, "METHOD"),
		RunE: func(c *cobra.Command, args []string) error {
			o.method = greeter.Methods()[0]
			if len(args) == 1 {
				o.method = args[0]
			}
			return call(c.Context(), env, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", defaultAddr, "the server")
	f.StringArrayVar(&o.names, "name", nil, "whom to greet; may be given again, for a stream or for more calls")
	f.IntVarP(&o.times, "times", "n", 1, "how many calls, on one connection")
	f.DurationVar(&o.timeout, "timeout", 0, "the deadline of each call; 0 is none")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "metadata, \"key: value\"; may be given again")
	return c
}

// check returns the metadata, or what is wrong with the options.
func (o *callOptions) check() (metadata.MD, error) {
	if err := cli.Address(o.to, defaultAddr); err != nil {
		return nil, err
	}
	switch {
	case o.method == "" || strings.ContainsAny(o.method, " \t\r\n"):
		return nil, cli.Misuse("the methods are "+strings.Join(greeter.Methods(), ", "), "%q is no method", o.method)
	case o.times < 1 || o.times > maxCalls:
		return nil, cli.Misuse(fmt.Sprintf("write a number from 1 to %d", maxCalls), "-n %d", o.times)
	case o.timeout < 0:
		return nil, cli.Misuse("write a time such as 200ms, or 0 for none", "--timeout %v", o.timeout)
	}
	return parseMetadata(o.headers)
}

// messages returns the names of each call. A method whose requests are no
// stream takes one name a call, so several names are several calls.
func (o *callOptions) messages() [][]string {
	names := o.names
	stream := greeter.ManyRequests(o.method)
	if len(names) == 0 {
		if names = []string{"Alice"}; stream {
			names = []string{"Alice", "Bob", "Cindy"}
		}
	}
	var calls [][]string
	for range o.times {
		if stream {
			calls = append(calls, names)
			continue
		}
		for _, name := range names {
			calls = append(calls, []string{name})
		}
	}
	return calls
}

func call(ctx context.Context, env *cli.Env, o callOptions) error {
	md, err := o.check()
	if err != nil {
		return err
	}
	client, err := greeter.NewClient(o.to, greeter.ClientOptions{Dial: dial})
	if err != nil {
		return cli.Failed("write host:port, as in "+defaultAddr, "%v", err)
	}
	defer client.Close()
	ctx = metadata.NewOutgoingContext(ctx, md)
	for _, names := range o.messages() {
		if err := callOnce(ctx, env, client, o, names); err != nil {
			return err
		}
	}
	return nil
}

// dial connects; the dialer's timeout bounds a host that never answers.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	return d.DialContext(ctx, network, addr)
}

// A callRecord is a call in --json.
type callRecord struct {
	Method   string              `json:"method"`
	Names    []string            `json:"names"`
	Replies  []string            `json:"replies"`
	Code     uint32              `json:"code"`
	Status   string              `json:"status"`
	Message  string              `json:"message"`
	Header   map[string][]string `json:"header"`
	Trailer  map[string][]string `json:"trailer"`
	Requests int                 `json:"requests"`
	Took     int64               `json:"took_us"`
}

func callOnce(ctx context.Context, env *cli.Env, client *greeter.Client, o callOptions, names []string) error {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	s := env.Screen()
	replies := []string{}
	began := time.Now()
	x, err := client.Call(ctx, o.method, names, func(reply string) {
		if env.JSON {
			replies = append(replies, reply)
			return
		}
		s.Printf("%s\n", plain(reply))
	})
	took := time.Since(began)
	st := status.Convert(err)
	if env.JSON {
		if err := env.PrintJSON(callRecord{
			greeter.Path(o.method), names, replies, uint32(st.Code()), greeter.CodeName(st.Code()), st.Message(),
			readable(x.Header), readable(x.Trailer), x.Requests, took.Microseconds(),
		}); err != nil {
			return err
		}
	}
	if err != nil {
		return refused(client, o, st)
	}
	if env.JSON {
		return nil
	}
	for _, md := range []struct {
		name string
		md   metadata.MD
	}{{"header", x.Header}, {"trailer", x.Trailer}} {
		if own := ownMetadata(md.md); own != "" {
			s.Printf("%s\n", s.Paint(term.Dim, s.Wrap(2, md.name+" "+own)))
		}
	}
	s.Printf("%s\n", s.Paint(term.Dim, fmt.Sprintf("OK (0): %s, %s, %.1f ms",
		count(x.Requests, "request", "requests"), count(x.Replies, "reply", "replies"), float64(took.Microseconds())/1000)))
	return nil
}

// readable returns metadata with its bytes as text, and never nil.
func readable(md metadata.MD) map[string][]string {
	out := map[string][]string{}
	for key, values := range md {
		for _, v := range values {
			if strings.HasSuffix(key, "-bin") {
				v = metadataValue(key, v)
			}
			out[key] = append(out[key], v)
		}
	}
	return out
}

// refused tells the status of a call that failed.
func refused(client *greeter.Client, o callOptions, st *status.Status) error {
	hint := map[codes.Code]string{
		codes.Canceled:          "nothing is lost: run it again",
		codes.InvalidArgument:   "the server has read the request and does not like it: --name says whom to greet",
		codes.DeadlineExceeded:  "--timeout waits longer; the server was told the deadline too, and has stopped",
		codes.Unimplemented:     "hello.Greeter has " + strings.Join(greeter.Methods(), ", "),
		codes.ResourceExhausted: "send less",
		codes.Unavailable:       "is it a gRPC server, without TLS? 'go run ./cmd/grpcshow serve' is one",
		codes.Internal:          "a name is text: UTF-8",
		codes.Unknown:           "the server's program failed, and says no more",
	}[st.Code()]
	message := st.Message()
	if err := client.DialError(); err != nil && st.Code() == codes.Unavailable {
		message, hint = cli.Parts(cli.CannotConnect(o.to, defaultAddr, "go run ./cmd/grpcshow serve", err))
	}
	return cli.Failed(hint, "%s (%d): %s", greeter.CodeName(st.Code()), st.Code(), message)
}
