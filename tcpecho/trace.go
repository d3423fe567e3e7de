package tcpecho

import (
	"net"
	"sync"
	"time"
)

// A Call is one Read or Write of a traced connection.
type Call struct {
	At       time.Time // when a Write began, when a Read ended
	Write    bool      // else it is a Read
	Bytes    int       // how many it moved
	Err      error
	Segments Segments // of the connection after the call; not Known on every system
}

// Segments counts the TCP segments with data in them, as the system reports them.
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
	t.end(t.begin(false), n, err)
	return n, err
}

// Write writes to the connection, and notes it. Its place among the calls is
// that of its beginning: its bytes may be back before it has returned.
func (t *Trace) Write(p []byte) (int, error) {
	i := t.begin(true)
	n, err := t.Conn.Write(p)
	t.end(i, n, err)
	return n, err
}

// CloseWrite sends a FIN where the connection can.
func (t *Trace) CloseWrite() error { return (&Client{Conn: t.Conn}).CloseWrite() }

// begin gives a call its place, or -1 where there is none left.
func (t *Trace) begin(write bool) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.calls) == t.max {
		return -1
	}
	t.calls = append(t.calls, Call{At: t.clock.Now(), Write: write})
	return len(t.calls) - 1
}

// end notes what came of call i.
func (t *Trace) end(i, n int, err error) {
	if i < 0 {
		return
	}
	var segments Segments
	if info, err := ReadInfo(t.Conn); err == nil && info.DataSegmentsOut >= 0 {
		segments = Segments{Out: info.DataSegmentsOut, In: info.DataSegmentsIn, Known: true}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	call := &t.calls[i]
	call.Bytes, call.Err, call.Segments = n, err, segments
}

// Calls returns the calls up to now, by their times; one that is under way has
// moved no bytes yet.
func (t *Trace) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Call(nil), t.calls...)
}
