package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"onwire/greeter/frames"
	"onwire/greeter/frames/hpack"
	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/wire"
)

// A notePrinter shows notes.
type notePrinter struct {
	env    *cli.Env
	detail detail
	last   int // the connection that was spoken of
}

// print shows a note.
func (p *notePrinter) print(n note) error {
	if p.env.JSON {
		return p.env.PrintJSON(n)
	}
	s := p.env.Screen()
	if n.conn != p.last {
		if p.last != 0 {
			s.Printf("\n")
		}
		p.last = n.conn
		head := fmt.Sprintf("connection %d", n.conn)
		if n.client.IsValid() || n.server.IsValid() {
			head += fmt.Sprintf("  %s > %s", addrText(n.client), addrText(n.server))
		}
		s.Printf("%s\n", s.Paint(term.Bold, head))
	}
	if n.kind == noteFrame {
		return showFrame(p.env, n.number, n.t, n.frame, p.detail)
	}
	if text := n.text(); text != "" {
		s.Printf("     %s\n", s.Paint(term.Blue, s.Wrap(5, wire.Escape(text))))
	}
	return p.env.OutErr()
}

func addrText(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?"
	}
	return a.String()
}

// text returns what happened to the connection, in a line.
func (n note) text() string {
	switch n.kind {
	case noteRefused:
		return fmt.Sprintf("the server cannot be reached: %v", cli.NetCause(n.err))
	case noteBlind:
		return fmt.Sprintf("not read any further: %v", n.err)
	case noteCut:
		return fmt.Sprintf("no more comes: %v", n.err)
	case noteClosed:
		if errors.Is(n.err, net.ErrClosed) {
			return "the tap ended before it did"
		}
		if n.err != nil {
			return "broken off" // the words for it are others in each kind of file
		}
		return "closed"
	}
	return ""
}

// A noteRecord is a note in --json. That of a frame has the keys of an event
// behind its own.
type noteRecord struct {
	Event      noteKind `json:"event"`
	Connection int      `json:"connection"`
	Client     string   `json:"client"`
	Server     string   `json:"server"`
	From       string   `json:"from"`
	Error      string   `json:"error"`
	T          int64    `json:"t_us"`
}

type frameRecord struct {
	Event      noteKind       `json:"event"`
	Connection int            `json:"connection"`
	Number     int            `json:"number"`
	Type       string         `json:"type"`
	Flags      []string       `json:"flags"`
	Stream     uint32         `json:"stream"`
	Length     int            `json:"length"`
	Offset     int64          `json:"offset"`
	Headers    []headerRecord `json:"headers"`
	GRPCStatus *int           `json:"grpc_status"` // null where there is none
	Error      string         `json:"error"`
}

type headerRecord struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type skippedRecord struct {
	Event  noteKind `json:"event"`
	Frames int      `json:"frames"`
}

// MarshalJSON writes the note as one object.
func (n note) MarshalJSON() ([]byte, error) {
	text := ""
	if n.err != nil {
		text = n.err.Error()
	}
	switch n.kind {
	case noteFrame:
		return frameJSON(n.conn, n.number, n.t, n.frame)
	}
	from := ""
	if n.kind == noteBlind || n.kind == noteCut {
		from = n.from.String()
	}
	return json.Marshal(noteRecord{n.kind, n.conn, addrText(n.client), addrText(n.server), from, text, n.t.Microseconds()})
}

func frameJSON(conn, number int, t time.Duration, f *frames.Frame) ([]byte, error) {
	r := frameRecord{
		Event: noteFrame, Connection: conn, Number: number, Type: f.Type.String(), Flags: append([]string{}, f.Flags.Names(f.Type)...),
		Stream: f.Stream, Length: f.Length, Offset: f.Offset, Headers: []headerRecord{},
	}
	for _, h := range f.Headers {
		if h.Kind != hpack.SizeUpdate {
			r.Headers = append(r.Headers, headerRecord{h.Name, h.Value})
		}
	}
	if s, ok := f.Status(); ok {
		code := int(s)
		r.GRPCStatus = &code
	}
	if f.Err != nil {
		r.Error = f.Err.Error()
	}
	head, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	event, err := f.Event(t).MarshalJSON()
	if err != nil {
		return nil, err
	}
	return append(append(head[:len(head)-1], ','), event[1:]...), nil
}
