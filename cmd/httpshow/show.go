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
	if g.silent {
		return nil
	}
	s := g.Screen()
	s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, fmt.Sprintf("request %d on connection %d, %s", number, g.conns, term.Count(m.End, "byte")))))
	for _, note := range j.notes {
		s.Printf("%s  %s\n", s.Paint(term.Yellow, "note"), s.Wrap(6, visible(note)))
	}
	if err := g.draw(m); err != nil {
		return err
	}
	if rest := b[end:]; err == nil && len(rest) > 0 {
		m.End = end
		n, text, rfc := m.Leftover(rest)
		if n == 0 {
			g.leftOver(end, rest, "after the request: a server reads it as the next one")
		} else {
			g.showLeft(g.conns, number, end, rest[:n], text.String(), rfc)
		}
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
		g.wrong = cli.Failed(advice(f), "the response cannot be trusted: byte %d: %v", f.Start, f.What)
	}
	if g.JSON {
		r := newRecord("response", g.conns, g.number, g.link.RemoteAddr().String(), g.link.LocalAddr().String(), m, err)
		r.T = time.Since(g.began)
		return g.PrintJSON(r)
	}
	if g.silent {
		return nil
	}
	s := g.Screen()
	what := "response"
	if m.Interim() {
		what = "interim response"
	}
	if g.stream.on {
		g.streamed(m, err)
	} else {
		size := max(m.End, g.conn.Received())
		s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, fmt.Sprintf("%s %d on connection %d, %s", what, g.number, g.conns, term.Count(size, "byte")))))
		if err := g.draw(m); err != nil {
			return err
		}
		if err != nil {
			g.unread(m)
		}
	}
	g.findings(m)
	if errors.Is(err, httpmsg.ErrTruncated) && m.Start.Len() == 0 {
		return cannotParse(m.Rest(), "does it speak HTTP/1.1 there? https:// may be wanted", "%q sent no status line: %q", j.addr, clip(m.Rest()))
	}
	if errors.Is(err, httpmsg.ErrStartLine) && httpmsg.Foreign(m.Raw) != "" {
		return cannotParse(m.Raw, "", "")
	}
	g.next(j, m)
	if err == nil && !m.Interim() {
		g.say("conn", fmt.Sprintf("connection %d %s", g.conns, fate(m)))
	}
	return nil
}

// fate says what becomes of the connection after a message, and why.
func fate(m *httpmsg.Message) string {
	keep, why := m.KeepAlive()
	tunnel := m.Body.Kind == httpmsg.TunnelBody
	switch {
	case m.Refused() != nil && (keep || tunnel):
		return "closes: after a malformed message, nothing that follows can be trusted"
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
	if !ok || m.Status < 300 || m.Status > 399 || g.o.location {
		return
	}
	ref, err := httpmsg.ParseURL(to)
	if err != nil {
		g.say("next", "Location is no URL: "+err.Error())
		return
	}
	g.say("next", "Location, seen from here, is "+visible(j.url.Resolve(ref))+" (RFC 3986 5.2): not followed, that is another request; -L sends it")
}

// summary counts the round trips: what each connection costs is inferred from
// the handshakes, since no segment was seen.
func (g *getter) summary() {
	if g.silent {
		return
	}
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
