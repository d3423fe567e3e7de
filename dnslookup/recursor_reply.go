package dnslookup

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/miekg/dns"
)

// settle keeps what a look-up found, for pack. The hops are those of the cache:
// a client that is slow to read holds no copy of them.
func (in *inquiry) settle(hops []*hop, err error, now time.Time) {
	in.hops, in.now, in.done = hops, now, true
	if err == nil || errors.Is(err, ErrNXDomain) || errors.Is(err, ErrNoData) {
		return
	}
	in.Err = err
	var e *Error
	if errors.As(err, &e) && e.Rcode == YXDomain && len(hops) > 0 {
		in.m.Rcode = dns.RcodeYXDomain
		return
	}
	in.hops, in.m.Rcode = nil, dns.RcodeServerFailure
}

// pack writes the reply.
func (in *inquiry) pack() []byte {
	m := in.m
	if in.Err != nil && m.Rcode == dns.RcodeServerFailure {
		explain(m, in.Err)
	}
	secure := len(in.hops) > 0
	for _, h := range in.hops {
		secure = secure && h.checked && h.security == Secure && !h.denied()
		in.add(h)
	}
	m.AuthenticatedData = in.ad && secure
	if in.Transport == UDP {
		m.Truncate(in.size)
		m.Compress = true // Truncate leaves it out where it need not be
	}
	raw, err := m.Pack()
	if err != nil {
		return nil
	}
	return raw
}

// add puts a hop's records into the reply.
func (in *inquiry) add(h *hop) {
	if !h.cached {
		h = h.aged(h.question, in.now)
	}
	in.m.Answer = append(in.m.Answer, strip(h.answer, in.do, in.Question.Type)...)
	if h.negative() || h.denied() {
		in.m.Rcode = int(h.rcode)
	}
	for _, rr := range strip(h.proof, in.do, 0) {
		sig, _ := rr.(*dns.RRSIG)
		ofSOA := rr.Header().Rrtype == dns.TypeSOA || sig != nil && sig.TypeCovered == dns.TypeSOA
		if ofSOA && !h.negative() || slices.ContainsFunc(in.m.Ns, func(had dns.RR) bool { return dns.IsDuplicate(had, rr) }) {
			continue // hops from one reply share its proofs
		}
		in.m.Ns = append(in.m.Ns, rr)
	}
}

// fromHosts answers from the hosts file, if the name is there.
func (in *inquiry) fromHosts(l *lookup) bool {
	if len(l.r.Hosts.Addrs(in.Question.Name)) == 0 {
		return false
	}
	found := &Result{Name: in.Question.Name, Types: []Type{in.Question.Type}}
	done, err := l.locally(found)
	for _, r := range found.Records {
		if rr, bad := dns.NewRR(r.Name + " 0 IN " + r.Type.String() + " " + r.Data); bad == nil {
			in.m.Answer = append(in.m.Answer, rr)
		}
	}
	if errors.Is(err, ErrNXDomain) {
		in.m.Rcode = dns.RcodeNameError
	}
	return done
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

// maxExplanation bounds the text of an extended error in bytes.
const maxExplanation = 200

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
	case errors.Is(err, ErrNetwork), errors.Is(err, ErrTimeout), errors.Is(err, ErrLame):
		code = dns.ExtendedErrorCodeNoReachableAuthority
	}
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	for len(text) > maxExplanation { // whole characters only
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: code, ExtraText: text})
}
