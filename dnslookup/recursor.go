package dnslookup

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// A Recursor answers other programs' queries with a Resolver's help: dig, a
// browser, the stub resolver of a system. Give the Resolver a Cache.
type Recursor struct {
	Resolver *Resolver
}

// Limits on what strangers can make a Recursor do at once.
const (
	maxClients = 256              // queries in work, and TCP connections
	idleTime   = 10 * time.Second // of a TCP connection
	answerTime = 12 * time.Second // for one query
)

// Reply returns the reply to a query that came over "udp" or "tcp"; nil if
// there is none to give. An answer that DNSSEC shows to be forged is withheld
// (SERVFAIL), unless the query has the CD bit (RFC 4035 3.2.2).
func (s *Recursor) Reply(ctx context.Context, network string, raw []byte) []byte {
	if len(raw) < 12 || raw[2]&0x80 != 0 {
		return nil // not a query: an answer to it could start a loop
	}
	query := new(dns.Msg)
	err := query.Unpack(raw)
	opcode := int(raw[2] >> 3 & 15)
	if err != nil || len(query.Question) != 1 || opts(query) > 1 {
		bare := new(dns.Msg)
		bare.Id, bare.Response, bare.Opcode, bare.Rcode = binary.BigEndian.Uint16(raw), true, opcode, dns.RcodeFormatError
		if opcode != dns.OpcodeQuery {
			bare.Rcode = dns.RcodeNotImplemented
		}
		return packReply(bare)
	}
	m := new(dns.Msg)
	m.SetReply(query)
	m.RecursionAvailable, m.Compress = true, true
	m.CheckingDisabled = query.CheckingDisabled
	size, do := dns.MinMsgSize, false
	if opt := query.IsEdns0(); opt != nil {
		size, do = min(max(size, int(opt.UDPSize())), udpSize), opt.Do()
		m.SetEdns0(udpSize, do)
		if opt.Version() != 0 {
			m.Rcode = dns.RcodeBadVers
			return packReply(m)
		}
	}
	switch q := query.Question[0]; {
	case query.Opcode != dns.OpcodeQuery:
		m.Rcode = dns.RcodeNotImplemented
	case q.Qtype == 0, q.Qtype == dns.TypeOPT, q.Qtype == dns.TypeTKEY, q.Qtype == dns.TypeTSIG:
		m.Rcode = dns.RcodeFormatError // no record of a name has such a type
	case q.Qclass != dns.ClassINET, q.Qtype == dns.TypeAXFR, q.Qtype == dns.TypeIXFR, !query.RecursionDesired:
		m.Rcode = dns.RcodeRefused
	default:
		s.answer(ctx, m, do, do || query.AuthenticatedData)
	}
	if network == "udp" {
		m.Truncate(size)
		m.Compress = true // Truncate leaves it out where it need not be
	}
	return packReply(m)
}

// opts counts the OPT records of a query; there may be one (RFC 6891 6.1.1).
func opts(m *dns.Msg) int {
	n := 0
	for _, rr := range m.Extra {
		if rr.Header().Rrtype == dns.TypeOPT {
			n++
		}
	}
	return n
}

func packReply(m *dns.Msg) []byte {
	raw, err := m.Pack()
	if err != nil {
		return nil
	}
	return raw
}

// answer fills in the reply to the question that m repeats.
func (s *Recursor) answer(ctx context.Context, m *dns.Msg, do, ad bool) {
	q := Question{lower(m.Question[0].Name), Type(m.Question[0].Qtype)}
	l := s.Resolver.lookup(ctx)
	local := &Result{Name: q.Name, Types: []Type{q.Type}}
	if done, err := l.locally(local); done {
		s.answerLocally(m, local, err)
		return
	}
	hops, err := l.follow(q, 0, "", s.Resolver.DNSSEC && !m.CheckingDisabled)
	if err != nil && !errors.Is(err, ErrNXDomain) && !errors.Is(err, ErrNoData) {
		var e *Error
		if errors.As(err, &e) && e.Rcode == YXDomain && len(hops) > 0 {
			m.Rcode = dns.RcodeYXDomain
		} else {
			m.Rcode = dns.RcodeServerFailure
			explain(m, err)
			return
		}
	}
	secure := true
	for _, h := range hops {
		secure = secure && h.checked && h.security == Secure
		if !h.cached {
			h = h.aged(h.question, l.now())
		}
		m.Answer = append(m.Answer, strip(h.answer, do, q.Type)...)
		if h.negative() {
			m.Rcode = int(h.rcode)
		}
		for _, rr := range strip(h.proof, do, 0) {
			sig, _ := rr.(*dns.RRSIG)
			ofSOA := rr.Header().Rrtype == dns.TypeSOA || sig != nil && sig.TypeCovered == dns.TypeSOA
			if ofSOA && !h.negative() || slices.ContainsFunc(m.Ns, func(had dns.RR) bool { return dns.IsDuplicate(had, rr) }) {
				continue // hops from one reply share its proofs
			}
			m.Ns = append(m.Ns, rr)
		}
	}
	m.AuthenticatedData = ad && secure && len(hops) > 0
}

