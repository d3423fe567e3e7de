package dnslookup

import (
	"context"
	"fmt"
	"iter"
	"net"
)

// maxTransfer bounds the records of one transfer: more than any zone has that
// is not a top-level domain's.
var maxTransfer = 20_000_000

// Transfer asks the first of the Servers for a whole zone (AXFR, RFC 5936),
// over TCP, or over TLS if that is the Transport. It yields the records of one
// message after the other, as they come. The first record and the last are the
// zone's SOA record; without the last one the zone is not whole, and the error
// says so. Records outside the zone are left out. After an error there is
// nothing more.
func (r *Resolver) Transfer(ctx context.Context, zone string) iter.Seq2[[]Record, error] {
	return func(yield func([]Record, error) bool) {
		l := r.lookup(ctx)
		zone, err := ParseName(zone)
		if err != nil {
			yield(nil, err)
			return
		}
		q := Question{zone, TypeAXFR}
		if len(r.Servers) == 0 {
			yield(nil, &Error{Question: q, Kind: ErrNetwork, Detail: "no name server is configured"})
			return
		}
		server, err := l.locate(r.Servers[0])
		if err == nil {
			err = l.transfer(server, q, func(records []Record) bool { return yield(records, nil) })
		}
		switch {
		case err == nil:
		case ctx.Err() != nil:
			yield(nil, ctx.Err())
		default:
			yield(nil, l.failure(q, []Try{{server, err}}))
		}
	}
}

// transfer sends the query and reads messages until the SOA record comes again.
func (l *lookup) transfer(server Server, q Question, yield func([]Record) bool) error {
	transport := TCP
	if l.r.Transport == TLS {
		transport = TLS
	} else if l.r.Transport == HTTPS {
		return tryFailed(ErrFormat, true, "a zone transfer goes over TCP or TLS, not over HTTPS")
	}
	if addr := server.Addr.Addr(); addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" {
		return needsInterface(addr)
	}
	conn, err := l.connect(server, transport)
	if err != nil {
		return err
	}
	defer conn.Close()
	query, err := l.pack(server, q, asking{}, transport)
	if err != nil {
		return tryFailed(ErrFormat, true, "the query cannot be packed: %v", err)
	}
	if _, err := conn.Write(frame(query)); err != nil {
		return l.netError(l.ctx, err, transport)
	}
	t := &transferred{q: q, query: query}
	for !t.ended {
		raw, err := l.readWithin(conn, transport)
		if err != nil {
			return t.broken(err)
		}
		records, err := t.take(raw)
		if err != nil {
			return t.broken(err)
		}
		if !yield(records) {
			return nil
		}
	}
	return nil
}

// connect dials a server for messages with a length before them.
func (l *lookup) connect(server Server, t Transport) (net.Conn, error) {
	ctx, cancel := l.r.within(l.ctx, l.r.timeout())
	defer cancel()
	conn, err := l.r.Dial(ctx, "tcp", server.Addr.String())
	if err != nil {
		return nil, l.netError(ctx, err, t)
	}
	if t != TLS {
		return conn, nil
	}
	secure, err := l.r.overTLS(ctx, conn, server)
	if err != nil {
		conn.Close()
		return nil, l.netError(ctx, err, t)
	}
	return secure, nil
}

// readWithin reads one message, for which the server has the time of one try.
func (l *lookup) readWithin(conn net.Conn, t Transport) ([]byte, error) {
	ctx, cancel := l.r.within(l.ctx, l.r.timeout())
	defer cancel()
	if l.r.After == nil {
		conn.SetDeadline(l.now().Add(l.r.timeout()))
	}
	// The end of the wait closes the connection; the end of the read must not.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	raw, err := readFramed(conn)
	stop()
	if err != nil {
		return nil, l.netError(ctx, err, t)
	}
	return raw, nil
}

// transferred is what has come of a zone so far.
type transferred struct {
	q     Question
	query []byte
	soa   Record // the first record
	n     int    // records
	ended bool   // the SOA record has come again
}

// broken says how much had come before an error.
func (t *transferred) broken(err error) error {
	if e, ok := err.(*tryError); ok && t.n > 0 {
		e.detail = fmt.Sprintf("the zone is not whole: after %d %s: %s", t.n, plural(t.n, "record"), e.detail)
	}
	return err
}

// take reads the records of one message.
func (t *transferred) take(raw []byte) ([]Record, error) {
	m, err := Decode(raw)
	switch {
	case err != nil:
		return nil, tryFailed(ErrFormat, true, "a broken message: %v", err)
	case m.ID != uint16(t.query[0])<<8|uint16(t.query[1]):
		return nil, tryFailed(ErrFormat, true, "a message with the ID of another query")
	case !m.Response || m.Opcode != 0 || m.Truncated:
		return nil, tryFailed(ErrFormat, true, "a message that is no part of a transfer (RFC 5936 2.2)")
	case len(m.Question) > 0 && (m.Question[0].Type != TypeAXFR || lower(m.Question[0].Name) != lower(t.q.Name)):
		return nil, tryFailed(ErrFormat, true, "a message to another question, %s", m.Question[0])
	case m.Rcode != NoError:
		return nil, &tryError{kind: ErrServer, detail: m.Rcode.String() + ", " + m.Rcode.Words(), rcode: m.Rcode, final: true}
	case len(m.Answer) == 0:
		return nil, tryFailed(ErrFormat, true, "a message without a record; a transfer begins with the zone's SOA record (RFC 5936 2.2)")
	}
	kept := m.Answer[:0:0]
	for i, rr := range m.Answer {
		ofZone := rr.Type == TypeSOA && lower(rr.Name) == lower(t.q.Name)
		switch {
		case t.n == 0 && !ofZone:
			return nil, tryFailed(ErrFormat, true, "it begins with a %s record of %s, not with the zone's SOA record (RFC 5936 2.2)", rr.Type, trimDot(rr.Name))
		case t.n == 0:
			t.soa = rr
		case ofZone && rr.Data != t.soa.Data:
			return kept, tryFailed(ErrFormat, true, "the SOA record at its end is not the one at its beginning: the zone has changed on the way")
		case ofZone && i+1 < len(m.Answer):
			return kept, tryFailed(ErrFormat, true, "%d more records follow the SOA record at its end", len(m.Answer)-i-1)
		case ofZone:
			t.ended = true
		}
		if t.n++; t.n > maxTransfer {
			return kept, tryFailed(ErrBudget, true, "a zone of more than %d records", maxTransfer)
		}
		if below(rr.Name, t.q.Name) && rr.Class == ClassIN {
			kept = append(kept, rr)
		}
	}
	return kept, nil
}
