package dnslookup

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// udpSize is what we announce over EDNS: a reply of that size is not
// fragmented anywhere (RFC 9715, DNS flag day 2020).
const udpSize = 1232

// A reply is what a server sent, after every check that can be made without
// knowing the zone.
type reply struct {
	msg  *dns.Msg // for the records, which the validator needs whole
	text *Message // the same, by our own decoder
	step Step     // what to tell the trace; the caller fills in the outcome
}

// asking is what a query has besides its question.
type asking struct {
	zone    string // whose servers these are
	reason  string // Step.For
	depth   int
	recurse bool          // RD
	dnssec  bool          // DO, and CD where a recursor is asked: we verify by ourselves
	timeout time.Duration // of one try
	tcp     bool          // not over UDP
	mixCase bool          // 0x20
	edns    bool
	cookie  bool // the server has refused a query without its cookie
}

// exchange asks one server one question. It repeats over TCP what UDP cut off,
// and without EDNS what the server does not understand with it. Every query it
// sends counts; each but the last has its own Step.
func (l *lookup) exchange(server Server, q Question, a asking) (*reply, error) {
	transport := l.r.Transport
	if transport == UDP && a.tcp {
		transport = TCP
	}
	a.edns = !l.plain[server.Addr]
	before := "" // why TCP is asked
	for {
		r, err := l.once(server, transport, q, a)
		if err != nil {
			var failed *tryError
			if errors.As(err, &failed) && (failed.kind == errCase || failed.kind == errWrongID) {
				if transport == UDP {
					transport = TCP
				}
				l.tell(r.step, Retried, "%s: asked again over %s", failed, transport)
				before, a.mixCase = failed.detail, false
				continue
			}
			if before != "" && errors.As(err, &failed) {
				err = &tryError{kind: failed.kind, detail: before + fmt.Sprintf(", and over %s: ", transport) + failed.detail, rcode: failed.rcode, final: failed.final}
			}
			return r, err
		}
		rcode := r.text.Rcode
		switch {
		case a.edns && (rcode == FormErr || rcode == NotImp || rcode == BadVers):
			l.plain[server.Addr] = true
			l.tell(r.step, Retried, "%s: it may not know EDNS; asked again without", rcode)
			a.edns = false
		case rcode == BadCookie && a.edns && !a.cookie && l.keepCookie(server, r.text):
			l.tell(r.step, Retried, "%s: asked again with the cookie that the server gave (RFC 7873 5.3)", rcode)
			a.cookie = true
		case r.text.Truncated && transport == UDP:
			l.tooLarge, before = true, "truncated over UDP"
			l.tell(r.step, CutOff, "too large for UDP (%d octets came): asked again over TCP", len(r.step.Reply))
			transport = TCP
		case r.text.Truncated:
			return r, tryFailed(ErrFormat, true, "truncated, even over %s", transport)
		default:
			return r, nil
		}
	}
}

// once sends one query and waits for its reply.
func (l *lookup) once(server Server, t Transport, q Question, a asking) (*reply, error) {
	r := &reply{step: Step{Depth: a.depth, Start: l.now().Sub(l.start), Server: server, Zone: a.zone, Transport: t, Question: q, For: a.reason}}
	if l.left--; l.left < 0 {
		return r, ErrBudget
	}
	if err := l.ctx.Err(); err != nil {
		return r, err
	}
	key := flightKey{server, t, q, a.edns, a.dnssec, a.recurse, a.mixCase}
	shared, err := l.r.flights.share(l.ctx, key, func() (*reply, error) { return r, l.send(r, q, a) })
	if shared != nil && shared != r {
		r.msg, r.text = shared.msg, shared.text
		r.step.RTT, r.step.Reply, r.step.Rcode = shared.step.RTT, shared.step.Reply, shared.step.Rcode
	}
	return r, err
}

// send sends the query of a step and checks the reply.
func (l *lookup) send(r *reply, q Question, a asking) error {
	server, t := r.step.Server, r.step.Transport
	query, err := l.pack(server, q, a, t)
	if err != nil {
		return tryFailed(ErrFormat, true, "the query cannot be packed: %v", err)
	}
	began := l.now()
	raw, sent, err := l.transact(server, t, query, a)
	r.step.RTT = l.now().Sub(began)
	if sent {
		r.step.Query = query
	}
	r.step.Reply = raw
	if err != nil {
		return err
	}
	if err := r.check(query, a.mixCase); err != nil {
		return err
	}
	return l.checkCookie(server, r.text)
}

