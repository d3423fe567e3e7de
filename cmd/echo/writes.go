package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"onwire/internal/cli"
	"onwire/internal/term"
	"onwire/tcpecho"
	"onwire/wire"
)

// maxWrites bounds --writes; each is a line on the screen.
const maxWrites = 10_000

// A writesRecord is what send --writes says in --json.
type writesRecord struct {
	To       string       `json:"to"`
	NoDelay  bool         `json:"nodelay"`
	Sent     int          `json:"sent"`
	Received int          `json:"received"`
	NotSent  int          `json:"not_sent"`
	Equal    bool         `json:"equal"`
	Writes   int          `json:"writes"`
	Segments int64        `json:"segments"` // -1 where the system does not tell
	Evidence string       `json:"segments_evidence"`
	Reads    int          `json:"reads"`
	Calls    []callRecord `json:"calls"`
	Total    int64        `json:"total_us"`
	Error    string       `json:"error"`
	TCPInfo  *infoRecord  `json:"tcp_info"`
}

type callRecord struct {
	T        int64         `json:"t_us"`
	Call     string        `json:"call"` // "write" or "read"
	Bytes    int           `json:"bytes"`
	Segments int64         `json:"segments"` // sent up to now; -1 where the system does not tell
	Evidence wire.Evidence `json:"evidence"`
}

