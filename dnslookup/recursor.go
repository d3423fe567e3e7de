package dnslookup

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// A Recursor answers other programs' queries with a Resolver's help: dig, a
// browser, the stub resolver of a system. Give the Resolver a Cache. Names that
// an RFC keeps out of the public DNS, such as 10.in-addr.arpa, are answered
// here (RFC 6303, RFC 6761), but for those of Resolver.NotLocal. The other fields
// may stay zero; none may change once it serves.
type Recursor struct {
	Resolver   *Resolver
	MaxConns   int          // TCP connections at once; 0 means 256
	MaxLookups int          // look-ups that wait for name servers at once; 0 means 256
	OnReply    func(Served) // is called for every query, by several goroutines at once

	clients clients // TCP connections
	jobs    jobs    // look-ups under way
}

// A Served is a query that a Recursor has answered, or dropped.
type Served struct {
	Client    netip.AddrPort // not valid if it is not known
	Transport Transport
	Question  Question // its name is "" if the query has none that can be read
	Rcode     Rcode
	From      Source        // of the answer
	RFC       string        // of FromLocal: which one says so
	Queries   int           // that were sent to name servers for it
	Took      time.Duration //
	Err       error         // why there is no answer
	Dropped   bool          // no reply was sent: there was too much work
}

// A Source is where a Recursor's answer came from.
type Source string

const (
	FromServers Source = "servers"  // name servers were asked
	FromMemory  Source = "cache"    // all was known
	FromMerged  Source = "merged"   // another client's equal question was under way
	FromLocal   Source = "local"    // a zone that an RFC has answered locally, or the hosts file
	FromNowhere Source = "rejected" // the query could not be answered as it was
)

// Limits on what strangers can make a Recursor do.
const (
	defaultClients = 256              // MaxConns
	defaultLookups = 256              // MaxLookups
	answerTime     = 10 * time.Second // for one look-up
	maxQuery       = 4096             // bytes of a query; one question needs 300
)

// Reply returns the reply to a query that came over "udp" or "tcp"; nil if
// there is none to give. An answer that DNSSEC shows to be forged is withheld
// (SERVFAIL), unless the query has the CD bit (RFC 4035 3.2.2).
func (s *Recursor) Reply(ctx context.Context, network string, raw []byte) []byte {
	t := TCP
	if network == "udp" {
		t = UDP
	}
	in := s.receive(raw, netip.AddrPort{}, t)
	if in == nil {
		return nil
	}
	if !s.recall(in) {
		s.find(ctx, in)
	}
	out := in.pack()
	s.report(in)
	return out
}

// An inquiry is a query, with what becomes of it.
type inquiry struct {
	Served
	began  time.Time
	m      *dns.Msg // the reply, without its records until pack
	size   int      // of a datagram that the client accepts
	do, ad bool     // the client wants signatures, or the AD bit
	done   bool     // the reply is finished
	hops   []*hop
	now    time.Time // by the Resolver's clock, when the hops were found
	local  *localZone
}

var (
	errLongQuery = errors.New("a query that is too long")
	errUnknown   = errors.New("not known, or not verified")
)

// receive reads a query, and finishes the reply if it needs no answer: a
// malformed query, or one of a kind that a recursor does not serve. nil means
// that there is nothing to reply to.
func (s *Recursor) receive(raw []byte, client netip.AddrPort, t Transport) *inquiry {
	if len(raw) < 12 || raw[2]&0x80 != 0 {
		return nil // not a query: an answer to it could start a loop
	}
	in := &inquiry{began: time.Now(), size: dns.MinMsgSize}
	in.Client, in.Transport, in.From = client, t, FromNowhere
	query := new(dns.Msg)
	var err error = errLongQuery
	if len(raw) <= maxQuery {
		err = query.Unpack(raw)
	}
	if err != nil || len(query.Question) != 1 || opts(query) > 1 {
		in.m = new(dns.Msg)
		in.m.Id, in.m.Response, in.m.Opcode, in.m.Rcode = binary.BigEndian.Uint16(raw), true, int(raw[2]>>3&15), dns.RcodeFormatError
		if in.m.Opcode != dns.OpcodeQuery {
			in.m.Rcode = dns.RcodeNotImplemented
		}
		in.done = true
		return in
	}
	m := new(dns.Msg)
	m.SetReply(query)
	m.RecursionAvailable, m.Compress = true, true
	m.CheckingDisabled = query.CheckingDisabled
	in.m = m
	q := query.Question[0]
	in.Question = Question{lower(q.Name), Type(q.Qtype)}
	in.ad = query.AuthenticatedData
	if opt := query.IsEdns0(); opt != nil {
		in.size, in.do = min(max(in.size, int(opt.UDPSize())), udpSize), opt.Do()
		in.ad = in.ad || in.do
		m.SetEdns0(udpSize, in.do)
		if opt.Version() != 0 {
			m.Rcode, in.done = dns.RcodeBadVers, true
			return in
		}
	}
	in.done = true
	switch {
	case query.Opcode != dns.OpcodeQuery:
		m.Rcode = dns.RcodeNotImplemented
	case q.Qtype == 0, q.Qtype == dns.TypeOPT, q.Qtype == dns.TypeTKEY, q.Qtype == dns.TypeTSIG:
		m.Rcode = dns.RcodeFormatError // no record of a name has such a type
	case q.Qclass != dns.ClassINET, q.Qtype == dns.TypeAXFR, q.Qtype == dns.TypeIXFR:
		m.Rcode = dns.RcodeRefused
	default:
		in.local = s.Resolver.localZone(in.Question)
		if in.done = in.local == nil && !query.RecursionDesired; in.done {
			m.Rcode = dns.RcodeRefused
		}
	}
	return in
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

// verifies reports whether the answer is to be verified first.
func (s *Recursor) verifies(in *inquiry) bool {
	return s.Resolver.DNSSEC && !in.m.CheckingDisabled
}

// recall answers without a name server: from a zone that is served locally, the
// hosts file, or the cache. It reports whether it could. It comes before every
// queue, so that work for others delays nothing that is known.
func (s *Recursor) recall(in *inquiry) bool {
	if in.done {
		return true
	}
	if in.local != nil {
		in.From, in.RFC, in.done = FromLocal, in.local.rfc, true
		in.local.answer(in.m, in.Question)
		return true
	}
	l := &lookup{r: s.Resolver, ctx: context.Background(), cache: s.Resolver.Cache, memory: true}
	if in.fromHosts(l) {
		in.From, in.done = FromLocal, true
		return true
	}
	if err := s.jobs.failure(jobKey{in.Question, s.verifies(in)}, l.now()); err != nil {
		in.From = FromMemory
		in.settle(nil, err, l.now())
		return true
	}
	if l.cache == nil {
		return false
	}
	hops, err := l.follow(in.Question, 0, "", s.verifies(in))
	if errors.Is(err, errUnknown) {
		return false
	}
	in.From = FromMemory
	in.settle(hops, err, l.now())
	return true
}

// report gives a query to OnReply.
func (s *Recursor) report(in *inquiry) {
	if s.OnReply != nil {
		in.Served.Rcode, in.Took = Rcode(in.m.Rcode), time.Since(in.began)
		s.OnReply(in.Served)
	}
}
