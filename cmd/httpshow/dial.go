package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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

// cannotSecure says why there is no TLS.
func cannotSecure(addr, name string, err error) error {
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &record):
		return cli.Failed("what listens there speaks no TLS: try http:// in place of https://", "%q: no TLS", addr)
	case errors.As(err, &unknown):
		return cli.Failed("--cacert FILE names the authorities that you trust; --insecure accepts any certificate, and proves nothing", "%q: no trusted authority has signed its certificate", addr)
	case errors.As(err, &wrongName), errors.As(err, &invalid):
		return cli.Failed("--insecure takes any certificate, and proves nothing", "%q: its certificate is not good for %q: %v", addr, name, err)
	}
	return cli.Failed("does it speak TLS?", "%q: no TLS: %v", addr, cli.NetCause(err))
}

func tlsName(s *tls.ConnectionState) string {
	if s == nil {
		return ""
	}
	return tls.VersionName(s.Version)
}

// tlsTrips is how many round trips the handshake takes (RFC 8446 2, RFC 5246 7.3).
func tlsTrips(s *tls.ConnectionState) int {
	if s.Version >= tls.VersionTLS13 {
		return 1
	}
	return 2
}

// sayTLS says what TLS hides, and what it does not.
func (g *getter) sayTLS(s *tls.ConnectionState, name string) {
	issuer := "no authority"
	if len(s.PeerCertificates) > 0 {
		issuer = s.PeerCertificates[0].Issuer.CommonName
		if issuer == "" {
			issuer = s.PeerCertificates[0].Issuer.String()
		}
	}
	proof := "its certificate was checked"
	if g.o.insecure {
		proof = "its certificate was NOT checked"
	}
	g.say("tls", fmt.Sprintf("%s, %s; signed by %q, %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), issuer, proof))
	shows := "how much is sent, and when"
	if s.ServerName != "" {
		shows = fmt.Sprintf("the name %q in its first message, %s", name, shows)
	}
	g.say("tls", "on the wire the bytes below are hidden: method, target, header fields, bodies, status. To be seen are both addresses and ports, "+shows+". The offsets are those inside TLS.")
}
