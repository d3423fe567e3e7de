package main

import (
	"fmt"
	"io"
	"time"

	"onwire/httpmsg"
	"onwire/internal/term"
)

// streaming is the state of a response that is shown as it comes.
type streaming struct {
	on     bool // its head was shown
	pieces int
	bytes  int
}

// watch shows the responses of a connection whose bodies do not come at once,
// and writes the bodies that -o wants.
func (g *getter) watch() {
	if g.sink != nil {
		g.conn.Sink = func(m *httpmsg.Message) io.Writer { return g.sink.of(m) }
	}
	if g.silent {
		return
	}
	g.conn.OnHead = func(m *httpmsg.Message) {
		g.stream = streaming{on: true}
		g.showHead(g.conns, g.number, g.link.RemoteAddr().String(), g.link.LocalAddr().String(), time.Since(g.began), m)
	}
	g.conn.OnPiece = func(b []byte) {
		g.showPiece(g.conns, g.number, g.stream.bytes, time.Since(g.began), b)
		g.stream.pieces++
		g.stream.bytes += len(b)
	}
}

// showHead shows the head of a response whose body is still to come.
func (a *app) showHead(conn, number int, from, to string, at time.Duration, m *httpmsg.Message) {
	if a.JSON {
		r := newRecord("head", conn, number, from, to, m, nil)
		r.T = at
		a.PrintJSON(r)
		return
	}
	s := a.Screen()
	s.Printf("\n%s\n", s.Paint(term.Bold, s.Wrap(0, fmt.Sprintf("response %d on connection %d: its head, %s; the body follows as it comes", number, conn, term.Count(len(m.Bytes), "byte")))))
	head := *m
	head.BodySpan, head.Content, head.Chunks, head.Raw, head.End = httpmsg.Span{}, nil, nil, m.Bytes, len(m.Bytes)
	a.draw(&head)
}

// showPiece shows some of a body, which is offset bytes into it.
func (a *app) showPiece(conn, number, offset int, at time.Duration, b []byte) {
	if a.JSON {
		a.PrintJSON(pieceRecord{"piece", conn, number, at.Microseconds(), offset, len(b), hexOf(b)})
		return
	}
	a.bodyLine(fmt.Sprintf("+%.3f s, %s:", at.Seconds(), term.Count(len(b), "byte")))
	a.bodyText(b)
}

// A pieceRecord is a piece of a body in --json, without its chunks.
type pieceRecord struct {
	Event      string `json:"event"`
	Connection int    `json:"connection"`
	Request    int    `json:"request"`
	T          int64  `json:"t_us"`
	Offset     int    `json:"offset"` // in the body
	Bytes      int    `json:"bytes"`
	Hex        string `json:"hex"`
}

// streamed says how a response has ended whose pieces were shown.
func (g *getter) streamed(m *httpmsg.Message, err error) {
	n := g.stream
	g.stream = streaming{pieces: n.pieces}
	what := fmt.Sprintf("the body is complete: %s", term.Count(len(m.Content), "byte"))
	if g.sink != nil {
		what = fmt.Sprintf("the body is complete: %s", term.Count(g.sink.n, "byte"))
	}
	if err != nil {
		what = fmt.Sprintf("the body is not complete: %s came", term.Count(n.bytes, "byte"))
	}
	g.endOfStream(what, m)
}

// endOfStream says how a body has ended, and shows what follows it.
func (a *app) endOfStream(what string, m *httpmsg.Message) {
	s := a.Screen()
	if len(m.Chunks) > 0 {
		what += " in " + term.Count(len(m.Chunks)+m.MoreN, "chunk")
	}
	s.Printf("%s  %s\n", s.Paint(term.Blue, "end "), s.Wrap(6, what))
	a.trailers(m)
}
