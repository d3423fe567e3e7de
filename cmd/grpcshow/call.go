package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"onwire/greeter"
	"onwire/greeter/frames"
	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"

	"github.com/spf13/cobra"
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
	wire, bits bool
}

func callCommand(env *cli.Env) *cobra.Command {
	var o callOptions
	c := &cobra.Command{
		Use:   "call [METHOD]",
		Short: "Call a method of the Greeter, and show the replies",
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
		Args: cobra.MaximumNArgs(1),
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
	f.BoolVar(&o.wire, "wire", false, "show the frames of each call, byte by byte")
	f.BoolVar(&o.bits, "bits", false, "with --wire: every bit, and why it is so")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "metadata, \"key: value\"; may be given again")
	return c
}

// check returns the metadata, or what is wrong with the options.
func (o *callOptions) check() (metadata.MD, error) {
	var err error
	if o.to, err = cli.Addr(o.to, defaultAddr); err != nil {
		return nil, err
	}
	switch {
	case o.method == "" || strings.ContainsAny(o.method, " \t\r\n"):
		return nil, cli.Misuse("the methods are "+strings.Join(greeter.Methods(), ", "), "%q is no method", o.method)
	case o.times < 1 || o.times > maxCalls:
		return nil, cli.Misuse("it says how many calls to make, on one connection", "-n %d is not from 1 to %d", o.times, maxCalls)
	case o.bits && !o.wire:
		return nil, cli.Misuse("--wire --bits", "--bits goes with --wire")
	case o.timeout < 0:
		return nil, cli.Misuse("write a time such as 200ms, or 0 for none", "--timeout %v is less than no time", o.timeout)
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
	c := caller{env: env, callOptions: o}
	options := greeter.ClientOptions{Dial: c.answer.dialer(dial)}
	if o.wire {
		began := time.Now()
		c.recorder = newRecorder(func() time.Duration { return time.Since(began) })
		options.Dial = c.recorder.dialer(options.Dial)
		options.Window = 65535 // with windows that stay, gRPC sends no PINGs to measure them
	}
	if c.client, err = greeter.NewClient(o.to, options); err != nil {
		return cli.Failed("write host:port, as in "+defaultAddr, "%v", err)
	}
	defer c.client.Close()
	ctx = metadata.NewOutgoingContext(ctx, md)
	for _, names := range o.messages() {
		if err := c.call(ctx, names); err != nil {
			return err
		}
	}
	return nil
}

// A caller makes calls over one connection.
type caller struct {
	callOptions
	env      *cli.Env
	client   *greeter.Client
	answer   answer
	recorder *recorder // nil without --wire
	number   int       // of the call
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
	Details  []frames.Detail     `json:"details"` // of the google.rpc.Status, if the server sent one
	Header   map[string][]string `json:"header"`
	Trailer  map[string][]string `json:"trailer"`
	Requests int                 `json:"requests"`
	Took     int64               `json:"took_us"`
}

// call makes one call, and shows what came of it.
func (c *caller) call(ctx context.Context, names []string) error {
	whole := ctx
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	c.number++
	c.answer.begin()
	r := callRecord{Method: greeter.Path(c.method), Names: names, Replies: []string{}}
	live := !c.env.JSON && !c.wire // replies are shown as they come
	began := time.Now()
	x, err := c.client.Call(ctx, c.method, names, func(reply string) {
		if live {
			c.env.Screen().Printf("%s\n", wire.Escape(reply))
			return
		}
		r.Replies = append(r.Replies, reply)
	})
	r.Took = time.Since(began).Microseconds()
	st := status.Convert(err)
	r.Code, r.Status, r.Message = uint32(st.Code()), frames.Status(st.Code()).String(), st.Message()
	r.Header, r.Trailer, r.Requests = readable(x.Header), readable(x.Trailer), x.Requests
	r.Details = details(x.Trailer)
	if c.wire && c.client.DialError() == nil {
		c.await(whole)
	}
	if werr := c.show(r, x); werr != nil {
		return werr
	}
	if err != nil {
		return c.refused(st)
	}
	return nil
}

// endTime bounds the wait for the last frame of a call.
const endTime = 500 * time.Millisecond

// await waits for the last frame of a call: where the client ends it, its
// RST_STREAM goes out after the program knows. None may come at all, where the
// deadline was over before the request was sent or the connection broke.
func (c *caller) await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	c.recorder.await(ctx, callOver())
}

// show shows a call: its frames if they are wanted, then its end.
func (c *caller) show(r callRecord, x greeter.Exchange) error {
	if c.wire {
		if err := c.showFrames(); err != nil {
			return err
		}
	}
	if c.env.JSON {
		return c.env.PrintJSON(r)
	}
	s := c.env.Screen()
	for _, reply := range r.Replies {
		s.Printf("%s\n", wire.Escape(reply))
	}
	for _, d := range r.Details {
		s.Printf("detail %s\n", s.Wrap(7, wire.Escape(d.String())))
	}
	if r.Code != 0 {
		return nil // the error says the rest
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
		count(x.Requests, "request", "requests"), count(x.Replies, "reply", "replies"), float64(r.Took)/1000)))
	return nil
}

// showFrames shows the frames since the last call.
func (c *caller) showFrames() error {
	if s := c.env.Screen(); !c.env.JSON && c.times > 1 {
		s.Printf("%s\n", s.Paint(term.Bold, fmt.Sprintf("== call %d", c.number)))
	}
	d := rows
	if c.bits {
		d = bits
	}
	kept, left := c.recorder.take()
	for _, r := range kept {
		if err := showFrame(c.env, 0, r.t, r.frame, d); err != nil {
			return err
		}
	}
	switch {
	case left == 0:
	case c.env.JSON:
		return c.env.PrintJSON(skippedRecord{noteSkipped, left})
	default:
		c.env.Screen().Printf("... and %s, too many to keep\n", count(left, "frame", "frames"))
	}
	return nil
}

// details returns the messages in grpc-status-details-bin, and never nil.
func details(trailer metadata.MD) []frames.Detail {
	list := []frames.Detail{}
	for _, v := range trailer.Get(frames.DetailsKey) {
		if d, err := frames.UnmarshalDetails([]byte(v)); err == nil { // gRPC has undone the base64
			list = append(list, d.List...)
		}
	}
	return list
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
