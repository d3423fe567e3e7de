package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"onwire/httpmsg"
	"onwire/httpmsg/client"
	"onwire/internal/cli"
	"onwire/internal/term"
)

// A getter is one run of get.
type getter struct {
	*app
	o      *getOptions
	dialer dialer
	began  time.Time

	link   *link
	conn   *client.Conn
	addr   string // of conn
	secure bool
	conns  int // made so far
	number int // requests on conn
	sent   int // requests in all
	trips  int // round trips: of TCP, of TLS, of the requests
	wrong  error
	last   *httpmsg.Message // the response that came last
	sink   *sink            // of -o
	silent bool             // -o -: stdout is the body's
	stream streaming
}

// get sends requests and shows them.
func (a *app) get(ctx context.Context, o *getOptions, urls []string) error {
	jobs, err := a.jobs(ctx, o, urls)
	if err != nil {
		return err
	}
	g := &getter{app: a, o: o, dialer: dialer{insecure: o.insecure}, began: time.Now()}
	if o.cacert != "" {
		pem, err := os.ReadFile(o.cacert)
		if err != nil {
			return cli.CannotRead(o.cacert, err)
		}
		g.dialer.roots = x509.NewCertPool()
		if !g.dialer.roots.AppendCertsFromPEM(pem) {
			return cli.Failed("certificates are between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----", "%q holds no certificate", o.cacert)
		}
	}
	if o.output != "" {
		g.sink = &sink{g: g, name: o.output}
		g.silent = o.output == "-"
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, errTimeout)
	defer cancel()
	defer g.hangUp()
	for i := 0; i < len(jobs); {
		n := 1
		if o.pipeline {
			for i+n < len(jobs) && jobs[i+n].addr == jobs[i].addr && jobs[i+n].secure == jobs[i].secure {
				n++
			}
		}
		if err := g.batch(ctx, jobs[i:i+n]); err != nil {
			return g.broke(ctx, jobs[i].addr, err)
		}
		if o.location {
			if err := g.follow(ctx, jobs[i]); err != nil {
				return err
			}
		}
		i += n
	}
	if g.sink != nil {
		if err := g.sink.close(); err != nil {
			return err
		}
	}
	g.summary()
	return g.wrong
}

var errTimeout = errors.New("no answer in time")

func (g *getter) broke(ctx context.Context, addr string, err error) error {
	var told *cli.Error
	switch {
	case errors.As(err, &told):
		return err
	case g.stream.pieces > 0 && errors.Is(context.Cause(ctx), errTimeout):
		return cli.Failed("--timeout waits longer", "the response had not ended after %v", g.o.timeout)
	case errors.Is(err, errTimeout) || errors.Is(context.Cause(ctx), errTimeout):
		return cli.Failed("--timeout waits longer", "%q: no answer within %v", addr, g.o.timeout)
	case ctx.Err() != nil:
		return cli.Failed("nothing is lost: run it again", "interrupted")
	case errors.Is(err, io.EOF) && g.number <= 1:
		return cli.Failed("does it speak HTTP/1.1 there? https:// may be wanted", "%q closed the connection, and sent no response", addr)
	case errors.Is(err, io.EOF):
		return cli.Failed("a server may close a connection between two requests at any time (RFC 9112 9.5): send it again", "%q closed the connection, and sent no response", addr)
	case errors.Is(err, httpmsg.ErrTruncated):
		return cli.Failed("what came is above", "%q closed the connection too early: %v", addr, err)
	case errors.Is(err, httpmsg.ErrStartLine):
		return cli.Failed("does it speak HTTP/1.1 there? https:// may be wanted", "%q: %v", addr, err)
	}
	return cli.Failed("what came is above", "%q: %v", addr, cli.NetCause(err))
}

func (g *getter) hangUp() {
	if g.conn != nil {
		g.conn.Close()
		g.conn = nil
	}
}

// connect makes sure of a connection to j's server: the one there is, or a new
// one.
func (g *getter) connect(ctx context.Context, j job) error {
	if g.conn != nil && g.conn.Open() && g.addr == j.addr && g.secure == j.secure {
		g.say("conn", fmt.Sprintf("the same connection %d: HTTP/1.1 keeps it open (RFC 9112 9.3)", g.conns))
		return nil
	}
	g.hangUp()
	l, err := g.dialer.dial(ctx, j.addr, j.name, j.secure)
	if err != nil {
		return err
	}
	limits := httpmsg.Limits{}
	if g.sink != nil {
		limits = httpmsg.Limits{Body: -1, Chunks: 1 << 40}
	}
	g.link, g.conn = l, client.New(l, limits)
	g.watch()
	g.addr, g.secure, g.number = j.addr, j.secure, 0
	g.conns++
	g.trips++
	text := fmt.Sprintf("connection %d: %s > %s", g.conns, l.LocalAddr(), l.RemoteAddr())
	if g.JSON {
		g.PrintJSON(connectRecord{"connect", g.conns, l.LocalAddr().String(), l.RemoteAddr().String(), g.since(), tlsName(l.secure)})
		if l.secure != nil {
			g.trips += tlsTrips(l.secure)
		}
		return nil
	}
	g.say("conn", text)
	if l.secure != nil {
		g.trips += tlsTrips(l.secure)
		g.sayTLS(l.secure, j.name)
	}
	return nil
}

