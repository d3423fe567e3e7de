// Package dnslookup finds what a name stands for, and shows how: RFC 1034 and
// RFC 1035, with the cache of RFC 2308, the proofs of DNSSEC (RFC 4033 to 4035,
// RFC 5155) and QNAME minimisation (RFC 9156).
//
//	r := &dnslookup.Resolver{Mode: dnslookup.Iterative, Dial: (&net.Dialer{}).DialContext}
//	result, err := r.Lookup(ctx, "www.example.cn")
//	for _, a := range result.Addrs {
//		fmt.Println(a.Addr, a.Reason)
//	}
//
// A Resolver either asks servers that do the work (Stub), or walks from the
// root by itself (Iterative). It dials through a function and reads a clock
// that the caller gives, so that package dnslookup/world can put a whole
// Internet of name servers in their place. Decode takes any message apart, bit
// by bit.
package dnslookup

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// A Mode is who does the work of a look-up.
type Mode int

const (
	Stub      Mode = iota // the Servers do it: they are recursors
	Iterative             // we do, from the root
)

// A DialFunc connects to "192.0.2.1:53" over "udp" or "tcp", as
// net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// A Resolver looks names up. Its fields may not change once it is in use; it
// may be used by any number of goroutines. Only Dial must be set, and Servers
// in Stub mode.
type Resolver struct {
	Mode      Mode
	Transport Transport // how servers are asked in Stub mode; UDP turns to TCP where it must
	Servers   []Server  // Stub: recursors, the first one first; Iterative: the root's servers, nil for those of the Internet
	Dial      DialFunc

	Hosts  *Hosts           // names that need no server; nil for none
	Search []string         // suffixes to try on short names (RFC 1535)
	Ndots  int              // a name with as many dots is tried as it is first; 0 means 1, -1 that every name is
	Clock  func() time.Time // nil means time.Now
	// After calls f in a goroutine of its own once d has passed on Clock, unless
	// stop comes before that: it ends the wait for a reply. nil means that of
	// this machine's clock, with deadlines on the connections by Clock.
	After  func(d time.Duration, f func()) (stop func() bool)
	Repeat bool       // queries repeat exactly: their IDs count up; never on a real network, where IDs must not be guessed
	Cache  *Cache     // shared between look-ups; nil for a fresh one each time
	Trace  func(Step) // told of every step, in order; never called by two goroutines at once

	DNSSEC    bool     // verify every answer by the chain from Anchors
	Anchors   []string // DS records of the root, as in a zone file; nil for those of IANA
	NoRecurse bool     // Stub: ask the server only for what it knows itself
	NoMinimal bool     // Iterative: tell every server the whole name, not only what it must know (RFC 9156)
	// MixCase spells names in random case, so that a forged reply has to guess
	// that too (0x20). It is off unless asked for: servers that answer in other
	// letters cost a query more over TCP, and a wrong ID, which a forger cannot
	// avoid for long, moves a walk to TCP already.
	MixCase bool
	TLS     *tls.Config

	Options Options     // of resolv.conf(5)
	EDNS    EDNSOptions // what a query says beyond its question
	Class   Class       // of every question; 0 means IN. Resolvers of different classes may not share a Cache

	// Timeout is for one try. A walk doubles it with each round; a recursor gets
	// the same time in each. 0 means 800 ms in a walk, 5 s for a recursor.
	// Attempts is the number of rounds over all servers; 0 means 2.
	Timeout  time.Duration
	Attempts int
	// MaxQueries bounds the packets for one look-up, whatever the servers say;
	// 0 means 60.
	MaxQueries int
	// NotLocal lists zones to ask for although an RFC keeps their names out of
	// the DNS, such as "test.": those of a lab. See Recursor.
	NotLocal []string
	// Source tells which of our own addresses a packet to the given one would
	// carry; the zero Addr if it cannot be sent. nil: no address is preferred
	// for that. (RFC 6724 needs it.)
	Source func(netip.Addr) netip.Addr

	// Locate finds the address of a server that is given by its name; nil: a
	// server must be given by its address.
	Locate func(ctx context.Context, name string) (netip.Addr, error)

	flights flights

	once  sync.Once
	turn  atomic.Uint32 // which server comes first, with Rotate
	https *http.Client
	trace sync.Mutex
}

