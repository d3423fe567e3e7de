package tcpecho

import (
	"net"
	"sync"
	"time"
)

// A Call is one Read or Write of a traced connection.
type Call struct {
	At       time.Time
	Write    bool // else it is a Read
	Bytes    int  // how many it moved
	Err      error
	Segments Segments // of the connection after the call; not Known on every system
}

// Segments counts the TCP segments with data in them, as the system tells it.
type Segments struct {
	Out, In int64
	Known   bool
}

// A Trace is a net.Conn that notes every Read and Write, up to a bound. It
// shows that TCP keeps the bytes and their order, but not the calls.
type Trace struct {
	net.Conn
	clock Clock
	max   int

	mu    sync.Mutex
	calls []Call
}

// NewTrace traces c by the given clock (nil is the system's), and keeps the
// first max calls.
func NewTrace(c net.Conn, clock Clock, max int) *Trace {
	return &Trace{Conn: c, clock: orSystem(clock), max: max}
}

// Read reads from the connection, and notes it.
func (t *Trace) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.note(false, n, err)
	return n, err
}

// Write writes to the connection, and notes it.
func (t *Trace) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	t.note(true, n, err)
	return n, err
}

// CloseWrite sends a FIN where the connection can.
func (t *Trace) CloseWrite() error { return (&Client{Conn: t.Conn}).CloseWrite() }

func (t *Trace) note(write bool, n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.calls) == t.max {
		return
	}
	call := Call{At: t.clock.Now(), Write: write, Bytes: n, Err: err}
	if info, err := ReadInfo(t.Conn); err == nil && info.DataSegmentsOut >= 0 {
		call.Segments = Segments{Out: info.DataSegmentsOut, In: info.DataSegmentsIn, Known: true}
	}
	t.calls = append(t.calls, call)
}

// Calls returns the calls up to now, in the order in which they ended.
func (t *Trace) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Call(nil), t.calls...)
}