// A connectRecord is a new connection in --json.
type connectRecord struct {
	Event      string `json:"event"`
	Connection int    `json:"connection"`
	From       string `json:"from"`
	To         string `json:"to"`
	T          int64  `json:"t_us"`
	TLS        string `json:"tls"`
}

func (g *getter) since() int64 { return time.Since(g.began).Microseconds() }

func (g *getter) say(what, text string) {
	if g.JSON || g.silent {
		return
	}
	s := g.Screen()
	s.Printf("%s  %s\n", s.Paint(term.Blue, fmt.Sprintf("%-4s", what)), s.Wrap(6, text))
}

// batch sends requests, one or pipelined, and reads their answers. On a kept
// connection that the server has closed meanwhile it starts anew, once, if
// nothing can have been done twice (RFC 9112 9.3.1).
func (g *getter) batch(ctx context.Context, jobs []job) error {
	kept := g.conn != nil && g.conn.Open()
	if err := g.connect(ctx, jobs[0]); err != nil {
		return err
	}
	kept = kept && g.number > 0
	var all []byte
	for i, j := range jobs {
		b, err := j.request.Append(nil)
		if err != nil {
			return err
		}
		if err := g.showRequest(j, b, g.number+i+1); err != nil {
			return err
		}
		all = append(all, b...)
	}
	g.sent += len(jobs)
	g.trips++
	var err error
	if j := jobs[0]; j.expects && len(jobs) == 1 {
		return g.expect(ctx, j, all)
	}
	sending := make(chan error, 1)
	conn := g.conn
	go func() { sending <- conn.Send(ctx, all) }() // a server may answer before it has read all
	for i, j := range jobs {
		g.number++
		err = g.receive(ctx, j)
		if errors.Is(err, io.EOF) && kept && i == 0 && idempotent(j.request.Method) {
			g.say("conn", fmt.Sprintf("connection %d was closed by the server meanwhile; %s can be sent again", g.conns, j.request.Method))
			g.hangUp()
			<-sending
			return g.batch(ctx, jobs)
		}
		if err != nil {
			break
		}
		if i+1 < len(jobs) && !g.conn.Open() {
			g.say("conn", fmt.Sprintf("the server closes: %d requests are not answered, and sent again", len(jobs)-i-1))
			g.hangUp()
			<-sending
			return g.batch(ctx, jobs[i+1:])
		}
	}
	if left := g.left(err); left || err != nil || !g.conn.Open() {
		g.hangUp()
	}
	<-sending
	return err
}

// idempotent reports the methods that may be sent again by themselves: doing them
// twice is as doing them once (RFC 9110 9.2.2).
func idempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}

// continueWait is how long a body waits for 100 Continue. A server may not know
// it, so a client must not wait without limit.
const continueWait = time.Second

// expect sends the head, waits for 100 Continue or a second, and sends the body
// (RFC 9110 10.1.1).
func (g *getter) expect(ctx context.Context, j job, all []byte) error {
	head := all[:bytes.Index(all, []byte("\r\n\r\n"))+4]
	g.number++
	if err := g.conn.Send(ctx, head); err != nil {
		return err
	}
	g.say("wait", "the head is sent; the body waits for 100 Continue")
	wait, cancel := context.WithTimeout(ctx, continueWait)
	defer cancel()
	if err := g.conn.Wait(wait); err != nil && wait.Err() != nil && ctx.Err() == nil {
		g.say("wait", fmt.Sprintf("nothing came within %v: the body is sent all the same", continueWait))
		if err := g.conn.Send(ctx, all[len(head):]); err != nil {
			return err
		}
		return g.receive(ctx, j)
	}
	m, err := g.conn.Receive(ctx, j.request.Method)
	g.last = m
	if err := g.showResponse(j, m, err); err != nil {
		return err
	}
	if !m.Interim() { // the answer is known without the body
		g.say("wait", "the answer came first: the body was never sent")
		g.hangUp()
		return nil
	}
	g.trips++
	if err := g.conn.Send(ctx, all[len(head):]); err != nil {
		return err
	}
	return g.receive(ctx, j)
}

// receive reads and shows the responses to one request.
func (g *getter) receive(ctx context.Context, j job) error {
	all, err := g.conn.Final(ctx, j.request.Method)
	for i, m := range all {
		g.last = m
		var bad error
		if i == len(all)-1 {
			bad = err
		}
		if shown := g.showResponse(j, m, bad); shown != nil {
			return shown
		}
	}
	return err
}
