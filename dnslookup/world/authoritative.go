package world

import (
	"strings"

	"github.com/miekg/dns"
)

// maxUDP is the largest reply that these servers send over UDP.
const maxUDP = 1232

// authoritative is a name server that serves some zones: it answers from them,
// and refuses everything else.
func authoritative(zones []*zone, network string, raw []byte) []byte {
	query := new(dns.Msg)
	if err := query.Unpack(raw); err != nil || query.Response || len(query.Question) != 1 {
		if len(raw) < 12 || raw[2]&0x80 != 0 {
			return nil
		}
		reply := new(dns.Msg)
		reply.Id, reply.Response, reply.Rcode = uint16(raw[0])<<8|uint16(raw[1]), true, dns.RcodeFormatError
		return pack(reply)
	}
	m := new(dns.Msg)
	m.SetReply(query)
	m.Compress = true
	size, do := 512, false
	if opt := query.IsEdns0(); opt != nil {
		size, do = min(max(512, int(opt.UDPSize())), maxUDP), opt.Do()
		m.SetEdns0(maxUDP, do)
		if opt.Version() != 0 {
			m.Rcode = dns.RcodeBadVers
			return pack(m)
		}
	}
	q := query.Question[0]
	z := choose(zones, q)
	switch {
	case query.Opcode != dns.OpcodeQuery:
		m.Rcode = dns.RcodeNotImplemented
	case z == nil || q.Qclass != dns.ClassINET, q.Qtype == dns.TypeAXFR, q.Qtype == dns.TypeIXFR: // see transfer
		m.Rcode = dns.RcodeRefused
	default:
		a := &answering{z: z, m: m, do: do}
		a.answer(q.Name, q.Qtype)
	}
	if network == "udp" {
		m.Truncate(size)
		m.Compress = true // Truncate leaves it out where it need not be
	}
	return pack(m)
}

// choose returns the deepest zone that holds a name; for a DS record, the one
// above.
func choose(zones []*zone, q dns.Question) *zone {
	var best *zone
	for _, z := range zones {
		if !dns.IsSubDomain(z.origin, q.Name) {
			continue
		}
		if q.Qtype == dns.TypeDS && strings.EqualFold(z.origin, q.Name) && z.origin != "." {
			if best == nil {
				best = z // unless its parent is here too
			}
			continue
		}
		if best == nil || dns.CountLabel(z.origin) > dns.CountLabel(best.origin) || strings.EqualFold(best.origin, q.Name) && q.Qtype == dns.TypeDS {
			best = z
		}
	}
	return best
}

func pack(m *dns.Msg) []byte {
	raw, err := m.Pack()
	if err != nil {
		return nil
	}
	return raw
}
