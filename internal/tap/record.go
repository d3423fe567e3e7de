package tap

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// A line is an Event in a recording: one JSON object a line. What is said
// often has short lines:
//
//	{"t_us":12,"conn":1,"from":"client","hex":"505249"}
type line struct {
	T      int64  `json:"t_us"` // since the recording began
	Conn   int    `json:"conn"`
	Event  string `json:"event,omitempty"` // "open", "refused", "gap", "end"; none is data
	From   string `json:"from,omitempty"`
	Hex    string `json:"hex,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"` // of a gap
	Error  string `json:"error,omitempty"`
	Client string `json:"client,omitempty"`
	Server string `json:"server,omitempty"`
	Whole  bool   `json:"whole,omitempty"`
}

var kindNames = [...]string{Open: "open", Refused: "refused", Data: "", Gap: "gap", End: "end"}

// A Recorder writes Events down.
type Recorder struct {
	w     *bufio.Writer
	began time.Time
}

// NewRecorder returns a Recorder on w.
func NewRecorder(w io.Writer) *Recorder { return &Recorder{w: bufio.NewWriterSize(w, 64<<10)} }

// Write writes one Event.
func (r *Recorder) Write(e Event) error {
	if r.began.IsZero() {
		r.began = e.T
	}
	l := line{T: e.T.Sub(r.began).Microseconds(), Conn: e.Conn, Event: kindNames[e.Kind], Bytes: e.N, Hex: hex.EncodeToString(e.Bytes), Whole: e.Whole}
	switch e.Kind {
	case Open, Refused:
		l.Client, l.Server = addrText(e.Client), addrText(e.Server)
	default:
		l.From = e.From.String()
	}
	if e.Err != nil {
		l.Error = e.Err.Error()
	}
	return json.NewEncoder(r.w).Encode(l)
}

// Flush writes out what is held back. Call it at the end.
func (r *Recorder) Flush() error { return r.w.Flush() }

func addrText(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// maxLine bounds a line of a recording, in bytes.
const maxLine = 16 << 20

// Replay reads a recording and tells on what is in it. The times count from
// the Unix epoch. An error names its line.
func Replay(r io.Reader, on func(Event) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for s.Scan() {
		n++
		if len(s.Bytes()) == 0 {
			continue
		}
		e, err := parseLine(s.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := on(e); err != nil {
			return err
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d: longer than %d MiB", n+1, maxLine>>20)
	}
	return s.Err()
}

func parseLine(b []byte) (e Event, err error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return e, fmt.Errorf("no JSON object of a recording: %w", err)
	}
	e = Event{Kind: Data, Conn: l.Conn, T: time.UnixMicro(l.T), N: l.Bytes, Whole: l.Whole}
	switch known := false; {
	case l.Event != "":
		for kind, name := range kindNames {
			if name == l.Event {
				e.Kind, known = Kind(kind), true
			}
		}
		if !known {
			return e, fmt.Errorf("event %q is none of open, refused, gap, end", l.Event)
		}
	}
	switch {
	case e.Kind == Open || e.Kind == Refused:
		for _, a := range []struct {
			text string
			to   *netip.AddrPort
		}{{l.Client, &e.Client}, {l.Server, &e.Server}} {
			if a.text != "" {
				if *a.to, err = netip.ParseAddrPort(a.text); err != nil {
					return e, err
				}
			}
		}
	case l.From == "server":
		e.From = Server
	case l.From != "client":
		return e, fmt.Errorf("from %q is neither client nor server", l.From)
	}
	if e.Bytes, err = hex.DecodeString(l.Hex); err != nil {
		return e, fmt.Errorf("hex: %w", err)
	}
	if l.Error != "" {
		e.Err = errors.New(l.Error)
	}
	return e, nil
}
