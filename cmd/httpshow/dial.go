package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"onwire/internal/cli"
)

// A link is one connection, and what is known of its making.
type link struct {
	net.Conn
	secure *tls.ConnectionState // nil is plain TCP
}

// A dialer makes connections for get.
type dialer struct {
	insecure bool // do not check certificates
	roots    *x509.CertPool
}

// dial connects to host:port, and with secure makes TLS over it. The name is
// the server's, for its certificate.
func (d *dialer) dial(ctx context.Context, addr, name string, secure bool) (*link, error) {
	nd := net.Dialer{Timeout: 10 * time.Second}
	nc, err := nd.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, cli.CannotConnect(addr, err, "start a server in another terminal: go run ./cmd/httpshow serve "+addr, "try it with 'go run ./cmd/httpshow serve' running beside it")
	}
	if !secure {
		return &link{Conn: nc}, nil
	}
	tc := tls.Client(nc, &tls.Config{
		ServerName: name, RootCAs: d.roots, InsecureSkipVerify: d.insecure,
		NextProtos: []string{"http/1.1"}, // HTTP/2 is another message format
	})
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, cannotSecure(addr, name, err)
	}
	state := tc.ConnectionState()
	return &link{tc, &state}, nil
}

// cannotSecure tells why no TLS came about.
func cannotSecure(addr, name string, err error) error {
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &record):
		return cli.Failed("what listens there speaks no TLS: try http:// in place of https://", "%q: no TLS", addr)
	case errors.As(err, &unknown):
		return cli.Failed("--cacert FILE names who may sign; --insecure takes anybody, and proves nothing", "%q: nobody trusted has signed its certificate", addr)
	case errors.As(err, &wrongName), errors.As(err, &invalid):
		return cli.Failed("--insecure takes any certificate, and proves nothing", "%q: its certificate is not good for %q: %v", addr, name, err)
	}
	return cli.Failed("does it speak TLS?", "%q: no TLS: %v", addr, cli.NetCause(err))
}
