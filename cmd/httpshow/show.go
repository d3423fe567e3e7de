package main

import (
	"errors"
	"fmt"
	"time"

	"onwire/httpmsg"
	"onwire/internal/cli"
	"onwire/internal/term"
)

// showRequest shows the bytes of a request.
func (g *getter) showRequest(j job, b []byte, number int) error {
	m, err := httpmsg.ParseRequest(b, httpmsg.Limits{Body: -1})
	end := m.End
	if err == nil {
		m.End = len(b) // all of it is sent, whatever Content-Length says
	}
	if g.JSON {
		r := newRecord("request", g.conns, number, g.link.LocalAddr().String(), g.link.RemoteAddr().String(), m, err)
		r.T = time.Since(g.began)
		return g.PrintJSON(r)
	}
	s := g.Screen()
	s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, fmt.Sprintf("request %d on connection %d, %s", number, g.conns, term.Count(m.End, "byte")))))
	if j.url.Fragment.Present {
		s.Printf("%s  %s\n", s.Paint(term.Yellow, "note"), s.Wrap(6, "#"+visible(j.url.Text(j.url.Fragment))+" stays here: a fragment is never sent (RFC 9110 4.2.5)"))
	}
	if err := g.draw(m); err != nil {
		return err
	}
	if err == nil {
		g.leftOver(end, b[end:], "behind the request: a server takes it for the next one")
	}
	g.findings(m)
	return nil
}

// showResponse shows the bytes of a response, as far as there are some.
func (g *getter) showResponse(j job, m *httpmsg.Message, err error) error {
	if m == nil {
		return err
	}
	if f := m.Refused(); f != nil && g.wrong == nil {
		g.wrong = cli.Failed("a client has to refuse it ("+f.Rule.RFC()+")", "the response cannot be trusted: byte %d: %v", f.Start, f.What)
	}
	if g.JSON {
		r := newRecord("response", g.conns, g.number, g.link.RemoteAddr().String(), g.link.LocalAddr().String(), m, err)
		r.T = time.Since(g.began)
		return g.PrintJSON(r)
	}
	s := g.Screen()
	what := "response"
	if m.Interim() {
		what = "interim response"
	}
	s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, fmt.Sprintf("%s %d on connection %d, %s", what, g.number, g.conns, term.Count(m.End, "byte")))))
	if err := g.draw(m); err != nil {
		return err
	}
	if err != nil {
		g.unread(m)
	}
	g.findings(m)
	if errors.Is(err, httpmsg.ErrTruncated) && m.Start.Len() == 0 {
		return cli.Failed("does it speak HTTP/1.1 there? https:// may be wanted", "%q sent no status line, and closed: %q", j.addr, clip(m.Rest()))
	}
	g.next(j, m)
	if err == nil && !m.Interim() {
		g.say("conn", fmt.Sprintf("connection %d %s", g.conns, fate(m)))
	}
	return nil
}

// fate says what becomes of the connection behind a message, and why.
func fate(m *httpmsg.Message) string {
	keep, why := m.KeepAlive()
	tunnel := m.Body.Kind == httpmsg.TunnelBody
	switch {
	case m.Refused() != nil && (keep || tunnel):
		return "closes: behind a message that has to be refused nothing can be trusted"
	case tunnel:
		return fmt.Sprintf("becomes a tunnel: %v (%s)", m.Body.Why, m.Body.RFC)
	case !keep:
		return fmt.Sprintf("closes: %v (RFC 9112 9.3)", why)
	}
	return fmt.Sprintf("stays open: %v (RFC 9112 9.3)", why)
}

// next says where a redirection leads to.
func (g *getter) next(j job, m *httpmsg.Message) {
	to, ok := m.Get("Location")
	if !ok || m.Status < 300 || m.Status > 399 {
		return
	}
	ref, err := httpmsg.ParseURL(to)
	if err != nil {
		g.say("next", "Location is no URL: "+err.Error())
		return
	}
	g.say("next", "Location, seen from here, is "+visible(j.url.Resolve(ref))+" (RFC 3986 5.2): not followed, that is another request")
}

// summary counts the round trips: what each connection costs is inferred from
// the handshakes, since no segment was seen.
func (g *getter) summary() {
	if g.JSON {
		g.PrintJSON(struct {
			Event       string `json:"event"`
			Requests    int    `json:"requests"`
			Connections int    `json:"connections"`
			RoundTrips  int    `json:"round_trips"`
			T           int64  `json:"t_us"`
		}{"end", g.sent, g.conns, g.trips, g.since()})
		return
	}
	s := g.Screen()
	s.Printf("\n%s\n", s.Wrap(0, fmt.Sprintf("%s on %s: %s, the handshakes included (inferred)",
		term.Count(g.sent, "request"), term.Count(g.conns, "connection"), term.Count(g.trips, "round trip"))))
}

// clip returns the first bytes of what can be long.
func clip(b []byte) []byte { return b[:min(len(b), 40)] }
