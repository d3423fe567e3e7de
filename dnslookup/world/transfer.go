package world

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/miekg/dns"
)

// transferSize is how large a message of a transfer may grow: far below what
// TCP's two bytes of length can say.
const transferSize = 16 << 10

// transfer returns the messages of a zone transfer (AXFR, RFC 5936), if the
// query asks for one and the zone allows it; nil otherwise: the answer is then
// an ordinary one, such as REFUSED.
func (w *World) transfer(server netip.Addr, raw []byte) [][]byte {
	query := new(dns.Msg)
	if err := query.Unpack(raw); err != nil || query.Response || query.Opcode != dns.OpcodeQuery || len(query.Question) != 1 {
		return nil
	}
	q := query.Question[0]
	if q.Qtype != dns.TypeAXFR || q.Qclass != dns.ClassINET {
		return nil
	}
	for _, z := range w.servers[server] {
		if z.transfer && z.origin == dns.CanonicalName(q.Name) {
			return messages(query, z.whole())
		}
	}
	return nil
}

// whole returns all records of a zone, with its SOA record at both ends.
func (z *zone) whole() []dns.RR {
	all := []dns.RR{z.soa()}
	for _, name := range slices.Sorted(maps.Keys(z.records)) {
		glue := z.cut(name) != "" && z.cut(name) != name
		sets := z.sets(name)
		if glue {
			sets = slices.DeleteFunc(sets, func(set []dns.RR) bool { return set[0].Header().Rrtype == dns.TypeNSEC })
		}
		for _, set := range sets {
			if set[0].Header().Rrtype != dns.TypeSOA {
				all = append(all, set...)
			}
			delegated := z.cut(name) == name && set[0].Header().Rrtype == dns.TypeNS
			if sig := z.sign(set); sig != nil && !glue && !delegated {
				all = append(all, sig)
			}
		}
	}
	for i := range z.hashes {
		set := []dns.RR{z.nsec3At(i)}
		all = append(all, set[0], z.sign(set))
	}
	return append(all, z.soa())
}

// messages puts records into as many messages as they need.
func messages(query *dns.Msg, records []dns.RR) [][]byte {
	var out [][]byte
	m := new(dns.Msg)
	m.SetReply(query)
	m.Authoritative, m.Compress = true, true
	size := 0
	for i, rr := range records {
		m.Answer = append(m.Answer, rr)
		if size += dns.Len(rr); size > transferSize || i+1 == len(records) {
			out = append(out, pack(m))
			m.Answer, m.Question, size = nil, nil, 0 // only the first repeats the question
		}
	}
	return out
}
