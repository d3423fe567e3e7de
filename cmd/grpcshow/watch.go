package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"time"

	"onwire/greeter/frames"
	"onwire/internal/tap"
	"onwire/wire/tcpstream"
)

// A noteKind says what a note is about.
type noteKind string

const (
	noteOpen    noteKind = "open"    // a connection
	noteRefused noteKind = "refused" // the server could not be had
	noteFrame   noteKind = "frame"
	noteBlind   noteKind = "blind"  // a side cannot be read any further: err says why
	noteCut     noteKind = "cut"    // a side ended inside something
	noteClosed  noteKind = "closed" // both sides have ended; err is set if one broke off
	noteSkipped noteKind = "skipped"
)

// A note is what a watcher has to tell.
type note struct {
	kind           noteKind
	conn           int // from 1
	t              time.Duration
	client, server netip.AddrPort
	from           frames.Side
	err            error
	number         int // of the frame, from 1; of noteSkipped how many
	frame          *frames.Frame
}

// A watcher reads the frames out of what goes over connections, and tells
// them as notes. A frame in a note is valid until tell returns.
type watcher struct {
	tell  func(note)
	wants func(client, server netip.AddrPort) bool // nil takes all connections
	// Of a capture, most connections may be something else than HTTP/2: with
	// silent they are counted, and not told.
	silent   bool
	oneSided bool
	options  frames.Options // its zero value is the defaults, and the course's schema

	conns  map[int]*watched // nil for those that are not wanted
	began  time.Time
	t      time.Duration // of the event at hand
	frames int
	other  int   // connections that are no HTTP/2
	why    error // why the first of them is none
	lost   int   // connections beyond the bound
}

// A watched is one connection.
type watched struct {
	conn           *frames.Conn
	number         int
	client, server netip.AddrPort
	whole          bool
	heard          bool   // bytes have come
	turned         bool   // who was taken for the client is the server
	told           bool   // that it is there
	foreign        bool   // it is no HTTP/2, or its start is not here
	untold         []note // that a silent watcher tells if there are frames after all
	blind, over    [2]bool
	broke          error
}

// watch takes the next event. Its bytes are not kept.
func (w *watcher) watch(e tap.Event) {
	if w.conns == nil {
		w.began, w.conns = e.T, map[int]*watched{}
	}
	w.t = e.T.Sub(w.began)
	c, known := w.conns[e.Conn]
	if !known {
		c = w.open(e)
	}
	if c == nil {
		return
	}
	from := frames.Side(e.From)
	if c.turned {
		from = from.Other()
	}
	switch e.Kind {
	case tap.Refused:
		w.note(c, note{kind: noteRefused, err: e.Err})
		delete(w.conns, e.Conn)
	case tap.Data:
		if !c.heard && !c.whole && (from == frames.Client && serverFirst(e.Bytes) || from == frames.Server && bytes.HasPrefix(e.Bytes, []byte("PRI "))) {
			c.turn()
			from = from.Other()
		}
		c.heard = true
		if err := c.conn.Feed(from, e.Bytes); err != nil {
			w.lose(c, from, err)
		}
	case tap.Gap:
		w.lose(c, from, c.conn.Gap(from, e.N))
	case tap.End:
		w.end(c, from, e.Err)
	}
}

// turn takes the client for the server.
func (c *watched) turn() {
	c.turned = !c.turned
	c.client, c.server = c.server, c.client
}

// serverFirst reports whether bytes look like SETTINGS and no ACK of them,
// which a server says first, and no client: it has its preface before them.
func serverFirst(b []byte) bool {
	return len(b) >= 9 && b[0] == 0 && frames.Type(b[3]) == frames.SETTINGS && frames.Flags(b[4])&frames.Ack == 0 && bytes.Equal(b[5:9], make([]byte, 4))
}

// open begins to watch a connection, if it is wanted.
func (w *watcher) open(e tap.Event) *watched {
	if len(w.conns) >= tcpstream.MaxConns {
		w.lost++
		return nil
	}
	if w.wants != nil && !w.wants(e.Client, e.Server) {
		w.conns[e.Conn] = nil
		return nil
	}
	c := &watched{number: e.Conn, client: e.Client, server: e.Server, whole: e.Whole}
	o := w.options
	o.Schema, o.OneSided = helloSchema, w.oneSided
	c.conn = frames.New(o, func(f *frames.Frame) {
		w.frames++
		w.note(c, note{kind: noteFrame, from: f.From, number: w.frames, frame: f})
	})
	w.conns[e.Conn] = c
	if !c.whole && c.client.Port() < c.server.Port() { // who is heard first need not be the client
		c.turn()
	}
	if e.Kind == tap.Open && !w.silent && c.whole { // without its start, who is the client is not known yet
		w.announce(c)
	}
	return c
}

func (w *watcher) announce(c *watched) {
	c.told = true
	w.tell(note{kind: noteOpen, conn: c.number, t: w.t, client: c.client, server: c.server})
	for _, n := range c.untold {
		w.other--
		w.note(c, n)
	}
	c.untold = nil
}

// note tells something about a connection, and before it that it is there.
func (w *watcher) note(c *watched, n note) {
	if !c.told && n.kind != noteRefused {
		w.announce(c)
	}
	n.conn, n.t, n.client, n.server = c.number, w.t, c.client, c.server
	w.tell(n)
}

// lose notes, once, that a side cannot be read any further.
func (w *watcher) lose(c *watched, from frames.Side, err error) {
	if c.blind[from] || c.foreign {
		return
	}
	c.blind[from] = true
	var bad *frames.Error
	if errors.Is(err, frames.ErrPreface) && errors.As(err, &bad) {
		c.foreign = true
		w.other++
		if w.why == nil {
			w.why = err
		}
		if !c.whole && !w.oneSided {
			err = fmt.Errorf("%w; its start is not here", err)
		}
		if w.silent && !c.told {
			c.untold = append(c.untold, note{kind: noteBlind, from: from, err: err})
			return
		}
	}
	w.note(c, note{kind: noteBlind, from: from, err: err})
}

// end notes that a side has sent all.
func (w *watcher) end(c *watched, from frames.Side, broke error) {
	if c.over[from] {
		return
	}
	c.over[from] = true
	if c.broke == nil || errors.Is(c.broke, net.ErrClosed) {
		c.broke = broke // when one side breaks off, the tap closes the other
	}
	w.unfinished(c, from)
	if !c.over[0] || !c.over[1] {
		return
	}
	if c.told {
		w.note(c, note{kind: noteClosed, from: from, err: c.broke})
	}
	delete(w.conns, c.number)
}

// unfinished tells what a side has left unfinished, when no more comes of it.
func (w *watcher) unfinished(c *watched, from frames.Side) {
	if err := c.conn.Close(from); err != nil && !c.blind[from] && !c.foreign {
		c.blind[from] = true
		w.note(c, note{kind: noteCut, from: from, err: err})
	}
}

// close ends the watch: no more will come of the connections that are open.
func (w *watcher) close() {
	for _, number := range slices.Sorted(maps.Keys(w.conns)) {
		c := w.conns[number]
		if c == nil {
			continue
		}
		for _, side := range []frames.Side{frames.Client, frames.Server} {
			if !c.over[side] {
				w.unfinished(c, side)
			}
		}
	}
}
