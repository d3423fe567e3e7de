package dnslookup

import (
	"fmt"
	"strconv"

	"onwire/wire"
)

// head decodes the header and the question of a message alone: enough to know
// whose reply it is, and whether it was cut.
func head(msg []byte) (*Message, error) {
	m := &Message{Raw: msg}
	d := &decoder{msg: msg, end: len(msg), text: 16*len(msg) + 64<<10}
	_, counts, err := d.header(m)
	if err == nil {
		_, err = d.section(m, "Question", counts[0], nil)
	}
	return m, err
}

func opcodeName(n int) string {
	opcodes := map[int]string{0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE", 6: "DSO"}
	if name, ok := opcodes[n]; ok {
		return name
	}
	return "unassigned"
}

// header reads the twelve octets that every message starts with, and returns
// the four counts.
func (d *decoder) header(m *Message) (wire.Field, [4]int, error) {
	var counts [4]int
	if err := d.need(12, "the header"); err != nil {
		return wire.Field{}, counts, err
	}
	id, n, err := d.number("ID", 2, "RFC 1035 4.1.1")
	if err != nil {
		return id, counts, err
	}
	m.ID = uint16(n)
	id.Note = wire.Notef("the reply repeats it, so that it finds its query")
	fields := []wire.Field{id, d.flags(m)}
	names := [4]string{"Question count", "Answer count", "Authority count", "Additional count"}
	for i, name := range names {
		f, n, err := d.number(name, 2, "RFC 1035 4.1.1")
		if err != nil {
			return f, counts, err
		}
		counts[i] = int(n)
		fields = append(fields, f)
	}
	value := "query"
	if m.Response {
		value = "reply, " + m.Rcode.String()
	}
	return wire.Field{Name: "Header", Bit: 0, Bits: 96, Value: value, RFC: "RFC 1035 4.1.1", Fields: fields}, counts, nil
}

// flags reads the second word of the header; need has seen that it is there.
func (d *decoder) flags(m *Message) wire.Field {
	word := uint16(d.msg[d.pos])<<8 | uint16(d.msg[d.pos+1])
	m.Response = word>>15 == 1
	m.Opcode = int(word >> 11 & 15)
	m.Authoritative = word>>10&1 == 1
	m.Truncated = word>>9&1 == 1
	m.RecursionDesired = word>>8&1 == 1
	m.RecursionAvailable = word>>7&1 == 1
	m.AuthenticData = word>>5&1 == 1
	m.CheckingDisabled = word>>4&1 == 1
	m.Rcode = Rcode(word & 15)

	opcode := opcodeName(m.Opcode)
	bit := 8 * d.pos
	var fields []wire.Field
	add := func(name string, bits int, value string, note wire.Note, rfc string) {
		fields = append(fields, wire.Field{Name: name, Bit: bit, Bits: bits, Value: value, Note: note, RFC: rfc})
		bit += bits
	}
	flag := func(name string, set bool, yes, no string, rfc string) {
		value, note := "0", no
		if set {
			value, note = "1", yes
		}
		add(name, 1, value, wire.Notef("%s", note), rfc)
	}
	const rfc = "RFC 1035 4.1.1"
	flag("QR", m.Response, "a reply", "a query", rfc)
	add("Opcode", 4, fmt.Sprintf("%s (%d)", opcode, m.Opcode), wire.Note{}, rfc)
	// These bits say nothing in a query.
	ofReplies := func(note string) string {
		if m.Response {
			return note
		}
		return "of replies only"
	}
	flag("AA", m.Authoritative, "authoritative: from a server of the zone itself", ofReplies("not authoritative"), rfc)
	flag("TC", m.Truncated, "truncated: ask again over TCP", "not truncated", rfc)
	flag("RD", m.RecursionDesired, "recursion desired: find the answer for me", "recursion not desired: tell only what you know", rfc)
	flag("RA", m.RecursionAvailable, "recursion available", ofReplies("recursion not available"), rfc)
	flag("Z", word>>6&1 == 1, "reserved, must be 0", "reserved", rfc)
	if m.Response {
		flag("AD", m.AuthenticData, "authentic data: the server says that it has verified it", "not verified by the server", "RFC 4035 3.2.3")
	} else {
		flag("AD", m.AuthenticData, "the asker wants to know whether it is verified", "the asker does not ask whether it is verified", "RFC 6840 5.7")
	}
	flag("CD", m.CheckingDisabled, "checking disabled: the asker verifies by itself", "the server may verify", "RFC 4035 3.2.2")
	add("RCODE", 4, fmt.Sprintf("%s (%d)", m.Rcode, m.Rcode), wire.Notef("%s", ofReplies(m.Rcode.Words())), rfc)
	d.pos += 2
	return wire.Field{Name: "Flags", Bit: 8 * (d.pos - 2), Bits: 16, Value: fmt.Sprintf("0x%04x", word), RFC: rfc, Fields: fields}
}

// optHeader reads an OPT record's class and TTL, which mean something else
// there (RFC 6891 6.1.3).
func (d *decoder) optHeader(m *Message) (size, ttl wire.Field, err error) {
	const rfc = "RFC 6891 6.1.3"
	if m.EDNS != nil {
		return size, ttl, d.fail(d.pos, "a second OPT record; there may be one (RFC 6891 6.1.1)")
	}
	size, n, err := d.number("UDP payload size", 2, rfc)
	if err != nil {
		return size, ttl, err
	}
	size.Note = wire.Notef("the sender takes up to %d octets over UDP", n)
	ttl, word, err := d.number("Extended flags", 4, rfc)
	if err != nil {
		return size, ttl, err
	}
	m.EDNS = &EDNS{Version: int(word >> 16 & 255), Size: int(n), DO: word>>15&1 == 1}
	m.Rcode |= Rcode(word >> 24 << 4)
	do, wanted := "0", wire.Notef("no signatures and proofs of DNSSEC wanted")
	if m.EDNS.DO {
		do, wanted = "1", wire.Notef("DNSSEC records wanted: signatures and proofs")
	}
	ttl.Value = fmt.Sprintf("0x%08x", word)
	ttl.Fields = []wire.Field{
		{Name: "Extended RCODE", Bit: ttl.Bit, Bits: 8, Value: strconv.Itoa(int(word >> 24)), RFC: rfc,
			Note: wire.Notef("with the header's four bits below it: %s", m.Rcode)},
		{Name: "Version", Bit: ttl.Bit + 8, Bits: 8, Value: strconv.Itoa(m.EDNS.Version), RFC: rfc},
		{Name: "DO", Bit: ttl.Bit + 16, Bits: 1, Value: do, RFC: "RFC 3225", Note: wanted},
		{Name: "Z", Bit: ttl.Bit + 17, Bits: 15, Value: strconv.Itoa(int(word & 0x7fff)), RFC: rfc, Note: wire.Notef("reserved")},
	}
	return size, ttl, nil
}