func (s *Recursor) answerLocally(m *dns.Msg, local *Result, err error) {
	for _, r := range local.Records {
		if rr, bad := dns.NewRR(r.Name + " 0 IN " + r.Type.String() + " " + r.Data); bad == nil {
			m.Answer = append(m.Answer, rr)
		}
	}
	if errors.Is(err, ErrNXDomain) {
		m.Rcode = dns.RcodeNameError
	}
}

// strip leaves DNSSEC's records out for those who did not ask for them.
func strip(rrs []dns.RR, do bool, asked Type) []dns.RR {
	var kept []dns.RR
	for _, rr := range rrs {
		switch t := rr.Header().Rrtype; t {
		case dns.TypeRRSIG, dns.TypeNSEC, dns.TypeNSEC3:
			if !do && t != uint16(asked) && asked != TypeANY {
				continue
			}
		}
		kept = append(kept, rr)
	}
	return kept
}

// explain adds why there is no answer, as an extended error (RFC 8914).
func explain(m *dns.Msg, err error) {
	opt := m.IsEdns0()
	if opt == nil {
		return
	}
	code := uint16(0)
	switch {
	case errors.Is(err, ErrBogus):
		code = dns.ExtendedErrorCodeDNSBogus
	case errors.Is(err, ErrNetwork), errors.Is(err, ErrTimeout):
		code = dns.ExtendedErrorCodeNoReachableAuthority
	case errors.Is(err, ErrLame):
		code = dns.ExtendedErrorCodeNoReachableAuthority
	}
	text := err.Error()
	opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: code, ExtraText: text[:min(len(text), 200)]})
}

// ServeUDP answers the queries that come to conn, until ctx ends.
func (s *Recursor) ServeUDP(ctx context.Context, conn net.PacketConn) error {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var work sync.WaitGroup
	defer work.Wait()
	slots := make(chan struct{}, maxClients)
	buf := make([]byte, maxMessage)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var temporary net.Error // such as a client's closed port, on Windows
			if errors.As(err, &temporary) && !errors.Is(err, net.ErrClosed) {
				continue
			}
			return err
		}
		query := append([]byte(nil), buf[:n]...)
		select {
		case slots <- struct{}{}:
		default:
			continue // the client will ask again; nobody else should suffer
		}
		work.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, answerTime)
			defer cancel()
			if reply := s.Reply(ctx, "udp", query); reply != nil {
				conn.WriteTo(reply, from) // a client that has gone does not matter
			}
		})
	}
}

// ServeTCP answers the queries on the connections that ln accepts, until ctx
// ends. With a TLS listener this is DNS over TLS.
func (s *Recursor) ServeTCP(ctx context.Context, ln net.Listener) error {
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	var work sync.WaitGroup
	defer work.Wait()
	slots := make(chan struct{}, maxClients)
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		select {
		case slots <- struct{}{}:
		default:
			conn.Close()
			continue
		}
		work.Go(func() {
			defer func() { <-slots }()
			s.ServeConn(ctx, conn)
		})
	}
}

// ServeConn answers the queries on one connection (RFC 7766), and closes it.
func (s *Recursor) ServeConn(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	for {
		conn.SetDeadline(time.Now().Add(idleTime))
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		within, cancel := context.WithTimeout(ctx, answerTime)
		reply := s.Reply(within, "tcp", query)
		cancel()
		if reply == nil {
			return
		}
		conn.SetDeadline(time.Now().Add(idleTime))
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

// ServeHTTP answers DNS over HTTPS (RFC 8484): a POST with the query as its
// body, or a GET with ?dns= in base64url.
func (s *Recursor) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var query []byte
	var err error
	switch req.Method {
	case http.MethodPost:
		query, err = io.ReadAll(http.MaxBytesReader(w, req.Body, maxMessage))
	case http.MethodGet:
		query, err = base64.RawURLEncoding.DecodeString(req.URL.Query().Get("dns"))
	default:
		http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
		return
	}
	if err != nil || len(query) == 0 {
		http.Error(w, "no DNS query", http.StatusBadRequest)
		return
	}
	reply := s.Reply(req.Context(), "tcp", query)
	if reply == nil {
		http.Error(w, "not a DNS query", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/dns-message")
	io.Copy(w, bytes.NewReader(reply))
}