// Security is what DNSSEC says about an answer.
type Security string

const (
	Unchecked Security = ""         // nobody looked
	Claimed   Security = "claimed"  // the server says it has verified it (AD); we have not
	Secure    Security = "secure"   // a chain of signatures leads from the anchor to it
	Insecure  Security = "insecure" // a zone on the way is provably not signed
	Bogus     Security = "bogus"    // it should be signed, and is not, or wrongly
)

// A Result is what a look-up found.
type Result struct {
	Name     string        // as it was asked: fully qualified
	Searched []string      // names that were tried before, from the search list
	Types    []Type        // what was asked for
	Chain    []Record      // the aliases that led to the answer, in order
	Records  []Record      // the answer
	Addrs    []Address     // its addresses, in the order a program should try them (RFC 6724)
	Failed   []*Error      // types without a usable answer, although the name has been found (or denied) by others
	Referral []Record      // instead of an answer: the servers that the server names
	Rcode    Rcode         // of the last reply
	Negative *Negative     // of a name or type that does not exist
	Security Security      // of all of it together
	Trust    []Link        // the chain from the anchor, with DNSSEC
	Local    string        // why nobody was asked: "the hosts file", "RFC 6761"
	Server   Server        // who answered in the end
	Via      Transport     // how
	Zone     string        // whose server that was, in Iterative mode
	Cached   bool          // everything was known already
	TooLarge bool          // a reply did not fit into a datagram: asked again over TCP
	Queries  int           // that were sent
	Elapsed  time.Duration // in all
	Errors   []EDE         // what the server said about it (RFC 8914)
	Options  []Option      // of EDNS, in the last reply
}

// A Negative says that something does not exist, who says so, and how long
// that may be remembered (RFC 2308).
type Negative struct {
	Name string        // what does not exist
	Zone string        // whose SOA record says so; "" without one
	TTL  time.Duration // the smaller of the SOA's TTL and its MINIMUM
	By   string        // the name above whose absence covers this one (RFC 8020), or ""
}

func (r *Resolver) now() time.Time {
	if r.Clock != nil {
		return r.Clock()
	}
	return time.Now()
}

func (r *Resolver) timeout() time.Duration {
	switch {
	case r.Timeout > 0:
		return r.Timeout
	case r.Mode == Iterative:
		return 800 * time.Millisecond
	}
	return 5 * time.Second // RES_TIMEOUT of resolv.conf(5)
}

// wait returns how long the tries of one round may take.
func (r *Resolver) wait(round int) time.Duration {
	if r.Mode == Iterative {
		return r.timeout() << round
	}
	return r.timeout()
}

// patience returns how long all rounds may take with one server.
func (r *Resolver) patience() (sum time.Duration) {
	for round := range r.attempts() {
		sum += r.wait(round)
	}
	return sum
}

func (r *Resolver) class() Class {
	if r.Class == 0 {
		return ClassIN
	}
	return r.Class
}

func (r *Resolver) attempts() int {
	if r.Attempts > 0 {
		return r.Attempts
	}
	return 2
}

func (r *Resolver) maxQueries() int {
	if r.MaxQueries > 0 {
		return r.MaxQueries
	}
	return 60
}

// within returns a context that ends when d has passed on the Resolver's clock.
// Its cause is then context.DeadlineExceeded.
func (r *Resolver) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if r.After == nil {
		return context.WithTimeout(ctx, d)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := r.After(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// tell gives a step to Trace.
func (r *Resolver) tell(s Step) {
	if r.Trace != nil {
		r.trace.Lock()
		defer r.trace.Unlock()
		r.Trace(s)
	}
}