// sendWrites writes the bytes in many small calls, and reads what comes back
// when all are written.
func (a *app) sendWrites(ctx context.Context, o *sendOptions) error {
	nc, err := dial(ctx, "tcp", o.to)
	if err != nil {
		return cannotConnect(o.to, err)
	}
	defer nc.Close()
	if d, ok := nc.(interface{ SetNoDelay(bool) error }); ok {
		d.SetNoDelay(o.nodelay)
	}
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	began := time.Now()
	trace := tcpecho.NewTrace(nc, nil, 2*maxWrites+1000)
	sent := bytes.Repeat([]byte("0123456789"), o.writes*o.size/10+1)[:o.writes*o.size]
	wrote := make(chan error, 1)
	var handed int64 // to the kernel
	go func() {
		for i := range o.writes {
			n, err := trace.Write(sent[i*o.size:][:o.size])
			if handed += int64(n); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- trace.CloseWrite()
	}()
	back := make([]byte, len(sent)+1) // one more than should come
	n, err := readBack(trace, back)
	var info *infoRecord
	if o.tcpinfo {
		info = readInfo(nc)
	}
	nc.SetWriteDeadline(time.Unix(1, 0)) // a write may wait for a server that does not read
	werr := <-wrote
	total := time.Since(began)
	if err = verdict(sent, back[:n], handed, err, werr); ctx.Err() != nil {
		err = ctx.Err()
	}
	n = min(n, len(sent))
	r := writesRecord{
		To: o.to, NoDelay: o.nodelay, Sent: int(handed), Received: n, NotSent: len(sent) - int(handed), Equal: err == nil,
		Segments: -1, Calls: []callRecord{}, Total: total.Microseconds(),
		TCPInfo: info,
	}
	for _, c := range trace.Calls() {
		if c.Bytes == 0 {
			continue // the FIN
		}
		rec := callRecord{c.At.Sub(began).Microseconds(), "read", c.Bytes, -1, wire.Seen}
		if c.Write {
			rec.Call = "write"
			r.Writes++
		} else {
			r.Reads++
		}
		if c.Segments.Known {
			rec.Segments = c.Segments.Out
		}
		r.Calls = append(r.Calls, rec)
	}
	if info, err := tcpecho.ReadInfo(nc); err == nil && info.DataSegmentsOut >= 0 {
		r.Segments, r.Evidence = info.DataSegmentsOut, string(wire.Kernel)
	}
	switch {
	case err != nil:
		err = broke(o.to, err)
		r.Error, _ = cli.Parts(err)
		if a.JSON {
			a.PrintJSON(r)
		}
		return err
	case a.JSON:
		return a.PrintJSON(r)
	}
	a.writesScreen(o, r)
	return nil
}

// verdict says what is wrong where not all of sent came back, and nothing else;
// handed is how much of it the kernel took. A readErr of nil is the server's FIN.
func verdict(sent, back []byte, handed int64, readErr, writeErr error) error {
	for i := range min(len(sent), len(back)) {
		if sent[i] != back[i] {
			return &tcpecho.DifferenceError{Offset: int64(i), Sent: sent[i], Received: back[i]}
		}
	}
	switch {
	case len(back) > len(sent):
		return errors.New("more bytes came back than were sent")
	case len(back) == len(sent) && readErr == nil:
		return nil
	}
	end := &tcpecho.EndedError{Sent: handed, Received: int64(len(back)), Unsent: int64(len(sent)) - handed, Err: io.ErrUnexpectedEOF}
	switch {
	case readErr != nil:
		end.Err = readErr
	case writeErr != nil && !cli.IsAny(writeErr, os.ErrDeadlineExceeded):
		end.Err = writeErr // Linux gives the RST to the write, and EOF to the read after it
	}
	return end
}

// readBack reads as many bytes as fit into back, or up to the server's FIN.
func readBack(r io.Reader, back []byte) (n int, err error) {
	for n < len(back) && err == nil {
		var m int
		m, err = r.Read(back[n:])
		n += m
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// shownCalls bounds the lines of the table; the sums below count all.
const shownCalls = 48

func (a *app) writesScreen(o *sendOptions, r writesRecord) {
	s := a.Screen()
	option := "without TCP_NODELAY: Nagle's algorithm is on"
	if o.nodelay {
		option = "with TCP_NODELAY: Nagle's algorithm is off"
	}
	s.Printf("%s\n\n", s.Wrap(0, fmt.Sprintf("%d writes of %s to %s, %s", o.writes, term.Count(o.size, "byte"), wire.Escape(o.to), option)))
	s.Printf("%s\n", s.Paint(term.Dim, "      time  our write      segments sent     our read"))
	s.Printf("%s\n", s.Paint(term.Dim, "            (seen)         (kernel)          (seen)"))
	last := int64(0)
	for i, c := range r.Calls {
		if i == shownCalls {
			s.Printf("            ... %d calls more\n", len(r.Calls)-i)
			break
		}
		segments := ""
		switch {
		case c.Segments < 0:
			segments = "unknown"
		case c.Segments > last:
			segments = strings.TrimPrefix(fmt.Sprintf("%d-%d", last+1, c.Segments), fmt.Sprintf("%d-", c.Segments))
		case c.Call == "write":
			segments = "held back"
		}
		last = max(last, c.Segments)
		write, read := fmt.Sprintf("%d bytes", c.Bytes), ""
		if c.Call == "read" {
			write, read = read, write
		}
		line := fmt.Sprintf("%10s  %s%s%s", micros(time.Duration(c.T)*time.Microsecond),
			term.Pad(write, 15), term.Pad(segments, 18), read)
		s.Printf("%s\n", strings.TrimRight(line, " "))
	}
	segments := "? segments"
	if r.Segments >= 0 {
		segments = fmt.Sprintf("%d segments", r.Segments)
	}
	s.Printf("%10s  %s%s%d reads\n\n", "in all", term.Pad(fmt.Sprintf("%d writes", r.Writes), 15), term.Pad(segments, 18), r.Reads)
	why := "TCP carries bytes in order. Where a write ended is not in them: a reader that wants messages needs a length or a separator (RFC 9293 3.8)."
	if r.Segments < 0 {
		why += " This system does not count the segments for us; Linux does."
	} else if o.nodelay && r.Segments < int64(r.Writes) {
		why += " Even without Nagle, Linux joins small writes that find it busy, or the congestion window full."
	} else if !o.nodelay {
		why += " A small segment waits while an earlier one is not acknowledged; on loopback the answer is soon there. 'go run ./cmd/echo demo nagle' has a slower peer."
	}
	s.Printf("%s\n", s.Wrap(0, why))
	if r.TCPInfo != nil {
		a.infoScreen(r.TCPInfo)
	}
}
