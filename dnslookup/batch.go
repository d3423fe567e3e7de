package dnslookup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// BatchOptions are the choices of Batch. The zero value is right for most.
type BatchOptions struct {
	Unordered bool   // answers come as they arrive, not in the order of the questions
	Window    int    // questions under way at once; 0 means 240, at most 4096
	Retried   func() // called for every query that is sent again
	// Ready, if set, reports whether the next question is there already: while
	// answers are awaited, a question that is not is not waited for.
	Ready func() bool
}

// Batch asks nothing for a Question without a name: its Answer has the error
// ErrNoName. So a caller can keep the order of its input, whatever is in it.
var ErrNoName = errors.New("no name to look up")

// An Answer is what became of one question of a batch.
type Answer struct {
	Index    int // of the question, from 0
	Question Question
	Rcode    Rcode
	Records  []Record // the whole answer section, aliases included
}

const (
	defaultWindow = 240 // a server's socket holds about 270 queries
	maxWindow     = 4096
	maxAhead      = 1 << 14 // answers that wait for an earlier one
	maxSlow       = 16      // questions that go another way at once
	firstRTO      = time.Second
	minRTO        = 200 * time.Millisecond
)

// Batch asks many questions at once, and repeats those that stay without a
// reply with growing patience. In Stub mode over UDP, all go through one
// socket to the first server; what needs more than a datagram, or another
// server, goes the way of Lookup. Every reply's ID and question are checked.
//
// The error that comes with an Answer is about that question alone: it wraps
// ErrTimeout, ErrServer and so on; that a name does not exist is no error
// here, but a Rcode. A last Answer with Index -1 and an error ends the batch
// when the server cannot be reached at all.
func (r *Resolver) Batch(ctx context.Context, questions iter.Seq[Question], o BatchOptions) iter.Seq2[Answer, error] {
	if o.Window <= 0 {
		o.Window = defaultWindow
	}
	o.Window = min(o.Window, maxWindow)
	return func(yield func(Answer, error) bool) {
		next, stop := iter.Pull(questions)
		defer stop()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		b := &batch{r: r, ctx: ctx, o: o, next: next, yield: yield, slow: make(chan answered, maxSlow)}
		defer b.work.Wait()
		defer cancel()
		if r.fast() {
			b.run()
		} else {
			b.runSlow()
		}
	}
}

// fast reports whether all queries of a batch can be the plain ones that
// appendQuery writes.
func (r *Resolver) fast() bool {
	return r.Mode == Stub && r.Transport == UDP && !r.DNSSEC && len(r.Servers) > 0 &&
		r.EDNS == EDNSOptions{} && r.class() == ClassIN && !r.Options.TrustAD && !r.MixCase && !r.NoRecurse
}

// answered is an Answer with its error.
type answered struct {
	Answer
	err error
}

// A slot is a question under way.
type slot struct {
	index    int
	question Question
	id       uint16
	busy     bool
	tries    int
	first    time.Time // when it was first sent
	due      time.Time // when to send it again
	query    []byte
	buf      [maxName + 32]byte
}

// A batch is one run of Batch.
type batch struct {
	r     *Resolver
	ctx   context.Context
	o     BatchOptions
	next  func() (Question, bool)
	yield func(Answer, error) bool

	io      packets
	slots   []slot
	free    []int
	byID    [1 << 16]uint16 // slot+1 of an ID under way
	random  *rand.ChaCha8
	window  float64 // how many may be under way: less after a loss
	asked   int     // questions taken
	ended   bool    // there are no more
	stopped bool    // the caller wants no more
	replies int     // that were of use
	strays  int     // with an ID that no question has
	now     time.Time
	scanned time.Time
	rto     rto

	ahead   []answered // a ring of answers that wait for an earlier one
	have    []bool
	head    int // index of the answer that comes next
	slow    chan answered
	slowing int
	work    sync.WaitGroup
}

// packets is a socket that sends and receives datagrams, several at once where
// the system can.
type packets interface {
	// queue keeps a datagram for flush; it is sent now if there is no room.
	queue(b []byte) error
	flush() error
	// receive waits for datagrams until the deadline, and calls handle with each.
	receive(deadline time.Time, handle func([]byte)) error
	Close() error
}

