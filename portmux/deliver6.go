package portmux

import (
	"encoding/binary"

	"onwire/wire/packet"
)

// deliver6 holds an IPv6 packet against the rules of RFC 8200.
func (m *Mux) deliver6(q *query) *Verdict {
	p := q.pkt
	if len(p) < 40 {
		return q.cutInside(40)
	}
	length := int(be16(p, 4))
	if length > 0 || p[6] != packet.ProtoHopByHop { // else it may be a jumbogram
		if r := q.keep(40 + length); r != 0 {
			return q.verdict(Drop, r)
		}
		kept := min(40+length, len(p))
		p = p[:kept:kept]
	}
	q.pkt, q.at, q.proto = p, 40, p[6]
	q.key.remote, q.key.local = addr16(p[8:]), addr16(p[24:])
	if q.trace != nil {
		q.trace.pass("IPv6 header", "RFC 8200 3", "version and payload length are right: %d bytes after the 40 of the header", length)
	}
	if r := q.martian6(); r != 0 {
		return q.verdict(Drop, r)
	}
	next := 6                            // where the number of the next header stands
	if q.proto == packet.ProtoHopByHop { // for every host on the way, whoever the packet is for
		if v, done := m.extension(q, &next); done {
			return v
		}
	}
	if r := m.route6(q); r != 0 {
		return q.verdict(Drop, r)
	}
	return m.extensions(q, next)
}

// martian6 looks for addresses that no packet on a wire can have.
func (q *query) martian6() Reason {
	src, dst := q.pkt[8:24], q.pkt[24:40]
	q.multi = dst[0] == 0xff
	q.many = q.multi
	switch {
	case src[0] == 0xff:
		return GroupSource
	case q.key.remote == loopback6:
		return LoopbackSource
	case q.key.local == loopback6:
		return LoopbackDest
	case q.multi && (dst[1]&15 == 0 || dst[1]&15 == 1): // scope 1 never leaves a host, scope 0 is reserved
		return GroupScope
	}
	return 0
}

// route6 decides whether the packet is for this host at all.
func (m *Mux) route6(q *query) Reason {
	switch {
	case q.key.local == unspecified6:
		return UnspecifiedDest
	case q.multi && m.groups[q.key.local] == 0 && m.host.groups[q.key.local] == "":
		return NotJoined
	case !q.multi && !m.has6(q.key.local):
		return NotOurs
	}
	if q.trace != nil {
		kind := "an address of this host"
		if q.multi {
			kind = "a multicast group that this host is in"
		}
		q.trace.pass("destination", "RFC 8200 3", "%s is %s", q.key.local.netip(), kind)
	}
	return 0
}

// has6 reports whether the host has an IPv6 address. One that stands for an
// IPv4 address is for APIs, and not for packets (RFC 4291 2.5.5.2).
func (m *Mux) has6(a addr) bool { return !a.is4() && m.host.has(a) }

const maxHeaders = 32 // extension headers of one packet

// extensions walks over the extension headers to the transport.
func (m *Mux) extensions(q *query, next int) *Verdict {
	for range maxHeaders {
		q.seg = q.pkt[q.at:]
		switch q.proto {
		case packet.ProtoTCP, packet.ProtoUDP:
			return m.transport(q)
		case packet.ProtoICMPv6:
			if q.missing > 0 {
				return q.verdict(Unknown, CutByCapture)
			}
			return m.icmp6(q)
		case packet.ProtoNoNext:
			return q.verdict(Drop, NoNextHeader)
		case packet.ProtoRouting, packet.ProtoDestOpts, packet.ProtoFragment:
		default: // hop-by-hop options too: they come first or not at all
			return m.icmp(q, packet.ICMP6Parameter, 1, uint32(next), UnknownNext)
		}
		if v, done := m.extension(q, &next); done {
			return v
		}
	}
	return q.verdict(Drop, BadExtension)
}

// extension looks at one extension header and goes on to what comes after it,
// whose number stands at next. Where the packet ends there, it is done and has
// a verdict.
func (m *Mux) extension(q *query, next *int) (*Verdict, bool) {
	q.seg = q.pkt[q.at:]
	if q.missing > 0 && (q.proto == packet.ProtoFragment || len(q.seg) < 8 || int(q.seg[1])*8+8 > len(q.seg)) {
		return q.verdict(Unknown, CutByCapture), true
	}
	if q.proto == packet.ProtoFragment && (q.fragmented || len(q.seg) < 8 || be16(q.pkt, 4) == 0) {
		return m.icmp(q, packet.ICMP6Parameter, 0, uint32(q.at), BadFragment), true // cut short, the second, or of a jumbogram
	}
	if len(q.seg) < 8 {
		return q.verdict(Drop, BadExtension), true
	}
	size := int(q.seg[1])*8 + 8
	if q.proto == packet.ProtoFragment {
		size = 8
	}
	if size > len(q.seg) {
		return q.verdict(Drop, BadExtension), true
	}
	if q.trace != nil {
		q.trace.pass("extension header", "RFC 8200 4", "%s, %d bytes; then comes %s", packet.ProtoName(q.proto), size, packet.ProtoName(q.seg[0]))
	}
	var v *Verdict
	var done bool
	switch q.proto {
	case packet.ProtoFragment:
		q.fragmented = true
		if be16(q.seg, 2)&0xfff9 != 0 { // else it is whole already (RFC 6946)
			return m.fragment6(q, next)
		}
	case packet.ProtoRouting:
		v, done = m.routing(q)
	default:
		v, done = m.options6(q, size)
	}
	if !done {
		*next, q.proto = q.at, q.seg[0]
		q.at += size
	}
	return v, done
}

