package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onwire/httpmsg/notes"
	"onwire/httpmsg/server"
)

// A taped listener keeps what its connections read: the wire from the client.
type taped struct {
	net.Listener
	mu   sync.Mutex
	tape bytes.Buffer
}

type tapedConn struct {
	net.Conn
	l *taped
}

func (l *taped) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return tapedConn{c, l}, err
}

func (c tapedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	c.l.tape.Write(b[:n])
	return n, err
}

// cut returns what was read since the last cut.
func (l *taped) cut() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.tape.Reset()
	return l.tape.String()
}

// startTLS serves the notes inside TLS, with a certificate of its own for
// those names and addresses. It returns the port, the wire, and the file of
// who has signed.
func startTLS(t *testing.T, most uint16, names []string, ips ...net.IP) (port string, wire *taped, signer string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: names, IPAddresses: ips, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	signer = filepath.Join(t.TempDir(), "signer.pem")
	if err := os.WriteFile(signer, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	wire = &taped{Listener: listen(t)}
	srv := &server.Server{Handler: notes.New(notes.Options{}).Handle, Clock: stillClock{}}
	go srv.Serve(tls.NewListener(wire, &tls.Config{MaxVersion: most, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}))
	t.Cleanup(func() { srv.Close() })
	_, port, err = net.SplitHostPort(wire.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, wire, signer
}

// TestGetTLS: a certificate that nobody vouches for, or that is another's, is
// refused before anything was asked; --cacert and --insecure take it, and say
// so. The request is inside, and the name of the server outside.
func TestGetTLS(t *testing.T) {
	here := net.IPv4(127, 0, 0, 1)
	port, wire, signer := startTLS(t, 0, []string{"localhost"}, here)
	otherPort, _, otherSigner := startTLS(t, 0, []string{"example.org"})
	oldPort, _, oldSigner := startTLS(t, tls.VersionTLS12, nil, here)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, plain, err := net.SplitHostPort(startNotes(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, url string
		flags     []string
		code      int
		out, errs []string
	}{
		{"unknown signer", "127.0.0.1:" + port, nil, 1, nil, []string{"no trusted authority has signed", "--cacert FILE"}},
		{"its signer", "127.0.0.1:" + port, []string{"--cacert", signer}, 0, []string{"TLS 1.3", `signed by "a test", its certificate was checked`, "HTTP/1.1 200 OK", "1 connection: 3 round trips"}, nil},
		{"by name", "localhost:" + port, []string{"--cacert", signer}, 0, []string{`the name "localhost"`, "HTTP/1.1 200 OK"}, nil},
		{"anybody", "127.0.0.1:" + port, []string{"--insecure"}, 0, []string{"its certificate was NOT checked", "HTTP/1.1 200 OK"}, nil},
		{"another's", "127.0.0.1:" + otherPort, []string{"--cacert", otherSigner}, 1, nil, []string{`not good for "127.0.0.1"`, "--insecure"}},
		{"another's, insecure", "127.0.0.1:" + otherPort, []string{"--insecure"}, 0, []string{"NOT checked", "HTTP/1.1 200 OK"}, nil},
		{"the other signer", "127.0.0.1:" + port, []string{"--cacert", otherSigner}, 1, nil, []string{"no trusted authority has signed"}},
		{"TLS 1.2", "127.0.0.1:" + oldPort, []string{"--cacert", oldSigner}, 0, []string{"TLS 1.2", "1 connection: 4 round trips"}, nil},
		{"no TLS", "127.0.0.1:" + plain, nil, 1, nil, []string{"no TLS", "http://"}},
		{"no file", "127.0.0.1:" + port, []string{"--cacert", empty + "x"}, 1, nil, []string{"cannot read"}},
		{"no certificate", "127.0.0.1:" + port, []string{"--cacert", empty}, 1, nil, []string{"holds no certificate"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wire.cut()
			code, out, errs := run(t, t.Context(), "", append([]string{"get", "https://" + tt.url + "/media/text"}, tt.flags...)...)
			if code != tt.code {
				t.Errorf("exit %d, want %d; %s", code, tt.code, errs)
			}
			flat := strings.Join(strings.Fields(out), " ") // lines are wrapped
			for _, want := range tt.out {
				if !strings.Contains(flat, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			for _, want := range tt.errs {
				if !strings.Contains(errs, want) {
					t.Errorf("no %q in\n%s", want, errs)
				}
			}
			tape := wire.cut()
			if strings.Contains(tape, "/media") || strings.Contains(tape, "httpshow") {
				t.Errorf("the request is on the wire: %q", tape)
			}
			if tt.name == "by name" && !strings.Contains(tape, "localhost") {
				t.Errorf("the name is not on the wire: %q", tape)
			}
		})
	}
	code, out, errs := run(t, t.Context(), "", "get", "--json", "--insecure", "-n", "2", "https://127.0.0.1:"+port+"/media/text")
	list := objects(t, out)
	if code != 0 || list[0]["tls"] != "TLS 1.3" || list[len(list)-1]["round_trips"] != 4.0 {
		t.Errorf("exit %d, %v; %s", code, list[0], errs)
	}
}
