package greeter

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"

	"onwire/greeter/hello"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// ClientOptions are the choices of a Client. The zero value is ready.
type ClientOptions struct {
	// Dial makes the connection; nil is the system's TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Window fixes how many bytes of replies may be under way, unread, on a
	// stream, from 65,535 on. 0 lets gRPC measure and adapt, with PINGs.
	Window int32
}

// A Client calls hello.Greeter on one server, over one connection that the
// first call makes. Its methods are those of the generated GreeterClient; their
// errors carry a status (google.golang.org/grpc/status). It is safe for several
// goroutines.
type Client struct {
	hello.GreeterClient
	conn    *grpc.ClientConn
	dialErr atomic.Pointer[error]
}

// NewClient returns a Client of the server at addr, "host:port". It connects
// to nothing yet.
func NewClient(addr string, o ClientOptions) (*Client, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, err
	}
	dial := o.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	c := &Client{}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) {
			nc, err := dial(ctx, "tcp", addr)
			c.dialErr.Store(&err)
			return nc, err
		}),
		grpc.WithNoProxy(), // the address is the server's, whatever the environment says
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(), // a call is one stream, for everyone to count
	}
	if o.Window > 0 {
		options = append(options, grpc.WithStaticStreamWindowSize(o.Window), grpc.WithStaticConnWindowSize(o.Window))
	}
	// "passthrough" gives the dialer the address as it is: names are its own
	// matter, as they are in the lab.
	conn, err := grpc.NewClient("passthrough:///"+addr, options...)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", addr, err)
	}
	c.conn, c.GreeterClient = conn, hello.NewGreeterClient(conn)
	return c, nil
}

// Conn returns the connection, for calls that the generated code has no
// method for.
func (c *Client) Conn() *grpc.ClientConn { return c.conn }

// DialError returns the error of the last attempt to connect, nil if that
// succeeded or there was none. gRPC's status has it as text only.
func (c *Client) DialError() error {
	if err := c.dialErr.Load(); err != nil {
		return *err
	}
	return nil
}

// Close ends the connection, and the calls on it.
func (c *Client) Close() error { return c.conn.Close() }
