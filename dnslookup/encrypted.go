package dnslookup

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"

	"onwire/wire"
)

// overTLS puts TLS around a connection (RFC 7858). The certificate must show
// the server's name, or its address where we know no name.
func (r *Resolver) overTLS(ctx context.Context, conn net.Conn, server Server) (net.Conn, error) {
	config := &tls.Config{}
	if r.TLS != nil {
		config = r.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = certificateName(server)
	}
	config.NextProtos = []string{"dot"}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

func certificateName(server Server) string {
	if server.Name != "" {
		return trimDot(server.Name)
	}
	return server.Addr.Addr().WithZone("").String()
}

// httpsClient is made once, so that queries share a connection. The Resolver's
// Dial carries it, to the server's address whatever the URL says.
func (r *Resolver) httpsClient() *http.Client {
	r.once.Do(func() {
		config := &tls.Config{}
		if r.TLS != nil {
			config = r.TLS.Clone()
		}
		r.https = &http.Client{
			Transport: &http.Transport{
				TLSClientConfig:   config,
				ForceAttemptHTTP2: true,
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					address, ok := ctx.Value(dialAddress{}).(string)
					if !ok {
						return nil, errors.New("no address to dial")
					}
					return r.Dial(ctx, "tcp", address)
				},
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	})
	return r.https
}

// dialAddress is the key under which a request's context carries the address.
type dialAddress struct{}

// overHTTPS posts a query to a server (RFC 8484 4.1).
func (r *Resolver) overHTTPS(ctx context.Context, server Server, query []byte) ([]byte, error) {
	path := server.Path
	if path == "" {
		path = "/dns-query"
	}
	host := net.JoinHostPort(certificateName(server), fmt.Sprint(server.Addr.Port()))
	u := url.URL{Scheme: "https", Host: host, Path: path}
	ctx = context.WithValue(ctx, dialAddress{}, server.Addr.String())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/dns-message")
	req.Header.Set("Accept", "application/dns-message")
	resp, err := r.httpsClient().Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		if strings.Contains(err.Error(), "HTTP response to HTTPS client") { // net/http has no value for it
			return nil, tryFailed(ErrNetwork, true, "what answers there does not speak TLS")
		}
		return nil, netError(err, HTTPS)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, tryFailed(ErrServer, true, "the web server says %s", wire.Escape(resp.Status))
	}
	const ours = "application/dns-message"
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != ours {
		return nil, tryFailed(ErrServer, true, "the web server sends %q, not %s", resp.Header.Get("Content-Type"), ours)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxMessage+1))
	if err != nil {
		return nil, netError(err, HTTPS)
	}
	return raw, nil
}