// routing looks at a routing header. Without segments left it is done; else
// this host would have to pass the packet on, which no type makes it do.
func (m *Mux) routing(q *query) (*Verdict, bool) {
	kind, left := q.seg[2], q.seg[3]
	switch {
	case q.multi || kind == 3 || kind == 4: // RPL and segment routing are off (RFC 6554, RFC 8754)
		return q.verdict(Drop, BadRouting), true
	case left > 0:
		return m.icmp(q, packet.ICMP6Parameter, 0, uint32(q.at+3), BadRouting), true
	}
	return nil, false
}

const (
	maxOptions6 = 8 // options of one header; more are an attack (RFC 8504 5.3)
	maxPadding6 = 7 // bytes of padding in a row
)

// options6 looks at the options of a hop-by-hop or destination options header.
func (m *Mux) options6(q *query, size int) (*Verdict, bool) {
	drop := func() (*Verdict, bool) { return q.verdict(Drop, BadExtension), true }
	count, padding := 0, 0
	for i := 2; i < size; {
		kind := q.seg[i]
		if kind == 0 { // Pad1
			if i, padding = i+1, padding+1; padding > maxPadding6 {
				return drop()
			}
			continue
		}
		if i+1 >= size || i+2+int(q.seg[i+1]) > size {
			return drop()
		}
		n := 2 + int(q.seg[i+1])
		data := q.seg[i+2 : i+n]
		at := q.at + i
		if kind == 1 { // PadN
			if padding += n; padding > maxPadding6 {
				return drop()
			}
			for _, b := range data {
				if b != 0 {
					return drop()
				}
			}
			i += n
			continue
		}
		padding = 0
		if count++; count > maxOptions6 {
			return drop()
		}
		switch {
		case q.proto == packet.ProtoHopByHop && kind == 5: // router alert
			if len(data) != 2 {
				return drop()
			}
		case q.proto == packet.ProtoHopByHop && kind == 7: // CALIPSO: a security label, of a domain that this host does not know
			return drop()
		case q.proto == packet.ProtoHopByHop && kind == 0x31: // IOAM, which is off (RFC 9486)
			if at&3 != 0 {
				return drop()
			}
		case q.proto == packet.ProtoHopByHop && kind == 0xc2: // jumbo payload
			if v, bad := m.jumbo(q, data, at); bad {
				return v, true
			}
		default:
			if v, done := m.unknownOption(q, kind, at); done {
				return v, true
			}
		}
		i += n
	}
	return nil, false
}

// jumbo checks the option of a jumbogram (RFC 2675 3).
func (m *Mux) jumbo(q *query, data []byte, at int) (*Verdict, bool) {
	if len(data) != 4 || at&3 != 2 {
		return q.verdict(Drop, BadExtension), true
	}
	length := binary.BigEndian.Uint32(data)
	switch {
	case length <= 65535:
		return m.icmp(q, packet.ICMP6Parameter, 0, uint32(at+2), BadExtension), true
	case be16(q.pkt, 4) != 0:
		return m.icmp(q, packet.ICMP6Parameter, 0, uint32(at), BadExtension), true
	case q.missing > 0:
		return q.verdict(Unknown, CutByCapture), true
	case uint64(length) > uint64(len(q.pkt)-40):
		return q.verdict(Drop, Truncated), true
	}
	q.pkt = q.pkt[:40+length]
	q.seg = q.pkt[q.at:]
	return nil, false
}

// unknownOption does what the top two bits of an unknown option's type say.
func (m *Mux) unknownOption(q *query, kind byte, at int) (*Verdict, bool) {
	switch kind >> 6 {
	case 0:
		return nil, false
	case 1:
		return q.verdict(Drop, OptionSaysDrop), true
	case 3:
		if q.multi {
			return q.verdict(Drop, OptionSaysDrop), true
		}
	}
	if !q.multi || !m.answerable(q) {
		return m.icmp(q, packet.ICMP6Parameter, 2, uint32(at), OptionUnknown), true
	}
	v := q.verdict(ICMP, OptionUnknown) // this one error goes to a group too (RFC 4443 2.4)
	v.Type, v.Code, v.rest = packet.ICMP6Parameter, 2, uint32(at)
	return v, true
}