// run sends, receives and repeats until every question has an answer.
func (b *batch) run() {
	conn, err := b.dial()
	if err != nil {
		b.fatal(err)
		return
	}
	b.io = newPackets(conn)
	defer b.io.Close()
	defer context.AfterFunc(b.ctx, func() { b.io.Close() })()
	b.slots = make([]slot, b.o.Window)
	for i := range b.slots {
		b.free = append(b.free, i)
	}
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(rand.Uint32())
	}
	b.random = rand.NewChaCha8(seed)
	b.ahead, b.have = make([]answered, maxAhead), make([]bool, maxAhead)
	b.window = float64(b.o.Window)
	b.now = b.r.now()
	b.scanned = b.now
	for !b.stopped && b.ctx.Err() == nil {
		if err := b.fill(); err != nil {
			b.fatal(err)
			return
		}
		b.drain()
		if len(b.free) == len(b.slots) { // nothing is under way here
			if b.ended && b.slowing == 0 {
				return
			}
			if b.slowing > 0 && (b.ended || b.asked-b.head >= maxAhead || !b.ready()) {
				select {
				case a := <-b.slow:
					b.slowing--
					b.emit(a)
				case <-b.ctx.Done():
				}
			}
			continue
		}
		err := b.io.receive(b.now.Add(100*time.Millisecond), b.handle)
		b.now = b.r.now()
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			if b.ctx.Err() != nil {
				return
			}
			if b.replies == 0 {
				b.fatal(netError(err, UDP))
				return
			}
		}
		if b.now.Sub(b.scanned) >= 20*time.Millisecond || err != nil {
			if b.repeat(); b.stopped {
				return
			}
		}
	}
}

// ready reports whether the next question can be had without waiting for it.
func (b *batch) ready() bool { return b.o.Ready == nil || b.o.Ready() }

func (b *batch) dial() (net.Conn, error) {
	server, err := b.r.lookup(b.ctx).locate(b.r.Servers[0])
	if err != nil {
		return nil, err
	}
	conn, err := b.r.Dial(b.ctx, "udp", server.Addr.String())
	if err != nil {
		return nil, netError(err, UDP)
	}
	return conn, nil
}

// fatal ends the batch: nothing can be asked.
func (b *batch) fatal(err error) {
	if b.ctx.Err() == nil && !b.stopped {
		kind := ErrNetwork
		if errors.Is(err, ErrTimeout) {
			kind = ErrTimeout
		}
		b.yield(Answer{Index: -1}, fmt.Errorf("%s: %w: %s", b.r.Servers[0], kind, err))
	}
	b.stopped = true
}

// fill takes questions and sends them, as many as may be under way.
func (b *batch) fill() error {
	for !b.ended && len(b.free) > 0 && len(b.slots)-len(b.free) < int(b.window) && b.asked-b.head < maxAhead {
		if (len(b.free) < len(b.slots) || b.slowing > 0) && !b.ready() {
			break
		}
		q, ok := b.next()
		if !ok {
			b.ended = true
			break
		}
		if q.Name == "" || isSpecial(q.Name) || q.Type == TypeAXFR || q.Type == TypeIXFR {
			b.asked++
			b.start(b.asked-1, q)
			continue
		}
		i := b.free[len(b.free)-1]
		b.free = b.free[:len(b.free)-1]
		s := &b.slots[i]
		s.index, s.question, s.tries, s.busy = b.asked, q, 0, true
		b.asked++
		for s.id = uint16(b.random.Uint64()); b.byID[s.id] != 0; s.id = uint16(b.random.Uint64()) {
		}
		b.byID[s.id] = uint16(i + 1)
		var err error
		if s.query, err = appendQuery(s.buf[:0], s.id, q); err != nil {
			b.finish(i, answered{Answer{Index: s.index, Question: q}, err})
			continue
		}
		s.first = b.now
		if err := b.send(s); err != nil {
			return err
		}
	}
	return b.checked(b.io.flush())
}

func (b *batch) send(s *slot) error {
	s.due = b.now.Add(b.rto.wait() << s.tries)
	s.tries++
	return b.checked(b.io.queue(s.query))
}

// checked passes over errors of single packets: a full buffer, or a port that
// was closed for a moment. The packet counts as lost.
func (b *batch) checked(err error) error {
	if err == nil || b.replies > 0 || errors.Is(err, syscall.ENOBUFS) {
		return nil
	}
	return netError(err, UDP)
}
