package server

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"onwire/httpmsg"
)

// request answers one request, and reports whether the connection goes on.
func (c *conn) request() (keep bool, err error) {
	s := c.srv
	c.n++
	var head *httpmsg.Head
	late, err := c.within(or(s.HeadTimeout, 10*time.Second), func() (err error) {
		head, err = c.in.ReadRequest()
		return err
	})
	if err != nil {
		return false, c.refuse(late, err)
	}
	response, wants, refused := s.handle(c, head)
	switch {
	case refused != nil:
		return false, c.refuse(false, refused)
	case wants == nil:
		return c.withoutBody(head, response)
	}
	if head.HasToken("Expect", "100-continue") && head.Minor > 0 && len(c.in.Buffered()) == 0 {
		c.out = append(c.out, "HTTP/1.1 100 Continue\r\n\r\n"...) // sent before the body is waited for
	}
	size := head.Body.Length
	if head.Body.Kind == httpmsg.ChunkedBody {
		size = s.limits().Body
	}
	if !c.hold(size) {
		return false, c.refuse(false, errFull)
	}
	var body []byte
	late, err = c.within(or(s.BodyTimeout, 30*time.Second), func() (err error) {
		body, err = io.ReadAll(c.in.Body())
		return err
	})
	if err != nil {
		return false, c.refuse(late, err)
	}
	response, fault := s.run(c, func() (r *httpmsg.Response) { return wants(body) })
	keep, why := head.KeepAlive()
	return c.answered(head, response, keep && !fault, why.String()), nil
}

// handle asks the handler, after the rules that are the server's own.
func (s *Server) handle(c *conn, head *httpmsg.Head) (response *httpmsg.Response, wants func([]byte) *httpmsg.Response, refused error) {
	for _, f := range head.Headers {
		if !strings.EqualFold(head.Text(f.Name), "Expect") {
			continue
		}
		if v := head.Text(f.Value); !strings.EqualFold(v, "100-continue") { // RFC 9110 10.1.1
			return nil, nil, &httpmsg.Error{Offset: int64(f.Value.Start), Reason: fmt.Sprintf("%q is expected, and only 100-continue is known", v), Status: 417, Err: httpmsg.ErrRefused}
		}
	}
	response, fault := s.run(c, func() (r *httpmsg.Response) {
		r, wants = s.Handler(head)
		return r
	})
	if fault {
		wants = nil
	}
	return response, wants, nil
}

// run calls a part of the handler. A panic there is a fault of this request
// and no other: it is answered with 500.
func (s *Server) run(c *conn, f func() *httpmsg.Response) (r *httpmsg.Response, fault bool) {
	defer func() {
		if p := recover(); p != nil {
			r, fault = httpmsg.Problem(500, "the program failed"), true
			s.tell(Event{Kind: Fault, Conn: c.number, Remote: c.nc.RemoteAddr(), N: c.n, Status: 500, Why: fmt.Sprint(p)})
		}
	}()
	return f(), false
}

// withoutBody answers a request whose body did not matter. A short one is read
// to keep the connection; another is not worth waiting for.
func (c *conn) withoutBody(head *httpmsg.Head, response *httpmsg.Response) (bool, error) {
	keep, note := head.KeepAlive()
	why := note.String()
	const short = 16 << 10
	switch body := head.Body; {
	case body.Kind == httpmsg.NoBody:
	case keep && (body.Kind != httpmsg.LengthBody || body.Length > short):
		keep, why = false, "a body that is not needed is still to come"
	case keep && head.HasToken("Expect", "100-continue"):
		keep, why = false, "the client may or may not send its body now"
	}
	keep = c.answered(head, response, keep, why)
	if !keep || head.Body.Kind == httpmsg.NoBody {
		return keep, nil
	}
	late, err := c.within(or(c.srv.BodyTimeout, 30*time.Second), func() error {
		_, err := io.Copy(io.Discard, c.in.Body())
		return err
	})
	if late {
		err = errors.New("the rest of the body did not come in time")
	}
	return keep, err
}

// errFull is the answer to a request for which there is no memory.
var errFull = &httpmsg.Error{Reason: "too much is waiting for other clients", Status: 503}

