package world

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// certificate is what the world's recursor shows over TLS and HTTPS, made
// when it is first needed. It is its own authority, and valid for a day around
// the clocks that may check it.
var certificate = sync.OnceValues(func() (tls.Certificate, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the lab's recursor"},
		NotBefore: Epoch.AddDate(-1, 0, 0), NotAfter: Epoch.AddDate(30, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"resolver.lab"}, IPAddresses: []net.IP{RecursorAddr.AsSlice()},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, nil
})

// tlsConfig trusts the world's recursor, and reads the world's clock.
func (w *World) tlsConfig() *tls.Config {
	pool := x509.NewCertPool()
	if own, err := certificate(); err == nil {
		if parsed, err := x509.ParseCertificate(own.Certificate[0]); err == nil {
			pool.AddCert(parsed)
		}
	}
	return &tls.Config{Time: w.Now, RootCAs: pool}
}

// dialSecure connects to the recursor's ports 853 and 443. Here, unlike on the
// other ports, a goroutine stands at the other end.
func (w *World) dialSecure(server netip.AddrPort) (net.Conn, error) {
	if server.Addr() != RecursorAddr {
		return nil, syscall.ECONNREFUSED
	}
	own, err := certificate()
	if err != nil {
		return nil, err
	}
	here, there := net.Pipe()
	w.pass(3 * recursorRTT) // TCP, TLS, the query
	// A pipe has no buffer: a ticket that nobody reads would hold up the query.
	config := &tls.Config{Certificates: []tls.Certificate{own}, Time: w.Now, SessionTicketsDisabled: true}
	if server.Port() == 853 {
		go w.recursor.ServeConn(context.Background(), tls.Server(there, config))
		return realTime{here}, nil
	}
	config.NextProtos = []string{"h2", "http/1.1"}
	web := &http.Server{Handler: w.recursor, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second}
	ln := &single{conn: there, done: make(chan struct{})}
	go web.ServeTLS(ln, "", "")
	return realTime{here}, nil
}

// realTime passes over deadlines by the world's clock: the pipe has another.
type realTime struct{ net.Conn }

func (c realTime) SetDeadline(time.Time) error {
	return c.Conn.SetDeadline(time.Now().Add(10 * time.Second))
}
func (c realTime) SetReadDeadline(time.Time) error  { return nil }
func (c realTime) SetWriteDeadline(time.Time) error { return nil }

// A single is a listener that accepts one connection.
type single struct {
	conn net.Conn
	once sync.Once
	end  sync.Once
	done chan struct{}
}

func (l *single) Accept() (net.Conn, error) {
	var conn net.Conn
	l.once.Do(func() { conn = l.conn })
	if conn != nil {
		return &closing{conn, l}, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *single) Close() error   { return nil }
func (l *single) Addr() net.Addr { return l.conn.LocalAddr() }

// A closing tells its listener when it ends.
type closing struct {
	net.Conn
	l *single
}

func (c *closing) Close() error {
	c.l.end.Do(func() { close(c.l.done) })
	return c.Conn.Close()
}