// pack writes a query. miekg packs it: the header, one question, one OPT.
func (l *lookup) pack(server Server, q Question, a asking, t Transport) ([]byte, error) {
	m := new(dns.Msg)
	m.Id = l.id()
	if t == HTTPS {
		m.Id = 0 // so that caches on the way can work (RFC 8484 4.1)
	}
	m.RecursionDesired = a.recurse
	m.CheckingDisabled = a.dnssec && a.recurse
	m.AuthenticatedData = a.recurse && l.r.Options.TrustAD // RFC 6840 5.7
	name := q.Name
	if a.mixCase {
		name = l.mix(name)
	}
	m.Question = []dns.Question{{Name: name, Qtype: uint16(q.Type), Qclass: uint16(l.r.class())}}
	if a.edns {
		m.SetEdns0(udpSize, a.dnssec)
		if err := l.addOptions(m, server); err != nil {
			return nil, err
		}
	}
	return m.Pack()
}

// id returns an ID that nobody can guess (RFC 5452 9.2).
func (l *lookup) id() uint16 {
	if l.r.Repeat {
		l.ids++
		return l.ids
	}
	var b [2]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint16(b[:])
}

// mix spells a name in letters of random case: a liar has to guess them too.
func (l *lookup) mix(name string) string {
	bits := make([]byte, len(name))
	rand.Read(bits)
	out := []byte(name)
	for i, c := range out {
		if 'a' <= c && c <= 'z' && bits[i]&1 == 1 {
			out[i] = c - 32
		}
	}
	return string(out)
}

// errCase marks a reply whose question differs from the query's in case alone,
// errWrongID one with another ID. Both may be forged.
var (
	errCase    = errors.New("other case")
	errWrongID = errors.New("wrong ID")
)

// transact sends the octets of a query to a server and returns those of the
// reply with the same ID. sent is false if there was no connection to send on.
func (l *lookup) transact(server Server, t Transport, query []byte, a asking) (raw []byte, sent bool, err error) {
	ctx, cancel := l.r.within(l.ctx, a.timeout)
	defer cancel()
	if !server.Addr.Addr().IsValid() {
		return nil, false, tryFailed(ErrNetwork, true, "its address is not known")
	}
	if addr := server.Addr.Addr(); addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" {
		return nil, false, needsInterface(addr)
	}
	if t == HTTPS {
		raw, err := l.r.overHTTPS(ctx, server, query)
		if errors.Is(err, context.Canceled) { // by which of the two contexts?
			err = l.netError(ctx, err, t)
		}
		return raw, !errors.Is(err, ErrNetwork), err
	}
	network := "udp"
	if t != UDP {
		network = "tcp"
	}
	deadline := l.now().Add(a.timeout)
	conn, err := l.r.Dial(ctx, network, server.Addr.String())
	if err != nil {
		return nil, false, l.netError(ctx, err, t)
	}
	defer conn.Close()
	// The context ends the wait, at an interrupt too. A clock without After may
	// be simulated by the connection, which then needs to know the deadline.
	if l.r.After == nil {
		conn.SetDeadline(deadline)
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if t == TLS {
		conn, err = l.r.overTLS(ctx, conn, server)
		if err != nil {
			return nil, false, l.netError(ctx, err, t)
		}
	}
	wrongIDs := 0
	if t == UDP {
		raw, wrongIDs, err = overUDP(conn, query, a.zone != "")
	} else {
		raw, wrongIDs, err = overStream(conn, query)
	}
	if err == nil {
		return raw, true, nil
	}
	err = l.netError(ctx, err, t)
	if failed, ok := errors.AsType[*tryError](err); ok && wrongIDs > 0 {
		failed.detail += fmt.Sprintf("; %d %s came with a wrong ID", wrongIDs, map[bool]string{true: "reply", false: "replies"}[wrongIDs == 1])
	}
	return raw, true, err
}

// needsInterface is the error of a link-local address alone: each link has its
// own (RFC 4007 6).
func needsInterface(addr netip.Addr) error {
	return tryFailed(ErrNetwork, true, "a link-local address needs its interface: %s%%eth0", addr)
}

// netError is netError of an error that may have come because ctx, one try's,
// or the context of the whole look-up had ended.
func (l *lookup) netError(ctx context.Context, err error, t Transport) error {
	var known *tryError
	switch {
	case errors.As(err, &known):
		return err
	case l.ctx.Err() != nil:
		return l.ctx.Err()
	case ctx.Err() != nil:
		return netError(context.Cause(ctx), t)
	}
	return netError(err, t)
}
