package dnslookup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
)

// optLength is the OPT record at the end of every query of a batch.
const optLength = 11

var optRecord = [optLength]byte{0, 0, 41, udpSize >> 8, udpSize & 255}

// appendQuery packs a query: the header with RD, one question, EDNS. It is
// what miekg packs, without its detours (TestAppendQuery).
func appendQuery(b []byte, id uint16, q Question) ([]byte, error) {
	b = append(b, byte(id>>8), byte(id), 1, 0, 0, 1, 0, 0, 0, 0, 0, 1)
	b, ok := appendName(b, q.Name)
	if !ok {
		return nil, errors.New("the name is not fully qualified, or not valid")
	}
	b = append(b, byte(q.Type>>8), byte(q.Type), 0, 1)
	return append(b, optRecord[:]...), nil
}

// appendName packs a fully qualified name as ParseName returns it.
func appendName(b []byte, name string) ([]byte, bool) {
	if name == "." || name == "" {
		return append(b, 0), name != ""
	}
	start := len(b)
	at := len(b) // of the length octet of this label
	b = append(b, 0)
	for i := 0; i < len(name); i++ {
		switch c := name[i]; c {
		case '.':
			n := len(b) - at - 1
			if n == 0 || n > maxLabel {
				return b, false
			}
			b[at] = byte(n)
			at = len(b)
			b = append(b, 0)
		case '\\':
			labels, reason := splitLabels(trimDot(name), name)
			if reason != "" {
				return b, false
			}
			b = b[:start]
			for _, label := range labels {
				if len(label) == 0 || len(label) > maxLabel {
					return b, false
				}
				b = append(append(b, byte(len(label))), label...)
			}
			return append(b, 0), len(b)+1-start <= maxName
		default:
			b = append(b, c)
		}
	}
	return b, at == len(b)-1 && len(b)-start <= maxName
}

// sameQuestion reports whether a reply repeats the question of the query, in
// any case of letters.
func sameQuestion(reply, query []byte) bool {
	end := len(query) - optLength
	if len(reply) < end || reply[4] != 0 || reply[5] != 1 {
		return false
	}
	if bytes.Equal(reply[12:end], query[12:end]) {
		return true
	}
	for i := 12; i < end; i++ {
		a, b := reply[i], query[i]
		if 'A' <= a && a <= 'Z' {
			a += 32
		}
		if a != b { // the query is in lower case
			return false
		}
	}
	return true
}

// fastRecords reads the replies that nearly all are: addresses of the name
// that was asked for. What stands in the other sections is not used, and only
// measured. Of any other reply it says that it is not, and Decode reads it.
func fastRecords(raw []byte, at int, name string) ([]Record, bool) {
	answers := int(binary.BigEndian.Uint16(raw[6:]))
	if answers == 0 || answers > 32 {
		return nil, false
	}
	records := make([]Record, 0, answers)
	for range answers {
		if at+16 > len(raw) || raw[at] != 0xc0 || raw[at+1] != 12 || raw[at+4] != 0 || raw[at+5] != 1 {
			return nil, false
		}
		t, n := Type(binary.BigEndian.Uint16(raw[at+2:])), int(binary.BigEndian.Uint16(raw[at+10:]))
		var addr netip.Addr
		switch {
		case t == TypeA && n == 4 && at+12+4 <= len(raw):
			addr = netip.AddrFrom4([4]byte(raw[at+12:]))
		case t == TypeAAAA && n == 16 && at+12+16 <= len(raw):
			addr = netip.AddrFrom16([16]byte(raw[at+12:]))
		default:
			return nil, false
		}
		ttl := binary.BigEndian.Uint32(raw[at+6:])
		if ttl >= 1<<31 || addr.Is4In6() {
			return nil, false
		}
		records = append(records, Record{Name: name, Type: t, Class: 1, TTL: ttl, Data: addr.String(), Addr: addr})
		at += 12 + n
	}
	rest := int(binary.BigEndian.Uint16(raw[8:])) + int(binary.BigEndian.Uint16(raw[10:]))
	for range rest {
		if at = skipRecord(raw, at); at < 0 {
			return nil, false
		}
	}
	return records, at == len(raw)
}

// skipRecord returns where the record at an offset ends; -1 if it is not whole,
// or an OPT record with more of the rcode.
func skipRecord(raw []byte, at int) int {
	for {
		if at >= len(raw) {
			return -1
		}
		c := int(raw[at])
		if c >= 0xc0 {
			at += 2
			break
		}
		if c > maxLabel {
			return -1
		}
		at += 1 + c
		if c == 0 {
			break
		}
	}
	if at+10 > len(raw) || raw[at] == 0 && raw[at+1] == byte(TypeOPT) && raw[at+4] != 0 {
		return -1
	}
	at += 10 + int(binary.BigEndian.Uint16(raw[at+8:]))
	if at > len(raw) {
		return -1
	}
	return at
}
