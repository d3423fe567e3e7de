package dnslookup

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/miekg/dns"
)

// check decodes a reply and refuses what does not belong to the query, or
// breaks the rules of RFC 1035.
func (r *reply) check(query []byte, mixCase bool) error {
	raw := r.step.Reply
	text, err := head(raw)
	if len(raw) < 12 {
		return tryFailed(ErrFormat, true, "a broken reply: %v", err)
	}
	r.text, r.step.Rcode = text, text.Rcode
	switch {
	case !text.Response:
		return tryFailed(ErrFormat, true, "a query came back instead of a reply")
	case text.Opcode != 0:
		return tryFailed(ErrFormat, true, "the reply has the opcode %s (%d), and the query had QUERY (RFC 1035 4.1.1)", opcodeName(text.Opcode), text.Opcode)
	case text.Truncated: // what is left may end anywhere (RFC 2181 9)
		r.msg = new(dns.Msg)
		if err != nil || len(text.Question) == 0 {
			return nil
		}
		return r.checkQuestion(query, mixCase)
	}
	text, err = Decode(raw)
	if err != nil {
		return tryFailed(ErrFormat, true, "a broken reply: %v", err)
	}
	r.text, r.step.Rcode = text, text.Rcode
	if !(len(text.Question) == 0 && (text.Rcode == FormErr || text.Rcode == NotImp)) { // such servers repeat nothing
		if err := r.checkQuestion(query, mixCase); err != nil {
			return err
		}
	}
	if r.msg, err = unpack(raw); err != nil {
		return tryFailed(ErrFormat, true, "a broken reply: %v", strings.TrimPrefix(err.Error(), "dns: "))
	}
	return nil
}

// typed are the types whose records this package uses as miekg's.
var typed = map[uint16]bool{dns.TypeA: true, dns.TypeAAAA: true, dns.TypeNS: true, dns.TypeCNAME: true, dns.TypeDNAME: true, dns.TypeSOA: true,
	dns.TypeOPT: true, dns.TypeDS: true, dns.TypeDNSKEY: true, dns.TypeRRSIG: true, dns.TypeNSEC: true, dns.TypeNSEC3: true}

// unpack has miekg read a message that Decode has accepted. A record that miekg
// cannot read is kept as bytes (RFC 3597): it knows some rare types wrongly.
func unpack(raw []byte) (*dns.Msg, error) {
	m := new(dns.Msg)
	whole := m.Unpack(raw)
	if whole == nil {
		return m, nil
	}
	m = new(dns.Msg)
	header := append(append([]byte(nil), raw[:4]...), make([]byte, 8)...) // without the sections
	if err := m.Unpack(header); err != nil {
		return nil, whole
	}
	off := 12
	for range binary.BigEndian.Uint16(raw[4:]) {
		name, next, err := dns.UnpackDomainName(raw, off)
		if err != nil || next+4 > len(raw) {
			return nil, whole
		}
		m.Question = append(m.Question, dns.Question{Name: name, Qtype: binary.BigEndian.Uint16(raw[next:]), Qclass: binary.BigEndian.Uint16(raw[next+2:])})
		off = next + 4
	}
	for i, section := range []*[]dns.RR{&m.Answer, &m.Ns, &m.Extra} {
		for range binary.BigEndian.Uint16(raw[6+2*i:]) {
			rr, next, err := unpackRecord(raw, off)
			if err != nil {
				return nil, whole
			}
			*section, off = append(*section, rr), next
		}
	}
	return m, nil
}

// unpackRecord reads one record, as bytes if miekg cannot read its data.
func unpackRecord(raw []byte, off int) (dns.RR, int, error) {
	rr, next, err := dns.UnpackRR(raw, off)
	if err == nil {
		return rr, next, nil
	}
	name, at, bad := dns.UnpackDomainName(raw, off)
	if bad != nil || at+10 > len(raw) {
		return nil, 0, err
	}
	h := dns.RR_Header{Name: name, Rrtype: binary.BigEndian.Uint16(raw[at:]), Class: binary.BigEndian.Uint16(raw[at+2:]),
		Ttl: binary.BigEndian.Uint32(raw[at+4:]), Rdlength: binary.BigEndian.Uint16(raw[at+8:])}
	end := at + 10 + int(h.Rdlength)
	if typed[h.Rrtype] || end > len(raw) {
		return nil, 0, err
	}
	return &dns.RFC3597{Hdr: h, Rdata: hex.EncodeToString(raw[at+10 : end])}, end, nil
}

// checkQuestion refuses a reply to another question.
func (r *reply) checkQuestion(query []byte, mixCase bool) error {
	if n := len(r.text.Question); n != 1 {
		return tryFailed(ErrFormat, true, "the reply has %d questions, not the one of the query", n)
	}
	asked, err := head(query)
	if err != nil {
		return err
	}
	got := r.text.Question[0]
	switch {
	case !repeats(asked, r.text) && asked.class != r.text.class:
		return tryFailed(ErrFormat, true, "the reply is to another question, %s in class %s", got, r.text.class)
	case !repeats(asked, r.text):
		return tryFailed(ErrFormat, true, "the reply is to another question, %s", got)
	case mixCase && asked.Question[0].Name != got.Name:
		return tryFailed(errCase, false, "the reply spells the name in other letters than the query")
	}
	return nil
}