func full() *httpmsg.Response {
	r := httpmsg.Problem(503, errFull.Reason)
	r.Headers = append(r.Headers, httpmsg.Pair{Name: "Retry-After", Value: "1"})
	return r
}

// refuse answers what cannot be a request, if an answer can help, and ends the
// connection: where the next request would start is not known any more.
func (c *conn) refuse(late bool, err error) error {
	status := 0
	var bad *httpmsg.Error
	switch {
	case errors.Is(err, errNotTaken):
		return err
	case late:
		status, err = 408, errors.New("the request did not come in time")
	case err == error(errFull):
		status, err = 503, errors.New(errFull.Reason)
	case errors.As(err, &bad):
		status = bad.Status
		if errors.Is(err, httpmsg.ErrTruncated) {
			status = 400
		}
	}
	if status == 0 {
		return err // the connection broke
	}
	r := httpmsg.Problem(status, err.Error())
	sent := c.answer(nil, r, false)
	c.srv.tell(Event{Kind: Refusal, Conn: c.number, Remote: c.nc.RemoteAddr(), N: c.n, Status: status, Body: sent, Why: err.Error()})
	if end := c.finish(); end != nil {
		return end
	}
	return err
}

// answered puts a response into the queue and reports it. It returns whether
// the connection stays open.
func (c *conn) answered(head *httpmsg.Head, r *httpmsg.Response, keep bool, why string) bool {
	if keep && c.ending() && len(c.in.Buffered()) == 0 { // what was read is answered
		keep, why = false, "the server is about to end"
	}
	for _, p := range r.Headers {
		if keep && strings.EqualFold(p.Name, "Connection") && strings.EqualFold(p.Value, "close") {
			keep, why = false, "the response says Connection: close"
		}
	}
	if !c.hold(int64(len(r.Body))) {
		r, keep, why = full(), false, errFull.Reason
	}
	sent := c.answer(head, r, keep)
	if c.srv.OnEvent != nil {
		c.srv.tell(Event{Kind: Answer, Conn: c.number, Remote: c.nc.RemoteAddr(), N: c.n,
			Method: head.Text(head.Method), Target: head.Text(head.Target), Status: r.Status, Body: sent, Keep: keep, Why: why})
	}
	return keep
}

// answer puts a response into the queue, with what belongs to every response,
// and returns the length of its body. head is nil where no request was read.
func (c *conn) answer(head *httpmsg.Head, r *httpmsg.Response, keep bool) int {
	date := c.srv.clock().Now().UTC().Format(httpDate)
	all := *r
	all.Headers = append(append(make([]httpmsg.Pair, 0, len(r.Headers)+3), httpmsg.Pair{Name: "Date", Value: date}), r.Headers...)
	if r.Status >= 200 && r.Status != 204 && r.Status != 304 {
		all.SetLength() // of a HEAD too: what a GET would have
	} else {
		all.Body = nil
	}
	if head != nil && head.Text(head.Method) == "HEAD" {
		all.Body = nil
	}
	switch {
	case !keep && !has(r.Headers, "Connection"):
		all.Headers = append(all.Headers, httpmsg.Pair{Name: "Connection", Value: "close"})
	case keep && head.Major == 1 && head.Minor == 0:
		all.Headers = append(all.Headers, httpmsg.Pair{Name: "Connection", Value: "keep-alive"})
	}
	out, err := all.Append(c.out)
	if err != nil { // a handler that lets a client choose a header's value
		c.srv.tell(Event{Kind: Fault, Conn: c.number, Remote: c.nc.RemoteAddr(), N: c.n, Status: 500, Why: err.Error()})
		out, _ = (&httpmsg.Response{Status: 500, Headers: []httpmsg.Pair{{Name: "Content-Length", Value: "0"}}}).Append(c.out)
		all.Body = nil
	}
	c.out = out
	return len(all.Body)
}

// httpDate is the form of a Date (RFC 9110 5.6.7).
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

func has(pairs []httpmsg.Pair, name string) bool {
	for _, p := range pairs {
		if strings.EqualFold(p.Name, name) {
			return true
		}
	}
	return false
}
